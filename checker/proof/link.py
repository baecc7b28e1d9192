"""The link between what is proved and what is executed: every step of the protocol is a step of its relational model.

The search goes over pairs of a system state and a structure of the model. A relation, one per family of protocols, says with
which structure a run begins and which actions of the model an executed action is; the model itself then makes the next
structure, so that it remembers what no system state shows any more: what was ever sent, who was admitted when. Three things
are looked at: each action's guard holds, the system shows exactly what the structure says, and every invariant holds. The
guards, the changes and the invariants are the very formulas that are proved.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Protocol as Interface

from checker.proof.finite import Performer, Sentences, Store, Structure
from checker.proof.language import Symbol
from checker.proof.model import Model
from checker.semantics import Semantics
from groupy_model.actions import Action
from groupy_model.observations import Delivered, Installed
from groupy_model.protocol import Protocol
from groupy_model.scenario import Scenario
from groupy_model.show import show
from groupy_model.system import System

Label = tuple[str, tuple[Hashable, ...]]
Key = tuple[int, ...]  # the numbers of a structure's tables
Take = Callable[[Structure, Label], Structure]
LOGS: frozenset[type] = frozenset({Delivered, Installed})


class DifferenceError(Exception):
    """The system does what the model cannot; the text says what."""


class Relation(Interface):
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


@dataclass(frozen=True, slots=True)
class Linked:
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

    relation: Relation
    store: Store
    protocol: Protocol
    scenario: Scenario
    semantics: Semantics = field(init=False)
    performer: Performer = field(init=False)
    sentences: Sentences = field(init=False)
    moving: list[Symbol] = field(init=False)
    structures: dict[Key, Structure] = field(default_factory=dict)
    taken: dict[tuple[Key, Label], Structure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        model = self.relation.model
        self.semantics = Semantics(self.protocol, self.scenario, LOGS)
        self.performer = Performer(model, self.store)
        self.sentences = Sentences([*model.invariants, *model.safety])
        self.moving = sorted((s for s in model.vocabulary.symbols.values() if not s.rigid), key=lambda s: s.name)

    def run(self, limit: int | None = None, tick: Callable[[str], None] = lambda _: None) -> Linked:
        """Search until all is seen, `limit` pairs are, or a difference is found; `tick` hears how far it is."""
        start = self.semantics.initial()
        try:
            first = self._known(self.relation.begin(start))
            self.relation.compare(first, start)
        except DifferenceError as error:
            return Linked(1, 1, 0, False, f"in the beginning, {error}")
        pairs: list[tuple[System, Structure]] = [(start, first)]
        parents: list[tuple[int, Action] | None] = [None]
        seen = {(start, self._key(first))}
        steps = 0
        for number, (system, structure) in enumerate(pairs):
            tick(f"{len(pairs):,} states, {len(pairs) - number:,} left, {len(self.structures):,} of the model")
            if limit is not None and len(pairs) >= limit:
                return Linked(len(pairs), len(self.structures), steps, False)
            for action in self.semantics.enabled(system):
                after = self.semantics.apply(system, action)
                steps += 1
                try:
                    then = self._step(structure, system, action, after)
                except DifferenceError as error:
                    path = (*_path(parents, number), action)
                    return Linked(len(pairs), len(self.structures), steps, False, str(error), path)
                pair = (after, self._key(then))
                if pair not in seen:
                    seen.add(pair)
                    pairs.append((after, then))
                    parents.append((number, action))
        return Linked(len(pairs), len(self.structures), steps, True)

    def _step(self, structure: Structure, system: System, action: Action, after: System) -> Structure:
        then = self.relation.follow(structure, system, action, self._take)
        self.relation.compare_step(structure, then, system, action)
        self.relation.compare(then, after)
        return then

    def _take(self, structure: Structure, label: Label) -> Structure:
        key = (self._key(structure), label)
        if key not in self.taken:
            name, values = label
            if not self.relation.model.knows(name):
                raise DifferenceError(f"the model knows no '{name}', which is what happens here")
            refused = self.performer.refused(structure, *label)
            if refused is not None:
                given = ", ".join(map(show, values))
                raise DifferenceError(f"the model does not allow '{name}' ({given}): it demands that {refused.text}")
            self.taken[key] = self._known(self.performer.take(structure, *label))
        return self.taken[key]

    def _key(self, structure: Structure) -> Key:
        return tuple(structure.tables[symbol].number for symbol in self.moving)

    def _known(self, structure: Structure) -> Structure:
        """The one object for `structure`, in which every invariant holds."""
        key = self._key(structure)
        if key not in self.structures:
            broken = self.sentences.broken(structure)
            if broken is not None:
                clause, values = broken
                raise DifferenceError(f"'{clause.name}' does not hold of {show(values)}: {clause.text}")
            self.structures[key] = structure
        return self.structures[key]


def _path(parents: list[tuple[int, Action] | None], number: int) -> Iterator[Action]:
    """The actions that lead to the pair `number`."""
    found = []
    step = parents[number]
    while step is not None:
        number, action = step
        found.append(action)
        step = parents[number]
    return reversed(found)
