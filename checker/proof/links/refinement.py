"""The link between what is proved and what is executed: every step of the protocol is a step of its relational model.

The search visits pairs of a system state and a model state, a structure. A simulation relation, one per family of protocols,
says which structure a run starts with and which transitions of the model each executed action stands for. The model computes
the next structure itself, so the structure remembers what no system state shows any more, such as every message ever sent.
Three things are checked in every pair: the guard of the initial state and of each transition holds, the system state agrees
with the structure, and every invariant holds. In the end the axioms are checked too, on the rigid relations that the search has
met. All these formulas are the ones that are proved.

Source: Lynch, Vaandrager, "Forward and backward simulations, part I: untimed systems" (1995). What is checked here is a forward
simulation; whatever the structure remembers beyond the system state is a history variable.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
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

TransitionInstance = tuple[str, tuple[Hashable, ...]]  # the name of a transition, and the values of its parameters
StructureKey = tuple[int, ...]  # the numbers of the tables of a structure
Take = Callable[[Structure, TransitionInstance], Structure]
LOGS: frozenset[type] = frozenset({Delivered, Installed})


class DifferenceError(Exception):
    """The system does something that the model cannot do; the message says what."""


class SimulationRelation(Interface):
    """How the states and actions of one family of protocols correspond to `model`. The methods raise DifferenceError."""

    model: Model

    def begin(self, system: System) -> Structure:
        """The structure that corresponds to the initial state `system`."""

    def follow(self, structure: Structure, system: System, action: Action, take: Take) -> Structure:
        """The structure after the transitions that `action` stands for, if any, each taken by `take`."""

    def compare(self, structure: Structure, system: System) -> None:
        """Check that `system` agrees with `structure`."""

    def compare_step(self, old: Structure, new: Structure, system: System, action: Action) -> None:
        """Check that `action` sends what the model sends between `old` and `new`."""


class RelationBase:
    """What all simulation relations share: the model and its symbols, and access to the tables of a structure by name."""

    def __init__(self, model: Model, semantics: Semantics, store: TableStore) -> None:
        self.model, self.semantics, self.store = model, semantics, store
        self.symbols = model.vocabulary.symbols

    def rows(self, structure: Structure, name: str) -> frozenset[TableRow]:
        """All rows of `name`."""
        return structure.tables[self.symbols[name]].rows

    def where(self, structure: Structure, name: str, **known: Hashable) -> list[TableRow]:
        """The rows of `name` with the given values at some places; `p0` is the first place."""
        places = tuple(int(place[1:]) for place in known)
        return structure.tables[self.symbols[name]].by(places).get(tuple(known.values()), [])


class PermissiveRelation(RelationBase):
    """A relation to a model that permits more than the protocol sends: a queued message must be permitted; none is required."""

    def follow(self, structure: Structure, system: System, action: Action, take: Take) -> Structure:
        """As in SimulationRelation; a handler cut short by a crash counts as whole, since its process takes no more steps."""
        match action:
            case Handle(node, event, outcome):
                return self.handled(structure, system, node, event, outcome, take)
            case Suspect(node, other, outcome):
                return self.handled(structure, system, node, Down(other), outcome, take)
        return structure

    def handled(self, structure: Structure, system: System, node: Node, event: Event, outcome: int, take: Take) -> Structure:
        """The structure after the transitions that `node` handling `event` stands for."""
        raise NotImplementedError

    def compare_step(self, old: Structure, new: Structure, system: System, action: Action) -> None:
        """Nothing to check: `compare` looks at the queues."""


@dataclass(frozen=True, slots=True)
class LinkResult:
    """How far the search came: the numbers of pairs, of different structures in them, and of steps between the pairs.

    `difference` says what differs, after `actions`; both are empty if nothing does. `whole`: no bound cut the search short.
    `untaken` names the transitions of the model that no step stood for: about these the search says nothing. `interrupted`: by
    Ctrl-C.
    """

    pairs: int
    structures: int
    steps: int
    whole: bool
    difference: str = ""
    actions: tuple[Action, ...] = ()
    untaken: tuple[str, ...] = field(default=(), compare=False)  # it follows from which steps there were
    interrupted: bool = False


@dataclass(slots=True)
class Linker:
    """Checks `relation` on the reachable states of `protocol` under `scenario`, breadth first, for a shortest difference."""

    relation: SimulationRelation
    store: TableStore
    protocol: Protocol
    scenario: Scenario
    semantics: Semantics = field(init=False)
    interpreter: ModelInterpreter = field(init=False)
    clauses: ClauseChecker = field(init=False)
    flexible: list[Symbol] = field(init=False)
    structures: dict[StructureKey, Structure] = field(default_factory=dict)
    taken: dict[tuple[StructureKey, TransitionInstance], Structure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        model = self.relation.model
        self.semantics = Semantics(self.protocol, self.scenario, LOGS)
        self.interpreter = ModelInterpreter(model, self.store)
        self.clauses = ClauseChecker([*model.invariants, *model.safety])
        self.flexible = sorted((s for s in model.vocabulary.symbols.values() if not s.rigid), key=lambda s: s.name)

    def run(self, limit: int | None = None, tick: Callable[[str], None] = lambda _: None) -> LinkResult:
        """The result of the search, which ends with the last pair, after `limit` pairs, at a difference, or by Ctrl-C.

        `tick` is told about the progress.
        """
        start = self.semantics.initial()
        try:
            first = self._begun(start)
        except DifferenceError as error:
            return LinkResult(1, 1, 0, False, f"in the initial state, {error}")
        pairs: list[tuple[System, Structure]] = [(start, first)]
        parents: list[tuple[int, Action] | None] = [None]
        seen = {(start, self._key(first))}
        steps = 0
        try:
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
        except KeyboardInterrupt:
            return replace(self._without_difference(len(pairs), steps, first, whole=False), interrupted=True)
        return self._without_difference(len(pairs), steps, first, whole=True)

    def _without_difference(self, pairs: int, steps: int, structure: Structure, *, whole: bool) -> LinkResult:
        """The result if no step differs and the axioms hold. All structures share the rigid relations, so any will do."""
        falsified = ClauseChecker(self.relation.model.axioms).falsified(structure)
        if falsified is not None:
            clause, values = falsified
            return LinkResult(pairs, len(self.structures), steps, False, f"axiom {failure_of(clause, values)}")
        taken = {name for _, (name, _) in self.taken}
        untaken = tuple(one.name for one in self.relation.model.transitions if one.name not in taken)
        return LinkResult(pairs, len(self.structures), steps, whole, untaken=untaken)

    def _begun(self, start: System) -> Structure:
        first = self.relation.begin(start)
        unmet = self.interpreter.unmet_init(first)
        if unmet is not None:
            raise DifferenceError(f"the model does not begin like this: it demands that {unmet.text}")
        first = self._known(first)
        self.relation.compare(first, start)
        return first

    def _step(self, structure: Structure, system: System, action: Action, after: System) -> Structure:
        then = self.relation.follow(structure, system, action, self._take)
        self.relation.compare_step(structure, then, system, action)
        self.relation.compare(then, after)
        return then

    def _take(self, structure: Structure, instance: TransitionInstance) -> Structure:
        key = (self._key(structure), instance)
        if key not in self.taken:
            name, values = instance
            if not self.relation.model.knows(name):
                raise DifferenceError(f"the model has no transition '{name}', which is what happens here")
            unmet = self.interpreter.unmet_guard(structure, *instance)
            if unmet is not None:
                given = ", ".join(map(show, values))
                raise DifferenceError(f"the model does not allow '{name}' ({given}): it demands that {unmet.text}")
            self.taken[key] = self._known(self.interpreter.successor(structure, *instance))
        return self.taken[key]

    def _key(self, structure: Structure) -> StructureKey:
        return tuple(structure.tables[symbol].number for symbol in self.flexible)

    def _known(self, structure: Structure) -> Structure:
        """The one object for `structure`. Raises DifferenceError if a clause fails in it."""
        key = self._key(structure)
        if key not in self.structures:
            falsified = self.clauses.falsified(structure)
            if falsified is not None:
                clause, values = falsified
                raise DifferenceError(failure_of(clause, values))
            self.structures[key] = structure
        return self.structures[key]


def failure_of(clause: Clause, values: Sequence[Hashable]) -> str:
    """A sentence that says that `clause` fails for `values`."""
    return f"'{clause.name}' does not hold for {show(tuple(values))}: {clause.text}"


def _path(parents: list[tuple[int, Action] | None], number: int) -> Iterator[Action]:
    """The actions on the way to the pair `number`."""
    found = []
    step = parents[number]
    while step is not None:
        number, action = step
        found.append(action)
        step = parents[number]
    return reversed(found)
