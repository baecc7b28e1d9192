"""heartbeat: member-removal with a failure detector of its own, made of pings, answers and timers instead of monitors.

To monitor a process is to send it a ping; it is suspected if it has not answered the last ping when its timer expires
(`--set patience=2`: the last two, and then no one is removed for one lost ping or answer). The rules of the group stay the
same: they get Down, as from a monitor. A suspicion is never withdrawn: nothing from a suspect is accepted any longer, not even
what is in flight (the cut channel of Birman's lecture).

Promises what member-removal promises, completeness included, to a formed group in which timers run longer than every delay
(`--timing at-rest`) and nothing is lost: then only the dead do not answer. Completeness requires only that timers expire at
all. Accuracy depends on their length alone, and no length is right in an asynchronous network.

Fails without any crash if a process is slow (`--timing any`), or if one ping or answer is lost. p2 turns away from p1 and
leads as well, and both assign the same numbers: prefix-order, view-agreement and agreement are violated. total-order, taken
literally, is not: each payload is numbered by one leader, so no two processes deliver two payloads in opposite orders; they
deliver different ones. If only p3 is wrong, it turns to p2, which follows p1: nobody leads p3, p1 no longer hears from it and
removes it, and p3 never learns of that. All this remains so when every process is fast again. If processes join, a joiner may
give up while the members do not know yet that the leader that admitted it has crashed.

heartbeat-patient withdraws a suspicion when an answer arrives after all, and is twice as patient from then on (an eventually
perfect detector). It cuts off no process and keeps asking, so p3 turns back to p1 and has missed nothing. What it cannot
withdraw is a view: two leaders remain two, and a removed process remains removed. Only a majority helps (gmp3).

Pings carry no number: an old answer counts for a new ping, since its sender was up when it sent it. That keeps the state space
small, and delays a suspicion by one round at most.

Sources: the reports on assignment "Groupy" ask for the heartbeat; Birman, GMS lecture (failure detection may make mistakes);
Chandra and Toueg, "Unreliable failure detectors for reliable distributed systems" (1996).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from groupy_check.groupy_model.effects import Effect, Install, Monitor, Send, SetTimer
from groupy_check.groupy_model.events import Down, Event, Receive, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Outcome, Step
from groupy_check.groupy_model.protocols.groupy.gms3 import Slave
from groupy_check.groupy_model.protocols.groupy.member_removal import MemberRemoval

NOBODY: frozenset[Node] = frozenset()


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class Pong:
    """I am."""


@dataclass(frozen=True, slots=True)
class Watch:
    """`node` has left `unanswered` pings without an answer; if its timer expires with `patience` of them, it is suspected."""

    node: Node
    unanswered: int = 1
    patience: int = 1


@dataclass(frozen=True, slots=True)
class Watching:
    """`group` is the state under the rules of the group; `watches`, in order of names, and `suspected` belong to the detector.

    `left`: the leaders that a slave has abandoned since its last view, the oldest first.
    """

    group: Hashable
    watches: tuple[Watch, ...] = ()
    suspected: frozenset[Node] = NOBODY
    left: tuple[Node, ...] = ()


def timer_of(node: Node) -> str:
    """The name of the timer that waits for an answer from `node`."""
    return f"heartbeat of {node}"


def ping(node: Node) -> tuple[Effect, ...]:
    """The effects that ping `node` and arm its timer."""
    return (Send(node, Ping()), SetTimer(timer_of(node)))


@dataclass(frozen=True)
class Heartbeat(MemberRemoval):
    """member-removal with a detector made of pings and timers. A suspect is cut off for good.

    `patience`: how many pings without an answer make a suspect.
    """

    patience: int = 1
    name = "heartbeat"
    source = 'assignment "Groupy", reports; Birman, GMS lecture; Chandra and Toueg (1996)'

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(), _:
                return self.run(Watching(state), event)
            case Watching(), Receive(source) if self.cuts_off(state, source):
                return Step(state)
            case Watching(), Receive(source, Ping()):
                return Step(state, (Send(source, Pong()),))
            case Watching(), Receive(source, Pong()):
                return Step(self.answered(state, source))
            case Watching(watches=watches), Timeout(timer):
                for watch in watches:
                    if timer_of(watch.node) == timer:
                        return self.run_out(state, watch)
        return self.run(state, event)

    def run(self, state: Watching, event: Event) -> Outcome:
        """Apply the rules of the group, and ping the processes that they monitor."""
        step = super().step(state.group, event)
        if not isinstance(step, Step):
            return step
        for effect in step.effects:
            if isinstance(effect, Monitor):
                state = watching(state, Watch(effect.node, patience=self.patience))
        left = () if any(isinstance(effect, Install) for effect in step.effects) else state.left
        return Step(replace(state, group=step.state, left=left), tuple(translated(step.effects)))

    def run_out(self, state: Watching, watch: Watch) -> Outcome:
        if watch.unanswered >= watch.patience:
            return self.suspect(state, watch.node)
        return Step(watching(state, replace(watch, unanswered=watch.unanswered + 1)), ping(watch.node))

    def answered(self, state: Watching, node: Node) -> Watching:
        watches = (replace(watch, unanswered=0) if watch.node == node else watch for watch in state.watches)
        return replace(state, watches=tuple(watches))

    # --- what heartbeat-patient changes ------------------------------------------------------------------------------

    def cuts_off(self, state: Watching, node: Node) -> bool:
        return node in state.suspected

    def suspect(self, state: Watching, node: Node) -> Outcome:
        watches = tuple(watch for watch in state.watches if watch.node != node)
        after = replace(state, watches=watches, suspected=state.suspected | {node})
        return self.run(after, Down(node)) or Step(after)


class HeartbeatPatient(Heartbeat):
    """heartbeat, in which a late answer withdraws the suspicion and doubles the patience; nobody is cut off."""

    name = "heartbeat-patient"

    def cuts_off(self, state: Watching, node: Node) -> bool:  # noqa: ARG002 - it never does
        return False

    def suspect(self, state: Watching, node: Node) -> Outcome:
        if node in state.suspected:
            return Step(state, ping(node))
        follows = isinstance(state.group, Slave) and state.group.leader == node
        after = replace(state, suspected=state.suspected | {node}, left=(*state.left, node) if follows else state.left)
        told = self.run(after, Down(node))
        return Step(told.state, (*told.effects, *ping(node))) if isinstance(told, Step) else Step(after, ping(node))

    def answered(self, state: Watching, node: Node) -> Watching:
        state = super().answered(state, node)
        if node not in state.suspected:
            return state
        doubled = (replace(watch, patience=2 * watch.patience) if watch.node == node else watch for watch in state.watches)
        return turned_back(replace(state, watches=tuple(doubled), suspected=state.suspected - {node}), node)


def watching(state: Watching, watch: Watch) -> Watching:
    """`state` with `watch` replacing the previous watch of that process."""
    others = (other for other in state.watches if other.node != watch.node)
    return replace(state, watches=tuple(sorted((*others, watch), key=lambda watch: watch.node)))


def translated(effects: tuple[Effect, ...]) -> Iterator[Effect]:
    """`effects` with a ping in place of every monitor."""
    for effect in effects:
        yield from ping(effect.node) if isinstance(effect, Monitor) else (effect,)


def turned_back(state: Watching, node: Node) -> Watching:
    """`state` as a slave of `node` again, if it has abandoned `node` and no view has arrived since."""
    slave = state.group
    if not isinstance(slave, Slave) or node not in state.left:
        return state
    place = state.left.index(node)
    between = state.left[place + 1 :]
    slaves, group = (*between, slave.leader, *slave.slaves), (*state.left[place:], *slave.group)
    return replace(state, group=replace(slave, leader=node, slaves=slaves, group=group), left=state.left[:place])
