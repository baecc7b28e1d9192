"""The space-time diagram: what it shows, and that nothing covers anything else."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Heal, Lose, Partition, Suspect
from groupy_check.groupy_model.effects import Deliver, Halt, Install, Monitor, Send, View
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step
from groupy_check.groupy_model.protocols.groupy import gms1, gms2, gms3
from groupy_check.groupy_model.protocols.multicast import unreliable_multicast
from groupy_check.groupy_model.scenario import Beginning, Order, Scenario, Timing
from groupy_check.groupy_model.trace import Fate, Trace
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.spacetime.layout import picture
from groupy_check.reports.spacetime.palette import VIEW_COLOURS, text_width
from groupy_check.reports.spacetime.reading import delivered_by_view
from groupy_check.reports.spacetime.shapes import Box, Line, Picture
from groupy_check.reports.wording.focus import focus

P1, P2, P3, P4 = (Node(i) for i in (1, 2, 3, 4))
A1, A2, B1 = Change(P1, 1), Change(P1, 2), Change(P2, 1)
KEEP = frozenset(OBSERVATION_TYPES)


def record(protocol: Protocol, scenario: Scenario, *actions: Action) -> Trace:
    return Recorder(protocol, scenario, KEEP).record(actions)


def received(process: Node, source: Node, message: object, **more: Any) -> Handle:
    return Handle(process, Receive(source, message), **more)


def broken_broadcast() -> tuple[Trace, Witness]:
    """gms2: p1 crashes after sending a1 to p2, before sending it to p3."""
    trace = record(
        gms2.Gms2(),
        Scenario(nodes=3, messages=1, crashes=1),
        Handle(P1, Multicast(A1), cut=1),
        received(P2, P1, gms1.Msg(A1)),
        Handle(P2, Down(P1)),
        Handle(P3, Down(P1)),
        received(P3, P2, gms1.ViewMsg(3, (P2, P3), (P2, P3))),
    )
    return trace, Witness("p2 delivered a1 in v2, p3 did not.", (P2, P3), (A1,), (View(2, (P1, P2, P3)),))


def orphan_view() -> tuple[Trace, Witness]:
    """gms3: p3 has turned to p2 and never takes the view that p2 repeats for p1."""
    old, new = gms3.ViewMsg(3, (P1, P2, P3, P4), (P1, P2, P3, P4)), gms3.ViewMsg(4, (P2, P3, P4), (P2, P3, P4))
    trace = record(
        gms3.Gms3(),
        Scenario(nodes=3, joins=1, messages=1, crashes=1),
        Handle(P4, Join(P1)),
        received(P1, P4, gms1.JoinAsked(P4), cut=1),
        received(P2, P1, old),
        Handle(P2, Down(P1)),
        Handle(P3, Down(P1)),
        received(P4, P2, old),
        Handle(P4, Down(P1)),
        received(P4, P2, new),
    )
    return trace, Witness("p3 never delivers anything any more.", (P3,))


def walk(seed: int, protocol: Protocol, length: int = 15) -> Trace:
    """A random run with every kind of fault."""
    chance = random.Random(seed)  # noqa: S311
    joins = chance.randint(0, 1)
    scenario = Scenario(
        nodes=chance.randint(3, 4) - joins,
        joins=joins,
        messages=3,
        crashes=2,
        leaves=chance.randint(0, 1),
        drops=1,
        duplicates=1,
        suspicions=1,
        partitions=1,
        timeouts=1,
        order=chance.choice(list(Order)),
        timing=chance.choice(list(Timing)),
        beginning=chance.choice([Beginning.FORMED] * 3 + [Beginning.JOINING]),
        worker=chance.random() < 0.3,
    )
    semantics = Semantics(protocol, scenario, KEEP)
    system = semantics.initial()
    actions: list[Action] = []
    while len(actions) < length and (enabled := semantics.enabled(system)):
        owed = semantics.owed(system)
        actions.append(chance.choice(owed if owed and chance.random() < 0.6 else enabled))
        system = semantics.apply(system, actions[-1])
    return record(protocol, scenario, *actions)


def boxes(drawn: Picture, kind: str) -> list[Box]:
    return [box for box in drawn.boxes if box.kind.split()[0] == kind]


def lines(drawn: Picture, kind: str) -> list[Line]:
    return [line for line in drawn.lines if line.kind.split()[0] == kind]


def shapes(drawn: Picture) -> list[Box | Line]:
    return [*drawn.boxes, *drawn.lines]


def named(drawn: Picture, name: str) -> Any:
    return next(shape for shape in shapes(drawn) if shape.id == name)


def check(trace: Trace, drawn: Picture) -> None:
    """What is true of every picture."""
    for one, other in combinations(drawn.boxes, 2):
        assert not ((one.text or other.text) and one.overlaps(other)), (one, other)
    for box in drawn.boxes:
        assert box.left >= 0, box
        assert box.top >= 0, box
        assert box.right <= drawn.width, box
        assert box.bottom <= drawn.height, box
        assert text_width(box.text, box.size) <= box.width + 0.01, box
    for line in drawn.lines:
        assert 0 <= min(line.x1, line.x2) <= max(line.x1, line.x2) <= drawn.width, line
        assert 0 <= min(line.y1, line.y2) <= max(line.y1, line.y2) <= drawn.height, line
    names = Counter(shape.id for shape in shapes(drawn))
    assert names.most_common(1)[0][1] == 1
    assert [box.text.split()[0] for box in boxes(drawn, "step")] == [str(step.number) for step in trace.steps]
    for index, flight in enumerate(trace.flights):
        hidden = flight.notice and names[f"flight-{index}"] == 0  # its diamond or its label says it
        assert hidden or names[f"flight-{index}"] == 1
        assert names[f"label-{index}"] == (not flight.notice or flight.fate is Fate.IN_FLIGHT)


# --- geometry ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", [gms1.Gms1(), gms2.Gms2(), gms3.Gms3()], ids=lambda protocol: str(protocol.name))
def test_no_text_covers_another_in_random_runs(protocol: Protocol) -> None:
    met: set[str] = set()
    for seed in range(20):
        trace = walk(seed, protocol)
        drawn = picture(trace, None, f"walk {seed}", "Nothing in particular happens here, at some length. " * 3)
        check(trace, drawn)
        met.update(shape.kind for shape in shapes(drawn))
    seen = {word for kind in met for word in kind.split()}
    watching = {"notice", "down", "suspect", "halt"} if protocol.name != "gms1" else set()
    assert seen >= {"received", "lost", "undeliverable", "in-flight", "copy", "partition", "heal", "crash", "undone"} | watching


@pytest.mark.parametrize("make", [broken_broadcast, orphan_view])
def test_no_text_covers_another_in_counterexamples(make: Any) -> None:
    trace, witness = make()
    drawn = picture(trace, witness, "a title", witness.text)
    check(trace, drawn)
    assert picture(trace, witness, "a title", witness.text) == drawn


class Wordy(Protocol):
    """Says and delivers far more than fits a box."""

    name = "wordy"
    text = "so many\nwords <b>&amp; \\N " * 12

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start() | Join():
                return Step(me, (Install(View(0, (me,))),))
            case _, Multicast():
                return Step(state, (Send(P2, self.text), Send(P1, self.text), Deliver(self.text)))
            case _, Receive(_, text):
                return Step(state, (Deliver(text), Deliver(text), Halt(self.text)))
        return None


def wordy_run() -> Trace:
    scenario, text = Scenario(nodes=2), Wordy.text
    return record(Wordy(), scenario, Handle(P1, Multicast(A1)), received(P2, P1, text), received(P1, P1, text))


def test_very_long_texts_are_cut() -> None:
    drawn = picture(wordy_run(), None, "wordy", Wordy.text)
    check(wordy_run(), drawn)
    box = named(drawn, "delivery-2-0")
    assert box.text.endswith("...")
    assert box.tip == Wordy.text
    assert drawn.width < 1500
    assert drawn.height < 660


def test_broken_broadcast_in_words() -> None:
    trace, witness = broken_broadcast()
    drawn = picture(trace, witness, "gms2: virtual-synchrony violated", witness.text)
    assert [box.text.strip() for box in boxes(drawn, "step")] == [
        "1  p1 multicasts a1, crashes",
        "2  p2 delivers a1",
        "3  p2 detects p1 is down, installs v3",
        "4  p3 detects p1 is down",
        "5  p3 installs v3",
    ]
    assert [box.text for box in boxes(drawn, "process")] == ["p1", "p2", "p3"]
    assert named(drawn, "undone-1-0-text").text == "msg a1 to p3: never sent"
    assert named(drawn, "undone-1-0").kind == "undone"
    assert [box.text for box in boxes(drawn, "strip")] == ["v2: -", "v2: a1 | v3: -", "v2: - | v3: -"]
    assert [box.kind for box in boxes(drawn, "strip")] == ["strip ended", "strip diverging", "strip diverging"]
    assert named(drawn, "verdict").kind == "verdict violated"
    assert not any(shape.dim for shape in shapes(drawn))


def test_lifelines_change_colour_where_a_view_is_installed_and_end_at_the_cross() -> None:
    trace, witness = broken_broadcast()
    drawn = picture(trace, witness, "", "")
    life = {line.id: line for line in lines(drawn, "life")}
    assert list(life) == ["life-p1-0", "life-p2-0", "life-p2-1", "life-p3-0", "life-p3-1"]
    assert (life["life-p2-0"].colour, life["life-p2-1"].colour) == VIEW_COLOURS[:2]
    assert life["life-p2-0"].y2 == life["life-p2-1"].y1 == named(drawn, "install-3-1").y
    assert life["life-p1-0"].y2 == named(drawn, "crash-1-1").y < life["life-p2-1"].y2
    assert named(drawn, "install-3-1").text == "v3 {p2,p3}"
    assert named(drawn, "install-3-1").colour == named(drawn, "install-5-0").colour == VIEW_COLOURS[1]


def test_time_runs_downwards_and_messages_with_it() -> None:
    trace, witness = orphan_view()
    drawn = picture(trace, witness, "", "")
    for line in (*lines(drawn, "message"), *lines(drawn, "notice")):
        assert line.y2 > line.y1, line
    heights = [named(drawn, f"step-{number}").y for number in range(1, 9)]
    assert heights == sorted(set(heights))  # so do the numbers, though 5 depends on neither 3 nor 4
    assert named(drawn, "down-4-0").y == named(drawn, "down-5-0").y  # and may share its row with 4


def test_a_joiner_lives_from_its_join_on() -> None:
    trace, witness = orphan_view()
    drawn = picture(trace, witness, "", "")
    assert named(drawn, "life-p4-0").y1 == named(drawn, "join-1-0").y == named(drawn, "absent-p4").y2
    assert not [box for box in drawn.boxes if box.id == "install-p4"]
    never = picture(record(gms1.Gms1(), Scenario(joins=1)), None, "", "")
    assert [box.text for box in boxes(never, "process")] == ["p1", "p2", "p3"]


def test_dimmed_is_what_has_no_part_in_the_violation() -> None:
    trace, witness = orphan_view()
    assert focus(trace, None) == frozenset(range(1, 9))
    assert focus(trace, Witness("of nobody")) == frozenset(range(1, 9))
    assert focus(trace, witness) == frozenset({1, 2, 3, 4, 5})  # not what p4 makes of it
    drawn = picture(trace, witness, "", "")
    assert {box.id for box in drawn.boxes if box.dim and box.kind.startswith("step")} == {"step-6", "step-7", "step-8"}
    waiting = [line for line in lines(drawn, "message") if "in-flight" in line.kind]
    assert len(waiting) == 2
    assert not any(line.dim for line in waiting)


def test_sends_behind_a_wide_box_leave_below_it() -> None:
    trace, witness = orphan_view()
    drawn = picture(trace, witness, "", "")
    stack = [box.kind for box in drawn.boxes if box.id in ("down-4-0", "install-4-1", "send-4-2", "send-4-3")]
    assert stack == ["down", "install", "send", "send"]  # one dot for the repeated view, one for the new one


def test_a_line_behind_a_mark_of_its_own_row_does_not_push_everything_down() -> None:
    """The notice of p3's end, which begins in the first row, runs past what p2 does in that row."""
    report = unreliable_multicast.Report(View(3, (P1, P2)))
    trace = record(
        unreliable_multicast.UnreliableMulticast(),
        Scenario(nodes=3, messages=1, crashes=1),
        Handle(P2, Multicast(B1)),
        Crash(P3),
        Handle(P1, Down(P3)),
        received(P2, P1, report),
    )
    drawn = picture(trace, None, "", "")
    boxes = {box.id: box for box in drawn.boxes}
    assert boxes["multicast-1-0"].y - boxes["install-p2"].bottom < 60
    notice = next(line for line in drawn.lines if line.id == "flight-2")
    assert not notice.crosses(boxes["send-1-2"])


