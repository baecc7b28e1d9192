"""Protocols and scenarios as users write them, drawn from a seed: `case(17)` is the same wherever drawn.

Every protocol forms groups (joiners ask, the oldest member makes views) and passes payloads on by rules that are drawn. Drawn
as well are how it writes states and messages down, what it watches, and where it answers None, several Steps, or with a Halt.
It sends only messages and sets only timers of higher rank than what it handles, so every space is finite.

`case(17, kind="recovering")` is another one, whose processes store things, now and then too late, crash, and come back: as a
member that knows what it had stored, or to join anew.

`case(17, kind="parted")` is another one, whose network splits in one of the ways that there are,
and loses or holds what is cut off.

`case(17, kind="repeating")` is another one, with spurious notices.

`case(17, kind="endless")` is another one, in which requests send balls that processes pass to and fro, maybe for ever, while
timers are armed. Its values are written so that none is equal to another one.

The class of seed 17 is `Drawn17`, and that of the endless one `Endless17`, so that they can be found by name in another
interpreter.
"""

import random
from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from functools import lru_cache
from typing import NamedTuple

from groupy_check.groupy_model.effects import (
    Adopt,
    CancelTimer,
    Deliver,
    Demonitor,
    Halt,
    Install,
    Monitor,
    Send,
    SetTimer,
    Store,
    View,
)
from groupy_check.groupy_model.events import Down, Join, Leave, Multicast, Receive, Recover, Start, Timeout
from groupy_check.groupy_model.observations import Adopted, Delivered, Installed, Sent
from groupy_check.groupy_model.protocol import Idle, Protocol, Step, broadcast
from groupy_check.groupy_model.scenario import Beginning, CutOff, Detector, Order, PartitionKind, Scenario, Timing
from tests.semantics.referee import Space, explore
from tests.semantics.traffic import TooLargeError

LIMIT = 3_000  # distinct states of a case
KEPT = frozenset({Sent, Delivered, Installed, Adopted})  # logs retain everything
CAP = 5  # no view has a higher number
KINDS = ("m0", "m1", "m2")  # messages that carry payloads, by rank
LEAST = {PartitionKind.MULTIWAY: 3, PartitionKind.PARTIAL: 3, PartitionKind.SIMPLEX: 2}  # processes for there to be one
OTHERS = ("endless", "recovering", "parted", "repeating")  # kinds of systems beside the usual one, ""
RANKS = {"ask": 0, "leave": 0, "down": 0, "m0": 1, "t": 2, "m1": 3, "u": 4, "m2": 5}


class Case(NamedTuple):
    """A protocol and a scenario in which it has at most LIMIT states; `space` is what the referee finds there."""

    seed: int
    protocol: Protocol
    scenario: Scenario
    space: Space


# --- how users write values down: some of these are equal to one another, but none is the same --------------------------------


class Mode(Enum):
    CALM = "calm"
    BUSY = "busy"


class Code(IntEnum):
    ZERO = 0
    ONE = 1
    TWO = 2


class Calm(NamedTuple):
    fields: tuple


class Busy(NamedTuple):
    fields: tuple


class First(NamedTuple):
    payload: object


class Second(NamedTuple):
    payload: object


@dataclass(frozen=True)
class Inner:
    what: object


@dataclass(frozen=True)
class Record:
    word: str
    inner: Inner


@dataclass(frozen=True, slots=True)
class Desk:
    mode: Mode
    seen: frozenset
    note: object


@dataclass(frozen=True)
class Replica:
    me: int
    member: bool
    view: View
    top: int
    desk: Desk


class Me(NamedTuple):
    """One process, as the rules read it; `top` is the highest number of a view that it knows."""

    me: int
    member: bool
    view: View
    top: int
    mode: int
    seen: frozenset
    note: object


NOTES = (None, 0, False, 0.0, 1, True, 1.0, Code.ONE, (1, 2), First((1, 2)), Second((1, 2)), frozenset({1}), frozenset({True}))


def written(style, my):
    """The state `my` in one of four styles."""
    mode = (Mode.CALM, Mode.BUSY)[my.mode]
    match style:
        case "tuple":
            return (mode.value, *my[:4], tuple(sorted(my.seen, key=str)), my.note)
        case "named":
            return (Calm, Busy)[my.mode]((*my[:4], my.seen, my.note))
        case "frozen":
            return Replica(*my[:4], Desk(mode, my.seen, my.note))
    return frozenset({**my._asdict(), "mode": mode}.items())


