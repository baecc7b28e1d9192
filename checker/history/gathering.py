"""From tracks to a `History`: who is who, who was there from the beginning, and how each process ended."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import Enum

from groupy_check.checker.history.book import Book, LoggedTransitionalSet, LoggedView, Track
from groupy_check.checker.history.log_views import ViewNumbers, logged_views, numbers_of_views
from groupy_check.checker.history.payload_text import shortened
from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import NamedNode, Node
from groupy_check.groupy_model.observations import (
    Adopted,
    Delivered,
    History,
    Installed,
    Left,
    Life,
    MovedWith,
    Observation,
    Status,
)
from groupy_check.groupy_model.show import printable

DIGITS = re.compile(r"(\d+)")


class Silence(Enum):
    """What is taken for granted of a process whose lines stop without `end`, `leave` or `crash`."""

    CRASHED = "crashed"
    CORRECT = "correct"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LogHistory:
    """What a log tells: the `history` in which every silent process is up, and where each entry of each life stands.

    `silent` are the places of the silent lives. `tracks` are in the order of the lives, entry by entry. `complete`: every file
    could be read to its end. `which_life` says why it cannot be told which life of a process is a member of some view.
    """

    history: History
    tracks: tuple[Track, ...]
    book: Book
    silent: frozenset[int]
    views: ViewNumbers
    which_life: str = ""

    @property
    def complete(self) -> bool:
        """Every line could be read."""
        return not self.book.faults


def gather(book: Book) -> LogHistory:
    """The history that the tracks of `book` make; it is not at rest."""
    tracks = sorted(book.tracks.values(), key=lambda track: (_natural(track.name), track.incarnation))
    logged, disordered = logged_views(tracks, book.ordered)
    numbers = numbers_of_views(logged)
    numbers = replace(numbers, unclear=disordered or numbers.unclear)
    members = _Members(tracks, logged, numbers)
    views = members.views()
    pairs = (zip(names, found, strict=True) for names, found in zip(logged, views, strict=True))
    logs = [tuple(_log(track, each, members)) for track, each in zip(tracks, pairs, strict=True)]
    founders = _founders(tracks, logs)
    lives = tuple(
        Life(_node(place, track), track.status, log, founder)
        for place, (track, log, founder) in enumerate(zip(tracks, logs, founders, strict=True), start=1)
    )
    silent = frozenset(place for place, life in enumerate(lives) if life.status is Status.UP and Left() not in life.log[-1:])
    silent = frozenset(place for place in silent if not any(isinstance(entry, Left) for entry in lives[place].log))
    return LogHistory(History(lives), tuple(tracks), book, silent, numbers, members.which_life())


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that puts p2 before p10."""
    return [(int(part), "") if part.isdecimal() and part.isascii() else (-1, part) for part in DIGITS.split(name)]


def _node(number: int, track: Track) -> NamedNode:
    name = shortened(printable(track.name))
    return NamedNode(number, f"{name}#{track.incarnation + 1}" if track.incarnation else name)


def _log(track: Track, views: Iterator[tuple[LoggedView, View]], members: _Members) -> Iterator[Observation]:
    latest: tuple[LoggedView, View] | None = None
    for entry in track.entries:
        if isinstance(entry, LoggedView):
            latest = next(views)
            yield Installed(latest[1])
        elif isinstance(entry, LoggedTransitionalSet):
            assert latest is not None  # it came with a view
            nodes = dict(zip(latest[0].members, latest[1].members, strict=True))
            yield MovedWith(tuple(nodes.get(name) or members.one_of(name) for name in entry.members))
        else:
            yield entry


def _founders(tracks: Sequence[Track], logs: Sequence[Sequence[Observation]]) -> list[bool]:
    """Who was a member from the beginning, and so missed no multicast.

    Without views, the group is fixed. With views, it is who began with the one view that nobody came to from another; if there
    are several, each process may have missed what was multicast in those of the others. Who comes back has missed something.
    """
    views = [[entry.view for entry in log if isinstance(entry, Installed)] for log in logs]
    if not any(views):
        return [not track.incarnation for track in tracks]
    entered = {view for each in views for view in each[1:]}
    begun = {each[0] for each in views if each} - entered
    return [
        len(begun) == 1 and bool(each) and each[0] in begun and not track.incarnation and not _before_a_view(log)
        for track, each, log in zip(tracks, views, logs, strict=True)
    ]


