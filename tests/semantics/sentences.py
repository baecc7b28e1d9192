"""The properties, each from its sentence in `specs`, as a predicate that is true of lives that violate it.

VIOLATED are those of safety; EVENTUALLY what must have come true where a run has come to rest, or goes round for ever.

A life is a dict: `node`, `status`, `founder`, `log`, a list of (what, value), and `returns`: it is down and may come back.
Payloads are keys, see `world.key`; a view is (number, members).
"""

from itertools import combinations, pairwise, product

from groupy_check.groupy_model import observations as ob
from groupy_check.groupy_model.observations import Status
from tests.semantics.world import is_down, key


def of(life, what):
    """The values of the log's entries of one sort, in order."""
    return [value for sort, value in life["log"] if sort == what]


def once(values):
    """`values` without repetitions, each where it stood first."""
    return list(dict.fromkeys(values))


def had(life):
    """What has been applied, in order: what was delivered, and the parts of a state that was adopted."""
    got = [value if what == "adopted" else (value,) for what, value in life["log"] if what in ("adopted", "delivered")]
    return [payload for payloads in got for payload in payloads]


def parts(life):
    """The incarnations, each as a life, numbered from 1. All but the last have crashed, all but the first joined."""
    logs = [[]]
    for entry in life["log"]:
        if entry[0] == "recovered":
            logs.append([])
        else:
            logs[-1].append(entry)
    last = len(logs)
    return [
        {
            **life,
            "log": log,
            "number": number,
            "status": life["status"] if number == last else Status.CRASHED,
            "founder": life["founder"] and number == 1,
        }
        for number, log in enumerate(logs, 1)
    ]


def all_parts(lives):
    """The incarnations of all."""
    return [part for life in lives for part in parts(life)]


def now(life):
    """Its last incarnation."""
    return parts(life)[-1]


def correct(lives):
    """Who has neither crashed, or has come back, nor left, and has not ended itself while others have left it out."""
    found = [life for life in lives if life["status"] in (Status.UP, Status.HALTED) and not of(now(life), "left")]
    return [life for life in found if life["status"] is Status.UP or not left_out(life, lives)]


def left_out(life, lives):
    """Whether somebody has installed a view without this process, and with a higher number than its last one."""
    last = max((number for number, _ in of(life, "installed")[-1:]), default=0)
    views = {view for other in lives for view in of(other, "installed")}
    return any(number > last and life["node"] not in members for number, members in views)


def placed(life):
    """The log as (what, value, the current view just before, or None)."""
    found, view = [], None
    for what, value in life["log"]:
        found.append((what, value, view))
        view = value if what == "installed" else None if what == "recovered" else view
    return found


def applied(life):
    """As `placed`, of what was sent and delivered; the parts of a state that was adopted are delivered, too."""
    found = [("delivered", part, view) for what, value, view in placed(life) if what == "adopted" for part in value]
    return found + [entry for entry in placed(life) if entry[0] in ("sent", "delivered")]


def moves(life):
    """The changes of view as (older, newer, what was delivered in the older one since it became the current one)."""
    found, view, delivered = [], None, set()
    for what, value in life["log"]:
        if what == "delivered":
            delivered.add(value)
        elif what == "installed":
            if view is not None:
                found.append((view, value, delivered))
            view, delivered = value, set()
        elif what == "recovered":
            view, delivered = None, set()
    return found


def integrity(lives):
    """A process delivers a payload twice, one that nobody asked for, or one that it alone asks for, and only later."""
    asked = {payload for life in lives for payload in of(life, "sent")}
    if any(once(got) != got or not asked.issuperset(got) for got in map(had, all_parts(lives))):
        return True
    for life in lives:
        alone = {payload for payload in of(life, "sent") if sum(payload in of(other, "sent") for other in lives) == 1}
        for payload in alone & set(of(life, "delivered")):
            if life["log"].index(("delivered", payload)) < life["log"].index(("sent", payload)):
                return True
    return False


def no_duplication(lives):
    """A process delivers a payload twice, whatever incarnations do so, or one that is in a state that the same one adopted."""
    twice = any(len(set(of(life, "delivered"))) < len(of(life, "delivered")) for life in lives)
    return twice or any(adopted_before(life) for life in lives)


