"""What the interactive page is told of each state of a run, and the search for the nearest violation."""

from __future__ import annotations

from collections.abc import Hashable

import pytest

from groupy_check.checker.counterexamples.timeline import exports, page_data, shown_in
from groupy_check.checker.counterexamples.trace_file import line_matchers, matched, replay_text
from groupy_check.checker.errors import GroupyError, UsageError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.selection import select
from groupy_check.checker.judging.whole_run import first_violations
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.search.nearest import nearest_violation
from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.effects import SetTimer
from groupy_check.groupy_model.events import Event, Multicast, Receive, Timeout
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Outcome, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Kind, Verdict
from groupy_check.reports.page.data import Cause, Light, PageData, PossibleAction
from groupy_check.reports.wording.phrases import action_line
from groupy_check.specs.registry import PROPERTIES

GMS2 = load_protocol("gms2")
CUT = "p1 multicasts a1 and crashes after 1 effect"
AFTER_CUT = (
    "p2 receives msg b1 from p1",
    "p2 detects that p1 is down",
    "p3 detects that p1 is down",
    "p3 receives view v3 [p2, p3] from p2",
)
# The shortest run in which gms2 breaks agreement.
BROKEN = (CUT, "p2 receives msg a1 from p1", *AFTER_CUT[1:])


def actions(lines: tuple[str, ...], scenario: Scenario | None = None) -> list[Action]:
    return matched(GMS2, scenario or Scenario(), line_matchers(lines))


def lights(data: PageData, name: str) -> list[Light]:
    return [next(lamp.light for lamp in moment.lamps if lamp.name == name) for moment in data.moments]


def choices(data: PageData, cause: Cause) -> list[str]:
    """What could happen for `cause` in the last state."""
    return [choice.line for choice in data.moments[-1].choices if choice.cause is cause]


# --- lights --------------------------------------------------------------------------------------------------------------


def test_an_eventual_property_is_open_until_the_run_rests_and_then_judged():
    data = page_data(GMS2, Scenario(), actions(BROKEN), "agreement")
    assert lights(data, "agreement") == [Light.FINE, *[Light.OPEN] * 4, Light.VIOLATED]
    assert [moment.at_rest for moment in data.moments] == [True, False, False, False, False, True]
    assert data.property == "agreement"
    assert data.witness is not None
    assert data.witness.text == "p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}"
    lamp = next(lamp for lamp in data.moments[-1].lamps if lamp.name == "agreement")
    assert (lamp.text, lamp.kind, lamp.claimed) == (data.witness.text, Kind.LIVENESS, True)


def test_a_safety_property_is_fine_until_it_is_violated_and_stays_violated():
    data = page_data(GMS2, Scenario(), actions((*BROKEN, "p2 multicasts b1")), "virtual-synchrony")
    assert lights(data, "virtual-synchrony") == [*[Light.FINE] * 5, Light.VIOLATED, Light.VIOLATED]
    assert lights(data, "agreement")[-2:] == [Light.VIOLATED, Light.VIOLATED]


def test_all_that_a_check_judges_has_a_lamp_in_its_order():
    data = page_data(GMS2, Scenario(), [])
    assert [lamp.name for lamp in data.moments[0].lamps] == [wanted.name for wanted in select([], Scenario())[0]]
    assert all(lamp.light is Light.FINE for lamp in data.moments[0].lamps)
    assert [lamp.name for lamp in data.moments[0].lamps if not lamp.claimed] == [
        "validity", "uniform-agreement", "uniform-total-order", "fifo", "causal", "primary-partition", "completeness",
        "sending-view-delivery",
    ]  # fmt: skip


def test_the_lamps_agree_with_what_replaying_says():
    data = page_data(GMS2, Scenario(), actions(BROKEN))
    result = replay_text(exports(data)["text"])
    red = {lamp.name: lamp.text for lamp in data.moments[-1].lamps if lamp.light is Light.VIOLATED}
    assert red == {f.name: f.witness.text for f in result.findings if f.verdict is Verdict.VIOLATED and f.witness}
    assert set(red) == {"agreement", "uniform-agreement", "virtual-synchrony", "synchrony"}


