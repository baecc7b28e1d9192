"""How deliveries and views fit together: virtual synchrony, and the state that a joiner starts from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from itertools import combinations

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Adopted, Delivered, History, Installed, Life, Sent
from groupy_check.groupy_model.payloads import Colour, SetState, StateRequest
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.groupy_model.worker import first_worker, on_delivery
from groupy_check.specs.logs import Move, correct, deliveries, eventually, is_member, moves, paint, placed
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CKV, GROUPY, LECTURE

NEEDS: frozenset[type] = frozenset({Delivered, Installed})
BLACK: Colour = (0, 0, 0)


def _together(one: Life, other: Life) -> list[tuple[Move, Move]]:
    """The changes of view, from the same one straight to the same other one, that both made."""
    theirs = moves(other)
    return [(a, b) for a in moves(one) for b in theirs if (a.older, a.newer) == (b.older, b.newer)]


def _virtual_synchrony(history: History) -> Witness | None:
    """Who moved together from one view to the next delivered the same set of payloads in the older one."""
    for one, other in combinations(history.lives, 2):
        for a, b in _together(one, other):
            for payload in (*a.delivered, *b.delivered):
                if (payload in a.delivered) != (payload in b.delivered):
                    return _split(one, other, a, payload)
    return None


def _split(one: Life, other: Life, move: Move, payload: Hashable) -> Witness:
    """`move` is the one of `one`."""
    has, lacks = (one, other) if payload in move.delivered else (other, one)
    older, newer = f"v{move.older.id}", f"v{move.newer.id}"
    outcome = f"{has.node} delivered {show(payload)} in {older} and {lacks.node} did not"
    text = f"{one.node} and {other.node} both moved from {older} to {newer}, but {outcome}"
    return Witness(text, (one.node, other.node), (payload,), (move.older, move.newer))


def _views(*views: View | None) -> tuple[View, ...]:
    return tuple(view for view in views if view is not None)


def _in(view: View | None) -> str:
    return f"in {view}" if view else "before its first view"


def _same_view_delivery(history: History) -> Witness | None:
    """All deliveries of a payload happen in equal views; delivering before the first view is a place of its own."""
    first: dict[Hashable, tuple[Node, View | None]] = {}
    for life in history.lives:
        for payload, view in deliveries(life):
            node, place = first.setdefault(payload, (life.node, view))
            if place != view:
                text = f"{node} delivered {show(payload)} {_in(place)}, but {life.node} delivered it {_in(view)}"
                return Witness(text, (node, life.node), (payload,), _views(place, view))
    return None


def _sendings(history: History) -> dict[Hashable, tuple[Node, View | None]]:
    """Who asked for each payload, and in which of its views. Of several (applications ask for each once) the first counts."""
    found: dict[Hashable, tuple[Node, View | None]] = {}
    for life in history.lives:
        for entry, view in placed(life):
            if isinstance(entry, Sent):
                found.setdefault(entry.payload, (life.node, view))
    return found


def _sending_view_delivery(history: History) -> Witness | None:
    """A payload is delivered in the view in which its sender was when it asked. (`integrity` judges what nobody asked for.)"""
    sendings = _sendings(history)
    for life in history.lives:
        for payload, view in deliveries(life):
            sender, place = sendings.get(payload, (life.node, view))
            if place != view:
                text = f"{sender} multicast {show(payload)} {_in(place)}, but {life.node} delivered it {_in(view)}"
                return Witness(text, (sender, life.node), (payload,), _views(place, view))
    return None


def _state_transfer(history: History) -> Witness | None:
    """A joiner starts from exactly what the others had made of their deliveries at the moment of the transfer.

    Where the protocol itself hands over a state, that is the view that adds the joiner. Where the workers do it (Groupy), it is
    the delivery of the joiner's own request through the group: before it the joiner discards, after it the joiner keeps.
    """
    for joiner in history.lives:
        for other in history.lives:
            witness = _other_payloads(joiner, other) or _other_colour(joiner, other)
            if witness:
                return witness
    return None


def _other_payloads(joiner: Life, other: Life) -> Witness | None:
    """The state handed to `joiner` for the view that it installs next, and what `other` had before that view, differ.

    Their order is not compared: where members may deliver in different orders, so do their states.
    """
    payloads, view = _handed(joiner)
    theirs = _state_before(other, view) if view and other.node != joiner.node else None
    if view is None or payloads is None or theirs is None or Counter(payloads) == Counter(theirs):
        return None
    had = f"{other.node} had {show(theirs)} when it installed {view}"
    return Witness(f"{joiner.node} started from the state {show(payloads)}, but {had}", (joiner.node, other.node), (), (view,))


def _handed(life: Life) -> tuple[tuple[Hashable, ...] | None, View | None]:
    """The payloads that make up the state from which `life` started, and the view that it installed then."""
    payloads = None
    for entry in life.log:
        match entry:
            case Adopted():
                payloads = entry.payloads
            case Installed(view) if payloads is not None:
                return payloads, view
    return None, None


def _state_before(life: Life, view: View) -> tuple[Hashable, ...] | None:
    """The payloads that make up the state of `life` when it installed `view`, if it did and if its whole state is known."""
    if Installed(view) not in life.log:
        return None
    payloads: tuple[Hashable, ...] | None = () if life.founder else None
    for entry in life.log[: life.log.index(Installed(view))]:
        match entry:
            case Adopted():
                payloads = entry.payloads
            case Delivered(payload) if payloads is not None:
                payloads = (*payloads, payload)
    return payloads


def _other_colour(joiner: Life, other: Life) -> Witness | None:
    """The colour that `joiner` adopts is not what `other`, a founder, has made of its deliveries up to the joiner's request.

    Founders start at black; only their logs begin with the run, so only they are asked.
    """
    adopted, colour = _adopted(joiner), _colour_at_request(other, joiner.node)
    return _wrong_state(joiner, adopted, other, colour) if adopted and colour and adopted.colour != colour else None


def _adopted(joiner: Life) -> SetState | None:
    """The first answer delivered to `joiner` after its own request."""
    delivered = iter(joiner.delivered)
    if not any(payload == StateRequest(joiner.node) for payload in delivered):
        return None
    return next((payload for payload in delivered if isinstance(payload, SetState) and payload.joiner == joiner.node), None)


def _colour_at_request(life: Life, joiner: Node) -> Colour | None:
    """The colour of a founder when the request of `joiner` was delivered to it; None of all others."""
    worker = first_worker(life.node)
    for payload in life.delivered if life.founder else ():
        if payload == StateRequest(joiner):
            return worker.colour
        worker, _ = on_delivery(worker, payload)
    return None


def _wrong_state(joiner: Life, adopted: SetState, other: Life, colour: Colour) -> Witness:
    showed = f"{other.node} showed {paint(colour)} when {show(StateRequest(joiner.node))} was delivered to it"
    text = f"{joiner.node} started from the colour {paint(adopted.colour)}, but {showed}"
    return Witness(text, (joiner.node, other.node), (adopted,))


@eventually
def _synchrony(history: History) -> Witness | None:
    """At rest, all correct members show a colour, and all the same one."""
    members = [life for life in correct(history) if is_member(life)]
    colours = {life.colour for life in members}
    if len(colours) < 2 and None not in colours:
        return None
    shown = [f"{life.node} shows {paint(life.colour) if life.colour else 'no colour'}" for life in members]
    return Witness(", ".join(shown), tuple(life.node for life in members))


def _moved_together(history: History) -> bool:
    pairs = combinations(history.lives, 2)
    return any(a.delivered or b.delivered for one, other in pairs for a, b in _together(one, other))


def _shared_over_a_move(history: History) -> bool:
    pairs = combinations(history.lives, 2)
    return any(set(one.delivered) & set(other.delivered) and (moves(one) or moves(other)) for one, other in pairs)


def _sent_over_a_move(history: History) -> bool:
    multicast = {payload for life in history.lives for payload in life.sent}
    return any(moves(life) and multicast & set(life.delivered) for life in history.lives)


def _state_can_be_compared(history: History) -> bool:
    return any(_comparable(joiner, other) for joiner in history.lives for other in history.lives if joiner.node != other.node)


def _comparable(joiner: Life, other: Life) -> bool:
    _, view = _handed(joiner)
    by_protocol = view is not None and _state_before(other, view) is not None
    return by_protocol or (_adopted(joiner) is not None and _colour_at_request(other, joiner.node) is not None)


def _two_coloured(history: History) -> bool:
    return len([life for life in correct(history) if is_member(life) and life.colour not in (None, BLACK)]) > 1


VIRTUAL_SYNCHRONY = Property(
    name="virtual-synchrony",
    kind=Kind.SAFETY,
    sentence="two processes that both go from view V to view W delivered the same set of payloads in V",
    source=f"{LECTURE}; {CKV}",
    needs=NEEDS,
    judge=_virtual_synchrony,
    goal=_moved_together,
    goal_text="two processes moved from one view to the same next one, and one of them had delivered a payload in the older",
    pairwise=True,
)
SAME_VIEW_DELIVERY = Property(
    name="same-view-delivery",
    kind=Kind.SAFETY,
    sentence="all who deliver m deliver it in the same view",
    source=CKV,
    needs=NEEDS,
    judge=_same_view_delivery,
    goal=_shared_over_a_move,
    goal_text="two processes delivered the same payload, and one of them went from one view to another",
    pairwise=True,
)
SENDING_VIEW_DELIVERY = Property(
    name="sending-view-delivery",
    kind=Kind.SAFETY,
    sentence="m is delivered in the view in which it was multicast",
    source=CKV,
    needs=NEEDS | {Sent},
    judge=_sending_view_delivery,
    goal=_sent_over_a_move,
    goal_text="a process delivered a payload that was multicast, and went from one view to another",
    pairwise=True,
)
STATE_TRANSFER = Property(
    name="state-transfer",
    kind=Kind.SAFETY,
    sentence="the state a joiner starts from is the result of exactly what was delivered before the view that adds it",
    source=LECTURE,
    needs=NEEDS | {Adopted},
    judge=_state_transfer,
    goal=_state_can_be_compared,
    goal_text="a joiner adopted a state, and a founder delivered its request or installed the same view",
    worker=True,
    pairwise=True,
)
SYNCHRONY = Property(
    name="synchrony",
    kind=Kind.LIVENESS,
    sentence="all correct workers end with the same colour",
    source=f"{GROUPY} (what the coloured windows show)",
    needs=frozenset({Installed}),
    judge=_synchrony,
    goal=_two_coloured,
    goal_text="two correct members showed a colour other than black",
    worker=True,
    pairwise=True,
)
