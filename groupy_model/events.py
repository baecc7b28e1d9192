"""What can happen TO a process: the only inputs to a protocol's `step` (assignment "Groupy"; Birman, GMS lecture)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from groupy_check.groupy_model.node import Node


@dataclass(frozen=True, slots=True)
class Start:
    """The process starts as the first and only member of a new group."""


@dataclass(frozen=True, slots=True)
class Join:
    """The process starts and is to join the group through `contact`, any process that is up."""

    contact: Node


@dataclass(frozen=True, slots=True)
class Leave:
    """The local application wants to leave the group."""


@dataclass(frozen=True, slots=True)
class Multicast:
    """The local application asks for `payload` to be multicast to the group."""

    payload: Hashable


@dataclass(frozen=True, slots=True)
class Receive:
    """`message`, sent by `source`, can be received. Answering None leaves it queued (Erlang's selective receive)."""

    source: Node
    message: Hashable


@dataclass(frozen=True, slots=True)
class Down:
    """The failure detector reports that `node` has ended (Erlang's 'DOWN' message)."""

    node: Node


@dataclass(frozen=True, slots=True)
class Timeout:
    """The timer named `timer`, armed by SetTimer, has expired and is no longer armed."""

    timer: str


@dataclass(frozen=True, slots=True)
class Recover:
    """The process comes back after a crash, and finds `stored` in stable storage: what it wrote last, None if it never did.

    It is handled in the state `initial(me)`, as Start and Join are: all else that the process knew is gone, its timers and
    monitors too, and nobody is told. Answering None means that the protocol knows no recovery: the process stays down.
    """

    stored: Hashable


Event = Start | Join | Leave | Multicast | Receive | Down | Timeout | Recover
EVENT_TYPES = (Start, Join, Leave, Multicast, Receive, Down, Timeout, Recover)
