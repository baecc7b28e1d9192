"""Which views of a log are the same, and in which order they come.

Views with an identity are the same if identity and members are. Without one, they are the same if their members are and if they
follow the same view. The first view of a process follows nothing that it logged: it is the one view with these members that
others went to, if there is exactly one. Where two views with the same members follow different ones, two components may have
met in one view, or not. What cannot be told is said (`unclear`), and what depends on it is not judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import combinations, pairwise

from groupy_check.checker.history.book import LoggedView, Track
from groupy_check.checker.history.payload_text import shortened
from groupy_check.groupy_model.show import printable

START = -1  # what a first view follows


class ViewName(int):
    """The number of a view, by which views are ordered; it is written as the system calls the view."""

    name: str

    def __new__(cls, number: int, name: str) -> ViewName:
        """The view `number`, which is called `name`."""
        made = super().__new__(cls, number)
        made.name = name
        return made

    def __repr__(self) -> str:
        return self.name

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class ViewNumbers:
    """The number of each view, by track and by its place among the track's views.

    `numbered`: the numbers are the system's own. Else they are such that a view comes after those that it follows; `in_line`
    says that only one order does so. `unclear` says why it cannot be told which views are the same; "" if it can.
    """

    numbers: tuple[tuple[int, ...], ...]
    numbered: bool
    in_line: bool
    unclear: str = ""


def logged_views(tracks: Sequence[Track], ordered: bool | None) -> tuple[list[list[LoggedView]], str]:
    """The views of each track, and what is unclear about the order of their members, "" if nothing is.

    `ordered`: that order means something, or not; None: the log does not say. Where it means nothing, or may mean nothing, it
    is that in which the view is met first.
    """
    views = [[entry for entry in track.entries if isinstance(entry, LoggedView)] for track in tracks]
    if ordered:
        return views, ""
    first: dict[Hashable, tuple[str, ...]] = {}
    alike = [[_as_met_first(view, first) for view in each] for each in views]
    if ordered is None and alike != views:
        view = next(a for each, others in zip(views, alike, strict=True) for a, b in zip(each, others, strict=True) if a != b)
        return alike, _disordered(view.members)
    return alike, ""


def _as_met_first(view: LoggedView, first: dict[Hashable, tuple[str, ...]]) -> LoggedView:
    met = first.setdefault((_key(view.identity), frozenset(view.members)), view.members)
    return view if met == view.members else LoggedView(view.identity, met)


def _disordered(members: Iterable[str]) -> str:
    first_line = '{"groupy-log": 1, "ordered": false}'
    view = f"{{{','.join(map(printable, members))}}}"
    return f"the members of the view {view} come in several orders; say in a first line, {first_line}, whether they have one"


def numbers_of_views(views: Sequence[Sequence[LoggedView]]) -> ViewNumbers:
    """The numbers of the views of all tracks."""
    identities = [view.identity for each in views for view in each]
    if identities and all(type(identity) is int for identity in identities):
        return ViewNumbers(tuple(tuple(_whole(view.identity) for view in each) for each in views), numbered=True, in_line=True)
    if None not in identities:
        keys: list[list[Hashable]] = [[_key(view.identity) for view in each] for each in views]
        names = {_key(identity): shortened(printable(str(identity))) for identity in identities}
        ranks, in_line = _ranks(keys)
        named = {key: ViewName(rank, names[key]) for key, rank in ranks.items()}
        return ViewNumbers(tuple(tuple(named[key] for key in each) for each in keys), numbered=False, in_line=in_line)
    chains, unclear = _chains(views)
    ranks, in_line = _ranks(chains)
    return ViewNumbers(tuple(tuple(ranks[key] for key in each) for each in chains), False, in_line, unclear)


def _whole(identity: object) -> int:
    assert isinstance(identity, int)
    return identity


def _key(identity: object) -> Hashable:
    """A key for an identity; of the values of JSON, True is not 1."""
    return isinstance(identity, bool), identity


def _chains(views: Sequence[Sequence[LoggedView]]) -> tuple[list[list[Hashable]], str]:
    """A key for each view that has no identity, and what is unclear about them."""
    known: dict[tuple[tuple[str, ...], int], int] = {}
    first: dict[tuple[str, ...], int] = {}  # where a first view with these members was found to be a later one of others
    while True:
        chains = [list(_chain(each, known, first)) for each in views]
        later = defaultdict[tuple[str, ...], set[int]](set)
        for each, chain in zip(views, chains, strict=True):
            for view, key in zip(each[1:], chain[1:], strict=True):
                later[view.members].add(key)
        begun = {each[0].members: chain[0] for each, chain in zip(views, chains, strict=True) if each}
        new = {members: keys for members in begun if members not in first and (keys := later[members] - {begun[members]})}
        for members, keys in new.items():
            if len(keys) > 1 or any({begun[members], *keys} <= {*chain} for chain in chains):
                return [[*chain] for chain in chains], _several(members)
        if not new:
            return [[*chain] for chain in chains], _rivals(views, chains)
        first.update({members: min(keys) for members, keys in new.items()})


def _several(members: Iterable[str]) -> str:
    several = f"there are several views {{{','.join(map(printable, members))}}}"
    return f"{several}, and which of them are the same is not said; log an identity (`view`)"


def _rivals(views: Sequence[Sequence[LoggedView]], chains: Sequence[Sequence[int]]) -> str:
    """What is unclear where views have the same members and follow different ones: two components may have met in one.

    They are different for sure if one process has installed both.
    """
    keys = defaultdict[tuple[str, ...], set[int]](set)
    for each, chain in zip(views, chains, strict=True):
        for view, key in zip(each, chain, strict=True):
            keys[view.members].add(key)
    installed = [frozenset(chain) for chain in chains]
    for members, rivals in keys.items():
        if any(not any({*pair} <= chain for chain in installed) for pair in combinations(sorted(rivals), 2)):
            return _several(members)
    return ""


def _chain(
    views: Sequence[LoggedView], known: dict[tuple[tuple[str, ...], int], int], first: Mapping[tuple[str, ...], int]
) -> Iterator[int]:
    before = START
    for view in views:
        begins = before == START and view.members in first
        before = first[view.members] if begins else known.setdefault((view.members, before), len(known))
        yield before


def _ranks(chains: Sequence[Sequence[Hashable]]) -> tuple[dict[Hashable, int], bool]:
    """A number from 1 for each key, such that it is larger than those before it, and whether only one order is possible.

    Where the tracks contradict each other there is no such order; then the key that was met first is taken next.
    """
    met = {key: place for place, key in enumerate(dict.fromkeys(key for chain in chains for key in chain))}
    keys = list(met)
    follow: dict[int, set[int]] = {place: set() for place in met.values()}
    waits = dict.fromkeys(follow, 0)
    for chain in chains:
        for older, newer in pairwise(met[key] for key in chain):
            if newer != older and newer not in follow[older]:
                follow[older].add(newer)
                waits[newer] += 1
    order = _topological(follow, waits)
    in_line = all(newer in follow[older] for older, newer in pairwise(order))
    return {keys[place]: rank for rank, place in enumerate(order, start=1)}, in_line


def _topological(follow: Mapping[int, set[int]], waits: dict[int, int]) -> list[int]:
    ready = [place for place, count in waits.items() if not count]
    heapify(ready)
    left = dict.fromkeys(waits)  # in the order in which they were met
    order: list[int] = []
    while left:
        place = heappop(ready) if ready else next(iter(left))
        if place in left:
            del left[place]
            order.append(place)
            for newer in sorted(follow[place]):
                waits[newer] -= 1
                if waits[newer] == 0:
                    heappush(ready, newer)
    return order
