"""What a pass says nothing about, and what the scenario is called: a fault is named where it could change the verdict."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from groupy_check.checker.inputs.scenario_flags import scenario_of_words
from groupy_check.checker.interfaces.api import check
from groupy_check.groupy_model.effects import Deliver, Effect, Halt, Install, Monitor, Send, SetTimer, View
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Protocol, Step
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from groupy_check.reports.wording.summary import Told, print_result, scenario_phrase, uncovered
from tests.support.exploring import explored, violated

PLAIN = {Send, Deliver, Install}
WATCHED = PLAIN | {Monitor}
TIMED = PLAIN | {SetTimer}
ALWAYS = ["partitions (--partitions 1)", "lost messages (--drops 1)", "duplicates (--duplicates 1)"]
OVERTAKING, EARLY = "notices that overtake messages (--detector overtaking)", "early timers (--timeouts any:1)"
SUSPICIONS, CRASHES = "false suspicions (--suspicions 1)", "crashes (--crashes 1)"
SPURIOUS = "spurious notices (--spurious 1)"
BEYOND = "anything beyond these bounds"


@pytest.mark.parametrize(
    ("scenario", "effects", "named", "unnamed"),
    [
        (Scenario(), PLAIN, ALWAYS, [CRASHES, SUSPICIONS, OVERTAKING, EARLY]),
        (Scenario(), WATCHED, [*ALWAYS, SUSPICIONS, SPURIOUS, OVERTAKING], [EARLY]),
        (Scenario(spurious=1), WATCHED, [SUSPICIONS], [SPURIOUS]),
        (Scenario(), TIMED, [*ALWAYS, EARLY], [SUSPICIONS, SPURIOUS, OVERTAKING]),
        (Scenario(crashes=0), WATCHED, [CRASHES, SUSPICIONS], [OVERTAKING]),  # no notice ever comes
        (Scenario(crashes=0), WATCHED | {Halt}, [OVERTAKING], []),
        (Scenario(crashes=0, partitions=1), WATCHED, [OVERTAKING], ["partitions (--partitions 1)"]),
        (Scenario(detector=Detector.OVERTAKING), WATCHED, [], [OVERTAKING]),
        (Scenario(timing=Timing.ANY, timeouts=1), TIMED, [], [EARLY]),
        (Scenario(timeouts=1), TIMED, [EARLY], []),
        (Scenario(order=Order.ANY), PLAIN, ALWAYS, ["reordered messages (--order any)"]),
        (Scenario(), PLAIN, ["reordered messages (--order any)", "joins (--joins 1)", "leaves (--leaves 1)"], []),
        (Scenario(joins=1, leaves=1), PLAIN, [], ["joins (--joins 1)", "leaves (--leaves 1)"]),
        (Scenario(beginning=Beginning.JOINING), PLAIN, [], ["joins (--joins 1)"]),
        (Scenario(drops=1, duplicates=1, suspicions=1), WATCHED, [], [*ALWAYS[1:], SUSPICIONS]),
    ],
)
def test_what_is_left_out_is_named_where_it_matters(
    scenario: Scenario, effects: set[type], named: list[str], unnamed: list[str]
) -> None:
    told = uncovered(scenario, effects).split(", ")
    assert set(named) <= set(told)
    assert not set(unnamed) & set(told)
    assert told[-1] == BEYOND


def test_what_breaks_most_comes_first() -> None:
    assert uncovered(Scenario(crashes=0), WATCHED | TIMED | {Halt}) == (
        "crashes (--crashes 1), partitions (--partitions 1), false suspicions (--suspicions 1), lost messages (--drops 1), "
        "duplicates (--duplicates 1), notices that overtake messages (--detector overtaking), "
        "spurious notices (--spurious 1), early timers (--timeouts any:1), "
        "joins (--joins 1), reordered messages (--order any), leaves (--leaves 1), anything beyond these bounds"
    )


def test_every_flag_that_is_named_lifts_what_it_stands_for() -> None:
    for item in uncovered(Scenario(crashes=0), WATCHED | TIMED | {Halt}).split(", ")[:-1]:
        words = item.partition("(")[2].rstrip(")").split()
        assert item not in uncovered(scenario_of_words(["--crashes", "0", *words]), WATCHED | TIMED | {Halt})


class Quiet(Protocol):
    """Sends what it is asked to. `watches`, `waits`: it monitors p1, it sets a timer, when it starts, joins or multicasts."""

    name = "quiet"

    def __init__(self, watches: str = "", waits: str = "") -> None:
        self.watches, self.waits = watches, waits

    def step(self, state: Idle | Node, event: Event) -> Step | None:
        match state, event:
            case Idle(me), Start() | Join():
                return Step(me, (Install(View(0, (Node(1), Node(2)))), *self._more("join")))
            case Node(), Multicast(payload):
                return Step(state, (*self._more("multicast"), Send(Node(3 - state), payload), Deliver(payload)))
            case Node(), Receive(_, payload):
                return Step(state, (Deliver(payload),))
            case Node(), Down() | Timeout():
                return Step(state)
        return None

    def _more(self, when: str) -> tuple[Effect, ...]:
        watching = (Monitor(Node(1)),) if self.watches == when else ()
        return (*watching, SetTimer("t")) if self.waits == when else watching


@pytest.mark.parametrize("engine", ["reference", "native"])
@pytest.mark.parametrize(
    ("protocol", "monitors", "timers"),
    [
        (Quiet(), False, False),
        (Quiet(watches="join"), True, False),  # only while the group was formed
        (Quiet(watches="multicast"), True, False),
        (Quiet(waits="join"), False, True),
        (Quiet("multicast", "multicast"), True, True),
    ],
)
def test_what_the_protocol_does_is_seen(protocol: Protocol, monitors: bool, timers: bool, engine: str) -> None:
    html = check(protocol, nodes=2, messages=1, engine=engine)._repr_html_()
    assert "Not covered: partitions" in html
    assert "Not modelled: restarts, partitions that overlap or heal in part" in html
    assert (SUSPICIONS in html, OVERTAKING in html, EARLY in html) == (monitors, monitors, timers)


def test_what_nobody_promised_is_not_in_red() -> None:
    """gms3 claims no validity: what the leader has not sent dies with it."""
    shown = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=120)
    result = check("gms3", nodes=2, messages=1, crashes=1)
    print_result(shown, result, Told())
    assert isinstance(shown.file, io.StringIO)
    claimed, _, others = shown.file.getvalue().partition("Not claimed, so not counted: nobody promised these")
    assert "\x1b[32mholds" in claimed
    assert "VIOLATED" in others
    assert "31m" not in others  # however bold or dim


def test_gms3_fixed_breaks_under_what_it_is_said_not_to_cover() -> None:
    html = check("gms3-fixed", messages=1)._repr_html_()
    assert OVERTAKING in html
    assert EARLY in html
    assert violated(explored("gms3-fixed", "agreement", fast=True, messages=2, detector=Detector.OVERTAKING)) == {
        "agreement": 4
    }
    early: dict[str, Any] = {"crashes": 0, "joins": 1, "timing": Timing.ANY, "timeouts": 1}
    assert violated(explored("gms3-fixed", "agreement", fast=True, **early)) == {"agreement": 8}


@pytest.mark.parametrize(
    ("words", "detector"),
    [
        ("", "perfect detector"),
        ("--detector perfect", "perfect detector"),
        ("--detector suspecting", "suspecting detector"),
        ("--suspicions 1", "suspecting detector"),
        ("--detector suspecting --suspicions 3", "suspecting detector"),
        ("--detector suspecting --suspicions 0", "perfect detector"),
        ("--detector overtaking", "Down may overtake messages"),
        ("--detector overtaking --spurious 1", "repeating detector, Down may overtake messages"),
        ("--detector overtaking --suspicions 1", "suspecting detector, Down may overtake messages"),
    ],
)
def test_a_detector_that_may_be_wrong_is_not_called_perfect(words: str, detector: str) -> None:
    assert scenario_phrase(scenario_of_words(words.split())).endswith(f"; formed group, {detector}, FIFO channels")
