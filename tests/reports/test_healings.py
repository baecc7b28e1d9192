"""A partition that heals: that the network is whole again bears on a violation as much as that it was split."""

from __future__ import annotations

from groupy_check.checker.counterexamples.trace_file import line_matchers, matched
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.wording.explain import explain, relevant
from groupy_check.reports.wording.focus import focus
from groupy_check.reports.wording.trace_text import trace_text
from tests.support.tables import ALL

P1, P2 = Node(1), Node(2)
SENT, CUT, HEALED = "p1 multicasts a1", "the network cuts p1 off from the others", "the network heals"
LACKS = Witness("p2 lacks a1", (P2,), (Change(P1, 1),))


def run(*lines: str, nodes: int = 2) -> Trace:
    """The run of gms1 that `lines` tell."""
    protocol, scenario = load_protocol("gms1"), Scenario(nodes=nodes, messages=2, crashes=0, partitions=2)
    return Recorder(protocol, scenario, ALL).record(matched(protocol, scenario, line_matchers(lines)))


def told(trace: Trace) -> str:
    """The story after its beginning."""
    return explain(trace, LACKS, at_rest=True).partition("slave. ")[2]


def test_a_healing_with_nothing_after_it_bears_on_what_is_missing() -> None:
    trace = run(SENT, CUT, HEALED)
    assert relevant(trace, LACKS) == focus(trace, LACKS) == {1, 2, 3}
    assert "~" not in trace_text(trace, "p2 lacks a1", relevant(trace, LACKS))
    assert told(trace) == (
        "p1 multicast a1: it sent msg a1 to p2 and delivered a1 in v1. The network cut p1 off from p2 and lost msg a1 from p1 "
        "to p2, then healed. From here on, nothing more happens on its own. So p2 lacks a1."
    )


def test_what_ends_split_is_told_without_a_healing() -> None:
    trace = run(SENT, CUT)
    assert relevant(trace, LACKS) == focus(trace, LACKS) == {1, 2}
    assert "healed" not in told(trace)


def test_each_of_two_healings_is_told() -> None:
    trace = run(SENT, CUT, HEALED, CUT, HEALED)
    assert relevant(trace, LACKS) == focus(trace, LACKS) == {1, 2, 3, 4, 5}
    assert told(trace).count(", then healed. ") == 2


def test_a_healing_before_a_second_partition_is_told() -> None:
    trace = run(SENT, CUT, HEALED, CUT)
    assert relevant(trace, LACKS) == focus(trace, LACKS) == {1, 2, 3, 4}
    assert told(trace).count("healed") == 1


def test_what_happens_elsewhere_after_the_healing_still_does_not_bear_on_it() -> None:
    trace = run(SENT, CUT, HEALED, "p3 multicasts c1", nodes=3)
    assert relevant(trace, LACKS) == focus(trace, LACKS) == {1, 2, 3}
    assert "\n~4. p3 multicasts c1\n" in trace_text(trace, "p2 lacks a1", relevant(trace, LACKS))


def test_what_came_between_the_partition_and_the_healing_may_bear_on_it() -> None:
    """A process may have given up in between; nobody can tell from the run that it would not have otherwise."""
    trace = run(SENT, CUT, "p3 multicasts c1", HEALED, nodes=3)
    assert relevant(trace, LACKS) == focus(trace, LACKS) == {1, 2, 3, 4}


def test_of_a_long_story_the_healing_is_not_left_out() -> None:
    lines = [line for number in range(1, 5) for line in (f"p1 multicasts a{number}", f"p2 receives msg a{number} from p1")]
    protocol, scenario = load_protocol("gms1"), Scenario(nodes=2, messages=5, crashes=0, partitions=1)
    actions = matched(protocol, scenario, line_matchers([*lines, "p1 multicasts a5", CUT, HEALED]))
    trace = Recorder(protocol, scenario, ALL).record(actions)
    text = explain(trace, Witness("p2 lacks a5", (P1, P2)), at_rest=True)
    assert "omitted.)" in text
    assert ", then healed." in text
