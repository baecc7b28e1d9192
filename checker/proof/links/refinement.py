"""The link between what is proved and what is executed: every step of the protocol is a step of its relational model.

The search goes over pairs of a system state and a structure of the model. A relation, one per family of protocols, says with
which structure a run begins and which actions of the model an executed action is; the model itself then makes the next
structure, so that it remembers what no system state shows any more: what was ever sent, who was admitted when. Three things
are looked at: the guard of the beginning and of each action holds, the system shows exactly what the structure says, and every
invariant holds. At the end also that the axioms hold of what is rigid. All of them are the very formulas that are proved.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol as Interface

from groupy_check.checker.proof.finite_structures import Structure, TableRow, TableStore
from groupy_check.checker.proof.language import Symbol
from groupy_check.checker.proof.model import Clause, Model
from groupy_check.checker.proof.model_interpreter import ClauseChecker, ModelInterpreter
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Handle, Suspect
from groupy_check.groupy_model.events import Down, Event
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Delivered, Installed
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import System

TransitionInstance = tuple[str, tuple[Hashable, ...]]
StructureKey = tuple[int, ...]  # the numbers of a structure's tables
Take = Callable[[Structure, TransitionInstance], Structure]
LOGS: frozenset[type] = frozenset({Delivered, Installed})


class DifferenceError(Exception):
    """The system does what the model cannot; the text says what."""


class SimulationRelation(Interface):
    """How one family of protocols is related to `model`. Its methods raise DifferenceError."""

    model: Model

    def begin(self, system: System) -> Structure:
        """The structure of the state in which runs begin."""

    def follow(self, structure: Structure, system: System, action: Action, take: Take) -> Structure:
        """Take the actions of the model that `action` is, one after the other; none where the model sees nothing of it."""

    def compare(self, structure: Structure, system: System) -> None:
        """`system` shows what `structure` says."""

    def compare_step(self, old: Structure, new: Structure, system: System, action: Action) -> None:
        """What `action` sends is what the model sends."""


class PermissiveRelation:
    """A relation to a model that permits more than the protocol does: what is queued must be permitted, but need not be."""

    def __init__(self, model: Model, semantics: Semantics, store: TableStore) -> None:
        self.model, self.semantics, self.store = model, semantics, store
        self.symbols = model.vocabulary.symbols

    def rows(self, structure: Structure, name: str) -> frozenset[TableRow]:
        """All rows of `name`."""
        return structure.tables[self.symbols[name]].rows

    def where(self, structure: Structure, name: str, **known: Hashable) -> list[TableRow]:
        """The rows of `name` with these values, by place: `p0` is the first."""
        places = tuple(int(place[1:]) for place in known)
        return structure.tables[self.symbols[name]].by(places).get(tuple(known.values()), [])

    def follow(self, structure: Structure, system: System, action: Action, take: Take) -> Structure:
        """A handler that a crash cuts short counts as whole: its process is never asked again."""
        match action:
            case Handle(node, event, outcome):
                return self.handled(structure, system, node, event, outcome, take)
            case Suspect(node, other, outcome):
                return self.handled(structure, system, node, Down(other), outcome, take)
        return structure

    def handled(self, structure: Structure, system: System, node: Node, event: Event, outcome: int, take: Take) -> Structure:
        """Take what the model makes of `node` handling `event`."""
        raise NotImplementedError

    def compare_step(self, old: Structure, new: Structure, system: System, action: Action) -> None:
        """Queues show what is sent."""


@dataclass(frozen=True, slots=True)
class LinkResult:
    """`pairs` of a system state and a structure were looked at, of `structures` different ones, and `steps` between them.

    `difference` says what is different, and `actions` lead there; both are empty where nothing is. `whole`: all was seen.
    """

    pairs: int
    structures: int
    steps: int
    whole: bool
    difference: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(slots=True)
class Linker:
    """Searches the pairs of `protocol` under `scenario` with the structures of `relation`, breadth first."""

    relation: SimulationRelation
    store: TableStore
    protocol: Protocol
    scenario: Scenario
    semantics: Semantics = field(init=False)
    interpreter: ModelInterpreter = field(init=False)
    clauses: ClauseChecker = field(init=False)
    moving: list[Symbol] = field(init=False)
    structures: dict[StructureKey, Structure] = field(default_factory=dict)
    taken: dict[tuple[StructureKey, TransitionInstance], Structure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        model = self.relation.model
        self.semantics = Semantics(self.protocol, self.scenario, LOGS)
        self.interpreter = ModelInterpreter(model, self.store)
        self.clauses = ClauseChecker([*model.invariants, *model.safety])
        self.moving = sorted((s for s in model.vocabulary.symbols.values() if not s.rigid), key=lambda s: s.name)

    def run(self, limit: int | None = None, tick: Callable[[str], None] = lambda _: None) -> LinkResult:
        """Search until all is seen, `limit` pairs are, or a difference is found; `tick` hears how far it is."""
        start = self.semantics.initial()
        try:
            first = self._begun(start)
        except DifferenceError as error:
            return LinkResult(1, 1, 0, False, f"in the beginning, {error}")
        pairs: list[tuple[System, Structure]] = [(start, first)]
        parents: list[tuple[int, Action] | None] = [None]
        seen = {(start, self._key(first))}
        steps = 0
        for number, (system, structure) in enumerate(pairs):
            tick(f"{len(pairs):,} states, {len(pairs) - number:,} left, {len(self.structures):,} of the model")
            if limit is not None and len(pairs) >= limit:
                return self._without_difference(len(pairs), steps, structure, whole=False)
            for action in self.semantics.enabled(system):
                after = self.semantics.apply(system, action)
                steps += 1
                try:
                    then = self._step(structure, system, action, after)
                except DifferenceError as error:
                    path = (*_path(parents, number), action)
                    return LinkResult(len(pairs), len(self.structures), steps, False, str(error), path)
                pair = (after, self._key(then))
                if pair not in seen:
                    seen.add(pair)
                    pairs.append((after, then))
                    parents.append((number, action))
        return self._without_difference(len(pairs), steps, first, whole=True)

    def _without_difference(self, pairs: int, steps: int, structure: Structure, *, whole: bool) -> LinkResult:
        """What is known when no step differs. Of what is rigid all has turned up by now, so `structure` is any one."""
        broken = ClauseChecker(self.relation.model.axioms).falsified(structure)
        if broken is not None:
            clause, values = broken
            return LinkResult(pairs, len(self.structures), steps, False, f"axiom {told(clause, values)}")
        return LinkResult(pairs, len(self.structures), steps, whole)

    def _begun(self, start: System) -> Structure:
        first = self.relation.begin(start)
        refused = self.interpreter.unmet_init(first)
        if refused is not None:
            raise DifferenceError(f"the model does not begin like this: it demands that {refused.text}")
        first = self._known(first)
        self.relation.compare(first, start)
        return first

    def _step(self, structure: Structure, system: System, action: Action, after: System) -> Structure:
        then = self.relation.follow(structure, system, action, self._take)
        self.relation.compare_step(structure, then, system, action)
        self.relation.compare(then, after)
        return then

    def _take(self, structure: Structure, label: TransitionInstance) -> Structure:
        key = (self._key(structure), label)
        if key not in self.taken:
            name, values = label
            if not self.relation.model.knows(name):
                raise DifferenceError(f"the model knows no '{name}', which is what happens here")
            refused = self.interpreter.unmet_guard(structure, *label)
            if refused is not None:
                given = ", ".join(map(show, values))
                raise DifferenceError(f"the model does not allow '{name}' ({given}): it demands that {refused.text}")
            self.taken[key] = self._known(self.interpreter.successor(structure, *label))
        return self.taken[key]

    def _key(self, structure: Structure) -> StructureKey:
        return tuple(structure.tables[symbol].number for symbol in self.moving)

    def _known(self, structure: Structure) -> Structure:
        """The one object for `structure`, in which every invariant holds."""
        key = self._key(structure)
        if key not in self.structures:
            broken = self.clauses.falsified(structure)
            if broken is not None:
                clause, values = broken
                raise DifferenceError(told(clause, values))
            self.structures[key] = structure
        return self.structures[key]


def told(clause: Clause, values: Sequence[Hashable]) -> str:
    """That `clause` fails for `values`."""
    return f"'{clause.name}' does not hold of {show(tuple(values))}: {clause.text}"


def _path(parents: list[tuple[int, Action] | None], number: int) -> Iterator[Action]:
    """The actions that lead to the pair `number`."""
    found = []
    step = parents[number]
    while step is not None:
        number, action = step
        found.append(action)
        step = parents[number]
    return reversed(found)
