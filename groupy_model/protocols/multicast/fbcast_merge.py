"""fbcast-merge: when the network splits, each side goes on with a view of its own; when it has healed, they merge.

1. A multicast goes to all members of the view in force; its sender delivers it at once, the others when it arrives.
2. Each next view is proposed by the oldest member that is not known to have ended. A member that hears of it sends no more
   multicasts and sends FLUSH to all members of the next view: the view that it comes from, and all that its application has
   had. The proposer's FLUSH is the proposal, and anybody's tells of it. Of two proposals, the one with the higher number
   counts, of one number that of the older proposer.
3. A member with a FLUSH from every other one delivers what those that come with it from ITS view have delivered there, and
   installs the next view. If those that come from other views have had more, its application adopts that too: the union.

So a merge is a view change whose members come from several views, and so is a join. With each split, each side drops the other,
which it takes for dead: nobody can tell the two apart. So the oldest member of a side sends a PROBE to all that were dropped
whenever its timer expires, dead or not, and whoever leads a side answers. Of the two, the one with the lower name proposes a
view of both.

The state is what its payloads produce in whatever order, so that two states can be merged. An application for which that is
wrong needs a primary partition, as of gmp3 or gbcast.

FLUSH carries all that its sender has had, where a real system sends what may be missing: that keeps the model small.

Promised, with FIFO channels and no loss, whatever crashes, in a network that splits once and may heal: integrity, fifo, virtual
synchrony among those that move together, and after the merge the same state everywhere. Not promised: view-agreement, since
both sides count on from the last view that they had in common (v3 {p1,p2} and v3 {p3} are two views); accuracy, since who is
cut off is dropped alive; and agreement, since what one side delivers the other has only after a merge, and a network may never
heal. A request to join dies with the process that holds it.

A known fault: progress, where the network splits twice. Then there may be three sides, two of which propose a merge to the
third at once; it follows one of them, and the other waits for its FLUSH for ever (19 steps, `--partitions 2 --crashes 0
--messages 0`).

Sources: Moser, Amir, Melliar-Smith, Agarwal, "Extended virtual synchrony", ICDCS 1994; Dolev, Malki, "The Transis approach to
high availability cluster communication", CACM 39(4), 1996; Friedman, van Renesse, "Strong and weak virtual synchrony in Horus",
SRDS 1996.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from groupy_check.groupy_model.effects import (
    Adopt,
    CancelTimer,
    Deliver,
    Demonitor,
    Effect,
    Install,
    Monitor,
    Send,
    SetTimer,
    View,
)
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step, behind, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked, Joining
from groupy_check.groupy_model.protocols.multicast.fbcast_state import Data, Label
from groupy_check.groupy_model.show import show

NOBODY: frozenset[Node] = frozenset()
PROBE = "probe"  # the timer of who leads a side that has dropped somebody


@dataclass(frozen=True, slots=True)
class Flush:
    """To the members of `view`, from one that comes from the view `since` (None: from outside) and has had `log`."""

    view: View
    since: View | None
    log: tuple[Data, ...]

    def __str__(self) -> str:
        return f"flush {self.view} from {self.since or 'outside'} with {show(tuple(data.payload for data in self.log))}"


@dataclass(frozen=True, slots=True)
class Probe:
    """From who leads `view` to a process that is not in it: can you hear me?"""

    view: View

    def __str__(self) -> str:
        return f"probe from {self.view}"


@dataclass(frozen=True, slots=True)
class Member:
    """`latest`: the last view proposed; `current`: the one in force, None before its first.

    `log`: what its application has had. `ended`: the members of `latest` that are known to have ended, or to be cut off.
    `heard`: who has flushed for `latest`. `lost`: those that were members once, and are in no view of this side any more.
    """

    me: Node
    latest: View
    current: View | None = None
    log: tuple[Data, ...] = ()
    ended: frozenset[Node] = NOBODY
    heard: tuple[tuple[Node, Flush], ...] = ()
    lost: frozenset[Node] = NOBODY

    @property
    def settled(self) -> bool:
        """Whether the latest view is in force."""
        return self.latest == self.current

    @property
    def leads(self) -> bool:
        """Whether it is the oldest member that is not known to have ended."""
        return self.reporter == self.me

    @property
    def reporter(self) -> Node:
        """The oldest member that is not known to have ended."""
        return next(node for node in self.latest.members if node not in self.ended)

    @property
    def others(self) -> tuple[Node, ...]:
        """The other members of the latest view."""
        return tuple(node for node in self.latest.members if node != self.me)


class FbcastMerge(Protocol):
    """FIFO multicast whose sides go on in a partition, and merge when it has healed. What a mutant changes is a method."""

    name = "fbcast-merge"
    source = "Moser, Amir, Melliar-Smith, Agarwal (1994); Dolev and Malki (1996); Friedman and van Renesse (1996)"
    claims: ClassVar[tuple[str, ...]] = (
        "integrity", "validity", "fifo", "monotonic-views", "self-inclusion", "completeness", "virtual-synchrony",
        "same-view-delivery", "sending-view-delivery", "state-transfer", "progress", "termination",
    )  # fmt: skip

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start():
                return self.install(Member(me, View(0, (me,))))
            case Idle(me), Join(contact):
                return Step(Joining(me), (Send(contact, JoinAsked(me)),))
            case Joining(me), Receive(source, Flush(view) as flush) if me in view.members:
                return self.flushed(Member(me, View(-1, (me,))), source, flush)
            case Member(), Receive(source, message):
                return self.receive(state, source, message)
            case Member(), Down(node):
                return self.pursue(replace(state, ended=state.ended | ({node} & frozenset(state.latest.members))))
            case Member(), Multicast(payload) if state.settled:
                return self.multicast(state, payload)
            case Member(), Timeout():
                return self.probe(state)
        return None

    def receive(self, state: Member, source: Node, message: object) -> Outcome:
        match message:
            case Data():
                return self.arrived(state, message)
            case Flush(view) if state.me in view.members:
                return self.flushed(state, source, message)
            case Probe(view):
                return self.probed(state, source, view)
            case JoinAsked(node) if node not in state.latest.members:
                return self.asked(state, node)
        return Step(state)

    # --- multicasts --------------------------------------------------------------------------------------------------

    def multicast(self, state: Member, payload: object) -> Step:
        label = Label(state.latest.id, 1 + sum(data.label.sender == state.me for data in state.log), state.me)
        data = Data(label, payload)
        return behind(broadcast(data, state.others), had(state, data))

    def arrived(self, state: Member, data: Data) -> Outcome:
        """Deliver what was sent in the view in force. What was sent in the next waits, and of what is older a FLUSH tells."""
        if data in state.log or not self.of_view(state, data):
            return Step(state)
        return had(state, data) if state.settled else None

    def of_view(self, state: Member, data: Data) -> bool:
        """Whether `data` was sent in the latest view, by one that has not been cut off since."""
        sender = data.label.sender
        return data.label.view == state.latest.id and sender in state.latest.members and sender not in state.ended

    # --- the next view -----------------------------------------------------------------------------------------------

    def pursue(self, state: Member) -> Step:
        """Propose a view without those that have ended, if there are any and this process leads."""
        if not state.ended or not state.leads:
            return Step(state)
        return self.propose(state, tuple(node for node in state.latest.members if node not in state.ended))

    def propose(self, state: Member, members: tuple[Node, ...], above: int = 0) -> Step:
        """Propose a view of `members`, with a number above that of the latest and `above`."""
        after, effects = self.accept(state, View(max(state.latest.id, above) + 1, members))
        return behind(effects, self.advance(after))

    def accept(self, state: Member, view: View) -> tuple[Member, tuple[Effect, ...]]:
        """Flush for `view`, and watch those that are new in it."""
        known, newer = frozenset(state.latest.members) - state.ended, view.members
        gone = [node for node in state.latest.members if node not in newer]
        # Who was cut off may be back: it is watched anew. Of one that is dead the notice comes again.
        fresh = [node for node in newer if node not in known]
        after = replace(state, latest=view, ended=NOBODY, heard=())
        flush = Flush(view, state.current, state.log)
        return after, (*map(Demonitor, gone), *map(Monitor, fresh), *broadcast(flush, after.others))

    def flushed(self, state: Member, source: Node, flush: Flush) -> Step:
        """Count FLUSH for the latest view; one for a view that outranks it is the first news of that."""
        if flush.view != state.latest and self.outranks(flush.view, state.latest):
            if not self.acceptable(state, flush.view):
                return Step(state, (Send(source, Probe(state.latest)),) if source == flush.view.members[0] else ())
            after, effects = self.accept(state, flush.view)
            return behind(effects, self.flushed(after, source, flush))
        if flush.view != state.latest or state.settled:
            return Step(state)
        heard = tuple(sorted((*state.heard, (source, flush)), key=lambda entry: entry[0]))
        return self.advance(replace(state, heard=heard))

    def outranks(self, view: View, other: View) -> bool:
        """Whether `view` counts rather than `other`."""
        return (view.id, other.members[0]) > (other.id, view.members[0])

    def acceptable(self, state: Member, view: View) -> bool:
        """Whether `view`, which outranks the latest, is proposed by a member of that, or merges all of its members."""
        later, proposer = view.id > (state.current.id if state.current else -1), view.members[0]
        same_side = proposer in state.latest.members and proposer not in state.ended
        return later and (same_side or set(state.latest.members) <= set(view.members))

    def advance(self, state: Member) -> Step:
        """Install the latest view if all have flushed for it; else see to those of its members that have ended."""
        heard = {node for node, _ in state.heard}
        return self.install(state) if heard >= self.awaited(state) else self.pursue(state)

    def awaited(self, state: Member) -> frozenset[Node]:
        """Those whose FLUSH is awaited."""
        return frozenset(state.others)

    def install(self, state: Member) -> Step:
        """Deliver and adopt what others have had, and install the latest view."""
        together = [flush.log for _, flush in state.heard if state.current and flush.since == state.current]
        mine = union(state.log, *together)
        missing = tuple(data for data in mine if data not in state.log)
        log = self.merged(state, mine)
        adopted = (Adopt(tuple(data.payload for data in log)),) if log != mine or state.current is None else ()
        lost = (state.lost | frozenset(state.current.members if state.current else ())) - frozenset(state.latest.members)
        after = replace(state, current=state.latest, log=log, heard=(), lost=lost)
        effects = (*(Deliver(data.payload) for data in missing), *adopted, Install(state.latest), *timer(state, after))
        return behind(effects, self.pursue(after))

    def merged(self, state: Member, mine: tuple[Data, ...]) -> tuple[Data, ...]:
        """What the application is to have had when the latest view is installed; it has had `mine`."""
        return union(mine, *(flush.log for _, flush in state.heard))

    def asked(self, state: Member, node: Node) -> Outcome:
        """`node` asks for admission."""
        if not state.leads:
            return Step(state, (Send(state.reporter, JoinAsked(node)),))
        return self.propose(state, (*state.latest.members, node)) if state.settled else None

    # --- the other side ----------------------------------------------------------------------------------------------

    def probe(self, state: Member) -> Step:
        """Ask all that were dropped whether they can be heard again."""
        if not state.settled or not state.leads or not state.lost:
            return Step(state)
        return Step(state, (*broadcast(Probe(state.latest), sorted(state.lost)), SetTimer(PROBE)))

    def probed(self, state: Member, source: Node, view: View) -> Step:
        """`source` can be heard: answer or merge, if nothing else goes on here. If it refuses a merge, propose another."""
        mine = (state.current or state.latest).members
        if state.leads and not state.settled and source in state.latest.members and source not in mine:
            return self.propose(state, tuple(dict.fromkeys((*mine, *view.members))), view.id)
        if not state.settled or not state.leads or set(view.members) & set(mine):
            return Step(state)
        if self.proposes(state, source):
            return self.propose(state, (*state.latest.members, *view.members), view.id)
        return Step(state, (Send(source, Probe(state.latest)),))

    def proposes(self, state: Member, other: Node) -> bool:
        """Which of the two that lead proposes the merge."""
        return state.me < other


def had(state: Member, data: Data) -> Step:
    """Deliver `data`."""
    return Step(replace(state, log=union(state.log, (data,))), (Deliver(data.payload),))


def union(*logs: tuple[Data, ...]) -> tuple[Data, ...]:
    """All that is in `logs`, once, in order of labels."""
    return tuple(sorted({data for log in logs for data in log}, key=lambda data: data.label))


def timer(before: Member, after: Member) -> tuple[Effect, ...]:
    """The timer is armed while this process leads a side that has dropped somebody."""
    if after.lost and after.leads:
        return (SetTimer(PROBE),)
    return (CancelTimer(PROBE),) if before.lost else ()
