"""The world of the referee: what can be received in it, and what handlers and crashes do; written from the documents alone.

A state is a World of dicts; whatever happens, happens to a copy.
"""

from collections import Counter, namedtuple
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import product

from groupy_check.groupy_model import effects as fx
from groupy_check.groupy_model import events as ev
from groupy_check.groupy_model import observations as ob
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.scenario import Detector, Order

PLAIN = {int, bool, str, type(None), Node, Status}  # `key` asks no more of these
NOTICE = ("notice",)  # an entry of a channel is this, or ("message", what)
NOTHING = {"local": None, "watching": frozenset(), "timers": frozenset(), "asked": 0, "stored": None}

# procs[me][field], channels[source, target], left[budget]; `split` has each (source, target) that is cut
# now, and `holding` says where notices stand beside the messages that are held there: AHEAD or BEHIND; None if these are lost
World = namedtuple("World", "procs channels left split holding", defaults=(None,))
AHEAD, BEHIND = "ahead", "behind"
Job = namedtuple("Job", "me event step spend take")  # a handler that can run; `take`: (source, index) of what it receives


KNOWN = {}  # by the id of a value: itself, so that nothing else gets this id, and its key


def key(value):
    """Keys are equal where the values are of one type and equal part by part: 1 is not True, Point(1, 2) is not (1, 2)."""
    kind = type(value)
    if kind in PLAIN:
        return kind, value
    if id(value) not in KNOWN:
        KNOWN[id(value)] = value, worked_out(kind, value)
    return KNOWN[id(value)][1]


def worked_out(kind, value):
    """The key of a value of `kind`."""
    if isinstance(value, tuple):
        return kind, tuple(key(part) for part in value)
    if isinstance(value, frozenset):
        return kind, frozenset(key(part) for part in value)
    if is_dataclass(value) and not isinstance(value, type | Enum):
        return kind, tuple(key(getattr(value, field.name)) for field in fields(value) if field.compare)
    return kind, value


def state_key(world, scenario):
    """Equal for states that are the same."""
    procs = tuple(tuple(map(key, proc.values())) for proc in world.procs.values())
    return procs, tuple(kept(entries, scenario) for entries in world.channels.values()), tuple(world.left.values()), world.split


def kept(entries, scenario):
    """Equal for channels that are the same. Of a bag, how often each segment between notices holds each message matters."""
    if scenario.order is Order.FIFO:
        return key(entries)
    if scenario.detector is Detector.OVERTAKING:  # a notice has no place
        return frozenset(Counter(map(key, entries)).items())
    segments = [Counter()]
    for entry in entries:
        if entry == NOTICE:
            segments.append(Counter())
        else:
            segments[-1][key(entry)] += 1
    return tuple(frozenset(segment.items()) for segment in segments)


def copied(world, spend=None, split=None):
    """A copy of `world`, in which one of the budget `spend` is used up."""
    left = {name: number - 1 if name == spend and number is not None else number for name, number in world.left.items()}
    procs = {me: dict(proc) for me, proc in world.procs.items()}
    return World(procs, dict(world.channels), left, world.split if split is None else split, world.holding)


def holds(world, source, target):
    """What is on its way from `source` to `target` is held."""
    return world.holding is not None and (source, target) in world.split


def messages_last(entries):
    """`entries` with the notices in front."""
    return tuple(sorted(entries, key=lambda entry: entry != NOTICE))


def notify(world, node, watcher):
    """`watcher` is told of `node`, in front of what is held."""
    entries = (*world.channels[node, watcher], NOTICE)
    ahead = world.holding == AHEAD and (node, watcher) in world.split
    world.channels[node, watcher] = messages_last(entries) if ahead else entries


def is_up(world, me):
    """`me` runs."""
    return world.procs[me]["status"] is Status.UP


def fire(world, watcher, node):
    """`watcher`, if it watches `node`, does so no more, and is told."""
    if node in world.procs[watcher]["watching"]:
        world.procs[watcher]["watching"] -= {node}
        notify(world, node, watcher)


