"""gbcast: a multicast that is ordered, with respect to everything, like a change of membership.

1. A member that is asked for a multicast sends it to the reporter, the oldest member, and keeps it until it is delivered.
2. When every member has told the reporter that the view is in force (HERE), the reporter accepts one request. It reports the
   next view, with the same members: its FLUSH carries the multicast. All flush as for any other view.
3. When the flush is over, all deliver the multicast, and then the view is in force. If it has the same members as the previous
   one, the application is not told of it.
4. The FLUSH of a reporter carries all multicasts that were reported and that it has not delivered: when a reporter crashes,
   the next one takes them over. Each is carried under the number of the view with which it was first reported: a process that
   has had that view has had the multicast.
5. When the reporter changes, every member sends what it keeps to the new one, once its first view is in force.

No member installs a view before all its members know what it brings, so whatever is delivered is known to all, and the next
reporter brings it again: the uniform properties hold, at the price of a flush per multicast. Without HERE, a dying process
could deliver in a view that no other ever installs. Messages in flight by other means (fbcast, and whatever extends it) are
delivered before or after the multicast by all alike, since the flush delivers them.

Promised: total and causal order, uniformly, and what fbcast promises except delivery in the view in which the application
asked.

Source: Birman and Joseph (1987), "Reliable communication in the presence of failures" (GBCAST); Birman, GMS lecture (flush).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from groupy_check.groupy_model.effects import Deliver, Install, Send, View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step
from groupy_check.groupy_model.protocols.multicast.fbcast import Fbcast
from groupy_check.groupy_model.protocols.multicast.fbcast_state import Flush, Member
from groupy_check.groupy_model.protocols.multicast.view_reports import NOBODY, then
from groupy_check.groupy_model.show import show


@dataclass(frozen=True, slots=True)
class Wish:
    """To the reporter: have the group deliver `payload`."""

    payload: Hashable

    def __str__(self) -> str:
        return f"gbcast {show(self.payload)}"


@dataclass(frozen=True, slots=True)
class Here:
    """To the reporter or to all: view number `view` is in force here."""

    view: int

    def __str__(self) -> str:
        return f"here in v{self.view}"


@dataclass(frozen=True, slots=True)
class Brought:
    """The multicast `payload` of `sender`, first reported with view number `view`, and delivered before it."""

    view: int
    sender: Node
    payload: Hashable

    def __str__(self) -> str:
        return f"{show(self.payload)} before v{self.view}"


@dataclass(frozen=True, slots=True)
class Bringing(Flush):
    """The FLUSH of a reporter, with the multicasts to be delivered."""

    brought: tuple[Brought, ...] = ()

    def __str__(self) -> str:
        return f"{Flush.__str__(self)} with {', '.join(map(show, self.brought))}"


@dataclass(frozen=True, slots=True)
class Bringer(Member):
    """`brings`: by number, what each view that is reported and not installed brings, if it brings anything.

    `own`: what this member has asked for and not delivered. `here`: if it is the reporter, the others with the view in force.
    """

    brings: tuple[tuple[int, tuple[Brought, ...]], ...] = ()
    own: tuple[Hashable, ...] = ()
    here: frozenset[Node] = NOBODY

    def due(self, number: int) -> tuple[Brought, ...]:
        """The multicasts that view `number` brings and that are not delivered here."""
        return tuple(brought for brought in dict(self.brings).get(number, ()) if brought.view > self.number)

    def bringing(self, number: int, brought: tuple[Brought, ...]) -> Bringer:
        """The state once view `number` is known to bring `brought`. Nothing is known of later views yet."""
        earlier = tuple((older, what) for older, what in self.brings if older < number)
        return replace(self, brings=(*earlier, (number, brought)) if brought else earlier)


class Gbcast(Fbcast):
    """Multicasts ordered like views."""

    name = "gbcast"
    claims: ClassVar[tuple[str, ...]] = (
        *(name for name in Fbcast.claims if name != "sending-view-delivery"),
        "causal", "total-order", "prefix-order", "uniform-agreement", "uniform-total-order", "synchrony",
    )  # fmt: skip
    source = "Birman and Joseph (1987)"
    member = Bringer

    # --- asking and reporting ----------------------------------------------------------------------------------------

    def multicast(self, state: Any, view: View, payload: Hashable) -> Step:
        after = replace(state, own=(*state.own, payload))
        if view.members[0] == state.group.me:
            return self.bring_own(after)
        return Step(after, (Send(view.members[0], Wish(payload)),))

    def may_bring(self, state: Bringer) -> bool:
        """Whether no change is in progress and all have the view in force."""
        return self.settled(state) and state.here == frozenset(state.group.others)

    def bring_own(self, state: Bringer) -> Step:
        """Bring what this member keeps, if allowed."""
        return self.bring(state, state.group.me, state.own) if state.own and self.may_bring(state) else Step(state)

    def bring(self, state: Bringer, sender: Node, payloads: tuple[Hashable, ...]) -> Step:
        """Report a view with the same members that brings `payloads`."""
        latest = state.group.latest
        brought = tuple(Brought(latest.id + 1, sender, payload) for payload in payloads)
        return self.report(state.bringing(latest.id + 1, brought), latest.members)

    def reported(self, state: Any, view: View) -> Step:
        """The step on a report of `view`; if this process reports it, it also decides what the view brings."""
        brought = self.carried(state) if view.members[0] == state.group.me else ()
        return super().reported(state.bringing(view.id, brought), view)

    def carried(self, state: Bringer) -> tuple[Brought, ...]:
        """All multicasts that are reported and not delivered here, the newest last."""
        return tuple(dict.fromkeys(brought for number, _ in state.brings for brought in state.due(number)))

    def flush_message(self, state: Any) -> Flush:
        flush = super().flush_message(state)
        brought = state.due(flush.view.id)
        return Bringing(flush.view, flush.path, brought) if brought else flush

    def receive(self, state: Any, source: Node, message: object) -> Outcome:
        match message:
            case Wish(payload):
                return self.bring(state, source, (payload,)) if self.may_bring(state) else None
            case Here(number) if number > state.number:
                return None
            case Here(number):
                return self.bring_own(replace(state, here=state.here | {source})) if number == state.number else Step(state)
            case Bringing(view, _, brought) if self.counts(state, view):
                return super().receive(state.bringing(view.id, brought), source, message)
        return super().receive(state, source, message)

    # --- delivering --------------------------------------------------------------------------------------------------

    def take(self, state: Any, view: View) -> Step:
        """Deliver what `view` brings; the application is told of the view only if its members have changed."""
        same = state.view is not None and state.view.members == view.members
        step = then(self.hand_out(state, view), partial(super().take, view=view))
        return replace(step, effects=tuple(effect for effect in step.effects if not (same and isinstance(effect, Install))))

    def hand_out(self, state: Bringer, view: View) -> Step:
        """Deliver what `view` brings. For a joiner, that is part of the state that it starts from."""
        later = tuple((number, what) for number, what in state.brings if number > view.id)
        after = replace(state, brings=later, here=NOBODY)
        if state.view is None:
            return Step(after)
        due = state.due(view.id)
        payloads = tuple(brought.payload for brought in due)
        mine = sum(brought.sender == state.group.me for brought in due)
        return Step(replace(after, own=state.own[mine:], state=(*state.state, *payloads)), tuple(map(Deliver, payloads)))

    # --- a new view --------------------------------------------------------------------------------------------------

    def install(self, state: Any, before: tuple[View, ...]) -> Step:
        step = super().install(state, before)
        reporter = state.group.latest.members[0]
        if reporter == state.group.me:
            return then(step, self.bring_own)
        changed = state.view is not None and state.view.members[0] != reporter
        return then(step, partial(self.here, changed=changed))

    def here(self, state: Bringer, *, changed: bool) -> Step:
        """Tell the reporter that the view is in force, and, if it is a new reporter, what the last one has not brought."""
        wishes = [Wish(payload) for payload in state.own] if changed else []
        reporter = state.group.latest.members[0]
        return Step(state, (Send(reporter, Here(state.number)), *(Send(reporter, wish) for wish in wishes)))
