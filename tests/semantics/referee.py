"""A second opinion on small systems: naive breadth first search, written from the documents alone, knowing no checker.

`explore` counts the reachable states, `verdicts` says how soon each property of `sentences` is violated in them.
"""

from collections import namedtuple
from functools import lru_cache, partial
from itertools import product

from groupy_check.groupy_model import events as ev
from groupy_check.groupy_model import observations as ob
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.scenario import CutOff, Detector, Order, PartitionKind, Timing
from tests.semantics.sentences import VIOLATED, lives
from tests.semantics.traffic import TooLargeError, Traffic
from tests.semantics.world import (
    AHEAD,
    BEHIND,
    KNOWN,
    NOTHING,
    NOTICE,
    World,
    ask,
    copied,
    end,
    fire,
    handle,
    happening,
    holds,
    is_down,
    is_up,
    key,
    messages_last,
    receptions,
    state_key,
)

FAULTS = ("crashes", "drops", "duplicates", "suspicions", "partitions")
BUDGETS = (*FAULTS, "spurious", "messages", "joins", "leaves", "recoveries", "timeouts")
# `runs`: (length, lives) of each state; `worlds`: these states; `owed`: of each [(job, where it leads, as a place in `worlds`)]
Space = namedtuple("Space", "distinct generated at_rest depth runs worlds owed")


def handlers(protocol, scenario, world, traffic):
    """The jobs that are owed, and the free ones."""
    up, left = [me for me in world.procs if is_up(world, me)], world.left
    owed = receptions(protocol, scenario, world)
    armed = [(me, ev.Timeout(timer), "timeouts") for me in up for timer in sorted(world.procs[me]["timers"])]
    free = [(me, ev.Multicast(Change(me, world.procs[me]["asked"] + 1)), "messages") for me in up]
    free += [(me, ev.Leave(), "leaves") for me in up]
    free += [(me, ev.Join(contact), "joins") for me in absent(world)[:1] for contact in up]
    free += [(me, ev.Recover(world.procs[me]["stored"]), "recoveries") for me in world.procs if is_down(world, me)]
    free += [(me, ev.Down(node), "suspicions") for me in up for node in world.procs[me]["watching"] if is_up(world, node)]
    free += [(me, ev.Down(node), "spurious") for me in up for node in world.procs.keys() - world.procs[me]["watching"] - {me}]
    timers, others = [
        [job for me, event, spend in some if left[spend] != 0 for job in ask(protocol, world, me, event, spend)]
        for some in (armed, free)
    ]
    if not owed:
        return timers, others
    late, early = ([job for job in timers if traffic.outlasts(world, job.me, job.event.timer) is so] for so in (True, False))
    return owed + late, others + (early if scenario.timing is Timing.ANY else [])


def absent(world):
    """Who has not started yet."""
    return [me for me in world.procs if world.procs[me]["status"] is Status.ABSENT]


def copies(entries, order):
    """`entries` with one message of them once more, in all the ways that differ."""
    found = {}
    for index, entry in enumerate(entries):
        places = range(index + 1, len(entries) + 1) if order is Order.FIFO else [len(entries)]
        for place in places if entry != NOTICE else ():
            longer = (*entries[:place], entry, *entries[place:])
            found.setdefault(key(longer), longer)
    return found.values()


@lru_cache(50)
def splits(kind, nodes):
    """The sets of links, (source, target), that a partition of `kind` can cut: on these the target does not hear the source."""
    found = set()
    for labels in product(range(len(nodes)), repeat=len(nodes)):
        side, different = dict(zip(nodes, labels, strict=True)), {*labels}
        across = [(one, other) for one, other in product(nodes, nodes) if side[one] != side[other]]
        match kind:
            case PartitionKind.COMPLETE if len(different) == 2:
                found.add(frozenset(across))
            case PartitionKind.MULTIWAY if len(different) > 2:
                found.add(frozenset(across))
            case PartitionKind.PARTIAL if different == {0, 1, 2}:  # 2: hears both, and is heard
                found.add(frozenset((one, other) for one, other in across if 2 not in (side[one], side[other])))
            case PartitionKind.SIMPLEX if different == {0, 1}:  # 0 does not hear 1
                found.add(frozenset((one, other) for one, other in across if side[other] == 0))
    return sorted(found, key=sorted)


def network(world, scenario, anew):
    """The states after what the network may do, and after crashes between handlers."""
    order = scenario.order
    for (source, target), entries in world.channels.items():
        if source == target:
            continue
        changed = [("duplicates", channel) for channel in copies(entries, order)]
        for index, entry in enumerate(entries):
            if entry != NOTICE:  # whatever may arrive next arrives in vain where nobody runs
                next_one = (index == 0 or order is Order.ANY) and not holds(world, source, target)
                in_vain = is_down(world, target) and next_one
                changed.append((None if in_vain else "drops", entries[:index] + entries[index + 1 :]))
        for spend, channel in changed:
            if spend is None or world.left[spend] > 0:
                found = copied(world, spend)
                found.channels[source, target] = channel
                yield found
    if world.left["crashes"] > 0:
        yield from (end(copied(world, "crashes"), me, Status.CRASHED, anew) for me in world.procs if is_up(world, me))
    if world.split:
        yield copied(world, split=frozenset())
    elif world.left["partitions"] > 0:
        for cut in splits(scenario.partition_kind, tuple(world.procs)):
            found = copied(world, "partitions", cut)
            for source, target in cut:
                entries = world.channels[source, target]
                if world.holding is None:
                    found.channels[source, target] = tuple(entry for entry in entries if entry == NOTICE)
                elif world.holding == AHEAD:
                    found.channels[source, target] = messages_last(entries)
                fire(found, target, source)
            yield found


