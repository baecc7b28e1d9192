"""fbcast with one clause removed or reversed per class: they show what every part of the flush and of the state transfer is
for.

`fbcast~echo-of-the-dead` is not a bug but a claim, and it holds: on reliable FIFO channels, what a living member has sent
needs no echo if copies are retained as long as that member may still crash. Without retention it fails:
`fbcast~echo-of-the-dead-only-once`.

Source: Birman, GMS lecture, which gives the reason for every part except the path.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from groupy_check.groupy_model.effects import Send, View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step
from groupy_check.groupy_model.protocols.multicast.fbcast import Fbcast
from groupy_check.groupy_model.protocols.multicast.fbcast_state import Copy, Member, Snapshot, State
from groupy_check.groupy_model.protocols.multicast.view_reports import NOBODY, then

# --- the flush -----------------------------------------------------------------------------------------------------------


class NoFlush(Fbcast):
    """A view is installed when it is reported, without a FLUSH from anybody."""

    name = "fbcast~no-flush"

    def flush(self, state: Member) -> Step:
        older, path = (state.view.members, state.path) if state.view else (state.group.others, (state.group.latest.id - 1,))
        assumed = tuple((node, path if node in older else ()) for node in state.group.others)
        return super().flush(replace(state, flushed=assumed))


class NoCut(Fbcast):
    """A message from the dead is delivered like any other, even if this member has already flushed."""

    name = "fbcast~no-cut"

    def hears(self, state: Any, source: Node, message: object) -> bool:  # noqa: ARG002 - the override is the bug
        return True


class NoRetain(Fbcast):
    """Copies of an older view's messages are discarded when a view is installed."""

    name = "fbcast~no-retain"

    def retained(self, state: Member, view: View) -> tuple[Copy, ...]:
        return tuple(copy for copy in super().retained(state, view) if copy.data.label.view >= view.id)


class OldFlush(Fbcast):
    """A FLUSH for an earlier view counts for the latest one."""

    name = "fbcast~old-flush"

    def counts(self, state: Member, view: View) -> bool:
        return state.wedged and not state.group.follows(view)


class EchoOfTheDead(Fbcast):
    """Only messages whose sender is not in the view are echoed. This is correct."""

    name = "fbcast~echo-of-the-dead"

    def echoed(self, state: Member, copy: Copy) -> frozenset[Node]:
        return NOBODY if copy.data.label.sender in state.group.latest.members else copy.missing


class EchoOfTheDeadOnlyOnce(EchoOfTheDead, NoRetain):
    """Only messages whose sender is not in the view are echoed, and copies are discarded when a view is installed."""

    name = "fbcast~echo-of-the-dead-only-once"


# --- state transfer ------------------------------------------------------------------------------------------------------


class LateSnapshot(Fbcast):
    """The state is read only when it is sent, after early messages of the new view: the joiner applies those twice."""

    name = "fbcast~late-snapshot"

    def go_on(self, state: Member) -> Step:
        return then(self.drain(state), lambda now: Step(now, self.transfer(now)))

    def contents(self, state: Member, kept: Snapshot) -> tuple[Hashable, ...]:  # noqa: ARG002 - the override is the bug
        return state.state


class EarlySnapshot(Fbcast):
    """The oldest member sends the state as soon as a joiner is reported: what the flush brings is missing from it."""

    name = "fbcast~early-snapshot"

    def reported(self, state: Member, view: View) -> Step:
        joiners = tuple(node for node in view.members if node not in state.group.latest.members)
        oldest = state.view is not None and view.members[0] == state.group.me
        early = tuple(Send(node, State(view.id, state.state, state.path_to(view.id))) for node in joiners if oldest)
        step = super().reported(state, view)
        return replace(step, effects=(*step.effects, *early))


@dataclass(frozen=True, slots=True)
class NotTaken(Snapshot):
    """A snapshot that remembers the joiners but no state."""


class OnlyTheSenderSnapshots(Fbcast):
    """Only the sender of the state keeps it. When it crashes, the next oldest sends what the state has become since."""

    name = "fbcast~only-the-sender-snapshots"

    def snapshot(self, state: Member, view: View) -> Member:
        after = super().snapshot(state, view)
        stateless = self.stateless(state)
        sender = next(node for node in view.members if node not in stateless)
        if after == state or sender == state.group.me:
            return after
        *others, taken = after.snapshots
        return replace(after, snapshots=(*others, NotTaken(taken.view, (), taken.joiners)))

    def contents(self, state: Member, kept: Snapshot) -> tuple[Hashable, ...]:
        return state.state if isinstance(kept, NotTaken) else kept.payloads


class PathForgotten(Fbcast):
    """A joiner takes its state but not the path that led to it: a member further behind skips a view that was installed."""

    name = "fbcast~path-forgotten"

    def hear_state(self, state: Member, given: State) -> Outcome:
        return super().hear_state(state, replace(given, path=()))