def adopted_before(life):
    """Whether what it delivers, or one and the same state, repeats what it has adopted."""
    seen = set()
    for what, value in life["log"]:
        if what == "adopted":
            if len(set(value)) < len(value):
                return True
            seen |= set(value)
        elif what == "delivered" and value in seen:
            return True
    return False


def closed(pairs):
    """`pairs`, and those that follow from them as (a, c) follows from (a, b) and (b, c)."""
    found = set(pairs)
    while more := {(a, d) for (a, b), (c, d) in product(found, found) if b == c} - found:
        found |= more
    return found


def crossed(lives):
    """What is delivered goes round in a circle: a before b at one of `lives`, b before a at another, or round three of them."""
    return any(one == other for one, other in closed(pair for life in lives for pair in pairwise(once(had(life)))))


def total_order(lives):
    """There is no one order in which correct processes deliver."""
    return crossed(list(map(now, correct(lives))))


def since(life, view):
    """What was delivered after `view` was installed for the first time."""
    at = life["log"].index(("installed", view))
    return once(value for what, value in life["log"][at:] if what == "delivered")


def prefix_order(lives):
    """Of what two correct processes delivered since their first common view, none is a prefix of the other."""
    for one, other in combinations(map(now, correct(lives)), 2):
        common = [view for view in of(one, "installed") if view in of(other, "installed")]
        if common:
            mine, others = since(one, common[0]), since(other, common[0])
            if mine[: len(others)] != others[: len(mine)]:
                return True
    return False


def fifo(lives):
    """What a process delivers of one sender is not a run without gaps of what that sender asked for, in that order.

    The run of a joiner may begin later, but with nothing later than what was asked for in a view with the joiner.
    """
    for receiver, sender in product(all_parts(lives), all_parts(lives)):
        sent = [(payload, view) for what, payload, view in placed(sender) if what == "sent"]
        asked = [payload for payload, _ in sent]
        got = [payload for payload in once(had(receiver)) if payload in asked]
        last = 0
        while not receiver["founder"] and last < len(sent) and not meant(receiver, sent[last][1]):
            last += 1
        if got and all(asked[start : start + len(got)] != got for start in range(last + 1)):
            return True
    return False


def meant(receiver, view):
    """Whether this incarnation is a member of `view`: of a later one nobody knows before it installs the view itself."""
    known = view is not None and receiver["node"] in view[1]
    return known and (receiver["number"] == 1 or view in of(receiver, "installed"))


def causal(lives):
    """A process delivers a multicast before, or without, something that its sender had multicast or delivered before."""
    for receiver, sender in product(all_parts(lives), all_parts(lives)):
        got = once(had(receiver))
        past, began = [], False  # (payload, must the receiver have it?); has the receiver a multicast of the sender's so far?
        for what, payload, view in applied(sender):
            if what == "sent" and payload in got:
                before = got[: got.index(payload)]
                if any(owed and cause not in before for cause, owed in past if cause != payload):
                    return True
            began = began or (what == "sent" and payload in got)
            together = meant(receiver, view)
            past.append((payload, receiver["founder"] or payload in got or together or (what == "sent" and began)))
    return False


def view_agreement(lives):
    """Two views have one number and different members."""
    views = {view for life in lives for view in of(life, "installed")}
    return len({number for number, _ in views}) < len(views)


def monotonic_views(lives):
    """The numbers of a process's views do not rise; who comes back may only install the last one again."""
    for life in lives:
        rows = [of(part, "installed") for part in parts(life)]
        rows = [row for row in rows if row]
        again = [(one[-1], other[0]) for one, other in pairwise(rows)]
        if any(later <= earlier for row in rows for (earlier, _), (later, _) in pairwise(row)):
            return True
        if any(later[0] < earlier[0] or (later[0] == earlier[0] and later != earlier) for earlier, later in again):
            return True
    return False


def self_inclusion(lives):
    """A process installs a view without itself."""
    return any(life["node"] not in members for life in lives for _, members in of(life, "installed"))


