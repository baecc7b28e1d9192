"""Crash-recovery with stable storage, step by step: what a crash takes away, what comes back, and what is still under way."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.sampling.sampler import Sampler
from groupy_check.checker.sampling.strategies import Pct, RandomDice, Swarm, Uniform
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Lose, recovers
from groupy_check.groupy_model.effects import Deliver, Install, Monitor, Send, SetTimer, Store, View
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Recover, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES, Delivered, Recovered, Sent, Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Protocol, Step
from groupy_check.groupy_model.scenario import Detector, Order, Scenario
from groupy_check.groupy_model.system import Notice, Process, System
from groupy_check.groupy_model.worker import first_worker
from groupy_check.specs.registry import PROPERTIES
from tests.semantics.agreement import agree

pytestmark = pytest.mark.usefixtures("unwatched")

P1, P2, P3 = Node(1), Node(2), Node(3)
A1, A2 = Change(P1, 1), Change(P1, 2)
ONE = (A1,)  # what p2 stores
BOTH = View(1, (P1, P2))
ALL = frozenset(OBSERVATION_TYPES)
DRAWS = (Uniform(), Swarm(), Pct(2, 20))


@dataclass(frozen=True)
class Copier:
    """What it has had."""

    me: Node
    had: tuple[Any, ...] = ()


class Copies(Protocol):
    """p1 sends all that it is asked for to p2, which stores what it has had before it delivers it."""

    name = "copies"
    claims = ()

    def step(self, state: Any, event: Event) -> Step | None:
        """A request is sent on, a message is stored and delivered."""
        match event:
            case Start() | Join():
                other = P2 if state.me == P1 else P1
                return Step(Copier(state.me), (Install(BOTH), Monitor(other), SetTimer("tick")))
            case Multicast(payload):
                return Step(state, (Send(P2, payload), Deliver(payload)))
            case Receive(_, payload):
                had = (*state.had, payload)
                return Step(replace(state, had=had), (Store(had), Deliver(payload)))
            case Down():
                return Step(state)
            case Recover(None):
                return Step(Copier(state.me), (Install(BOTH),))
            case Recover(tuple(had)):
                return Step(Copier(state.me, had), (Install(BOTH),))
        return None


class Keeps(Copies):
    """The same among three: p1 sends to both others."""

    name = "keeps"

    def step(self, state: Any, event: Event) -> Step | None:
        """A request is sent to both."""
        match event:
            case Multicast(payload):
                return Step(state, (Send(P2, payload), Send(P3, payload)))
            case Start() | Join() | Recover(None):
                return Step(Copier(state.me), (Install(View(1, (P1, P2, P3))),))
        return super().step(state, event)


class Silent(Copies):
    """The same without storage."""

    name = "silent"

    def step(self, state: Any, event: Event) -> Step | None:
        """As if nothing were stored."""
        step = super().step(state, event)
        return step and Step(step.state, tuple(effect for effect in step.effects if not isinstance(effect, Store)))


class Stays(Copies):
    """The same without recovery."""

    name = "stays"

    def step(self, state: Any, event: Event) -> Step | None:
        """Nothing is known of Recover."""
        return None if isinstance(event, Recover) else super().step(state, event)


def semantics(protocol: Protocol | None = None, **budgets: Any) -> Semantics:
    """Of two processes, one of which may crash and come back."""
    scenario = Scenario(**{"nodes": 2, "messages": 3, "crashes": 1, "recoveries": 1, **budgets})
    return Semantics(protocol or Copies(), scenario, ALL)


def after(of: Semantics, *actions: Action) -> System:
    """The state after `actions`, each of which is enabled when its turn comes."""
    system = of.initial()
    for action in actions:
        assert of.permits(system, action), action
        assert action in of.enabled(system), action
        system = of.apply(system, action)
    return system


def asks(*payloads: Change) -> tuple[Handle, ...]:
    """p1 is asked for them."""
    return tuple(Handle(P1, Multicast(payload)) for payload in payloads)


def got(payload: Change, cut: int | None = None) -> Handle:
    """p2 receives it."""
    return Handle(P2, Receive(P1, payload), cut=cut)


def back(process: Node, *had: Change) -> Handle:
    """`process` comes back and finds that."""
    return Handle(process, Recover(had or None))


def recoveries(of: Semantics, system: System) -> list[Action]:
    """The recoveries that are possible."""
    return [action for action in of.enabled(system) if recovers(action)]


def test_a_process_comes_back_with_what_it_stored_and_nothing_else() -> None:
    of = semantics()
    before = after(of, *asks(A1), got(A1))
    assert before.processes[1].timers == {"tick"}
    assert before.processes[1].stored == ONE
    system = after(of, *asks(A1), got(A1), Crash(P2), back(P2, A1))
    process = system.processes[1]
    assert (process.status, process.local) == (Status.UP, Copier(P2, (A1,)))
    assert (process.timers, process.watching) == (frozenset(), frozenset())
    assert process.log[-3:] == (Delivered(A1), Recovered(), before.processes[1].log[0])
    assert system.budget.recoveries == 0


@pytest.mark.parametrize(("cut", "stored", "delivered"), [(1, (A1,), 0)])
def test_a_crash_falls_before_or_behind_a_store(cut: int, stored: tuple[Change, ...], delivered: int) -> None:
    of = semantics()
    system = after(of, *asks(A1), got(A1, cut))
    assert recoveries(of, system) == [back(P2, *stored)]
    assert sum(isinstance(entry, Delivered) for entry in system.processes[1].log) == delivered
    system = after(of, *asks(A1), Crash(P2))  # to crash before the first effect is to crash before the message is received
    assert recoveries(of, system) == [back(P2)]


@pytest.mark.parametrize(
    ("crashes", "recoveries", "stored"),  # while p2 runs, is down, is back
    [
        (0, 2, [None]),  # nobody crashes
        (2, 0, [None, None]),  # nobody comes back
        (1, 1, [ONE, ONE, None]),
        (2, 1, [ONE, ONE, None]),  # the second crash is for good
        (1, 2, [ONE, ONE, None]),  # there is no second crash
        (2, 2, [ONE, ONE, ONE]),
    ],
)
def test_what_is_stored_is_in_the_state_as_long_as_somebody_may_read_it(
    crashes: int, recoveries: int, stored: list[tuple[Change, ...] | None]
) -> None:
    of, rest = semantics(crashes=crashes, recoveries=recoveries), (Crash(P2), back(P2, A1))
    systems = [after(of, *asks(A1), got(A1), *rest[:number]) for number in range(len(stored))]
    assert [system.processes[1].stored for system in systems] == stored


def test_the_last_crash_makes_all_forget_who_run_and_the_last_recovery_all() -> None:
    of = semantics(Keeps(), nodes=3, crashes=2, recoveries=2)
    begun = (*asks(A1), got(A1), Handle(P3, Receive(P1, A1)))
    rest: tuple[Action, ...] = (Crash(P2), Crash(P3), back(P3, A1), back(P2, A1))
    stored = [[process.stored for process in after(of, *begun, *rest[:count]).processes] for count in range(5)]
    assert stored == [[None, ONE, ONE], [None, ONE, ONE], [None, ONE, ONE], [None, ONE, None], [None, None, None]]
    of = semantics(Keeps(), nodes=3, crashes=1, recoveries=1)
    system = after(of, *begun, Crash(P2))
    assert [process.stored for process in system.processes] == [None, ONE, None]


def test_who_is_down_at_the_last_recovery_has_ended_for_good() -> None:
    of, plain = semantics(Keeps(), nodes=3, crashes=2), semantics(Keeps(), nodes=3, crashes=2, recoveries=0)
    system = after(of, *asks(A1, A2), Crash(P2), Crash(P3))
    assert of.channel(system, P1, P3) == (A1, A2)
    system = after(of, *asks(A1, A2), Crash(P2), Crash(P3), back(P2))
    assert system.processes[2] == after(plain, *asks(A1, A2), Crash(P2), Crash(P3)).processes[2]
    assert (of.channel(system, P1, P2), of.channel(system, P1, P3)) == ((A1, A2), ())
    assert not recoveries(of, system)
    assert not [action for action in of.enabled(system) if isinstance(action, Lose)]


def test_to_store_without_recoveries_is_a_point_of_a_crash_and_nothing_else() -> None:
    storing, silent = semantics(recoveries=0), semantics(Silent(), recoveries=0)
    runs: list[tuple[Action, ...]] = [asks(A1), (*asks(A1), got(A1)), (*asks(A1), got(A1), Crash(P2))]
    for actions in runs:
        assert after(storing, *actions) == after(silent, *actions)
    cut = after(storing, *asks(A1), got(A1, 1))
    assert cut == replace(after(silent, *asks(A1), Crash(P2)), channels=cut.channels)


def test_every_way_to_another_process_keeps_the_rest_of_it() -> None:
    worker = first_worker(P1)
    whole = Process(Status.UP, "local", (Sent(A1),), frozenset({P2}), frozenset({"tick"}), 3, worker, (A1,), "stored")
    assert all(getattr(whole, field.name) != field.default for field in fields(Process))
    assert whole.after("other", ()) == replace(whole, local="other", log=())
    assert whole.monitoring(frozenset()) == replace(whole, watching=frozenset())
    assert whole.working(worker, (A2,)) == replace(whole, asks=(A1, A2))


def test_what_was_under_way_arrives_in_vain_or_later_and_in_order() -> None:
    of = semantics()
    down = after(of, *asks(A1, A2), Crash(P2))
    assert of.channel(down, P1, P2) == (A1, A2)
    losses = [action for action in of.enabled(down) if isinstance(action, Lose)]
    assert losses == [Lose(P1, P2, 0, A1)]
    one_left = of.apply(down, losses[0])
    assert of.channel(one_left, P1, P2) == (A2,)
    assert one_left.budget == down.budget
    returned = after(of, *asks(A1, A2), Crash(P2), back(P2))
    assert of.channel(returned, P1, P2) == (A1, A2)
    assert not [action for action in of.enabled(returned) if isinstance(action, Lose)]


def test_in_a_bag_any_message_may_arrive_in_vain_and_with_drops_any_may_be_lost() -> None:
    bag, lossy = semantics(order=Order.ANY), semantics(drops=1)
    losses = {
        (of.scenario.order, action.index, of.apply(system, action).budget.drops)
        for of in (bag, lossy)
        for system in [after(of, *asks(A1, A2), Crash(P2))]
        for action in of.enabled(system)
        if isinstance(action, Lose)
    }
    assert losses == {(Order.ANY, 0, 0), (Order.ANY, 1, 0), (Order.FIFO, 0, 1), (Order.FIFO, 1, 0)}


def test_a_copy_of_what_is_under_way_to_a_process_that_is_down_is_under_way_too() -> None:
    of = semantics(duplicates=1)
    system = after(of, *asks(A1), Crash(P2), Duplicate(P1, P2, 0, A1))
    assert of.channel(system, P1, P2) == (A1, A1)


def test_what_is_sent_to_a_process_that_is_down_vanishes() -> None:
    of = semantics()
    system = after(of, Crash(P2), *asks(A1))
    assert of.channel(system, P1, P2) == ()


def test_the_notice_of_the_crash_stands_and_nobody_hears_of_the_recovery() -> None:
    of = semantics()
    system = after(of, Crash(P1), back(P1))
    assert of.channel(system, P1, P2) == (Notice.DOWN,)
    assert P1 not in system.processes[1].watching
    system = after(of, Crash(P1), Handle(P2, Down(P1)), back(P1))
    assert system.channels == ((),) * 4


def test_notices_for_a_process_die_with_it() -> None:
    of = semantics(crashes=2, recoveries=2)
    assert of.channel(after(of, Crash(P1), Crash(P2)), P1, P2) == ()


def test_multicasts_are_numbered_on_after_a_recovery() -> None:
    of = semantics()
    system = after(of, *asks(A1), Crash(P1), back(P1), *asks(A2))
    assert [entry for entry in system.processes[0].log if isinstance(entry, Sent)] == [Sent(A1), Sent(A2)]


def test_without_a_rule_for_it_a_process_stays_down_and_all_is_as_without_recoveries() -> None:
    stays, plain = semantics(Stays()), semantics(Stays(), recoveries=0)
    systems = [after(of, *asks(A1, A2), got(A1), Crash(P2)) for of in (stays, plain)]
    assert replace(systems[0], budget=systems[1].budget) == systems[1]
    assert not recoveries(stays, systems[0])
    result = Explorer(Stays(), stays.scenario, [PROPERTIES["integrity"]], Limits()).run()
    assert not result.recovered
    why = "without a rule for Recover a process stays down"
    assert f"the scenario allows a recovery ({why}), but it never happened in what was seen" in result.warnings


def test_a_process_that_ended_itself_does_not_come_back() -> None:
    of = semantics(crashes=0)
    assert not recoveries(of, of.initial())


def test_a_crash_may_fall_within_a_recovery() -> None:
    class Twice(Copies):
        """It writes something down as it comes back, and again."""

        name = "twice"

        def step(self, state: Any, event: Event) -> Step | None:
            """Two writes."""
            if isinstance(event, Recover):
                return Step(Copier(state.me), (Store("once"), Store("twice")))
            return super().step(state, event)

    of = semantics(Twice(), crashes=2, recoveries=2)
    system = after(of, Crash(P2), Handle(P2, Recover(None), cut=1))
    assert recoveries(of, system) == [Handle(P2, Recover("once"))]


def test_stored_values_that_are_equal_and_not_the_same_are_refused() -> None:
    class Mixed(Copies):
        """It stores 1 or True."""

        name = "mixed"

        def step(self, state: Any, event: Event) -> Step | None:
            """What is stored decides nothing."""
            if isinstance(event, Receive):
                return Step(state, (Store(1 if event.message == A1 else True), Deliver(event.message)))
            return super().step(state, event)

    of = semantics(Mixed())
    with pytest.raises(ProtocolError, match="would be taken for the other"):
        after(of, *asks(A1, A2), got(A1), got(A2))


def test_the_colour_worker_does_not_come_back() -> None:
    with pytest.raises(ValueError, match="the colour worker does not come back"):
        Scenario(recoveries=1, worker=True)


def test_random_runs_come_to_recoveries_and_to_what_arrives_in_vain() -> None:
    scenario, wanted = Scenario(nodes=2, recoveries=1), [PROPERTIES["integrity"]]
    sampler, recorder = Sampler(Copies(), scenario, wanted, longest=30), Recorder(Copies(), scenario)
    runs = [sampler.draw(strategy, RandomDice(str(seed)), Judge(wanted)).actions for seed in range(30) for strategy in DRAWS]
    assert all(len(recorder.record(run).steps) == len(run) for run in runs)
    assert sum(any(map(recovers, run)) for run in runs) > 10
    assert any(isinstance(action, Lose) for run in runs for action in run)


def test_both_engines_agree_with_the_referee() -> None:
    assert [agree(seed, 250, "recovering") for seed in (2, 9, 10, 11)].count("agree") == 4


@pytest.mark.slow
def test_both_engines_agree_with_the_referee_on_more_systems() -> None:
    assert [agree(seed, 150, "recovering") for seed in range(100, 136)].count("agree") > 15


def test_the_detector_may_let_a_notice_overtake_messages_of_either_incarnation() -> None:
    of = semantics(detector=Detector.OVERTAKING)
    system = after(of, *asks(A1), Crash(P1), back(P1), *asks(A2))
    assert of.channel(system, P1, P2) == (A1, Notice.DOWN, A2)
    events = [action.event for action in of.owed(system) if isinstance(action, Handle) and action.process == P2]
    assert events == [Receive(P1, A1), Down(P1)]
