"""Is a state that violates a safety property reachable within so many steps? z3 answers, without any explorer.

A run is unrolled into propositions: which local transition is taken at each step, which state each process is in, who watches
whom, and which entries wait in which channel. An entry keeps the slot in which it appeared, so nothing ever shifts; all that
changes is whether it is still there. A budget bounds how often transitions of some kind are taken in the whole run.

This is independent of the explorers: how processes, channels, monitors, notices and budgets work together is told here a second
time, and the search is z3's. Shared with them are the effect of one handler on its own process (`local_transitions`), the
initial state, and the judgement of two logs (`Property.pairwise`); an order that three processes break together, but no two of
them, is not found. The reference semantics executes every run that z3 finds before it is reported; only the answer that there
is none must be trusted.

Where timers fire at rest, none fires beside traffic that goes round for ever: that is told (see BoundedResult), not followed.

It is a cross-check, and slow: what a search visits in milliseconds takes seconds here, since the tables must contain whatever
could happen to each process alone, and every step has its copy of them.

Source: Biere, Cimatti, Clarke, Zhu, "Symbolic model checking without BDDs" (TACAS 1999), on bounded model checking.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
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
from groupy_check.checker.proof.bounded.symbolic_state import ChannelSlot, SymbolicState
from groupy_check.checker.proof.interruptible import answer, interruptible
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.traffic import may_go_round
from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.verdict import Kind
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

# What of a scenario the unrolling knows; all else keeps its default.
BUDGETS = frozenset({"nodes", "messages", "crashes", "joins", "leaves", "suspicions", "timeouts", "worker"})
CHOICES: Mapping[str, Collection[object]] = {
    "detector": (Detector.PERFECT, Detector.OVERTAKING),
    "order": (Order.FIFO, Order.ANY),
    "timing": (Timing.AT_REST, Timing.ANY),
    "beginning": (Beginning.FORMED, Beginning.JOINING),
}
RAISES = "raises"  # checked beside the properties: a handler breaks the rules of a protocol


@dataclass(frozen=True, slots=True)
class BoundedResult:
    """`violations`: a shortest run for each property that is violated within `depth` steps, all that there was time for.

    `judged`: all names checked. `unjudged`: the others, about which nothing is said. `held`: whether a timer may be armed
    beside traffic that goes round for ever; what it does there is not looked at.
    """

    depth: int
    judged: tuple[str, ...]
    unjudged: tuple[str, ...]
    violations: Mapping[str, tuple[Action, ...]]
    states: int  # local ones, of all processes
    transitions: int
    held: bool
    interrupted: bool = False

    def length(self, name: str) -> int:
        """The number of steps of a shortest violation of the property `name`."""
        return len(self.violations[name])


def judged_of(scenario: Scenario) -> list[Property]:
    """The properties that can be judged here: safety of two logs at a time; those about colours only if the worker runs."""
    return [
        one for one in PROPERTIES.values() if one.kind is Kind.SAFETY and one.pairwise and (scenario.worker or not one.worker)
    ]


def _encoded(name: str, value: object, default: object) -> bool:
    """Whether the unrolling knows what `value` of this field of a scenario means; a field that it does not know is unused."""
    return value == default or name in BUDGETS or value in CHOICES.get(name, ())


def bounded(protocol: Protocol, scenario: Scenario, depth: int, tick: Callable[[str], None] = lambda _: None) -> BoundedResult:
    """The properties that `protocol` under `scenario` can violate within `depth` steps; `tick` is told about the progress.

    Raises UsageError for network faults, which are not encoded, and ProtocolError if a run leads to a handler that breaks the
    rules of a protocol.
    """
    refused = [each.name for each in fields(scenario) if not _encoded(each.name, getattr(scenario, each.name), each.default)]
    if refused:
        raise UsageError(f"--bounded does not support {' or '.join(refused)}; groupy check explores them")
    properties = judged_of(scenario)
    keep = frozenset[type]().union(*(wanted.needs for wanted in properties))
    semantics = Semantics(protocol, scenario, keep)
    initial = semantics.initial()
    tick(f"{protocol.name}: local transitions of each process")
    with interruptible():
        unrolling = Unrolling(LocalTables(semantics, initial, depth), initial, properties)
    found: dict[str, tuple[Action, ...]] = {}
    done = _search(unrolling, semantics, found, depth, lambda length: tick(f"{protocol.name}: {length} of {depth} steps"))
    names = tuple(wanted.name for wanted in properties)
    tables, unjudged = unrolling.tables, tuple(name for name in PROPERTIES if name not in names)
    states = [(node, process.local) for node, those in tables.states.items() for process in those]
    held = scenario.timing is Timing.AT_REST and may_go_round(semantics.handle.memo, states, scenario.worker)
    return BoundedResult(done, names, unjudged, found, len(states), len(tables.transitions), held, interrupted=done < depth)


def _search(
    unrolling: Unrolling, semantics: Semantics, found: dict[str, tuple[Action, ...]], depth: int, tick: Callable[[int], None]
) -> int:
    """Put into `found` a shortest run for each property. Returns the depth up to which all was asked before Ctrl-C, if any."""
    for length in range(depth + 1):
        try:
            tick(length)
            with interruptible():
                for name in [RAISES, *(name for name in unrolling.forbidden if name not in found)]:
                    run = unrolling.run_to(name)
                    if run is not None:
                        confirm(semantics, run, name)
                        found[name] = run
                if length < depth:
                    unrolling.step()
        except KeyboardInterrupt:
            if length == 0:
                raise
            return length - 1
    return depth


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
        found = answer(self.solver, self._named(wanted))
        if found == z3.unsat:
            return None
        if found == z3.unknown:
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
        return [other for other in range(place) if notice and not slots[other].notice]

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