def accuracy(lives):
    """Somebody is in a process's view and not in its next one, and has neither ended nor asked to leave."""
    gone = {life["node"] for life in lives if life["status"] is not Status.UP or of(now(life), "left")}
    back = {life["node"]: of(now(life), "installed") for life in lives if len(parts(life)) > 1}
    return any(
        node not in gone and older in back.get(node, [older])
        for life in lives
        for older, newer, _ in moves(life)
        for node in set(older[1]) - set(newer[1])
    )


def primary_partition(lives):
    """Views have one number, or somebody goes back, or a view has no majority of the one before it, or there is a fork."""
    views = sorted({view for life in lives for view in of(life, "installed")})
    steps = {(older, newer) for life in lives for older, newer, _ in moves(life)}
    for older, newer in pairwise(views):
        if older[0] == newer[0] or 2 * len(set(older[1]) & set(newer[1])) <= len(set(older[1])):
            return True
    later = set()  # who runs, or will, may still go on to any view that it is a member of
    for life in lives:
        last = max((number for number, _ in of(life, "installed")[-1:]), default=0)
        if life["status"] in (Status.UP, Status.ABSENT) or life["returns"]:
            later |= set(combinations([view for view in views if view[0] >= last and life["node"] in view[1]], 2))
    after = closed(steps | later)
    forks = any(a == b and c != d and not {(c, d), (d, c)} & after for (a, c), (b, d) in product(steps, steps))
    rows = [of(life, "installed") for life in lives]
    return forks or any(newer[0] < older[0] for row in rows for older, newer in pairwise(row))


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
    """A member ends itself although its application has not asked to leave, and nobody has left it out."""
    ended = [life for life in map(now, lives) if of(life, "ended") and of(life, "installed") and not of(life, "left")]
    return any(not left_out(life, lives) for life in ended)


def validity(lives):
    """A correct process lacks what its application asked for."""
    return any(set(of(life, "sent")) - set(had(life)) for life in correct(lives))


def withheld(lives, givers):
    """A correct member of the view in which one of `givers` delivered something lacks that.

    Before a first view, that one counts; where none ever comes, the founders do.
    """
    founders = {life["node"] for life in lives if life["founder"] and of(life, "installed")}
    for giver in all_parts(givers):
        first = next(iter(of(giver, "installed")), (0, founders))
        for what, value, view in placed(giver):
            _, members = view or first
            if what == "delivered" and any(other["node"] in members and value not in had(other) for other in correct(lives)):
                return True
    return False


def completeness(lives):
    """The last view of a correct process that runs has a member that has ended."""
    gone = {life["node"] for life in lives if life["status"] in (Status.CRASHED, Status.HALTED)}
    views = [of(now(life), "installed")[-1:] for life in correct(lives) if life["status"] is Status.UP]
    return any(gone & set(members) for last in views for _, members in last)


def admission(lives):
    """A joiner runs and has no view, although nobody has ended; it has asked somebody."""
    joiners = [part for part in map(now, lives) if part["status"] is Status.UP and not part["founder"]]
    waits = [part for part in joiners if not of(part, "installed")]
    faultless = all(life["status"] in (Status.UP, Status.ABSENT) for life in lives)
    back = {life["node"] for life in lives if len(parts(life)) > 1}
    return len(lives) > 1 and faultless and any(not back - {part["node"]} for part in waits)


EVENTUALLY = {
    "validity": validity,
    "agreement": lambda lives: withheld(lives, correct(lives)),
    "uniform-agreement": lambda lives: withheld(lives, lives),
    "completeness": completeness,
    "admission": admission,
}
VIOLATED = {
    "integrity": integrity,
    "no-duplication": no_duplication,
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


def lives(world, scenario):
    """`world` as seen from outside, in the form that `sentences` reads."""
    return [
        {"node": me, "status": proc["status"], "founder": me <= scenario.founders, "log": [plain(o) for o in proc["log"]]}
        | {"returns": is_down(world, me)}
        for me, proc in world.procs.items()
    ]


def plain(observation):
    """An observation as (what, value)."""
    match observation:
        case ob.Installed(view):
            return "installed", (view.id, tuple(map(int, view.members)))
        case ob.Adopted(payloads):
            return "adopted", tuple(map(key, payloads))
        case ob.Sent(payload) | ob.Delivered(payload):
            return type(observation).__name__.lower(), key(payload)
        case _:
            return type(observation).__name__.lower(), True
