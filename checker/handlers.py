"""Calls of the protocol's `step`: each (state, event) once, checked for purity and for rubbish, and remembered."""

from __future__ import annotations

import copy
import inspect
import traceback
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import NoReturn

from checker.errors import ProtocolError
from groupy_model.effects import EFFECT_TYPES, Demonitor, Install, Monitor, Send, View
from groupy_model.events import Event
from groupy_model.node import Node
from groupy_model.protocol import Protocol, Step
from groupy_model.show import show

Outcomes = tuple[Step, ...] | None


class Handlers:
    """A memo of `protocol.step` for a system of `size` processes.

    Sound only because `step` is pure; so each first call is made twice, on a copy too, and whatever differs is reported as
    a ProtocolError that names the handler, the state and the event.
    """

    def __init__(self, protocol: Protocol, size: int) -> None:
        self.protocol = protocol
        self.size = size
        self.memo: dict[tuple[Hashable, Event], Outcomes] = {}

    def __call__(self, state: Hashable, event: Event) -> Outcomes:
        """The outcomes of `event` in `state`, or None when it cannot be received now. Raises ProtocolError."""
        key = (state, event)
        try:
            return self.memo[key]
        except KeyError:
            outcomes = self.memo[key] = self._checked(state, event)
            return outcomes
        except TypeError as error:
            self._refuse(
                state, event, f"the state or the message cannot be hashed ({error}); use frozen dataclasses and tuples"
            )

    def initial(self, me: Node) -> Hashable:
        """The protocol's local state for process `me`. Raises ProtocolError when it is not hashable or not reproducible."""
        try:
            state, again = self.protocol.initial(me), self.protocol.initial(me)
            hash(state)
        except Exception as error:
            raise ProtocolError(f"{self.protocol.name}: initial({me}) raised {_reason(error)}{_location(error)}") from error
        if state != again:
            raise ProtocolError(
                f"{self.protocol.name}: initial({me}) gives two states that differ; a frozen dataclass has the __eq__ it needs"
            )
        return state

    def _checked(self, state: Hashable, event: Event) -> Outcomes:
        state_before, event_before = copy.deepcopy(state), copy.deepcopy(event)
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

    def _call(self, state: Hashable, event: Event) -> Outcomes:
        try:
            answer = self.protocol.step(state, event)
        except Exception as error:  # noqa: BLE001 - a user's code may raise anything
            self._refuse(state, event, f"it raised {_reason(error)}{_location(error)}", error)
        if answer is None:
            return None
        steps = (answer,) if isinstance(answer, Step) else answer
        if not isinstance(steps, Sequence) or isinstance(steps, str) or not all(isinstance(step, Step) for step in steps):
            self._refuse(state, event, f"it returned {_short(answer)}; allowed are None, a Step, or a list of Steps")
        if not steps:
            self._refuse(state, event, "it returned an empty list of Steps; return None when the event cannot be received now")
        for step in steps:
            self._check_step(state, event, step)
        return tuple(steps)

    def _check_step(self, state: Hashable, event: Event, step: Step) -> None:
        if not isinstance(step.effects, tuple):
            self._refuse(
                state, event, f"the effects of a Step must be a tuple, not {_short(step.effects)}; (effect,) needs its comma"
            )
        for effect in step.effects:
            if not isinstance(effect, EFFECT_TYPES):
                self._refuse(
                    state,
                    event,
                    f"{_short(effect)} is no effect; allowed are {', '.join(kind.__name__ for kind in EFFECT_TYPES)}",
                )
            match effect:
                case Send(node) | Monitor(node) | Demonitor(node) if not self._is_node(node):
                    self._refuse(
                        state, event, f"{_short(effect)} names a process that does not exist; there are p1 to p{self.size}"
                    )
                case Install(view) if not (isinstance(view, View) and all(map(self._is_node, view.members))):
                    self._refuse(state, event, f"{_short(effect)} is no view of processes p1 to p{self.size}")
        try:
            hash(step)
        except TypeError as error:
            self._refuse(
                state, event, f"it returned something that cannot be hashed ({error}); use frozen dataclasses and tuples"
            )

    def _is_node(self, node: object) -> bool:
        return isinstance(node, int) and 1 <= node <= self.size

    def _refuse(self, state: object, event: object, reason: str, cause: Exception | None = None) -> NoReturn:
        where = where_defined(type(self.protocol))
        raise ProtocolError(
            f"{self.protocol.name}: step(state={_short(state)}, event={_short(event)}) cannot be used: {reason} [{where}]"
        ) from cause


def where_defined(kind: type) -> str:
    """`file:line` of the `step` of `kind`, as short as it can be."""
    function = getattr(kind, "step", kind)
    try:
        return f"{Path(inspect.getsourcefile(function) or '?').name}:{inspect.getsourcelines(function)[1]}"
    except (OSError, TypeError):
        return kind.__name__


def _short(value: object, limit: int = 160) -> str:
    try:
        text = " ".join(show(value).split())
    except Exception:  # noqa: BLE001 - a user's __repr__ may raise anything
        text = type(value).__name__
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {_short(str(error))}" if str(error) else type(error).__name__


def _location(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    return f" at {Path(last.filename).name}:{last.lineno}"
