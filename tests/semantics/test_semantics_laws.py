"""What must be true of the reference semantics and of the traces made with it, whatever the protocol and the scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.errors import NoSuchExample

from groupy_check.checker.inputs.scenario_flags import scenario_of_words
from groupy_check.checker.runs.linear_extension import gathered
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Heal, Lose, Partition, SpuriousNotice, Suspect
from groupy_check.groupy_model.effects import Effect, Halt, Monitor, SetTimer
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.payloads import SetState, StateRequest
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.scenario import CutOff, Detector, Order, Timing
from groupy_check.groupy_model.system import Channel, Notice, System
from groupy_check.groupy_model.trace import Fate, Flight, Trace
from groupy_check.reports.formats.itf import encode_system, match, read_itf, to_itf
from groupy_check.reports.wording.phrases import match_line
from groupy_check.reports.wording.trace_text import parse_trace, trace_text
from tests.support.tables import World, worlds

LAW = settings(max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SEARCH = settings(LAW, max_examples=4000, phases=(Phase.generate,))
ENDED = (Status.CRASHED, Status.HALTED)

Moves = list[tuple[System, Action, System]]


def possible(world: World) -> Moves:
    """Every step that is possible in a state of the run, not only the one that it takes."""
    semantics = world.semantics()
    states = [semantics.initial(), *(after for _, _, after in world.walk())]
    return [(state, action, semantics.apply(state, action)) for state in states for action in semantics.enabled(state)]


def queued(system: System, source: int, target: int) -> Channel:
    return system.channels[(source - 1) * len(system.processes) + target - 1]


def pairs(system: System) -> list[tuple[int, int]]:
    numbers = range(1, len(system.processes) + 1)
    return [(source, target) for source in numbers for target in numbers]


def outcomes(world: World, system: System, node: Node, event: Event) -> list[Step]:
    local: Any = system.processes[node - 1].local
    return world.protocol.outcomes(local, event)


def refused(world: World, system: System, node: Node, event: Event) -> bool:
    return not outcomes(world, system, node, event)


def done(world: World, system: System, node: Node, event: Event, outcome: int) -> tuple[Effect, ...]:
    return outcomes(world, system, node, event)[outcome].effects


def same(world: World, expected: list[Hashable], channel: Channel) -> None:
    """The channel holds just what is expected; where messages have no order, in any."""
    assert expected == list(channel) if world.scenario.order is Order.FIFO else Counter(expected) == Counter(channel)


# --- what can happen -----------------------------------------------------------------------------------------------------


@LAW
@given(worlds())
def test_what_can_happen(world: World) -> None:
    two_semantics_agree_and_remembering_changes_nothing(world)
    at_rest_nothing_is_owed_and_timers_wait_for_the_rest_of_all_else(world)
    every_step_costs_what_it_should(possible(world))


def two_semantics_agree_and_remembering_changes_nothing(world: World) -> None:
    remembers = world.semantics()
    seen = []
    for system, _, _ in world.walk():
        fresh = world.semantics()
        enabled = fresh.enabled(system)
        assert len(set(enabled)) == len(enabled)
        seen.append((system, enabled, [fresh.apply(system, action) for action in enabled]))
    for system, enabled, after in seen * 2:
        assert remembers.enabled(system) == enabled
        assert [remembers.apply(system, action) for action in enabled] == after
    assert remembers.initial() == world.semantics().initial()


def by_itself(action: Action) -> bool:
    """Nobody has to choose it: a message or a notice arrives, or the worker, not its user, asks for a multicast."""
    match action:
        case Handle(_, Receive() | Down() | Multicast(StateRequest() | SetState()), _, None):
            return True
    return False


def at_rest_nothing_is_owed_and_timers_wait_for_the_rest_of_all_else(world: World) -> None:
    semantics = world.semantics()
    for system, _, _ in world.walk():
        enabled, owed = semantics.enabled(system), semantics.owed(system)
        moves = [action for action in enabled if by_itself(action)]
        timers = [action for action in enabled if isinstance(action, Handle) and isinstance(action.event, Timeout)]
        uncut = [action for action in timers if action.cut is None]
        assert owed == enabled[: len(owed)] == (moves or uncut)
        assert semantics.at_rest(system) == (not moves and not timers)
        assert not (moves and timers) or world.scenario.timing is Timing.ANY
        waiting = any(process.timers for process in system.processes)
        assert waiting or not (timers or semantics.out_of_timeouts(system))


PRICES = {
    Multicast: "messages", Join: "joins", Leave: "leaves", Timeout: "timeouts", Suspect: "suspicions",
    SpuriousNotice: "spurious", Crash: "crashes",
    Lose: "drops", Duplicate: "duplicates", Partition: "partitions",
}  # fmt: skip


def price(action: Action, timeouts: int | None) -> Counter[str]:
    """What `action` must cost: nothing for what a worker asks, and for timeouts that have no bound."""
    cost: Counter[str] = Counter()
    match getattr(action, "event", action):
        case Multicast(StateRequest() | SetState()):
            pass
        case Timeout() if timeouts is None:
            pass
        case event if type(event) in PRICES:
            cost[PRICES[type(event)]] = 1
    cost["crashes"] += isinstance(action, Handle | Suspect) and action.cut is not None
    return +cost


def every_step_costs_what_it_should(moves: Moves) -> None:
    for before, action, after in moves:
        had, left = asdict(before.budget), asdict(after.budget)
        cost = price(action, before.budget.timeouts)
        assert {name: had[name] - left[name] for name in had if had[name] != left[name]} == cost
        assert all(value is None or value >= 0 for value in left.values())


# --- what it does --------------------------------------------------------------------------------------------------------


@LAW
@given(worlds())
def test_what_every_step_does(world: World) -> None:
    for before, action, after in possible(world):
        who_has_ended_does_nothing_and_gets_nothing(before, action, after)
        only_who_runs_within_reach_is_watched_and_no_message_is_across_a_split(after, world.scenario.cut_off)
        if world.scenario.order is Order.ANY:
            a_bag_looks_the_same_however_it_was_filled(world, after)
        match action:
            case Crash(node):
                what_was_sent_stays_under_way_and_who_watches_is_told(before, node, after)
            case Lose() | Duplicate():
                the_network_touches_one_queue_only(world, before, action, after)
            case Suspect(node, other, outcome):
                again = Monitor(other) in done(world, before, node, Down(other), outcome)
                assert again or other not in after.processes[node - 1].watching
            case Handle(node, Timeout(timer) as event, outcome):
                again = SetTimer(timer) in done(world, before, node, event, outcome)
                assert again or timer not in after.processes[node - 1].timers
            case Handle(node, Multicast(StateRequest() | SetState() as payload)):
                asks, left = (system.processes[node - 1].asks for system in (before, after))
                assert payload == asks[0]
                assert left[: len(asks) - 1] == asks[1:] or after.processes[node - 1].status in ENDED
                assert payload not in left or isinstance(payload, SetState)
            case Handle(node, Receive() | Down() as event):
                nothing_overtakes_but_what_is_allowed_to(world, before, node, event)


def a_bag_looks_the_same_however_it_was_filled(world: World, system: System) -> None:
    """It is sorted between its notices. Where these may overtake, it is sorted as a whole, and they come last."""
    for bag in system.channels:
        parts = [list[str]()]
        for entry in bag:
            if entry is Notice.DOWN:
                parts.append([])
            else:
                parts[-1].append(str(entry))
        assert all(part == sorted(part) for part in parts)
        assert world.scenario.detector is Detector.PERFECT or not any(parts[1:])


def who_has_ended_does_nothing_and_gets_nothing(before: System, action: Action, after: System) -> None:
    for process, later in zip(before.processes, after.processes, strict=True):
        assert process.status not in ENDED or later == process
    if isinstance(action, Handle | Suspect | Crash):
        assert before.processes[action.process - 1].status not in ENDED
        crashed = after.processes[action.process - 1].status is Status.CRASHED
        assert crashed == (isinstance(action, Crash) or action.cut is not None)
    for source, target in pairs(after):
        assert after.processes[target - 1].status is Status.UP or not queued(after, source, target)


def only_who_runs_within_reach_is_watched_and_no_message_is_across_a_split(system: System, cut_off: CutOff) -> None:
    for one, other in pairs(system):
        unheard, deaf = system.split and system.split.cuts(one, other), system.split and system.split.cuts(other, one)
        if other in system.processes[one - 1].watching:
            assert system.processes[other - 1].status is Status.UP
            assert not deaf
        if unheard and cut_off is CutOff.LOST:
            assert set(queued(system, one, other)) <= {Notice.DOWN}


def what_was_sent_stays_under_way_and_who_watches_is_told(before: System, node: Node, after: System) -> None:
    for watcher in range(1, len(before.processes) + 1):
        if watcher != node:
            notices = (Notice.DOWN,) if node in before.processes[watcher - 1].watching else ()
            assert queued(after, node, watcher) == queued(before, node, watcher) + notices


def the_network_touches_one_queue_only(world: World, before: System, action: Lose | Duplicate, after: System) -> None:
    assert after.processes == before.processes
    for source, target in pairs(before):
        old = list(queued(before, source, target))
        if (source, target) == (action.source, action.target):
            assert old[action.index] == action.message
            if isinstance(action, Lose):
                del old[action.index]
            else:
                assert action.place is None or action.index < action.place < len(old)
                old.insert(len(old) if action.place is None else action.place, action.message)
        same(world, old, queued(after, source, target))


def nothing_overtakes_but_what_is_allowed_to(world: World, before: System, node: Node, event: Receive | Down) -> None:
    """What stands before the entry that is taken and stays there is refused, unless the scenario has no such order."""
    source, entry = (event.node, Notice.DOWN) if isinstance(event, Down) else (event.source, event.message)
    channel = queued(before, source, node)
    for earlier in channel[: channel.index(entry)]:
        overtaking = world.scenario.detector is Detector.OVERTAKING
        allowed = overtaking if entry is Notice.DOWN else world.scenario.order is Order.ANY
        assert allowed or refused(world, before, node, Down(source) if earlier is Notice.DOWN else Receive(source, earlier))


# --- what is written down ------------------------------------------------------------------------------------------------


@LAW
@given(worlds())
def test_what_is_written_down(world: World) -> None:
    trace = world.trace()
    a_trace_is_the_run_that_its_actions_make(world, trace)
    flights_are_the_content_of_the_channels_at_every_moment(world, trace)
    every_flight_ends_once_and_in_the_step_that_says_so(trace)
    messages_of_a_fifo_channel_are_received_in_order_but_for_those_refused(world, trace)
    a_step_tells_what_its_process_has_done(world, trace)
    text_and_files_lead_back_to_the_same_actions(world, trace)
    gathering_keeps_the_end_and_the_order_of_every_process(world, trace)


def under_way(flight: Flight, number: int) -> bool:
    """The copy is queued after step `number`."""
    return flight.sent_at <= number and (flight.ended_at is None or flight.ended_at > number)


def entry_of(flight: Flight) -> Hashable:
    """What is queued."""
    return Notice.DOWN if flight.notice else flight.message


def arrival(flight: Flight) -> Receive | Down:
    """What the receiver sees of `flight`."""
    return Down(flight.source) if flight.notice else Receive(flight.source, flight.message)


def a_trace_is_the_run_that_its_actions_make(world: World, trace: Trace) -> None:
    walk = list(world.walk())
    assert trace.states == (world.semantics().initial(), *(after for _, _, after in walk))
    assert trace.actions == tuple(action for _, action, _ in walk)
    assert world.recorder().record(trace.actions) == trace


def flights_are_the_content_of_the_channels_at_every_moment(world: World, trace: Trace) -> None:
    for number, system in enumerate(trace.states):
        for source, target in pairs(system):
            flights = [f for f in trace.flights if (f.source, f.target) == (source, target) and under_way(f, number)]
            channel = queued(system, source, target)
            assert Counter(map(entry_of, flights)) == Counter(channel)
            entries = iter(channel)  # a copy may stand anywhere behind what it is one of
            first = [entry_of(flight) for flight in flights if not flight.copy]
            assert world.scenario.order is not Order.FIFO or all(entry in entries for entry in first)


def every_flight_ends_once_and_in_the_step_that_says_so(trace: Trace) -> None:
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


def messages_of_a_fifo_channel_are_received_in_order_but_for_those_refused(world: World, trace: Trace) -> None:
    for step in trace.steps if world.scenario.order is Order.FIFO else ():
        if step.received is not None and not trace.flights[step.received].notice and isinstance(step.action, Handle):
            flight, before = trace.flights[step.received], trace.states[step.number - 1]
            for earlier in trace.flights[: 0 if flight.copy else step.received]:  # a copy may stand further in front
                if (earlier.source, earlier.target) == (flight.source, flight.target) and under_way(earlier, step.number - 1):
                    assert refused(world, before, flight.target, arrival(earlier))


def a_step_tells_what_its_process_has_done(world: World, trace: Trace) -> None:
    for step in trace.steps:
        if isinstance(step.action, Handle | Suspect):
            event = step.action.event if isinstance(step.action, Handle) else Down(step.action.node)
            effects = done(world, trace.states[step.number - 1], step.action.process, event, step.action.outcome)
            told = step.done + step.undone
            assert told == effects[: len(told)]
            assert len(told) == len(effects) or isinstance(told[-1], Halt)
            assert Halt not in map(type, told[:-1])
            assert len(step.done) == (len(told) if step.action.cut is None else step.action.cut)


def text_and_files_lead_back_to_the_same_actions(world: World, trace: Trace) -> None:
    semantics = world.semantics()
    parsed, file = parse_trace(trace_text(trace, "a walk")), read_itf(to_itf(trace))
    enabled = [semantics.enabled(system) for system in trace.states[:-1]]
    assert [match_line(*found) for found in zip(parsed.lines, enabled, strict=True)] == list(trace.actions)
    assert [match(*found) for found in zip(file.actions, enabled, strict=True)] == list(trace.actions)
    assert list(file.states) == [encode_system(system) for system in trace.states]
    worker = world.scenario.worker and world.scenario.joinable
    assert scenario_of_words(parsed.flags) == replace(world.scenario, worker=worker)
    assert (parsed.protocol, file.protocol, file.scenario) == ("table", "table", world.scenario)


def gathering_keeps_the_end_and_the_order_of_every_process(world: World, trace: Trace) -> None:
    again = gathered(world.recorder(), trace)
    assert again.states[-1] == trace.states[-1]
    assert Counter(again.actions) == Counter(trace.actions)
    for node in trace.nodes:
        first, second = ([step.action for step in run.steps if step.process == node] for run in (trace, again))
        assert first == second
    assert again == world.recorder().record(again.actions)


# --- the laws above speak of something -----------------------------------------------------------------------------------

Situation = Callable[[World], bool]


def step(*kinds: type, when: Callable[[World, System, Any], bool] = lambda *_: True) -> Situation:
    """A step of the run is, or handles, one of `kinds`, and `when` is true of the state and of it."""
    return lambda world: any(
        isinstance(getattr(action, "event", action), kinds) and when(world, system, action)
        for system, action, _ in world.walk()
    )


def fate(wanted: Fate, notice: bool) -> Situation:
    return lambda world: any(flight.fate is wanted and flight.notice is notice for flight in world.trace().flights)


def is_cut(_: World, __: System, action: Handle | Suspect) -> bool:
    return action.cut is not None


def leaves_one_behind(world: World, system: System, action: Any) -> bool:
    return world.scenario.order is Order.FIFO and queued(system, action.event.source, action.process)[0] != action.event.message


def overtakes(world: World, system: System, action: Any) -> bool:
    channel = queued(system, action.event.node, action.process)
    messages = [Receive(action.event.node, entry) for entry in channel if entry is not Notice.DOWN]
    return not all(refused(world, system, action.process, message) for message in messages)


def halts(world: World) -> bool:
    return any(process.status is Status.HALTED for _, _, system in world.walk() for process in system.processes)


def is_gathered(world: World) -> bool:
    trace = world.trace()
    return gathered(world.recorder(), trace).actions != trace.actions


SITUATIONS: dict[str, Situation] = {
    **{kind.__name__: step(kind) for kind in (Timeout, Leave, Join, Suspect, Lose, Duplicate, Partition, Heal)},
    "a handler is cut": step(Receive, Multicast, Timeout, Down, when=is_cut),
    "a wrong suspicion is cut": step(Suspect, when=is_cut),
    "the worker asks": step(Multicast, when=lambda _, __, action: by_itself(action)),
    "a message is left behind": step(Receive, when=leaves_one_behind),
    "a notice overtakes": step(Down, when=overtakes),
    "a message vanishes": fate(Fate.UNDELIVERABLE, notice=False),
    "a notice vanishes": fate(Fate.UNDELIVERABLE, notice=True),
    "a message is ignored": fate(Fate.IGNORED, notice=False),
    "a notice is received": fate(Fate.RECEIVED, notice=True),
    "a process ends itself": halts,
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
