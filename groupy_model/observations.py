"""What applications and an outside observer can write down: all that properties ever see.

The SYSTEM records observations from effects and events, so a protocol cannot lie about them.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Colour


@dataclass(frozen=True, slots=True)
class Sent:
    """The application asked for `payload` to be multicast."""

    payload: Hashable


@dataclass(frozen=True, slots=True)
class Delivered:
    """`payload` was handed to the application."""

    payload: Hashable


@dataclass(frozen=True, slots=True)
class Installed:
    """`view` was reported to the application."""

    view: View


@dataclass(frozen=True, slots=True)
class Adopted:
    """The application started from the state that `payloads` produce, applied in order."""

    payloads: tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """The application asked to leave; from then on properties expect nothing of the process."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The process ended itself for `reason`."""

    reason: str


Observation = Sent | Delivered | Installed | Adopted | Left | Ended
OBSERVATION_TYPES = (Sent, Delivered, Installed, Adopted)


class Status(Enum):
    """Where a process stands in its life."""

    ABSENT = "not started"
    UP = "up"
    CRASHED = "crashed"
    HALTED = "ended itself"


@dataclass(frozen=True, slots=True)
class Life:
    """One process as observed: its `log`, in order, and the `colour` of its worker (None: no worker, or not yet known).

    `founder`: it was a member before the run began, so it missed no multicast.
    `stuck`: at rest only, why a multicast that it asks for now would never be delivered to it; "" if it would be, or if it was
    not asked.
    """

    node: Node
    status: Status
    log: tuple[Observation, ...]
    founder: bool = True
    colour: Colour | None = None
    stuck: str = ""

    @property
    def correct(self) -> bool:
        """It has neither crashed nor left so far. One ended by its own protocol is correct: the fault is the protocol's."""
        return self.status in (Status.UP, Status.HALTED) and Left() not in self.log

    @property
    def up(self) -> bool:
        """It runs and has not asked to leave."""
        return self.status is Status.UP and Left() not in self.log

    @property
    def delivered(self) -> tuple[Hashable, ...]:
        """The payloads in the order of delivery."""
        return tuple(entry.payload for entry in self.log if isinstance(entry, Delivered))

    @property
    def sent(self) -> tuple[Hashable, ...]:
        """The payloads in the order in which the application asked for them."""
        return tuple(entry.payload for entry in self.log if isinstance(entry, Sent))

    @property
    def views(self) -> tuple[View, ...]:
        """The views in the order of installation; the first of a founder is the one in force when the run began."""
        return tuple(entry.view for entry in self.log if isinstance(entry, Installed))


@dataclass(frozen=True, slots=True)
class History:
    """The whole run as observed: one Life per process, in order of names; `at_rest` when nothing more happens by itself.

    `hidden` are further processes, left out when a property looks at two at a time (see `Property.pairwise`).
    """

    lives: tuple[Life, ...]
    at_rest: bool = False
    hidden: frozenset[Node] = frozenset()

    def life(self, node: Node) -> Life:
        """The Life of `node`."""
        return self.lives[node - 1]
