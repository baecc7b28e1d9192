"""What grows for ever: why a search does not end, said of the run that shows it.

A run is followed behind its last multicast, join and fault. Two of its states are alike if nothing tells them apart but how
large their parts are: numbers, collections, mailboxes. Where a state is met again and again, alike, with no part smaller than
before and some larger each time, these parts grow in every turn of a loop. It is how Karp and Miller ("Parallel program
schemata", 1969) see that a Petri net has no bound. Handlers may look at how large a part is, so here it is a strong sign and no
proof: a counter up to a thousand looks the same. So it decides no verdict, and is looked for only where a search ends without
having seen everything.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from itertools import pairwise

from groupy_check.groupy_model.actions import Action, Handle, Suspect
from groupy_check.groupy_model.events import Down, Event
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.show import Described
from groupy_check.groupy_model.system import Process, System

TURNS = 8  # of a loop; what grows as often as this without a reason from outside has no end that anybody intended
NAMED = 3  # parts that are named; more would not be read
LONGEST = 160  # steps that are looked at, at the end of a run

UNDER_WAY, LOG = "queue of messages to ", "log of deliveries and views"  # parts that no local state holds

Part = tuple[Node, str]
Sizes = Mapping[Part, int]
Walk = tuple[Sequence[System], Sequence[Action]]  # the states of a run, and what leads from each to the next


@dataclass(frozen=True, slots=True)
class Growth:
    """The `parts` that grow, each with its process, in so many `turns` of a loop, `steps` in all.

    `call` is that of a handler in which the first of them has grown: a local state, an event. None if there was none.
    """

    parts: tuple[Part, ...]
    turns: int
    steps: int
    call: tuple[Hashable, Event] | None

    def __str__(self) -> str:
        told = [f"{node}'s {part}" for node, part in self.parts[:NAMED]]
        if len(self.parts) > NAMED:
            told.append(f"{len(self.parts) - NAMED} more")
        return f"{', '.join(told[:-1])} and {told[-1]} grow" if len(told) > 1 else f"{told[0]} grows"


def growth_in(systems: Sequence[System], actions: Sequence[Action]) -> Growth | None:
    """What grows at the end of a run: its states, and the actions between them. None where nothing is seen to."""
    run = _Run(*_undisturbed(systems, actions))
    return run.growth() if len(run.systems) > TURNS else None


def _undisturbed(systems: Sequence[System], actions: Sequence[Action]) -> Walk:
    """The end of a run in which the environment does nothing: it spends no budget."""
    last = systems[-1]
    begin = next((place + 1 for place in range(len(systems) - 2, -1, -1) if _outside(systems[place]) != _outside(last)), 0)
    begin = max(begin, len(actions) - LONGEST)
    return systems[begin:], actions[begin:]


def _outside(system: System) -> Hashable:
    return system.budget, system.split, tuple((process.status, process.asked) for process in system.processes)


class _Run:
    """The end of a run."""

    def __init__(self, systems: Sequence[System], actions: Sequence[Action]) -> None:
        self.systems, self.actions = systems, actions
        self.known: dict[int, Sizes] = {}

    def growth(self) -> Growth | None:
        """What grows; in a loop that goes on to the end of the run, so that it has not come to an end meanwhile."""
        visits: dict[Hashable, list[int]] = {}
        shapes = _Shapes()
        for place, system in enumerate(self.systems):
            visits.setdefault(shapes.of_system(system), []).append(place)
        for places in sorted(visits.values(), key=lambda places: -places[-1]):
            chain = self._rising(places) if len(places) > TURNS else []
            if len(chain) > TURNS and len(self.actions) - chain[-1] <= chain[-1] - chain[-2]:
                return self._told(chain)
        return None

    def _rising(self, visits: Sequence[int]) -> list[int]:
        """Those of `visits` up to the last one between which nothing shrinks and something grows."""
        chain = [visits[-1]]
        for place in reversed(visits[:-1]):
            below, above = self._sizes(place), self._sizes(chain[-1])
            if below != above and all(above.get(part, 0) >= size for part, size in below.items()):
                chain.append(place)
        return chain[::-1]

    def _sizes(self, place: int) -> Sizes:
        if place not in self.known:
            self.known[place] = dict(_sizes_of(self.systems[place]))
        return self.known[place]

    def _told(self, chain: Sequence[int]) -> Growth:
        found = list(map(self._sizes, chain[-1 - TURNS :]))
        grown = [part for part, size in found[-1].items() if size > found[0].get(part, 0)]
        always = [part for part in grown if all(one.get(part, 0) < other[part] for one, other in pairwise(found))]
        parts = always or grown
        held = [part for part in parts if part[1] != LOG and not part[1].startswith(UNDER_WAY)]
        parts = held or parts
        call = self._call(parts[0], range(chain[-2], chain[-1]))
        return Growth(tuple(parts), len(chain) - 1, chain[-1] - chain[0], call)

    def _call(self, part: Part, places: range) -> tuple[Hashable, Event] | None:
        """The last call of a handler in `places` by which `part` has grown."""
        risen = (p for p in reversed(places) if self._sizes(p + 1).get(part, 0) > self._sizes(p).get(part, 0))
        place = next(risen, None)
        match self.actions[place] if place is not None else None:
            case Handle(node, event):
                return self.systems[place or 0].processes[node - 1].local, event
            case Suspect(node, other):
                return self.systems[place or 0].processes[node - 1].local, Down(other)
        return None


# --- how large parts are ---------------------------------------------------------------------------------------------


def _sizes_of(system: System) -> Iterator[tuple[Part, int]]:
    """The sizes of all parts: of local states first, then what is under way, then logs."""
    nodes = [Node(number) for number in range(1, len(system.processes) + 1)]
    for node, process in zip(nodes, system.processes, strict=True):
        for name, value in _held(process.local).items():
            yield (node, name), size_of(value)
    for place, channel in enumerate(system.channels):
        yield (nodes[place // len(nodes)], f"{UNDER_WAY}{nodes[place % len(nodes)]}"), size_of(channel)
    for node, process in zip(nodes, system.processes, strict=True):
        yield (node, LOG), len(process.log)


def _held(local: Hashable) -> Mapping[str, object]:
    """What a local state holds, by name."""
    if isinstance(local, Described):
        return local.holdings()
    if is_dataclass(local):
        return {field.name: getattr(local, field.name) for field in fields(local)}
    return {"state": local}


def size_of(value: object) -> int:
    """How large `value` is: of a number what it counts, of what has parts how many there are, and how large."""
    if type(value) is int:
        return abs(value)
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, tuple | frozenset):
        return len(value) + sum(map(size_of, value))
    if isinstance(value, Mapping):
        return len(value) + sum(size_of(key) + size_of(item) for key, item in value.items())
    if is_dataclass(value):
        return sum(size_of(getattr(value, field.name)) for field in fields(value) if field.compare)
    return 0


class _Shapes:
    """States without the sizes of their parts; what was seen is remembered."""

    def __init__(self) -> None:
        self.known: dict[Hashable, Hashable] = {}

    def of_system(self, system: System) -> Hashable:
        """The shape of a whole state."""
        return tuple(map(self._of_process, system.processes)), tuple(map(self._remembered, system.channels))

    def _of_process(self, process: Process) -> Hashable:
        aside = process.watching, process.timers, process.worker, process.asks
        return process.status, self._remembered(process.local), aside

    def _remembered(self, value: Hashable) -> Hashable:
        if value not in self.known:
            self.known[value] = self.of(value)
        return self.known[value]

    def of(self, value: object) -> Hashable:
        """`value` without its numbers, and without how often, and in which order, something is in a collection."""
        if type(value) is int:
            return int
        if isinstance(value, tuple | frozenset):
            return type(value), frozenset(map(self.of, value))
        if isinstance(value, Mapping):
            return dict, frozenset((self.of(key), self.of(item)) for key, item in value.items())
        if is_dataclass(value):
            return type(value), tuple(self.of(getattr(value, field.name)) for field in fields(value) if field.compare)
        return value
