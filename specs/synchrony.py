"""How deliveries and views fit together: virtual synchrony, and the state from which a joiner starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from itertools import combinations

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Adopted, Delivered, History, Installed, Life, Sent, ViewChange
from groupy_check.groupy_model.payloads import Colour, SetState, StateRequest
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.groupy_model.worker import first_worker, on_delivery
from groupy_check.specs.logs import correct, deliveries, eventually, is_member, paint, placed
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CKV, GROUPY, LECTURE

NEEDS: frozenset[type] = frozenset({Delivered, Installed})
STATES: frozenset[type] = NEEDS | {Adopted}
BLACK: Colour = (0, 0, 0)
LONGEST_SHOWN = 20  # payloads; of two longer states the difference is shown


def _together(one: Life, other: Life) -> list[tuple[ViewChange, ViewChange]]:
    """The changes of view that both made, directly from the same older view to the same newer one."""
    theirs = other.view_changes
    return [(a, b) for a in one.view_changes for b in theirs if (a.older, a.newer) == (b.older, b.newer)]


def _virtual_synchrony(history: History) -> Witness | None:
    """Processes that moved together from one view to the next delivered the same set of payloads in the older one.

    What one of them adopted in the older view it has had there: a state that is handed over after the view contains what the
    others delivered in it meanwhile.
    """
    for one, other in combinations(history.lives, 2):
        for a, b in _together(one, other):
            for mine, theirs in ((a, b), (b, a)):
                for payload in mine.delivered:
                    if payload not in theirs.delivered and payload not in theirs.adopted:
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
    """All deliveries of a payload happen in equal views; "before the first view" counts as a view of its own.

    To adopt a state is no delivery.
    """
    first: dict[Hashable, tuple[Node, View | None]] = {}
    for life in history.lives:
        for payload, view in deliveries(life):
            node, place = first.setdefault(payload, (life.node, view))
            if place != view:
                text = f"{node} delivered {show(payload)} {_in(place)}, but {life.node} delivered it {_in(view)}"
                return Witness(text, (node, life.node), (payload,), _views(place, view))
    return None


def sendings(history: History) -> dict[Hashable, tuple[Node, View | None]]:
    """For each payload, which process asked for it, and in which view. If several did, which no application does, the first."""
    found: dict[Hashable, tuple[Node, View | None]] = {}
    for life in history.lives:
        for entry, view in placed(life):
            if isinstance(entry, Sent):
                found.setdefault(entry.payload, (life.node, view))
    return found


def _sending_view_delivery(history: History) -> Witness | None:
    """A payload is delivered in the view in which its sender asked for it; `integrity` judges payloads nobody asked for."""
    found = sendings(history)
    for life in history.lives:
        for payload, view in deliveries(life):
            sender, place = found.get(payload, (life.node, view))
            if place != view:
                text = f"{sender} multicast {show(payload)} {_in(place)}, but {life.node} delivered it {_in(view)}"
                return Witness(text, (sender, life.node), (payload,), _views(place, view))
    return None


def _state_transfer(history: History) -> Witness | None:
    """A joiner starts from exactly the state that the others had reached at the moment of the transfer.

    Where the protocol itself transfers the state, that moment is the view that adds the joiner, or a moment after it. Where the
    workers do (Groupy), it is the delivery of the joiner's own request through the group: before it the joiner discards, after
    it the joiner keeps. A process that comes back after a crash is a joiner.
    """
    for joiner in history.incarnations:
        for other in history.incarnations:
            witness = _other_payloads(joiner, other) or _other_colour(joiner, other)
            if witness:
                return witness
    return None


def _other_payloads(joiner: Life, other: Life) -> Witness | None:
    """A witness if a state that `joiner` adopted is not what `other` had: too little of it, or too much.

    Order is not compared: where members may deliver in different orders, their states may differ in order too (but see
    `total-order`, which does compare it).
    """
    for start in starts(joiner) if joiner.node != other.node else ():
        for view, mine, fit in comparisons(start, other):
            theirs = _state_before(other, view)
            if theirs is not None and not _fits(Counter(mine), Counter(theirs), fit):
                told = (joiner.node, start, mine), (other.node, theirs)
                return Witness(_unfit(*told, view), (joiner.node, other.node), (), (view,))
    return None


def _unfit(joiner: tuple[Node, Handover, tuple[Hashable, ...]], other: tuple[Node, tuple[Hashable, ...]], view: View) -> str:
    """In words, how a state compares with what another had: both as a whole, or of long ones what only one of them contains."""
    (adopter, start, mine), (holder, theirs) = joiner, other
    if max(len(start.payloads), len(theirs)) <= LONGEST_SHOWN:
        had = f"{holder} had {show(theirs)} when it installed {view}"
        return f"{adopter} {start.how} the state {show(start.payloads)}, but {had}"
    more, less = Counter(mine) - Counter(theirs), Counter(theirs) - Counter(mine)
    lengths = f"{adopter} {start.how} a state of {len(start.payloads):,} payloads, and {holder} had {len(theirs):,}"
    parts = [*_only(adopter, more), *_only(holder, less)]
    return f"{lengths} when it installed {view}: {', and '.join(parts)}"


def _only(node: Node, payloads: Counter[Hashable]) -> Iterator[str]:
    for first in [*payloads][:1]:
        others = f" and {payloads.total() - 1:,} more" if payloads.total() > 1 else ""
        yield f"only {node} had {show(first)}{others}"


class Fit(Enum):
    """How the state of a joiner has to compare with that of another process."""

    SAME = "the same"
    AT_LEAST = "at least that"
    AT_MOST = "at most that"


def _fits(mine: Counter[Hashable], theirs: Counter[Hashable], fit: Fit) -> bool:
    return mine == theirs if fit is Fit.SAME else mine >= theirs if fit is Fit.AT_LEAST else mine <= theirs


@dataclass(frozen=True, slots=True)
class Handover:
    """A process adopted `payloads`, in the view `inside` (None: before it had one); `first` was its first view by then.

    `then` is the next view that it installed, and `state` what its state had become by that time, more than `payloads` alone.
    """

    payloads: tuple[Hashable, ...]
    inside: View | None
    first: View | None
    then: View | None = None
    state: tuple[Hashable, ...] = ()

    @property
    def how(self) -> str:
        """What the process did with the state."""
        return "adopted" if self.inside else "started from"


def starts(life: Life) -> list[Handover]:
    """The states that `life` adopted, in order."""
    found: list[Handover] = []
    state: list[Hashable] = []
    first = None
    for entry, view in placed(life):
        going_on = found and not found[-1].then
        match entry:
            case Adopted(payloads):
                found.append(Handover(payloads, view, first, None, payloads))
                state = list(payloads)
            case Delivered(payload):
                state.append(payload)
            case Installed(view):
                first = first or view
                found[-1:] = [replace(found[-1], then=view, state=tuple(state))] if going_on else found[-1:]
    return found


def comparisons(start: Handover, other: Life) -> Iterator[tuple[View, tuple[Hashable, ...], Fit]]:
    """At which views the state is to be compared with that of `other`: with what of it, and how.

    What was handed over with a view is the state at that view. So is that of a process which comes back after it has missed
    views. What is handed over after the view contains the state at that view. It has come from somebody, and all that he had
    everybody has at the next view, if both go there.
    """
    if start.first:
        yield start.first, start.payloads, Fit.AT_LEAST
    if start.then:
        exactly = start.inside is None or _went_on(other, start.inside, start.then)
        yield start.then, start.state if exactly else start.payloads, Fit.SAME if exactly else Fit.AT_MOST


def _went_on(life: Life, inside: View, then: View) -> bool:
    """Whether the process was in a view between these two, or did not see the older one."""
    return Installed(inside) not in life.log or any(inside.id < view.id < then.id for view in life.views)


def _state_before(life: Life, view: View) -> tuple[Hashable, ...] | None:
    """The payloads that made up the state of `life` when it installed `view`; None if it did not, or if that is not known."""
    if Installed(view) not in life.log:
        return None
    payloads: list[Hashable] | None = [] if life.founder else None
    for entry in life.log[: life.log.index(Installed(view))]:
        match entry:
            case Adopted():
                payloads = list(entry.payloads)
            case Delivered(payload) if payloads is not None:
                payloads.append(payload)
    return None if payloads is None else tuple(payloads)


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
    """At rest, all correct members show a colour, the same one.

    Where deliveries go on forever, one is always ahead of another: there they must show the same one again and again.
    """
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
    return any(set(one.delivered) & set(other.delivered) and (one.view_changes or other.view_changes) for one, other in pairs)


def _sent_over_a_change(history: History) -> bool:
    multicast = {payload for life in history.lives for payload in life.sent}
    return any(life.view_changes and multicast & set(life.delivered) for life in history.lives)


def _state_can_be_compared(history: History) -> bool:
    lives = history.incarnations
    return any(_comparable(joiner, other) for joiner in lives for other in lives if joiner.node != other.node)


def _comparable(joiner: Life, other: Life) -> bool:
    compared = (view for start in starts(joiner) for view, _, _ in comparisons(start, other))
    by_protocol = any(_state_before(other, view) is not None for view in compared)
    return by_protocol or (_adopted(joiner) is not None and _colour_at_request(other, joiner.node) is not None)


def _two_coloured(history: History) -> bool:
    return len([life for life in correct(history) if is_member(life) and life.colour not in (None, BLACK)]) > 1


VIRTUAL_SYNCHRONY = Property(
    name="virtual-synchrony",
    kind=Kind.SAFETY,
    sentence="two processes that both go from view V to view W delivered the same set of payloads in V",
    source=f"{LECTURE}; {CKV}",
    needs=STATES,
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
    needs=STATES,
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
