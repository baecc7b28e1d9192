"""Whether a search has an end: it looks now and then, as levels begin, for what grows for ever, and says so.

A search that nothing limits stops there. One with a limit goes on to that, for what grows may yet have an end.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from groupy_check.checker.limits.deadline import TimeIsUp
from groupy_check.checker.limits.user_output import marked_prints
from groupy_check.checker.search.growth import Growth, growth_in
from groupy_check.checker.semantics.source_lines.slips import made_at
from groupy_check.groupy_model.protocol import Explaining

if TYPE_CHECKING:
    from groupy_check.checker.search.base import Search

FIRST_LOOK, DEEP = 5_000, 256  # states or steps, which nobody waits for long; further looks are at twice as many
SAMPLES = 4  # of the longest runs


class Endless:
    """What grows for ever in `search`."""

    def __init__(self, search: Search) -> None:
        self.search, self.next_look, self.next_depth = search, FIRST_LOOK, DEEP
        self.seen: Growth | None = None

    def bound(self) -> str:
        """To be asked as a level begins: the bound where something grows for ever and there is no limit, else ""."""
        search = self.search
        if not search.limits.none or (search.distinct < self.next_look and search.depth < self.next_depth):
            return ""
        self.next_look, self.next_depth = max(self.next_look, 2 * search.distinct), max(self.next_depth, 2 * search.depth)
        self.seen = self._found()
        return f"{self.seen} for ever" if self.seen else ""

    def warnings(self) -> list[str]:
        """What grows, where, and what to do about it, of a search that was ended; nothing if there is no room or time."""
        with suppress(MemoryError, TimeIsUp):
            growth = self.seen or self._found()
            return [] if growth is None else [self._told(growth)]
        return []

    def _told(self, growth: Growth) -> str:
        told = (
            f"{growth} in every turn of a loop{self._place(growth)}: {growth.turns} times in {growth.steps} steps of a run "
            "without another multicast, join or fault; bound it, or do without it"
        )
        return told + ("; if it has a bound, set a limit: with --max-states the search goes on" if self.seen else "")

    def _found(self) -> Growth | None:
        search = self.search
        if not search.distinct:
            return None
        begins = [states for states, _ in search.levels if states < search.distinct]
        first, last = begins[-1] if begins else 0, search.distinct - 1
        numbers = dict.fromkeys(first + (last - first) * part // (SAMPLES - 1) for part in range(SAMPLES))
        return next(filter(None, (growth_in(*search.walk(number)) for number in numbers)), None)

    def _place(self, growth: Growth) -> str:
        """`, at gms3.erl:31`: where the first part has grown; "" if that is not known."""
        if growth.call is None:
            return ""
        protocol, (local, event) = self.search.protocol, growth.call
        if isinstance(protocol, Explaining):
            place = protocol.place(local, event)
        else:
            steps = self.search.semantics.handle(local, event) or ()
            with marked_prints():  # where all is that a user's code prints
                places = [made_at(lambda: protocol.step(local, event), step) for step in steps]
            place = next(filter(None, places), "").removeprefix(" at ")
        return f", at {place}" if place else ""
