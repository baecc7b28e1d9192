"""Random protocols, written as tables, random scenarios and random walks, for the laws that must hold of every protocol.

A rule says, for a mode and an event, to which mode the process goes and what it does. Messages are words. `hi` and `hello` are
greetings, and nobody answers a hello, so that the formation of the group ends; `x` and `y` come later and have no such bounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from hypothesis import strategies as st

from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.effects import (
    CancelTimer,
    Deliver,
    Demonitor,
    Effect,
    Halt,
    Install,
    Monitor,
    Send,
    SetTimer,
    View,
)
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Beginning, CutOff, Detector, Fairness, Order, PartitionKind, Scenario, Timing
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.trace import Trace

ALL = frozenset(OBSERVATION_TYPES)
MODES = (0, 1)
TIMER = "t"

# --- protocols -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Local:
    """The local state of every table protocol."""

    me: Node
    mode: int


@dataclass(frozen=True, slots=True)
class Do:
    """One effect, before it is known who does it: `what`, about or to `whom`, with which message."""

    what: str
    whom: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One outcome: the next mode, and what is done."""

    mode: int
    todo: tuple[Do, ...]


Key = tuple[int, str]  # a mode and the name of an event; None in the table: the event cannot be received
Table = Mapping[Key, tuple[Rule, ...] | None]


class TableProtocol(Protocol):
    """The protocol of a group of `size` that `table` describes. Start and Join also install a view of them all."""

    name = "table"

    def __init__(self, size: int, table: Table) -> None:
        self.size, self.table = size, table

    def __repr__(self) -> str:
        return f"TableProtocol({self.size}, { {key: rules for key, rules in self.table.items() if rules} })"

    def step(self, state: Idle | Local, event: Event) -> Outcome:
        steps = self.outcomes(state, event)
        return steps if len(steps) > 1 else steps[0] if steps else None

    def outcomes(self, state: Idle | Local, event: Event) -> list[Step]:
        """As `step`, but always a list; it is empty when the event cannot be received."""
        if isinstance(state, Idle) != isinstance(event, Start | Join):
            return []
        rules = self.table[0 if isinstance(state, Idle) else state.mode, _name(event)] or ()
        return [Step(Local(state.me, rule.mode), self._effects(state.me, event, rule)) for rule in rules]

    def _effects(self, me: Node, event: Event, rule: Rule) -> tuple[Effect, ...]:
        everybody = View(0, tuple(Node(number + 1) for number in range(self.size)))
        entered = (Install(everybody),) if isinstance(event, Start | Join) else ()
        return (*entered, *(_effect(event, do, whom) for do in rule.todo for whom in self._who(me, event, do.whom)))

    def _who(self, me: Node, event: Event, whom: str) -> list[Node]:
        match whom, event:
            case "all", _:
                return [Node(number) for number in range(1, self.size + 1) if number != me]
            case "other", Receive(node, _) | Down(node) | Join(node):
                return [node]
        return [Node(me % self.size + 1)]


# A table hides nothing, so it is watched as little as what is built in: the watch over a user's code has tests of its own, and
# would take most of the time of these.
TableProtocol.__module__ = f"groupy_check.{__name__}"


def _effect(event: Event, do: Do, whom: Node) -> Effect:
    known: dict[str, Effect] = {
        "send": Send(whom, do.message),
        "deliver": Deliver(event.payload if isinstance(event, Multicast) else _name(event)),
        "install": Install(View(int(whom), (whom,))),
        "monitor": Monitor(whom),
        "demonitor": Demonitor(whom),
        "set": SetTimer(TIMER),
        "cancel": CancelTimer(TIMER),
        "halt": Halt("enough"),
    }
    return known[do.what]


def _name(event: Event) -> str:
    match event:
        case Receive(_, message):
            return str(message)
    return type(event).__name__


Alphabet = Mapping[str, list[Do]]
GREETING = [*(Do(what, "other") for what in ("monitor", "demonitor", "install")), Do("set"), Do("cancel"), Do("deliver")]
SENDING = [Do("send", whom, message) for message in ("x", "y") for whom in ("other", "next", "all")]
RUNNING = [*GREETING, Do("monitor", "next"), Do("demonitor", "next"), Do("halt"), Do("deliver"), *SENDING]
ALPHABET = {
    "Start": [Do("set"), Do("cancel")],
    "Join": [*GREETING, *(Do("send", whom, "hi") for whom in ("other", "all"))],
    "hi": [*GREETING, *(Do("send", whom, "hello") for whom in ("other", "all"))],
    "hello": GREETING,
    **dict.fromkeys(("Multicast", "Leave", "Timeout", "Down", "x", "y"), RUNNING),
}


