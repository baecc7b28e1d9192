"""The space-time diagram in fifteen seconds: one numbering, the reason of what stays unread, and a legend of what is there."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.effects import Install, View
from groupy_check.groupy_model.events import Join, Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.spacetime.layout import picture
from groupy_check.reports.spacetime.palette import ALARM, PAYLOAD_COLOURS, VIEW_COLOURS
from groupy_check.reports.spacetime.reading import missing_out
from groupy_check.reports.spacetime.shapes import Box, Line, Picture, look_of
from tests.reports.test_diagram import A1, broken_broadcast, named, orphan_view, walk
from tests.support.exploring import explored

P1, P2, P3, P4 = (Node(i) for i in (1, 2, 3, 4))


def drawn(protocol: str, wanted: str, **scenario: Any) -> Picture:
    finding = explored(protocol, wanted, **scenario).finding(wanted)
    assert finding.trace is not None
    return picture(finding.trace, finding.witness, "", finding.witness.text)


def entries(shown: Picture) -> list[str]:
    return [box.text for box in shown.boxes if box.id.startswith("legend-text")]


# --- one numbering -------------------------------------------------------------------------------------------------------


def joined(protocol: str) -> Trace:
    """p4 joins, and everything that then happens on its own happens."""
    recorder = Recorder(load_protocol(protocol), Scenario(nodes=3, joins=1, crashes=0), frozenset(OBSERVATION_TYPES))
    recorder.begin()
    system = recorder.do(Handle(P4, Join(P1)))
    while owed := recorder.semantics.owed(system):
        system = recorder.do(owed[0])
    return recorder.trace()


@pytest.mark.parametrize("protocol", ["gms1", "gms2", "gms3", "gms3-fixed", "gms4-ack", "history-nack", "leader-queue"])
def test_a_view_has_the_number_of_the_message_that_brings_it(protocol: str) -> None:
    trace = joined(protocol)
    brought = []
    for step in trace.steps:
        installed = [effect.view.id for effect in step.done if isinstance(effect, Install)]
        if step.received is not None and installed:
            name = re.match(r"(?:view|welcome) v(\d+) ", str(trace.flights[step.received].message))
            brought.append((name and int(name[1]), *installed))
    assert [one for one in brought if one[0]] == [(3, 3)] * 3  # p2, p3 and p4; p1 installs it when asked


# --- why something stays unread ------------------------------------------------------------------------------------------


def test_the_orphan_view_shows_who_is_deaf_and_why() -> None:
    shown = drawn("gms3", "progress", joins=1, messages=1)
    assert [box.text for box in shown.boxes if box.kind == "refusal"] == [
        "its n is 4, p3's n is 3",
        "its leader is p1, p3's leader is p2",
    ]
    view = next(box for box in shown.boxes if box.text == "view v3 [p1, p2, p3, p4]" and "in-flight" in box.kind)
    reason = next(box for box in shown.boxes if box.text == "its leader is p1, p3's leader is p2")
    assert 0 < reason.y - view.y < 20  # right below the message
    assert [box.id for box in shown.boxes if "diverging" in box.kind and "sample" not in box.kind] == ["strip-p3"]
    assert "msg" not in named(shown, "verdict").text  # nothing of the probe, which is no part of the run


def test_every_process_that_misses_out_is_marked() -> None:
    shown = drawn("gms2", "agreement", nodes=5, messages=1)
    marked = [box.id for box in shown.boxes if box.kind == "strip diverging"]
    assert marked == ["strip-p2", "strip-p3", "strip-p4", "strip-p5"]  # p2 has delivered it, the others never do
    trace, _ = broken_broadcast()
    view = View(2, (P1, P2, P3))
    assert missing_out(trace, Witness("", (P3, P2), (A1,), (view,))) == {P3}
    assert missing_out(trace, Witness("", (P2,), (A1,), (view,))) == frozenset()  # not about what p2 lacks
    assert missing_out(trace, Witness("", (P3,), (), (view,))) == frozenset()


def test_all_that_are_stuck_are_named() -> None:
    witness = explored("gms3", "progress", nodes=5, crashes=2, messages=0).finding("progress").witness
    assert witness.processes == (P4, Node(5))
    assert witness.text.endswith("; p5 is stuck, too")


# --- colours and patterns ------------------------------------------------------------------------------------------------


def test_views_differ_by_the_pattern_of_the_lifeline_too() -> None:
    shown = drawn("gms3", "progress", joins=1, messages=1)
    stripes = {line.id: line.kind for line in shown.lines if line.kind.startswith("stripe")}
    assert stripes == {
        "stripe-p2-1": "stripe", "stripe-p2-2": "stripe dashed", "stripe-p4-1": "stripe", "stripe-p4-2": "stripe dashed",
    }  # fmt: skip


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _grey(colour: str) -> float:
    red, green, blue = _channels(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _deuteranopia(colour: str) -> tuple[float, ...]:
    """Viénot, Brettel, Mollon (1999), without the correction for gamma: close enough to compare."""
    red, green, blue = _channels(colour)
    return 0.29 * red + 0.71 * green, 0.29 * red + 0.71 * green, -0.02 * red + 0.02 * green + blue


def test_neighbouring_colours_can_be_told_apart_in_grey_and_by_the_colour_blind() -> None:
    for colours in (VIEW_COLOURS, PAYLOAD_COLOURS):
        for one, other in pairwise(colours):
            assert abs(_grey(one) - _grey(other)) > 0.08, (one, other)
            apart = sum((a - b) ** 2 for a, b in zip(_deuteranopia(one), _deuteranopia(other), strict=True)) ** 0.5
            assert apart > 0.2, (one, other)


def test_red_is_for_faults_alone() -> None:
    for colour in (*VIEW_COLOURS, *PAYLOAD_COLOURS):
        red, green, blue = _channels(colour)
        assert red < 1.5 * max(green, blue), colour
    red, green, blue = _channels(ALARM)
    assert red > 1.5 * max(green, blue)


def test_workers_show_their_colours() -> None:
    shown = drawn("gms2", "synchrony", messages=1)
    windows = {box.id: (box.text, box.colour) for box in shown.boxes if box.id.startswith("window")}
    assert windows == {"window-p2": ("0 0 21", "#0000FC"), "window-p3": ("0 0 0", "#000000")}  # twelve times as bright
    assert not [box for box in drawn("gms2", "agreement", messages=1).boxes if box.id.startswith("window")]  # no workers


# --- the legend ----------------------------------------------------------------------------------------------------------


def test_the_legend_explains_what_is_there_and_nothing_else() -> None:
    trace, witness = broken_broadcast()
    assert entries(picture(trace, witness, "", "")) == [
        "an application multicasts", "delivered to the application", "view installed", "crash",
        "detects that a process is down", "delivered in each view (-: nothing)", "has ended",
        "what the violation is about", "never sent: crash in mid-broadcast",
    ]  # fmt: skip
    trace, witness = orphan_view()
    assert {"why it is not read", "unread at the end", "pale: no part in the violation"} < set(
        entries(picture(trace, witness, "", ""))
    )


def test_every_sample_of_the_legend_looks_like_a_shape_of_the_picture() -> None:
    for seed in range(8):
        shown = picture(walk(seed, load_protocol("gms3")), None, "", "")
        shapes: list[Box | Line] = [*shown.boxes, *shown.lines]
        kinds = [set(look_of(shape.kind)) for shape in shapes if not shape.kind.startswith("sample")]
        for sample in (shape for shape in shapes if shape.kind.startswith("sample")):
            assert any(set(look_of(sample.kind)) <= kind for kind in kinds), sample


def test_no_dotted_line_leads_nowhere() -> None:
    """The notice that a process of no importance gets, or has not read, is no line; its diamond or its label says it."""
    shown = drawn("gms3", "progress", joins=1, messages=1)
    assert len([line for line in shown.lines if line.kind.startswith("notice")]) == 2  # to p2 and p3, not to p4
    assert named(shown, "down-7-0").dim


def test_six_processes_can_be_read_at_1400_pixels() -> None:
    recorder = Recorder(load_protocol("gms2"), Scenario(nodes=6), frozenset(OBSERVATION_TYPES))
    system = recorder.begin()
    for action in (Handle(P1, Multicast(A1), cut=1), *([None] * 10)):
        system = recorder.do(action or recorder.semantics.owed(system)[0])
    shown = picture(recorder.trace(), None, "", "")
    assert 10 * 1400 / shown.width > 11  # the pixels of its texts, which have 10 points
    assert {box.text for box in shown.boxes if box.kind == "install first"} == {"v5 {p1..p6}"}
