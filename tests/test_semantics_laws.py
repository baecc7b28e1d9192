"""What must be true of the reference semantics and of the traces made with it, whatever the protocol and the scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.errors import NoSuchExample
from tables import SCENARIOS, World, worlds

from checker.gather import gathered
from checker.options import scenario_of_words
from groupy_model.actions import Action, Crash, Duplicate, Handle, Heal, Lose, Partition, Suspect
from groupy_model.effects import Halt
from groupy_model.events import Down, Join, Leave, Multicast, Receive, Timeout
from groupy_model.node import Node
from groupy_model.observations import Status
from groupy_model.payloads import Change
from groupy_model.scenario import Detector, Order, Timing
from groupy_model.system import Channel, Notice, System
from groupy_model.trace import Fate, Flight, Trace
from reports.itf import encode_system, match, read_itf, to_itf
from reports.phrases import match_line
from reports.text import parse_trace, trace_text

LAW = settings(max_examples=80, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SEARCH = settings(LAW, max_examples=1000, phases=(Phase.generate,))
ENDED = (Status.CRASHED, Status.HALTED)
ORDERLY = SCENARIOS.map(lambda scenario: replace(scenario, order=Order.FIFO, drops=0, duplicates=0))
PERFECT = SCENARIOS.map(lambda scenario: replace(scenario, detector=Detector.PERFECT))


def queued(system: System, source: int, target: int) -> Channel:
    return system.channels[(source - 1) * len(system.processes) + target - 1]


def pairs(system: System) -> list[tuple[int, int]]:
    numbers = range(1, len(system.processes) + 1)
    return [(source, target) for source in numbers for target in numbers]


def refused(world: World, system: System, event: Receive | Down, receiver: Node) -> bool:
    local: Any = system.processes[receiver - 1].local
    return not world.protocol.outcomes(local, event)


# --- what can happen -----------------------------------------------------------------------------------------------------


@LAW
@given(worlds())
def test_two_semantics_agree_and_remembering_changes_nothing(world: World) -> None:
    remembers = world.semantics()
    seen = []
    for system, _, _ in world.walk():
        fresh = world.semantics()
        enabled = fresh.enabled(system)
        seen.append((system, enabled, [fresh.apply(system, action) for action in enabled]))
    for system, enabled, after in seen * 2:
        assert remembers.enabled(system) == enabled
        assert [remembers.apply(system, action) for action in enabled] == after
    assert remembers.initial() == world.semantics().initial()


def price(action: Action, asks: tuple[Hashable, ...], timeouts: int | None) -> Counter[str]:
    """What `action` must cost; `asks` are what the worker of its process wants."""
    cost: Counter[str] = Counter()
    match action:
        case Handle(_, Multicast(payload)):
            cost["messages"] = payload not in asks
        case Handle(_, Join()):
            cost["joins"] = 1
        case Handle(_, Leave()):
            cost["leaves"] = 1
        case Handle(_, Timeout()):
            cost["timeouts"] = timeouts is not None
        case Suspect():
            cost["suspicions"] = 1
        case Crash():
            cost["crashes"] = 1
        case Lose():
            cost["drops"] = 1
        case Duplicate():
            cost["duplicates"] = 1
        case Partition():
            cost["partitions"] = 1
    cost["crashes"] += isinstance(action, Handle | Suspect) and action.cut is not None
    return +cost


@LAW
@given(worlds())
def test_every_enabled_action_can_be_done_once_and_costs_what_it_should(world: World) -> None:
    semantics = world.semantics()
    for system, _, _ in world.walk():
        enabled = semantics.enabled(system)
        assert len(set(enabled)) == len(enabled)
        for action in enabled:
            left, after = asdict(system.budget), asdict(semantics.apply(system, action).budget)
            asks = system.processes[action.process - 1].asks if isinstance(action, Handle) else ()
            cost = price(action, asks, system.budget.timeouts)
            assert {name: left[name] - after[name] for name in left if left[name] != after[name]} == cost
            assert all(value is None or value >= 0 for value in after.values())


def by_itself(action: Action) -> bool:
    """Nobody has to choose it: a message or a notice arrives, or the worker, not its user, asks for a multicast."""
    match action:
        case Handle(_, Receive() | Down(), _, None):
            return True
        case Handle(_, Multicast(payload), _, None):
            return not isinstance(payload, Change)
    return False


@LAW
@given(worlds())
def test_at_rest_nothing_is_owed_and_timers_wait_for_the_rest_of_all_else(world: World) -> None:
    semantics = world.semantics()
    for _, _, system in world.walk():
        enabled, owed = semantics.enabled(system), semantics.owed(system)
        moves = [action for action in enabled if by_itself(action)]
        timers = [action for action in enabled if isinstance(action, Handle) and isinstance(action.event, Timeout)]
        uncut = [action for action in timers if action.cut is None]
        assert owed == enabled[: len(owed)] == (moves or uncut)
        assert semantics.at_rest(system) == (not moves and not timers)
        assert not (moves and timers) or world.scenario.timing is Timing.ANY


# --- what it does --------------------------------------------------------------------------------------------------------


@LAW
@given(worlds())
def test_who_has_ended_does_nothing_and_nothing_is_queued_for_it(world: World) -> None:
    for before, action, after in world.walk():
        for process, later in zip(before.processes, after.processes, strict=True):
            assert process.status not in ENDED or later == process
        assert not isinstance(action, Handle | Suspect | Crash) or before.processes[action.process - 1].status not in ENDED
        for source, target in pairs(after):
            assert after.processes[target - 1].status is Status.UP or not queued(after, source, target)


@LAW
@given(worlds())
def test_a_crash_leaves_what_was_sent_under_way_and_tells_who_watches(world: World) -> None:
    semantics = world.semantics()
    for system, _, _ in world.walk():
        for action in semantics.enabled(system):
            if isinstance(action, Crash):
                after = semantics.apply(system, action)
                for watcher in set(semantics.nodes) - {action.process}:
                    watching = action.process in system.processes[watcher - 1].watching
                    notices = (Notice.DOWN,) if watching else ()
                    assert queued(after, action.process, watcher) == queued(system, action.process, watcher) + notices
                    assert action.process not in after.processes[watcher - 1].watching


@LAW
@given(worlds())
def test_only_those_that_run_within_reach_are_watched_and_no_message_is_across_a_split(world: World) -> None:
    for _, _, system in world.walk():
        for one, other in pairs(system):
            apart = bool(system.split) and (one in system.split) != (other in system.split)
            if other in system.processes[one - 1].watching:
                assert system.processes[other - 1].status is Status.UP
                assert not apart
            assert not apart or set(queued(system, one, other)) <= {Notice.DOWN}


@LAW
@given(worlds(ORDERLY))
def test_messages_of_a_fifo_channel_are_received_in_order_but_for_those_refused(world: World) -> None:
    trace = world.trace()
    for step in trace.steps:
        if step.received is not None and not trace.flights[step.received].notice and isinstance(step.action, Handle):
            flight, before = trace.flights[step.received], trace.states[step.number - 1]
            for earlier in trace.flights[: step.received]:
                if (earlier.source, earlier.target) == (flight.source, flight.target) and under_way(earlier, step.number - 1):
                    assert refused(world, before, arrival(earlier), flight.target)


@LAW
@given(worlds(PERFECT))
def test_a_perfect_detector_lets_no_notice_overtake_a_message_that_can_be_received(world: World) -> None:
    for before, action, _ in world.walk():
        if isinstance(action, Handle) and isinstance(action.event, Down):
            ended = action.event.node
            channel = queued(before, ended, action.process)
            for message in channel[: channel.index(Notice.DOWN)]:
                assert refused(world, before, Receive(ended, message), action.process)


# --- what is written down ------------------------------------------------------------------------------------------------


def under_way(flight: Flight, number: int) -> bool:
    """The copy is queued after step `number`."""
    return flight.sent_at <= number and (flight.ended_at is None or flight.ended_at > number)


def arrival(flight: Flight) -> Receive | Down:
    """What the receiver sees of `flight`."""
    return Down(flight.source) if flight.notice else Receive(flight.source, flight.message)


@LAW
@given(worlds())
def test_a_trace_is_the_run_that_its_actions_make(world: World) -> None:
    walk, trace = list(world.walk()), world.trace()
    assert trace.states == (world.semantics().initial(), *(after for _, _, after in walk))
    assert trace.actions == tuple(action for _, action, _ in walk)
    assert world.recorder().record(trace.actions) == trace


@LAW
@given(worlds())
def test_flights_are_the_content_of_the_channels_at_every_moment(world: World) -> None:
    trace = world.trace()
    for number, system in enumerate(trace.states):
        for source, target in pairs(system):
            flights = [f for f in trace.flights if (f.source, f.target) == (source, target) and under_way(f, number)]
            known = [Notice.DOWN if flight.notice else flight.message for flight in flights]
            channel = list(queued(system, source, target))
            assert known == channel if world.scenario.order is Order.FIFO else Counter(known) == Counter(channel)


@LAW
@given(worlds())
def test_every_flight_ends_once_and_in_the_step_that_says_so(world: World) -> None:
    trace = world.trace()
    takers = {step.received: step for step in trace.steps if step.received is not None}
    assert len(takers) == sum(step.received is not None for step in trace.steps)
    for index, flight in enumerate(trace.flights):
        taker = takers.pop(index, None)
        assert (flight.ended_at is None) == (flight.fate is Fate.IN_FLIGHT)
        assert (taker is None) == (flight.fate in (Fate.IN_FLIGHT, Fate.UNDELIVERABLE))
        if taker is not None:
            assert flight.ended_at == taker.number
            match taker.action:
                case Handle(process, event):
                    assert (process, event) == (flight.target, arrival(flight))
                    assert flight.fate in (Fate.RECEIVED, Fate.IGNORED)
                case Lose(source, target, _, message):
                    assert (source, target, message) == (flight.source, flight.target, flight.message)
                    assert flight.fate is Fate.LOST
    assert not takers
    assert sum(flight.copy for flight in trace.flights) == sum(isinstance(action, Duplicate) for action in trace.actions)


@LAW
@given(worlds())
def test_a_step_tells_what_its_process_has_done(world: World) -> None:
    trace = world.trace()
    for step in trace.steps:
        if isinstance(step.action, Handle | Suspect):
            event = step.action.event if isinstance(step.action, Handle) else Down(step.action.node)
            local: Any = trace.states[step.number - 1].processes[step.action.process - 1].local
            effects = world.protocol.outcomes(local, event)[step.action.outcome].effects
            told = step.done + step.undone
            assert told == effects[: len(told)]
            assert len(told) == len(effects) or isinstance(told[-1], Halt)
            assert Halt not in map(type, told[:-1])
            assert len(step.done) == (len(told) if step.action.cut is None else step.action.cut)


@LAW
@given(worlds())
def test_text_and_files_lead_back_to_the_same_actions(world: World) -> None:
    trace, semantics = world.trace(), world.semantics()
    parsed, file = parse_trace(trace_text(trace, "a walk")), read_itf(to_itf(trace))
    enabled = [semantics.enabled(system) for system in trace.states[:-1]]
    assert [match_line(*found) for found in zip(parsed.lines, enabled, strict=True)] == list(trace.actions)
    assert [match(*found) for found in zip(file.actions, enabled, strict=True)] == list(trace.actions)
    assert list(file.states) == [encode_system(system) for system in trace.states]
    worker = world.scenario.worker and world.scenario.joinable
    assert scenario_of_words(parsed.flags) == replace(world.scenario, worker=worker)
    assert (parsed.protocol, file.protocol, file.scenario) == ("table", "table", world.scenario)


@LAW
@given(worlds())
def test_gathering_keeps_the_end_and_the_order_of_every_process(world: World) -> None:
    trace = world.trace()
    again = gathered(world.recorder(), trace)
    assert again.states[-1] == trace.states[-1]
    assert Counter(again.actions) == Counter(trace.actions)
    for node in trace.nodes:
        assert own(again, node) == own(trace, node)
    assert again == world.recorder().record(again.actions)


def own(trace: Trace, node: Node) -> list[Action]:
    return [step.action for step in trace.steps if step.process == node]


# --- the laws above speak of something -----------------------------------------------------------------------------------


def takes(*kinds: type) -> Callable[[World], bool]:
    """Some step of the walk is, or handles, one of `kinds`."""
    return lambda world: any(isinstance(getattr(action, "event", action), kinds) for _, action, _ in world.walk())


def cut(kind: type) -> Callable[[World], bool]:
    return lambda world: any(isinstance(action, kind) and getattr(action, "cut", None) for _, action, _ in world.walk())


def ends(fate: Fate, notice: bool) -> Callable[[World], bool]:
    return lambda world: any(flight.fate is fate and flight.notice is notice for flight in world.trace().flights)


def halts(world: World) -> bool:
    return any(process.status is Status.HALTED for _, _, system in world.walk() for process in system.processes)


def skips(world: World) -> bool:
    """A message is received while an earlier one of the same channel stays."""
    return world.scenario.order is Order.FIFO and any(
        isinstance(action, Handle)
        and isinstance(action.event, Receive)
        and queued(before, action.event.source, action.process)[0] != action.event.message
        for before, action, _ in world.walk()
    )


def overtakes(world: World) -> bool:
    return any(
        isinstance(action, Handle)
        and isinstance(action.event, Down)
        and not all(refused(world, before, Receive(action.event.node, entry), action.process)
                    for entry in queued(before, action.event.node, action.process) if entry is not Notice.DOWN)
        for before, action, _ in world.walk()
    )  # fmt: skip


def worker_asks(world: World) -> bool:
    return any(
        isinstance(action, Handle) and isinstance(action.event, Multicast) and not isinstance(action.event.payload, Change)
        for _, action, _ in world.walk()
    )


def is_gathered(world: World) -> bool:
    trace = world.trace()
    return gathered(world.recorder(), trace).actions != trace.actions


SITUATIONS: dict[str, Callable[[World], bool]] = {
    **{kind.__name__: takes(kind) for kind in (Timeout, Leave, Join, Suspect, Lose, Duplicate, Partition, Heal)},
    "a handler is cut": cut(Handle),
    "a wrong suspicion is cut": cut(Suspect),
    "a message vanishes": ends(Fate.UNDELIVERABLE, False),
    "a notice vanishes": ends(Fate.UNDELIVERABLE, True),
    "a message is ignored": ends(Fate.IGNORED, False),
    "a notice is received": ends(Fate.RECEIVED, True),
    "a process ends itself": halts,
    "a message is left behind": skips,
    "a notice overtakes": overtakes,
    "the worker asks": worker_asks,
    "a run is gathered": is_gathered,
}


def test_the_walks_come_into_every_situation() -> None:
    missing = dict(SITUATIONS)

    def is_the_last(world: World) -> bool:
        for name in [name for name, happens in missing.items() if happens(world)]:
            del missing[name]
        return not missing

    with suppress(NoSuchExample):
        find(worlds(), is_the_last, settings=SEARCH)
    assert not missing