# Protocols whose processes end, watch one another again and again, and are never long without a timer.
_ENDING = [Do("monitor", "next"), Do("monitor", "other"), Do("demonitor", "next"), Do("halt"), Do("set"), Do("cancel")]
_RESTLESS = [Do("monitor", "next"), *_ENDING, Do("halt"), Do("deliver"), Do("send", "next", "x"), Do("send", "all", "y")]
RESTLESS = {name: todo if name in ("Start", "Join", "hi", "hello") else _RESTLESS for name, todo in ALPHABET.items()}


def _rules(alphabet: Alphabet, name: str, code: bytes) -> tuple[Rule, ...] | None:
    least = 1 if name in ("Start", "Join") else 0
    count = max(least, (0, 1, 1, 2)[code[0] % 4])
    return tuple(_rule(alphabet[name], code[at : at + 4]) for at in (1, 5)[:count]) or None


def _rule(alphabet: list[Do], code: bytes) -> Rule:
    # Every other time, nothing.
    chosen = [byte % (2 * len(alphabet)) for byte in code[1:]]
    return Rule(MODES[code[0] % 2], tuple(alphabet[-index] for index in chosen if 0 < index <= len(alphabet)))


# From bytes, since drawing a table piece by piece takes longer than running it.
CODE = st.binary(min_size=9, max_size=9)


def tables(alphabet: Alphabet) -> st.SearchStrategy[Table]:
    """Any table with what `alphabet` has for each event."""
    return st.fixed_dictionaries(
        {(mode, name): CODE.map(partial(_rules, alphabet, name)) for name in alphabet for mode in MODES}
    )


TABLES, RESTLESS_TABLES = tables(ALPHABET), tables(RESTLESS)

# --- scenarios and walks -------------------------------------------------------------------------------------------------

BUDGETS = ("crashes", "leaves", "drops", "duplicates", "suspicions", "partitions")


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Two or three processes, at most one of each fault, every detector, order, timing, beginning and fairness."""
    timing = draw(st.sampled_from(Timing))
    return Scenario(
        nodes=draw(st.integers(2, 3)),
        messages=draw(st.integers(1, 3)),
        joins=draw(st.integers(0, 1)),
        timeouts=draw(st.integers(0, 2) if timing is Timing.ANY else st.sampled_from([0, 1, 2, None])),
        detector=draw(st.sampled_from(Detector)),
        order=draw(st.sampled_from(Order)),
        timing=timing,
        beginning=draw(st.sampled_from(Beginning)),
        fairness=draw(st.sampled_from(Fairness)),
        worker=draw(st.booleans()),
        partition_kind=draw(st.sampled_from(PartitionKind)),
        cut_off=draw(st.sampled_from(CutOff)),
        **{name: draw(st.integers(0, 1)) for name in BUDGETS},
    )


SCENARIOS = scenarios()


@dataclass(frozen=True)
class World:
    """A protocol, a scenario, and a run: of the n actions enabled, it takes the one whose number is the next pick modulo n."""

    protocol: TableProtocol
    scenario: Scenario
    picks: tuple[int, ...] = ()

    def semantics(self) -> Semantics:
        """Fresh: nothing is remembered of any handler."""
        return Semantics(self.protocol, self.scenario, ALL)

    def recorder(self) -> Recorder:
        """Fresh, and keeps the same observations."""
        return Recorder(self.protocol, self.scenario, ALL)

    def walk(self) -> Iterator[tuple[System, Action, System]]:
        """The steps of the run, by the bare semantics."""
        semantics = self.semantics()
        system = semantics.initial()
        for pick in self.picks:
            enabled = semantics.enabled(system)
            if not enabled:
                return
            action = enabled[pick % len(enabled)]
            before, system = system, semantics.apply(system, action)
            yield before, action, system

    def trace(self) -> Trace:
        """The run, written down."""
        return self.recorder().record(action for _, action, _ in self.walk())


def _pick(byte: int) -> int:
    # What is owed stands first; without a preference for it nothing would ever be received.
    return byte // 3 if byte % 3 else byte // 3 % 3


@st.composite
def worlds(
    draw: st.DrawFn, scenarios: st.SearchStrategy[Scenario] = SCENARIOS, longest: int = 16, *, restless: bool = False
) -> World:
    """Any protocol, or any restless one, in any of `scenarios`, with a run of at most `longest` steps."""
    scenario = draw(scenarios)
    code = draw(st.binary(min_size=longest, max_size=longest))
    return World(TableProtocol(scenario.size, draw(RESTLESS_TABLES if restless else TABLES)), scenario, tuple(map(_pick, code)))
