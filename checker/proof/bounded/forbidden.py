"""Safety properties for the solver: the pairs of local states that a property forbids in one run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import z3

from groupy_check.checker.native.tables.interning import Ids
from groupy_check.checker.native.tables.verdicts import seen_by
from groupy_check.checker.proof.bounded.local_transitions import LocalTables, Past
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import History, Life
from groupy_check.specs.property import Property


class Forbidden:
    """The pairs of local states that the property `wanted` forbids."""

    def __init__(self, tables: LocalTables, wanted: Property) -> None:
        self.tables, self.wanted = tables, wanted
        self.lives: Ids[Life] = Ids()
        self.seen: dict[tuple[Node, int], tuple[int, Past]] = {}
        self.verdicts: dict[tuple[int, int], bool] = {}
        self.together: dict[tuple[Past, Past], bool] = {}

    def broken(self, at: Mapping[tuple[Node, int], Any]) -> Any:
        """The proposition that some two processes violate the property; `at` says which local state each process is in."""
        found: dict[Node, dict[tuple[int, Past], list[Any]]] = defaultdict(lambda: defaultdict(list))
        for (node, number), here in at.items():
            found[node][self._life(node, number)].append(here)
        nodes = list(found)
        return z3.Or(*(self._pair(found[one], found[other]) for place, one in enumerate(nodes) for other in nodes[place:]))

    def _pair(self, ones: Mapping[tuple[int, Past], list[Any]], others: Mapping[tuple[int, Past], list[Any]]) -> Any:
        """The proposition that two lives contradict each other; lives that contradict the same others share one conjunction."""
        groups: dict[tuple[int, ...], list[Any]] = defaultdict(list)
        heres = [z3.Or(*here) for here in others.values()]
        for one, here in ones.items():
            enemies = tuple(place for place, other in enumerate(others) if self._contradict(*one, *other))
            groups[enemies].extend(here)
        return z3.Or(
            *(z3.And(z3.Or(*here), z3.Or(*(heres[place] for place in enemies))) for enemies, here in groups.items() if enemies)
        )

    def _life(self, node: Node, number: int) -> tuple[int, Past]:
        if (node, number) not in self.seen:
            state = self.tables.states[node][number]
            colour = state.worker.colour if state.worker else None
            life = Life(node, state.status, state.log, node <= self.tables.scenario.founders, colour)
            self.seen[node, number] = self.lives(seen_by(self.wanted.needs, life)), self.tables.pasts[node][number]
        return self.seen[node, number]

    def _contradict(self, one: int, past: Past, other: int, other_past: Past) -> bool:
        """Whether both can occur in one run, and the property forbids it."""
        if (past, other_past) not in self.together:
            self.together[past, other_past] = self.tables.possible(past | other_past)
        if not self.together[past, other_past]:
            return False
        if (one, other) not in self.verdicts:
            self.verdicts[one, other] = self._judged(self.lives.values[one], self.lives.values[other])
        return self.verdicts[one, other]

    def _judged(self, one: Life, other: Life) -> bool:
        if one.node == other.node and one != other:
            return False  # a process is in one state at a time
        hidden = frozenset(self.tables.nodes) - {one.node, other.node}
        lives = (one,) if one == other else (one, other)
        return self.wanted.judge(History(lives, at_rest=False, hidden=hidden)) is not None
