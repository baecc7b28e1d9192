"""What a process does, as data: a handler returns effects in order, and a crash may fall between any two of them.

A process may be named by its number: effects and views hold the Node, so that no handler can tell how it was written.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from groupy_check.groupy_model.node import Node, named


@dataclass(frozen=True, slots=True)
class View:
    """A group view: its number and its members ordered by age, oldest first (Birman, GMS lecture: "membership views")."""

    id: int
    members: tuple[Node, ...]

    def __post_init__(self) -> None:
        if isinstance(self.members, tuple) and int in map(type, self.members):
            object.__setattr__(self, "members", tuple(map(named, self.members)))

    def __str__(self) -> str:
        return f"v{self.id} {{{','.join(map(str, self.members))}}}"


@dataclass(frozen=True, slots=True)
class Send:
    """Queue `message` on the channel to `to`. A message to a process that has ended vanishes."""

    to: Node
    message: Hashable

    def __post_init__(self) -> None:
        if type(self.to) is int:
            object.__setattr__(self, "to", Node(self.to))


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand `payload` to the local application."""

    payload: Hashable


@dataclass(frozen=True, slots=True)
class Install:
    """Report `view` to the local application; from now on it is the process's current view."""

    view: View


@dataclass(frozen=True, slots=True)
class Adopt:
    """Start the local application from the state that `payloads` produce, applied in order (state transfer to a joiner)."""

    payloads: tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Monitor:
    """Ask the failure detector for one Down(node). If `node` has already ended, the notice is queued at once."""

    node: Node

    def __post_init__(self) -> None:
        if type(self.node) is int:
            object.__setattr__(self, "node", Node(self.node))


@dataclass(frozen=True, slots=True)
class Demonitor:
    """Cancel the monitor of `node`; a notice that is already queued is removed (Erlang's demonitor with flush)."""

    node: Node

    def __post_init__(self) -> None:
        if type(self.node) is int:
            object.__setattr__(self, "node", Node(self.node))


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Arm the timer named `timer`; arming it again changes nothing."""

    timer: str


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Disarm the timer named `timer`, if it is armed."""

    timer: str


@dataclass(frozen=True, slots=True)
class Halt:
    """The process ends itself for `reason`. Later effects are not performed; its watchers get Down, as after a crash."""

    reason: str


@dataclass(frozen=True, slots=True)
class Store:
    """Write `value` to stable storage, in place of what was there: no crash takes it away (Cachin et al., section 2.2.5).

    It is written when its turn comes among the effects, whole or not at all, so a crash falls before or behind it.
    """

    value: Hashable


Effect = Send | Deliver | Install | Adopt | Monitor | Demonitor | SetTimer | CancelTimer | Halt | Store
EFFECT_TYPES = (Send, Deliver, Install, Adopt, Monitor, Demonitor, SetTimer, CancelTimer, Halt, Store)
