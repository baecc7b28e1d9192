"""For the states that a search found: how many values each part takes, and how many states it tells apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.erlang.adapter.node_state import Letter, SignalLetter
from groupy_check.checker.native.tables.interning import Ids, Words
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.show import Described, show
from groupy_check.groupy_model.system import Budget, Channel, Notice, Process
from groupy_check.reports.formats.profile_data import OneChannel, OneMessage, OneProcess, Part

Array = NDArray[Any]
WORD = re.compile(r"\w+")
ASIDE = ("watching", "timers", "asked", "worker", "asks", "stored")  # fields of Process other than its local state and its log


def kind_name(value: object) -> str:
    """The kind of a message: its class, or the tag of a tagged tuple, as in Erlang; of one of a program in Erlang, that tag."""
    if value is Notice.DOWN:
        return "Down"
    if isinstance(value, Letter):
        found = WORD.search(str(value))
        return found[0] if found else "message"
    if isinstance(value, SignalLetter):
        return f"{value.signal.kind} signal"
    if isinstance(value, tuple) and type(value) is tuple and value and isinstance(value[0], str):
        return value[0]
    return type(value).__name__


def distinct(columns: Iterable[Array]) -> Array:
    """A number for each row of `columns`, the same for equal rows; from 0, without gaps."""
    numbers = np.zeros(1, np.uint64)
    for column in columns:
        wide = column.astype(np.uint64)
        # Classes are fewer than 2**32, as the numbers of values are.
        numbers = np.unique(numbers * (wide.max() + np.uint64(1)) + wide, return_inverse=True)[1].astype(np.uint64)
    return numbers


def count(columns: Iterable[Array]) -> int:
    """How many different rows `columns` have."""
    return int(distinct(columns).max()) + 1


class Census:
    """Counts over `rows`, one per distinct state, as `words` number their parts; without the flag in the last place."""

    def __init__(self, words: Words, rows: Array) -> None:
        self.words, self.nodes = words, words.semantics.nodes
        size = words.size
        self.cores = list(rows[:, :size].T)
        self.logs = list(rows[:, size : 2 * size].T)
        self.channels = list(rows[:, 2 * size : -1].T)
        self.rest: Array = rows[:, -1]
        self.states = len(rows)

    # --- what the states differ in -----------------------------------------------------------------------------------

    def parts(self) -> list[Part]:
        """Every part that takes more than one value, beginning with the one that multiplies the states the most."""
        found = [part for part in (*self._large(), *self._aside(), *self._locals()) if part.values > 1]
        return sorted(found, key=lambda part: part.without)

    def _large(self) -> Iterator[Part]:
        logs = {self.words.logs.values[number][1] for number in _used(self.logs)}
        contents = {content for _, content in self._contents()}
        budgets = {rest.budget for rest in self._rests()}
        splits: Ids[Hashable] = Ids()
        rest = np.array([splits(rest.split) for rest in self.words.rests.values])[self.rest]
        yield Part("logs", len(logs), count([*self.cores, *self.channels, self.rest]))
        yield Part("channels", len(contents), count([*self.cores, *self.logs, self.rest]))
        yield Part("budgets", len(budgets), count([*self.cores, *self.logs, *self.channels, rest]))

    def _aside(self) -> Iterator[Part]:
        for name in ASIDE:
            values = {getattr(process, name) for process in self._processes(self.cores)}
            if len(values) > 1:
                yield Part(name, len(values), self._without(partial(_taken_out, name=name)))

    def _locals(self) -> Iterator[Part]:
        """The local states, and of each kind of them every field."""
        states = {process.local for process in self._processes(self.cores) if _alive(process)}
        yield Part("local states", len(states), self._without(partial(_taken_out, name="local")))
        for kind in sorted({type(state) for state in states}, key=lambda kind: (kind.__name__, kind.__module__)):
            same = [state for state in states if type(state) is kind]
            names = list(dict.fromkeys(name for state in sorted(same, key=show) for name in _fields_of(state)))
            for name in names:
                values = {_fields_of(state).get(name) for state in same}
                if len(values) > 1:
                    yield Part(
                        f"{kind.__name__}.{name}",
                        len(values),
                        self._without(partial(_field_taken_out, kind=kind, kept=[n for n in names if n != name])),
                    )

    def _without(self, taken_out: Callable[[Process], Hashable]) -> int:
        """The number of states when processes are told apart by `taken_out` only."""
        same: Ids[Hashable] = Ids()
        numbers = np.array([same((node, taken_out(process))) for node, process in self.words.cores.values])
        return count([self._around, *(numbers[column] for column in self.cores)])

    @cached_property
    def _around(self) -> Array:
        """All of each state but the processes without their logs."""
        return distinct([*self.logs, *self.channels, self.rest])

    # --- process by process, channel by channel ------------------------------------------------------------------------

    def processes(self) -> Iterator[OneProcess]:
        """One by one."""
        for node, core, log in zip(self.nodes, self.cores, self.logs, strict=True):
            processes = self._processes([core])
            values = {
                "local state": len({process.local for process in processes if _alive(process)}),
                "log": len(_used([log])),
                **{name: len({getattr(process, name) for process in processes}) for name in ASIDE},
            }
            yield OneProcess(str(node), count([core, log]), values)

    def one_by_one(self) -> Iterator[OneChannel]:
        """Every channel that is ever used."""
        for slot, column in enumerate(self.channels):
            contents = [self.words.channels.values[number][1] for number in _used([column])]
            longest = max(map(len, contents))
            if longest:
                source, target = self.nodes[slot // len(self.nodes)], self.nodes[slot % len(self.nodes)]
                yield OneChannel(str(source), str(target), len(contents), longest)

    def messages(self) -> list[OneMessage]:
        """Every kind of message that was ever in a channel, by name."""
        entries: dict[str, set[Hashable]] = {}
        holding: Counter[str] = Counter()
        most: Counter[str] = Counter()
        for _, content in self._contents():
            for entry in content:
                entries.setdefault(kind_name(entry), set()).add(entry)
            for kind, times in Counter(map(kind_name, content)).items():
                holding[kind] += 1
                most[kind] = max(most[kind], times)
        return [OneMessage(kind, len(entries[kind]), holding[kind], most[kind]) for kind in sorted(entries)]

    def budgets(self) -> dict[str, int]:
        """How many values each budget takes, where it is more than one."""
        rests = self._rests()
        values = {field.name: len({getattr(rest.budget, field.name) for rest in rests}) for field in fields(Budget)}
        values["split"] = len({rest.split for rest in rests})
        return {name: number for name, number in values.items() if number > 1}

    # --- what was met ------------------------------------------------------------------------------------------------

    def _processes(self, columns: Sequence[Array]) -> list[Process]:
        return [self.words.cores.values[number][1] for number in _used(columns)]

    def _contents(self) -> list[tuple[int, Channel]]:
        return [self.words.channels.values[number] for number in _used(self.channels)]

    def _rests(self) -> list[Any]:
        return [self.words.rests.values[number] for number in _used([self.rest])]


def _used(columns: Sequence[Array]) -> list[int]:
    """The numbers in `columns`: an engine also numbers what it only prepares."""
    return sorted({int(number) for column in columns for number in np.unique(column)})


def _alive(process: Process) -> bool:
    """Whether it has a local state."""
    return process.status in (Status.UP, Status.ABSENT)


def _taken_out(process: Process, name: str) -> Hashable:
    return tuple(getattr(process, field.name) for field in fields(Process) if field.name != name)


def _field_taken_out(process: Process, kind: type, kept: Sequence[str]) -> Hashable:
    """`process` with only the `kept` fields of its local state, if that is of this kind."""
    if type(process.local) is not kind:
        return process
    held = _fields_of(process.local)
    return _taken_out(process, "local"), kind, tuple(held.get(name) for name in kept)


def _fields_of(state: object) -> dict[str, Hashable]:
    """What a local state holds, by name: its fields, or what it says of itself."""
    if isinstance(state, Described):
        return {"role": state.role(), **{name: str(part) for name, part in state.parts().items()}}
    return {field.name: getattr(state, field.name) for field in fields(state)} if is_dataclass(state) else {}
