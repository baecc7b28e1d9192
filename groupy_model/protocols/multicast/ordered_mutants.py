"""The ordered multicasts with one clause removed or reversed per class: they show what the clocks, tokens and rounds are for.

Source: design; that the clock starts afresh in each view is in Birman, Schiper, Stephenson (1991).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.events import Event
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step
from groupy_check.groupy_model.protocols.multicast.abcast import Abcast, Ordering, SetOrder
from groupy_check.groupy_model.protocols.multicast.abcast_token import AbcastToken, Ring
from groupy_check.groupy_model.protocols.multicast.cbcast import Cbcast
from groupy_check.groupy_model.protocols.multicast.fbcast_state import Copy, Data, Member
from groupy_check.groupy_model.protocols.multicast.gbcast import Bringer, Brought, Gbcast
from groupy_check.groupy_model.protocols.multicast.safe import Careful, Safe
from groupy_check.groupy_model.protocols.multicast.view_reports import NOBODY

# --- cbcast --------------------------------------------------------------------------------------------------------------


class SenderOnly(Cbcast):
    """Only the sender's own count in the vector time is checked."""

    name = "cbcast~sender-only"

    def seen(self, state: Member, data: Data) -> bool:  # noqa: ARG002 - the override is the bug
        return True


class CarriedOver(Cbcast):
    """The clock continues from one view to the next; a joiner's starts from zero."""

    name = "cbcast~carried-over"

    def take(self, state: Member, view: View) -> Step:
        step = super().take(state, view)
        assert isinstance(step.state, Member)
        return replace(step, state=replace(step.state, clock=tuple(state.count(node) for node in view.members)))


# --- abcast --------------------------------------------------------------------------------------------------------------


class ArrivalOrder(Abcast):
    """Multicasts that were never ordered are delivered in the order of their arrival."""

    name = "abcast~arrival-order"

    def left_over(self, state: Ordering) -> list[Data]:
        return list(state.waiting)


class OrdersNotEchoed(Abcast):
    """The flush echoes multicasts, but not ORDERs."""

    name = "abcast~orders-not-echoed"

    def echoed(self, state: Member, copy: Copy) -> frozenset[Node]:
        return NOBODY if isinstance(copy.data.payload, SetOrder) else super().echoed(state, copy)


class ImpatientHolder(AbcastToken):
    """The token is taken before everything that it has seen is delivered."""

    name = "abcast-token~impatient"

    def may_take(self, state: Ring, count: int) -> bool:  # noqa: ARG002 - the override is the bug
        return True


class TwoTokens(AbcastToken):
    """The holder of the token keeps it when a view is installed, in addition to the token of the new view."""

    name = "abcast-token~two-tokens"

    def take(self, state: Any, view: View) -> Step:
        step = super().take(state, view)
        assert isinstance(step.state, Ring)
        return replace(step, state=replace(step.state, holds=step.state.holds or state.holds))


# --- gbcast --------------------------------------------------------------------------------------------------------------


class Forgets(Gbcast):
    """A new reporter does not take over what the last one had reported."""

    name = "gbcast~forgets"

    def carried(self, state: Bringer) -> tuple[Brought, ...]:
        return tuple(brought for brought in super().carried(state) if brought.view > state.group.latest.id)


class GbcastWithoutHere(Gbcast):
    """The reporter brings a multicast as soon as it has the view in force itself."""

    name = "gbcast~without-here"

    def may_bring(self, state: Bringer) -> bool:
        return self.settled(state)


# --- safe ----------------------------------------------------------------------------------------------------------------


class Early(Safe):
    """A multicast is delivered as soon as it is ordered, without waiting for acknowledgements."""

    name = "safe~early"

    def stable(self, state: Careful) -> bool:  # noqa: ARG002 - the override is the bug
        return True


class WithoutReady(Safe):
    """A view is installed, and what the old one has left is delivered, as soon as all FLUSHes have arrived."""

    name = "safe~without-ready"

    def complete(self, state: Any) -> bool:
        return Abcast.complete(self, state)

    def advance(self, state: Any) -> Step:
        return Abcast.advance(self, state)


class SafeWithoutHere(Safe):
    """A member multicasts in a view that others may not have installed yet."""

    name = "safe~without-here"

    def ask(self, state: Any, event: Event) -> Outcome:
        return Abcast.ask(self, state, event)
