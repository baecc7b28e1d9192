"""Calls of handlers as another interpreter can make them again: each state and message is named by the call that made it.

So nothing of the user's own travels between the interpreters. Both begin with the same formed group, and the states in which
processes start or come back; a state is then an outcome of an earlier call, and a message, a timer or what is stored is in an
effect of one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

from groupy_check.checker.limits.user_output import marked_prints
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.step_cache import Handlers, Outcomes
from groupy_check.groupy_model.effects import Send, SetTimer, Store
from groupy_check.groupy_model.events import Event, Receive, Recover, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Protocol, Step
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import System

CALLS = 5_000  # the first of those made are made again
Origin = tuple[int, ...]  # of the group (-1, ...), or (call, outcome), or (call, outcome, effect)


@dataclass(frozen=True, slots=True)
class DerivedCall:
    """`event` in the state that comes from `state`; its message, its timer or what it finds stored comes from `carried`."""

    state: Origin
    event: Event
    carried: Origin | None


def derivable(handlers: Handlers, first: System) -> Iterator[tuple[DerivedCall, Hashable, Event, Outcomes]]:
    """The calls in the memo of `handlers`, in the order in which they were made, each with what it was; `first`: the group."""
    origins: dict[Hashable, Origin] = {}
    for origin, value in _of_group(first, handlers.initial):
        origins.setdefault(value, origin)
    for number, ((state, event), outcomes) in enumerate(list(handlers.memo.items())[:CALLS]):
        carried = _carried(event)
        known = state in origins and (carried is None or carried in origins)
        bare = event if carried is None else _carrying(event, None)
        call = DerivedCall(origins.get(state, ()), bare, None if carried is None else origins.get(carried, ()))
        yield call if known else DerivedCall((), bare, None), state, event, outcomes
        for origin, value in _made(number, outcomes):
            origins.setdefault(value, origin)


def made_again(protocol: Protocol, scenario: Scenario, calls: Sequence[DerivedCall]) -> list[tuple[Any, Any, Outcomes] | None]:
    """What comes of each of `calls`: state, event and outcomes; None for one that cannot be derived here.

    Of those that can be made, always the latest is made next. So hardly one is made behind the calls that came before it at
    first, and what these have left behind, wherever that may be, is not there yet.
    """
    values: dict[Origin, Hashable] = dict(_of_group(Semantics(protocol, scenario).initial(), protocol.initial))
    made: list[tuple[Any, Any, Outcomes] | None] = [None] * len(calls)
    waiting: dict[Origin, list[int]] = {}
    ready = [-number for number in range(len(calls))]
    heapify(ready)
    while ready:
        number = -heappop(ready)
        call = calls[number]
        missing = [origin for origin in (call.state, call.carried) if origin is not None and origin not in values]
        if missing:
            waiting.setdefault(missing[0], []).append(number)
            continue
        state, event = values[call.state], call.event
        if call.carried is not None:
            event = _carrying(event, values[call.carried])
        outcomes = stepped(protocol, state, event)
        made[number] = state, event, outcomes
        for origin, value in _made(number, outcomes):
            values[origin] = value
            for other in waiting.pop(origin, ()):
                heappush(ready, -other)
    return made


def stepped(protocol: Protocol, state: Any, event: Event) -> Outcomes:
    """What the handler answers, without any check: the first interpreter has made them all."""
    with marked_prints():
        answer = protocol.step(state, event)
    return answer if answer is None else (answer,) if isinstance(answer, Step) else tuple(answer)


def told(outcomes: Outcomes) -> str:
    """Outcomes as a text that depends on no hash seed."""
    return show(outcomes)


def _carrying(event: Event, value: Any) -> Event:
    """`event` with another message or timer, or with something else stored."""
    match event:
        case Receive(source, _):
            return Receive(source, value)
        case Recover():
            return Recover(value)
    return Timeout(value)


def _carried(event: Event) -> Hashable:
    """The message or timer of `event`, or what it finds stored; None for nothing."""
    match event:
        case Receive(_, message):
            return message
        case Recover(stored):
            return stored
        case Timeout(timer):
            return timer
    return None


def _of_group(first: System, initial: Callable[[Node], Hashable]) -> Iterator[tuple[Origin, Hashable]]:
    for number, process in enumerate(first.processes):
        yield (-1, number), process.local
        yield (-4, number), initial(Node(number + 1))
        if process.stored is not None:
            yield (-5, number), process.stored
        for place, timer in enumerate(sorted(process.timers)):
            yield (-2, number, place), timer
    for number, channel in enumerate(first.channels):
        for place, entry in enumerate(channel):
            yield (-3, number, place), entry


def _made(number: int, outcomes: Outcomes) -> Iterator[tuple[Origin, Hashable]]:
    for outcome, step in enumerate(outcomes or ()):
        yield (number, outcome), step.state
        for place, effect in enumerate(step.effects):
            match effect:
                case Send(_, message) | SetTimer(message) | Store(message):
                    yield (number, outcome, place), message