def test_lost_copied_ignored_and_partitioned_are_told_apart_by_shape() -> None:
    message = gms3.Msg(3, A1)
    trace = record(
        gms3.Gms3(),
        Scenario(nodes=3, messages=2, crashes=0, drops=1, duplicates=1, partitions=1),
        Handle(P1, Multicast(A1)),
        Duplicate(P1, P2, 0, message),
        Lose(P1, P3, 0, message),
        received(P2, P1, message),
        received(P2, P1, message),
        Handle(P1, Multicast(A2)),
        Partition((P1,)),
        Heal(),
    )
    drawn = picture(trace, None, "", "")
    check(trace, drawn)
    kinds = {line.id: line.kind for line in lines(drawn, "message")}
    assert kinds == {
        "flight-0": "message received",
        "flight-1": "message lost",
        "flight-2": "message ignored copy",
        "flight-3": "message undeliverable",
        "flight-4": "message undeliverable",
    }
    assert [box.id for box in boxes(drawn, "lost")] == ["lost-1"]
    assert (named(drawn, "lost-1").x, named(drawn, "lost-1").y) == (named(drawn, "flight-1").x2, named(drawn, "step-3").y)
    assert named(drawn, "copy-2").y == named(drawn, "step-2").y
    assert named(drawn, "label-2").text == "copy of msg 3: a1"
    assert named(drawn, "ignored-5-0").text == "ignored"
    assert named(drawn, "network-7-text").text == "partition {p1} | {p2, p3}"
    assert named(drawn, "network-8").kind == "heal"
    assert named(drawn, "flight-3").y2 == named(drawn, "network-7").y1


