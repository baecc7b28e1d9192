"""Is a state that violates a safety property reachable within so many steps? z3 answers, without any explorer.

A run is unrolled into propositions: which local transition is taken at each step, which state each process is in, who watches
whom, and which entries wait in which channel. An entry keeps the slot in which it appeared, so nothing ever shifts; all that
changes is whether it is still there. A budget bounds how often transitions of some kind are taken in the whole run.

This is independent of the explorers: how processes, channels, monitors, notices and budgets work together is told here a second
time, and the search is z3's. Shared with them are the effect of one handler on its own process (`local_transitions`), the
initial state, and the judgement of two logs (`Property.pairwise`). The reference semantics executes every run that z3 finds
before it is reported; only the answer that there is none must be trusted.

It is a cross-check, and slow: what a search visits in milliseconds takes seconds here, since the tables must contain whatever
could happen to each process alone, and every step has its copy of them.

Source: Biere, Cimatti, Clarke, Zhu, "Symbolic model checking without BDDs" (TACAS 1999), on bounded model checking.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import z3

from groupy_check.checker.errors import GroupyError, UsageError
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.proof.bounded.forbidden import Forbidden
from groupy_check.checker.proof.bounded.local_transitions import (
    IN_VAIN,
    Link,
    LocalTables,
    LocalTransition,
    Sign,
    Signal,
    StampedEntry,
    allowed,
)
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Detector, Order, Scenario, Timing
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.verdict import Kind
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

RAISES = "raises"  # checked beside the properties: a handler breaks the rules of a protocol


@dataclass(frozen=True, slots=True)
class BoundedResult:
    """`violations`: a shortest run for each property that is violated within `depth` steps. `judged`: all names checked."""

    depth: int
    judged: tuple[str, ...]
    violations: Mapping[str, tuple[Action, ...]]
    states: int  # local ones, of all processes
    transitions: int

    def length(self, name: str) -> int:
        """The number of steps of a shortest violation of the property `name`."""
        return len(self.violations[name])


@dataclass(frozen=True, slots=True)
class ChannelSlot:
    """A place in a channel. `here`: its entry waits there. `content`: for each entry that it may be, whether it is that one."""

    here: Any
    content: Mapping[StampedEntry, Any]

    @property
    def notice(self) -> bool:
        """Whether its entry is a notice of the failure detector."""
        return any(stamped.notice for stamped in self.content)


@dataclass(frozen=True, slots=True)
class SymbolicState:
    """The state after so many steps, in propositions."""

    at: Mapping[tuple[Node, int], Any]  # the process is in its local state of that number
    up: Mapping[Node, Any]
    absent: Mapping[Node, Any]
    watches: Mapping[tuple[Node, Node], Any]
    channels: Mapping[Link, Sequence[ChannelSlot]]


def judged_of(scenario: Scenario) -> list[Property]:
    """The properties that can be judged here: safety of two logs at a time; those about colours only if the worker runs."""
    return [
        one for one in PROPERTIES.values() if one.kind is Kind.SAFETY and one.pairwise and (scenario.worker or not one.worker)
    ]


def bounded(protocol: Protocol, scenario: Scenario, depth: int, tick: Callable[[str], None] = lambda _: None) -> BoundedResult:
    """The properties that `protocol` under `scenario` can violate within `depth` steps; `tick` is told about the progress.

    Raises UsageError for network faults, which are not encoded, and ProtocolError if a run leads to a handler that breaks the
    rules of a protocol.
    """
    refused = [name for name in ("drops", "duplicates", "partitions") if getattr(scenario, name)]
    if refused:
        raise UsageError(f"--bounded does not support {' or '.join(refused)}; groupy check explores them")
    properties = judged_of(scenario)
    keep = frozenset[type]().union(*(wanted.needs for wanted in properties))
    semantics = Semantics(protocol, scenario, keep)
    initial = semantics.initial()
    tick(f"{protocol.name}: local transitions of each process")
    unrolling = Unrolling(LocalTables(semantics, initial, depth), initial, properties)
    found: dict[str, tuple[Action, ...]] = {}
    for length in range(depth + 1):
        tick(f"{protocol.name}: {length} of {depth} steps")
        for name in [RAISES, *(wanted.name for wanted in properties if wanted.name not in found)]:
            run = unrolling.run_to(name)
            if run is not None:
                confirm(semantics, run, name)
                found[name] = run
        if length < depth:
            unrolling.step()
    names = tuple(wanted.name for wanted in properties)
    tables = unrolling.tables
    return BoundedResult(depth, names, found, sum(map(len, tables.states.values())), len(tables.transitions))


def confirm(semantics: Semantics, run: Sequence[Action], name: str) -> None:
    """Execute `run` by the reference semantics. Raises GroupyError if it is impossible or does not violate `name`."""
    system = semantics.initial()
    for action in run:
        if action not in semantics.enabled(system):
            raise GroupyError(f"z3 and the reference semantics differ: {action} is not possible; please report this")
        system = semantics.apply(system, action)
    history = Observer(semantics, probe=False).history(system, at_rest=False)
    if name == RAISES or PROPERTIES[name].judge(history) is None:
        raise GroupyError(f"z3 and the reference semantics differ: {len(run)} steps do not violate {name}; please report this")


class Unrolling:
    """All runs from `initial` as propositions; each call of `step` makes them one step longer."""

    def __init__(self, tables: LocalTables, initial: System, properties: Sequence[Property]) -> None:
        self.tables, self.nodes, self.scenario = tables, tables.nodes, tables.scenario
        self.solver = z3.SolverFor("QF_FD")
        self.acts: list[list[tuple[Any, LocalTransition]]] = []
        self.spent: dict[str, list[Any]] = defaultdict(list)
        self.raised: Any = z3.BoolVal(val=False)
        self.forbidden = {wanted.name: Forbidden(tables, wanted) for wanted in properties}
        self.now = self._initial(initial)

    @property
    def length(self) -> int:
        """The number of steps of the runs."""
        return len(self.acts)

    def _initial(self, system: System) -> SymbolicState:
        processes = dict(zip(self.nodes, system.processes, strict=True))
        channels = dict(zip(self.tables.entries, system.channels, strict=True))
        return SymbolicState(
            {(node, 0): z3.BoolVal(val=True) for node in self.nodes},
            {node: z3.BoolVal(process.status is Status.UP) for node, process in processes.items()},
            {node: z3.BoolVal(process.status is Status.ABSENT) for node, process in processes.items()},
            {(one, other): z3.BoolVal(other in processes[one].watching) for one in self.nodes for other in self.nodes},
            {
                link: [
                    ChannelSlot(z3.BoolVal(val=True), {StampedEntry(entry, frozenset()): z3.BoolVal(val=True)})
                    for entry in channel
                ]
                for link, channel in channels.items()
            },
        )

    # --- the question ------------------------------------------------------------------------------------------------

    def run_to(self, name: str) -> tuple[Action, ...] | None:
        """A run of the present length that violates the property `name`, or None."""
        wanted = self.raised if name == RAISES else self.forbidden[name].broken(self.now.at)
        if z3.is_false(wanted):
            return None
        answer = self.solver.check(self._named(wanted))
        if answer == z3.unsat:
            return None
        if answer == z3.unknown:
            raise GroupyError(f"z3 gave up on {name} after {self.length} steps; a smaller depth or scenario may help")
        model = self.solver.model()
        return tuple(next(transition.action for act, transition in acts if z3.is_true(model[act])) for acts in self.acts)

    # --- one step ----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Extend every run by one step."""
        acts = [(z3.FreshBool("act"), transition) for transition in self.tables.transitions if transition.level <= self.length]
        self.solver.add(z3.PbEq([(act, 1) for act, _ in acts], 1))
        raising: dict[Sign, list[Any]] = defaultdict(list)
        for act, transition in acts:
            for sign in transition.signs:
                raising[sign].append(act)
        signals = Signals({sign: self._named(z3.Or(*raised)) for sign, raised in raising.items()})
        taken = self._conditions(signals)
        self._budgets(signals)
        self.raised = signals[(Signal.RAISES,)]
        self.acts.append(acts)
        self.now = self._after(signals, taken)

    def _conditions(self, signals: Signals) -> dict[Link, list[Any]]:
        """Assert what the transitions require. Returns, for each slot of each channel, whether its entry is received."""
        now, add = self.now, self.solver.add
        for (_, *where), signal in signals.of(Signal.FROM):
            add(z3.Implies(signal, now.at[where[0], where[1]]))
        for (_, node), signal in signals.of(Signal.NEEDS):
            add(z3.Implies(signal, now.up[node]))
        for (_, *pair), signal in signals.of(Signal.SUSPECTS):
            add(z3.Implies(signal, now.watches[pair[0], pair[1]]))
        for (_, node), signal in signals.of(Signal.COMES):
            add(z3.Implies(signal, z3.Not(z3.Or(*(now.absent[other] for other in self.nodes if other < node)))))
        first = {link: self._acceptable(link) for link in now.channels}
        if self.scenario.timing is Timing.AT_REST:
            moving = z3.Or(*(one for all_of_it in first.values() for one in all_of_it), *self._asking())
            add(z3.Implies(signals[(Signal.FIRES,)], z3.Not(moving)))
        return {link: self._taken(link, first[link], signals) for link in now.channels}

    def _asking(self) -> list[Any]:
        states = self.tables.states
        return [here for (node, number), here in self.now.at.items() if self.tables.asking(states[node][number])]

    def _acceptable(self, link: Link) -> list[Any]:
        """For each slot of the channel, whether its entry waits and the target has a rule for it."""
        source, target = link
        rules: dict[Hashable, Any] = {}
        for entry in dict.fromkeys(stamped.entry for each in self.now.channels[link] for stamped in each.content):
            willing = [
                here
                for (node, number), here in self.now.at.items()
                if node == target and self._willing(target, number, source, entry)
            ]
            rules[entry] = self._named(z3.Or(*willing))
        return [
            self._named(z3.And(each.here, z3.Or(*(z3.And(is_it, rules[one.entry]) for one, is_it in each.content.items()))))
            for each in self.now.channels[link]
        ]

    def _willing(self, node: Node, number: int, source: Node, entry: Hashable) -> bool:
        state = self.tables.states[node][number]
        return state.status is Status.UP and self.tables.receivable(state, source, entry)

    def _taken(self, link: Link, acceptable: Sequence[Any], signals: Signals) -> list[Any]:
        """For each slot, whether its entry is received in this step, by the rules of selective receive."""
        slots, add = self.now.channels[link], self.solver.add
        wanted = {sign[2]: signal for sign, signal in signals.of(Signal.TAKES) if sign[1] == link}
        taken = [z3.FreshBool("taken") for _ in slots]
        for place, (each, taking) in enumerate(zip(slots, taken, strict=True)):
            add(z3.Implies(taking, z3.And(acceptable[place], z3.Or(*wanted.values()))))
            add(
                *(z3.Implies(z3.And(taking, each.content[one]), wanted.get(one, z3.BoolVal(val=False))) for one in each.content)
            )
            for before in self._goes_first(slots, place):
                add(z3.Implies(taking, z3.Not(acceptable[before])))
        for one, wanting in wanted.items():
            of_it = [
                z3.And(taking, each.content[one]) for each, taking in zip(slots, taken, strict=True) if one in each.content
            ]
            add(z3.Implies(wanting, z3.Or(*of_it)))
        if taken:
            add(z3.AtMost(*taken, 1))
        return taken

    def _goes_first(self, slots: Sequence[ChannelSlot], place: int) -> Iterable[int]:
        """The slots whose entries must be received before the one at `place`, if they can be."""
        notice = slots[place].notice
        if notice and self.scenario.detector is Detector.OVERTAKING:
            return ()
        if self.scenario.order is Order.FIFO:
            return range(place)
        return [other for other in range(len(slots)) if notice and not slots[other].notice]

    def _budgets(self, signals: Signals) -> None:
        for (_, budget), signal in signals.of(Signal.SPENDS):
            self.spent[str(budget)].append(signal)
        for budget, spending in self.spent.items():
            most = allowed(self.scenario, budget)
            if most is not None:
                self.solver.add(z3.AtMost(*spending, most))

    # --- the next state ----------------------------------------------------------------------------------------------

    def _after(self, signals: Signals, taken: Mapping[Link, Sequence[Any]]) -> SymbolicState:
        now, named = self.now, self._named
        ends = {node: signals[Signal.ENDS, node] for node in self.nodes}
        comes = {node: signals[Signal.COMES, node] for node in self.nodes}
        arrived = {(sign[1], sign[2]): signal for sign, signal in signals.of(Signal.TO)}
        at = {}
        for place in {**now.at, **arrived}:
            stays = z3.And(now.at.get(place, z3.BoolVal(val=False)), z3.Not(signals[Signal.MOVES, place[0]]))
            at[place] = named(z3.Or(stays, arrived.get(place, z3.BoolVal(val=False))))
        return SymbolicState(
            at,
            {node: named(z3.And(z3.Or(now.up[node], comes[node]), z3.Not(ends[node]))) for node in self.nodes},
            {node: named(z3.And(now.absent[node], z3.Not(comes[node]))) for node in self.nodes},
            {pair: named(self._watches(*pair, signals)) for pair in now.watches},
            {link: [*self._left(link, taken[link], signals), *self._born(link, signals)] for link in now.channels},
        )

    def _watches(self, node: Node, other: Node, signals: Signals) -> Any:
        asked = z3.Or(*(signal for sign, signal in signals.of(Signal.WATCHES) if sign[1:3] == (node, other)))
        dropped = z3.Or(signals[Signal.FORGETS, node, other], signals[Signal.SUSPECTS, node, other])
        kept = z3.And(self.now.watches[node, other], z3.Not(dropped))
        ended = z3.Or(signals[Signal.ENDS, node], signals[Signal.ENDS, other])
        up = z3.Or(self.now.up[other], signals[Signal.COMES, other])
        return z3.And(z3.Or(z3.And(asked, up), kept), z3.Not(ended))

    def _left(self, link: Link, taken: Sequence[Any], signals: Signals) -> list[ChannelSlot]:
        """The present slots; an entry that is received, withdrawn, or lost with its target waits no more."""
        source, target = link
        left = []
        for each, taking in zip(self.now.channels[link], taken, strict=True):
            gone = [taking, signals[Signal.ENDS, target]]
            if each.notice:
                gone.append(signals[Signal.FORGETS, target, source])
            left.append(ChannelSlot(self._named(z3.And(each.here, z3.Not(z3.Or(*gone)))), each.content))
        return left

    def _born(self, link: Link, signals: Signals) -> list[ChannelSlot]:
        """The slots of the entries that this step may bring: messages in sending order, then notices."""
        source, target = link
        here = z3.And(z3.Or(self.now.up[target], signals[Signal.COMES, target]), z3.Not(signals[Signal.ENDS, target]))
        places: dict[Hashable, dict[StampedEntry, Any]] = defaultdict(dict)
        for sign, signal in signals.of(Signal.SENDS):
            if sign[1] == link:
                places[sign[2]][sign[3]] = signal
        born = [ChannelSlot(self._named(z3.And(here, z3.Or(*places[one].values()))), places[one]) for one in range(len(places))]
        demands = [signal for sign, signal in signals.of(Signal.WATCHES) if sign[1:3] == (target, source)]
        in_vain = [z3.And(asked, z3.Not(self.now.up[source])) for asked in demands if source != target]
        reports = {sign[2]: signal for sign, signal in signals.of(Signal.REPORTS) if sign[1] == source}
        reported = z3.And(z3.Or(*reports.values()), self.now.watches[target, source])
        born.append(ChannelSlot(self._named(z3.And(here, reported)), reports))
        born.extend(ChannelSlot(self._named(z3.And(here, each)), {IN_VAIN: z3.BoolVal(val=True)}) for each in in_vain)
        return [entry for entry in born if not z3.is_false(entry.here)]

    def _named(self, formula: Any) -> Any:
        """A proposition equivalent to `formula`: a new one, unless `formula` is one or has a fixed truth value."""
        formula = z3.simplify(formula)
        if formula.num_args() == 0:
            return formula
        name = z3.FreshBool("so")
        self.solver.add(name == formula)
        return name


class Signals:
    """For each sign, the proposition that the transition of one step has it; a sign of no transition is false."""

    def __init__(self, raised: Mapping[Sign, Any]) -> None:
        self.raised = raised
        self.kinds: dict[Hashable, list[tuple[Any, Any]]] = defaultdict(list)
        for sign, signal in raised.items():
            self.kinds[sign[0]].append((sign, signal))

    def __getitem__(self, sign: Sign) -> Any:
        return self.raised.get(sign, z3.BoolVal(val=False))

    def of(self, kind: Signal) -> list[tuple[Any, Any]]:
        """The signs of the signal `kind`, each with its proposition."""
        return self.kinds[kind]
