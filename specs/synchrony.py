"""How deliveries and views fit together: virtual synchrony, and the state from which a joiner starts."""

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
from groupy_check.specs.logs import ViewChange, correct, deliveries, eventually, is_member, paint, placed, view_changes
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CKV, GROUPY, LECTURE

NEEDS: frozenset[type] = frozenset({Delivered, Installed})
BLACK: Colour = (0, 0, 0)


def _together(one: Life, other: Life) -> list[tuple[ViewChange, ViewChange]]:
    """The changes of view that both made, directly from the same older view to the same newer one."""
    theirs = view_changes(other)
    return [(a, b) for a in view_changes(one) for b in theirs if (a.older, a.newer) == (b.older, b.newer)]


def _virtual_synchrony(history: History) -> Witness | None:
    """Processes that moved together from one view to the next delivered the same set of payloads in the older one."""
    for one, other in combinations(history.lives, 2):
        for a, b in _together(one, other):
            for payload in (*a.delivered, *b.delivered):
                if (payload in a.delivered) != (payload in b.delivered):
                    return _split(one, other, a, payload)
    return None


def _split(one: Life, other: Life, change: ViewChange, payload: Hashable) -> Witness:
    """The witness that `one`, by its `change`, and `other` disagree on `payload`."""
    has, lacks = (one, other) if payload in change.delivered else (other, one)
    older, newer = f"v{change.older.id}", f"v{change.newer.id}"
    outcome = f"{has.node} delivered {show(payload)} in {older} and {lacks.node} did not"
    text = f"{one.node} and {other.node} both moved from {older} to {newer}, but {outcome}"
    return Witness(text, (one.node, other.node), (payload,), (change.older, change.newer))


def _views(*views: View | None) -> tuple[View, ...]:
    return tuple(view for view in views if view is not None)


def _in(view: View | None) -> str:
    return f"in {view}" if view else "before its first view"


def _same_view_delivery(history: History) -> Witness | None:
    """All deliveries of a payload happen in equal views; "before the first view" counts as a view of its own."""
    first: dict[Hashable, tuple[Node, View | None]] = {}
    for life in history.lives:
        for payload, view in deliveries(life):
            node, place = first.setdefault(payload, (life.node, view))
            if place != view:
                text = f"{node} delivered {show(payload)} {_in(place)}, but {life.node} delivered it {_in(view)}"
                return Witness(text, (node, life.node), (payload,), _views(place, view))
    return None


def _sendings(history: History) -> dict[Hashable, tuple[Node, View | None]]:
    """For each payload, which process asked for it, and in which view. If several did, which no application does, the first."""
    found: dict[Hashable, tuple[Node, View | None]] = {}
    for life in history.lives:
        for entry, view in placed(life):
            if isinstance(entry, Sent):
                found.setdefault(entry.payload, (life.node, view))
    return found


def _sending_view_delivery(history: History) -> Witness | None:
    """A payload is delivered in the view in which its sender asked for it; `integrity` judges payloads nobody asked for."""
    sendings = _sendings(history)
    for life in history.lives:
        for payload, view in deliveries(life):
            sender, place = sendings.get(payload, (life.node, view))
            if place != view:
                text = f"{sender} multicast {show(payload)} {_in(place)}, but {life.node} delivered it {_in(view)}"
                return Witness(text, (sender, life.node), (payload,), _views(place, view))
    return None


def _state_transfer(history: History) -> Witness | None:
    """A joiner starts from exactly the state that the others had reached at the moment of the transfer.

    Where the protocol itself transfers the state, that moment is the view that adds the joiner. Where the workers do (Groupy),
    it is the delivery of the joiner's own request through the group: before it the joiner discards, after it the joiner keeps.
    """
    for joiner in history.lives:
        for other in history.lives:
            witness = _other_payloads(joiner, other) or _other_colour(joiner, other)
            if witness:
                return witness
    return None


def _other_payloads(joiner: Life, other: Life) -> Witness | None:
    """A witness if the state that `joiner` got with its next view differs from what `other` had delivered before that view.

    Order is not compared: where members may deliver in different orders, their states may differ in order too.
    """
    payloads, view = _handed(joiner)
    theirs = _state_before(other, view) if view and other.node != joiner.node else None
    if view is None or payloads is None or theirs is None or Counter(payloads) == Counter(theirs):
        return None
    had = f"{other.node} had {show(theirs)} when it installed {view}"
    return Witness(f"{joiner.node} started from the state {show(payloads)}, but {had}", (joiner.node, other.node), (), (view,))


def _handed(life: Life) -> tuple[tuple[Hashable, ...] | None, View | None]:
    """The payloads that make up the state from which `life` started, and the view that it installed next."""
    payloads = None
    for entry in life.log:
        match entry:
            case Adopted():
                payloads = entry.payloads
            case Installed(view) if payloads is not None:
                return payloads, view
    return None, None


def _state_before(life: Life, view: View) -> tuple[Hashable, ...] | None:
    """The payloads that made up the state of `life` when it installed `view`; None if it did not, or if that is not known."""
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
    """A witness if the colour that `joiner` adopts differs from that of `other`, a founder, at the joiner's request.

    Only founders are compared: they start at black, and only their logs begin with the run.
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
    """The colour of a founder when the request of `joiner` was delivered to it; None for all other processes."""
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
    """At rest, all correct members show a colour, the same one."""
    members = [life for life in correct(history) if is_member(life)]
    colours = {life.colour for life in members}
    if len(colours) < 2 and None not in colours:
        return None
    shown = [f"{life.node} shows {paint(life.colour) if life.colour else 'no colour'}" for life in members]
    return Witness(", ".join(shown), tuple(life.node for life in members))


def _moved_together(history: History) -> bool:
    pairs = combinations(history.lives, 2)
    return any(a.delivered or b.delivered for one, other in pairs for a, b in _together(one, other))


def _shared_over_a_change(history: History) -> bool:
    pairs = combinations(history.lives, 2)
    return any(set(one.delivered) & set(other.delivered) and (view_changes(one) or view_changes(other)) for one, other in pairs)


def _sent_over_a_change(history: History) -> bool:
    multicast = {payload for life in history.lives for payload in life.sent}
    return any(view_changes(life) and multicast & set(life.delivered) for life in history.lives)


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
    goal_text="two processes moved from one view to the same next view, and one had delivered a payload in the older one",
    pairwise=True,
)
SAME_VIEW_DELIVERY = Property(
    name="same-view-delivery",
    kind=Kind.SAFETY,
    sentence="all who deliver m deliver it in the same view",
    source=CKV,
    needs=NEEDS,
    judge=_same_view_delivery,
    goal=_shared_over_a_change,
    goal_text="two processes delivered the same payload, and one of them moved from one view to another",
    pairwise=True,
)
SENDING_VIEW_DELIVERY = Property(
    name="sending-view-delivery",
    kind=Kind.SAFETY,
    sentence="m is delivered in the view in which it was multicast",
    source=CKV,
    needs=NEEDS | {Sent},
    judge=_sending_view_delivery,
    goal=_sent_over_a_change,
    goal_text="a process delivered a payload that was multicast, and moved from one view to another",
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
