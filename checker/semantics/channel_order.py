"""In which order the entries of a channel stand: as they came, or, where messages have no order, sorted between the notices."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Sequence

from groupy_check.groupy_model.scenario import Detector, Order, Scenario
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import Channel, Notice


class ChannelOrder:
    """The order of the channels under `scenario`. Where messages have none they are sorted, so that equal bags are equal."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def lengthened(self, channel: Channel, message: Hashable, place: int | None = None) -> Channel:
        """`channel` after `message` has joined it, at `place` if that is not None."""
        return inserted(channel, message, self.place(channel, message) if place is None else place)

    def place_of_notice(self, channel: Channel, held: bool) -> int:
        """The place at which a notice joins `channel`: the end, or where the messages are `held`, in front of them."""
        waits = held and self.scenario.detector is not Detector.OVERTAKING
        return next((place for place, entry in enumerate(channel) if waits and entry is not Notice.DOWN), len(channel))

    def held_places(self, channel: Channel) -> Sequence[int]:
        """The places of the entries of `channel` in the order in which they stand when its messages begin to be held."""
        if self.scenario.detector is Detector.OVERTAKING:
            return range(len(channel))
        return self.sorted_places(channel, sorted(range(len(channel)), key=lambda place: channel[place] is not Notice.DOWN))

    def place(self, channel: Channel, message: Hashable) -> int:
        """The place at which `message` joins `channel`: the end. A bag is kept sorted behind its last notice."""
        if self.scenario.order is Order.FIFO:
            return len(channel)
        return bisect_right(channel, _rank(message), lo=self._open(channel), key=_rank)

    def _open(self, bag: Channel) -> int:
        """Where the part of `bag` begins that messages join: behind the last notice. Notices that overtake stand last."""
        return max((place + 1 for place, entry in enumerate(bag) if self._parts(entry)), default=0)

    def _parts(self, entry: Hashable) -> bool:
        """Whether, in a bag, what is queued before `entry` stands before what is queued later."""
        return entry is Notice.DOWN and self.scenario.detector is not Detector.OVERTAKING

    def sorted_places(self, channel: Channel, places: Sequence[int]) -> Sequence[int]:
        """The `places` of the entries that are left in `channel`, in the order in which they stand then.

        Where a notice is gone from a bag, what stood before and behind it is sorted again.
        """
        if self.scenario.order is Order.FIFO:
            return places
        found, start = list[int](), 0
        for end, place in enumerate(places, start=1):
            if end == len(places) or self._parts(channel[place]):
                found += sorted(places[start:end], key=lambda place: _rank(channel[place]))
                start = end
        return found


def inserted(channel: Channel, entry: Hashable, place: int) -> Channel:
    """`channel` with `entry` at `place`."""
    return (*channel[:place], entry, *channel[place:])


def _rank(entry: Hashable) -> tuple[bool, str]:
    """What a bag is sorted by."""
    return entry is Notice.DOWN, show(entry)
