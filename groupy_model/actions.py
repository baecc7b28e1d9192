"""One step of the whole system: the alphabet of traces. Each action names everything needed to execute it again."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from groupy_check.groupy_model.events import Event, Recover
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.scenario import PartitionKind


@dataclass(frozen=True, slots=True)
class Handle:
    """`process` handles `event` with its `outcome`-th outcome.

    `cut` is None when all of its effects happen; k means that the process crashes after the first k of them.
    """

    process: Node
    event: Event
    outcome: int = 0
    cut: int | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """`process` handles Down(node) although `node` is up: the failure detector is wrong. The fields are as in Handle."""

    process: Node
    node: Node
    outcome: int = 0
    cut: int | None = None


@dataclass(frozen=True, slots=True)
class SpuriousNotice(Suspect):
    """`process` handles Down(node) although it does not monitor `node`: the detector tells once more of an end, or too late, or
    of a process that is up or never was. The fields are as in Handle.
    """


@dataclass(frozen=True, slots=True)
class Crash:
    """`process` crashes between two of its handlers."""

    process: Node


@dataclass(frozen=True, slots=True)
class Lose:
    """The `index`-th message (from 0, the oldest) queued from `source` to `target` is lost.

    The network loses it, or it arrives while `target` is down.
    """

    source: Node
    target: Node
    index: int
    message: Hashable


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The network queues a second copy of that message behind it, as a retransmission does, where it is the `place`-th entry.

    `place` is None when the copy joins as a message does that is sent now: in a FIFO channel behind all others.
    """

    source: Node
    target: Node
    index: int
    message: Hashable
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Partition:
    """The network splits: the messages on the links that it cuts are lost or held, and the monitors of who hears no more fire.

    `side` is one side, and `others` are further ones: of MULTIWAY all, of PARTIAL the group that `side` neither hears nor is
    heard by. Otherwise the rest is the other side; of SIMPLEX it is `side` that does not hear the rest. Each partition has one
    name: sides are in the order of their first members, and that of COMPLETE is p1's.
    """

    side: tuple[Node, ...]
    others: tuple[tuple[Node, ...], ...] = ()
    kind: PartitionKind = PartitionKind.COMPLETE

    def cuts(self, source: int, target: int) -> bool:
        """Whether `target` does not hear `source`."""
        if self.kind is PartitionKind.SIMPLEX:
            return target in self.side and source not in self.side
        one, other = self._place(source), self._place(target)
        return one != other and (self.kind is not PartitionKind.PARTIAL or max(one, other) <= len(self.others))

    def sides(self, nodes: Iterable[Node]) -> tuple[tuple[Node, ...], ...]:
        """All sides into which `nodes` are divided, the rest last where there is one; of PARTIAL the two groups alone."""
        named = (self.side, *self.others)
        rest = tuple(node for node in nodes if self._place(node) == len(named))
        return (*named, rest) if rest and self.kind is not PartitionKind.PARTIAL else named

    def _place(self, node: int) -> int:
        """Which of the sides has `node`; behind them all the rest."""
        sides = (self.side, *self.others)
        return next((place for place, side in enumerate(sides) if node in side), len(sides))


@dataclass(frozen=True, slots=True)
class Heal:
    """All processes hear one another again."""


def recovers(action: Action) -> bool:
    """Whether a process comes back by `action`."""
    return isinstance(action, Handle) and isinstance(action.event, Recover)


Action = Handle | Suspect | Crash | Lose | Duplicate | Partition | Heal
