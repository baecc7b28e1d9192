"""gmp3 with one clause of the take-over left out or turned round in each: what every part of it is there for.

Wrong suspicions alone show `gmp3~no-majority`. The others need a proposal that drops nobody, so that the next candidate goes on
without having seen it: a join. `gmp3~oldest` needs five members besides (see gmp3).
"""

from __future__ import annotations

from dataclasses import replace

from groupy_model.gmp2 import Member, Proposal
from groupy_model.gmp3 import Gmp3, candidate, rank
from groupy_model.node import Node
from groupy_model.protocol import Step


class NoInquiry(Gmp3):
    """A candidate does not ask: it knows only what it has accepted itself."""

    name = "gmp3~no-inquiry"

    def inquire(self, state: Member) -> Step:
        return self.choose(candidate(state))


class NoCut(Gmp3):
    """Who answers a candidate does not cut the older ones: it may still say OK to what they propose."""

    name = "gmp3~no-cut"

    def inquired(self, state: Member, source: Node, number: int) -> Step:
        return replace(super().inquired(state, source, number), state=state)


class Forgets(Gmp3):
    """The candidate asks and forgets what it is told."""

    name = "gmp3~forgets-the-answer"

    def prefer(self, state: Member, other: Proposal | None) -> Proposal | None:  # noqa: ARG002 - the override is the bug
        return state.pending


class OldestFirst(Gmp3):
    """Of two proposals the candidate repeats the OLDEST proposer's: that is the one which the other has made impossible."""

    name = "gmp3~oldest"

    def prefer(self, state: Member, other: Proposal | None) -> Proposal | None:
        found = [proposal for proposal in (state.pending, other) if proposal is not None]
        return min(found, key=lambda proposal: rank(state, proposal), default=None)


class NoMajority(Gmp3):
    """One OK is enough, its own."""

    name = "gmp3~no-majority"

    def enough(self, state: Member, who: frozenset[Node]) -> bool:
        return bool(who & frozenset(state.view.members))


GMP_MUTANTS: tuple[type[Gmp3], ...] = (NoInquiry, NoCut, Forgets, OldestFirst, NoMajority)