def comes_back(protocol, me, stored):
    """The state in which `me` handles its recovery; None if the protocol knows none."""
    first = protocol.initial(me)
    return None if protocol.step(first, ev.Recover(stored)) is None else first


def forgotten(world):
    """`world` without what is stored and can be read no more, as nobody comes back any more, or who stored it cannot crash.

    Who is down when nobody comes back any more is down for good, and what is on its way to it is gone.
    """
    for me, proc in world.procs.items():
        if world.left["recoveries"] == 0 or (proc["status"] is Status.UP and world.left["crashes"] == 0):
            proc["stored"] = None
        if world.left["recoveries"] == 0 and proc["status"] is Status.CRASHED:
            proc.update(NOTHING)
            world.channels.update({(node, me): () for node in world.procs})
    return world


def beginning(protocol, scenario, keep):
    """The state in which runs begin: the group is formed, and of all that was logged the last view is left."""
    nodes = [Node(number + 1) for number in range(scenario.size)]
    procs = {me: {"status": Status.ABSENT, "log": (), **NOTHING, "local": protocol.initial(me)} for me in nodes}
    full = {name: getattr(scenario, name) for name in BUDGETS} | {"joins": scenario.size - scenario.founders}
    ahead = BEHIND if scenario.detector is Detector.OVERTAKING else AHEAD
    holding = ahead if scenario.cut_off is CutOff.HELD else None
    world = World(procs, dict.fromkeys(product(nodes, nodes), ()), full, frozenset(), holding)
    steps, traffic = 0, Traffic(protocol, scenario, None)
    for me in nodes[: scenario.founders]:
        todo = ask(protocol, world, me, ev.Start() if me == 1 else ev.Join(nodes[0]))
        while todo:
            world = handle(world, {ob.Installed}, todo[0])
            todo, steps = handlers(protocol, scenario, world, traffic)[0], steps + 1
            if steps > 10_000:
                raise ValueError("the formation does not end")
        views = [entry for entry in world.procs[me]["log"] if isinstance(entry, ob.Installed)]
        if not views:
            raise ValueError(f"the formation installs no view at {me}")
    for proc in world.procs.values():
        views = [entry for entry in proc["log"] if isinstance(entry, ob.Installed)]
        proc.update(log=tuple(views[-1:]) if ob.Installed in keep else (), asked=0)
    return World(world.procs, world.channels, full, world.split, holding)


def explore(protocol, scenario, keep, limit=None, depth=None):
    """Every state up to `depth`; `keep` are the types of observations that logs retain. None if there are over `limit`."""
    try:
        return explored(protocol, scenario, keep, limit, depth)
    finally:
        KNOWN.clear()


def explored(protocol, scenario, keep, limit, depth):
    """The same, which leaves keys behind."""
    traffic = Traffic(protocol, scenario, limit)
    start = forgotten(beginning(protocol, scenario, keep))
    seen, worlds, runs, lengths, ways = {state_key(start, scenario): 0}, [start], [], [0], []
    generated, at_rest, anew = 1, 0, partial(comes_back, protocol)
    for place, world in enumerate(worlds):  # grows while it is walked
        runs.append((lengths[place], lives(world, scenario)))
        if lengths[place] == depth:
            continue
        try:
            owed, free = handlers(protocol, scenario, world, traffic)
        except TooLargeError:
            return None
        at_rest += not owed
        whole = [handle(world, keep, job) for job in owed]
        after = [*whole, *network(world, scenario, anew), *(handle(world, keep, job) for job in free)]
        if world.left["crashes"] > 0:
            after += [handle(world, keep, job, cut, anew) for job in owed + free for cut in range(1, len(happening(job.step)))]
        after = list(map(forgotten, after))
        places = [seen.setdefault(state_key(found, scenario), len(seen)) for found in after]
        for number, found in zip(places, after, strict=True):
            if number == len(worlds):
                worlds.append(found)
                lengths.append(lengths[place] + 1)
        generated += len(after)
        if limit is not None and len(worlds) > limit:
            return None
        ways.append(list(zip(owed, places, strict=False)))
    return Space(len(worlds), generated, at_rest, lengths[-1], runs, worlds, ways)


def verdicts(space, names):
    """For each property of `names` the length of the shortest run that violates it, or None."""
    return {name: next((length for length, run in space.runs if VIOLATED[name](run)), None) for name in names}
