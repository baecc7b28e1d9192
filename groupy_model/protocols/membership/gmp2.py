"""gmp2: Birman's group membership protocol in two phases: the oldest member proposes each next view, a majority agrees.

The oldest member collects suspicions and requests to join, and proposes the next view, with any number of changes at once. A
member that receives the proposal permanently cuts the processes that it drops, and answers OK. With OKs from a majority of the
CURRENT view, its own included, the oldest member installs the view and commits it; with fewer it waits. A member that is
behind asks for what it missed.

Promised, whatever crashes, is falsely suspected, partitioned, lost, duplicated or reordered: view-agreement, monotonic-views,
self-inclusion, primary-partition. Only views are ordered; there is no multicast, so nothing is claimed about messages. Not
promised: accuracy (a falsely suspected process is excluded alive), completeness, and any liveness: when the oldest member
crashes or a majority cuts it, nobody takes its place and no further view comes (gmp3 repairs that); if one of two members
crashes, the other waits forever; and nothing is sent twice.

An excluded process learns of it if it can still hear the leader. It never comes back under its name: all that know of the
exclusion have cut that name for good. It rejoins under a new name, and since names are processes here, that is a process which
may still join. The newcomer asks the excluded one, which refers it to the process that excluded it and does nothing else.

Source: Birman, GMS lecture; Ricciardi and Birman, TR 91-1188 (1991).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from groupy_check.groupy_model.effects import Install, Monitor, Send, View
from groupy_check.groupy_model.events import Down, Event, Join, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step, behind, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked, Joining
from groupy_check.groupy_model.show import show

NOBODY: frozenset[Node] = frozenset()


@dataclass(frozen=True, slots=True)
class Proposal:
    """`by` wants `view` to be the next one."""

    view: View
    by: Node

    def __str__(self) -> str:
        return f"{self.view} by {self.by}"


@dataclass(frozen=True, slots=True)
class Member:
    """`views`: those it has installed. `cut`: the processes that it no longer listens to; it only grows. `pending`: the last
    proposal for the next view that it accepted. `heard`: if that is its own, the members that said OK. `joiners`: the processes
    that asked it for admission.
    """

    me: Node
    views: tuple[View, ...]
    cut: frozenset[Node] = NOBODY
    pending: Proposal | None = None
    heard: frozenset[Node] = NOBODY
    joiners: frozenset[Node] = NOBODY

    @property
    def view(self) -> View:
        """The view in force."""
        return self.views[-1]

    @property
    def proposing(self) -> bool:
        """Whether its own proposal is pending."""
        return self.pending is not None and self.pending.by == self.me


@dataclass(frozen=True, slots=True)
class Excluded:
    """It has learned from `by` that the group goes on without it. All it still does is refer its successor to `by`."""

    me: Node
    by: Node


@dataclass(frozen=True, slots=True)
class Report:
    """To the leader: I have cut `nodes`."""

    nodes: frozenset[Node]


@dataclass(frozen=True, slots=True)
class Propose:
    """From the leader: may this be the next view?"""

    proposal: Proposal

    def __str__(self) -> str:
        return f"propose {self.proposal}"


@dataclass(frozen=True, slots=True)
class Ok:
    """To the proposer: I accept view `number` as you proposed it."""

    number: int


@dataclass(frozen=True, slots=True)
class Commit:
    """The group has agreed on `views`, which follow one another."""

    views: tuple[View, ...]

    def __str__(self) -> str:
        return f"commit {show(self.views)}"


@dataclass(frozen=True, slots=True)
class Expelled:
    """To a process that is not in view `number`: the group goes on without you."""

    number: int


@dataclass(frozen=True, slots=True)
class Behind:
    """To the sender of a later view: the last view that I know is `number`, -1 for none."""

    number: int


@dataclass(frozen=True, slots=True)
class AskThere:
    """To a joiner: I have been excluded myself, ask `node`."""

    node: Node


class Gmp2(Protocol):
    """The oldest member commits views by majority; nobody takes its place. Whatever gmp3 or a mutant changes is a method."""

    name = "gmp2"
    claims: ClassVar[tuple[str, ...]] = ("view-agreement", "monotonic-views", "self-inclusion", "primary-partition")
    source = "Birman, GMS lecture; Ricciardi and Birman, TR 91-1188 (1991)"

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start():
                first = self.following(None, (me,))
                return Step(Member(me, (first,)), (Install(first),))
            case Idle(me), Join(contact):
                return Step(Joining(me), (Send(contact, JoinAsked(me)),))
            case Joining(), Receive(source, message):
                return self.joining(state, source, message)
            case Member(), Receive(source, message):
                return Step(state) if source in state.cut else self.receive(state, source, message)
            case Member(), Down(node):
                return self.suspect(state, frozenset({node}))
            case Excluded(_, by), Receive(_, JoinAsked(node)):
                return Step(state, (Send(node, AskThere(by)),))
            case Excluded(), Receive() | Down():
                return Step(state)
        return None

    def joining(self, state: Joining, source: Node, message: object) -> Outcome:
        match message:
            case Commit(views):
                return self.enter(state.me, source, [view for view in views if state.me in view.members])
            case AskThere(node):
                return Step(state, (Send(node, JoinAsked(state.me)),))
            case Report() | JoinAsked():
                return None
        return Step(state, (Send(source, Behind(-1)),))

    def enter(self, me: Node, source: Node, views: Sequence[View]) -> Step:
        if not views:
            return Step(Joining(me))
        monitors = [Monitor(node) for node in views[0].members if node != me]
        entered = self.learn(Member(me, (views[0],)), source, views[1:])
        return behind((Install(views[0]), *monitors), entered)

    def receive(self, state: Member, source: Node, message: object) -> Outcome:
        """The rules for messages from processes that are not cut."""
        match message:
            case Report(nodes):
                return self.suspect(state, nodes)
            case JoinAsked(node):
                return self.asked(state, node)
            case Propose(proposal):
                return self.proposed(state, source, proposal)
            case Ok(number) if state.pending is not None and state.proposing and number == state.pending.view.id:
                return self.lead(replace(state, heard=state.heard | {source}))
            case Commit(views):
                return self.learn(state, source, views)
            case Behind(number):
                return self.bring_up(state, source, number)
            case Expelled():
                return Step(Excluded(state.me, source))
        return Step(state)

    # --- the leader --------------------------------------------------------------------------------------------------

    def leader(self, state: Member) -> Node | None:
        """The leader in the eyes of `state`; None if it has cut the oldest member."""
        oldest = state.view.members[0]
        return None if oldest in state.cut else oldest

    def voters(self, view: View) -> tuple[Node, ...]:
        """The members of `view` that vote on its successor: all."""
        return view.members

    def enough(self, state: Member, who: frozenset[Node]) -> bool:
        """Whether `who` contains a majority of the voters of the view in force."""
        voters = frozenset(self.voters(state.view))
        return 2 * len(who & voters) > len(voters)

    def lead(self, state: Member) -> Step:
        """The step of a leader after any change: commit, propose, or wait."""
        if state.proposing:
            return self.commit(state) if self.enough(state, state.heard) else Step(state)
        staying = tuple(node for node in state.view.members if node not in state.cut)
        wanted = (*staying, *sorted(state.joiners))
        if wanted == state.view.members or not self.enough(state, frozenset(staying)):
            return Step(state)
        return self.propose(state, wanted)

    def propose(self, state: Member, members: tuple[Node, ...]) -> Step:
        proposal = Proposal(self.following(state.view, members), state.me)
        cut = state.cut | _dropped(state.view, proposal.view)
        after = Member(state.me, state.views, cut, proposal, frozenset({state.me}), state.joiners)
        others = [node for node in self.voters(state.view) if node != state.me and node not in cut]
        return behind(broadcast(Propose(proposal), others), self.lead(after))

    def following(self, older: View | None, members: tuple[Node, ...]) -> View:
        """The view with `members` that follows `older`; `older` is None for the very first view."""
        return View(0 if older is None else older.id + 1, members)

    def commit(self, state: Member) -> Step:
        assert state.pending is not None
        view = state.pending.view
        expelled = sorted(_dropped(state.view, view) - {state.me})
        tell = broadcast(Commit((view,)), [node for node in self.voters(view) if node != state.me])
        installed = self.install(state, view)
        effects = (*installed.effects, *tell, *broadcast(Expelled(view.id), expelled))
        return self.go_on(Step(installed.state, effects))

    # --- everybody ---------------------------------------------------------------------------------------------------

    def suspect(self, state: Member, nodes: frozenset[Node]) -> Step:
        """Cut `nodes` and tell the leader. A suspicion may be wrong, but is never withdrawn."""
        news = (nodes & frozenset(state.view.members)) - state.cut - {state.me}
        if not news:
            return Step(state)
        after = replace(state, cut=state.cut | news)
        leader = self.leader(after)
        if leader == after.me:
            return self.lead(after)
        report = Report(after.cut & frozenset(after.view.members))
        return Step(after, (Send(leader, report),) if leader is not None else ())

    def asked(self, state: Member, node: Node) -> Step:
        leader = self.leader(state)
        if leader == state.me and node not in state.cut | frozenset(state.view.members):
            return self.lead(replace(state, joiners=state.joiners | {node}))
        return Step(state, (Send(leader, JoinAsked(node)),) if leader not in (None, state.me) else ())

    def proposed(self, state: Member, source: Node, proposal: Proposal) -> Step:
        number = proposal.view.id
        if number <= state.view.id:
            return Step(state, (Send(source, Commit(_after(state, number - 1))),))
        if number > state.view.id + 1:
            return Step(state, (Send(source, Behind(state.view.id)),))
        return self.accept(state, source, proposal)

    def accept(self, state: Member, source: Node, proposal: Proposal) -> Step:
        cut = state.cut | _dropped(state.view, proposal.view)
        return Step(replace(state, cut=cut, pending=proposal), (Send(source, Ok(proposal.view.id)),))

    def learn(self, state: Member, source: Node, views: Sequence[View]) -> Step:
        """Install those of `views` that come next, or ask for the missing views before them."""
        step = Step(state)
        for view in views:
            if isinstance(step.state, Member) and view.id == step.state.view.id + 1:
                step = behind(step.effects, self.install(step.state, view))
        if step.state == state and views and views[0].id > state.view.id:
            return Step(state, (Send(source, Behind(state.view.id)),))
        return self.go_on(step)

    def install(self, state: Member, view: View) -> Step:
        if state.me not in view.members:
            return Step(Excluded(state.me, view.members[0]))
        monitors = [Monitor(node) for node in view.members if node not in state.view.members]
        cut, joiners = state.cut | _dropped(state.view, view), state.joiners - frozenset(view.members)
        return Step(Member(state.me, (*state.views, view), cut, joiners=joiners), (Install(view), *monitors))

    def go_on(self, step: Step) -> Step:
        """`step`, continued by what the process does if it leads the view that it has installed."""
        after = step.state
        return behind(step.effects, self.lead(after)) if isinstance(after, Member) and self.leader(after) == after.me else step

    def bring_up(self, state: Member, source: Node, number: int) -> Step:
        """Send `source` the views after `number`, and repeat any pending request to it."""
        missing = _after(state, number)
        return Step(state, (Send(source, Commit(missing)), *self.again(state, source)) if missing else ())

    def again(self, state: Member, source: Node) -> tuple[Send, ...]:
        """The pending request, once more for `source`; () if there is none."""
        asked = state.pending is not None and state.proposing and source in state.view.members
        return (Send(source, Propose(state.pending)),) if asked and state.pending is not None else ()


def _dropped(older: View, newer: View) -> frozenset[Node]:
    return frozenset(older.members) - frozenset(newer.members)


def _after(state: Member, number: int) -> tuple[View, ...]:
    return tuple(view for view in state.views if view.id > number)
