"""Calls of the protocol's `step`: each (state, event) once, checked for purity and validity, and remembered."""

from __future__ import annotations

import re
import sys
import traceback
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from groupy_check.checker.errors import ProtocolError, nearest
from groupy_check.checker.limits.deadline import FAILURES, calling
from groupy_check.checker.limits.user_output import marked_prints
from groupy_check.checker.semantics import plain
from groupy_check.checker.semantics.canonical import Canon, apart, iterated_alike
from groupy_check.checker.semantics.deep_copy import copied
from groupy_check.checker.semantics.outside import PURE, Listening
from groupy_check.checker.semantics.source_lines.places import beside_class, names_line, source_of, where_decided, where_defined
from groupy_check.checker.semantics.source_lines.slips import Lines, dropped, dropping, made_at
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
    Store,
    View,
)
from groupy_check.groupy_model.events import Event, Receive, Recover
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Protocol, Step
from groupy_check.groupy_model.show import show

if TYPE_CHECKING:
    from groupy_check.checker.semantics.purity.hidden_state import Watch

OURS = "groupy_check."
Outcomes = tuple[Step, ...] | None
ADVICE = "use frozen dataclasses and tuples"
STATELESS = "whatever it keeps belongs into the state that it returns"
SORT = "sort what comes out of a set before use"
ORDER = f"it depends on the order of a set: {SORT}"
NOT_THE_USERS = (str(Path(__file__).parents[1]), "<frozen ", "<string>")  # of the checker, Python's imports, dataclasses
ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}>")  # how Python shows an object, a function or a generator
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
        self.effects = set[type]()  # the types of all effects so far
        self.twins: dict[tuple[type, Hashable], Any] = {}  # equal copies of states and events
        self.shown = set[Hashable]()  # states and effects whose text has been checked
        self.canon = Canon()  # of states, effects, and what these carry
        self.trusted = is_built_in(protocol)
        self.watch = None if self.trusted else watch_over(protocol)
        self.outside = Listening()
        self.dropping: Lines = {} if self.trusted else dropping(type(protocol))  # type: ignore[arg-type]  # it can be hashed
        self.thorough = thorough
        self.calls: Counter[tuple[type, ...]] = Counter()
        self.firsts: dict[Node, Hashable] = {}
        self.forming: Handlers | None = None

    def for_forming(self) -> Handlers:
        """A memo of the calls that form the group: these are made once, too, but are no calls of what is explored."""
        if self.forming is None:
            self.forming = Handlers(self.protocol, self.size)
            self.forming.watch = self.watch  # to find all that there is to watch takes long
        return self.forming

    def __call__(self, state: Hashable, event: Event) -> Outcomes:
        """The outcomes of `event` in `state`, or None when it cannot be received now. Raises ProtocolError."""
        key = (state, event)
        try:
            return self.memo[key]
        except KeyError:
            pass
        except Exception as error:  # noqa: BLE001 - a user's __hash__ and __eq__ may raise anything
            self._refuse(state, event, f"the state or the message cannot be hashed ({error}); {ADVICE}", called=False)
        outcomes = self.memo[key] = self._checked(state, event)
        self.effects.update(type(effect) for step in outcomes or () for effect in step.effects)
        return outcomes

    def initial(self, me: Node) -> Hashable:
        """The initial local state of process `me`. Raises ProtocolError when it is not hashable or not reproducible."""
        if me not in self.firsts:
            if self.watch is None:
                self.firsts[me] = self.protocol.initial(me)
            else:
                with self.watch.undisturbed():
                    self.watch.begin()
                    self.firsts[me] = self._initial(me)
        return self.firsts[me]

    def _initial(self, me: Node) -> Hashable:
        where = f"{self.protocol.name}: initial({me})"
        try:
            with calling(lambda: where), self.outside, marked_prints():
                state, again = self.protocol.initial(me), self.protocol.initial(me)
        except FAILURES as error:  # a user's code may raise anything
            reason = self.outside.told or f"raised {_reason(error)}{_location(error)}"
            raise ProtocolError(f"{where} {reason}") from error
        if self.outside.told:
            raise ProtocolError(f"{where} {self.outside.told}")
        if self.watch is not None and (alteration := self.watch.alteration()) is not None:
            kind = type(self.protocol)
            raise ProtocolError(f"{where} changed {alteration}; {STATELESS} [{beside_class(kind, source_of(kind.initial))}]")
        complaint = plain.complaint(state)
        if complaint:
            raise ProtocolError(f"{where} returned a state that {complaint}")
        try:
            hash(state)
        except Exception as error:
            raise ProtocolError(f"{where} returned {short(state)}, which cannot be hashed ({error}); {ADVICE}") from error
        if state != again or self.canon.clash(state):
            raise ProtocolError(f"{where} returned two states that differ; a frozen dataclass has the __eq__ that it needs")
        return state

    def _checked(self, state: Hashable, event: Event) -> Outcomes:
        if self.trusted:
            try:
                answer = self.protocol.step(state, event)
            except ProtocolError:  # of a program in Erlang, which says where
                raise
            except FAILURES as error:  # in a state that no run leads to, as proofs ask for
                self._refuse(state, event, f"it raised {_reason(error)}{_location(error)}", error)
            return (answer,) if isinstance(answer, Step) else None if answer is None else tuple(answer)
        if self.watch is None:
            return self._first_call(state, event)
        with self.watch.undisturbed():
            self.watch.begin()
            return self._first_call(state, event)

    def _first_call(self, state: Hashable, event: Event) -> Outcomes:
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
            self._refuse(state, event, f"the state or the message cannot be copied ({_reason(error)}); {ADVICE}", called=False)
        if self.watch is not None:
            self.watch.filled.clear()
        outcomes = self._call(state, event)
        if state != state_before or event != event_before or (self.watch and any(map(self.canon.changed, (state, event)))):
            self._refuse(state_before, event_before, "it changed its input; return a new state instead (dataclasses.replace)")
        again = self._call(state_before, event_before)
        if self.watch is not None and self.watch.forget():
            again = self._call(state_before, event_before)
        if again != outcomes:
            alike = iterated_alike(state, state_before) and iterated_alike(event, event_before)
            reason = _of_no_value(outcomes, again) or (self._impurity(state, event) if alike else ORDER)
            self._refuse(state, event, f"two calls with equal input gave different outcomes; {reason}")
        if self.watch is not None and (what := self.watch.impurity(lambda: self.protocol.step(state, event))):
            self._refuse(state, event, f"it calls {what}; {PURE}: delays are timers, chance is a list of Steps")
        return outcomes

    def _impurity(self, state: Hashable, event: Event) -> str:
        from groupy_check.checker.semantics.purity.impure_calls import impure_calls  # noqa: PLC0415 - needed once, if ever

        if self.watch is not None:
            self.watch.forget()
        named = impure_calls(lambda: self.protocol.step(state, event))
        return f"it calls {' and '.join(named[:3])}" if named else "it must not use time, chance, globals or id()"

    def _twin(self, value: Hashable) -> Any:
        """An equal copy, made once: a handler that changes it, or the value, is detected."""
        key = type(value), value
        if key not in self.twins:
            self.twins[key] = copied(value)
            if self.twins[key] != value:
                raise ValueError("it is not equal to its copy: an iterator, or an object without __eq__")
        return self.twins[key]

    def _call(self, state: Hashable, event: Event, *, thorough: bool = True) -> Outcomes:
        called = calling(lambda: f"step(state={short(state)}, event={short(event)})")
        try:
            with called, self.outside, marked_prints():
                answer = self.protocol.step(state, event)
        except FAILURES as error:  # a user's code may raise anything
            self._refuse(state, event, f"it {self.outside.told or f'raised {_reason(error)}{_location(error)}'}", error)
        if self.outside.told:
            self._refuse(state, event, f"it {self.outside.told}")
        if self.watch is not None and (alteration := self.watch.alteration()) is not None:
            self._refuse(state, event, f"it changed {alteration}; {STATELESS}")
        if thorough and self.dropping and (what := dropped(lambda: self.protocol.step(state, event), self.dropping)):
            returned = "it returned None: " if answer is None else ""
            self._refuse(state, event, f"{returned}what {what} gives is dropped; is a `return` missing?")
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
            effects = f"{short(step.effects)}{self._place(state, event, step)}"
            cure = "(effect,) needs its comma" if isinstance(step.effects, EFFECT_TYPES) else "write tuple(...) around them"
            self._refuse(state, event, f"the effects of a Step must be a tuple, not {effects}; {cure}")
        for effect in step.effects:
            complaint = self._complaint(effect)
            if complaint:
                self._refuse(state, event, f"{short(effect)}{self._place(state, event, step)} {complaint}")
        complaint = plain.complaint(step)
        if complaint:
            self._refuse(state, event, f"it returned something that {complaint}")
        try:
            hash(step)
        except Exception as error:  # noqa: BLE001 - a user's __hash__ may raise anything
            self._refuse(state, event, f"it returned something that cannot be hashed ({error}); {ADVICE}")
        for part in (step.state, *step.effects):
            self._check_sameness(state, event, part)
            if part not in self.shown:
                self._check_text(state, event, part)
                self.shown.add(part)

    def _place(self, state: Hashable, event: Event, step: Step) -> str:
        return made_at(lambda: self.protocol.step(state, event), step)

    def _check_sameness(self, state: Hashable, event: Event, part: Hashable) -> None:
        called = part is not state and part is not event  # or else it was there before
        for value in (part, *_carried(part)):
            try:
                clash = self.canon.clash(value)
            except Exception as error:  # noqa: BLE001 - a user's __eq__ and attributes may do anything, and go deep
                reason = f"what it returned cannot be compared ({_reason(error)}); {ADVICE}"
                self._refuse(state, event, reason, called=called)
            if clash:
                one, other = (f"{short(value)} ({type(value).__name__})" for value in clash)
                reason = f"for Python {short(value)} equals one made before, yet they differ in {one} and {other}"
                reason = f"{reason}, and one would be taken for the other; {_cure(*clash)}"
                self._refuse(state, event, reason, called=called)

    def _check_text(self, state: Hashable, event: Event, part: Hashable) -> None:
        try:
            text = show(part)
        except Exception as error:  # noqa: BLE001 - a user's __str__ may raise anything
            digits = f"{sys.get_int_max_str_digits()} digits"
            advice = f"no number may have more than {digits}" if digits in str(error) else "fix its __str__ or __repr__"
            self._refuse(state, event, f"what it returned cannot be shown ({_reason(error)}); {advice}")
        if ADDRESS.search(text):
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
        if isinstance(effect, tuple | list) and effect and all(isinstance(one, EFFECT_TYPES) for one in effect):
            return "is several effects; a * before it makes each of them one: (*broadcast(...), Deliver(...))"
        if not isinstance(effect, EFFECT_TYPES):
            return f"is not an effect; allowed are {', '.join(kind.__name__ for kind in EFFECT_TYPES)}"
        return ""

    def _is_node(self, node: object) -> bool:
        return isinstance(node, int) and 1 <= node <= self.size

    def _is_view(self, view: object) -> bool:
        if not (isinstance(view, View) and isinstance(view.id, int) and isinstance(view.members, tuple)):
            return False
        return all(map(self._is_node, view.members))

    def _refuse(
        self, state: Any, event: Event, reason: str, cause: BaseException | None = None, *, called: bool = True
    ) -> NoReturn:
        """Raise a ProtocolError that names the line that acted; `called` is false where what was there before is at fault."""
        call = f"step(state={short(state)}, event={short(event)})"
        if names_line(reason, type(self.protocol)):
            where = ""
        else:
            where = f" [{where_decided(self.protocol, state, event) if called else where_defined(type(self.protocol))}]"
        raise ProtocolError(f"{self.protocol.name}: {call} cannot be used: {reason}{where}") from cause


