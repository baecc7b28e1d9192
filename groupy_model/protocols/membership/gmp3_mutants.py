"""gmp3 with one clause of the take-over removed or reversed per class: they show what every part of it is for.

False suspicions alone expose `gmp3~no-majority`. The others need a proposal that drops nobody, so that the next candidate
continues without having seen it: a join. `gmp3~oldest` also needs five members (see gmp3), and `gmp3~asks-once` two processes
that join at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.protocols.membership.gmp2 import Member, Proposal
from groupy_check.groupy_model.protocols.membership.gmp3 import Gmp3, candidate, rank


class NoInquiry(Gmp3):
    """A candidate asks nobody: it knows only what it has accepted itself."""

    name = "gmp3~no-inquiry"

    def inquire(self, state: Member) -> Step:
        return self.choose(candidate(state))


class NoCut(Gmp3):
    """A member that answers a candidate does not cut the older ones: it may still say OK to what they propose."""

    name = "gmp3~no-cut"

    def inquired(self, state: Member, source: Node, number: int) -> Step:
        return replace(super().inquired(state, source, number), state=state)


class Forgets(Gmp3):
    """The candidate asks, and forgets the answers."""

    name = "gmp3~forgets-the-answer"

    def prefer(self, state: Member, other: Proposal | None) -> Proposal | None:  # noqa: ARG002 - the override is the bug
        return state.pending


class OldestFirst(Gmp3):
    """Of two proposals, the candidate repeats the OLDEST proposer's: the one that the other has made impossible."""

    name = "gmp3~oldest"

    def prefer(self, state: Member, other: Proposal | None) -> Proposal | None:
        found = [proposal for proposal in (state.pending, other) if proposal is not None]
        return min(found, key=lambda proposal: rank(state, proposal), default=None)


class NoMajority(Gmp3):
    """A single OK suffices: the leader's own."""

    name = "gmp3~no-majority"

    def enough(self, state: Member, who: frozenset[Node]) -> bool:
        return bool(who & frozenset(state.view.members))


@dataclass(frozen=True, slots=True)
class Asked(Member):
    """It has committed a view of its own, after which it never asks again."""


class AsksOnce(Gmp3):
    """A candidate asks in the view in which it takes over, but not again in the views that it makes from then on.

    If one view adds several processes at once, majorities of the older and the newer view need not intersect: the older leader
    may have committed the next view with the new members alone, and the candidate has asked none of them.
    """

    name = "gmp3~asks-once"

    def install(self, state: Member, view: View) -> Step:
        step = super().install(state, view)
        after = step.state
        if not state.proposing or not isinstance(after, Member):
            return step
        return replace(step, state=Asked(after.me, after.views, after.cut, joiners=after.joiners))

    def inquire(self, state: Member) -> Step:
        return self.choose(candidate(state)) if isinstance(state, Asked) else super().inquire(state)
