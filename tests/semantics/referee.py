"""A second opinion on small systems: naive breadth first search, written from the documents alone, knowing no checker.

`explore` counts the reachable states, `verdicts` says how soon each property of `sentences` is violated in them.
"""

from collections import namedtuple
from itertools import combinations, product

from groupy_check.groupy_model import events as ev
from groupy_check.groupy_model import observations as ob
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.scenario import Detector, Order, Timing
from tests.semantics.sentences import VIOLATED
from tests.semantics.world import NOTHING, NOTICE, Job, World, copied, end, fire, handle, happening, is_up, key, state_key

BUDGETS = ("messages", "crashes", "joins", "leaves", "drops", "duplicates", "suspicions", "partitions", "timeouts")
Space = namedtuple("Space", "distinct generated at_rest depth runs")  # `runs`: (length, lives) of each state


def ask(protocol, world, me, event, spend=None, take=None):
    """The jobs of `event`, one for each outcome; none if there is no rule."""
    answer = protocol.step(world.procs[me]["local"], event)
    steps = () if answer is None else (answer,) if isinstance(answer, Step) else answer
    return [Job(me, event, step, spend, take) for step in steps]


def receive(protocol, scenario, world, me, source):
    """The jobs of what `me` can receive from `source`."""
    ready, seen = [], []  # (is a notice, jobs) of entries that have a rule, of equal ones the first
    for index, entry in enumerate(world.channels[source, me]):
        event = ev.Down(source) if entry == NOTICE else ev.Receive(source, entry[1])
        jobs = ask(protocol, world, me, event, take=(source, index))
        if jobs and key(entry) not in seen:
            ready.append((entry == NOTICE, jobs))
            seen.append(key(entry))
    first = ready[:1] if scenario.order is Order.FIFO else [pair for pair in ready if not pair[0]] or ready
    beside = [pair for pair in ready if pair[0] and pair not in first] if scenario.detector is Detector.OVERTAKING else []
    return [job for _, jobs in first + beside for job in jobs]


def handlers(protocol, scenario, world):
    """The jobs that are owed, and the free ones."""
    up, left = [me for me in world.procs if is_up(world, me)], world.left
    owed = [job for me, source in product(up, world.procs) for job in receive(protocol, scenario, world, me, source)]
    armed = [(me, ev.Timeout(timer), "timeouts") for me in up for timer in sorted(world.procs[me]["timers"])]
    free = [(me, ev.Multicast(Change(me, world.procs[me]["asked"] + 1)), "messages") for me in up]
    free += [(me, ev.Leave(), "leaves") for me in up]
    free += [(me, ev.Join(contact), "joins") for me in absent(world)[:1] for contact in up]
    free += [(me, ev.Down(node), "suspicions") for me in up for node in world.procs[me]["watching"] if is_up(world, node)]
    timers, others = [
        [job for me, event, spend in some if left[spend] != 0 for job in ask(protocol, world, me, event, spend)]
        for some in (armed, free)
    ]
    if not owed:
        return timers, others
    return owed, others + (timers if scenario.timing is Timing.ANY else [])


def absent(world):
    """Who has not started yet."""
    return [me for me in world.procs if world.procs[me]["status"] is Status.ABSENT]


def network(world):
    """The states after what the network may do, and after crashes between handlers."""
    for (source, target), entries in world.channels.items():
        for index, entry in enumerate(entries):
            if entry != NOTICE and source != target and world.left["drops"] > 0:
                found = copied(world, "drops")
                found.channels[source, target] = entries[:index] + entries[index + 1 :]
                yield found
            if entry != NOTICE and source != target and world.left["duplicates"] > 0:
                found = copied(world, "duplicates")
                found.channels[source, target] += (entry,)
                yield found
    if world.left["crashes"] > 0:
        yield from (end(copied(world, "crashes"), me, Status.CRASHED) for me in world.procs if is_up(world, me))
    if world.split:
        yield copied(world, split=frozenset())
    elif world.left["partitions"] > 0:
        others = [me for me in world.procs if me != 1]
        for side in (frozenset({1, *some}) for size in range(len(others)) for some in combinations(others, size)):
            found = copied(world, "partitions", side)
            for source, target in product(world.procs, world.procs):
                if (source in side) != (target in side):
                    found.channels[source, target] = tuple(e for e in world.channels[source, target] if e == NOTICE)
                    fire(found, target, source)
            yield found


def beginning(protocol, scenario, keep):
    """The state in which runs begin: the group is formed, and of all that was logged the last view is left."""
    nodes = [Node(number + 1) for number in range(scenario.size)]
    procs = {me: {"status": Status.ABSENT, "log": (), **NOTHING, "local": protocol.initial(me)} for me in nodes}
    full = {name: getattr(scenario, name) for name in BUDGETS} | {"joins": scenario.size - scenario.founders}
    world = World(procs, dict.fromkeys(product(nodes, nodes), ()), full, frozenset())
    steps = 0
    for me in nodes[: scenario.founders]:
        todo = ask(protocol, world, me, ev.Start() if me == 1 else ev.Join(nodes[0]))
        while todo:
            world = handle(world, {ob.Installed}, todo[0])
            todo, steps = handlers(protocol, scenario, world)[0], steps + 1
            if steps > 10_000:
                raise ValueError("the formation does not end")
        views = [entry for entry in world.procs[me]["log"] if isinstance(entry, ob.Installed)]
        if not views:
            raise ValueError(f"the formation installs no view at {me}")
    for proc in world.procs.values():
        views = [entry for entry in proc["log"] if isinstance(entry, ob.Installed)]
        proc.update(log=tuple(views[-1:]) if ob.Installed in keep else (), asked=0)
    return World(world.procs, world.channels, full, world.split)


def explore(protocol, scenario, keep, limit=None):
    """Every reachable state; `keep` are the types of observations that logs retain. None if there are more than `limit`."""
    start = beginning(protocol, scenario, keep)
    seen, layer, runs = {state_key(start, scenario.order)}, [start], []
    generated, at_rest, depth = 1, 0, 0
    while layer:
        following = []
        for world in layer:
            runs.append((depth, lives(world, scenario)))
            owed, free = handlers(protocol, scenario, world)
            at_rest += not owed
            after = list(network(world))
            for job in owed + free:
                cuts = range(1, len(happening(job.step))) if world.left["crashes"] > 0 else ()
                after += [handle(world, keep, job, cut) for cut in (None, *cuts)]
            for found in after:
                generated += 1
                name = state_key(found, scenario.order)
                if name not in seen:
                    seen.add(name)
                    following.append(found)
            if limit is not None and len(seen) > limit:
                return None
        layer, depth = following, depth + bool(following)
    return Space(len(seen), generated, at_rest, depth, runs)


def lives(world, scenario):
    """`world` as seen from outside, in the form that `sentences` reads."""
    return [
        {"node": me, "status": proc["status"], "founder": me <= scenario.founders, "log": [plain(o) for o in proc["log"]]}
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


def verdicts(space, names):
    """For each property of `names` the length of the shortest run that violates it, or None."""
    return {name: next((length for length, run in space.runs if VIOLATED[name](run)), None) for name in names}