def test_a_property_of_workers_is_judged_among_joiners_only_when_it_is_named():
    joining = Scenario(joins=1)
    without, names = shown_in(joining)
    assert not without.worker
    assert not {"synchrony", "state-transfer"} & {wanted.name for wanted in names}
    with_them, names = shown_in(joining, "synchrony")
    assert with_them.worker
    assert {"synchrony", "state-transfer"} <= {wanted.name for wanted in names}


def test_a_property_that_the_scenario_leaves_nothing_to_do_has_a_lamp_when_it_is_named():
    assert "state-transfer" not in [wanted.name for wanted in shown_in(Scenario())[1]]
    assert [wanted.name for wanted in shown_in(Scenario(), "state-transfer")[1]].count("state-transfer") == 1


class Waiting(Gms1):
    """gms1 whose leader first waits for a timer: with no timeout allowed, nothing is ever delivered."""

    def step(self, state: Hashable, event: Event) -> Outcome:
        match event:
            case Multicast():
                return Step(state, (SetTimer("patience"),))
            case Timeout() | Receive():
                return Step(state, ())
        return super().step(state, event)


def test_a_rest_that_is_only_the_bound_on_timeouts_is_not_judged():
    allowed, forbidden = Scenario(nodes=1, crashes=0, messages=1), Scenario(nodes=1, crashes=0, messages=1, timeouts=0)
    lines = line_matchers(["p1 multicasts a1", "p1 times out (patience)"])
    ended = page_data(Waiting(), allowed, matched(Waiting(), allowed, lines))
    assert lights(ended, "validity") == [Light.FINE, Light.OPEN, Light.VIOLATED]
    waiting = page_data(Waiting(), forbidden, matched(Waiting(), forbidden, lines[:1]))
    assert lights(waiting, "validity") == [Light.FINE, Light.OPEN]
    assert waiting.moments[-1].at_rest


# --- choices -------------------------------------------------------------------------------------------------------------


def test_the_choices_are_all_that_is_possible_with_their_causes():
    data = page_data(GMS2, Scenario(), actions(("p2 multicasts b1",)))
    assert [choice.process for choice in data.moments[-1].choices] == [1, 1, 2, 3, 1, 2, 3, 1, 1, 1, 1]
    assert choices(data, Cause.OWED) == ["p1 receives mcast b1 from p2"]
    assert choices(data, Cause.ASKED) == ["p1 multicasts a1", "p2 multicasts b2", "p3 multicasts c1"]
    assert choices(data, Cause.FAULT) == [
        "p1 crashes",
        "p2 crashes",
        "p3 crashes",
        "p1 receives mcast b1 from p2 and crashes after 1 effect",
        "p1 receives mcast b1 from p2 and crashes after 2 effects",
        "p1 multicasts a1 and crashes after 1 effect",
        "p1 multicasts a1 and crashes after 2 effects",
    ]


def test_network_faults_belong_to_no_process_and_suspicions_are_faults():
    scenario = Scenario(nodes=2, messages=1, crashes=0, drops=1, duplicates=1, suspicions=1, partitions=1, joins=1, leaves=1)
    data = page_data(GMS2, scenario, actions(("p1 multicasts a1",), scenario))
    assert choices(data, Cause.ASKED) == ["p3 asks to join through p1", "p3 asks to join through p2"]
    faults = [choice for choice in data.moments[-1].choices if choice.cause is Cause.FAULT]
    assert faults == [
        PossibleAction("p2 wrongly suspects p1", Cause.FAULT, 2),
        PossibleAction("the network loses msg a1 from p1 to p2 (position 1 in the queue)", Cause.FAULT, 0),
        PossibleAction("the network duplicates msg a1 from p1 to p2 (position 1 in the queue)", Cause.FAULT, 0),
        PossibleAction("the network cuts p1 off from the others", Cause.FAULT, 0),
        PossibleAction("the network cuts p1 and p2 off from the others", Cause.FAULT, 0),
        PossibleAction("the network cuts p1 and p3 off from the others", Cause.FAULT, 0),
    ]


