"""What the members of an fbcast group send each other, and what each of them knows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocols.multicast.view_reports import InGroup
from groupy_check.groupy_model.show import show


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """The `number`-th multicast (from 1) of `sender` in view `view`. Labels are ordered by view, then by number."""

    view: int
    number: int
    sender: Node

    def __str__(self) -> str:
        return f"{self.sender}.{self.number} in v{self.view}"


# --- messages ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Data:
    """From its sender: deliver `payload`. `stamp` is for protocols that extend fbcast."""

    label: Label
    payload: Hashable
    stamp: Hashable = None

    def __str__(self) -> str:
        stamp = "" if self.stamp is None else f" {show(self.stamp)}"
        return f"data {self.label}{stamp}: {show(self.payload)}"


@dataclass(frozen=True, slots=True)
class Echo:
    """From a member that has it to one that may lack it: `data`, unstable when a view was reported."""

    data: Data

    def __str__(self) -> str:
        return f"echo {self.data}"


@dataclass(frozen=True, slots=True)
class Flush:
    """To each other member of `view`, after the echoes: I have flushed for it. From the reporter it is also the report.

    `path`: the views that its sender has installed and others may not have; empty for a joiner.
    """

    view: View
    path: tuple[int, ...]

    def __str__(self) -> str:
        return f"flush {self.view} from {_views(self.path) or 'outside'}"


@dataclass(frozen=True, slots=True)
class State:
    """To a joiner: when view number `view` was installed, the state was what `payloads` produce.

    `path`: the views before it that its sender has installed and others may not have; see Flush.
    """

    view: int
    payloads: tuple[Hashable, ...]
    path: tuple[int, ...]

    def __str__(self) -> str:
        path = f" after {_views(self.path)}" if self.path else ""
        return f"state at v{self.view}{path}: {show(self.payloads)}"


def _views(numbers: Iterable[int]) -> str:
    return ", ".join(f"v{number}" for number in numbers)


# --- local states --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Copy:
    """A multicast that is kept because the members `missing` may lack it, or because it is not delivered yet."""

    data: Data
    missing: frozenset[Node]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state when view number `view` was installed, kept for `joiners`, which it admitted and which may have no state."""

    view: int
    payloads: tuple[Hashable, ...]
    joiners: frozenset[Node]


@dataclass(frozen=True, slots=True)
class Member(InGroup):
    """`view`: the one in force, None for a joiner. `clock`: how many multicasts of each of its members are delivered.

    `copies` are in order of labels. `state`: the payloads that produce the application's state. `superseded`: the views
    reported after the one in force and before the latest. `flushed`: the members that have sent FLUSH for the latest, oldest
    first, with their paths. `path`: see Flush. `snapshots`: one for each view whose joiners are not known to have a state.
    """

    view: View | None = None
    clock: tuple[int, ...] = ()
    copies: tuple[Copy, ...] = ()
    state: tuple[Hashable, ...] = ()
    superseded: tuple[View, ...] = ()
    flushed: tuple[tuple[Node, tuple[int, ...]], ...] = ()
    path: tuple[int, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()

    @property
    def number(self) -> int:
        """The number of the view in force, -1 for none."""
        return -1 if self.view is None else self.view.id

    @property
    def wedged(self) -> bool:
        """Whether a view has been reported but not yet installed."""
        return self.view != self.group.latest

    @property
    def known(self) -> tuple[View, ...]:
        """The views to which multicasts may belong, now or later."""
        return (*((self.view,) if self.view else ()), *self.superseded, self.group.latest)

    @property
    def passed(self) -> frozenset[int]:
        """The numbers of all views installed by members that have flushed for the latest."""
        return frozenset(number for _, path in self.flushed for number in path)

    def path_to(self, number: int) -> tuple[int, ...]:
        """The part of `path` before view `number`."""
        return tuple(earlier for earlier in self.path if earlier < number)

    def count(self, sender: Node) -> int:
        """How many multicasts of `sender` have been delivered in the view in force."""
        return self.clock[self.view.members.index(sender)] if self.view and sender in self.view.members else 0

    def of_view(self, label: Label) -> bool:
        """Whether `label` belongs to the view in force, not to another with the same number from across a partition."""
        return self.view is not None and label.view == self.view.id and label.sender in self.view.members

    def delivered(self, label: Label) -> bool:
        """Whether the multicast `label` is delivered, or belongs to an earlier view, so that it is too late for it."""
        return label.view < self.number or (label.view == self.number and label.number <= self.count(label.sender))

    def counted(self, sender: Node) -> Member:
        """The state after one more delivery from `sender`."""
        assert self.view is not None
        place = self.view.members.index(sender)
        return replace(self, clock=(*self.clock[:place], self.clock[place] + 1, *self.clock[place + 1 :]))

    def kept(self, data: Data, missing: Iterable[Node]) -> Member:
        """The state with a copy of `data`, which `missing` may lack."""
        others = [copy for copy in self.copies if copy.data.label != data.label]
        copies = sorted((*others, Copy(data, frozenset(missing))), key=lambda copy: copy.data.label)
        return replace(self, copies=tuple(copies))

    def tidied(self) -> Member:
        """The state without copies that are delivered and that nobody lacks."""
        copies = tuple(copy for copy in self.copies if copy.missing or not self.delivered(copy.data.label))
        return replace(self, copies=copies)
