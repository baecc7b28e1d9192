"""Runs that never rest: which cycles count, and what "eventually" means on them and where a bound stops the timers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groupy_check.checker.judging.fair_cycles import Demands, fair_components, repeats, tour
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.effects import Deliver, Install, Send, SetTimer, View
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Fairness, Scenario
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Extent, Finding, Result, Verdict
from groupy_check.specs.registry import PROPERTIES

P1, P2, P3 = NODES = (Node(1), Node(2), Node(3))

# --- graphs made by hand -------------------------------------------------------------------------------------------------

A, B, C = (Handle(node, Receive(P1, "m")) for node in NODES)
Graph = list[list[tuple[Handle, int]]]


def components(graph: Graph, fairness: Fairness = Fairness.MAILBOX) -> list[frozenset[int]]:
    return fair_components(Demands(graph, fairness))


def test_a_cycle_that_for_ever_passes_over_what_stays_possible_is_not_reported() -> None:
    graph: Graph = [[(A, 1), (B, 2)], [(A, 0), (B, 2)], []]
    assert components(graph) == []


def test_a_cycle_counts_where_the_other_action_is_not_possible_all_along() -> None:
    graph: Graph = [[(A, 1), (B, 2)], [(A, 0)], []]
    assert components(graph, Fairness.WEAK) == [frozenset({0, 1})]
    assert tour(Demands(graph, Fairness.WEAK), frozenset({0, 1})) == [A, A]
    # What lies in a mailbox is taken at the next turn.
    assert components(graph) == []


def test_a_cycle_counts_where_the_other_action_is_done_on_it_too() -> None:
    graph: Graph = [[(A, 1), (B, 0)], [(A, 0), (B, 2)], []]
    assert components(graph) == [frozenset({0, 1})]
    assert tour(Demands(graph), frozenset({0, 1})) == [A, A, B]


def test_a_step_that_changes_nothing_is_a_cycle() -> None:
    assert components([[(A, 0)]]) == [frozenset({0})]
    assert tour(Demands([[(A, 0)]]), frozenset({0})) == [A]


def test_a_step_on_the_way_to_rest_is_none() -> None:
    assert components([[(A, 1)], [(B, 2)], []]) == []


def test_of_one_process_every_channel_message_and_timer_has_its_own_claim() -> None:
    other, timer = Handle(P1, Receive(P2, "m")), Handle(P1, Timeout("t"))
    message, notice, request = Handle(P1, Receive(P1, "n")), Handle(P1, Down(P1)), Handle(P1, Multicast("a state request"))
    for neglected in (other, message, notice, timer, request):
        for fairness in Fairness:
            assert components([[(A, 0), (neglected, 1)], []], fairness) == []
    # But of one handler any outcome will do.
    assert components([[(A, 0), (Handle(P1, Receive(P1, "m"), 1), 1)], []]) == [frozenset({0})]


def test_every_fair_component_is_found_lowest_first() -> None:
    graph: Graph = [[(A, 3), (B, 1)], [(A, 2)], [(A, 1)], [(C, 3)]]
    assert components(graph) == [frozenset({1, 2}), frozenset({3})]


# --- graphs made by chance, against the definition -----------------------------------------------------------------------


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(1, 5))
    targets = st.dictionaries(st.sampled_from([A, B, C]), st.integers(0, size - 1), max_size=3)
    return [sorted(draw(targets).items(), key=lambda edge: edge[0].process) for _ in range(size)]


def possible(graph: Graph, state: int) -> set[Handle]:
    return {action for action, _ in graph[state]}


def inside(graph: Graph, states: Sequence[int]) -> list[tuple[int, Handle, int]]:
    return [(state, action, target) for state in states for action, target in graph[state] if target in states]


def can_stay(graph: Graph, states: Sequence[int]) -> bool:
    """A weakly fair run can visit just `states`, all of them again and again."""
    edges = inside(graph, states)
    reached = {(state, target) for state, _, target in edges}
    for _ in states:
        reached |= {(a, d) for a, b in reached for c, d in reached if b == c}
    always = set.intersection(*(possible(graph, state) for state in states))
    return reached == {(a, b) for a in states for b in states} and always <= {action for _, action, _ in edges}


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(graphs())
def test_weakly_fair_components_are_the_largest_sets_in_which_a_fair_run_can_stay(graph: Graph) -> None:
    states = range(len(graph))
    sets = [frozenset(some) for count in states for some in combinations(states, count + 1) if can_stay(graph, some)]
    largest = [some for some in sets if not any(some < other for other in sets)]
    found = components(graph, Fairness.WEAK)
    assert found == sorted(largest, key=min)
    for component in found:
        check_tour(graph, component)


def check_tour(graph: Graph, component: frozenset[int]) -> None:
    here, visited, taken = min(component), set(), tour(Demands(graph, Fairness.WEAK), component)
    for action in taken:
        visited.add(here)
        here = dict(graph[here])[action]
    assert taken
    assert here == min(component)
    assert visited <= component
    assert set.intersection(*(possible(graph, state) for state in visited)) <= set(taken)


# --- protocols that never rest -------------------------------------------------------------------------------------------

EVERYBODY = View(1, (P1, P2))


@dataclass(frozen=True, slots=True)
class Player:
    """`got`: what it has been given to deliver, if anything; `busy`: it takes no payload now."""

    me: Node
    got: Change | None = None
    busy: bool = False


class Game(Protocol):
    """p1 delivers what it multicasts and plays it to p2. `fair`: p2 delivers it as well, once."""

    name = "game"
    claims = ("agreement",)

    def __init__(self, fair: bool = True) -> None:
        self.fair = fair

    def step(self, state: Idle | Player, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start() | Join():
                return Step(Player(me), (Install(EVERYBODY),))
            case Player(me, None), Multicast(Change() as payload) if me == P1:
                return self.serve(replace(state, got=payload), payload)
            case Player(), Receive() | Timeout():
                return self.play(state, event)
        return None

    def serve(self, state: Player, payload: Change) -> Step:
        return Step(state, (Deliver(payload), Send(P2, payload)))

    def play(self, state: Player, event: Event) -> Outcome:
        raise NotImplementedError

    def take(self, state: Player, payload: Change) -> Step:
        """p2 has been given `payload`."""
        first = self.fair and state.got is None
        return Step(replace(state, got=payload), (Deliver(payload),) if first else ())


class Rally(Game):
    """The payload goes to and fro forever."""

    def play(self, state: Player, event: Event) -> Outcome:
        match state, event:
            case Player(me), Receive(source, Change() as payload):
                step = self.take(state, payload) if me == P2 else Step(state)
                return replace(step, effects=(*step.effects, Send(source, payload)))
        return None


class Juggling(Game):
    """p1 throws a ball to itself forever; the payload for p2 lies waiting."""

    def serve(self, state: Player, payload: Change) -> Step:
        return Step(state, (Deliver(payload), Send(P1, "ball"), Send(P2, payload)))

    def play(self, state: Player, event: Event) -> Outcome:
        match event:
            case Receive(_, Change() as payload):
                return self.take(state, payload)
            case Receive(source, ball):
                return Step(state, (Send(source, ball),))
        return None


class Blinking(Game):
    """p2 throws a ball to itself forever, and takes the payload only at every other throw."""

    def serve(self, state: Player, payload: Change) -> Step:
        return Step(state, (Deliver(payload), Send(P2, "go"), Send(P2, payload)))

    def play(self, state: Player, event: Event) -> Outcome:
        match state, event:
            case Player(busy=False), Receive(_, Change() as payload):
                return self.take(state, payload)
            case Player(), Receive(_, "go" | "ball"):
                return Step(replace(state, busy=not state.busy), (Send(P2, "ball"),))
        return None


class Resending(Game):
    """p1 sends the payload again and again, whenever its timer runs out, and not before."""

    def serve(self, state: Player, payload: Change) -> Step:
        return Step(state, (Deliver(payload), SetTimer("again")))

    def play(self, state: Player, event: Event) -> Outcome:
        match event:
            case Receive(_, Change() as payload):
                return self.take(state, payload)
            case Timeout("again"):
                return Step(state, (Send(P2, state.got), SetTimer("again")))
        return None


SCENARIO = Scenario(nodes=2, messages=1, crashes=0)


def check(protocol: Protocol, scenario: Scenario = SCENARIO, name: str = "agreement") -> tuple[Result, Finding]:
    result = Explorer(protocol, scenario, [PROPERTIES[name]], Limits(states=1000)).run()
    assert result.coverage.extent is Extent.EXHAUSTED
    return result, result.finding(name)


def check_lasso(protocol: Protocol, finding: Finding) -> Trace:
    """The run of a violation on a cycle: the loop closes and consists of owed actions, and the whole can be executed again."""
    trace = finding.trace
    assert finding.verdict is Verdict.VIOLATED
    assert trace is not None
    assert trace.loop is not None
    assert trace.loop < len(trace.steps)
    recorder = Recorder(protocol, trace.scenario, frozenset(OBSERVATION_TYPES))
    assert repeats(recorder.semantics, trace, trace.loop)
    assert recorder.record(trace.actions).states == trace.states
    for step in trace.steps[trace.loop :]:
        assert step.action in recorder.semantics.owed(trace.states[step.number - 1])
    return trace


def test_a_payload_that_goes_to_and_fro_and_is_never_delivered() -> None:
    result, finding = check(Rally(fair=False))
    trace = check_lasso(Rally(fair=False), finding)
    a1 = Change(P1, 1)
    serve, there, back = Handle(P1, Multicast(a1)), Handle(P2, Receive(P1, a1)), Handle(P1, Receive(P2, a1))
    # p2's state changes once, when it is given the payload first.
    assert trace.actions == (serve, there, back, there)
    assert trace.loop == 2
    assert finding.witness is not None
    assert finding.witness.text == "p2 never delivered a1, which p1 delivered in v1 {p1,p2}"
    assert (result.coverage.distinct, result.coverage.at_rest, result.warnings) == (4, 1, ())


@pytest.mark.parametrize("protocol", [Rally(), Juggling(), Resending()], ids=["rally", "juggling", "resending"])
def test_what_is_owed_comes_in_the_end_although_nothing_rests(protocol: Protocol) -> None:
    result, finding = check(protocol)
    assert (finding.verdict, finding.exercised, finding.trace) == (Verdict.HOLDS, True, None)
    assert result.warnings == ()
    # Only the beginning, before anybody multicasts, is at rest.
    assert result.coverage.at_rest == 1


def test_juggling_would_be_found_if_p2_did_not_deliver() -> None:
    _, finding = check(Juggling(fair=False))
    assert {step.process for step in check_lasso(Juggling(fair=False), finding).steps} == {P1, P2}


def test_what_lies_in_a_mailbox_is_taken_at_the_next_turn_and_under_weak_fairness_need_not_be() -> None:
    assert check(Blinking())[1].verdict is Verdict.HOLDS
    _, finding = check(Blinking(), replace(SCENARIO, fairness=Fairness.WEAK))
    trace = check_lasso(Blinking(), finding)
    assert {step.process for step in trace.steps[trace.loop :]} == {P2}
    assert len(trace.steps) - (trace.loop or 0) == 2


def test_sending_again_for_ever_to_one_who_never_delivers() -> None:
    _, finding = check(Resending(fair=False))
    trace = check_lasso(Resending(fair=False), finding)
    assert [type(step.action.event) for step in trace.steps if isinstance(step.action, Handle)] == [
        Multicast, Timeout, Receive, Timeout, Receive
    ]  # fmt: skip
    assert trace.loop == 3


@pytest.mark.parametrize("fair", [True, False])
@pytest.mark.parametrize(("timeouts", "suspended"), [(0, 1), (2, 1)])
def test_a_bound_on_timeouts_leaves_it_open(fair: bool, timeouts: int, suspended: int) -> None:
    result, finding = check(Resending(fair), replace(SCENARIO, timeouts=timeouts))
    assert finding.verdict is Verdict.NOT_FOUND
    states = "1 state" if suspended == 1 else f"{suspended} states"
    text = f"not judged as at rest: {states} in which the bound on timeouts keeps an armed timer from firing"
    assert result.warnings == (text,)


class Noisy(Protocol):
    """Every process delivers the same forever, whenever its timer runs out."""

    name = "noisy"

    def step(self, state: Idle | Player, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start() | Join():
                return Step(Player(me), (Install(EVERYBODY), SetTimer("again")))
            case Player(), Timeout():
                return Step(state, (Deliver("tick"), SetTimer("again")))
        return None


def test_a_loop_closes_also_where_the_property_does_not_look_at_what_happens_on_it() -> None:
    _, finding = check(Noisy(), replace(SCENARIO, messages=0, crashes=1), "completeness")
    check_lasso(Noisy(), finding)


class Late(Game):
    """Who multicasts delivers when a timer runs out."""

    def step(self, state: Idle | Player, event: Event) -> Outcome:
        match state, event:
            case Player(), Multicast(Change() as payload):
                return Step(replace(state, got=payload), (SetTimer("later"),))
            case Player(), Timeout():
                return Step(replace(state, got=None), (Deliver(state.got),))
        return super().step(state, event)


def test_a_member_that_delivers_late_is_not_stuck() -> None:
    assert check(Late(), name="progress")[1].verdict is Verdict.HOLDS


@pytest.mark.parametrize("timeouts", [0, 1])
def test_a_bound_on_timeouts_makes_nobody_stuck(timeouts: int) -> None:
    assert check(Late(), replace(SCENARIO, timeouts=timeouts), "progress")[1].verdict is not Verdict.VIOLATED