def test_a_false_suspicion_has_a_question_mark_and_says_so() -> None:
    trace = record(gms3.Gms3(), Scenario(nodes=3, suspicions=1), Suspect(P2, P1), Handle(P2, Multicast(B1)), Crash(P3))
    drawn = picture(trace, None, "", "")
    check(trace, drawn)
    assert named(drawn, "suspect-1-0").text == "?"
    assert named(drawn, "beside-1-0").text == "suspects p1, which is up"
    assert named(drawn, "beside-3-0").text == "crash"


class Odd(Protocol):
    """Does what the built-in protocols never do: writes to itself, ends itself in mid-handler, watches the dead."""

    name = "odd"

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start() | Join():
                return Step(me, (Install(View(0, (me,))),))
            case _, Multicast(payload):
                return Step(state, (Send(state, payload), Send(P2, payload), Monitor(P2)))
            case _, Receive(_, payload):
                return Step(state, (Deliver(payload), Send(P1, payload), Halt("enough"), Deliver(payload)))
            case _, Down() | Leave():
                return Step(state)
        return None


def test_messages_to_oneself_halts_and_late_monitors() -> None:
    scenario = Scenario(nodes=2, leaves=1)
    trace = record(
        Odd(), scenario, Handle(P2, Leave()), Crash(P2), Handle(P1, Multicast(A1)), Handle(P1, Down(P2)), received(P1, P1, A1)
    )
    drawn = picture(trace, None, "", "")
    check(trace, drawn)
    assert named(drawn, "flight-0-start").x2 == named(drawn, "flight-0").x1 > named(drawn, "flight-0").x2
    assert named(drawn, "flight-2").y1 == named(drawn, "crash-2-0").y  # the notice comes from the cross
    assert named(drawn, "beside-5-2").text == "ends itself: enough"
    assert delivered_by_view(trace, P1) == ("v0: a1",)  # what the handler lists behind Halt did not happen
    assert named(drawn, "beside-1-0").text == "asks to leave"


def test_what_repeats_for_ever_stands_below_the_rest_in_a_bracket() -> None:
    trace, _ = broken_broadcast()
    drawn = picture(replace(trace, loop=2), None, "", "")  # steps 3 to 5
    check(trace, drawn)
    heights = [named(drawn, f"step-{number}").y for number in range(1, 6)]
    assert heights == sorted(set(heights))
    bracket = named(drawn, "cycle")
    assert heights[1] < bracket.y1 < heights[2] < heights[4] < bracket.y2
    assert named(drawn, "cycle-text").text == "repeats\nforever"


def test_a_trace_recorded_without_views_is_drawn_all_the_same() -> None:
    scenario = Scenario(nodes=2, messages=1)
    trace = Recorder(gms1.Gms1(), scenario).record([Handle(P1, Multicast(A1))])
    drawn = picture(trace, None, "", "")
    check(trace, drawn)
    assert [box.text for box in boxes(drawn, "strip")] == ["no view: a1", "no view: -"]