def _before_a_view(log: Sequence[Observation]) -> bool:
    """Whether something was delivered before the first view: then the log does not begin where the process did."""
    first = next((entry for entry in log if isinstance(entry, Installed | Delivered | Adopted)), None)
    return not isinstance(first, Installed)


class _Members:
    """Finds out which life of a process a view means by its name.

    In its own view, a process means itself. Otherwise it is the one that installed the view; else the one that the process's
    view before meant; else, when the name is new to the process or comes back, the next life of that name.
    """

    def __init__(self, tracks: Sequence[Track], logged: Sequence[Sequence[LoggedView]], numbers: ViewNumbers) -> None:
        self.tracks, self.logged, self.numbers = tracks, logged, numbers
        self.lives: Mapping[str, list[int]] = _by_name(tracks)
        self.several = frozenset(name for name, lives in self.lives.items() if len(lives) > 1)
        self.nodes = {place: _node(place + 1, track) for place, track in enumerate(tracks)}
        lists = {view.members for views in logged for view in views}
        lists |= {entry.members for track in tracks for entry in track.entries if isinstance(entry, LoggedTransitionalSet)}
        names = {name for members in lists for name in members}
        strangers = sorted(names - self.lives.keys(), key=_natural)
        self.strangers: dict[str, Node] = {
            name: NamedNode(len(tracks) + number, shortened(printable(name))) for number, name in enumerate(strangers, start=1)
        }
        self.installers: dict[tuple[int, tuple[str, ...]], list[int]] = defaultdict(list)
        for place, views in enumerate(logged):
            for number, view in zip(numbers.numbers[place], views, strict=True):
                self.installers[number, view.members].append(place)
        self.reborn = {key: pair for key, places in self.installers.items() if (pair := self._namesakes(places))}
        self.known: dict[object, View] = {}

    def views(self) -> list[list[View]]:
        """The views of each track."""
        return [list(self._of(place, track)) for place, track in enumerate(self.tracks)]

    def _of(self, place: int, track: Track) -> Iterator[View]:
        meant: dict[str, int] = {}  # the latest life of each name in this process's views
        before: tuple[str, ...] = ()
        for number, view in zip(self.numbers.numbers[place], self.logged[place], strict=True):
            key = (number, view.members)
            known = (key, place) if key in self.reborn else key
            if known not in self.known:
                own = {track.name: self.nodes[place]} if key in self.reborn else {}
                installers = frozenset(self.installers[key])
                members = tuple(own.get(name) or self._member(name, installers, meant, before) for name in view.members)
                self.known[known] = View(number, members)
            before = view.members
            if self.several:
                members = self.known[known].members
                meant.update((name, node - 1) for name, node in zip(before, members, strict=True) if name in self.several)
            yield self.known[known]

    def which_life(self) -> str:
        """Why it cannot be told which life of a process is a member of some view; "" if it can."""
        for (number, members), (one, other) in self.reborn.items():
            view = View(number, tuple(map(self.one_of, members)))
            who = f"{self.nodes[one]} and {self.nodes[other]} both installed {view}"
            return f"{who}, and the log does not tell whether that is one view; log an identity (`view`) that never comes back"
        return ""

    def _namesakes(self, places: Sequence[int]) -> tuple[int, int] | None:
        """Two different lives of one name among `places`."""
        if not self.several:
            return None
        first: dict[str, int] = {}
        for place in places:
            one = first.setdefault(self.tracks[place].name, place)
            if one != place:
                return one, place
        return None

    def one_of(self, name: str) -> Node:
        """A process with this name: its first life, if there is a log of it."""
        return self.nodes[self.lives[name][0]] if name in self.lives else self.strangers[name]

    def _member(self, name: str, installers: Set[int], meant: Mapping[str, int], before: tuple[str, ...]) -> Node:
        lives = self.lives.get(name, [])
        if not lives:
            return self.strangers[name]
        if name not in self.several:
            return self.nodes[lives[0]]
        installed = [place for place in lives if place in installers]
        if installed:
            return self.nodes[installed[0]]
        if name in meant and name in before:
            return self.nodes[meant[name]]
        later = [place for place in lives if place > meant.get(name, -1)]
        return self.nodes[later[0] if later else lives[-1]]


def _by_name(tracks: Sequence[Track]) -> dict[str, list[int]]:
    found = defaultdict(list)
    for place, track in enumerate(tracks):
        found[track.name].append(place)
    return found
