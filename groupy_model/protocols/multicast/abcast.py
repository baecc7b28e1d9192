"""abcast: fbcast in which the oldest member of the view, the sequencer, determines the order in which all deliver.

1. A multicast goes to all by fbcast and waits there. As soon as the sequencer has it, it sends ORDER for it, also by fbcast.
2. A member delivers in the order of the ORDERs, each multicast once it has arrived. The sender waits like all others.
3. The flush makes multicasts and ORDERs the same everywhere, since ORDERs are multicasts themselves. When it is over, all
   deliver what is left before the view: first what has been ordered, except what is lost with all that had it; then what has
   no ORDER, by the age of its sender and by number.

A wedged sequencer sends no ORDER. The sequencer of the next view orders the multicasts of that view.

Promised: total and causal order, and what fbcast promises. Not promised: the uniform properties. A member that delivers and
then crashes before others have the message, or is cut off before they have its ORDER, has delivered something that nobody else
delivers, or in another order. `safe` repairs that.

Source: design after the sequencer of ISIS (Birman, Schiper, Stephenson 1991) and of Amoeba (Kaashoek and Tanenbaum).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from groupy_check.groupy_model.effects import Deliver
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.protocols.multicast.fbcast import Fbcast
from groupy_check.groupy_model.protocols.multicast.fbcast_state import Data, Label, Member
from groupy_check.groupy_model.protocols.multicast.view_reports import then


@dataclass(frozen=True, slots=True)
class SetOrder:
    """By fbcast from the sequencer, in place of a payload (ORDER): the multicast `label` comes next."""

    label: Label

    def __str__(self) -> str:
        return f"order {self.label}"


@dataclass(frozen=True, slots=True)
class Ordering(Member):
    """`waiting`: multicasts that fbcast has handed over, not delivered yet; `orders`: those to deliver next, in order."""

    waiting: tuple[Data, ...] = ()
    orders: tuple[Label, ...] = ()

    def found(self, label: Label) -> Data | None:
        """The multicast `label` if it has arrived and is not delivered; else None."""
        return next((data for data in self.waiting if data.label == label), None)

    @property
    def sequencer(self) -> bool:
        """Whether this member orders the multicasts of the view in force."""
        return self.view is not None and self.view.members[0] == self.group.me


class Abcast(Fbcast):
    """Totally ordered multicast with virtual synchrony, by a sequencer."""

    name = "abcast"
    claims: ClassVar[tuple[str, ...]] = (*Fbcast.claims, "causal", "total-order", "prefix-order", "synchrony")
    source = "Birman, Schiper, Stephenson (1991)"
    member = Ordering

    def hand_over(self, state: Any, data: Data) -> Step:
        """What fbcast would deliver waits for its ORDER; an ORDER releases what waits."""
        after: Ordering = state.counted(data.label.sender)
        match data.payload:
            case SetOrder(label):
                return self.let_go(replace(after, orders=(*after.orders, label)))
        after = replace(after, waiting=(*after.waiting, data))
        if after.sequencer and not after.wedged and after.view:
            return self.multicast(after, after.view, SetOrder(data.label))
        return self.let_go(after)

    def let_go(self, state: Ordering) -> Step:
        """Deliver what is next, as long as it has arrived."""
        step = Step(state)
        while self.next_is_there(step.state):
            step = then(step, self.deliver_next)
        return step

    def next_is_there(self, state: Any) -> bool:
        """Whether the multicast to be delivered next has arrived."""
        return bool(state.orders) and state.found(state.orders[0]) is not None

    def deliver_next(self, state: Ordering) -> Step:
        """Deliver the first of `orders`; if it is lost, nothing."""
        data = state.found(state.orders[0])
        left = replace(state, orders=state.orders[1:])
        return self.delivered_all(left, () if data is None else (data,))

    def delivered_all(self, state: Ordering, several: Iterable[Data]) -> Step:
        """Deliver `several` of the waiting multicasts."""
        several = tuple(several)
        payloads = tuple(data.payload for data in several)
        waiting = tuple(data for data in state.waiting if data not in several)
        after = replace(state, waiting=waiting, state=(*state.state, *payloads))
        return Step(after, tuple(map(Deliver, payloads)))

    def boundary(self, state: Any) -> Step:
        """The flush is over: deliver all that is left, in an order that is the same for all members."""
        step = Step(state)
        for _ in state.orders:
            step = then(step, self.deliver_next)
        return then(step, lambda now: self.delivered_all(now, self.left_over(now)))

    def left_over(self, state: Ordering) -> list[Data]:
        """The multicasts that were never ordered, by the age of the sender, then by number."""
        members = state.view.members if state.view else ()
        return sorted(state.waiting, key=lambda data: (members.index(data.label.sender), data.label.number))
