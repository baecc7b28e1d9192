"""A second opinion on small systems: naive breadth first search, written from the documents alone, knowing no checker.

`explore` counts the reachable states, `verdicts` says how soon each property of `sentences` is violated in them.
"""

from collections import namedtuple
from functools import partial
from itertools import combinations, product

from groupy_check.groupy_model import effects as fx
from groupy_check.groupy_model import events as ev
from groupy_check.groupy_model import observations as ob
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.scenario import Detector, Order, Timing
from tests.semantics.sentences import VIOLATED
from tests.semantics.world import (
    KNOWN,
    NOTHING,
    NOTICE,
    Job,
    World,
    copied,
    end,
    fire,
    handle,
    happening,
    is_down,
    is_up,
    key,
    state_key,
)

FAULTS = ("crashes", "drops", "duplicates", "suspicions", "partitions")
BUDGETS = (*FAULTS, "messages", "joins", "leaves", "recoveries", "timeouts")
# `runs`: (length, lives) of each state; `worlds`: these states; `owed`: of each [(job, where it leads, as a place in `worlds`)]
Space = namedtuple("Space", "distinct generated at_rest depth runs worlds owed")


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
    first = ready[:1]
    if scenario.order is Order.ANY:  # all messages; the notice if none that waits before it has a rule
        first = [pair for number, pair in enumerate(ready) if not pair[0] or number == 0]
    beside = [pair for pair in ready if pair[0] and pair not in first] if scenario.detector is Detector.OVERTAKING else []
    return [job for _, jobs in first + beside for job in jobs]


def handlers(protocol, scenario, world, traffic):
    """The jobs that are owed, and the free ones."""
    up, left = [me for me in world.procs if is_up(world, me)], world.left
    owed = untimed(protocol, scenario, world)
    armed = [(me, ev.Timeout(timer), "timeouts") for me in up for timer in sorted(world.procs[me]["timers"])]
    free = [(me, ev.Multicast(Change(me, world.procs[me]["asked"] + 1)), "messages") for me in up]
    free += [(me, ev.Leave(), "leaves") for me in up]
    free += [(me, ev.Join(contact), "joins") for me in absent(world)[:1] for contact in up]
    free += [(me, ev.Recover(world.procs[me]["stored"]), "recoveries") for me in world.procs if is_down(world, me)]
    free += [(me, ev.Down(node), "suspicions") for me in up for node in world.procs[me]["watching"] if is_up(world, node)]
    timers, others = [
        [job for me, event, spend in some if left[spend] != 0 for job in ask(protocol, world, me, event, spend)]
        for some in (armed, free)
    ]
    if not owed:
        return timers, others
    late, early = ([job for job in timers if traffic.outlasts(world, job.me, job.event.timer) is so] for so in (True, False))
    return owed + late, others + (early if scenario.timing is Timing.ANY else [])


def untimed(protocol, scenario, world):
    """The jobs of all that can be received."""
    up = [me for me in world.procs if is_up(world, me)]
    return [job for me, source in product(up, world.procs) for job in receive(protocol, scenario, world, me, source)]


def mail(world, job):
    """What `job` receives."""
    source, index = job.take
    return job.me, source, key(world.channels[source, job.me][index])


def touches(job, me, timer):
    """Whether `job` sets or cancels `timer` of `me`."""
    effects = happening(job.step) if job.me == me else ()
    return any(isinstance(effect, fx.SetTimer | fx.CancelTimer) and effect.timer == timer for effect in effects)


class TooLargeError(Exception):
    """There are more states than were asked for."""


class Traffic:
    """What goes on by receptions alone, logs and budgets aside; states have names here.

    Every name is one of at least one state that can be reached, so that more than `limit` of them raise TooLargeError.
    """

    def __init__(self, protocol, scenario, limit):
        self.protocol, self.scenario, self.limit = protocol, scenario, limit
        self.onward = {}  # by name: [(what is received, the job, where it leads, its name)]
        self.answers = {}

    def name(self, world):
        """The same for states that differ in nothing but logs and budgets."""
        procs = {me: {**proc, "log": ()} for me, proc in world.procs.items()}
        return state_key(world._replace(procs=procs, left={}), self.scenario)

    def follow(self, name, world):
        """What can be received in `world`."""
        if name not in self.onward:
            after = [(job, handle(world, (), job)) for job in untimed(self.protocol, self.scenario, world)]
            self.onward[name] = [(mail(world, job), job, found, self.name(found)) for job, found in after]
            if self.limit is not None and len(self.onward) > self.limit:
                raise TooLargeError
        return self.onward[name]

    def outlasts(self, world, me, timer):
        """Whether `world` lies on a cycle of receptions that goes on beside `timer` of `me`, and starves nothing."""
        start = self.name(world)
        if (start, me, timer) not in self.answers:
            self.answers[start, me, timer] = self._outlasts(start, world, me, timer)
        return self.answers[start, me, timer]

    def _outlasts(self, start, world, me, timer):
        waiting, steps, todo = {}, {}, [(start, world)]  # by name: what can be received; [(what is received, where it leads)]
        while todo:
            name, state = todo.pop()
            if name in steps:
                continue
            after = self.follow(name, state)
            waiting[name] = {what for what, *_ in after}
            kept = [(what, found, called) for what, job, found, called in after if not touches(job, me, timer)]
            steps[name] = [(what, called) for what, _, called in kept]
            todo += [(called, found) for _, found, called in kept]
        kept = set(steps)
        while True:
            kept = round_trips(start, kept, steps)
            taken = {what for name in kept for what, found in steps[name] if found in kept}
            left = {name for name in kept if waiting[name] <= taken}
            if start not in left or left == kept:
                return start in left
            kept = left


