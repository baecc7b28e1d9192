"""The part of a log around a violation, as a short run that can be drawn: what the witness names, and what came just before."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

from groupy_check.checker.history.evidence import entries_of, in_words, speaking
from groupy_check.checker.history.gathering import LogHistory
from groupy_check.groupy_model.actions import Crash, Handle
from groupy_check.groupy_model.effects import Deliver, Effect, Halt, Install, Send
from groupy_check.groupy_model.events import Event, Leave, Multicast, Receive
from groupy_check.groupy_model.log_verdict import Indication, LogExcerpt, Neighbourhood
from groupy_check.groupy_model.node import NamedNode, Node
from groupy_check.groupy_model.observations import (
    Adopted,
    Delivered,
    Ended,
    IndicatedSafe,
    Installed,
    Left,
    Life,
    MovedWith,
    Observation,
    Sent,
    Status,
)
from groupy_check.groupy_model.payloads import Gap
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import Budget, Process, System
from groupy_check.groupy_model.trace import Fate, Flight, TraceStep
from groupy_check.groupy_model.verdict import Witness

BEFORE = 2  # entries of a process that are shown before one that the witness names
MOST = 14  # entries of one process that are shown because the witness names them
PROCESSES = 8  # drawn at most

Shown = Observation | Gap


@dataclass(frozen=True, slots=True)
class Lane:
    """A process as drawn: what is `shown`, and the view that was in force before."""

    node: Node
    life: Life
    shown: tuple[Shown, ...]
    before: Installed | None


def neighbourhood(witness: Witness, log: LogHistory) -> Neighbourhood:
    """The neighbourhood of the violation that `witness` is about."""
    places = speaking(witness, log)
    first = [place for place in places if any(int(node) - 1 == place for node in witness.processes)]
    drawn = sorted([*first, *(place for place in places if place not in first)][:PROCESSES])
    lives = [log.history.lives[place] for place in drawn]
    lanes = [
        _lane(NamedNode(number, str(life.node)), life, sorted(set(entries_of(witness, log, place)))[:MOST])
        for number, (place, life) in enumerate(zip(drawn, lives, strict=True), start=1)
    ]
    numbers = {int(lane.life.node): lane.node for lane in lanes}
    processes = tuple(numbers[int(node)] for node in witness.processes if int(node) in numbers)
    return Neighbourhood(_excerpt(lanes), replace(witness, processes=processes))


def _lane(node: Node, life: Life, named: Sequence[int]) -> Lane:
    kept = sorted({at for each in named for at in range(max(0, each - BEFORE), each + 1)})
    if not kept:  # the witness misses something here: how it ended
        kept = list(range(max(0, len(life.log) - BEFORE), len(life.log)))
    views = [entry for entry in life.log[: kept[0] if kept else 0] if isinstance(entry, Installed)]
    return Lane(node, life, tuple(_with_gaps(life.log, kept)), views[-1] if views else None)


def _with_gaps(log: Sequence[Observation], kept: Sequence[int]) -> Iterator[Shown]:
    end = 0
    for at in kept:
        yield from _gap(log[end:at])
        yield log[at]
        end = at + 1
    yield from _gap(log[end:])


def _gap(left_out: Sequence[Observation]) -> Iterator[Shown]:
    if len(left_out) == 1:
        yield left_out[0]
    elif left_out:
        what = "deliveries" if all(isinstance(entry, Delivered) for entry in left_out) else "events"
        yield Gap(len(left_out), what)


def _excerpt(lanes: Sequence[Lane]) -> LogExcerpt:
    order = _merged(lanes)
    sent: dict[Hashable, tuple[int, Node]] = {}
    steps: list[TraceStep] = []
    flights: list[Flight] = []
    for number, (lane, entry) in enumerate(order, start=1):
        received = None
        match entry:
            case Sent(payload):
                sent.setdefault(payload, (number, lane.node))
            case Delivered(payload) if payload in sent and sent[payload][1] != lane.node:
                begin, source = sent[payload]
                received = len(flights)
                flights.append(Flight(source, lane.node, payload, begin, Fate.RECEIVED, number))
        event, done = _as_step(lane.node, entry)
        steps.append(TraceStep(number, Handle(lane.node, event), done, (), received))
    steps = [_with_sends(step, flights) for step in steps]
    crashed = [lane for lane in lanes if lane.life.status is Status.CRASHED]
    steps += [TraceStep(len(steps) + at, Crash(lane.node)) for at, lane in enumerate(crashed, start=1)]
    logs = [(lane.before,) if lane.before else () for lane in lanes]
    scenario = Scenario(nodes=len(lanes))
    system = System(tuple(Process(Status.UP, log=log) for log in logs), (), Budget.of(scenario))
    names = tuple(str(lane.node) for lane in lanes)
    return LogExcerpt("the log", scenario, (system,) * (len(steps) + 1), tuple(steps), tuple(flights), names=names)


def _with_sends(step: TraceStep, flights: Sequence[Flight]) -> TraceStep:
    """The step with what was seen to arrive elsewhere."""
    sends = tuple(Send(flight.target, flight.message) for flight in flights if flight.sent_at == step.number)
    return replace(step, done=(*sends, *step.done))


def _as_step(node: Node, entry: Shown) -> tuple[Event, tuple[Effect, ...]]:
    match entry:
        case Sent(payload):
            return Multicast(payload), ()
        case Delivered(payload):
            return Receive(node, payload), (Deliver(payload),)
        case Installed(view):
            return Receive(node, view), (Install(view),)
        case Ended(reason):
            return Receive(node, entry), (Halt(reason),)
        case Left():
            return Leave(), ()
        case Adopted(payloads):
            return Receive(node, Gap(len(payloads), "payloads adopted")), (Deliver(Gap(len(payloads), "payloads adopted")),)
        case MovedWith() | IndicatedSafe():
            told = Indication(in_words(entry, Witness("", ())))
            return Receive(node, told), (Deliver(told),)
        case Gap():
            return Receive(node, entry), (Deliver(entry),)
    raise AssertionError(entry)  # a log has no other entries


def _merged(lanes: Sequence[Lane]) -> list[tuple[Lane, Shown]]:
    """All that is shown, in one order: that of each process, and a multicast before its deliveries, as far as that goes."""
    at = [0] * len(lanes)
    waiting = {entry.payload for lane in lanes for entry in lane.shown if isinstance(entry, Sent)}
    found: list[tuple[Lane, Shown]] = []
    while any(place < len(lane.shown) for place, lane in zip(at, lanes, strict=True)):
        open_ones = [number for number, lane in enumerate(lanes) if at[number] < len(lane.shown)]
        heads = {number: lanes[number].shown[at[number]] for number in open_ones}
        free = [n for n, head in heads.items() if not (isinstance(head, Delivered) and head.payload in waiting)]
        chosen = min(free or open_ones, key=lambda number: (at[number], number))
        entry = heads[chosen]
        if isinstance(entry, Sent):
            waiting.discard(entry.payload)
        found.append((lanes[chosen], entry))
        at[chosen] += 1
    return found
