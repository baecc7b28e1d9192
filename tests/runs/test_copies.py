"""Copies in the middle of a queue: which of equal messages a step names, in runs, schedules and files."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from groupy_check.checker.counterexamples.minimise import minimised
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.runs.replayer import Follower
from groupy_check.checker.runs.schedule import MessageCopy, schedule_of, without
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Lose
from groupy_check.groupy_model.effects import Deliver, Install, Monitor, Send, View
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Idle, Protocol, Step
from groupy_check.groupy_model.scenario import Order, Scenario
from groupy_check.groupy_model.trace import Fate, Trace
from groupy_check.reports.formats.itf import encode, match, to_itf
from groupy_check.reports.wording.phrases import action_line, match_line
from groupy_check.specs.registry import PROPERTIES

P1, P2, P3 = Node(1), Node(2), Node(3)
ASK = Handle(P1, Multicast(Change(P1, 1)))
GROUP = View(0, (P1, P2, P3))


class Letters(Protocol):
    """p1 sends x, y and x to p2, which delivers the payload on every x and forgets it on y."""

    name = "letters"

    def step(self, state: Idle | tuple[Any, ...], event: Event) -> Step | None:
        match state, event:
            case Idle(me), Start() | Join():
                return Step((me, ""), (Install(GROUP), *([Monitor(P1)] if me == P2 else [])))
            case (me, _), Multicast(payload):
                return Step(state, tuple(Send(P2, (letter, payload)) for letter in "xyx"))
            case (me, had), Receive(_, (letter, payload)):
                return Step((me, (had + letter)[-3:]), (Deliver(payload),) if letter == "x" else ())
            case (me, had), Down(_):
                return Step((me, (had + "D")[-3:]))
        return None


def recorder(**scenario: Any) -> Recorder:
    return Recorder(Letters(), Scenario(messages=1, crashes=1, duplicates=3, drops=2, **scenario))


def copy(letter: str, index: int, place: int | None = None) -> Duplicate:
    return Duplicate(P1, P2, index, (letter, Change(P1, 1)), place)


def take(letter: str) -> Handle:
    return Handle(P2, Receive(P1, (letter, Change(P1, 1))))


def walk(seed: int, order: Order) -> Trace:
    """A random run that begins with the multicast and likes the faults of the network."""
    runs, dice = recorder(order=order, partitions=1), random.Random(seed)  # noqa: S311 - a simulation
    runs.begin()
    runs.do(ASK)
    for _ in range(14):
        enabled = runs.semantics.enabled(runs.states[-1])
        faults = [action for action in enabled if isinstance(action, Duplicate | Lose)]
        if not enabled:
            break
        runs.do(dice.choice(faults if faults and dice.random() < 0.5 else enabled))
    return runs.trace()


@pytest.mark.parametrize("order", Order)
def test_a_schedule_with_copies_that_nobody_changed_is_the_run(order: Order) -> None:
    between = 0
    for seed in range(60):
        trace = walk(seed, order)
        follower = Follower(Letters(), trace.scenario)
        assert len(list(follower.follow(schedule_of(trace), patient=False))) == len(trace.states)
        assert follower.trace() == trace
        between += sum(isinstance(action, Duplicate) and action.place is not None for action in trace.actions)
    assert (between > 30) == (order is Order.FIFO)  # in a bag there is no place between


@pytest.mark.parametrize("order", Order)
def test_lines_and_files_lead_back_to_the_copy(order: Order) -> None:
    for seed in range(20):
        trace = walk(seed, order)
        states = iter(trace.states)
        for action in trace.actions:
            enabled = recorder(order=order, partitions=1).semantics.enabled(next(states))
            assert match_line(action_line(action), enabled) == action
            assert match(encode(action), enabled) == action
        assert json.loads(to_itf(trace))


def test_what_was_written_before_copies_had_a_place_still_replays() -> None:
    semantics = recorder().semantics
    system = semantics.apply(semantics.initial(), ASK)
    line = "the network duplicates [y, a1] from p1 to p2 (position 2 in the queue)"
    assert match_line(line, semantics.enabled(system)) == copy("y", 1)
    written = encode(copy("y", 1))
    assert isinstance(written, dict)
    assert match({key: value for key, value in written.items() if key != "place"}, semantics.enabled(system)) == copy("y", 1)


@pytest.mark.parametrize(
    ("duplicate", "received"),
    [(copy("x", 0, 1), "xx"), (copy("x", 0), "xyxx"), (copy("y", 1), "xyxy"), (copy("y", 1, 2), "xyy")],
)
def test_a_step_receives_the_copy_that_stands_first(duplicate: Duplicate, received: str) -> None:
    """The original goes before its copy, and the copy before what it has overtaken."""
    trace = recorder().record([ASK, duplicate, *map(take, received)])
    taken = [trace.flights[step.received] for step in trace.steps[2:] if step.received is not None]
    assert [flight.copy for flight in taken] == [False] * (len(received) - 1) + [True]
    assert all(flight.fate is Fate.RECEIVED for flight in taken)


def test_a_step_of_a_schedule_names_the_copy_in_its_place_and_what_it_overtakes() -> None:
    actions: list[Action] = [ASK, copy("x", 0, 1), Lose(P1, P2, 1, ("x", Change(P1, 1))), copy("y", 1, 2)]
    schedule = schedule_of(recorder().record(actions))
    sent = [MessageCopy(P1, P2, 1, place) for place in range(3)]
    assert (schedule[1].copy, schedule[1].next) == (sent[0], sent[1])
    assert (schedule[2].copy, schedule[2].next) == (MessageCopy(P1, P2, 2, 0), None)  # the copy, not the second x that was sent
    assert (schedule[3].copy, schedule[3].next) == (sent[1], sent[2])


def test_who_is_patient_follows_a_run_that_nobody_changed_as_it_was() -> None:
    actions: list[Action] = [ASK, copy("y", 1, 2), Lose(P1, P2, 0, ("x", Change(P1, 1))), take("y"), take("y"), Crash(P1)]
    trace = recorder().record(actions)
    follower = Follower(Letters(), trace.scenario)
    assert len(list(follower.follow(schedule_of(trace), patient=True))) == len(trace.states)
    assert follower.trace() == trace


def test_a_copy_keeps_its_place_when_earlier_steps_go() -> None:
    """Without the loss of x, the copy of y still stands in front of the second x; without the second x, it comes last."""
    lost = Lose(P1, P2, 0, ("x", Change(P1, 1)))
    schedule = schedule_of(recorder().record([ASK, lost, copy("y", 0, 1)]))
    follower = Follower(Letters(), recorder().scenario)
    list(follower.follow((schedule[0], schedule[2]), patient=False))
    assert follower.steps[-1].action == copy("y", 1, 2)
    second = schedule_of(recorder().record([ASK, Lose(P1, P2, 2, ("x", Change(P1, 1)))]))[1]
    list(follower.follow((schedule[0], second, schedule[2]), patient=False))
    assert follower.steps[-1].action == copy("y", 1)


def test_a_copy_in_front_of_a_notice_is_told_from_one_behind() -> None:
    for place, rest in ((3, "xxD"), (None, "xDx")):
        trace = recorder().record([ASK, Crash(P1), take("x"), take("y"), copy("x", 0, 1 if place else None)])
        named = schedule_of(trace)[-1].next
        assert (named is not None and named.notice) == (place is not None)
        follower = Follower(Letters(), trace.scenario)
        list(follower.follow(schedule_of(trace), patient=False))
        queue = "".join("D" if follower.flights[k].notice else "x" for k in follower.queued[P1, P2])
        assert queue == rest


def test_without_a_process_that_does_nothing_the_copy_stays_where_it_was() -> None:
    trace = recorder().record([ASK, copy("x", 0, 1)])
    assert [(step.copy, step.next) for step in without(trace, P3)] == [(step.copy, step.next) for step in schedule_of(trace)]


def test_a_run_with_a_copy_between_is_minimised_to_that_copy() -> None:
    class Strict(Letters):
        """Delivers only an x that comes right behind an x."""

        def step(self, state: Idle | tuple[Any, ...], event: Event) -> Step | None:
            match state, event:
                case (me, had), Receive(_, (letter, payload)):
                    return Step((me, letter), (Deliver(payload),) * 2 if had == letter == "x" else ())
            return super().step(state, event)

    runs = Recorder(Strict(), Scenario(messages=1, crashes=0, duplicates=2, drops=1))
    actions: list[Action] = [ASK, copy("x", 0, 1), copy("y", 2), take("x"), take("x")]
    less = minimised(runs.record(actions), Strict(), PROPERTIES["integrity"])
    assert less.actions == (ASK, copy("x", 0, 1), take("x"), take("x"))
