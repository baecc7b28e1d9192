"""abcast-token: the holder of a token multicasts, and numbers its multicasts; all deliver in the order of the numbers.

1. In each view there is one token. The oldest member has it first.
2. A member that is asked for a multicast and does not have the token keeps the payload and sends WANT to all.
3. While the holder knows of a member that wants the token, it passes it to the next member in order of age. Otherwise it keeps
   it: a token that circulates forever would only multiply the states.
4. The token says how many multicasts there have been in the view. A member takes it once it has delivered as many. Then it
   multicasts what it has kept, by fbcast, under the numbers that follow, and delivers it at once. That satisfies its WANT.
5. The others deliver number n once they have delivered n-1. So all deliver the same sequence, without gaps.
6. A token is lost only with its holder, or on its way to a member that crashes. Then there is a new view with a token of its
   own; a token of an earlier view no longer counts. A member that still wants to multicast says so again.

When the flush is over, all forget what comes after a gap: the missing number is lost with all that had it.

Promised: total and causal order, and what fbcast promises except delivery in the view in which the application asked: a kept
payload may be multicast in a later view. Not promised: the uniform properties, since nobody waits until others have the
message. Totem does so for "safe" delivery, until the token has gone round twice.

Source: Amir, Moser, Melliar-Smith, Agarwal, Ciarfella (1995), "The Totem single-ring ordering and membership protocol"; Chang
and Maxemchuk (1984).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from groupy_check.groupy_model.effects import Effect, Send, View
from groupy_check.groupy_model.events import Event, Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast
from groupy_check.groupy_model.protocols.multicast.fbcast import Fbcast
from groupy_check.groupy_model.protocols.multicast.fbcast_state import Data, Member
from groupy_check.groupy_model.protocols.multicast.view_reports import then


@dataclass(frozen=True, slots=True)
class Want:
    """To each other member: in view number `view` I have multicast `count` times and want to multicast again."""

    view: int
    count: int

    def __str__(self) -> str:
        return f"want the token of v{self.view} after my {self.count}"


@dataclass(frozen=True, slots=True)
class Token:
    """From the holder to the next: the token of view number `view`, in which there have been `count` multicasts."""

    view: int
    count: int

    def __str__(self) -> str:
        return f"token of v{self.view} after {self.count}"


@dataclass(frozen=True, slots=True)
class Ring(Member):
    """`holds`: this member has the token. `waiting`: the payloads that it multicasts when it gets the token.

    `wanted`: the others that want the token, each with the number of its multicasts when it said so.
    """

    holds: bool = False
    waiting: tuple[Hashable, ...] = ()
    wanted: frozenset[tuple[Node, int]] = frozenset()

    def wanting(self, more: Iterable[tuple[Node, int]] = ()) -> Ring:
        """The state with `more` members wanting the token, without those that have multicast since."""
        wanted = frozenset((node, count) for node, count in (*self.wanted, *more) if self.count(node) <= count)
        return replace(self, wanted=wanted)

    @property
    def total(self) -> int:
        """How many multicasts have been delivered in the view in force."""
        return sum(self.clock)

    @property
    def next_on_ring(self) -> Node:
        """The next younger member of the view in force; after the youngest comes the oldest."""
        assert self.view is not None
        members = self.view.members
        return members[(members.index(self.group.me) + 1) % len(members)]


class AbcastToken(Fbcast):
    """Totally ordered multicast with virtual synchrony, by a token."""

    name = "abcast-token"
    claims: ClassVar[tuple[str, ...]] = (
        *(name for name in Fbcast.claims if name != "sending-view-delivery"), "causal", "total-order", "prefix-order",
        "synchrony",
    )  # fmt: skip
    source = "Totem (Amir et al. 1995)"
    member = Ring

    # --- asking ------------------------------------------------------------------------------------------------------

    def ask(self, state: Any, event: Event) -> Outcome:
        match event:
            case Multicast(payload) if state.view and not state.wedged:
                return self.wish(state, payload)
        return None

    def wish(self, state: Ring, payload: Hashable) -> Step:
        """Keep `payload`, and multicast it now or announce that the token is wanted, unless that has been announced."""
        after = replace(state, waiting=(*state.waiting, payload))
        return self.serve(after) if state.holds else Step(after, () if state.waiting else self.wants(after))

    def wants(self, state: Ring) -> tuple[Send, ...]:
        """The messages that announce that this member wants the token."""
        return broadcast(Want(state.number, state.count(state.group.me)), state.group.others)

    # --- the token ---------------------------------------------------------------------------------------------------

    def receive(self, state: Any, source: Node, message: object) -> Outcome:
        match message:
            case Want(number, count):
                return self.for_view(state, number, then(Step(state.wanting([(source, count)])), self.pass_on))
            case Token(number, count):
                taken = self.serve(replace(state, holds=True)) if self.may_take(state, count) else None
                return self.for_view(state, number, taken)
        return super().receive(state, source, message)

    def for_view(self, state: Ring, number: int, outcome: Outcome) -> Outcome:
        """`outcome` if view `number` is in force; before, the message waits, and afterwards it does nothing."""
        if number > state.number:
            return None
        return outcome if number == state.number else Step(state)

    def may_take(self, state: Ring, count: int) -> bool:
        """Whether a token that has seen `count` multicasts can be taken: all of them are delivered here."""
        return state.total == count

    def serve(self, state: Ring) -> Step:
        """Multicast what was kept, then pass the token on if a member wants it. A wedged member does neither."""
        if state.wedged or state.view is None:
            return Step(state)
        multicasts = [partial(self.multicast, view=state.view, payload=payload) for payload in state.waiting]
        return then(Step(replace(state, waiting=())), *multicasts, self.pass_on)

    def pass_on(self, state: Ring) -> Outcome:
        if not state.holds or not state.wanted or state.wedged:
            return None
        token = Send(state.next_on_ring, Token(state.number, state.total))
        return Step(replace(state, holds=False), (token,))

    # --- multicasts --------------------------------------------------------------------------------------------------

    def stamp(self, state: Any) -> int:
        """The number of the next multicast of the view."""
        ring: Ring = state
        return ring.total + 1

    def deliverable(self, state: Any, data: Data) -> bool:
        return bool(data.stamp == state.total + 1)

    def hand_over(self, state: Any, data: Data) -> Step:
        """As in fbcast. The sender had the token, so its WANT may be satisfied."""
        return then(super().hand_over(state, data), lambda now: Step(now.wanting()))

    # --- views -------------------------------------------------------------------------------------------------------

    def take(self, state: Any, view: View) -> Step:
        return super().take(replace(state, holds=view.members[0] == state.group.me, wanted=frozenset()), view)

    def go_on(self, state: Any) -> Step:
        """The latest view is in force, with a new token."""
        return then(super().go_on(state), self.begin_again)

    def begin_again(self, state: Ring) -> Step:
        if state.holds:
            return self.serve(state)
        effects: tuple[Effect, ...] = self.wants(state) if state.waiting else ()
        return Step(state, effects)

    def begin(self, me: Node, view: View) -> Step:
        step = super().begin(me, view)
        assert isinstance(step.state, Ring)
        return replace(step, state=replace(step.state, holds=True))
