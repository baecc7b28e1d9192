"""The state of a system in propositions of z3: where each process may be, and what may wait in each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groupy_check.checker.proof.bounded.local_transitions import Link, StampedEntry
from groupy_check.groupy_model.node import Node


@dataclass(frozen=True, slots=True)
class ChannelSlot:
    """A place in a channel. `here`: its entry waits there. `content`: for each entry that it may be, whether it is that one."""

    here: Any
    content: Mapping[StampedEntry, Any]

    @property
    def notice(self) -> bool:
        """Whether its entry is a notice of the failure detector."""
        return any(stamped.notice for stamped in self.content)


@dataclass(frozen=True, slots=True)
class SymbolicState:
    """The state after so many steps, in propositions."""

    at: Mapping[tuple[Node, int], Any]  # the process is in its local state of that number
    up: Mapping[Node, Any]
    absent: Mapping[Node, Any]
    watches: Mapping[tuple[Node, Node], Any]
    channels: Mapping[Link, Sequence[ChannelSlot]]
