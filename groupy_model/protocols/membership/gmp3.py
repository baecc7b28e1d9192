"""gmp3: gmp2, in which the oldest surviving member takes over, in three phases: inquire, propose, commit.

A member that has cut all older ones becomes the candidate. Before it may choose, it asks every member that it has not cut. A
member that answers FIRST cuts all members older than the candidate, so that it never again says OK to an older proposal, and
then reports what it has accepted for the next view. With answers from a majority, the candidate repeats what the YOUNGEST
proposer wanted, since only that can have been committed unseen; if there is no proposal, it is free. The oldest member of a
view need not ask: nobody was before it. This is single-decree Paxos for each view: the ballot is seniority, the promise is the
cut.

Promised, whatever crashes, is falsely suspected, partitioned, lost, duplicated or reordered: what gmp2 promises, about views
alone. Not promised: accuracy under false suspicion; completeness; and any liveness without a majority of the view in force
that is up, uncut and hears the candidate. The smaller side of a partition waits, possibly forever, and never forms a view; so
do two members that lose one.

Older processes are not asked, since the reply of a process that is cut would be dropped. So two answers can differ only if
three members are younger than two that have proposed: among fewer than five, "youngest" and "oldest" are the same.

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
    """It asks what may have been agreed on; `heard` have answered, `pending` is the youngest proposer's answer so far."""


@dataclass(frozen=True, slots=True)
class Inquire:
    """From a candidate in view `number`: what have you accepted for the next view?"""

    number: int


@dataclass(frozen=True, slots=True)
class Answer:
    """To the candidate: in view `number`, I have accepted `pending` for the next one."""

    number: int
    pending: Proposal | None

    def __str__(self) -> str:
        return f"answer {self.number}: {show(self.pending) if self.pending else 'nothing'}"


class Gmp3(Gmp2):
    """gmp2, in which the oldest member left takes over after asking a majority. Whatever a mutant changes is a method."""

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
        """The younger proposer's proposal of the two: what `state` has found so far and `other`."""
        return max((state.pending, other), key=lambda found: rank(state, found))

    def accept(self, state: Member, source: Node, proposal: Proposal) -> Step:
        return super().accept(promised(state, source), source, proposal)

    def again(self, state: Member, source: Node) -> tuple[Send, ...]:
        if isinstance(state, Candidate) and source in state.view.members:
            return (Send(source, Inquire(state.view.id)),)
        return super().again(state, source)


def candidate(state: Member) -> Candidate:
    """`state` as a candidate that has heard only itself."""
    return Candidate(state.me, state.views, state.cut, state.pending, frozenset({state.me}), state.joiners)


def promised(state: Member, node: Node) -> Member:
    """`state` with everybody older than `node` cut."""
    members = state.view.members
    older = members[: members.index(node)] if node in members else ()
    return replace(state, cut=state.cut | frozenset(older))


def rank(state: Member, found: Proposal | None) -> int:
    """The rank of the proposer in the view in force: 0 for the oldest member, -1 for no proposal."""
    return -1 if found is None else state.view.members.index(found.by)
