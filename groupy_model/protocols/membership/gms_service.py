"""gms-service: three servers run gmp3 and maintain the membership of a group of clients, which only send requests and get
views.

The processes p1, p2 and p3 are the servers; all others are clients, members of one group. By the rules of gmp3 the servers
agree on a table: the serving processes, and the group's view. A client asks any server for admission, and the server that
reported to it last for removal. The servers vote, and monitor servers and clients alike. Their leader reports each committed
view of the group to the clients in it, again and again until each has confirmed it. A server that takes over reports
everything again, since it cannot know which clients have confirmed what. A client accepts views only in order, without a gap,
and ignores those that it already has.

What the views mean: a client's views are the group's, numbered from 1001, so that they cannot be confused with those of the
servers. A server, which is in no group that it serves, installs the set of serving processes, under the number of the table,
whenever that set changes.

Promised, whatever crashes, is falsely suspected, partitioned, lost, duplicated or reordered: view-agreement, monotonic-views
and self-inclusion, for the servers and for the group. So every client sees a contiguous part of one sequence of views. Not
promised: accuracy; completeness, when no majority of the servers is left; that a request is served, since nobody repeats it
and it dies with the server that was asked; that an excluded client learns of it. primary-partition holds for the servers
alone: the group may lose any number at once, and since the property takes all processes for one group, it is violated as soon
as a client has a view.

Sources: Birman, GMS lecture ("the GMS running the GMP, and using replicated data to track membership of other groups");
JGroups, ReliableViewInstallation (views are acknowledged).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from groupy_check.groupy_model.effects import CancelTimer, Effect, Install, Send, SetTimer, View
from groupy_check.groupy_model.events import Event, Join, Leave, Receive, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Outcome, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked
from groupy_check.groupy_model.protocols.membership.gmp2 import AskThere, Excluded, Expelled, Member, Report
from groupy_check.groupy_model.protocols.membership.gmp3 import Gmp3
from groupy_check.groupy_model.show import show

SERVERS = 3
BEFORE_THE_FIRST = 1000  # the number of the group's view while it has no member yet
RESEND_TIMER = "resend"


@dataclass(frozen=True, slots=True)
class Table(View):
    """What the servers agree on: `members` are the servers and then the clients, `group` is the clients' view."""

    group: View

    def __str__(self) -> str:
        return f"t{self.id} {{{','.join(map(str, servers(self)))}}} {self.group}"


