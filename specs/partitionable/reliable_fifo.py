"""Reliable FIFO delivery: within a view, nothing of a sender is skipped. What was multicast in other views may be missing."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import groupby

from groupy_check.groupy_model.observations import Adopted, Delivered, History, Installed, Life, Sent
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import placed
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CKV


def _reliable_fifo(history: History) -> Witness | None:
    """Who delivers m' has had everything before that the sender had multicast before m' in the same view."""
    had_at = [{payload: place for place, payload in enumerate(life.had)} for life in history.lives]
    delivered = [frozenset(life.delivered) for life in history.lives]
    for sender in history.lives:
        for asked in _by_view(sender):
            for receiver, places, own in zip(history.lives, had_at, delivered, strict=True):
                latest = asked[0]
                for payload in asked:
                    if payload in own and places[payload] < places.get(latest, len(places)):
                        return _skipped(sender, receiver, latest, payload, places)
                    if places.get(payload, len(places)) > places.get(latest, len(places)):
                        latest = payload
    return None


def _by_view(sender: Life) -> Iterator[list[Hashable]]:
    """What `sender` asked for, by the view in which it asked first."""
    first: dict[Hashable, int] = {}
    number = 0
    for entry, _ in placed(sender):
        match entry:
            case Sent(payload):
                first.setdefault(payload, number)
            case Installed():
                number += 1
    for _, payloads in groupby(first, key=first.__getitem__):
        yield list(payloads)


def _skipped(sender: Life, receiver: Life, earlier: Hashable, later: Hashable, places: dict[Hashable, int]) -> Witness:
    how = "before" if earlier in places else "without"
    text = f"{sender.node} multicast {show(earlier)} before {show(later)} in one view, "
    text += f"but {receiver.node} delivered {show(later)} {how} {show(earlier)}"
    return Witness(text, tuple(dict.fromkeys((sender.node, receiver.node))), (earlier, later))


def _two_of_one_view(history: History) -> bool:
    delivered = [frozenset(life.delivered) for life in history.lives]
    parts = [asked for sender in history.lives for asked in _by_view(sender) if len(asked) > 1]
    return any(len(own.intersection(asked)) > 1 for asked in parts for own in delivered)


RELIABLE_FIFO = Property(
    name="reliable-fifo",
    kind=Kind.SAFETY,
    sentence="who delivers m has had all that its sender multicast in the same view before m, in that order",
    source=f"reliable FIFO delivery in {CKV}",
    needs=frozenset({Sent, Delivered, Adopted, Installed}),
    judge=_reliable_fifo,
    goal=_two_of_one_view,
    goal_text="a process delivered two payloads that one process multicast in one view",
    pairwise=True,
)
