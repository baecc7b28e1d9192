"""Interning: every part of a system state gets a small number, once, in the order in which it is first met.

A row is [cores | logs | channels | rest | flag]: for N processes N cores, N logs, N*N channels, and what is left over (budget,
split, and who is up). The last place is not part of the state: its bits name the processes observed on the way to it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from itertools import product
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.native.memory.layout import EVERYBODY
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Partition
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Observation, Status
from groupy_check.groupy_model.system import Budget, Channel, Notice, Process, System

Value = TypeVar("Value", bound=Hashable)


class Ids(Generic[Value]):
    """Numbers for values, from 0, in the order in which they come."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self.numbers: dict[Value, int] = {}

    def __call__(self, value: Value) -> int:
        """The number of `value`, a new one if it has none."""
        number = self.numbers.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number

    def __len__(self) -> int:
        return len(self.values)


class Channels:
    """Numbers for what is in the channels, each at its place in the row: looked up by the numbers of the messages.

    Channels whose messages are `held` until the network heals have numbers of their own.
    """

    def __init__(self, messages: Ids[Hashable]) -> None:
        self.messages = messages
        self.values: list[tuple[int, Channel]] = []
        self.letters: list[tuple[int, ...]] = []
        self.held: list[bool] = []
        self.numbers: dict[tuple[int, bool, tuple[int, ...]], int] = {}

    def __call__(self, value: tuple[int, Channel], held: bool = False) -> int:
        """The number of a place with its content, a new one if it has none."""
        slot, content = value
        return self.of_letters(slot, map(self.messages, content), held)

    def __len__(self) -> int:
        return len(self.values)

    def of_letters(self, slot: int, found: Iterable[int], held: bool) -> int:
        """The number of a place with the messages of the numbers `found`."""
        letters = tuple(found)
        number = self.numbers.setdefault((slot, held, letters), len(self.values))
        if number == len(self.values):
            self.letters.append(letters)
            self.held.append(held)
            self.values.append((slot, tuple(self.messages.values[letter] for letter in letters)))
        return number


@dataclass(frozen=True, slots=True)
class Rest:
    """What of a system state is in no process and no channel; `statuses` repeats what the cores know, for quick reading."""

    budget: Budget
    split: Partition | None
    statuses: tuple[Status, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """All of Rest that decides what one process can do: the budget only by what is not used up."""

    allowed: frozenset[str]
    split: Partition | None
    statuses: tuple[Status, ...]


class Words:
    """The numbers of all parts of the states of one search, and the way from a System to a row and back."""

    def __init__(self, semantics: Semantics) -> None:
        self.semantics, self.size = semantics, semantics.size
        self.cores: Ids[tuple[Node, Process]] = Ids()
        self.logs: Ids[tuple[Node, tuple[Observation, ...]]] = Ids()
        self.rests: Ids[Rest] = Ids()
        self.arounds: Ids[Around] = Ids()
        self.messages: Ids[Hashable] = Ids()
        self.channels = Channels(self.messages)
        self.noted: Ids[tuple[Observation, ...]] = Ids()
        self.messages(Notice.DOWN)  # the first of them, so it gets the number NOTICE_DOWN
        for slot in range(self.size**2):
            self.channels((slot, ()))  # so the number of an empty channel is its place
        for slot in range(self.size**2 if semantics.holding else 0):
            self.channels((slot, ()), held=True)  # and if its messages are held, behind all those
        self.noted(())

    @property
    def width(self) -> int:
        """Places in a row, the flag included."""
        return 2 * self.size + self.size**2 + 2

    @property
    def bounds(self) -> NDArray[np.int64]:
        """For each place of a row, how many numbers there are."""
        size = self.size
        lengths = [len(self.cores)] * size + [len(self.logs)] * size + [len(self.channels)] * size**2
        return np.array([*lengths, len(self.rests), EVERYBODY + 1], dtype=np.int64)

    def row(self, system: System) -> NDArray[np.uint32]:
        """`system` as a row, flagged as observed."""
        cores = [self.core(node, process) for node, process in self._named(system)]
        logs = [self.logs((node, process.log)) for node, process in self._named(system)]
        links = product(self.semantics.nodes, repeat=2)
        held = [self.semantics.holds(system, *link) for link in links]
        channels = [self.channels((slot, channel), held[slot]) for slot, channel in enumerate(system.channels)]
        statuses = tuple(process.status for process in system.processes)
        rest = self.rests(Rest(system.budget, system.split, statuses))
        return np.array([*cores, *logs, *channels, rest, 1], dtype=np.uint32)

    def system(self, row: NDArray[np.generic]) -> System:
        """The System that `row` stands for."""
        numbers = [int(number) for number in row]
        size = self.size
        cores = [self.cores.values[number][1] for number in numbers[:size]]
        logs = [self.logs.values[number][1] for number in numbers[size : 2 * size]]
        processes = tuple(replace(core, log=log) for core, log in zip(cores, logs, strict=True))
        channels = tuple(self.channels.values[number][1] for number in numbers[2 * size : -2])
        rest = self.rests.values[numbers[-2]]
        return System(processes, channels, rest.budget, rest.split)

    def core(self, node: Node, process: Process) -> int:
        """The number of `process` without its log."""
        return self.cores((node, replace(process, log=()) if process.log else process))

    def around(self, rest: Rest) -> int:
        """The number of what `rest` leaves possible."""
        names = Budget.__dataclass_fields__
        allowed = frozenset(name for name in names if getattr(rest.budget, name) != 0)
        return self.arounds(Around(allowed, rest.split, rest.statuses))

    def _named(self, system: System) -> list[tuple[Node, Process]]:
        return list(zip(self.semantics.nodes, system.processes, strict=True))
