"""In which order payloads are delivered. If one is delivered twice, the first delivery counts: `integrity` judges the rest.

A state that a joiner adopts is the result of payloads "applied in order", so it counts as if they had been delivered in that
order at that moment. Where a process comes back after a crash, each of its incarnations counts as a process of its own: the new
one has forgotten what the old one delivered.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import combinations

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import Adopted, Delivered, History, Installed, Life, Observation, Sent, Status
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import came_by, gained, once, placed, running, split_at
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CGR, CKV, DSU, GROUPY, LECTURE


def _common(one: Life, other: Life) -> tuple[tuple[Hashable, ...], tuple[Hashable, ...]]:
    """The payloads that both have had, in the order of each."""
    mine, theirs = one.had, other.had
    shared = frozenset(mine).intersection(theirs)
    return tuple(filter(shared.__contains__, mine)), tuple(filter(shared.__contains__, theirs))


def crossed(lives: Sequence[Life]) -> Witness | None:
    """Two payloads that two of `lives` have had in different orders, or more in a circle."""
    for one, other in combinations(lives, 2):
        for a, b in zip(*_common(one, other), strict=True):
            if a != b:
                text = f"{_before(one, a, b)}, but {_before(other, b, a)}"
                return Witness(text, (one.node, other.node), (a, b))
    return _circle(lives) if len(lives) > 2 else None


def _apart(history: History) -> bool:
    """Whether two processes may be part of a circle: not if one has had all that the other has had, in the same order."""
    for one, other in combinations(history.incarnations, 2):
        mine, theirs = _common(one, other)
        if mine != theirs or len(mine) < min(len(one.had), len(other.had)):
            return True
    return False


def _before(life: Life, earlier: Hashable, later: Hashable) -> str:
    return f"{life.name} {came_by(life, earlier, later)} {show(earlier)} before {show(later)}"


def _circle(lives: Sequence[Life]) -> Witness | None:
    """The shortest circle of payloads, each of which one of `lives` has had before the next one, while no two are crossed.

    Then no one order of all payloads agrees with what everybody has seen.
    """
    behind: dict[Hashable, dict[Hashable, Life]] = {}  # of each payload those that come behind it, each with who had them so
    for life in lives:
        for earlier, later in combinations(life.had, 2):
            behind.setdefault(earlier, {}).setdefault(later, life)
    circles = [found for start in behind for found in [_back_to(start, behind)] if found]
    if not circles:
        return None
    circle = min(circles, key=len)
    steps = [(behind[a][b], a, b) for a, b in zip(circle, (*circle[1:], circle[0]), strict=True)]
    told = [_before(*step) for step in steps]
    nodes = dict.fromkeys(life.node for life, _, _ in steps)
    return Witness(f"{', '.join(told[:-1])}, and {told[-1]}", tuple(nodes), circle)


def _back_to(start: Hashable, behind: Mapping[Hashable, Iterable[Hashable]]) -> tuple[Hashable, ...]:
    """A shortest way from `start` back to it, without its end; empty if there is none."""
    ways: list[tuple[Hashable, ...]] = [(start,)]
    seen: set[Hashable] = set()
    for way in ways:
        for payload in behind.get(way[-1], ()):
            if payload == start:
                return way
            if payload not in seen:
                seen.add(payload)
                ways.append((*way, payload))  # a work list
    return ()


def _total_order(history: History) -> Witness | None:
    """There is one order of all payloads in which every correct process has had those that it has had.

    The textbook compares processes two by two. Three of them may agree so, each on another pair, and yet not all together (a b,
    b c, c a); the numbering of messages that Chockler, Keidar and Vitenberg ask for ("strong total order") excludes that.
    """
    return crossed(running(history))


def _uniform_total_order(history: History) -> Witness | None:
    """There is one order of all payloads in which every process, crashed or not, has had those that it has had."""
    return crossed(history.incarnations)


def _first_common_view(one: Life, other: Life) -> View | None:
    """The first view of `one` that `other` has installed too; from then on both were members."""
    return next((view for view in one.views if view in other.views), None)


def _prefix_order(history: History) -> Witness | None:
    """Of the sequences that two correct processes have had since their first common view, one is a prefix of the other.

    Processes that never had a view in common have nothing to compare. Of a state adopted since then, what one of the two had
    before that view is not new.
    """
    for one, other in combinations(running(history), 2):
        view = _first_common_view(one, other)
        if view is None:
            continue
        pairs = zip(*_since(view, one, other), strict=False)
        for number, (a, b) in enumerate(pairs, start=1):
            if a != b:
                place = f"delivery {number} of each since {view}"
                did, done = came_by(one, a), came_by(other, b)
                text = f"{one.name} {did} {show(a)} where {other.name} {done} {show(b)} ({place})"
                return Witness(text, (one.node, other.node), (a, b), (view,))
    return None


def _since(view: View, *lives: Life) -> list[tuple[Hashable, ...]]:
    """What each of `lives` has had since its first installation of `view`."""
    parts = [split_at(life, view) for life in lives]
    old = {payload for before, _ in parts for entry in before for payload in gained(entry)}
    return [once([payload for entry in after for payload in _new(entry, old)]) for _, after in parts]


def _new(entry: Observation, old: Set[Hashable]) -> list[Hashable]:
    return [payload for payload in gained(entry) if isinstance(entry, Delivered) or payload not in old]


def _fifo(history: History) -> Witness | None:
    """A process has a sender's payloads in the order in which the sender asked for them, without gaps.

    The sequence begins with the sender's first payload. If the receiver joined during the run, it may begin later, but no later
    than with the first one for which the sender asked in a view that includes the receiver.
    """
    for sender in history.incarnations:
        asked = once(sender.sent)
        for receiver in history.incarnations:
            got = tuple(payload for payload in receiver.had if payload in asked)
            broken = _break(asked, got, _owed_from(sender, asked, receiver))
            if broken is not None:
                return _out_of_order(sender, receiver, *broken, got)
    return None


def _owed_from(sender: Life, asked: tuple[Hashable, ...], receiver: Life) -> int:
    """The place in `asked` from which on `receiver` must have all that `sender` asked for, or none of what follows."""
    if receiver.founder:
        return 0
    together = {entry.payload for entry, view in placed(sender) if isinstance(entry, Sent) and _includes(view, receiver)}
    return next((place for place, payload in enumerate(asked) if payload in together), len(asked))


def _includes(view: View | None, life: Life) -> bool:
    """Whether this incarnation is meant by `view`: a later one only by a view that it installs itself."""
    return view is not None and life.node in view.members and (life.incarnation <= 1 or view in life.views)


def _break(asked: tuple[Hashable, ...], got: tuple[Hashable, ...], owed: int) -> tuple[Hashable, Hashable] | None:
    """A pair (earlier, later) from `asked` such that `got`, which has no repetitions, has the later one first, or alone."""
    start = min(owed, asked.index(got[0])) if got else 0
    for place, payload in enumerate(got):
        wanted = asked[start + place : start + place + 1]
        if wanted != (payload,):
            late = asked.index(payload) < start
            return (payload, got[place - 1]) if late else (wanted[0], payload)
    return None


def _out_of_order(sender: Life, receiver: Life, earlier: Hashable, later: Hashable, got: tuple[Hashable, ...]) -> Witness:
    how = "before" if earlier in got else "without"
    done = f"{receiver.name} {came_by(receiver, later)} {show(later)} {how} {show(earlier)}"
    text = f"{sender.name} multicast {show(earlier)} before {show(later)}, but {done}"
    return Witness(text, (sender.node, receiver.node), (earlier, later))


def _causal(history: History) -> Witness | None:
    """Before a process has a multicast, it has everything that the sender had multicast or had had before it.

    Checking direct predecessors suffices. Suppose m1 happened before m2 through a chain of multicasts, and some process
    delivers m2. By the rule it first delivered the last multicast of the chain before m2, hence the one before that, and so on
    to m1.
    """
    for sender in filter(_has_asked, history.incarnations):  # nobody else has causes
        for receiver in history.incarnations:
            for past, later in _causes(sender, receiver):
                got = receiver.had
                earlier = next((payload for payload in past if payload not in got[: got.index(later)]), later)
                if earlier != later:
                    return _out_of_cause(sender, receiver, earlier, later)
    return None


def _has_asked(life: Life) -> bool:
    return any(isinstance(entry, Sent) for entry in life.log)


def _causes(sender: Life, receiver: Life) -> Iterator[tuple[list[Hashable], Hashable]]:
    """The causes of each payload of `sender` that `receiver` has had (what `sender` multicast or had before), and it.

    If the receiver joined during the run, a cause counts only if the receiver has had it at some time, if `sender` did it in a
    view that includes the receiver, or if `sender` multicast it after something that the receiver has had. All other causes are
    part of the state that the receiver started from.
    """
    got = frozenset(receiver.had)
    past: list[Hashable] = []
    asked: set[Hashable] = set()
    for entry, view in placed(sender):
        together = receiver.founder or _includes(view, receiver)
        if isinstance(entry, Sent):
            payload = entry.payload
            if payload in got and payload not in asked:
                yield [cause for cause in past if cause != payload], payload
            if together or payload in got or not asked.isdisjoint(got):
                past.append(payload)
            asked.add(payload)
        else:
            past.extend(payload for payload in gained(entry) if together or payload in got)


def _out_of_cause(sender: Life, receiver: Life, earlier: Hashable, later: Hashable) -> Witness:
    log = sender.log[: sender.log.index(Sent(later))]
    adopted = any(earlier in gained(entry) for entry in log)
    did = "delivered" if Delivered(earlier) in log else "adopted" if adopted else "multicast"
    how = "before" if earlier in receiver.had else "without"
    text = f"{sender.name} {did} {show(earlier)} before it multicast {show(later)}, "
    text += f"but {receiver.name} {came_by(receiver, later)} {show(later)} {how} {show(earlier)}"
    return Witness(text, (sender.node, receiver.node), (earlier, later))


def _two_shared(lives: Sequence[Life]) -> bool:
    return any(len(_common(one, other)[0]) > 1 for one, other in combinations(lives, 2))


def _two_shared_with_the_dead(history: History) -> bool:
    lives = history.incarnations
    dead = [life for life in lives if life.status is Status.CRASHED]
    return any(_two_shared((one, other)) for one in dead for other in lives if one is not other)


def _two_each(history: History) -> bool:
    for one, other in combinations(running(history), 2):
        view = _first_common_view(one, other)
        if view and min(map(len, _since(view, one, other))) > 1:
            return True
    return False


def _one_from_another(history: History) -> bool:
    lives = history.incarnations
    pairs = ((sender, receiver) for sender in lives for receiver in lives if sender is not receiver)
    return any(past for sender, receiver in pairs for past, _ in _causes(sender, receiver))


def _two_of_one_sender(history: History) -> bool:
    return any(len(set(life.had) & set(sender.sent)) > 1 for life in history.incarnations for sender in history.incarnations)


TOTAL_ORDER = Property(
    name="total-order",
    kind=Kind.SAFETY,
    sentence="two correct processes that both deliver a and b deliver them in the same order",
    source=f"{GROUPY}; TOB5 in {CGR}; strong total order in {CKV}",
    needs=frozenset({Delivered, Adopted, Installed}),
    judge=_total_order,
    goal=lambda history: _two_shared(running(history)),
    goal_text="two correct processes delivered the same two payloads",
    pairwise=True,
    suspect=_apart,
)
PREFIX_ORDER = Property(
    name="prefix-order",
    kind=Kind.SAFETY,
    sentence=(
        "of two members' delivery sequences since both were members, one is a prefix of the other"
        " (excludes gaps and contamination)"
    ),
    source=DSU,
    needs=frozenset({Delivered, Adopted, Installed}),
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
    needs=frozenset({Delivered, Adopted}),
    judge=_uniform_total_order,
    goal=_two_shared_with_the_dead,
    goal_text="a process that crashed later and another one delivered the same two payloads",
    pairwise=True,
    suspect=_apart,
)
FIFO = Property(
    name="fifo",
    kind=Kind.SAFETY,
    sentence="payloads of one sender are delivered in the order it multicast them, none skipped",
    source=f"{LECTURE} (fbcast); FRB5 in {CGR}",
    needs=frozenset({Sent, Delivered, Adopted, Installed}),
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
    needs=frozenset({Sent, Delivered, Adopted, Installed}),
    judge=_causal,
    goal=_one_from_another,
    goal_text="a process delivered a payload whose sender, another process, had multicast or delivered something before",
    pairwise=True,
)