def read(state):
    """The process that `state` is, whatever the style."""
    match state:
        case Calm((*four, seen, note)) | Busy((*four, seen, note)):
            return Me(*four, int(isinstance(state, Busy)), seen, note)
        case (str(mode), *four, seen, note):
            return Me(*four, int(mode == "busy"), frozenset(seen), note)
        case Replica(me, member, view, top, desk):
            return Me(me, member, view, top, int(desk.mode is Mode.BUSY), desk.seen, desk.note)
    parts = dict(state)
    return Me(**{**parts, "mode": int(parts["mode"] is Mode.BUSY)})


def letter(style, kind, payload):
    """The message of `kind` in one of its styles; the last three have no room for a payload."""
    number = KINDS.index(kind) if kind in KINDS else 0
    match style:
        case "tuple":
            return (kind, payload)
        case "first":
            return First(payload)
        case "second":
            return Second(payload)
        case "record":
            return Record(kind, Inner(payload))
        case "items":
            return frozenset({"kind": kind, "what": payload}.items())
        case "code":
            return Code(number)
        case "enum":
            return tuple(Mode)[number % 2]
    return (1, True, 1.0)[number]


def payload_in(style, kind, message):
    """[payload] if `message` is of `kind`, else []."""
    match message:
        case (str(word), payload) if style == "tuple" and type(message) is tuple:
            return [payload] if word == kind else []
        case First(payload) if style == "first":
            return [payload]
        case Second(payload) if style == "second":
            return [payload]
        case Record(word, Inner(payload)) if style == "record":
            return [payload] if word == kind else []
        case frozenset() if style == "items":
            return [dict(message)["what"]] if dict(message)["kind"] == kind else []
        case Code() | Mode() | bool() | int() | float() if style in ("code", "enum", "bare"):
            mine = letter(style, kind, None)
            return [None] if type(mine) is type(message) and mine == message else []
    return []


# --- the protocol -----------------------------------------------------------------------------------------------------------


class Knobs(NamedTuple):
    """What is drawn of a protocol. `rules` maps (mode, what happens) to None or to reactions (guard, mode, note, effects)."""

    style: str
    letters: dict
    watches: str
    on_down: str
    on_view: str
    on_ask: str
    on_leave: str
    adopts: bool
    retries: bool
    rules: dict
    stores: str = "never"


