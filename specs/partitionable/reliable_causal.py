"""Reliable causal delivery: within a view, nothing that happened before is skipped."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from groupy_check.groupy_model.observations import Adopted, Delivered, History, Installed, Life, Sent
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import placed
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CKV
from groupy_check.specs.synchrony import sendings


def _reliable_causal(history: History) -> Witness | None:
    """Who delivers m' has had before all that was multicast in the same view and that happened before m'.

    As in `causal`, it is enough to look at what the sender of m' itself had multicast or delivered before.
    """
    sent_in = {payload: view for payload, (_, view) in sendings(history).items()}
    had_at = [{payload: place for place, payload in enumerate(life.had)} for life in history.lives]
    delivered = [frozenset(life.delivered) for life in history.lives]
    for sender in history.lives:
        for receiver, places, own in zip(history.lives, had_at, delivered, strict=True):
            latest: Hashable | None = None  # the cause in this view that the receiver has had last, or never
            asked: set[Hashable] = set()
            for entry, view in placed(sender):
                match entry:
                    case Installed():
                        latest = None
                    case Sent(payload) | Delivered(payload) if sent_in.get(payload, entry) == view:
                        place = places.get(payload, len(places))
                        if isinstance(entry, Sent) and payload not in asked:
                            asked.add(payload)
                            if latest not in (None, payload) and payload in own and place < places.get(latest, len(places)):
                                return uncaused(sender, receiver, latest, payload, places)
                        if latest is None or place > places.get(latest, len(places)):
                            latest = payload
    return None


def uncaused(sender: Life, receiver: Life, earlier: Hashable, later: Hashable, places: Mapping[Hashable, int]) -> Witness:
    """The witness that `receiver` delivered `later`, which `sender` multicast after `earlier`, too early."""
    did = "delivered" if Delivered(earlier) in sender.log[: sender.log.index(Sent(later))] else "multicast"
    how = "before" if earlier in places else "without"
    text = f"{sender.node} {did} {show(earlier)} before it multicast {show(later)} in the same view, "
    text += f"but {receiver.node} delivered {show(later)} {how} {show(earlier)}"
    return Witness(text, tuple(dict.fromkeys((sender.node, receiver.node))), (earlier, later))


def one_from_another(history: History) -> bool:
    """The goal of causal orders."""
    delivered = [(life, frozenset(life.delivered)) for life in history.lives]
    return any(not own.isdisjoint(_caused(sender)) for sender in history.lives for life, own in delivered if life is not sender)


def _caused(sender: Life) -> set[Hashable]:
    """What `sender` asked for after something else in the same view."""
    found: set[Hashable] = set()
    before = False
    for entry, _ in placed(sender):
        match entry:
            case Installed():
                before = False
            case Sent(payload):
                found.update((payload,) if before else ())
                before = True
            case Delivered():
                before = True
    return found


RELIABLE_CAUSAL = Property(
    name="reliable-causal",
    kind=Kind.SAFETY,
    sentence="who delivers m has had all that was multicast in the same view and happened before m",
    source=f"reliable causal delivery in {CKV}",
    needs=frozenset({Sent, Delivered, Adopted, Installed}),
    judge=_reliable_causal,
    goal=one_from_another,
    goal_text="a process delivered a payload that another multicast after something in the same view",
)