def round_trips(start, kept, steps):
    """Which of `kept` lie on a way through `kept` that begins and ends in `start`."""
    back = {name: set() for name in kept}
    for name in kept:
        for _, found in steps[name]:
            if found in kept:
                back[found].add(name)
    ahead = {name: {found for _, found in steps[name] if found in kept} for name in kept}
    return reached(start, ahead) & reached(start, back)


def reached(start, ways):
    """What `ways` lead to from `start`, and `start`."""
    found, todo = {start}, [start]
    while todo:
        more = ways[todo.pop()] - found
        found |= more
        todo += more
    return found


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


def network(world, order, anew):
    """The states after what the network may do, and after crashes between handlers."""
    for (source, target), entries in world.channels.items():
        if source == target:
            continue
        changed = [("duplicates", channel) for channel in copies(entries, order)]
        for index, entry in enumerate(entries):
            if entry != NOTICE:  # whatever may arrive next arrives in vain where nobody runs
                in_vain = is_down(world, target) and (index == 0 or order is Order.ANY)
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
        others = [me for me in world.procs if me != 1]
        for side in (frozenset({1, *some}) for size in range(len(others)) for some in combinations(others, size)):
            found = copied(world, "partitions", side)
            for source, target in product(world.procs, world.procs):
                if (source in side) != (target in side):
                    found.channels[source, target] = tuple(e for e in world.channels[source, target] if e == NOTICE)
                    fire(found, target, source)
            yield found


def comes_back(protocol, me, stored):
    """The state in which `me` handles its recovery; None if the protocol knows none."""
    first = protocol.initial(me)
    return None if protocol.step(first, ev.Recover(stored)) is None else first


def beginning(protocol, scenario, keep):
    """The state in which runs begin: the group is formed, and of all that was logged the last view is left."""
    nodes = [Node(number + 1) for number in range(scenario.size)]
    procs = {me: {"status": Status.ABSENT, "log": (), **NOTHING, "local": protocol.initial(me)} for me in nodes}
    full = {name: getattr(scenario, name) for name in BUDGETS} | {"joins": scenario.size - scenario.founders}
    world = World(procs, dict.fromkeys(product(nodes, nodes), ()), full, frozenset())
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
    return World(world.procs, world.channels, full, world.split)


def explore(protocol, scenario, keep, limit=None):
    """Every reachable state; `keep` are the types of observations that logs retain. None if there are more than `limit`."""
    try:
        return explored(protocol, scenario, keep, limit)
    finally:
        KNOWN.clear()


def explored(protocol, scenario, keep, limit):
    """The same, which leaves keys behind."""
    traffic = Traffic(protocol, scenario, limit)
    start = beginning(protocol, scenario, keep)
    seen, worlds, runs, lengths, ways = {state_key(start, scenario): 0}, [start], [], [0], []
    generated, at_rest, anew = 1, 0, partial(comes_back, protocol)
    for place, world in enumerate(worlds):  # grows while it is walked
        runs.append((lengths[place], lives(world, scenario)))
        try:
            owed, free = handlers(protocol, scenario, world, traffic)
        except TooLargeError:
            return None
        at_rest += not owed
        whole = [handle(world, keep, job) for job in owed]
        after = [*whole, *network(world, scenario.order, anew), *(handle(world, keep, job) for job in free)]
        if world.left["crashes"] > 0:
            after += [handle(world, keep, job, cut, anew) for job in owed + free for cut in range(1, len(happening(job.step)))]
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


def verdicts(space, names):
    """For each property of `names` the length of the shortest run that violates it, or None."""
    return {name: next((length for length, run in space.runs if VIOLATED[name](run)), None) for name in names}
