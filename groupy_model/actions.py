"""One step of the whole system: the alphabet of traces. Each action names everything needed to execute it again."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from groupy_check.groupy_model.events import Event, Recover
from groupy_check.groupy_model.node import Node


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
    """The network splits into `side` and the rest: messages in flight between them are lost, monitors across it fire."""

    side: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Heal:
    """The two sides can reach one another again."""


def recovers(action: Action) -> bool:
    """Whether a process comes back by `action`."""
    return isinstance(action, Handle) and isinstance(action.event, Recover)


Action = Handle | Suspect | Crash | Lose | Duplicate | Partition | Heal