class UserLike(Protocol):
    """A protocol by its `knobs`."""

    knobs: Knobs

    def step(self, state, event):
        """One rule for each event; those of the group first."""
        match event:
            case Start():
                view = View(1, (state.me,))
                return self.done(Me(state.me, True, view, 1, 0, frozenset(), None), (Install(view),))
            case Join(contact):
                ask = Send(contact, self.group("join", state.me))
                retry = (SetTimer("retry"),) if self.knobs.retries else ()
                return self.done(Me(state.me, False, View(0, (contact,)), 0, 0, frozenset(), None), (ask, *retry))
            case Recover(stored):
                return self.back(state.me, stored)
        my = read(state)
        if my.member:
            return self.member(my, event)
        match event:
            case Timeout("retry"):
                return self.done(my, (Send(my.view.members[0], self.group("join", my.me)), SetTimer("retry")))
            case Receive(_, message) if what := self.in_group("view", message):
                return self.installs(my, *what)
            case Down():
                return self.done(my, (Halt("nobody lets me in"),)) if self.knobs.on_down == "leader" else None
            case Leave() if self.knobs.on_leave == "halt":
                return self.done(my, (Halt("left"),))
        return None

    def back(self, me, stored):
        """A process comes back, to go on from what it had stored, if anything, or to ask another one to let it in."""
        if stored is None:
            return None if self.knobs.stores == "must" else self.step(Idle(me), Join(2 if me == 1 else 1))
        my = read(stored)
        if self.knobs.stores == "silently":
            return self.done(my)
        return self.done(my, (Install(my.view), *map(Monitor, [node for node in my.view.members if node != me])))

    def member(self, my, event):
        """What a member does."""
        match event:
            case Multicast(payload):
                return self.react(my, "ask", my.me, payload)
            case Receive(source, message):
                for word, rule in (("join", self.asked), ("view", self.installs), ("bye", self.dropped)):
                    if what := self.in_group(word, message):
                        return rule(my, *what)
                if self.in_group("ball", message):
                    return self.react(my, "ball", source, None)
                for kind in KINDS:
                    for payload in payload_in(self.knobs.letters[kind], kind, message):
                        return self.react(my, kind, source, payload)
            case Timeout(timer):
                return self.done(my) if timer == "retry" else self.react(my, timer, my.me, None)
            case Down(node):
                return self.down(my, node)
            case Leave():
                return self.leaves(my)
        return None

    def done(self, my, effects=()):
        """The one outcome."""
        return Step(written(self.knobs.style, my), tuple(effects))

    def group(self, word, what):
        """A message about the group."""
        return Record(word, Inner(what)) if self.knobs.style == "frozen" else (word, what)

    def in_group(self, word, message):
        """(what,) if `message` is such a one, else ()."""
        match message:
            case (str(found), what) if type(message) is tuple and found == word:
                return (what,)
            case Record(found, Inner(what)) if found == word:
                return (what,)
        return ()

    def changes(self, my, members, told):
        """(state, effects) when `my` makes a view of `members` and tells `told`."""
        if my.top >= CAP or not members:
            return my, ()
        view = View(my.top + 1, tuple(members))
        what = self.group("view", (view, my.seen if self.knobs.adopts else frozenset()))
        sends = broadcast(what, [node for node in told if node != my.me])
        if my.me not in members:
            return my._replace(top=view.id), sends
        return self.enters(my, view, sends)

    def enters(self, my, view, before=()):
        """(state, effects) when `my` installs `view`."""
        others = [node for node in view.members if node != my.me]
        fresh = [node for node in others if node not in my.view.members or not my.member]
        elder = [node for node in others if node < my.me]
        watched = {
            "all": fresh,
            "again": others,
            "leader": view.members[:1] if view.members[0] != my.me else (),
            "elder": elder[-1:],
            "self": (my.me,) if not my.member else fresh,
            "none": (),
        }[self.knobs.watches]
        gone = [node for node in my.view.members if node not in view.members] if self.knobs.on_view == "tidy" else []
        effects = (*before, Install(view), *map(Monitor, watched), *map(Demonitor, gone))
        after = my._replace(view=view, member=True, top=max(view.id, my.top))
        stored = (Store(written(self.knobs.style, after)),) if self.knobs.stores != "never" else ()
        return after, (*stored, *effects) if self.knobs.stores == "must" else (*effects, *stored)

    def asked(self, my, joiner):
        """Somebody wants to join."""
        members = my.view.members
        if members[0] != my.me:
            return self.done(my, (Send(members[0], self.group("join", joiner)),)) if self.knobs.on_ask != "deaf" else None
        if my.mode and self.knobs.on_ask == "later":
            return None
        if joiner in members:
            return self.done(my)
        both = self.done(*self.changes(my, (*members, joiner), (*members, joiner)))
        return [both, self.done(my._replace(mode=1))] if self.knobs.on_ask == "maybe" else both

    def installs(self, my, what):
        """A view comes, with what its maker has seen."""
        view, seen = what
        if my.me not in view.members:
            return self.done(my, (Halt("left out"),)) if self.knobs.on_view != "always" else self.done(my)
        if my.member and view.id <= my.view.id and self.knobs.on_view != "always":
            return self.done(my)
        adopt = (Adopt(tuple(sorted(seen, key=str))),) if self.knobs.adopts and not my.member else ()
        calm = (CancelTimer("retry"),) if self.knobs.retries and not my.member else ()
        return self.done(*self.enters(my._replace(seen=my.seen | seen), view, (*adopt, *calm)))

    def dropped(self, my, node):
        """Somebody says that `node` leaves."""
        rest = [other for other in my.view.members if other != node]
        if my.me != my.view.members[0] or len(rest) == len(my.view.members):
            return self.done(my)
        return self.done(*self.changes(my, rest, my.view.members))

    def down(self, my, node):
        """The detector says that `node` has ended; behind what it does for the group comes the rule that was drawn."""
        rest = [other for other in my.view.members if other != node]
        if self.knobs.on_down == "deaf" and my.mode:
            return None
        if self.knobs.on_down == "again":
            return self.done(my, (Monitor(node),))
        after, effects = my, ()
        if node in my.view.members and (self.knobs.on_down == "local" or rest[:1] == [my.me]):
            after, effects = self.changes(my, rest, rest if self.knobs.on_down == "leader" else ())
        more = self.react(after, "down", my.view.members[0], None)
        steps = [] if more is None else more if isinstance(more, list) else [more]
        steps = [Step(step.state, (*effects, *step.effects)) for step in steps]
        return steps or self.done(after, effects)

    def leaves(self, my):
        """The application wants to leave."""
        rest = [other for other in my.view.members if other != my.me]
        if self.knobs.on_leave == "none" or (self.knobs.on_leave == "calm" and my.mode):
            return None
        if my.view.members[0] == my.me:
            after, effects = self.changes(my, rest, rest)
            return self.done(after, (*effects, Halt("left"), Deliver("too late")))
        bye = Send(my.view.members[0], self.group("bye", my.me))
        return self.done(my, (bye, Halt("left")) if self.knobs.on_leave == "halt" else (bye,))

    def react(self, my, what, source, payload):
        """What the rule for `what` says; None where there is none, a list where there are several."""
        steps = []
        for guard, mode, note, templates in self.knobs.rules[my.mode, what] or ():
            if guard is not None and type(my.note) is not guard:
                continue
            seen = my.seen | {payload} if note == "keep" and payload is not None else my.seen
            after = my._replace(mode=mode, seen=seen, note=NOTES[note] if isinstance(note, int) else my.note)
            effects = [effect for template in templates for effect in self.meant(my, template, source, payload)]
            steps.append(self.done(after, effects))
        return steps if len(steps) > 1 else steps[0] if steps else None

    def meant(self, my, template, source, payload):
        """The effects that `template` stands for here."""
        members, me = my.view.members, my.me
        known = [payload] if payload is not None else sorted(my.seen, key=str)[:1]
        people = {
            "others": [node for node in members if node != me],
            "all": list(members),
            "self": [me],
            "leader": [members[0]],
            "source": [source],
        }
        match template:
            case ("send", kind, who):
                return broadcast(letter(self.knobs.letters[kind], kind, known[0] if known else None), people[who])
            case ("ball", who):
                return broadcast(self.group("ball", None), people[who])
            case ("deliver",):
                return map(Deliver, known)
            case ("note",):
                return (Deliver(my.note),)
            case ("timer", name):
                return (SetTimer(name),)
            case ("store",):
                return (Store(written(self.knobs.style, my)),)
            case ("cancel", name):
                return (CancelTimer(name),)
            case ("monitor", who):
                return map(Monitor, [node for node in people[who] if node != me])
            case ("demonitor", who):
                return map(Demonitor, people[who])
        return (Halt("by rule"),)


