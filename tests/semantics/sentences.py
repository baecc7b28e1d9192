"""The safety properties, each from its sentence in `specs`, as a predicate that is true of lives that violate it.

A life is a dict: `node`, `status`, `founder`, and `log`, a list of (what, value). Payloads are keys, see `referee.key`; a view
is (number, members).
"""

from itertools import combinations, pairwise, product

from groupy_check.groupy_model.observations import Status


def of(life, what):
    """The values of the log's entries of one sort, in order."""
    return [value for sort, value in life["log"] if sort == what]


def once(values):
    """`values` without repetitions, each where it stood first."""
    return list(dict.fromkeys(values))


def correct(lives):
    """Who has neither crashed nor left."""
    return [life for life in lives if life["status"] in (Status.UP, Status.HALTED) and not of(life, "left")]


def placed(life):
    """The log as (what, value, the current view just before, or None)."""
    found, view = [], None
    for what, value in life["log"]:
        found.append((what, value, view))
        view = value if what == "installed" else view
    return found


def moves(life):
    """The changes of view as (older, newer, what was delivered in the older one since it became the current one)."""
    found, view, delivered = [], None, set()
    for what, value in life["log"]:
        if what == "delivered":
            delivered.add(value)
        elif what == "installed" and value != view:
            if view is not None:
                found.append((view, value, delivered))
            view, delivered = value, set()
    return found


def integrity(lives):
    """A process delivers a payload twice, or one that nobody asked for."""
    asked = {payload for life in lives for payload in of(life, "sent")}
    return any(once(got) != got or not asked.issuperset(got) for got in (of(life, "delivered") for life in lives))


def crossed(lives):
    """Two of `lives` deliver what they have in common in different orders."""
    for one, other in combinations([once(of(life, "delivered")) for life in lives], 2):
        if [payload for payload in one if payload in other] != [payload for payload in other if payload in one]:
            return True
    return False


def total_order(lives):
    """Two correct processes deliver what they have in common in different orders."""
    return crossed(correct(lives))


def since(life, view):
    """What was delivered after `view` was installed for the first time."""
    at = life["log"].index(("installed", view))
    return once(value for what, value in life["log"][at:] if what == "delivered")


def prefix_order(lives):
    """Of what two correct processes delivered since their first common view, none is a prefix of the other."""
    for one, other in combinations(correct(lives), 2):
        common = [view for view in of(one, "installed") if view in of(other, "installed")]
        if common:
            mine, others = since(one, common[0]), since(other, common[0])
            if mine[: len(others)] != others[: len(mine)]:
                return True
    return False


def fifo(lives):
    """What a process delivers of one sender is not a run without gaps of what that sender asked for, in that order."""
    for receiver, sender in product(lives, lives):
        asked = of(sender, "sent")
        got = [payload for payload in once(of(receiver, "delivered")) if payload in asked]
        starts = [0] if receiver["founder"] else range(len(asked))
        if got and all(asked[start : start + len(got)] != got for start in starts):
            return True
    return False


def causal(lives):
    """A process delivers a multicast before, or without, something that its sender had multicast or delivered before."""
    for receiver, sender in product(lives, lives):
        got = once(of(receiver, "delivered"))
        past = []  # (payload, must the receiver have it?) of what the sender has multicast or delivered so far
        for what, payload, view in placed(sender):
            if what not in ("sent", "delivered"):
                continue
            if what == "sent" and payload in got:
                before = got[: got.index(payload)]
                if any(owed and cause not in before for cause, owed in past if cause != payload):
                    return True
            together = view is not None and receiver["node"] in view[1]
            behind = what == "sent" and any(cause in got for cause, _ in past)
            past.append((payload, receiver["founder"] or payload in got or together or behind))
    return False


def view_agreement(lives):
    """Two views have one number and different members."""
    views = {view for life in lives for view in of(life, "installed")}
    return len({number for number, _ in views}) < len(views)


