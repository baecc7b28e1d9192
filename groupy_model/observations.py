"""What applications and an outside observer can write down: all that properties ever see.

The SYSTEM records observations from effects and events, so a protocol cannot lie about them.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from itertools import chain

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
class AskedToJoin:
    """The application asked `contact` to let the process into the group. Forgotten when the process installs a view."""

    contact: Node


@dataclass(frozen=True, slots=True)
class Left:
    """The application asked to leave; from then on properties expect nothing of the process."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The process ended itself for `reason`."""

    reason: str


@dataclass(frozen=True, slots=True)
class IndicatedSafe:
    """The application was told that `payload` is safe: all members of the view have it. No model does; logs may have it."""

    payload: Hashable


@dataclass(frozen=True, slots=True)
class MovedWith:
    """With the view just installed came its transitional set: `members` came from the same view. No model does; logs may."""

    members: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Recovered:
    """The process came back after a crash: what follows is of its next incarnation."""


Observation = Sent | Delivered | Installed | Adopted | AskedToJoin | Left | Ended | IndicatedSafe | MovedWith | Recovered
OBSERVATION_TYPES = (Sent, Delivered, Installed, Adopted, AskedToJoin)  # those that models have


def lengthened(log: tuple[Observation, ...], entries: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """`log` with `entries` at its end. Who installs a view has been let in: whom it had asked no longer matters."""
    if any(isinstance(entry, Installed) for entry in entries):
        log = tuple(entry for entry in log if not isinstance(entry, AskedToJoin))
    return (*log, *entries)


class Status(Enum):
    """Where a process stands in its life."""

    ABSENT = "not started"
    UP = "up"
    CRASHED = "crashed"
    HALTED = "ended itself"


@dataclass(frozen=True, slots=True)
class ViewChange:
    """A process went from view `older` directly to `newer`, and in between it delivered and adopted these payloads."""

    older: View
    newer: View
    delivered: tuple[Hashable, ...]
    adopted: tuple[Hashable, ...] = ()


@dataclass(frozen=True)  # not slotted: what is read from the log is kept beside it, since properties ask for it all the time
class Life:
    """One process as observed: its `log`, in order, and the `colour` of its worker (None: no worker, or not yet known).

    `founder`: it was a member before the run began, so it missed no multicast.
    `stuck`: at rest or on a cycle that goes on forever, why the multicast that it asks for next would never be delivered to it;
    "" if it would be, or if it was not asked. `returns`: it is down, and may come back.
    `incarnation`: 0 for the whole life of the process, else which of its `incarnations` this is, from 1.
    """

    node: Node
    status: Status
    log: tuple[Observation, ...]
    founder: bool = True
    colour: Colour | None = None
    stuck: str = ""
    returns: bool = False
    incarnation: int = 0

    @cached_property
    def incarnations(self) -> tuple[Life, ...]:
        """From the start or a recovery to the next crash, each like a process of its own; only itself where it never came back.

        No later one is a founder: it may have missed multicasts.
        """
        if Recovered not in map(type, self.log):
            return (self,)
        logs: list[list[Observation]] = [[]]
        for entry in self.log:
            if isinstance(entry, Recovered):
                logs.append([])
            else:
                logs[-1].append(entry)
        *before, last = (
            replace(self, log=tuple(log), founder=self.founder and number == 1, incarnation=number)
            for number, log in enumerate(logs, start=1)
        )
        crashed = [replace(life, status=Status.CRASHED, colour=None, stuck="", returns=False) for life in before]
        return (*crashed, last)

    @cached_property
    def current(self) -> Life:
        """The last one of its incarnations."""
        return self.incarnations[-1]

    @property
    def name(self) -> str:
        """The process, and which of its incarnations."""
        return f"{self.node} (incarnation {self.incarnation})" if self.incarnation else str(self.node)

    @cached_property
    def correct(self) -> bool:
        """It has neither crashed nor left so far, or has come back since, as textbooks say of processes that recover.

        One ended by its own protocol is correct: the fault is the protocol's. Properties excuse one that ended itself because
        the others had left it out (see `specs.logs.correct`).
        """
        return self.status in (Status.UP, Status.HALTED) and not self._has_left

    @cached_property
    def up(self) -> bool:
        """It runs and has not asked to leave."""
        return self.status is Status.UP and not self._has_left

    @property
    def _has_left(self) -> bool:
        return Left() in self.log and Left() in self.current.log

    @cached_property
    def delivered(self) -> tuple[Hashable, ...]:
        """The payloads in the order of delivery."""
        return tuple(entry.payload for entry in self.log if isinstance(entry, Delivered))

    @cached_property
    def had(self) -> tuple[Hashable, ...]:
        """The payloads that its application has been through, delivered or adopted, each where it had it first."""
        found: dict[Hashable, None] = {}
        for entry in self.log:
            match entry:
                case Delivered(payload):
                    found[payload] = None
                case Adopted(payloads):
                    found.update(dict.fromkeys(payloads))
        return tuple(found)

    @cached_property
    def sent(self) -> tuple[Hashable, ...]:
        """The payloads in the order in which the application asked for them."""
        return tuple(entry.payload for entry in self.log if isinstance(entry, Sent))

    @cached_property
    def views(self) -> tuple[View, ...]:
        """The views in the order of installation; the first of a founder is the one in force when the run began."""
        return tuple(entry.view for entry in self.log if isinstance(entry, Installed))

    @cached_property
    def view_changes(self) -> tuple[ViewChange, ...]:
        """The changes of view of its incarnations, in order."""
        found: list[ViewChange] = []
        current: View | None = None
        delivered: list[Hashable] = []
        adopted: list[Hashable] = []
        for entry in self.log:
            match entry:
                case Delivered(payload):
                    delivered.append(payload)
                case Adopted(payloads):
                    adopted.extend(payloads)
                case Installed(view):
                    if current is not None:
                        found.append(ViewChange(current, view, tuple(delivered), tuple(adopted)))
                    current, delivered, adopted = view, [], []
                case Recovered():
                    current, delivered, adopted = None, [], []
        return tuple(found)

    @cached_property
    def contact(self) -> Node | None:
        """Whom a joiner asked to let it in; None once it has installed a view."""
        return next((entry.contact for entry in self.log if isinstance(entry, AskedToJoin)), None)


@dataclass(frozen=True, slots=True)
class History:
    """The whole run as observed: one Life per process, in order of names; `at_rest` when nothing more happens by itself.

    `split` is one side of the partition that is in force, empty while the network is whole; `healed` counts the partitions that
    have been in force and are over. A run may come to rest while the network is split, so a property that is about the time
    after it has healed asks `history.whole_again`, or that `split` is empty. Who hears whom meanwhile, `cut` says: of each pair
    (source, target) in it, the target does not hear the source. Only of a complete partition (PartitionKind) does `split` alone
    tell as much.
    `hidden` are further processes, left out when a property looks at two at a time (see `Property.pairwise`).
    """

    lives: tuple[Life, ...]
    at_rest: bool = False
    hidden: frozenset[Node] = frozenset()
    split: frozenset[Node] = frozenset()
    healed: int = 0
    cut: frozenset[tuple[Node, Node]] = frozenset()

    @property
    def incarnations(self) -> tuple[Life, ...]:
        """The incarnations of all processes, as if each were a process of its own; the lives where nobody has come back."""
        # A list is made faster than a generator is walked, and nearly all properties ask for this in each state.
        return tuple(chain.from_iterable([life.incarnations for life in self.lives]))

    @property
    def whole_again(self) -> bool:
        """The network was split, and has healed."""
        return self.healed > 0 and not self.split

    def life(self, node: Node) -> Life:
        """The Life of `node`."""
        return self.lives[node - 1]
