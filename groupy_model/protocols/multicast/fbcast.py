"""fbcast: every member sends to all, and a flush before each view makes what was delivered in the old one the same everywhere.

1. A multicast goes to all members of the view, numbered per sender, and is delivered to the sender at once, to the others when
   it comes. A member keeps a copy as long as some other member of that view may lack it: the message is unstable.
2. When a view is reported (see `view_reports`), a member sends nothing new any more (it is wedged), hears nobody who
   is not in the view (it cuts them), echoes its copies to every member of the view that may lack them, and behind them sends
   FLUSH to all. Each report begins the flush again, and only a FLUSH for the LATEST view counts.
3. With a FLUSH from every other member it installs the view. All that any of them delivered in the old one has come before.
4. At that moment the state of the application is exactly what the old view has left. The oldest member that has a state sends
   it to the joiners. Everybody keeps a snapshot of it until they are known to have it, since the oldest may die.

When reports come fast, some members may have installed a view that others have not. So FLUSH says which views its sender has
installed (its path), and who is behind installs those too, in order, before the latest: the copies for it come with the same
flush. So a copy may not be forgotten because a later view is installed. A view that nobody alive has installed is skipped: who
has died may have installed it with a message that nobody alive has, since those whom it has not yet reached cut it.

A joiner sends FLUSH as everybody does, so that a view that is installed is known to all its members. It installs its first view
when the flush is over and the state has come, and then goes the way of the others from there. The state comes with the path
that led to it, since a member may be behind by more than the joiner's first view: if all others who had installed the view
before that are dead, only the joiner can say that it was installed. Without it the one behind would skip that view, and with it
what was delivered in it, which is in the joiner's state (the mutant `path-forgotten`).

The reporter's FLUSH is its report: one message instead of two. Others wait for FLUSHes in order of age, which changes nothing
but the number of states; echoes travel for themselves, since one that came inside a FLUSH would wait with it, and a later FLUSH
may overtake it (selective receive).

State transfer is a part of fbcast and no variant of it: without a state a joiner could not be said to agree with the others on
what the group has done, and the moment of the transfer is the moment at which the flush is over.

Promised, with an accurate detector, FIFO channels and no loss: virtual synchrony (the dead included), fifo, agreement among
those who survive, and what `claims` says of views. Not promised: any order between senders, and the uniform properties: when
the sender and all who have received it are dead, a message is erased even where it was delivered. Under false suspicion the
same goes for who is excluded alive.

For protocols that extend it, causal, total or safe; override

- `member`: the class of the local state, where it knows more than Member does, and `take`, where that begins anew in each view;
- `stamp`: what a multicast carries besides its number in the view;
- `flush_message`: what FLUSH carries besides;
- `deliverable`: may a copy that has come be handed over now? Of several, the one with the lowest label is;
- `hand_over`: what that means: deliver the payload and make it part of the state. Answers a Step whose state has `counted` it;
- `boundary`: what becomes of the copies of the view in force that are not delivered when its flush is over. Here nothing, so
  that all alike forget them: they depend on something that is lost with all who had it;
- `receive`: messages of its own, besides Data, Echo, Flush and State. What must be flushed goes out by `multicast` instead,
  and comes in by `hand_over`.

Source: Birman, GMS lecture ("flush protocol", "event ordering", "state transfer", "fbcast").
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from groupy_check.groupy_model.effects import Adopt, Deliver, Install, Send, View
from groupy_check.groupy_model.events import Event, Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast
from groupy_check.groupy_model.protocols.multicast.fbcast_state import Copy, Data, Echo, Flush, Label, Member, Snapshot, State
from groupy_check.groupy_model.protocols.multicast.view_reports import Membership, WithMembership, then


class Fbcast(WithMembership):
    """FIFO multicast with virtual synchrony, and state transfer. What an extension or a mutant changes has a method."""

    name = "fbcast"
    claims: ClassVar[tuple[str, ...]] = (
        "integrity", "validity", "agreement", "fifo", "view-agreement", "monotonic-views", "self-inclusion", "accuracy",
        "completeness", "virtual-synchrony", "same-view-delivery", "sending-view-delivery", "state-transfer", "progress",
        "termination",
    )  # fmt: skip
    source = "Birman, GMS lecture"
    member: ClassVar[type[Member]] = Member

    # --- what membership asks for ------------------------------------------------------------------------------------

    def begin(self, me: Node, view: View) -> Step:
        return Step(self.member(Membership(me, view), view, (0,), path=(view.id,)), (Install(view),))

    def enter(self, me: Node, view: View) -> Step:
        return self.flush(self.member(Membership(me, view)))

    def reported(self, state: Member, view: View) -> Step:
        older = (*state.superseded, state.group.latest) if state.wedged else ()
        # A younger reporter may give a number again: then nobody has installed the view that had it.
        superseded = tuple(other for other in older if other.id < view.id)
        return self.flush(replace(state, group=state.group.moved(view), superseded=superseded, flushed=()))

    def report_in(self, source: Node, message: object) -> View | None:
        return message.view if isinstance(message, Flush) and message.view.members[0] == source else None

    def telling(self, view: View, others: tuple[Node, ...]) -> tuple[Send, ...]:  # noqa: ARG002 - its FLUSH tells it
        return ()

    def settled(self, state: Member) -> bool:
        return not state.wedged

    def hears(self, state: Member, source: Node, message: object) -> bool:
        """Who is not cut; and a joiner, which may have heard the report that lets it in sooner than this member."""
        early = isinstance(message, Flush) and self.awaits(state, message.view)
        return early or super().hears(state, source, message)

    def awaits(self, state: Member, view: View) -> bool:
        """It comes after the latest, and lets nobody in again who is cut: what that one has sent is lost here."""
        cut = frozenset[Node]().union(*(known.members for known in state.known)) - frozenset(state.group.latest.members)
        return super().awaits(state, view) and not cut & frozenset(view.members)

    def ask(self, state: Member, event: Event) -> Outcome:
        match event:
            case Multicast(payload) if state.view and not state.wedged:
                return self.multicast(state, state.view, payload)
        return None

    def receive(self, state: Member, source: Node, message: object) -> Outcome:
        match message:
            case (Data() as data) | Echo(data):
                return self.accept(state, source, data)
            case Flush(view, path):
                return self.hear_flush(state, source, view, path)
            case State():
                return self.hear_state(state, message)
        return None

    # --- multicasts --------------------------------------------------------------------------------------------------

    def stamp(self, state: Member) -> Hashable:  # noqa: ARG002 - for extensions
        """What the next multicast of this member carries besides its number."""
        return None

    def multicast(self, state: Member, view: View, payload: Hashable) -> Step:
        label = Label(view.id, state.count(state.group.me) + 1, state.group.me)
        data = Data(label, payload, self.stamp(state))
        # Nobody may lack it: it is on its way to all. A sender that dies halfway can echo nothing anyway.
        return then(Step(state.kept(data, ()), broadcast(data, state.group.others)), self.drain)

    def accept(self, state: Member, source: Node, data: Data) -> Step:
        """`data` has come from `source`, which has it, as does its sender."""
        copy = next((copy for copy in state.copies if copy.data == data), None)
        if copy is not None:
            return Step(state.kept(data, copy.missing - {source}).tidied())
        if state.delivered(data.label):
            return Step(state)
        members = next((view.members for view in state.known if view.id == data.label.view), ())
        have = {state.group.me, data.label.sender, source}
        return self.drain(
            state.kept(data, (node for node in members if node in state.group.latest.members and node not in have))
        )

    def drain(self, state: Member) -> Step:
        """Hand over what is deliverable, until nothing is."""
        for copy in state.copies:
            label = copy.data.label
            if state.of_view(label) and not state.delivered(label) and self.deliverable(state, copy.data):
                return then(self.hand_over(state, copy.data), self.drain)
        return Step(state.tidied())

    def deliverable(self, state: Member, data: Data) -> bool:
        """`data`, multicast in the view in force and not delivered, may be delivered now: it is its sender's next."""
        return data.label.number == state.count(data.label.sender) + 1

    def hand_over(self, state: Member, data: Data) -> Step:
        """Deliver `data`."""
        after = replace(state.counted(data.label.sender), state=(*state.state, data.payload))
        return Step(after, (Deliver(data.payload),))

    # --- the flush ---------------------------------------------------------------------------------------------------

    def flush(self, state: Member) -> Step:
        """Echo what is unstable and send FLUSH, to one member after the other."""
        members = frozenset(state.group.latest.members)
        copies = tuple(replace(copy, missing=copy.missing & members) for copy in state.copies)
        effects: list[Send] = []
        for node in state.group.others:
            effects += [Send(node, Echo(copy.data)) for copy in copies if node in self.echoed(state, copy)]
            effects.append(Send(node, self.flush_message(state)))
        # Channels are reliable: who is sent a copy has it, as far as this process need care.
        left = tuple(replace(copy, missing=copy.missing - self.echoed(state, copy)) for copy in copies)
        return then(Step(replace(state, copies=left).tidied(), tuple(effects)), self.advance)

    def flush_message(self, state: Member) -> Flush:
        """FLUSH, for the latest view."""
        return Flush(state.group.latest, state.path)

    def echoed(self, state: Member, copy: Copy) -> frozenset[Node]:  # noqa: ARG002 - for mutants
        """To whom `copy` is echoed."""
        return copy.missing

    def hear_flush(self, state: Member, source: Node, view: View, path: tuple[int, ...]) -> Outcome:
        if not self.counts(state, view):
            return None if self.awaits(state, view) else Step(state)
        if state.group.others[len(state.flushed) :][:1] != (source,):
            return None
        return self.advance(replace(state, flushed=(*state.flushed, (source, path))))

    def counts(self, state: Member, view: View) -> bool:
        """A FLUSH for `view` is one for the latest view, which is not yet installed."""
        return state.wedged and view == state.group.latest

    def complete(self, state: Member) -> bool:
        """All the others have flushed for the latest view."""
        return len(state.flushed) == len(state.group.others)

    def advance(self, state: Member) -> Step:
        """Install the latest view if nothing is awaited any more; a joiner awaits a state besides."""
        if not state.wedged or state.view is None or not self.complete(state):
            return Step(state)
        return self.install(state, tuple(view for view in state.superseded if view.id in state.passed))

    # --- the view boundary -------------------------------------------------------------------------------------------

    def install(self, state: Member, before: tuple[View, ...]) -> Step:
        """Install the views `before`, which others have installed already, and then the latest."""
        step = Step(state)
        for view in before:
            step = then(step, self.boundary, partial(self.take, view=view), self.drain)
        return then(step, self.boundary, partial(self.take, view=state.group.latest), self.settle, self.go_on)

    def boundary(self, state: Member) -> Step:
        """What becomes of copies that the flush of the view in force has left undelivered: nothing, they are forgotten."""
        return Step(state)

    def take(self, state: Member, view: View) -> Step:
        """`view` is in force from now on."""
        after = replace(
            state, view=view, clock=(0,) * len(view.members), copies=self.retained(state, view), path=(*state.path, view.id)
        )
        return Step(self.snapshot(after, view), (Install(view),))

    def retained(self, state: Member, view: View) -> tuple[Copy, ...]:
        """The copies that are still needed in `view`: those for it or for later, and those that somebody may lack."""
        return tuple(copy for copy in state.copies if copy.data.label.view >= view.id or state.delivered(copy.data.label))

    def snapshot(self, state: Member, view: View) -> Member:
        """Keep the state of this moment for those members of `view` that have none, and for whom no earlier one is kept."""
        served = frozenset[Node]().union(*(kept.joiners for kept in state.snapshots))
        joiners = (self.stateless(state) & frozenset(view.members)) - served
        return replace(state, snapshots=(*state.snapshots, Snapshot(view.id, state.state, joiners))) if joiners else state

    def stateless(self, state: Member) -> frozenset[Node]:
        """The members of the latest view that had no state yet when they flushed for it."""
        return frozenset(node for node, path in state.flushed if not path)

    def settle(self, state: Member) -> Step:
        """The latest view is installed: forget the flush, and what nobody needs any more of snapshots and path."""
        stateless = self.stateless(state)
        needed = [replace(kept, joiners=kept.joiners & stateless) for kept in state.snapshots]
        snapshots = tuple(kept for kept in needed if kept.joiners)
        behind = [*(path[-1] for _, path in state.flushed if path), *(kept.view - 1 for kept in snapshots)]
        path = tuple(number for number in state.path if number > min([state.number - 1, *behind]))
        return Step(replace(state, superseded=(), flushed=(), snapshots=snapshots, path=path))

    def go_on(self, state: Member) -> Step:
        """The latest view is in force: send the joiners their state, then deliver what came early."""
        return then(Step(state, self.transfer(state)), self.drain)

    def transfer(self, state: Member) -> tuple[Send, ...]:
        """The oldest member that has a state sends each joiner that of the moment when it came in."""
        joiners = frozenset[Node]().union(*(kept.joiners for kept in state.snapshots))
        if next(node for node in state.group.latest.members if node not in joiners) != state.group.me:
            return ()
        return tuple(
            Send(node, State(kept.view, self.contents(state, kept), state.path_to(kept.view)))
            for kept in state.snapshots
            for node in sorted(kept.joiners)
        )

    def contents(self, state: Member, kept: Snapshot) -> tuple[Hashable, ...]:  # noqa: ARG002 - for mutants
        """What a joiner is sent for `kept`."""
        return kept.payloads

    def hear_state(self, state: Member, given: State) -> Outcome:
        """A joiner takes the state `given` when the flush is over, and goes the way of the others from its view on."""
        if state.view is not None:
            return Step(state)
        if not self.complete(state):
            return None
        passed = state.passed | {given.view}
        before = tuple(view for view in state.superseded if view.id >= given.view and view.id in passed)
        entered = replace(state, state=given.payloads, path=given.path)
        return then(Step(entered, (Adopt(given.payloads),)), partial(self.install, before=before))
