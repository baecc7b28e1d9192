"""Single steps of a group of three, whole: what is queued afterwards, who watches whom, what is spent, and what is possible."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Heal, Lose, Partition, Suspect
from groupy_check.groupy_model.effects import CancelTimer, Demonitor, Effect, Halt, Install, Monitor, Send, SetTimer, View
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Ended, Installed, Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Beginning, Order, Scenario
from groupy_check.groupy_model.system import Notice, System
from tests.support.endless import P1, P2, P3, Member, Ruled
from tests.support.tables import ALL

ASK, DOWN = Handle(P1, Multicast(Change(P1, 1))), Notice.DOWN
WATCHED: tuple[Effect, ...] = (Monitor(P1),)
BUDGETS: dict[str, Any] = {
    "messages": 3,
    "crashes": 3,
    "drops": 3,
    "duplicates": 3,
    "suspicions": 3,
    "partitions": 3,
    "timeouts": 3,
}


class Steps:
    """A group whose p1 does `effects` when it is asked to multicast, and whose others watch p1."""

    def __init__(self, *effects: Effect, **scenario: Any) -> None:
        def rule(member: Member, event: Event) -> Outcome:
            match event:
                case Multicast() if member.me == P1:
                    return Step(member, effects)
                case Receive() | Timeout() | Down():
                    return Step(member)
            return None

        protocol = Ruled("steps", rule, lambda me: () if me == P1 else WATCHED)
        self.semantics = Semantics(protocol, Scenario(**BUDGETS | scenario), ALL)
        self.system = self.semantics.initial()

    def after(self, *actions: Action) -> System:
        for action in actions:
            assert self.semantics.permits(self.system, action), action
            self.system = self.semantics.apply(self.system, action)
        return self.system

    def queued(self) -> dict[str, tuple[Any, ...]]:
        """What is in the channels that are not empty, by "source target"."""
        nodes = self.semantics.nodes
        channels = {f"{one} {other}": self.semantics.channel(self.system, one, other) for one in nodes for other in nodes}
        return {ends: channel for ends, channel in channels.items() if channel}

    def watching(self) -> list[set[Node]]:
        return [set(process.watching) for process in self.system.processes]

    def spent(self) -> dict[str, int]:
        budget = self.system.budget
        return {name: 3 - getattr(budget, name) for name in BUDGETS if getattr(budget, name) != 3}


def sends(*letters: str) -> list[Effect]:
    return [Send(node, letter) for node in (P2, P3) for letter in letters]


def test_a_founder_remembers_the_view_in_force_and_no_other() -> None:
    system = Semantics(load_protocol("gms1"), Scenario(nodes=3), ALL).initial()
    views = [[entry for entry in process.log if isinstance(entry, Installed)] for process in system.processes]
    assert [process.log for process in system.processes] == [tuple(some) for some in views]
    assert [len(some) for some in views] == [1, 1, 1]
    assert len({some[0].view.members for some in views}) == 1


def test_a_partition_loses_what_is_between_the_sides_and_is_a_crash_to_who_watches_across() -> None:
    steps = Steps(*sends("x"), Monitor(P3))
    steps.after(ASK, Partition((P1, P2)))
    assert steps.queued() == {"p1 p2": ("x",), "p1 p3": (DOWN,), "p3 p1": (DOWN,)}
    assert steps.watching() == [set(), {P1}, set()]
    assert steps.spent() == {"messages": 1, "partitions": 1}
    steps.after(Handle(P1, Down(P3)), Handle(P1, Multicast(Change(P1, 2))))
    assert steps.queued() == {
        "p1 p2": ("x", "x"),
        "p1 p3": (DOWN,),
        "p3 p1": (DOWN,),
    }  # nothing crosses, and to watch is to be told
    steps.after(Heal(), Handle(P1, Multicast(Change(P1, 3))))
    assert steps.queued() == {"p1 p2": ("x",) * 3, "p1 p3": (DOWN, "x"), "p3 p1": (DOWN,)}
    assert steps.watching() == [{P3}, {P1}, set()]
    assert steps.system.split is None


def test_who_crashes_has_sent_what_it_sent_and_receives_nothing_more() -> None:
    steps = Steps(*sends("x"), Send(P1, "own"), Monitor(P2))
    steps.after(ASK, Crash(P1))
    assert steps.queued() == {"p1 p2": ("x", DOWN), "p1 p3": ("x", DOWN)}
    assert steps.watching() == [set(), set(), set()]
    assert [process.status for process in steps.system.processes] == [Status.CRASHED, Status.UP, Status.UP]
    assert steps.spent() == {"messages": 1, "crashes": 1}


@pytest.mark.parametrize(("cut", "queued"), [(1, ["p1 p2"]), (2, ["p1 p2", "p1 p3"])])
def test_a_crash_within_a_handler_keeps_the_effects_before_it(cut: int, queued: list[str]) -> None:
    steps = Steps(*sends("x"), SetTimer("t"))
    steps.after(replace(ASK, cut=cut))
    assert [ends for ends, channel in steps.queued().items() if "x" in channel] == queued
    assert steps.system.processes[0].status is Status.CRASHED
    assert steps.spent() == {"messages": 1, "crashes": 1}


def test_a_halt_ends_the_handler_and_costs_no_crash() -> None:
    steps = Steps(Send(P2, "x"), Halt("enough"), Send(P3, "x"))
    steps.after(ASK)
    assert steps.queued() == {"p1 p2": ("x", DOWN), "p1 p3": (DOWN,)}
    assert steps.system.processes[0].status is Status.HALTED
    assert steps.system.processes[0].log[-1] == Ended("enough")
    assert steps.spent() == {"messages": 1}
    assert steps.semantics.effects(Steps(Send(P2, "x"), Halt("enough"), Send(P3, "x")).system, ASK) == (
        Send(P2, "x"),
        Halt("enough"),
    )


def test_who_no_longer_watches_is_not_told_and_who_watches_the_dead_is_told_at_once() -> None:
    steps = Steps(Monitor(P2), Monitor(P3), Demonitor(P2), Demonitor(P3))
    steps.after(Crash(P3), ASK)
    assert steps.watching() == [set(), {P1}, set()]
    assert steps.queued() == {}  # the notice of p3 was queued, and is gone
    told = Steps(Monitor(P3), Monitor(P2))
    told.after(Crash(P3), ASK)
    assert (told.queued(), told.watching()) == ({"p3 p1": (DOWN,)}, [{P2}, {P1}, set()])


def test_a_suspicion_uses_the_monitor_up() -> None:
    steps = Steps()
    assert not steps.semantics.permits(steps.system, Suspect(P1, P2))
    steps.after(Suspect(P2, P1))
    assert steps.watching() == [set(), set(), {P1}]
    assert steps.spent() == {"suspicions": 1}
    assert not steps.semantics.permits(steps.system, Suspect(P2, P1))


def test_a_timer_is_armed_once_and_fires_once() -> None:
    steps = Steps(SetTimer("s"), SetTimer("t"), SetTimer("t"), SetTimer("u"), CancelTimer("u"))
    steps.after(ASK)
    assert steps.system.processes[0].timers == {"s", "t"}
    steps.after(Handle(P1, Timeout("t")))
    assert steps.system.processes[0].timers == {"s"}
    assert steps.spent() == {"messages": 1, "timeouts": 1}
    unbounded = Steps(SetTimer("t"), timeouts=None)
    unbounded.after(ASK, Handle(P1, Timeout("t")))
    assert unbounded.system.budget.timeouts is None


def test_a_loss_and_a_copy_cost_one_each() -> None:
    steps = Steps(*sends("x", "y"))
    steps.after(ASK, Lose(P1, P2, 0, "x"), Duplicate(P1, P3, 0, "x", 1), Duplicate(P1, P3, 0, "x"))
    assert steps.queued() == {"p1 p2": ("y",), "p1 p3": ("x", "x", "y", "x")}
    assert steps.spent() == {"messages": 1, "drops": 1, "duplicates": 2}


def test_where_a_copy_may_stand() -> None:
    semantics = Steps().semantics
    places = [list(semantics.places_of_copies(("x", "y", "x", "z"), index)) for index in range(4)]
    assert places == [[None, 1, 3], [None, 2, 3], [], [None]]
    bag = Steps(order=Order.ANY).semantics
    assert [list(bag.places_of_copies(("x", "y"), index)) for index in range(2)] == [[None], [None]]


def test_a_bag_is_sorted_on_both_sides_of_a_notice_and_as_one_when_it_is_taken() -> None:
    steps = Steps(*sends("y", "x"), order=Order.ANY)
    steps.after(ASK, Partition((P1, P3)), Heal())
    assert steps.queued() == {"p1 p2": (DOWN,), "p1 p3": ("x", "y")}
    late = replace(steps.system, channels=((), ("x", "y", DOWN, "a", "z"), *steps.system.channels[2:]))
    steps.system = late
    steps.after(Lose(P1, P2, 0, "x"))
    assert steps.queued()["p1 p2"] == ("y", DOWN, "a", "z")
    steps.after(Handle(P2, Receive(P1, "y")), Handle(P1, Multicast(Change(P1, 2))), Handle(P2, Down(P1)))
    assert steps.queued()["p1 p2"] == ("a", "x", "y", "z")
    steps.system = late
    steps.system = steps.semantics._remove(late, P1, P2, 2)  # not a step: the messages before it would be taken first
    assert steps.queued()["p1 p2"] == ("a", "x", "y", "z")


SIDES = [
    ((P1,), True), ((P1, P2), True), ((P1, P3), True), ((P2,), False), ((P2, P3), False), ((P2, P1), False),
    ((P1, P2, P3), False), ((), False), ((P1, P1), False), ((P1, Node(4)), False),
]  # fmt: skip


@pytest.mark.parametrize(("side", "possible"), SIDES)
def test_a_split_is_named_by_the_side_of_p1(side: tuple[Node, ...], possible: bool) -> None:
    steps = Steps()
    assert steps.semantics.permits(steps.system, Partition(side)) == possible
    assert (Partition(side) in steps.semantics.enabled(steps.system)) == possible


def test_a_network_that_is_split_or_may_not_split_does_not_split() -> None:
    split, none = Steps(), Steps(partitions=0)
    split.after(Partition((P1,)))
    assert [steps.semantics.permits(steps.system, Partition((P1,))) for steps in (split, none)] == [False, False]
    assert [steps.semantics.permits(steps.system, Heal()) for steps in (split, none)] == [True, False]


def test_a_crash_is_within_a_handler_only_between_two_effects() -> None:
    steps, none = Steps(*sends("x"), SetTimer("t")), Steps(*sends("x"), SetTimer("t"), crashes=0)
    allowed = [cut for cut in range(5) if steps.semantics.permits(steps.system, replace(ASK, cut=cut))]
    assert allowed == [1, 2]
    assert [cut for cut in range(5) if none.semantics.permits(none.system, replace(ASK, cut=cut))] == []
    assert not none.semantics.permits(none.system, Crash(P1))


def test_joiners_come_in_the_order_of_their_names_and_ask_somebody_who_is_up() -> None:
    semantics = Semantics(load_protocol("gms1"), Scenario(nodes=2, joins=2, messages=0, crashes=1), ALL)
    system = semantics.apply(semantics.initial(), Crash(P2))
    joins = [action for action in semantics.enabled(system) if isinstance(action, Handle) and isinstance(action.event, Join)]
    assert joins == [Handle(P3, Join(P1))]
    after = semantics.apply(system, joins[0])
    assert (after.processes[2].status, after.processes[3].status, after.budget.joins) == (Status.UP, Status.ABSENT, 1)


def test_a_run_that_begins_with_p1_alone_has_one_founder() -> None:
    system = Semantics(load_protocol("gms1"), Scenario(nodes=3, beginning=Beginning.JOINING), ALL).initial()
    assert [process.status for process in system.processes] == [Status.UP, Status.ABSENT, Status.ABSENT]


class Sleepy(Protocol):
    """Enters its view when it wakes up. Who is awake has set its alarm again."""

    name = "sleepy"

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start() | Join():
                return Step(Member(me), (SetTimer("alarm"),))
            case Member(me, mode), Timeout():
                return Step(Member(me, mode + 1), (Install(View(0, (P1, P2))), SetTimer("alarm")))
        return None


def test_while_a_group_forms_a_timer_fires_only_for_who_has_no_view_yet() -> None:
    system = Semantics(Sleepy(), Scenario(nodes=2), ALL).initial()
    assert [process.local for process in system.processes] == [Member(P1, 1), Member(P2, 1)]
    assert [process.timers for process in system.processes] == [{"alarm"}, {"alarm"}]