# --- drawing ----------------------------------------------------------------------------------------------------------------


def template(rng, what, bounded):
    """One effect that may stand in a rule for `what`."""
    rank = RANKS[what]
    above = [kind for kind in KINDS if RANKS[kind] > rank]
    timers = [name for name in ("t", "u") if RANKS[name] > rank or (bounded and name == what)]
    draws = [("deliver",)] * 4 + [("send", rng.choice(above), rng.choice(WHOM))] * 5 if above else [("deliver",)] * 4
    draws += [("timer", rng.choice(timers))] * 2 if timers else []
    draws += [("cancel", rng.choice("tu")), ("demonitor", rng.choice(WHOM)), ("note",)]
    draws += [("monitor", rng.choice(WHOM))] if what != "down" else []
    return rng.choice(draws)


WHOM = ("others", "others", "all", "leader", "source", "self")


def rule(rng, what, bounded):
    """None, or one or two reactions."""
    if rng.random() < 0.2:
        return None
    reactions = []
    for _ in range(rng.choice((1, 1, 1, 2))):
        guard = rng.choice((bool, int, float, type(None))) if what != "ask" and rng.random() < 0.1 else None
        note = rng.choice((None, "keep", "keep", rng.randrange(len(NOTES))))
        effects = [template(rng, what, bounded) for _ in range(rng.choice((0, 1, 1, 2, 2)))]
        if what == "ask" and rng.random() < 0.8:
            effects.insert(rng.randrange(2), ("send", "m0", rng.choice(("others", "leader", "all"))))
        if rng.random() < 0.04:
            effects.append(("halt",))
        reactions.append((guard, rng.randrange(2), note, tuple(effects)))
    return tuple(reactions)