def test_a_multicast_that_the_worker_owes_is_owed():
    scenario = Scenario(nodes=1, joins=1, crashes=0, messages=0, worker=True)
    lines = ("p2 asks to join through p1", "p1 receives join p2 from p2", "p2 receives view v1 [p1, p2] from p1")
    data = page_data(GMS2, scenario, actions(lines, scenario))
    assert choices(data, Cause.OWED) == ["p2 multicasts state_request(p2)"]


def test_every_choice_can_be_taken():
    data = page_data(GMS2, Scenario(), actions(BROKEN[:1]))
    for choice in data.moments[-1].choices:
        assert len(page_data(GMS2, Scenario(), actions((CUT, choice.line))).moments) == 3


# --- the story -----------------------------------------------------------------------------------------------------------


def test_without_a_violation_the_whole_run_is_told():
    data = page_data(GMS2, Scenario(), actions(BROKEN[:2]), "agreement")
    assert (data.property, data.witness) == ("", None)
    assert "p2 received msg a1 from p1 and delivered a1 in v2" in data.story
    assert "Required:" not in data.story


def test_what_comes_after_the_violation_is_not_part_of_its_story():
    short = page_data(GMS2, Scenario(), actions(BROKEN), "agreement")
    long = page_data(GMS2, Scenario(), actions((*BROKEN, "p2 multicasts b1")), "agreement")
    assert long.story == short.story
    assert long.story.startswith("The run starts in view v2 {p1,p2,p3}")
    assert "From here on, nothing more happens on its own. So p3 never delivered a1" in long.story
    assert len(long.trace.steps) == 6


def test_what_is_not_possible_is_refused():
    crash = actions(("p1 crashes",))
    with pytest.raises(UsageError, match="step 2 of the trace is not possible"):
        page_data(GMS2, Scenario(), crash * 2)
    with pytest.raises(UsageError, match="did you mean agreement"):
        page_data(GMS2, Scenario(), crash, "agrement")


class Restless(Gms1):
    """gms1 in which p1 answers its own message forever, and delivers nothing."""

    def step(self, state: Hashable, event: Event) -> Outcome:
        match event:
            case Multicast():
                return Step(state, (SetTimer("again"),))
            case Timeout():
                return Step(state, (SetTimer("again"),))
        return super().step(state, event)


def test_on_a_run_that_goes_on_for_ever_eventual_properties_are_judged_when_it_repeats():
    scenario = Scenario(nodes=1, messages=1, crashes=0)
    finding = Explorer(Restless(), scenario, [PROPERTIES["validity"]]).run().finding("validity")
    assert finding.trace is not None
    assert finding.trace.loop == 1
    data = page_data(Restless(), scenario, finding.trace.actions, "validity", finding.trace.loop)
    assert lights(data, "validity") == [Light.FINE, Light.OPEN, Light.VIOLATED]
    assert data.witness == finding.witness
    assert data.trace.loop == 1
    assert "Everything after step 1 repeats forever" in data.story


# --- exports -------------------------------------------------------------------------------------------------------------


def test_the_exports_hold_the_run_in_each_form():
    data = page_data(GMS2, Scenario(), actions(BROKEN), "agreement")
    texts = exports(data)
    assert list(texts) == ["text", "itf", "mermaid", "pytest"]
    assert texts["text"].startswith("# agreement is violated: p3 never delivered a1")
    for name in ("text", "itf"):
        assert replay_text(texts[name], names=["agreement"]).finding("agreement").verdict is Verdict.VIOLATED
    assert texts["mermaid"].startswith("sequenceDiagram")


