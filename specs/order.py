"""In which order payloads are delivered. If one is delivered twice, the first delivery counts: `integrity` judges the rest."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import combinations

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Delivered, History, Installed, Life, Sent, Status
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import correct, delivered_since, once, placed
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CGR, DSU, GROUPY, LECTURE


def _common(life: Life, other: Life) -> tuple[Hashable, ...]:
    """The payloads that both have delivered, in the order of `life`."""
    theirs = frozenset(other.delivered)
    return tuple(payload for payload in once(life.delivered) if payload in theirs)


def _crossed(lives: Sequence[Life]) -> Witness | None:
    """Two payloads that two of `lives` have delivered in different orders."""
    for one, other in combinations(lives, 2):
        for a, b in zip(_common(one, other), _common(other, one), strict=True):
            if a != b:
                first, second = f"{show(a)} before {show(b)}", f"{show(b)} before {show(a)}"
                text = f"{one.node} delivered {first}, but {other.node} delivered {second}"
                return Witness(text, (one.node, other.node), (a, b))
    return None


def _total_order(history: History) -> Witness | None:
    """Any two correct processes deliver their common payloads in the same order."""
    return _crossed(correct(history))


def _uniform_total_order(history: History) -> Witness | None:
    """Any two processes, crashed or not, deliver their common payloads in the same order."""
    return _crossed(history.lives)


def _first_common_view(one: Life, other: Life) -> View | None:
    """The first view of `one` that `other` has installed too; from then on both were members."""
    return next((view for view in one.views if view in other.views), None)


def _prefix_order(history: History) -> Witness | None:
    """Of the sequences that two correct processes delivered since their first common view, one is a prefix of the other.

    Processes that never had a view in common have nothing to compare.
    """
    for one, other in combinations(correct(history), 2):
        view = _first_common_view(one, other)
        if view is None:
            continue
        pairs = zip(delivered_since(one, view), delivered_since(other, view), strict=False)
        for number, (a, b) in enumerate(pairs, start=1):
            if a != b:
                place = f"delivery {number} of each since {view}"
                text = f"{one.node} delivered {show(a)} where {other.node} delivered {show(b)} ({place})"
                return Witness(text, (one.node, other.node), (a, b), (view,))
    return None


def _fifo(history: History) -> Witness | None:
    """A process delivers a sender's payloads in the order in which the sender asked for them, without gaps.

    The sequence begins with the sender's first payload, unless the receiver joined during the run.
    """
    for sender in history.lives:
        asked = once(sender.sent)
        for receiver in history.lives:
            got = tuple(payload for payload in once(receiver.delivered) if payload in asked)
            broken = _break(asked, got, receiver.founder)
            if broken is not None:
                return _out_of_order(sender.node, receiver.node, *broken, got)
    return None


def _break(asked: tuple[Hashable, ...], got: tuple[Hashable, ...], founder: bool) -> tuple[Hashable, Hashable] | None:
    """A pair (earlier, later) from `asked` such that `got`, which has no repetitions, has the later one first, or alone."""
    start = 0 if founder or not got else asked.index(got[0])
    for place, payload in enumerate(got):
        wanted = asked[start + place : start + place + 1]
        if wanted != (payload,):
            late = asked.index(payload) < start
            return (payload, got[place - 1]) if late else (wanted[0], payload)
    return None


def _out_of_order(sender: Node, receiver: Node, earlier: Hashable, later: Hashable, got: tuple[Hashable, ...]) -> Witness:
    how = "before" if earlier in got else "without"
    done = f"{receiver} delivered {show(later)} {how} {show(earlier)}"
    text = f"{sender} multicast {show(earlier)} before {show(later)}, but {done}"
    return Witness(text, (sender, receiver), (earlier, later))


def _causal(history: History) -> Witness | None:
    """Before a process delivers a multicast, it delivers everything that the sender had multicast or delivered before it.

    Checking direct predecessors suffices. Suppose m1 happened before m2 through a chain of multicasts, and some process
    delivers m2. By the rule it first delivered the last multicast of the chain before m2, hence the one before that, and so on
    to m1.
    """
    for sender in history.lives:
        for receiver in history.lives:
            for past, later in _causes(sender, receiver):
                got = once(receiver.delivered)
                earlier = next((payload for payload in past if payload not in got[: got.index(later)]), later)
                if earlier != later:
                    return _out_of_cause(sender, receiver, earlier, later)
    return None


def _causes(sender: Life, receiver: Life) -> Iterator[tuple[list[Hashable], Hashable]]:
    """The causes of each payload of `sender` that `receiver` delivered (what `sender` multicast or delivered before), and it.

    If the receiver joined during the run, a cause counts only if the receiver has delivered it at some time, if `sender` did it
    in a view that includes the receiver, or if `sender` multicast it after something that the receiver has delivered. All other
    causes are part of the state that the receiver started from.
    """
    got = frozenset(receiver.delivered)
    past: list[Hashable] = []
    asked: set[Hashable] = set()
    for entry, view in placed(sender):
        if not isinstance(entry, Sent | Delivered):
            continue
        payload, is_sent = entry.payload, isinstance(entry, Sent)
        together = receiver.founder or (view is not None and receiver.node in view.members)
        if is_sent and payload in got and payload not in asked:
            yield [cause for cause in past if cause != payload], payload
        if together or payload in got or (is_sent and not asked.isdisjoint(got)):
            past.append(payload)
        if is_sent:
            asked.add(payload)


def _out_of_cause(sender: Life, receiver: Life, earlier: Hashable, later: Hashable) -> Witness:
    log = sender.log[: sender.log.index(Sent(later))]
    did = "delivered" if Delivered(earlier) in log else "multicast"
    how = "before" if earlier in receiver.delivered else "without"
    text = f"{sender.node} {did} {show(earlier)} before it multicast {show(later)}, "
    text += f"but {receiver.node} delivered {show(later)} {how} {show(earlier)}"
    return Witness(text, (sender.node, receiver.node), (earlier, later))


def _two_shared(lives: Sequence[Life]) -> bool:
    return any(len(_common(one, other)) > 1 for one, other in combinations(lives, 2))


def _two_shared_with_the_dead(history: History) -> bool:
    dead = [life for life in history.lives if life.status is Status.CRASHED]
    return any(_two_shared((one, other)) for one in dead for other in history.lives if one is not other)


def _two_each(history: History) -> bool:
    for one, other in combinations(correct(history), 2):
        view = _first_common_view(one, other)
        if view and min(len(delivered_since(one, view)), len(delivered_since(other, view))) > 1:
            return True
    return False


def _one_from_another(history: History) -> bool:
    pairs = ((sender, receiver) for sender in history.lives for receiver in history.lives if sender is not receiver)
    return any(past for sender, receiver in pairs for past, _ in _causes(sender, receiver))


def _two_of_one_sender(history: History) -> bool:
    return any(len(set(life.delivered) & set(sender.sent)) > 1 for life in history.lives for sender in history.lives)


TOTAL_ORDER = Property(
    name="total-order",
    kind=Kind.SAFETY,
    sentence="two correct processes that both deliver a and b deliver them in the same order",
    source=f"{GROUPY}; TOB5 in {CGR}",
    needs=frozenset({Delivered}),
    judge=_total_order,
    goal=lambda history: _two_shared(correct(history)),
    goal_text="two correct processes delivered the same two payloads",
    pairwise=True,
)
PREFIX_ORDER = Property(
    name="prefix-order",
    kind=Kind.SAFETY,
    sentence=(
        "of two members' delivery sequences since both were members, one is a prefix of the other"
        " (excludes gaps and contamination)"
    ),
    source=DSU,
    needs=frozenset({Delivered, Installed}),
    judge=_prefix_order,
    goal=_two_each,
    goal_text="two correct processes delivered two payloads each since both were members",
    pairwise=True,
)
UNIFORM_TOTAL_ORDER = Property(
    name="uniform-total-order",
    kind=Kind.SAFETY,
    sentence="the same as total-order for any two processes, dead ones too",
    source=f"UTOB5 in {CGR}",
    needs=frozenset({Delivered}),
    judge=_uniform_total_order,
    goal=_two_shared_with_the_dead,
    goal_text="a process that crashed later and another one delivered the same two payloads",
    pairwise=True,
)
FIFO = Property(
    name="fifo",
    kind=Kind.SAFETY,
    sentence="payloads of one sender are delivered in the order it multicast them, none skipped",
    source=f"{LECTURE} (fbcast); FRB5 in {CGR}",
    needs=frozenset({Sent, Delivered}),
    judge=_fifo,
    goal=_two_of_one_sender,
    goal_text="a process delivered two payloads of one sender",
    pairwise=True,
)
CAUSAL = Property(
    name="causal",
    kind=Kind.SAFETY,
    sentence="if m1 happened before m2, nobody delivers m2 before m1",
    source=f"{LECTURE} (richer orders); CRB5 in {CGR}",
    needs=frozenset({Sent, Delivered, Installed}),
    judge=_causal,
    goal=_one_from_another,
    goal_text="a process delivered a payload whose sender, another process, had multicast or delivered something before",
    pairwise=True,
)