def draw_knobs(rng, bounded):
    """A protocol; `bounded`: only so many timers fire, so they may be set again and again."""
    rules = {(mode, what): rule(rng, what, bounded) for mode in (0, 1) for what in RANKS}
    while not rules[0, "ask"]:
        rules[0, "ask"] = rule(rng, "ask", bounded)
    styles = ["tuple", "tuple", "record", "items", "first", "second", "code", "enum", "bare", "bare"]
    rng.shuffle(styles)
    words = dict(zip(KINDS, styles, strict=False))
    return Knobs(
        style=rng.choice(("tuple", "named", "frozen", "items")),
        letters=words,
        watches=rng.choice(("all", "all", "again", "leader", "elder", "self", "none")),
        on_down=rng.choice(("leader", "leader", "local", "deaf", "again")),
        on_view=rng.choice(("newer", "tidy", "always")),
        on_ask=rng.choice(("forward", "deaf", "later", "maybe")),
        on_leave=rng.choice(("halt", "ask", "calm", "none")),
        adopts=rng.random() < 0.4,
        retries=bounded and rng.random() < 0.4,
        rules=rules,
    )


def with_balls(rng, knobs, bounded):
    """`knobs`, and such that a request brings balls into play, which then are passed on one by one while timers are armed."""
    rules = {(mode, "ball"): passing(rng, bounded) for mode in (0, 1)}
    for mode, what in knobs.rules:
        reactions = knobs.rules[mode, what]
        while reactions is None and what in ("ask", "t"):
            reactions = rule(rng, what, bounded)
        balls = what == "ask" or (what in ("leave", "m0") and rng.random() < 0.3)
        extra = (("timer", rng.choice("ttu")), ("ball", rng.choice(WHOM))) if balls else ()
        rules[mode, what] = reactions and tuple(
            (guard, after, rng.choice((0, 1, 8)) if isinstance(note, int) else note, (*extra, *effects))
            for guard, after, note, effects in reactions
        )
    return told_apart(rng, knobs._replace(rules=rules))


def told_apart(rng, knobs):
    """`knobs`, and such that no two values are equal and yet not the same."""
    words = rng.sample(("tuple", "record", "items", "first", "enum"), len(KINDS))
    style = rng.choice(("tuple", "frozen", "items"))
    return knobs._replace(letters=dict(zip(KINDS, words, strict=True)), style=style)


def with_storage(rng, knobs):
    """`knobs`, and such that processes store their views, and now and then something else."""
    rules = {
        key: reactions
        and tuple(
            (
                guard,
                mode,
                rng.choice((0, 1, 8)) if isinstance(note, int) else note,
                (*some, *[("store",)] * (rng.random() < 0.3)),
            )
            for guard, mode, note, some in reactions
        )
        for key, reactions in knobs.rules.items()
    }
    return told_apart(rng, knobs._replace(rules=rules, stores=rng.choice(("must", "silently", "often"))))


def passing(rng, bounded):
    """What a process does with a ball: mostly it passes it on, and never does it make two of it."""
    if rng.random() < 0.1:
        return None
    reactions = []
    for _ in range(rng.choice((1, 1, 1, 2))):
        effects = [("ball", rng.choice(("source", "source", "source", "leader", "self")))] if rng.random() < 0.85 else []
        if rng.random() < 0.25:
            effects.insert(rng.randrange(2), ("cancel" if not bounded or rng.random() < 0.5 else "timer", rng.choice("tu")))
        reactions.append((None, rng.randrange(2), None, tuple(effects)))
    return tuple(reactions)


