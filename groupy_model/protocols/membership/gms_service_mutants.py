"""gms-service with one rule about reports to clients broken per class."""

from __future__ import annotations

from groupy_check.groupy_model.effects import Send, View
from groupy_check.groupy_model.events import Event, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked
from groupy_check.groupy_model.protocols.membership.gmp2 import Member
from groupy_check.groupy_model.protocols.membership.gms_service import (
    SERVERS,
    GmsService,
    GroupViews,
    Server,
    confirmed_by,
    different,
)


class ReportsEarly(GmsService):
    """The leader reports a view of the group when it proposes it, not when it is committed.

    With FIFO channels and a perfect detector, a crash alone does not expose this: the proposals, sent before the report, reach
    all servers before the notice of the crash, and the server that takes over repeats them. A false suspicion does.
    """

    name = "gms-service~reports-early"

    def group_views(self, state: Server) -> tuple[View, ...]:
        match state.gmp:
            case Member(views=views, pending=pending, proposing=True) if pending is not None:
                return different((*views, pending.view))
        return super().group_views(state)


class NoResend(GmsService):
    """A server that takes over trusts that the old leader has informed all clients."""

    name = "gms-service~no-resend"

    def taken_over(self, before: Server, after: Server) -> Server:
        if self.leads(after) and not self.leads(before):
            for client, views in self.owed(after):
                after = confirmed_by(after, client, views[-1].id)
        return after


class AddressReused(GmsService):
    """Clients are told apart by address alone, and p5 runs at the address of p4, which has crashed: p5 is taken for p4.

    So when p5 asks for admission, it is sent the views that p4 has not confirmed yet, and what p4 has confirmed counts for p5.
    The model has no addresses: start p5 only after the crash of p4.
    """

    name = "gms-service~address-reused"

    def serve(self, state: Server, event: Event) -> Outcome:
        match state.gmp, event:
            case Member(view=table), Receive(_, JoinAsked(node)) if home(node) in table.members and self.leads(state):
                lacks = dict(self.owed(state)).get(home(node))
                return Step(state, (Send(node, GroupViews(lacks)),) if lacks else ())
        return super().serve(state, event)

    def on_confirm(self, state: Server, client: Node, number: int) -> Step:
        return super().on_confirm(state, home(client), number)


def home(client: Node) -> Node:
    """The first process that ran at the address of `client`."""
    return Node(SERVERS + 1) if client == SERVERS + 2 else client
