"""gmp-rejoin: a process that comes back after a crash is somebody else: it asks to be let in, as a new incarnation of its name.

gmp-promise remembers all that it has agreed to, and resumes as the member that it was. Here a process remembers only which
INCARNATION of its name it is, a number from 1, and whom it knew. When it comes back it takes the next number, writes it to
stable storage before it uses it, and asks everybody that it knew. Whatever its earlier self had agreed to binds only that one.

The oldest member that has not ended, the REPORTER, proposes each next view to all of its members, and commits it when all have
said Ok. So whoever takes over from it has heard of every view that anybody has installed. A view that drops somebody is
proposed at once, one that admits somebody only when the one before is in force.

Views, for the application, are made of names. So a process is never admitted while an earlier incarnation of it is a member: a
view without that name comes between, and tells all members that the process has lost what it knew. Members themselves say
p3#2, not p3, in all that they send and remember:

- who asks to be let in has lost its earlier incarnations. It may say so before the failure detector does;
- a notice that arrives too late, of the end of one that a view has dropped already, is not the end of its successor: the
  monitor is cancelled with the membership, and set anew with the next;
- a proposal or commit for an earlier incarnation is not for this one. It refuses that, and asks all members of that view to
  let it in: those that it did not know may have begun to watch it too late, and never hear of its crash.

Promised, with an accurate detector, FIFO channels and no loss, whatever crashes and comes back: view-agreement,
monotonic-views, self-inclusion, accuracy, completeness, and admission, also of those that come back. Not promised: anything
under false suspicion or in a partition, since no majority is asked; and a group of which all members have ended is not founded
again.

Source: Birman, GMS lecture (a process that was excluded comes back under a new name; here the number makes it new); Cachin,
Guerraoui, Rodrigues (2011), section 2.2.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from groupy_check.groupy_model.effects import Demonitor, Effect, Install, Monitor, Send, Store, View
from groupy_check.groupy_model.events import Down, Event, Join, Receive, Recover, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step, behind, broadcast


@dataclass(frozen=True, slots=True, order=True)
class Incarnation:
    """The `number`-th life of `node`, from 1."""

    node: Node
    number: int

    def __str__(self) -> str:
        return f"{self.node}#{self.number}"

    def precedes(self, other: Incarnation) -> bool:
        """Whether it is an earlier life of the same process."""
        return self.node == other.node and self.number < other.number


NOBODY: frozenset[Incarnation] = frozenset()


@dataclass(frozen=True, slots=True)
class Roster:
    """View number `id` as its members see it, oldest first: not only who is in it, but in which life."""

    id: int
    members: tuple[Incarnation, ...]

    @property
    def view(self) -> View:
        """As the application sees it."""
        return View(self.id, tuple(member.node for member in self.members))

    def __str__(self) -> str:
        return f"v{self.id} {{{','.join(map(str, self.members))}}}"


@dataclass(frozen=True, slots=True)
class Record:
    """In stable storage: which incarnation this is, and whom it `knew` besides itself."""

    number: int
    knew: tuple[Node, ...]

    def __str__(self) -> str:
        return f"[incarnation {self.number}, knew {','.join(map(str, self.knew)) or 'nobody'}]"


# --- messages ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Admit:
    """To a member, or from one to the reporter: let `who` in."""

    who: Incarnation

    def __str__(self) -> str:
        return f"admit {self.who}"


@dataclass(frozen=True, slots=True)
class Propose:
    """From the reporter, its oldest member, to the others: `roster` is to be the next view."""

    roster: Roster

    def __str__(self) -> str:
        return f"propose {self.roster}"


@dataclass(frozen=True, slots=True)
class Ok:
    """To the reporter: `by` has heard the proposal for view `number`."""

    number: int
    by: Incarnation

    def __str__(self) -> str:
        return f"ok v{self.number} from {self.by}"


@dataclass(frozen=True, slots=True)
class Commit:
    """From the reporter: all members of `roster` have said Ok."""

    roster: Roster

    def __str__(self) -> str:
        return f"commit {self.roster}"


# --- local states --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Applicant:
    """It has asked to be let in, and no proposal names it yet."""

    me: Incarnation


@dataclass(frozen=True, slots=True)
class Member:
    """`latest`: the last view proposed to it; `current`: the one in force, None before its first.

    `ended`: those of whose end it knows. `asking`: those that have asked to be let in, until a view with them is in force.
    `heard`: who has said Ok to its own proposal.
    """

    me: Incarnation
    latest: Roster
    current: Roster | None = None
    ended: frozenset[Incarnation] = NOBODY
    asking: frozenset[Incarnation] = NOBODY
    heard: frozenset[Incarnation] = NOBODY


class GmpRejoin(Protocol):
    """Membership that lets a process which comes back in anew, as another incarnation. What a mutant changes is a method."""

    name = "gmp-rejoin"
    source = "Birman, GMS lecture; Cachin, Guerraoui, Rodrigues (2011), section 2.2.5"
    claims: ClassVar[tuple[str, ...]] = (
        "view-agreement", "monotonic-views", "self-inclusion", "accuracy", "completeness", "admission",
    )  # fmt: skip

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(node), Start():
                me = Incarnation(node, 1)
                return self.install(Member(me, Roster(0, (me,))))
            case Idle(node), Join(contact):
                return self.apply_for(Incarnation(node, 1), (contact,))
            case Idle(node), Recover(Record(number, knew)):
                return self.apply_for(Incarnation(node, number + 1), knew)
            case Applicant(me), Receive(_, Propose(roster)) if self.concerns(me, roster):
                return self.accept(Member(me, Roster(-1, (me,))), roster)
            case Applicant(), Receive(_, Admit()):
                return None  # until it can pass that on
            case Applicant() | Member(), Receive(_, Propose(roster) | Commit(roster)) if names_earlier(state.me, roster):
                return Step(state, broadcast(Admit(state.me), (node for node in roster.view.members if node != state.me.node)))
            case Applicant(), Receive():
                return Step(state)
            case Member(), Receive(_, message):
                return self.receive(state, message)
            case Member(), Down(node):
                return self.learn(state, frozenset(member for member in state.latest.members if member.node == node))
        return None

    def receive(self, state: Member, message: object) -> Outcome:
        match message:
            case Admit(who):
                return self.asked(state, who)
            case Propose(roster) if self.concerns(state.me, roster) and follows(roster, state):
                return self.accept(state, roster) if ready(state, roster) else None
            case Ok(number, by) if state.latest.id == number and by in state.latest.members:
                return self.go_on(state, replace(state, heard=state.heard | {by}))
            case Commit(roster) if roster == state.latest != state.current:
                return self.install(state)
        return Step(state)  # it belongs to an earlier incarnation, or to a proposal that another has replaced

    def concerns(self, me: Incarnation, roster: Roster) -> bool:
        """Whether `roster` is meant for this incarnation."""
        return me in roster.members

    # --- coming in ---------------------------------------------------------------------------------------------------

    def apply_for(self, me: Incarnation, knew: tuple[Node, ...]) -> Step:
        """Ask all that `me` knows to let it in, once its number is on disk."""
        return Step(Applicant(me), (Store(Record(me.number, knew)), *broadcast(Admit(me), knew)))

    def asked(self, state: Member, who: Incarnation) -> Step:
        """`who` asks for admission, and so its earlier incarnations have ended. A request that is too old is refused."""
        known = (*(state.current.members if state.current else ()), *state.ended, *state.asking)
        if any(other.node == who.node and other.number >= who.number for other in known):
            return Step(state)
        asking = {other for other in state.asking if other.node != who.node} | {who}
        return self.go_on(state, replace(state, asking=frozenset(asking)))

    # --- what becomes known ------------------------------------------------------------------------------------------

    def learn(self, state: Member, ended: frozenset[Incarnation]) -> Step:
        """These have ended; what they asked for is forgotten."""
        return self.go_on(state, replace(state, ended=state.ended | ended, asking=state.asking - ended))

    def go_on(self, before: Member, after: Member) -> Step:
        """The step from `before` to `after`, and what follows from it: the reporter leads, others pass on to it who asks."""
        reporter = self.reporter(after)
        if reporter == after.me:
            return self.lead(after)
        told = before.asking if reporter == self.reporter(before) else NOBODY
        return Step(after, tuple(Send(reporter.node, Admit(who)) for who in sorted(after.asking - told)))

    def reporter(self, state: Member) -> Incarnation:
        """The oldest member that is not known to have ended."""
        return next(member for member in state.latest.members if not self.has_ended(state, member))

    def has_ended(self, state: Member, member: Incarnation) -> bool:
        """Whether the end of `member` is known; if only because its successor asks to be let in."""
        return member in state.ended or any(member.precedes(other) for other in state.asking)

    # --- the reporter ------------------------------------------------------------------------------------------------

    def lead(self, state: Member) -> Step:
        """Drop those that have ended; else commit what all have heard; else admit those that ask."""
        members = state.latest.members
        staying = tuple(member for member in members if not self.has_ended(state, member))
        if staying != members:
            return self.propose(state, staying)
        if state.latest != state.current:
            return self.commit(state) if state.heard >= set(others(state)) else Step(state)
        return self.propose(state, (*members, *sorted(state.asking))) if state.asking else Step(state)

    def propose(self, state: Member, members: tuple[Incarnation, ...]) -> Step:
        """Propose `members` for the next view."""
        after, watched = self.moved(state, Roster(state.latest.id + 1, members))
        asked = broadcast(Propose(after.latest), (other.node for other in others(after)))
        return behind((*watched, *asked), self.lead(after))

    def commit(self, state: Member) -> Step:
        installed = self.install(state)
        told = broadcast(Commit(state.latest), (other.node for other in others(state)))
        return behind((*installed.effects, *told), self.lead(in_force(state)))

    # --- everybody ---------------------------------------------------------------------------------------------------

    def accept(self, state: Member, roster: Roster) -> Step:
        """Say Ok to what the reporter proposes."""
        after, watched = self.moved(state, roster)
        return behind((*watched, Send(roster.members[0].node, Ok(roster.id, state.me))), self.go_on(state, after))

    def moved(self, state: Member, roster: Roster) -> tuple[Member, tuple[Effect, ...]]:
        """The state in which `roster` is the latest proposal, and the effects by which it watches the members of that."""
        fresh = frozenset(roster.members) - frozenset(state.latest.members)
        dropped = frozenset(state.current.members if state.current else ()) - frozenset(roster.members)
        # Who is admitted is watched from now on: if it has ended again, the notice comes at once.
        ended = (state.ended | dropped) - fresh
        return Member(state.me, roster, state.current, ended, state.asking), self.watching(state.latest, roster)

    def watching(self, older: Roster, newer: Roster) -> tuple[Effect, ...]:
        """Monitor the new members, and no longer those that are none any more: a notice of theirs that is queued vanishes."""
        gone = (Demonitor(member.node) for member in older.members if member not in newer.members)
        return (*gone, *(Monitor(member.node) for member in newer.members if member not in older.members))

    def install(self, state: Member) -> Step:
        """`latest` is in force."""
        knew = tuple(other.node for other in others(state))
        return Step(in_force(state), (Store(Record(state.me.number, knew)), Install(state.latest.view)))


def in_force(state: Member) -> Member:
    """`state` once the latest view is in force: whom that admits asks no longer."""
    return replace(state, current=state.latest, asking=state.asking - frozenset(state.latest.members))


def others(state: Member) -> tuple[Incarnation, ...]:
    """The other members of the latest proposal."""
    return tuple(member for member in state.latest.members if member != state.me)


def follows(roster: Roster, state: Member) -> bool:
    """Whether `roster` comes after the latest proposal: a later one of the same reporter, or one of a younger reporter."""
    reporter, latest = roster.members[0], state.latest
    return roster.id > latest.id if reporter == latest.members[0] else reporter in latest.members


def names_earlier(me: Incarnation, roster: Roster) -> bool:
    """Whether an earlier incarnation of `me` is in `roster`."""
    return any(member.precedes(me) for member in roster.members)


def ready(state: Member, roster: Roster) -> bool:
    """Whether `roster` can be accepted now: one that admits somebody waits until the view before is in force."""
    admits = not frozenset(roster.members) <= frozenset(state.latest.members)
    return not admits or state.current in (None, state.latest)