def draw_scenario(rng):
    """A scenario with up to three kinds of faults; the larger the group, the fewer."""
    faults = ("crashes", "crashes", "drops", "duplicates", "suspicions", "partitions", "leaves", "leaves", "joins")
    nodes, messages, kinds = rng.choice(
        ((2, 1, 1), (2, 1, 2), (2, 1, 2), (2, 1, 3), (2, 2, 0), (2, 2, 1), (3, 1, 0), (3, 1, 1))
    )
    scenario = Scenario(
        nodes=nodes,
        messages=messages,
        crashes=0,
        detector=rng.choice((Detector.PERFECT, Detector.OVERTAKING)),
        order=rng.choice((Order.FIFO, Order.FIFO, Order.ANY)),
        timeouts=rng.choice((None, None, 0, 1, 2)),
        beginning=rng.choice((*Beginning, Beginning.FORMED, Beginning.FORMED)),
    )
    scenario = replace(scenario, **dict.fromkeys(rng.sample(faults, kinds), 1))
    return scenario if scenario.timeouts is None else replace(scenario, timing=rng.choice(tuple(Timing)))


def smaller(rng, scenario):
    """`scenario` with less of something: first of work, then of processes or of faults. If nothing is left: TooLargeError."""
    if scenario.messages > 1:
        return replace(scenario, messages=1)
    names = ("crashes", "drops", "duplicates", "suspicions", "partitions", "leaves", "joins", "timeouts")
    kept = [*["crashes"] * (scenario.recoveries > 0), *["partitions"] * (scenario.partition_kind is not PartitionKind.COMPLETE)]
    least = LEAST.get(scenario.partition_kind, 1 + bool(scenario.recoveries))
    spent = [name for name in names if getattr(scenario, name) and name not in kept]
    if scenario.recoveries and scenario.crashes > 1:
        return replace(scenario, crashes=1, recoveries=1)
    if not spent and scenario.nodes == least:  # who comes back alone has nobody to ask
        raise TooLargeError
    if not spent or (scenario.nodes > max(least, 2) and rng.random() < 0.4):
        return replace(scenario, nodes=scenario.nodes - 1)
    return replace(scenario, **{rng.choice(spent): 0})


@lru_cache(4)  # each watch over a drawn protocol looks at those that are kept
def drawn(seed, kind=""):
    """(class, scenario) of `seed`, before the scenario is made small enough."""
    rng = random.Random(f"{kind} {seed}" if kind else seed)  # noqa: S311 - no secret
    scenario = draw_scenario(rng)
    knobs = draw_knobs(rng, scenario.timeouts is not None)
    if kind == "endless":
        knobs = with_balls(rng, knobs, scenario.timeouts is not None)
    if kind == "recovering":
        knobs = with_storage(rng, knobs)
        crashes, recoveries = rng.choice(((1, 1), (1, 1), (1, 1), (2, 1), (2, 2)))
        scenario = replace(scenario, crashes=crashes, recoveries=recoveries)
    if kind == "parted":
        parting = {"partitions": rng.choice((1, 1, 2)), "partition_kind": rng.choice(list(PartitionKind))}
        parting["cut_off"] = rng.choice(list(CutOff))
        others = {name: rng.choice((0, 0, 0, 1)) for name in ("crashes", "drops", "duplicates", "suspicions", "leaves")}
        scenario = replace(scenario, nodes=3, messages=1, joins=0, **others, **parting)
    if kind == "repeating":
        others = {name: rng.choice((0, 0, 1)) for name in ("drops", "suspicions", "partitions", "leaves", "joins")}
        some = {"nodes": rng.choice((2, 3)), "crashes": rng.choice((0, 1, 1)), "spurious": rng.choice((1, 1, 2))}
        scenario = replace(scenario, messages=1, duplicates=0, **others, **some)
    name = f"{kind.capitalize() or 'Drawn'}{seed}"
    members = {"knobs": knobs, "name": name.lower(), "claims": (), "__module__": __name__, "__doc__": f"Drawn from {seed}."}
    return type(name, (UserLike,), members), scenario


def __getattr__(name):
    """`Drawn17` is the class of seed 17."""
    for prefix in ("Drawn", *map(str.capitalize, OTHERS)):
        number = name.removeprefix(prefix)
        if number != name and number.isdecimal():
            return drawn(int(number), prefix.lower() if prefix != "Drawn" else "")[0]
    raise AttributeError(name)


def case(seed, limit=LIMIT, kind=""):
    """The case of `seed`; its space has at most `limit` states even where logs retain everything."""
    found, scenario = drawn(seed, kind)
    rng = random.Random(f"smaller {seed}")  # noqa: S311 - no secret
    while (space := explore(found(), scenario, KEPT, limit)) is None:
        scenario = smaller(rng, scenario)
    return Case(seed, found(), scenario, space)
