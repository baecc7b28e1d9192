"""gmp-promise with one clause wrong: what stable storage is for, and when it has to be written."""

from __future__ import annotations

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.protocols.membership.gmp_promise import GmpPromise, Member


class AnswersFirst(GmpPromise):
    """A member sends its promise before it writes it down: a crash between the two makes it promise itself twice."""

    name = "gmp-promise~answers-first"

    def promise(self, state: Member, source: Node, view: View) -> Step:
        step = super().promise(state, source, view)
        return Step(step.state, step.effects[::-1])
