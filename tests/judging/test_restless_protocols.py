"""Eventual properties of random protocols that do not rest, against the definition of a fair run, by both engines.

The fairness that is assumed is written down here once more, from the description: what the entries of a channel, the timers and
so on ask of a run. A run that stays among some states forever may take all steps between them, since more steps between the
same states only make it fairer: so each set of states is tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random

import pytest

from groupy_check.checker.judging.fair_cycles import SystemDemands, fair_components
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.effects import CancelTimer, Deliver, Effect, Install, Monitor, Send, SetTimer, View
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Fairness, Order, Scenario
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Extent, Verdict
from groupy_check.specs.registry import PROPERTIES
from tests.judging.test_fair_cycles_by_force import connected

pytestmark = pytest.mark.usefixtures("unwatched")

STATES = 120  # a system with more is passed over
FEW = 11  # states of a component, all subsets of which are tried; a system with a larger one is passed over
WANTED = [PROPERTIES[name] for name in ("agreement", "validity", "completeness")]
A1 = Change(Node(1), 1)

# --- protocols -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Restless:
    """A process: `got`, whether it has delivered the payload."""

    me: Node
    mode: int = 0
    got: bool = False


@dataclass(frozen=True, slots=True)
class Reaction:
    """One outcome of an event: the next mode, and what is done."""

    mode: int
    effects: tuple[Effect, ...]


class Drawn(Protocol):
    """p1 multicasts once: it sends some messages and sets timers. Balls (a, b) fly on forever, news (c) is delivered.

    In one mode of a process there is often no rule for a message that has one in the other.
    """

    name = "drawn"
    claims = ("agreement", "validity", "completeness")

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)  # noqa: S311 - a test
        self.nodes = tuple(map(Node, range(1, self.rng.choice((2, 2, 3)) + 1)))
        order, fairness = self.rng.choice((Order.FIFO, Order.FIFO, Order.ANY)), self.rng.choice(list(Fairness))
        crashes = self.rng.choice((0, 0, 0, 1))
        self.scenario = Scenario(len(self.nodes), messages=1, crashes=crashes, order=order, fairness=fairness)
        self.watching = self.rng.random() < 0.5
        self.rules = {
            (me, mode, what): self._reactions(what)
            for me in self.nodes
            for mode in (0, 1)
            for what in ("ask", "a", "b", "c", "t", "u", "down")
        }

    def _reactions(self, what: str) -> list[Reaction]:
        count = 1 if what == "ask" else self.rng.choice((0, 1) if what == "c" else (0, 1, 1, 1, 2, 2))
        return [Reaction(self.rng.randint(0, 1), tuple(self._effects(what))) for _ in range(count)]

    def _effects(self, what: str) -> Iterator[Effect]:
        news, ball, timing, cancelling = {
            "ask": (0.8, 1.0, 0.8, 0.0), "c": (0.0, 0.1, 0.1, 0.0), "t": (0.3, 0.5, 0.6, 0.0), "u": (0.3, 0.5, 0.6, 0.0),
            "down": (0.2, 0.5, 0.2, 0.2), "a": (0.0, 0.8, 0.2, 0.1), "b": (0.0, 0.8, 0.2, 0.1),
        }[what]  # fmt: skip
        if self.rng.random() < news:
            yield Send(self.nodes[-1], "c")
        if self.rng.random() < ball:
            yield Send(self.rng.choice((*self.nodes, self.nodes[-1])), self.rng.choice("ab"))
        for _ in range(2 if what in {"ask", "t", "u"} else 1):
            if self.rng.random() < timing:
                yield SetTimer(self.rng.choice("tu"))
        if self.rng.random() < cancelling:
            yield CancelTimer(self.rng.choice("tu"))
        if what == "down" and self.rng.random() < 0.5:
            yield Monitor(self.nodes[0])  # if that one has ended, the notice comes again

    def step(self, state: Idle | Restless, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start() | Join():
                watched = [Monitor(node) for node in self.nodes if node < me] if self.watching else []
                return Step(Restless(me), (Install(View(1, self.nodes)), *watched))
            case Restless(Node(1), _, False), Multicast():
                return self.react(state, "ask")
            case Restless(), Receive(_, str(what)) | Timeout(what):
                return self.react(state, what)
            case Restless(), Down():
                return self.react(state, "down")
        return None

    def react(self, state: Restless, what: str) -> Outcome:
        delivers = (Deliver(A1),) if what in ("ask", "c") and not state.got else ()
        got = state.got or bool(delivers)
        return [
            Step(replace(state, mode=reaction.mode, got=got), (*delivers, *reaction.effects))
            for reaction in self.rules[state.me, state.mode, what]
        ] or None


# --- the definition ------------------------------------------------------------------------------------------------------

Claim = tuple[object, ...]


def claims(action: Handle) -> list[Claim]:
    """What an owed action claims for as long as it can be taken."""
    match action.event:
        case Receive(source, message):
            return [("message", action.process, source, message), ("channel", action.process, source)]
        case Down(source):
            return [("notice", action.process, source), ("channel", action.process, source)]
        case Timeout(timer):
            return [("timer", action.process, timer)]
    raise AssertionError(f"nothing else is owed here: {action}")


def satisfied(semantics: Semantics, system: System, action: Handle) -> list[Claim]:
    """The claims that `action` does away with: its own, and those of timers that it sets or cancels."""
    step = semantics.protocol.step(system.processes[action.process - 1].local, action.event)
    outcome = step[action.outcome] if isinstance(step, list) else step
    assert isinstance(outcome, Step)
    touched = [effect.timer for effect in outcome.effects if isinstance(effect, SetTimer | CancelTimer)]
    return [*claims(action), *(("timer", action.process, timer) for timer in touched)]


def is_fair(fairness: Fairness, claimed: Iterable[frozenset[Claim]], met: frozenset[Claim]) -> bool:
    """Whether a run is fair that makes all of `claimed`, state by state, and meets `met` again and again."""
    states = list(claimed)
    always, sometimes = frozenset.intersection(*states), frozenset[Claim]().union(*states)
    strict = sometimes if fairness is Fairness.MAILBOX else {claim for claim in sometimes if claim[0] == "timer"}
    return always | strict <= met


def fair_sets(explorer: Explorer, states: Collection[int]) -> list[tuple[int, ...]]:
    """The sets among `states` in which a fair run can stay forever, visiting each again and again."""
    semantics, owed = explorer.semantics, explorer.owed
    claimed = {state: frozenset(claim for action, _ in owed[state] for claim in claims(action)) for state in states}
    sets = []
    for some in (some for count in range(len(states)) for some in combinations(sorted(states), count + 1)):
        steps = [(state, action, target) for state in some for action, target in owed[state] if target in some]
        if {state for state, _, _ in steps} == set(some) and connected([(state, target) for state, _, target in steps]):
            met = frozenset(c for state, action, _ in steps for c in satisfied(semantics, explorer.states[state], action))
            if is_fair(semantics.scenario.fairness, [claimed[state] for state in some], met):
                sets.append(some)
    return sets


def is_fair_lasso(semantics: Semantics, trace: Trace) -> bool:
    """Whether what `trace` repeats forever consists of owed steps, closes, and is fair."""
    assert trace.loop is not None
    states, actions = trace.states[trace.loop :], trace.actions[trace.loop :]
    owed = [semantics.owed(state) for state in states]
    assert all(action in possible for action, possible in zip(actions, owed, strict=False))
    assert actions
    assert owed[0] == owed[-1]
    assert states[0].channels == states[-1].channels
    met = frozenset(
        claim
        for state, action in zip(states, actions, strict=False)
        if isinstance(action, Handle)
        for claim in satisfied(semantics, state, action)
    )
    return is_fair(semantics.scenario.fairness, [frozenset(c for a in possible for c in claims(a)) for possible in owed], met)


# --- compared ------------------------------------------------------------------------------------------------------------


def cyclic_parts(explorer: Explorer) -> list[set[int]]:
    """The sets of states each of which can be reached from each of the same set by owed steps, at least one."""
    after = [set[int]() for _ in explorer.states]
    for state in range(len(explorer.states)):
        waiting = [target for _, target in explorer.owed[state]]
        while waiting:
            target = waiting.pop()
            if target not in after[state]:
                after[state].add(target)
                waiting += [further for _, further in explorer.owed[target]]
    parts = {frozenset(other for other in after[state] if state in after[other]) for state in range(len(after))}
    return sorted((set(part) for part in parts if part), key=min)


def compare(seed: int) -> str:
    """Judge a drawn system by force and by both engines. Returns what it was."""
    protocol = Drawn(seed)
    explorer = Explorer(protocol, protocol.scenario, WANTED, Limits(states=STATES))
    result = explorer.run()
    if result.coverage.extent is not Extent.EXHAUSTED:
        return "too large"
    parts = cyclic_parts(explorer)
    if any(len(part) > FEW for part in parts):
        return "too large"
    endless = [some for part in parts for some in fair_sets(explorer, part)]
    largest = [set(some) for some in endless if not any(set(some) < set(other) for other in endless)]
    demands = SystemDemands(explorer.owed, explorer.semantics, explorer.states.__getitem__)
    assert list(map(set, fair_components(demands))) == sorted(largest, key=min), seed
    ends = [state for state, owed in enumerate(explorer.owed) if not owed] + [some[0] for some in endless]
    histories = [explorer.observer.history(explorer.states[state], at_rest=True) for state in ends]
    native = NativeExplorer(protocol, protocol.scenario, WANTED).run()
    assert [(f.name, f.verdict, f.trace) for f in native.findings] == [(f.name, f.verdict, f.trace) for f in result.findings]
    lassos = 0
    for finding, wanted in zip(result.findings, WANTED, strict=True):
        violated = any(wanted.judge(history) is not None for history in histories)
        assert (finding.verdict is Verdict.VIOLATED) == violated, (seed, finding.name)
        if finding.trace is not None and finding.trace.loop is not None:
            assert is_fair_lasso(explorer.semantics, finding.trace), (seed, finding.name)
            lassos += 1
    if not parts:
        return "comes to rest"
    if {frozenset(some) for some in largest} != set(map(frozenset, parts)):
        return "unfair cycles"
    return "a lasso" if lassos else "fair cycles"


def test_eventual_properties_are_judged_as_the_definition_says() -> None:
    assert Counter(map(compare, range(50))) == {
        "too large": 34,
        "comes to rest": 7,
        "fair cycles": 2,
        "a lasso": 3,
        "unfair cycles": 4,
    }


@pytest.mark.slow
def test_so_they_are_in_more_systems() -> None:
    assert Counter(map(compare, range(200))) == {
        "too large": 140,
        "comes to rest": 24,
        "fair cycles": 12,
        "a lasso": 10,
        "unfair cycles": 14,  # in each of these some component is unfair, as a whole or altogether
    }


@pytest.mark.long
def test_so_they_are_for_many_more_protocols() -> None:
    assert Counter(map(compare, range(1000, 1150))) == {
        "too large": 105,
        "comes to rest": 16,
        "fair cycles": 13,
        "a lasso": 5,
        "unfair cycles": 11,
    }
