"""Causal delivery of extended virtual synchrony: of what is sent in a view, nothing that happened before is skipped.

It differs from `reliable-causal` in when a message is sent: not when the application asks for it, but when Totem puts it on the
ring. What is queued while the view changes is sent in the next one. A log does not show that moment. But a message is delivered
in the view in which it is sent, by its sender, too, and a sender's messages are sent in the order in which it asked for them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import Delivered, History, Life, Sent
from groupy_check.groupy_model.verdict import Witness
from groupy_check.specs.logs import first_deliveries, once
from groupy_check.specs.partitionable.reliable_causal import RELIABLE_CAUSAL, uncaused
from groupy_check.specs.sources import EVS


def _causal_in_view(history: History) -> Witness | None:
    """Who delivers m' has had before all that was sent in the same view and that happened before m'."""
    sent_in = _sent_in(history)
    had_at = [{payload: place for place, payload in enumerate(life.had)} for life in history.lives]
    delivered = [frozenset(life.delivered) for life in history.lives]
    for sender in history.lives:
        for receiver, places, own in zip(history.lives, had_at, delivered, strict=True):
            pair = _skipped(sender, places, own, sent_in)
            if pair:
                return uncaused(sender, receiver, *pair, places)
    return None


def _sent_in(history: History) -> dict[Hashable, View | None]:
    """The view in which each payload was sent: in which its sender delivered it or, if it never did, its next one.

    Not of those after the last one that the sender delivered: of these nothing is known.
    """
    found: dict[Hashable, View | None] = {}
    for life in history.lives:
        own = first_deliveries(life)
        latest: list[View | None] = []
        for payload in reversed(once(life.sent)):
            latest = [own[payload]] if payload in own else latest
            for view in latest:
                found.setdefault(payload, view)
    return found


def _skipped(
    sender: Life, places: Mapping[Hashable, int], own: frozenset[Hashable], sent_in: Mapping[Hashable, View | None]
) -> tuple[Hashable, Hashable] | None:
    """What a receiver had last, or never, of what happened before a message that it delivered, and that message."""
    never = len(places)
    latest: dict[View | None, Hashable] = {}  # of each view, the cause that the receiver has had last, or never
    asked: set[Hashable] = set()
    for entry in sender.log:
        match entry:
            case Sent(payload) | Delivered(payload) if payload in sent_in:
                view, place = sent_in[payload], places.get(payload, never)
                cause = latest.setdefault(view, payload)
                if isinstance(entry, Sent) and payload not in asked:
                    asked.add(payload)
                    if payload in own and place < places.get(cause, never):
                        return cause, payload
                if place > places.get(cause, never):
                    latest[view] = payload
    return None


CAUSAL_IN_VIEW = replace(
    RELIABLE_CAUSAL,
    name="causal-in-view",
    sentence="who delivers m has had all that was sent in the same view and happened before m",
    source=f"causal delivery in {EVS}",
    judge=_causal_in_view,
)
