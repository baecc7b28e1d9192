"""gmp3: as gmp2, and the oldest member that is left takes over, in three phases: inquire, propose, commit.

A member that has cut all older ones becomes the candidate. Before it may choose, it asks every member that it has not cut.
Whoever answers cuts everyone older than the candidate FIRST, so that it says OK to no older proposal any more, and then tells
what it has accepted for the next view. With answers from a majority the candidate repeats what the YOUNGEST proposer
wanted, since that alone can have been committed unseen; without any it is free. The oldest member of a view need not ask:
nobody was before it. This is single-decree Paxos for each view: the ballot is seniority, the promise is the cut.

Promised, whatever crashes, is suspected falsely, parted, lost, repeated or overtaken: what gmp2 promises, about views alone.
Not promised: accuracy under false suspicion; completeness, and any liveness without a majority of the view in force that is
up, uncut and hears the candidate. The smaller side of a partition waits, also for ever, and never makes a view; so do
two that lose one.

Older processes are not asked, for what they say would be dropped as a message from who is cut. So two answers can differ only
where three members are younger than two that have proposed: among fewer than five, "youngest" and "oldest" are the same.

Source: Ricciardi and Birman, TR 91-1188 (1991); Birman, GMS lecture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from groupy_check.groupy_model.effects import Send
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast
from groupy_check.groupy_model.protocols.membership.gmp2 import Behind, Commit, Gmp2, Member, Proposal
from groupy_check.groupy_model.show import show


@dataclass(frozen=True, slots=True)
class Candidate(Member):
    """Asks what may have been agreed on; `heard` has answered, and `pending` is the youngest proposer's among the answers."""


@dataclass(frozen=True, slots=True)
class Inquire:
    """From a candidate in view `number`: what have you accepted for the next one?"""

    number: int


@dataclass(frozen=True, slots=True)
class Answer:
    """To the candidate: in view `number`, this."""

    number: int
    pending: Proposal | None

    def __str__(self) -> str:
        return f"answer {self.number}: {show(self.pending) if self.pending else 'nothing'}"


class Gmp3(Gmp2):
    """gmp2, and the oldest member left takes over after it has asked a majority. What a mutant changes has a method."""

    name = "gmp3"

    def leader(self, state: Member) -> Node | None:
        return next(node for node in state.view.members if node not in state.cut)

    def lead(self, state: Member) -> Step:
        if isinstance(state, Candidate):
            return self.choose(state) if self.enough(state, state.heard) else Step(state)
        if state.proposing or state.me == state.view.members[0]:
            return super().lead(state)
        return self.inquire(state)

    def inquire(self, state: Member) -> Step:
        others = [node for node in self.voters(state.view) if node != state.me and node not in state.cut]
        after = candidate(state)
        asked = broadcast(Inquire(state.view.id), others)
        return Step(after, asked) if others else self.lead(after)

    def choose(self, state: Candidate) -> Step:
        """A majority has answered: repeat what may have been committed, or choose freely."""
        return super().lead(state) if state.pending is None else self.propose(state, state.pending.view.members)

    def receive(self, state: Member, source: Node, message: object) -> Outcome:
        match message:
            case Inquire(number):
                return self.inquired(state, source, number)
            case Answer(number, pending):
                if not isinstance(state, Candidate) or number != state.view.id:
                    return Step(state)
                return self.lead(replace(state, pending=self.prefer(state, pending), heard=state.heard | {source}))
        return super().receive(state, source, message)

    def inquired(self, state: Member, source: Node, number: int) -> Step:
        if number < state.view.id:
            return Step(state, (Send(source, Commit(tuple(view for view in state.views if view.id > number))),))
        if number > state.view.id:
            return Step(state, (Send(source, Behind(state.view.id)),))
        return Step(promised(state, source), (Send(source, Answer(number, state.pending)),))

    def prefer(self, state: Member, other: Proposal | None) -> Proposal | None:
        """Of what `state` has found so far and `other`, the proposal of the younger proposer."""
        return max((state.pending, other), key=lambda found: rank(state, found))

    def accept(self, state: Member, source: Node, proposal: Proposal) -> Step:
        return super().accept(promised(state, source), source, proposal)

    def again(self, state: Member, source: Node) -> tuple[Send, ...]:
        if isinstance(state, Candidate) and source in state.view.members:
            return (Send(source, Inquire(state.view.id)),)
        return super().again(state, source)


def candidate(state: Member) -> Candidate:
    """`state` as a candidate that has heard itself only."""
    return Candidate(state.me, state.views, state.cut, state.pending, frozenset({state.me}), state.joiners)


def promised(state: Member, node: Node) -> Member:
    """`state`, which hears nobody older than `node` any more."""
    members = state.view.members
    older = members[: members.index(node)] if node in members else ()
    return replace(state, cut=state.cut | frozenset(older))


def rank(state: Member, found: Proposal | None) -> int:
    """Where the proposer stands in the view in force, the oldest at 0; -1 for no proposal."""
    return -1 if found is None else state.view.members.index(found.by)
