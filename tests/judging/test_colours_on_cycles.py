"""synchrony where deliveries never end: the colours change on the cycle, and one look at it does not do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from groupy_check.checker.counterexamples.trace_file import replay_text
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.groupy_model.effects import Deliver, Install, Send, View
from groupy_check.groupy_model.events import Event, Join, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent, Finding, Verdict
from groupy_check.reports.wording.trace_text import trace_text
from groupy_check.specs.registry import PROPERTIES

P1, P2 = NODES = (Node(1), Node(2))
SCENARIO = Scenario(nodes=2, messages=1, crashes=0)
HALF = Change(P1, 108)  # it adds 128: done twice to each of the three parts, it is undone
assert HALF.amount == 128


@dataclass(frozen=True, slots=True)
class Painter:
    """A process; `ahead` once p1 has delivered one more than p2."""

    me: Node
    ahead: bool = False


class Painting(Protocol):
    """p1 delivers HALF and sends it to p2, which does the same, forever. What else p1 may do is said by `mistakes`.

    It delivers one too many `first`, may do so `late`, or may `skip`: p2 is told not to deliver.
    """

    name = "painting"

    def __init__(self, *mistakes: str) -> None:
        self.mistakes = mistakes

    def step(self, state: Any, event: Event) -> Outcome:
        round_of_both = (Deliver(HALF), Send(P2, "paint"))
        match state, event:
            case Idle(me), Start() | Join():
                return Step(Painter(me), (Install(View(0, NODES)),))
            case Painter(1), Multicast():
                first = (Deliver(Change(P1, 1)),) if "first" in self.mistakes else ()
                return Step(state, (*first, *round_of_both))
            case Painter(1), Receive(_, "done"):
                alone = Step(Painter(P1, ahead=True), (Deliver(HALF), *round_of_both))
                skipped = Step(state, (Deliver(HALF), Send(P2, "skip")))
                more = [alone] if "late" in self.mistakes and not state.ahead else [skipped] if "skip" in self.mistakes else []
                return [Step(state, round_of_both), *more]
            case Painter(2), Receive(_, "paint"):
                return Step(state, (Deliver(HALF), Send(P1, "done")))
            case Painter(2), Receive(_, "skip"):
                return Step(state, (Send(P1, "done"),))
        return None


def judged(*mistakes: str) -> Finding:
    """The verdict of both engines on synchrony; a violation is one when it is replayed, too."""
    protocol, wanted = Painting(*mistakes), PROPERTIES["synchrony"]
    result = Explorer(protocol, SCENARIO, [wanted], Limits(states=2000)).run()
    assert result.coverage.extent is Extent.EXHAUSTED
    [finding], [other] = result.findings, NativeExplorer(protocol, SCENARIO, [wanted], Limits(states=2000)).run().findings
    assert (finding.verdict, finding.exercised, finding.trace) == (other.verdict, other.exercised, other.trace)
    if finding.trace is not None:
        again = replay_text(trace_text(finding.trace, "a run"), protocol, ["synchrony"]).finding("synchrony")
        assert (again.verdict, again.length, again.witness) == (Verdict.VIOLATED, finding.length, finding.witness)
    return finding


def test_who_is_a_delivery_behind_now_and_then_shows_the_same_colour_in_the_end() -> None:
    finding = judged()
    assert (finding.verdict, finding.exercised) == (Verdict.HOLDS, True)


@pytest.mark.parametrize(
    ("mistake", "length", "loop", "words"),
    [
        ("first", 13, 1, "p1 shows 0.21.128, p2 shows 0.0.0"),
        ("late", 15, 3, "p1 shows 128.128.128, p2 shows 0.0.128"),  # behind two rounds in which all is well
        ("skip", 16, 4, "p1 shows 0.128.128, p2 shows 0.0.128"),  # a cycle within one on which they agree now and then
    ],
)
def test_colours_that_change_for_ever_and_never_agree_are_found(mistake: str, length: int, loop: int, words: str) -> None:
    finding = judged(mistake)
    assert finding.verdict is Verdict.VIOLATED
    assert finding.trace is not None
    assert finding.witness is not None
    assert (finding.length, finding.trace.loop, finding.witness.text) == (length, loop, words)
