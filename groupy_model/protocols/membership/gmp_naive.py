"""gmp-naive: gmp3 without the majority rule. A leader waits for every member that it has not cut, and for nobody else.

With a perfect detector it keeps view-agreement and blocks less than gmp3: of two members, the survivor goes on. But
primary-partition is lost, and with it everything else when suspicions are wrong or the network splits: each side excludes the
other and continues with views of its own under the same numbers (split brain).

Source: Birman, GMS lecture.
"""

from __future__ import annotations

from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocols.membership.gmp2 import Member
from groupy_check.groupy_model.protocols.membership.gmp3 import Gmp3


class GmpNaive(Gmp3):
    """gmp3 without majorities: a leader waits for all that it has not cut. A process cut off from all forms its own group."""

    name = "gmp-naive"

    def enough(self, state: Member, who: frozenset[Node]) -> bool:
        return who >= frozenset(state.view.members) - state.cut
