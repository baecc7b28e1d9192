"""The reference semantics against a second one, written from the description in prose and sharing no code with it.

Restricted to FIFO channels, selective receive, multicasts, joins, crashes (also between two effects) and the perfect detector;
timers can be set but never fire. Equal means: the same reachable states, each at the same distance from the beginning.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.groupy_model.effects import CancelTimer, Deliver, Demonitor, Effect, Halt, Install, Monitor, Send, SetTimer
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Delivered, Installed, Observation, Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Protocol, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.scenario import Beginning, Scenario
from groupy_check.groupy_model.system import Notice, System
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.specs.registry import PROPERTIES
from tests.support.tables import World, worlds

# --- the second semantics ------------------------------------------------------------------------------------------------

DOWN = "DOWN"
UP, ABSENT, CRASHED, HALTED = "up", "absent", "crashed", "halted"
State = tuple[Any, ...]
Move = tuple[Node, Event, tuple[Node, int] | None]  # who handles what; of a message also whose it is and its place in the queue


class Group:
    """All processes, all queues and what is left to the environment, as dicts and lists that are changed in place."""

    def __init__(self, protocol: Protocol, state: State) -> None:
        people, queues, left = state
        self.protocol = protocol
        # A person: status, local state, log, whom it watches, timers, multicasts asked for.
        self.people: dict[Node, list[Any]] = {node: list(person) for node, person in people}
        self.queues: dict[tuple[Node, Node], list[Any]] = {pair: list(queue) for pair, queue in queues}
        self.left: dict[str, int] = dict(left)

    def state(self) -> State:
        people = tuple((node, tuple(person)) for node, person in self.people.items())
        return people, tuple((pair, tuple(queue)) for pair, queue in self.queues.items()), tuple(self.left.items())

    def having(self, status: str) -> list[Node]:
        return [node for node, person in self.people.items() if person[0] == status]

    def outcomes(self, me: Node, event: Event) -> list[tuple[Hashable, tuple[Effect, ...]]]:
        found = self.protocol.step(self.people[me][1], event)
        return [(step.state, up_to_halt(step.effects)) for step in ([found] if isinstance(found, Step) else found or [])]

    def moves(self) -> Iterator[Move]:
        for me in self.having(UP):
            for source in self.people:
                for place, entry in enumerate(self.queues[source, me]):
                    event = Down(source) if entry == DOWN else Receive(source, entry)
                    if self.outcomes(me, event):
                        yield me, event, (source, place)
                        break
            if self.left["messages"]:
                yield me, Multicast(Change(me, self.people[me][5] + 1)), None
            if self.left["joins"]:
                yield self.having(ABSENT)[0], Join(me), None

    def successors(self) -> Iterator[State]:
        for me, event, place in self.moves():
            for local, effects in self.outcomes(me, event):
                for cut in range(1, len(effects)) if self.left["crashes"] else ():
                    yield self.after(me, event, place, None, effects[:cut])
                yield self.after(me, event, place, local, effects)
        for me in self.having(UP) if self.left["crashes"] else ():
            yield self.after(me, None, None, None, ())

    def after(self, me: Node, event: Event | None, place: tuple[Node, int] | None, local: Any, effects: Any) -> State:
        """The state after `me` has handled `event` and has had `effects`; `local` None: then it crashes."""
        group = Group(self.protocol, self.state())
        person = group.people[me]
        if place is not None:
            del group.queues[place[0], me][place[1]]
        if isinstance(event, Multicast):
            group.left["messages"] -= 1
            person[5] += 1
        if isinstance(event, Join):
            group.left["joins"] -= 1
        person[:2] = UP, local
        for effect in effects:
            group.do(me, effect)
        if local is None:
            group.left["crashes"] -= 1
            group.end(me, CRASHED)
        return group.state()

    def do(self, me: Node, effect: Effect) -> None:
        person = self.people[me]
        match effect:
            case Send(to, message) if self.people[to][0] == UP:
                self.queues[me, to].append(message)
            case Deliver(payload):
                person[2] += (("delivered", payload),)
            case Install(view):
                person[2] += (("installed", view),)
            case Monitor(other) if self.people[other][0] == UP:
                person[3] |= {other}
            case Monitor(other):
                self.queues[other, me].append(DOWN)
            case Demonitor(other):
                person[3] -= {other}
                self.queues[other, me] = [entry for entry in self.queues[other, me] if entry != DOWN]
            case SetTimer(timer):
                person[4] |= {timer}
            case CancelTimer(timer):
                person[4] -= {timer}
            case Halt():
                self.end(me, HALTED)

    def end(self, me: Node, status: str) -> None:
        self.people[me] = [status, None, self.people[me][2], frozenset(), frozenset(), 0]
        for other, person in self.people.items():
            self.queues[other, me] = []
            if me in person[3]:
                person[3] -= {me}
                self.queues[me, other].append(DOWN)


def up_to_halt(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    return next((effects[: place + 1] for place, effect in enumerate(effects) if isinstance(effect, Halt)), effects)


def beginning(protocol: Protocol, scenario: Scenario) -> State:
    nodes = [Node(number + 1) for number in range(scenario.size)]
    people: list[tuple[Node, tuple[Any, ...]]] = [
        (node, (ABSENT, protocol.initial(node), (), frozenset(), frozenset(), 0)) for node in nodes
    ]
    nothing = {"messages": 0, "joins": 0, "crashes": 0}
    group = Group(protocol, (people, [((one, other), ()) for one in nodes for other in nodes], nothing))
    for node in nodes[: scenario.nodes if scenario.beginning is Beginning.FORMED else 1]:
        move: Move | None = (node, Join(nodes[0]) if node > 1 else Start(), None)
        while move is not None:
            group = Group(protocol, group.after(*move, *group.outcomes(*move[:2])[0]))
            group.left = dict(nothing)
            move = next(group.moves(), None)
    for person in group.people.values():
        person[2] = tuple(entry for entry in person[2] if entry[0] == "installed")[-1:]
    joins = len(group.having(ABSENT))
    group.left = {"messages": scenario.messages, "joins": joins, "crashes": scenario.crashes}
    return group.state()


def explored(protocol: Protocol, scenario: Scenario, depth: int) -> dict[State, int]:
    """The reachable states with their distances from the beginning, up to `depth`."""
    found = {beginning(protocol, scenario): 0}
    waiting = list(found)
    for state in waiting:  # grows while it is walked
        for after in Group(protocol, state).successors() if found[state] < depth else ():
            if after not in found:
                found[after] = found[state] + 1
                waiting.append(after)
    return found


def contradicts(state: State) -> bool:
    """Two processes that have not crashed delivered different payloads at one place since their first common view."""
    logs = [log for _, (status, _, log, *_) in state[0] if status != CRASHED]
    for one, other in combinations(logs, 2):
        common = [entry for entry in one if entry[0] == "installed" and entry in other]
        if common:
            since = [[e for e in log[log.index(common[0]) :] if e[0] == "delivered"] for log in (one, other)]
            if any(a != b for a, b in zip(*since, strict=False)):
                return True
    return False


# --- and the first one ---------------------------------------------------------------------------------------------------

STATUS = {Status.UP: UP, Status.ABSENT: ABSENT, Status.CRASHED: CRASHED, Status.HALTED: HALTED}
FOREVER = 10**9


def translated(system: System) -> State:
    nodes = [Node(number + 1) for number in range(len(system.processes))]
    people = tuple(
        (node, (STATUS[p.status], p.local, tuple(told(p.log)), p.watching, p.timers, p.asked))
        for node, p in zip(nodes, system.processes, strict=True)
    )
    pairs = [(one, other) for one in nodes for other in nodes]
    queues = [tuple(DOWN if entry is Notice.DOWN else entry for entry in channel) for channel in system.channels]
    left = tuple((name, getattr(system.budget, name)) for name in ("messages", "joins", "crashes"))
    return people, tuple(zip(pairs, queues, strict=True)), left


def told(log: tuple[Observation, ...]) -> Iterator[tuple[str, Hashable]]:
    for entry in log:
        if isinstance(entry, Delivered):
            yield "delivered", entry.payload
        elif isinstance(entry, Installed):
            yield "installed", entry.view


def compare(protocol: Protocol, scenario: Scenario, depth: int = FOREVER) -> tuple[int, int | None]:
    """How many states there are and how far the nearest violation of prefix-order is; both semantics must say the same."""
    brute = explored(protocol, scenario, depth)
    explorer = Explorer(protocol, scenario, [PROPERTIES["prefix-order"]], Limits(depth=depth))
    result = explorer.run()
    distances: list[int] = []
    for parent in explorer.parents:
        distances.append(distances[parent[0]] + 1 if parent else 0)
    assert {translated(state): distance for state, distance in zip(explorer.states, distances, strict=True)} == brute
    assert result.coverage.distinct == len(brute)
    nearest = min((distance for state, distance in brute.items() if contradicts(state)), default=None)
    [finding] = result.findings
    assert finding.length == nearest
    assert (finding.verdict is Verdict.VIOLATED) == (nearest is not None)
    return len(brute), nearest


# --- compared ------------------------------------------------------------------------------------------------------------

JOINING = Beginning.JOINING
PINNED: dict[str, tuple[Scenario, dict[type[Protocol], tuple[int, int | None]]]] = {
    "two": (Scenario(nodes=2, messages=1), {Gms1: (22, None), Gms2: (29, None), Gms3: (29, None)}),
    "two, two multicasts": (Scenario(nodes=2), {Gms1: (89, None), Gms2: (115, None), Gms3: (115, None)}),
    "three": (Scenario(messages=1), {Gms1: (78, None), Gms2: (154, None), Gms3: (166, None)}),
    "three, two crashes": (Scenario(messages=1, crashes=2), {Gms1: (150, None), Gms2: (437, None), Gms3: (500, None)}),
    "three, two multicasts": (Scenario(), {Gms1: (681, None), Gms2: (1298, 5), Gms3: (1331, None)}),
    "a join": (Scenario(nodes=2, messages=1, joins=1, timeouts=0), {Gms1: (354, None), Gms2: (595, None), Gms3: (655, None)}),
    "joining": (
        Scenario(messages=0, timeouts=0, beginning=JOINING),
        {Gms1: (120, None), Gms2: (168, None), Gms3: (180, None)},
    ),
}


@pytest.mark.parametrize("name", PINNED)
def test_both_find_the_same_states_of_the_built_in_protocols(name: str) -> None:
    scenario, expected = PINNED[name]
    assert {kind: compare(kind(), scenario) for kind in expected} == expected


@st.composite
def restricted(draw: st.DrawFn) -> Scenario:
    """What the second semantics knows of."""
    return Scenario(
        nodes=draw(st.integers(2, 3)),
        messages=draw(st.integers(1, 2)),
        crashes=draw(st.integers(0, 2)),
        joins=draw(st.integers(0, 1)),
        timeouts=0,
        beginning=draw(st.sampled_from(Beginning)),
    )


RULES = settings(max_examples=80, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
RESTRICTED = worlds(restricted())


def compared(world: World) -> tuple[int, int | None]:
    return compare(world.protocol, world.scenario, depth=7 - world.scenario.size)


@RULES
@given(RESTRICTED)
def test_both_find_the_same_states_of_any_protocol(world: World) -> None:
    compared(world)


def test_some_of_these_protocols_contradict_themselves() -> None:
    def late(world: World) -> bool:
        return (compared(world)[1] or 0) > 2

    assert late(find(RESTRICTED, late, settings=settings(RULES, phases=(Phase.generate,))))