def test_a_run_that_violates_nothing_has_no_test_to_export():
    texts = exports(page_data(GMS2, Scenario(), actions(BROKEN[:2])))
    assert list(texts) == ["text", "itf", "mermaid"]
    assert texts["text"].startswith("# a run of gms2\n")


# --- judging one run -----------------------------------------------------------------------------------------------------


def test_one_run_is_judged_as_the_search_that_found_it_judged_it():
    properties, _ = select([], Scenario())
    result = Explorer(GMS2, Scenario(), properties).run()
    recorder = Recorder(GMS2, result.scenario, frozenset(OBSERVATION_TYPES))
    violated = [finding for finding in result.deciding([]) if finding.trace]
    assert len(violated) == 6
    for finding in violated:
        assert finding.trace is not None
        judge = first_violations(recorder.semantics, finding.trace, [PROPERTIES[finding.name]])
        assert judge.witnesses == {finding.name: finding.witness}
        assert judge.states == {finding.name: finding.length}


# --- the nearest violation -----------------------------------------------------------------------------------------------


def test_the_nearest_violation_from_the_beginning_is_a_shortest_one():
    finding = nearest_violation(GMS2, Scenario(), [], [PROPERTIES["agreement"]], Limits())
    assert finding.length == 5


@pytest.mark.parametrize(
    ("begun", "name", "rest"),
    [
        (("p2 multicasts b1",), "agreement", ("p1 receives mcast b1 from p2 and crashes after 1 effect", *AFTER_CUT)),
        (
            ("p1 crashes",),
            "same-view-delivery",
            ("p2 detects that p1 is down", "p2 multicasts b1", "p3 receives msg b1 from p2"),
        ),
    ],
)
def test_the_nearest_violation_behind_some_steps_begins_with_them(begun, name, rest):
    finding = nearest_violation(GMS2, Scenario(), actions(begun), [PROPERTIES[name]], Limits())
    assert finding.trace is not None
    assert tuple(map(action_line, finding.trace.actions)) == (*begun, *rest)
    assert finding.witness == page_data(GMS2, Scenario(), finding.trace.actions, name).witness


def test_of_several_properties_the_one_that_is_violated_first_is_found():
    claimed = [PROPERTIES[name] for name in GMS2.claims]
    finding = nearest_violation(GMS2, Scenario(), [], claimed, Limits())
    assert (finding.name, finding.length) == ("same-view-delivery", 4)


def test_what_is_violated_already_is_not_found_again():
    run = actions(BROKEN)
    agreement, order = PROPERTIES["agreement"], PROPERTIES["total-order"]
    with pytest.raises(GroupyError, match="this run violates agreement already; go back some steps"):
        nearest_violation(GMS2, Scenario(), run, [agreement], Limits())
    with pytest.raises(GroupyError, match="no violation of total-order can be reached"):
        nearest_violation(GMS2, Scenario(), run, [agreement, order], Limits())


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(), "no violation of integrity can be reached from here: all 29 states behind it were seen"),
        (Limits(states=20), "no violation of integrity found within the bound of 20 distinct states: 20 states, depth 3"),
    ],
)
def test_a_search_that_finds_nothing_says_how_far_it_went(limits, reason):
    with pytest.raises(GroupyError) as error:
        nearest_violation(GMS2, Scenario(), actions(("p3 crashes",)), [PROPERTIES["integrity"]], limits)
    assert str(error.value) == reason


def test_a_search_that_only_the_bound_on_timeouts_kept_from_a_violation_says_so():
    scenario = Scenario(nodes=1, crashes=0, messages=1, timeouts=0)
    with pytest.raises(GroupyError, match="found within the bound of the timeouts: 2 states, depth 1"):
        nearest_violation(Waiting(), scenario, [], [PROPERTIES["validity"]], Limits())


def test_a_search_refuses_a_beginning_that_is_not_possible():
    with pytest.raises(UsageError, match="step 2 of the trace is not possible"):
        Explorer(GMS2, Scenario(), [PROPERTIES["integrity"]], start=actions(("p1 crashes",)) * 2).run()
