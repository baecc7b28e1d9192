"""gmp-promise: any member may propose the next view; each member promises itself to one proposal, and remembers that on disk.

A member that learns of an end, or is asked for admission, proposes the next view to the members of the one in force. A member
PROMISES itself to the first proposal for a number that it hears, its own included, and answers no other one. With promises from
a majority the proposer installs the view and commits it. Two majorities share a member, so two views under one number need a
member that has promised itself twice.

A crash must not make it do so: the promise is written to stable storage BEFORE the answer is sent, as by the acceptor of
single-decree Paxos, and with it the view in force. A process that comes back installs the view that it finds there and keeps
its promise; what it had proposed itself it no longer pursues.

A proposal keeps a majority of the view before it; a member that would have to drop more waits.

Promised, whatever crashes, comes back, is falsely suspected, partitioned, lost, duplicated or reordered: what gmp2 promises,
about views alone. Not promised: accuracy under false suspicion, and any liveness, since proposals may compete for a majority
until none can have it.

Source: Lamport, "The part-time parliament", ACM TOCS 16(2), 1998; Cachin, Guerraoui, Rodrigues (2011), section 2.2.5.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from groupy_check.groupy_model.effects import Install, Monitor, Send, Store, View
from groupy_check.groupy_model.events import Down, Event, Join, Receive, Recover, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step, behind, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked, Joining
from groupy_check.groupy_model.show import show

NOBODY: frozenset[Node] = frozenset()


@dataclass(frozen=True, slots=True)
class Record:
    """In stable storage: the `view` in force, and the `promised` one for the next number, if any."""

    view: View
    promised: View | None = None

    def __str__(self) -> str:
        return f"[{self.view}; promised {show(self.promised) if self.promised else 'nothing'}]"


@dataclass(frozen=True, slots=True)
class Member:
    """`record`: as it is stored, or about to be. `down`: of whose end it has heard. `heard`: who has promised what it proposes
    itself; it proposes nothing while that is empty.
    """

    me: Node
    record: Record
    down: frozenset[Node] = NOBODY
    heard: frozenset[Node] = NOBODY

    @property
    def view(self) -> View:
        """The view in force."""
        return self.record.view


@dataclass(frozen=True, slots=True)
class Propose:
    """To a member: promise that `view` is the next one."""

    view: View

    def __str__(self) -> str:
        return f"propose {self.view}"


@dataclass(frozen=True, slots=True)
class Promise:
    """To the proposer: I promise to accept no other view than `view` under its number."""

    view: View

    def __str__(self) -> str:
        return f"promise {self.view}"


@dataclass(frozen=True, slots=True)
class Commit:
    """To the members of `view`: a majority of the view before it has promised."""

    view: View

    def __str__(self) -> str:
        return f"commit {self.view}"


class GmpPromise(Protocol):
    """Views by majority, proposed by anybody, with promises in stable storage: crashed members may come back."""

    name = "gmp-promise"
    source = 'Lamport, "The part-time parliament" (1998); Cachin, Guerraoui, Rodrigues (2011), section 2.2.5'
    claims: ClassVar[tuple[str, ...]] = ("view-agreement", "monotonic-views", "self-inclusion", "primary-partition")

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start():
                return self.enter(Member(me, Record(View(0, ()))), View(1, (me,)))
            case Idle(me), Join(contact):
                return Step(Joining(me), (Send(contact, JoinAsked(me)),))
            case Idle(me), Recover(Record() as record):
                return Step(Member(me, record), (Install(record.view), *map(Monitor, others(me, record.view))))
            case Joining(me), Receive(_, Commit(view)):
                return self.enter(Member(me, Record(View(0, ()))), view)
            case Member(), Down(node):
                return self.pursue(replace(state, down=state.down | {node}))
            case Member(), Receive(source, message):
                return self.receive(state, source, message)
        return None

    def receive(self, state: Member, source: Node, message: object) -> Outcome:
        match message:
            case JoinAsked(joiner):
                if joiner in state.view.members:
                    return Step(state)
                return None if state.record.promised else self.propose(state, (*state.view.members, joiner))
            case Propose(view) if view.id > state.view.id + 1:
                return None  # the view before it is on its way
            case Propose(view) if view.id == state.view.id + 1 and state.record.promised in (None, view):
                return self.promise(state, source, view)
            case Promise(view) if state.heard and view == state.record.promised:
                return self.count(replace(state, heard=state.heard | {source}))
            case Commit(view) if view.id > state.view.id:
                return self.enter(state, view)
        return Step(state)

    def propose(self, state: Member, members: Iterable[Node]) -> Step:
        """Propose a view of `members`, and promise itself to it."""
        view = View(state.view.id + 1, tuple(members))
        after = replace(state, record=replace(state.record, promised=view), heard=frozenset({state.me}))
        asked = broadcast(Propose(view), others(state.me, state.view))
        return behind((Store(after.record), *asked), self.count(after))

    def promise(self, state: Member, source: Node, view: View) -> Step:
        """Promise `source` that `view` is the next one: first on disk, then in a message."""
        after = replace(state, record=replace(state.record, promised=view))
        return Step(after, (Store(after.record), Send(source, Promise(view))))

    def count(self, state: Member) -> Step:
        """Install and commit what this process proposes if a majority has promised."""
        view, members = state.record.promised, state.view.members
        assert view is not None
        if 2 * len(state.heard.intersection(members)) <= len(members):
            return Step(state)
        return behind(broadcast(Commit(view), others(state.me, view)), self.enter(state, view))

    def enter(self, state: Member, view: View) -> Step:
        """Install `view`, and go on to one without those of its members that are down."""
        record, old = Record(view), state.view.members
        entered = Member(state.me, record, state.down)
        fresh = [node for node in others(state.me, view) if node not in old]
        return behind((Store(record), Install(view), *map(Monitor, fresh)), self.pursue(entered))

    def pursue(self, state: Member) -> Step:
        """Propose a view without those that are down, if that drops somebody, but no majority, and no promise is in the way."""
        members = state.view.members
        left = [node for node in members if node not in state.down]
        if state.record.promised or len(left) == len(members) or 2 * len(left) <= len(members):
            return Step(state)
        return self.propose(state, left)


def others(me: Node, view: View) -> list[Node]:
    """The members of `view` but `me`."""
    return [node for node in view.members if node != me]
