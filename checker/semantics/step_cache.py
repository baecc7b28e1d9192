"""Calls of the protocol's `step`: each (state, event) once, checked for purity and validity, and remembered."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections import Counter
from collections.abc import Hashable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NoReturn

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.semantics.canonical import Canon
from groupy_check.checker.semantics.deep_copy import copied
from groupy_check.groupy_model.effects import (
    EFFECT_TYPES,
    Adopt,
    CancelTimer,
    Deliver,
    Demonitor,
    Halt,
    Install,
    Monitor,
    Send,
    SetTimer,
    View,
)
from groupy_check.groupy_model.events import Event, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Protocol, Step
from groupy_check.groupy_model.show import show

Outcomes = tuple[Step, ...] | None
ADVICE = "use frozen dataclasses and tuples"
EQUALITY = "use a frozen dataclass for each kind of message, and one type for each field"


class Handlers:
    """A memo of `protocol.step` for a system of `size` processes.

    It is sound only because `step` is pure. So each first call is made twice, the second time on a copy, and any difference is
    reported as a ProtocolError that names the handler, the state and the event. What a protocol prints goes to stderr.

    With `thorough`, only so many calls of each kind (types of state, event and message) are checked like this; the others are
    checked only for what would make their steps impossible.
    """

    def __init__(self, protocol: Protocol, size: int, thorough: int | None = None) -> None:
        self.protocol = protocol
        self.size = size
        self.memo: dict[tuple[Hashable, Event], Outcomes] = {}
        self.twins: dict[tuple[type, Hashable], Any] = {}  # equal copies of states and events
        self.shown = set[Hashable]()  # states and effects whose text has been checked
        self.canon = Canon()  # of states, effects, and what these carry
        self.thorough = thorough
        self.calls: Counter[tuple[type, ...]] = Counter()

    def __call__(self, state: Hashable, event: Event) -> Outcomes:
        """The outcomes of `event` in `state`, or None when it cannot be received now. Raises ProtocolError."""
        key = (state, event)
        try:
            return self.memo[key]
        except KeyError:
            pass
        except Exception as error:  # noqa: BLE001 - a user's __hash__ and __eq__ may raise anything
            self._refuse(state, event, f"the state or the message cannot be hashed ({error}); {ADVICE}")
        outcomes = self.memo[key] = self._checked(state, event)
        return outcomes

    def initial(self, me: Node) -> Hashable:
        """The initial local state of process `me`. Raises ProtocolError when it is not hashable or not reproducible."""
        where = f"{self.protocol.name}: initial({me})"
        try:
            with redirect_stdout(sys.stderr):
                state, again = self.protocol.initial(me), self.protocol.initial(me)
        except (Exception, SystemExit) as error:  # a user's code may raise anything
            raise ProtocolError(f"{where} raised {_reason(error)}{_location(error)}") from error
        try:
            hash(state)
        except Exception as error:
            raise ProtocolError(f"{where} returned {short(state)}, which cannot be hashed ({error}); {ADVICE}") from error
        if state != again or self.canon.clash(state):
            raise ProtocolError(f"{where} returned two states that differ; a frozen dataclass has the __eq__ that it needs")
        return state

    def _checked(self, state: Hashable, event: Event) -> Outcomes:
        for part in (state, event):  # what the group was formed with was made by other handlers
            self._check_sameness(state, event, part)
        if self.thorough is not None:
            kind = type(state), type(event), type(event.message if isinstance(event, Receive) else None)
            self.calls[kind] += 1
            if self.calls[kind] > self.thorough:
                return self._call(state, event, thorough=False)
        return self._checked_thoroughly(state, event)

    def _checked_thoroughly(self, state: Hashable, event: Event) -> Outcomes:
        try:
            state_before, event_before = self._twin(state), self._twin(event)
        except Exception as error:  # noqa: BLE001 - a user's __deepcopy__ may raise anything
            self._refuse(state, event, f"the state or the message cannot be copied ({_reason(error)}); {ADVICE}")
        outcomes = self._call(state, event)
        if state != state_before or event != event_before:
            self._refuse(state_before, event_before, "it changed its input; return a new state instead (dataclasses.replace)")
        if self._call(state_before, event_before) != outcomes:
            self._refuse(
                state,
                event,
                "two calls with equal input gave different outcomes; it must not use time, chance, globals or id()",
            )
        return outcomes

    def _twin(self, value: Hashable) -> Any:
        """An equal copy, made once: a handler that changes it, or the value, is detected."""
        key = type(value), value
        if key not in self.twins:
            self.twins[key] = copied(value)
        return self.twins[key]

    def _call(self, state: Hashable, event: Event, *, thorough: bool = True) -> Outcomes:
        try:
            with redirect_stdout(sys.stderr):
                answer = self.protocol.step(state, event)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's code may raise anything
            self._refuse(state, event, f"it raised {_reason(error)}{_location(error)}", error)
        if answer is None:
            return None
        steps = (answer,) if isinstance(answer, Step) else answer
        if not isinstance(steps, Sequence) or isinstance(steps, str) or not all(isinstance(step, Step) for step in steps):
            self._refuse(state, event, f"it returned {short(answer)}; allowed are None, a Step, or a list of Steps")
        if not steps:
            self._refuse(state, event, "it returned an empty list of Steps; return None when the event cannot be received now")
        for step in steps:
            if thorough or not isinstance(step.effects, tuple) or any(map(self._complaint, step.effects)):
                self._check_step(state, event, step)
        return tuple(steps)

    def _check_step(self, state: Hashable, event: Event, step: Step) -> None:
        if not isinstance(step.effects, tuple):
            effects = short(step.effects)
            self._refuse(state, event, f"the effects of a Step must be a tuple, not {effects}; (effect,) needs its comma")
        for effect in step.effects:
            complaint = self._complaint(effect)
            if complaint:
                self._refuse(state, event, f"{short(effect)} {complaint}")
        try:
            hash(step)
        except Exception as error:  # noqa: BLE001 - a user's __hash__ may raise anything
            self._refuse(state, event, f"it returned something that cannot be hashed ({error}); {ADVICE}")
        for part in (step.state, *step.effects):
            self._check_sameness(state, event, part)
            if part not in self.shown:
                self._check_text(state, event, part)
                self.shown.add(part)

    def _check_sameness(self, state: Hashable, event: Event, part: Hashable) -> None:
        for value in (part, *_carried(part)):
            try:
                clash = self.canon.clash(value)
            except Exception as error:  # noqa: BLE001 - a user's __eq__ and attributes may do anything, and go deep
                self._refuse(state, event, f"what it returned cannot be compared ({_reason(error)}); {ADVICE}")
            if clash:
                one, other = (f"{short(value)} ({type(value).__name__})" for value in clash)
                reason = f"for Python {short(value)} equals one made before, yet they differ in {one} and {other}"
                self._refuse(state, event, f"{reason}, and one would be taken for the other; {EQUALITY}")

    def _check_text(self, state: Hashable, event: Event, part: Hashable) -> None:
        try:
            text = show(part)
        except Exception as error:  # noqa: BLE001 - a user's __str__ may raise anything
            self._refuse(state, event, f"what it returned cannot be shown ({_reason(error)}); fix its __str__ or __repr__")
        if " object at 0x" in text:
            self._refuse(state, event, f"it returned {short(part)}, whose text is a memory address; {ADVICE}")

    def _complaint(self, effect: object) -> str:
        """What is wrong with `effect`; "" when nothing is."""
        match effect:
            case Send(node) | Monitor(node) | Demonitor(node) if not self._is_node(node):
                return f"names a process that does not exist; there are p1 to p{self.size}"
            case Install(view) if not self._is_view(view):
                return f"is not a view: View(id, members) takes a whole number and a tuple of processes p1 to p{self.size}"
            case Adopt(payloads) if not isinstance(payloads, tuple):
                return "must hold a tuple of payloads"
            case SetTimer(text) | CancelTimer(text) | Halt(text) if not isinstance(text, str):
                return "must hold a string"
        if not isinstance(effect, EFFECT_TYPES):
            return f"is not an effect; allowed are {', '.join(kind.__name__ for kind in EFFECT_TYPES)}"
        return ""

    def _is_node(self, node: object) -> bool:
        return isinstance(node, int) and 1 <= node <= self.size

    def _is_view(self, view: object) -> bool:
        if not (isinstance(view, View) and isinstance(view.id, int) and isinstance(view.members, tuple)):
            return False
        return all(map(self._is_node, view.members))

    def _refuse(self, state: object, event: object, reason: str, cause: BaseException | None = None) -> NoReturn:
        where = where_defined(type(self.protocol))
        raise ProtocolError(
            f"{self.protocol.name}: step(state={short(state)}, event={short(event)}) cannot be used: {reason} [{where}]"
        ) from cause


def _carried(part: object) -> tuple[Hashable, ...]:
    """The messages and payloads in an effect or an event: they go on by themselves."""
    match part:
        case Send(_, message) | Receive(_, message):
            return (message,)
        case Deliver(payload):
            return (payload,)
        case Adopt(payloads):
            return payloads
    return ()


def where_defined(kind: type) -> str:
    """The `file:line` of the class `kind`, and of the `step` that it inherits if that is in another file."""
    places = list(dict.fromkeys((_source(kind), _source(getattr(kind, "step", kind)))))
    files = {place.partition(":")[0] for place in places}
    return places[-1] if len(files) == 1 else f"{places[0]}, step inherited from {places[-1]}"


def _source(item: Any) -> str:
    try:
        return f"{Path(inspect.getsourcefile(item) or '?').name}:{inspect.getsourcelines(item)[1]}"
    except (OSError, TypeError):
        return getattr(item, "__name__", "?")


def short(value: object, limit: int = 160) -> str:
    """The text of `value` on one line of at most `limit` characters."""
    try:
        text = " ".join(show(value).split())
    except Exception:  # noqa: BLE001 - a user's __repr__ may raise anything
        text = type(value).__name__
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {short(str(error))}" if str(error) else type(error).__name__


def _location(error: BaseException) -> str:
    """The place in the user's code that raised `error`; "" when the call itself did."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    return f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