def monotonic_views(lives):
    """The numbers of a process's views do not rise."""
    numbers = [[number for number, _ in of(life, "installed")] for life in lives]
    return any(later <= earlier for row in numbers for earlier, later in pairwise(row))


def self_inclusion(lives):
    """A process installs a view without itself."""
    return any(life["node"] not in members for life in lives for _, members in of(life, "installed"))


def accuracy(lives):
    """Somebody is in a process's view and not in its next one, and has neither ended nor asked to leave."""
    gone = {life["node"] for life in lives if life["status"] in (Status.CRASHED, Status.HALTED) or of(life, "left")}
    return any(set(older[1]) - set(newer[1]) - gone for life in lives for older, newer, _ in moves(life))


def primary_partition(lives):
    """A view is followed by one with no majority of it, or by two of which none goes on to the other."""
    steps = {(older, newer) for life in lives for older, newer, _ in moves(life)}
    if any(2 * len(set(older[1]) & set(newer[1])) <= len(set(older[1])) for older, newer in steps):
        return True
    after = set(steps)  # grows until it is transitive
    while more := {(a, d) for (a, b), (c, d) in product(after, after) if b == c} - after:
        after |= more
    return any(a == b and c != d and not {(c, d), (d, c)} & after for (a, c), (b, d) in product(steps, steps))


def virtual_synchrony(lives):
    """Two processes go from one view straight to the same other one and have delivered different payloads in the older."""
    for one, other in combinations(lives, 2):
        for (older, newer, mine), (elder, next_one, others) in product(moves(one), moves(other)):
            if (older, newer) == (elder, next_one) and mine != others:
                return True
    return False


def same_view_delivery(lives):
    """A payload is delivered in two views."""
    places = {(value, view) for life in lives for what, value, view in placed(life) if what == "delivered"}
    return len({payload for payload, _ in places}) < len(places)


def sending_view_delivery(lives):
    """A payload is delivered in another view than the one in which its sender asked for it."""
    asked = {}
    for life in lives:
        for what, value, view in placed(life):
            if what == "sent":
                asked.setdefault(value, view)
    return any(
        what == "delivered" and value in asked and asked[value] != view for life in lives for what, value, view in placed(life)
    )


def handed(life):
    """(payloads that a joiner adopts, the view that it installs next, the log behind the adoption), or None."""
    if life["founder"] or not of(life, "adopted"):
        return None
    at = [what for what, _ in life["log"]].index("adopted")
    views = [value for what, value in life["log"][at:] if what == "installed"]
    return (life["log"][at][1], views[0] if views else None, life["log"][at:])


def state_transfer(lives):
    """What a joiner adopts is not what another one had before it installed the view that adds the joiner."""
    for joiner, other in product(lives, lives):
        given = handed(joiner)
        known = ((), None, other["log"]) if other["founder"] else handed(other)
        if joiner is other or not given or not known or given[1] is None or ("installed", given[1]) not in known[2]:
            continue
        log = known[2][: known[2].index(("installed", given[1]))]
        state = [*known[0], *(value for what, value in log if what == "delivered")]
        if len(state) != len(given[0]) or any(state.count(part) != given[0].count(part) for part in state):
            return True
    return False


def termination(lives):
    """A member ends itself although its application has not asked to leave."""
    return any(of(life, "ended") and of(life, "installed") and not of(life, "left") for life in lives)


VIOLATED = {
    "integrity": integrity,
    "total-order": total_order,
    "prefix-order": prefix_order,
    "uniform-total-order": crossed,
    "fifo": fifo,
    "causal": causal,
    "view-agreement": view_agreement,
    "monotonic-views": monotonic_views,
    "self-inclusion": self_inclusion,
    "primary-partition": primary_partition,
    "accuracy": accuracy,
    "virtual-synchrony": virtual_synchrony,
    "same-view-delivery": same_view_delivery,
    "sending-view-delivery": sending_view_delivery,
    "state-transfer": state_transfer,
    "termination": termination,
}
