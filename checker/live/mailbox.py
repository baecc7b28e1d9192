"""What one node knows of the others: what has arrived and is not yet received, whom it monitors, who is cut off.

It mirrors, from one process's side, what `checker.semantics.transitions` does to channels and monitors. There are no sockets
here and no clock: what has arrived, and what time it is, is told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from groupy_check.checker.live.network import Gone, Joined, LinkCut, Mended, NetworkChange, Parted, Restarted
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.system import Notice


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message of `source`, or its notice. `lamport`: its Lamport time; `sent`: the step and the effect that have sent it."""

    source: Node
    entry: Hashable
    epoch: int = 0
    lamport: int = 0
    sent: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Inbox:
    """What has arrived from one process and cannot be received yet, each with the time at which it may be.

    `ended`: no more comes. `delay`: how slow the link is, in seconds. `lost`: what was sent in earlier epochs is lost.
    """

    waiting: deque[tuple[float, Envelope]] = field(default_factory=deque)
    ended: bool = False
    delay: float = 0.0
    lost: int = 0


class Mailbox:
    """The mailbox of `me` from `epoch` on, when the others are `peers`, and the network is as `cuts` and `side` say."""

    def __init__(
        self, me: Node, peers: Iterable[Node], epoch: int = 0, cuts: Iterable[LinkCut] = (), side: Iterable[Node] = ()
    ) -> None:
        self.me, self.epoch = me, epoch
        self.envelopes: list[Envelope] = []
        self.links = {peer: Inbox() for peer in peers}
        self.watching, self.suspects, self.gone = set[Node](), set[Node](), set[Node]()
        self.owed: dict[Node, int] = {}  # notices that come behind what is still under way
        self.lossy = {_other(cut, me) for cut in cuts if me in (cut.one, cut.other)}
        self.side = frozenset(side)

    # --- what arrives ------------------------------------------------------------------------------------------------

    def arrive(self, envelope: Envelope, now: float) -> None:
        """Keep a message that a link has brought."""
        inbox = self.links[envelope.source]
        inbox.waiting.append((now + inbox.delay, envelope))

    def end(self, source: Node) -> None:
        """Nothing more comes from `source`: its connection has ended."""
        self.links[source].ended = True

    def settle(self, now: float) -> None:
        """Let what may be received by now into the mailbox: not before its time, nor in an epoch before its own."""
        for source, inbox in self.links.items():
            while inbox.waiting and inbox.waiting[0][0] <= now and inbox.waiting[0][1].epoch <= self.epoch:
                envelope = inbox.waiting.popleft()[1]
                if envelope.epoch >= inbox.lost or envelope.entry is Notice.DOWN:
                    self.envelopes.append(envelope)
            if self.owed.get(source) and self._drained(source):
                self.envelopes += [Envelope(source, Notice.DOWN)] * self.owed.pop(source)

    def next_time(self) -> float | None:
        """When something that has arrived may be received next."""
        return min((inbox.waiting[0][0] for inbox in self.links.values() if inbox.waiting), default=None)

    def _drained(self, source: Node) -> bool:
        inbox = self.links.get(source)
        return inbox is None or (inbox.ended and not inbox.waiting)

    # --- what the network does ---------------------------------------------------------------------------------------

    def apply(self, epoch: int, change: NetworkChange) -> None:
        """Go on to `epoch`, which `change` begins."""
        assert epoch == self.epoch + 1, f"epoch {epoch} after {self.epoch}"
        self.epoch = epoch
        match change:
            case Joined(node):
                self.links[node] = Inbox()
            case Gone(node):
                self.gone.add(node)
                if node in self.watching:
                    self._forget(node)
                    self._notify(node)
            case Restarted(node):
                self._renew(node)
            case LinkCut(one, other) if self.me in (one, other):
                peer = other if one == self.me else one
                self._lose(peer)
                self.lossy.add(peer)
                self.suspects |= self.watching & {peer}
            case Parted(side):
                self._part(frozenset(side))
            case Mended():
                self.side = frozenset()
                self.lossy.clear()

    def _part(self, side: frozenset[Node]) -> None:
        self.side = side
        for peer in filter(self._apart, sorted(self.links)):
            self._lose(peer)
            if peer in self.watching:
                self._forget(peer)
                self._notify(peer)

    def _renew(self, node: Node) -> None:
        """Expect what `node` sends from now on, behind all that it had sent before it crashed, and behind notices of that."""
        inbox = self.links.setdefault(node, Inbox())
        at = inbox.waiting[-1][0] if inbox.waiting else 0.0
        inbox.waiting.extend([(at, Envelope(node, Notice.DOWN, self.epoch))] * self.owed.pop(node, 0))
        inbox.ended = False
        self.gone.discard(node)

    def last_sent(self, node: Node) -> tuple[int, int]:
        """The last step and effect of `node` of which something has arrived and is not yet received."""
        waiting = [envelope for _, envelope in self.links[node].waiting] if node in self.links else []
        return max((one.sent for one in (*self.envelopes, *waiting) if one.source == node), default=(0, 0))

    def _lose(self, peer: Node) -> None:
        self.envelopes = [kept for kept in self.envelopes if kept.source != peer or kept.entry is Notice.DOWN]
        if peer in self.links:
            self.links[peer].lost = self.epoch

    def _apart(self, peer: Node) -> bool:
        return bool(self.side) and (peer in self.side) != (self.me in self.side)

    def reaches(self, peer: Node) -> bool:
        """Whether what is sent to `peer` now goes on its way."""
        return peer in self.links and not self._apart(peer) and peer not in self.lossy

    # --- the failure detector ----------------------------------------------------------------------------------------

    def monitor(self, node: Node) -> None:
        """Watch `node`; where it has ended or is on the other side of the split, the notice comes at once."""
        absent = node != self.me and (node not in self.links or node in self.gone)
        if absent or self._apart(node):
            self._notify(node)
            return
        self.watching.add(node)
        if node in self.lossy:
            self.suspects.add(node)

    def demonitor(self, node: Node) -> None:
        """Watch `node` no longer; its notice is withdrawn."""
        self._forget(node)
        self.owed.pop(node, None)
        self.envelopes = [kept for kept in self.envelopes if kept.source != node or kept.entry is not Notice.DOWN]
        if node in self.links:
            waiting = self.links[node].waiting
            self.links[node].waiting = deque(kept for kept in waiting if kept[1].entry is not Notice.DOWN)

    def _forget(self, node: Node) -> None:
        self.watching.discard(node)
        self.suspects.discard(node)

    def _notify(self, node: Node) -> None:
        if self._drained(node) or node not in self.gone:
            self.envelopes.append(Envelope(node, Notice.DOWN))
        else:
            self.owed[node] = self.owed.get(node, 0) + 1

    # --- what is received --------------------------------------------------------------------------------------------

    def offered(self) -> Iterator[Envelope]:
        """The envelopes in the order of their arrival; of equal ones from one process the first."""
        yield from list(dict.fromkeys(self.envelopes))

    def take(self, envelope: Envelope) -> None:
        """`envelope` is received."""
        self.envelopes.remove(envelope)

    def suspect(self, node: Node) -> None:
        """The detector's wrong notice of `node` is received."""
        self._forget(node)


def _other(cut: LinkCut, me: Node) -> Node:
    return cut.other if cut.one == me else cut.one