def _of_no_value(one: Outcomes, other: Outcomes) -> str:
    """That the outcomes differ only by an object that is equal to nothing but itself; "" if that is not so."""
    inner, _ = parts = apart(one, other)
    alike = type(inner) is type(parts[1]) and type(inner).__eq__ is object.__eq__
    return f"a {type(inner).__name__} is equal to nothing but itself; {ADVICE}" if alike else ""


def _cure(one: object, other: object) -> str:
    """What to write instead of two values that are equal and not the same."""
    for node, number in ((one, other), (other, one)):
        if type(node) is Node and type(number) is int:
            return f"write Node({number}) instead of {number}"
    plain_one = type(one) is type(other) and not isinstance(one, int | str)
    return "in place of such a value, keep the plain numbers and texts that tell it from others" if plain_one else EQUALITY


def is_built_in(protocol: Protocol) -> bool:
    """Whether the class of `protocol` is one of ours: the tests check these, so a search need not."""
    return type(protocol).__module__.startswith(OURS)


def watch_over(protocol: Protocol) -> Watch:
    """A watch over all that the code of `protocol` can reach."""
    from groupy_check.checker.semantics.purity.hidden_state import Watch  # noqa: PLC0415 - built-in protocols need none

    return Watch(protocol)


def _carried(part: object) -> tuple[Hashable, ...]:
    """The messages and payloads in an effect or an event: they go on by themselves."""
    match part:
        case Send(_, message) | Receive(_, message):
            return (message,)
        case Deliver(value) | Store(value) | Recover(value):
            return (value,)
        case Adopt(payloads):
            return payloads
    return ()


def short(value: object, limit: int = 160) -> str:
    """The text of `value` on one line of at most `limit` characters."""
    try:
        text = " ".join(show(value).split())
    except Exception:  # noqa: BLE001 - a user's __repr__ may raise anything
        text = type(value).__name__
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {short(str(error))}{_meant(error)}" if str(error) else type(error).__name__


def _meant(error: BaseException) -> str:
    """What was probably meant where `error` was raised; "" if that is not known."""
    if isinstance(error, FrozenInstanceError):
        return "; make a changed copy: dataclasses.replace(state, ...)"
    if isinstance(error, NameError) and error.__traceback__ is not None:
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        near = nearest(error.name or "", {**frame.f_globals, **frame.f_locals})
        return f"; did you mean {near}?" if near else ""
    return ""


def _location(error: BaseException) -> str:
    """The place in the user's code that raised `error`; "" when the call itself did."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(NOT_THE_USERS)]
    return f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
