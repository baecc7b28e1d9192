"""fbcast: every member sends to all, and a flush before each view makes the deliveries in the old view the same everywhere.

1. A multicast goes to all members of the view, numbered per sender; the sender delivers it at once, the others when it
   arrives. A member keeps a copy as long as some other member of that view may lack it: the message is unstable.
2. When a view is reported (see `view_reports`), a member stops sending new messages (it is wedged), stops listening to
   processes that are not in the view (it cuts them), echoes its copies to every member of the view that may lack them, and
   then sends FLUSH to all. Each report restarts the flush, and only a FLUSH for the LATEST view counts.
3. Once it has a FLUSH from every other member, it installs the view. Everything that any of them delivered in the old view has
   arrived by then.
4. At that moment the state of the application is exactly what the old view has produced. The oldest member that has a state
   sends it to the joiners. All members keep a snapshot of it until they know that the joiners have it, since the oldest may
   crash.

When reports come fast, some members may have installed a view that others have not. So FLUSH lists the views that its sender
has installed (its path), and a member that is behind installs those too, in order, before the latest: the copies for them come
with the same flush. Hence installing a later view is no reason to discard a copy. A view that no surviving process has
installed is skipped: a dead process may have installed it with a message that no survivor has, since those that it had not yet
reached cut it.

A joiner sends FLUSH like all others, so that all members know a view before any installs it. It installs its first view when
the flush is over and the state has arrived, and from there follows the others. The state comes with the path that led to it,
since a member may be behind by more than the joiner's first view: if all others that had installed the previous view are dead,
only the joiner can say that it was installed. Without that path the member would skip the view, and what was delivered in it,
which is part of the joiner's state (the mutant `path-forgotten`).

The reporter's FLUSH is its report: one message instead of two. Members wait for FLUSHes in order of age, which changes nothing
but the number of states. Echoes are messages of their own: inside a FLUSH they would wait with it, and a later FLUSH may
overtake it (selective receive).

State transfer is a part of fbcast, not a variant: without a state, a joiner could not be said to agree with the others on what
the group has done, and the moment of the transfer is the end of the flush.

Promised, with an accurate detector, FIFO channels and no loss: virtual synchrony (for dead processes too), fifo, agreement
among the survivors, and what `claims` says about views. Not promised: any order between senders, and the uniform properties:
when the sender and all that have received it are dead, a message is erased even if some of them delivered it. Under false
suspicion, a process excluded alive is in the same position as a dead one.

Protocols that extend it (causal, total or safe order) override

- `member`: the class of the local state, if it needs more than Member, and `take`, if something starts afresh in each view;
- `stamp`: what a multicast carries besides its number in the view;
- `flush_message`: what FLUSH carries in addition;
- `deliverable`: may a copy that has arrived be handed over now? Of several, the one with the lowest label is;
- `hand_over`: what that means: deliver the payload and add it to the state. It returns a Step whose state has `counted` it;
- `boundary`: what becomes of undelivered copies of the view in force when its flush is over. Here nothing: all members forget
  them alike, since they depend on something that is lost with all that had it;
- `receive`: messages of its own, besides Data, Echo, Flush and State. What must be flushed goes out by `multicast` instead,
  and arrives by `hand_over`.

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
    """FIFO multicast with virtual synchrony and state transfer. Whatever an extension or a mutant changes is a method."""

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
        # A younger reporter may reuse a number: then nobody has installed the view that had it.
        superseded = tuple(other for other in older if other.id < view.id)
        return self.flush(replace(state, group=state.group.moved(view), superseded=superseded, flushed=()))

    def report_in(self, source: Node, message: object) -> View | None:
        return message.view if isinstance(message, Flush) and message.view.members[0] == source else None

    def telling(self, view: View, others: tuple[Node, ...]) -> tuple[Send, ...]:  # noqa: ARG002 - its FLUSH tells it
        return ()

    def settled(self, state: Member) -> bool:
        return not state.wedged

    def hears(self, state: Member, source: Node, message: object) -> bool:
        """Processes that are not cut, and a joiner, which may have heard the report that admits it before this member."""
        early = isinstance(message, Flush) and self.awaits(state, message.view)
        return early or super().hears(state, source, message)

    def awaits(self, state: Member, view: View) -> bool:
        """Whether `view` comes after the latest and readmits nobody that was cut: what such a process sent is lost here."""
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
        # Nobody may lack it: it is on its way to all. A sender that crashes halfway cannot echo anything anyway.
        return then(Step(state.kept(data, ()), broadcast(data, state.group.others)), self.drain)

    def accept(self, state: Member, source: Node, data: Data) -> Step:
        """`data` has arrived from `source`, which has it, as does its sender."""
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
        """Hand over whatever is deliverable, until nothing is."""
        for copy in state.copies:
            label = copy.data.label
            if state.of_view(label) and not state.delivered(label) and self.deliverable(state, copy.data):
                return then(self.hand_over(state, copy.data), self.drain)
        return Step(state.tidied())

    def deliverable(self, state: Member, data: Data) -> bool:
        """Whether `data`, of the view in force and not delivered, may be delivered now: it is its sender's next."""
        return data.label.number == state.count(data.label.sender) + 1

    def hand_over(self, state: Member, data: Data) -> Step:
        """Deliver `data`."""
        after = replace(state.counted(data.label.sender), state=(*state.state, data.payload))
        return Step(after, (Deliver(data.payload),))

    # --- the flush ---------------------------------------------------------------------------------------------------

    def flush(self, state: Member) -> Step:
        """Echo what is unstable and send FLUSH, to one member after another."""
        members = frozenset(state.group.latest.members)
        copies = tuple(replace(copy, missing=copy.missing & members) for copy in state.copies)
        effects: list[Send] = []
        for node in state.group.others:
            effects += [Send(node, Echo(copy.data)) for copy in copies if node in self.echoed(state, copy)]
            effects.append(Send(node, self.flush_message(state)))
        # Channels are reliable: for this process, a member that has been sent a copy has it.
        left = tuple(replace(copy, missing=copy.missing - self.echoed(state, copy)) for copy in copies)
        return then(Step(replace(state, copies=left).tidied(), tuple(effects)), self.advance)

    def flush_message(self, state: Member) -> Flush:
        """The FLUSH for the latest view."""
        return Flush(state.group.latest, state.path)

    def echoed(self, state: Member, copy: Copy) -> frozenset[Node]:  # noqa: ARG002 - for mutants
        """The members to which `copy` is echoed."""
        return copy.missing

    def hear_flush(self, state: Member, source: Node, view: View, path: tuple[int, ...]) -> Outcome:
        if not self.counts(state, view):
            return None if self.awaits(state, view) else Step(state)
        if state.group.others[len(state.flushed) :][:1] != (source,):
            return None
        return self.advance(replace(state, flushed=(*state.flushed, (source, path))))

    def counts(self, state: Member, view: View) -> bool:
        """Whether `view` is the latest view and not yet installed, so that a FLUSH for it counts."""
        return state.wedged and view == state.group.latest

    def complete(self, state: Member) -> bool:
        """Whether all others have flushed for the latest view."""
        return len(state.flushed) == len(state.group.others)

    def advance(self, state: Member) -> Step:
        """Install the latest view once nothing more is awaited; a joiner also awaits a state."""
        if not state.wedged or state.view is None or not self.complete(state):
            return Step(state)
        return self.install(state, tuple(view for view in state.superseded if view.id in state.passed))

    # --- the view boundary -------------------------------------------------------------------------------------------

    def install(self, state: Member, before: tuple[View, ...]) -> Step:
        """Install the views `before`, which others have already installed, and then the latest."""
        step = Step(state)
        for view in before:
            step = then(step, self.boundary, partial(self.take, view=view), self.drain)
        return then(step, self.boundary, partial(self.take, view=state.group.latest), self.settle, self.go_on)

    def boundary(self, state: Member) -> Step:
        """What becomes of copies that the flush of the view in force leaves undelivered: nothing, they are forgotten."""
        return Step(state)

    def take(self, state: Member, view: View) -> Step:
        """`view` is in force from now on."""
        after = replace(
            state, view=view, clock=(0,) * len(view.members), copies=self.retained(state, view), path=(*state.path, view.id)
        )
        return Step(self.snapshot(after, view), (Install(view),))

    def retained(self, state: Member, view: View) -> tuple[Copy, ...]:
        """The copies that are still needed in `view`: those for it or a later view, and those that some member may lack."""
        return tuple(copy for copy in state.copies if copy.data.label.view >= view.id or state.delivered(copy.data.label))

    def snapshot(self, state: Member, view: View) -> Member:
        """Keep the current state for those members of `view` that have none and for which no earlier one is kept."""
        served = frozenset[Node]().union(*(kept.joiners for kept in state.snapshots))
        joiners = (self.stateless(state) & frozenset(view.members)) - served
        return replace(state, snapshots=(*state.snapshots, Snapshot(view.id, state.state, joiners))) if joiners else state

    def stateless(self, state: Member) -> frozenset[Node]:
        """The members of the latest view that had no state yet when they flushed for it."""
        return frozenset(node for node, path in state.flushed if not path)

    def settle(self, state: Member) -> Step:
        """The latest view is installed: forget the flush, and the parts of snapshots and path that nobody needs any longer."""
        stateless = self.stateless(state)
        needed = [replace(kept, joiners=kept.joiners & stateless) for kept in state.snapshots]
        snapshots = tuple(kept for kept in needed if kept.joiners)
        behind = [*(path[-1] for _, path in state.flushed if path), *(kept.view - 1 for kept in snapshots)]
        path = tuple(number for number in state.path if number > min([state.number - 1, *behind]))
        return Step(replace(state, superseded=(), flushed=(), snapshots=snapshots, path=path))

    def go_on(self, state: Member) -> Step:
        """The latest view is in force: send the joiners their state, then deliver what arrived early."""
        return then(Step(state, self.transfer(state)), self.drain)

    def transfer(self, state: Member) -> tuple[Send, ...]:
        """The oldest member that has a state sends each joiner the state of the moment when it was admitted."""
        joiners = frozenset[Node]().union(*(kept.joiners for kept in state.snapshots))
        if next(node for node in state.group.latest.members if node not in joiners) != state.group.me:
            return ()
        return tuple(
            Send(node, State(kept.view, self.contents(state, kept), state.path_to(kept.view)))
            for kept in state.snapshots
            for node in sorted(kept.joiners)
        )

    def contents(self, state: Member, kept: Snapshot) -> tuple[Hashable, ...]:  # noqa: ARG002 - for mutants
        """The state that a joiner is sent for `kept`."""
        return kept.payloads

    def hear_state(self, state: Member, given: State) -> Outcome:
        """A joiner adopts the state `given` when the flush is over, and follows the others from its view on."""
        if state.view is not None:
            return Step(state)
        if not self.complete(state):
            return None
        passed = state.passed | {given.view}
        before = tuple(view for view in state.superseded if view.id >= given.view and view.id in passed)
        entered = replace(state, state=given.payloads, path=given.path)
        return then(Step(entered, (Adopt(given.payloads),)), partial(self.install, before=before))