def end(world, me, status, anew=None):
    """`me` ends: what was on its way to it is gone, who watches it is told behind all that it has sent.

    `anew` says in which state it may come back, None for never. If it may, it keeps what is stored, and the number of its
    multicasts, and the messages of others may still be under way.
    """
    proc = world.procs[me]
    first = anew(me, proc["stored"]) if anew and world.left["recoveries"] > 0 else None
    proc.update({**NOTHING, **({} if first is None else {**proc, "watching": frozenset(), "timers": frozenset()})})
    proc.update(status=status, local=first)
    for node in world.procs:
        messages = tuple(entry for entry in world.channels[node, me] if entry != NOTICE)
        world.channels[node, me] = () if first is None or node == me else messages
        fire(world, node, me)
    return world


def is_down(world, me):
    """`me` has crashed, and may come back."""
    proc = world.procs[me]
    return world.left["recoveries"] > 0 and proc["status"] is Status.CRASHED and proc["local"] is not None


def perform(world, keep, me, effect):
    """One effect of a handler of `me`, or an observation: it is noted if its type is in `keep`; Left and Ended always are."""
    proc = world.procs[me]
    match effect:
        case fx.Send(to, message) if is_up(world, to) and (world.holding or (me, to) not in world.split):
            world.channels[me, to] += (("message", message),)
        case fx.Deliver(payload):
            perform(world, keep, me, ob.Delivered(payload))
        case fx.Install(view):
            perform(world, keep, me, ob.Installed(view))
        case fx.Adopt(payloads):
            perform(world, keep, me, ob.Adopted(payloads))
        case fx.Monitor(node) if is_up(world, node) and (node, me) not in world.split:
            proc["watching"] |= {Node(node)}
        case fx.Monitor(node):
            notify(world, node, me)
        case fx.Demonitor(node):
            proc["watching"] -= {node}
            world.channels[node, me] = tuple(entry for entry in world.channels[node, me] if entry != NOTICE)
        case fx.SetTimer(timer):
            proc["timers"] |= {timer}
        case fx.CancelTimer(timer):
            proc["timers"] -= {timer}
        case fx.Store(value):
            proc["stored"] = value
        case fx.Halt(reason):
            perform(world, keep, me, ob.Ended(reason))
            end(world, me, Status.HALTED)
        case observation if type(observation) in {*keep, ob.Left, ob.Ended, ob.Recovered}:
            proc["log"] += (observation,)


def handle(world, keep, job, cut=None, anew=None):
    """The state after `job`, or after its first `cut` effects and the crash of the process; `anew` as in `end`."""
    world = copied(world, job.spend)
    proc = world.procs[job.me]
    if job.take is not None:
        entries = world.channels[job.take[0], job.me]
        world.channels[job.take[0], job.me] = entries[: job.take[1]] + entries[job.take[1] + 1 :]
    proc.update(local=job.step.state, status=Status.UP)
    match job.event:
        case ev.Timeout(timer):
            proc["timers"] -= {timer}
        case ev.Down(node) if job.spend == "suspicions":
            proc["watching"] -= {node}
        case ev.Multicast(payload):
            proc["asked"] += 1
            perform(world, keep, job.me, ob.Sent(payload))
        case ev.Leave():
            perform(world, keep, job.me, ob.Left())
        case ev.Recover():
            perform(world, keep, job.me, ob.Recovered())
    for effect in happening(job.step)[:cut]:
        perform(world, keep, job.me, effect)
    return world if cut is None else end(copied(world, "crashes"), job.me, Status.CRASHED, anew)


def happening(step):
    """The effects of `step` that exist: none behind a Halt."""
    halts = [index for index, effect in enumerate(step.effects) if isinstance(effect, fx.Halt)]
    return step.effects[: halts[0] + 1] if halts else step.effects


def ask(protocol, world, me, event, spend=None, take=None):
    """The jobs of `event`, one for each outcome; none if there is no rule."""
    answer = protocol.step(world.procs[me]["local"], event)
    steps = () if answer is None else (answer,) if isinstance(answer, Step) else answer
    return [Job(me, event, step, spend, take) for step in steps]


def receive(protocol, scenario, world, me, source):
    """The jobs of what `me` can receive from `source`."""
    ready, seen = [], []  # (is a notice, jobs) of entries that have a rule, of equal ones the first
    for index, entry in enumerate(world.channels[source, me]):
        if entry != NOTICE and holds(world, source, me):
            continue
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


def receptions(protocol, scenario, world):
    """The jobs of all that can be received."""
    up = [me for me in world.procs if is_up(world, me)]
    return [job for me, source in product(up, world.procs) for job in receive(protocol, scenario, world, me, source)]
