"""swim with one clause wrong: what suspicion and incarnation numbers are for."""

from __future__ import annotations

from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.protocols.membership.swim import Health, Member, Opinion, Swim


class SameNumber(Swim):
    """Who is suspected says that it lives under the number that it has: nobody may believe it."""

    name = "swim~same-number"

    def refutation(self, suspicion: Opinion) -> Opinion:
        return Opinion(suspicion.node, suspicion.number)


class NoSuspicion(Swim):
    """Who does not answer is dead at once, and cannot refute that."""

    name = "swim~no-suspicion"

    def unanswered(self, state: Member, target: Node, health: Health) -> Step:  # noqa: ARG002 - whatever it may be
        return super().unanswered(state, target, Health.DEAD)


class DeathRefuted(Swim):
    """A confirmed death is refuted like a suspicion, and who was left out for good comes back."""

    name = "swim~death-refuted"

    def final(self, one: Opinion) -> bool:  # noqa: ARG002 - nothing is
        return False
