"""unreliable-multicast: every member sends its multicasts to all others, within views, and nothing more is done.

A view is installed when it is reported, without any flush. A broadcast cut in half by a crash stays so: some members have the
message, the others never get it, and nobody can tell. Nor does the group agree on views: a view that a dying reporter has sent
to a single member is installed there, and its number is used again. That is what the flush of fbcast is for.

Promised: what a member that does not crash multicasts reaches all members that do not crash (the textbook's best-effort
broadcast), in the order in which it was sent. Not promised: agreement, virtual synchrony, delivery in one view, and, when
processes join and crash, agreement on views.

Source: Birman, GMS lecture ("unreliable multicast", "concerns if sender crashes").
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

from groupy_check.groupy_model.effects import Deliver, Install, Send, View
from groupy_check.groupy_model.events import Event, Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast
from groupy_check.groupy_model.protocols.multicast.view_reports import InGroup, Membership, WithMembership
from groupy_check.groupy_model.show import show


@dataclass(frozen=True, slots=True)
class Data:
    """From its sender: deliver `payload`."""

    payload: Hashable

    def __str__(self) -> str:
        return f"data {show(self.payload)}"


@dataclass(frozen=True, slots=True)
class Report:
    """From the reporter: `view` is the next one."""

    view: View

    def __str__(self) -> str:
        return f"report {self.view}"


class UnreliableMulticast(WithMembership):
    """Each member sends to all; whatever arrives is delivered, whatever is reported is installed."""

    name = "unreliable-multicast"
    claims: ClassVar[tuple[str, ...]] = (
        "integrity", "validity", "fifo", "self-inclusion", "accuracy", "completeness", "progress", "termination",
    )  # fmt: skip
    source = "Birman, GMS lecture"

    def begin(self, me: Node, view: View) -> Step:
        return self.enter(me, view)

    def enter(self, me: Node, view: View) -> Step:
        return Step(InGroup(Membership(me, view)), (Install(view),))

    def reported(self, state: InGroup, view: View) -> Step:
        return Step(InGroup(state.group.moved(view)), (Install(view),))

    def report_in(self, source: Node, message: object) -> View | None:  # noqa: ARG002 - only reporters send it
        return message.view if isinstance(message, Report) else None

    def telling(self, view: View, others: tuple[Node, ...]) -> tuple[Send, ...]:
        return broadcast(Report(view), others)

    def settled(self, state: InGroup) -> bool:  # noqa: ARG002 - a view is in force when it is reported
        return True

    def hears(self, state: InGroup, source: Node, message: object) -> bool:  # noqa: ARG002 - whatever arrives is delivered
        return True

    def receive(self, state: InGroup, source: Node, message: object) -> Outcome:  # noqa: ARG002 - from anybody
        return Step(state, (Deliver(message.payload),) if isinstance(message, Data) else ())

    def ask(self, state: InGroup, event: Event) -> Outcome:
        match event:
            case Multicast(payload):
                return Step(state, (*broadcast(Data(payload), state.group.others), Deliver(payload)))
        return None
