"""leader-queue: gms3 whose leader keeps what it still has to send in a queue (assignment "Groupy", extension reports).

An entry is a numbered message and the list of processes to which it has not been sent. A tick, which the leader sends to
itself while the queue is not empty, sends ONE copy: to the first process on the list of the first entry. An entry is "safe to
broadcast" when no smaller number is queued, so the queue is served strictly from its head. The leader delivers an entry when
its list is empty.

Promises what gms3 promises, and no more: safety for a formed group, with a perfect detector and without losses.

Fails: `validity`. The queue dies with the leader, and with it entries that nobody has seen: one more place than in gms3 where
a multicast can get lost. A queue at one process makes no failure milder; replicated-queue is the version that does. The rules
for slaves are those of gms3, so the orphan view and deafness after a lost message remain. `synchrony` is not promised: if a
process joins, its worker's request for a colour may die with the leader, orphan view or not.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from groupy_check.groupy_model.effects import Send
from groupy_check.groupy_model.events import Event, Multicast, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, usual_claims_but
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked, Mcast
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3, Msg, Slave, ViewMsg, outcome


@dataclass(frozen=True, slots=True)
class Tick:
    """From the leader to itself: send one more copy."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`message` has yet to be sent to the processes in `todo`; if `own`, the leader then delivers it itself."""

    message: Msg | ViewMsg
    todo: tuple[Node, ...]
    own: bool = True


@dataclass(frozen=True, slots=True)
class QueueLeader:
    """`n` is the number of its next entry."""

    me: Node
    n: int
    slaves: tuple[Node, ...]
    group: tuple[Node, ...]
    queue: tuple[Entry, ...] = ()


class LeaderQueue(Gms3):
    """gms3 whose leader sends from a queue, one copy at a time. The queue dies with it."""

    name = "leader-queue"
    claims: ClassVar[tuple[str, ...]] = usual_claims_but("synchrony")
    source = 'assignment "Groupy", extension reports'

    def step(self, state: Any, event: Event) -> Outcome:
        return self.queue_leader(state, event) if isinstance(state, QueueLeader) else super().step(state, event)

    def founder(self, me: Node) -> Hashable:
        return QueueLeader(me, 1, (), (me,))

    def queue_leader(self, state: QueueLeader, event: Event) -> Outcome:
        match event:
            case Multicast(payload) | Receive(_, Mcast(payload)):
                return self.add(state, Entry(Msg(state.n, payload), state.slaves))
            case Receive(_, JoinAsked(node)):
                after = replace(state, slaves=(*state.slaves, node), group=(*state.group, node))
                return self.add(after, self.view(after))
            case Receive(_, Tick()):
                return self.tick(state)
        return None

    def view(self, leader: QueueLeader) -> Entry:
        return Entry(ViewMsg(leader.n, (leader.me, *leader.slaves), leader.group), leader.slaves)

    def add(self, leader: QueueLeader, entry: Entry) -> Step:
        # One tick follows another while the queue is not empty.
        woken = () if leader.queue else (Send(leader.me, Tick()),)
        return Step(replace(leader, n=entry.message.n + 1, queue=(*leader.queue, entry)), woken)

    def tick(self, leader: QueueLeader) -> Step:
        place = self.safe(leader.queue)
        entry = leader.queue[place]
        copy, todo = tuple(Send(node, entry.message) for node in entry.todo[:1]), entry.todo[1:]
        left = (replace(entry, todo=todo),) if todo else ()
        queue = (*leader.queue[:place], *left, *leader.queue[place + 1 :])
        own = () if todo or not entry.own else outcome(entry.message)
        return Step(replace(leader, queue=queue), (*copy, *own, *((Send(leader.me, Tick()),) if queue else ())))

    def safe(self, queue: tuple[Entry, ...]) -> int:  # noqa: ARG002 - for mutants that look beyond the head
        """The index of the entry that may be sent."""
        return 0

    def election(self, slave: Slave) -> Step:
        head, *rest = slave.slaves
        if head != slave.me:
            return super().election(slave)
        others = tuple(rest)
        # It has long delivered the message that it repeats.
        leader = QueueLeader(slave.me, slave.n, others, slave.group[1:], (Entry(slave.last, others, own=False),))
        added = self.add(leader, self.view(leader))
        return replace(added, effects=(Send(slave.me, Tick()),))
