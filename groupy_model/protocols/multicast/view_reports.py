"""Membership under an accurate detector: all members monitor each other, and the oldest surviving one reports each next view.

A view is REPORTED before it is installed; what happens in between is up to the protocol, which extends `WithMembership`. The
reporter is the oldest member of the last reported view that it does not know to be dead. It reports a view without the dead at
once, and one with a joiner as soon as the previous view is installed. When the reporter crashes, the next oldest builds on the
last report that it has heard, and its reports supersede the earlier ones. Views have increasing numbers, with one exception:
if only the dead, and survivors that go on without it, have heard a report, its number may be given to another view.

A process that is not in the last reported view is CUT: what it sends is dropped unread ("messages from the dead"), except its
request to join. A falsely suspected process is cut as well, and is not told.

The state is the smallest that suffices. A Down stays in the queue as long as it means nothing to its receiver: only the
reporter cares about younger members, every member cares about older ones. A request to join is forwarded and forgotten, so it
dies with the process that holds it; the joiner then waits forever, and never was a member.

For its views to agree whatever crashes, a protocol must install a view only once each of its members has heard the report.
Then a later reporter, being a member, knows every view that any process, dead or alive, has installed. Without false
suspicion, no majority is needed.

Source: Birman, GMS lecture ("age ranking", "messages from the dead", "report membership changes").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from groupy_check.groupy_model.effects import Demonitor, Effect, Monitor, Send, View
from groupy_check.groupy_model.events import Down, Event, Join, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked, Joining

NOBODY: frozenset[Node] = frozenset()


@dataclass(frozen=True, slots=True)
class Membership:
    """What `me` knows of the group: `latest`, the last reported view, and which members older than itself are `dead`."""

    me: Node
    latest: View
    dead: frozenset[Node] = NOBODY

    @property
    def reporter(self) -> Node:
        """The oldest member that is not known to be dead."""
        return next(node for node in self.latest.members if node not in self.dead)

    @property
    def others(self) -> tuple[Node, ...]:
        """The other members of the latest view, oldest first."""
        return tuple(node for node in self.latest.members if node != self.me)

    def moved(self, view: View) -> Membership:
        """The membership after the report of `view`."""
        return Membership(self.me, view, self.dead & frozenset(view.members))

    def follows(self, view: View) -> bool:
        """Whether `view` comes after the latest: with a higher number from the same reporter, or from a younger one."""
        reporter, latest = view.members[0], self.latest
        return view.id > latest.id if reporter == latest.members[0] else reporter in latest.members


@dataclass(frozen=True, slots=True)
class InGroup:
    """The local state of a process to which a view has been reported; a protocol adds its own fields."""

    group: Membership


class WithMembership(Protocol):
    """Starting, joining, crashing and cutting. A protocol implements the methods of the first part."""

    # --- what a protocol implements ----------------------------------------------------------------------------------

    def begin(self, me: Node, view: View) -> Step:
        """The step of `me`, which founds the group and is alone in `view`."""
        raise NotImplementedError

    def enter(self, me: Node, view: View) -> Step:
        """The step of `me`, which joins: `view` is the first that is reported to it."""
        raise NotImplementedError

    def reported(self, state: Any, view: View) -> Step:
        """The step on a report of `view`, by this process or another; it comes after the latest."""
        raise NotImplementedError

    def report_in(self, source: Node, message: object) -> View | None:
        """The view that `message` from `source` reports; None if it reports none."""
        raise NotImplementedError

    def telling(self, view: View, others: tuple[Node, ...]) -> tuple[Send, ...]:
        """What the reporter of `view` sends to its other members, unless `reported` sends it."""
        raise NotImplementedError

    def settled(self, state: Any) -> bool:
        """Whether the latest view is in force, so that joiners can be admitted."""
        raise NotImplementedError

    def receive(self, state: Any, source: Node, message: object) -> Outcome:
        """What else the message means; `source` is not cut, and any report in `message` has been handled already."""
        raise NotImplementedError

    def ask(self, state: Any, event: Event) -> Outcome:
        """The step on a request of the application."""
        raise NotImplementedError

    # --- the rules ---------------------------------------------------------------------------------------------------

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start():
                return self.begin(me, View(0, (me,)))
            case Idle(me), Join(contact):
                return Step(Joining(me), (Send(contact, JoinAsked(me)),))
            case Joining(me), Receive(source, message):
                return self.come_in(me, source, message)
            case InGroup(), Receive(_, JoinAsked(node)):
                return self.asked(state, node)
            case InGroup(), Receive(source, message):
                return self.received(state, source, message) if self.hears(state, source, message) else Step(state)
            case InGroup(), Down(node):
                return self.down(state, node)
            case InGroup(), _:
                return self.ask(state, event)
        return None

    def hears(self, state: Any, source: Node, message: object) -> bool:  # noqa: ARG002 - for protocols
        """Whether `source` is not cut."""
        return source in state.group.latest.members

    def awaits(self, state: Any, view: View) -> bool:
        """Whether a report of `view` is news."""
        group: Membership = state.group
        return group.follows(view)

    def come_in(self, me: Node, source: Node, message: object) -> Outcome:
        view = self.report_in(source, message)
        if view is None:
            return None
        entered = self.further(self.enter(me, view), source, message)
        return Step(entered.state, (*entered.effects, *_watched(view, (me,))))

    def received(self, state: InGroup, source: Node, message: object) -> Outcome:
        view = self.report_in(source, message)
        if view is not None and self.awaits(state, view):
            return self.further(self.hear(state, view), source, message)
        return self.receive(state, source, message)

    def further(self, step: Step, source: Node, message: object) -> Step:
        """`step`, which handled a report, and then what else the message that brought it means."""
        return then(step, lambda state: self.receive(state, source, message))

    def hear(self, state: InGroup, view: View) -> Step:
        older = state.group.latest.members
        step = self.reported(state, view)
        # If Down may overtake messages, the crash of the reporter may be known already.
        return then(Step(step.state, (*step.effects, *_watched(view, older), *_unwatched(view, older))), self.succeed)

    def asked(self, state: InGroup, node: Node) -> Outcome:
        """`node` asks for admission: the reporter admits it as soon as no change is in progress; all others forward."""
        group = state.group
        if node in group.latest.members:
            return Step(state)
        if group.reporter != group.me:
            return Step(state, (Send(group.reporter, JoinAsked(node)),))
        return self.report(state, (*group.latest.members, node)) if self.settled(state) else None

    def down(self, state: InGroup, node: Node) -> Outcome:
        group, members = state.group, state.group.latest.members
        if node not in members:
            return Step(state)
        if group.reporter != group.me and node not in members[: members.index(group.me)]:
            return None
        return self.succeed(replace(state, group=replace(group, dead=group.dead | {node})))

    def succeed(self, state: InGroup) -> Step:
        """Report the next view if a member has died and this is the oldest one left."""
        group = state.group
        if group.reporter != group.me or not group.dead:
            return Step(state)
        return self.report(state, tuple(node for node in group.latest.members if node not in group.dead))

    def report(self, state: InGroup, members: tuple[Node, ...]) -> Step:
        view = View(state.group.latest.id + 1, members)
        others = tuple(node for node in members if node != state.group.me)
        return then(Step(state, self.telling(view, others)), lambda now: self.hear(now, view))


def then(step: Step, *handlers: Callable[[Any], Outcome]) -> Step:
    """`step`, continued by each of `handlers` in turn in the state reached so far; one that answers None changes nothing."""
    for handler in handlers:
        further = handler(step.state)
        if isinstance(further, Step):
            step = Step(further.state, (*step.effects, *further.effects))
    return step


def _watched(view: View, known: tuple[Node, ...]) -> tuple[Effect, ...]:
    """Monitors for the members of `view` that are not in `known`."""
    return tuple(Monitor(node) for node in view.members if node not in known)


def _unwatched(view: View, known: tuple[Node, ...]) -> tuple[Effect, ...]:
    """Demonitors for the processes in `known` that are not in `view`."""
    return tuple(Demonitor(node) for node in known if node not in view.members)