@dataclass(frozen=True, slots=True)
class Server:
    """`gmp` is its state under gmp3; `confirmed` has, for each client that has confirmed a view to it, the last number."""

    gmp: Hashable
    confirmed: tuple[tuple[Node, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Client:
    """`view` is the group's, `by` the server that reported it; both are None until the client is admitted."""

    me: Node
    view: View | None = None
    by: Node | None = None


@dataclass(frozen=True, slots=True)
class GroupViews:
    """To a client: the views of its group that it may lack, in order."""

    views: tuple[View, ...]

    def __str__(self) -> str:
        return f"group views {show(self.views)}"


@dataclass(frozen=True, slots=True)
class Confirm:
    """From a client: I have installed the views up to `number`."""

    number: int


def servers(view: View) -> tuple[Node, ...]:
    """The members of `view` that are servers."""
    return tuple(node for node in view.members if node <= SERVERS)


def clients(view: View) -> tuple[Node, ...]:
    """The members of `view` that are clients."""
    return tuple(node for node in view.members if node > SERVERS)


class GmsService(Gmp3):
    """gmp3 among three servers that agree on the membership of a group of clients. Whatever a mutant changes is a method."""

    name = "gms-service"
    claims: ClassVar[tuple[str, ...]] = ("view-agreement", "monotonic-views", "self-inclusion")
    source = "Birman, GMS lecture; JGroups, ReliableViewInstallation"

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Join(contact) if me > SERVERS:
                return Step(Client(me), (Send(contact, JoinAsked(me)),))
            case Idle(), _:
                return self.serve(Server(state), event)
            case Client(), _:
                return self.client(state, event)
            case Server(Member(cut=cut)), Receive(source, Confirm(number)):
                return Step(state) if source in cut else self.on_confirm(state, source, number)
            case Server(), Timeout():
                return Step(state, self.reports(state))
            case Server(), _:
                return self.serve(state, event)
        return super().step(state, event)

    # --- the servers: gmp3 about tables ------------------------------------------------------------------------------

    def following(self, older: View | None, members: tuple[Node, ...]) -> View:
        """The next table. Servers come first, however old the clients are, so that seniority counts among servers alone."""
        plain = super().following(older, members)
        ordered = (*servers(plain), *clients(plain))
        group = older.group if isinstance(older, Table) else View(BEFORE_THE_FIRST, ())
        if clients(plain) != group.members:
            group = View(group.id + 1, clients(plain))
        return Table(plain.id, ordered, group)

    def voters(self, view: View) -> tuple[Node, ...]:
        return servers(view)

    def serve(self, state: Server, event: Event) -> Outcome:
        """The rules of gmp3, plus reports to the clients when they are due."""
        step = super().step(state.gmp, event)
        if not isinstance(step, Step):
            return step
        after = self.taken_over(state, replace(state, gmp=step.state))
        reports = self.reports(after) if self.due(state, after) else ()
        return Step(after, (*own_views(step.effects, state.gmp), *reports, *self.at_ease(state, after)))

    # --- the servers: reports ----------------------------------------------------------------------------------------

    def leads(self, state: Server) -> bool:
        return isinstance(state.gmp, Member) and self.leader(state.gmp) == state.gmp.me

    def taken_over(self, before: Server, after: Server) -> Server:  # noqa: ARG002 - for mutants
        """`after`, the state after a step from `before`, adjusted if this server has just become the leader."""
        return after

    def due(self, before: Server, after: Server) -> bool:
        """Whether the leader must report: the group has changed, or the leader has."""
        return self.leads(after) and (not self.leads(before) or self.group_views(before) != self.group_views(after))

    def group_views(self, state: Server) -> tuple[View, ...]:
        """The views of the group that may be reported: the committed ones."""
        return different(state.gmp.views) if isinstance(state.gmp, Member) else ()

    def owed(self, state: Server) -> Iterator[tuple[Node, tuple[View, ...]]]:
        """The clients that have not confirmed the last view, each with the views that it may lack."""
        confirmed, views = dict(state.confirmed), self.group_views(state)
        for client in views[-1].members if views else ():
            lacks = tuple(view for view in views if client in view.members and view.id > confirmed.get(client, 0))
            if lacks:
                yield client, lacks

    def waits(self, state: Server) -> bool:
        """Whether this server leads and some client has yet to confirm."""
        return self.leads(state) and any(self.owed(state))

    def reports(self, state: Server) -> tuple[Effect, ...]:
        sends = tuple(Send(client, GroupViews(views)) for client, views in self.owed(state))
        return (*sends, SetTimer(RESEND_TIMER)) if self.waits(state) else ()

    def at_ease(self, before: Server, after: Server) -> tuple[Effect, ...]:
        """Disarm the timer once all clients have confirmed."""
        return (CancelTimer(RESEND_TIMER),) if self.waits(before) and not self.waits(after) else ()

    def on_confirm(self, state: Server, client: Node, number: int) -> Step:
        after = confirmed_by(state, client, number)
        return Step(after, self.at_ease(state, after))

    # --- the clients -------------------------------------------------------------------------------------------------

    def client(self, state: Client, event: Event) -> Outcome:
        match event:
            case Receive(source, GroupViews(views)):
                return self.told(state, source, views)
            case Receive(source, Expelled()):
                return Step(Excluded(state.me, source))
            case Receive(_, AskThere(node)) if state.view is None:
                return Step(state, (Send(node, JoinAsked(state.me)),))
            case Receive(_, JoinAsked(node)):
                return None if state.by is None else Step(state, (Send(node, AskThere(state.by)),))
            case Leave() if state.by is not None:
                return Step(state, (Send(state.by, Report(frozenset({state.me}))),))
        return None

    def told(self, state: Client, source: Node, views: tuple[View, ...]) -> Step:
        """Install those of `views` that come next, and confirm."""
        installs: list[Effect] = []
        view = state.view
        for newer in views:
            if view is None or newer.id == view.id + 1:
                view = newer
                installs.append(Install(view))
        confirm = () if view is None else (Send(source, Confirm(view.id)),)
        return Step(Client(state.me, view, source), (*installs, *confirm))


def confirmed_by(state: Server, client: Node, number: int) -> Server:
    """`state` after `client` has confirmed the view `number`."""
    confirmed = dict(state.confirmed)
    confirmed[client] = max(number, confirmed.get(client, 0))
    return replace(state, confirmed=tuple(sorted(confirmed.items())))


def different(tables: Iterable[View]) -> tuple[View, ...]:
    """The distinct views of the group in `tables`, in order."""
    return tuple(dict.fromkeys(table.group for table in tables if isinstance(table, Table)))


def own_views(effects: tuple[Effect, ...], before: Hashable) -> Iterator[Effect]:
    """`effects`, in which each table to install is replaced by the view of its servers, if they have changed."""
    serving = servers(before.view) if isinstance(before, Member) else ()
    for effect in effects:
        if not isinstance(effect, Install):
            yield effect
        elif servers(effect.view) != serving:
            serving = servers(effect.view)
            yield Install(View(effect.view.id, serving))
