"""The simulation relation between gms3-relay and its relational model."""

from __future__ import annotations

from collections.abc import Sequence

from groupy_check.checker.proof.finite_structures import Structure
from groupy_check.checker.proof.links.gms3 import Gms3Relation, NumberedSend, ViewContent, numbered
from groupy_check.checker.proof.links.refinement import TransitionInstance
from groupy_check.groupy_model.actions import Action, Handle
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocols.groupy.gms3 import Slave
from groupy_check.groupy_model.system import System

TAKES = ("take message", "take view")


class RelayRelation(Gms3Relation):
    """As for gms3-fixed, except that a crash can cut short a slave that relays a message, and a new leader repeats nothing."""

    def instances(self, structure: Structure, system: System, action: Action) -> list[TransitionInstance]:
        found = super().instances(structure, system, action)
        match action, found:
            case Handle(cut=int() as cut), [(name, values)] if name in TAKES:
                last = numbered(self.semantics.effects(system, action)[:cut])[-1].to
                return [(f"{name} cut", (*values, self.value(structure, "age", last)))]
        return found

    def taken_over(
        self,
        structure: Structure,
        old: Slave,
        last: Node | None,
        sends: Sequence[NumberedSend],  # noqa: ARG002
    ) -> TransitionInstance:
        b, r = self.value(structure, "age", old.me), self.value(structure, "age", old.leader)
        given = (old.me, old.leader, r, b, old.n, self.known(ViewContent(self.ages(structure, old.slaves))))
        if last is None:
            return "take over", (*given, old.n + 1)
        return "take over cut", (*given, self.value(structure, "age", last))
