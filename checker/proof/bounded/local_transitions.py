"""What each process can do on its own: the tables of local transitions, from which `unrolling` composes runs.

The tables are filled by the reference handlers, round by round: in round k, each local state that is reachable in k steps meets
each channel entry that may have been sent within k steps, whether or not some run brings the two together. So the tables cover
all runs of that length; that they contain more does no harm, since the solver decides which transitions can follow each other.

Local states and channel entries remember which budgets were spent in their causal past; those that need more than the scenario
allows occur in no run and are left out. A handler may raise an error in a state that no run reaches. Such a transition leads
nowhere, and the protocol is to blame only if the solver finds a run to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Crash, Handle, Suspect
from groupy_check.groupy_model.effects import Demonitor, Effect, Halt, Monitor, Send
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import NO_NODES, Notice, Process, System

Link = tuple[Node, Node]  # source and target
Past = frozenset[tuple[str, Node, int]]  # budgets spent: which, by whom, and the number of times before
NOTHING: Past = frozenset()


@dataclass(frozen=True, slots=True)
class StampedEntry:
    """An entry of a channel, and the budgets spent in its causal past."""

    entry: Hashable
    past: Past

    @property
    def notice(self) -> bool:
        """Whether it is a notice of the failure detector."""
        return self.entry is Notice.DOWN


IN_VAIN = StampedEntry(Notice.DOWN, NOTHING)  # the answer to a monitor on a process that is not up


class Signal(Enum):
    """What a local transition requires of the other processes, or does to them; beside each, its arguments in a Sign."""

    MOVES = auto()  # node: its local state changes
    FROM = auto()  # node, number of its local state before
    TO = auto()  # node, number of its local state after
    TAKES = auto()  # link, entry: it is received, and must be the first that can be
    SENDS = auto()  # link, place among the sends of this transition, entry
    ENDS = auto()  # node
    REPORTS = auto()  # node, entry: the notice that its watchers get when it ends
    COMES = auto()  # node: it was absent, and joins
    NEEDS = auto()  # node: it must be up
    SUSPECTS = auto()  # node, other: node must watch other, and stops watching it
    FORGETS = auto()  # node, other: node stops watching other, and notices still queued are withdrawn
    WATCHES = auto()  # node, other, place among the requests of node to watch other
    SPENDS = auto()  # budget
    FIRES = auto()  # a timer fires
    RAISES = auto()  # the handler breaks the rules of a protocol


Sign = tuple[Hashable, ...]  # a Signal and its arguments


@dataclass(frozen=True, slots=True)
class LocalTransition:
    """One outcome of a handler of one process, whole or cut short by a crash; or a crash. Possible from step `level` on."""

    action: Action
    signs: tuple[Sign, ...]
    level: int


class LocalTables:
    """The local transitions within `depth` steps of `initial`. A local state is a Process without the ones that it watches.

    `states` and `pasts`: of each process, by number. `entries`: what may be in each channel. `transitions`: all of them.
    """

    def __init__(self, semantics: Semantics, initial: System, depth: int) -> None:
        self.semantics, self.scenario, self.nodes = semantics, semantics.scenario, semantics.nodes
        self.states: dict[Node, list[Process]] = {node: [] for node in self.nodes}
        self.pasts: dict[Node, list[Past]] = {node: [] for node in self.nodes}
        self.numbers: dict[tuple[Node, Process, Past], int] = {}
        self.entries: dict[Link, list[StampedEntry]] = {(s, t): [] for s in self.nodes for t in self.nodes}
        self.transitions: list[LocalTransition] = []
        self._done: set[Hashable] = set()
        for node, process in zip(self.nodes, initial.processes, strict=True):
            self._number(node, process, NOTHING)
        for link, channel in zip(self.entries, initial.channels, strict=True):
            for entry in channel:
                self._sent(link, StampedEntry(entry, NOTHING))
        for level in range(depth):
            self._round(level)

    def receivable(self, state: Process, source: Node, entry: Hashable) -> bool:
        """Whether the protocol has a rule for `entry` in `state`."""
        return self._outcomes(state, received(source, entry)) is not None

    def asking(self, state: Process) -> bool:
        """Whether the worker asks for a multicast that the protocol accepts in `state`."""
        return bool(state.asks) and bool(self._outcomes(state, Multicast(state.asks[0])))

    def _outcomes(self, state: Process, event: Event) -> tuple[Step, ...] | str | None:
        """The outcomes of the handler, None if it has no rule, or the error message if it breaks the rules of a protocol."""
        try:
            return self.semantics.handle(state.local, event)
        except ProtocolError as error:
            return str(error)

    def _number(self, node: Node, process: Process, past: Past) -> int:
        key = node, replace(process, watching=NO_NODES), past
        number = self.numbers.setdefault(key, len(self.states[node]))
        if number == len(self.states[node]):
            self.states[node].append(key[1])
            self.pasts[node].append(past)
        return number

    def _sent(self, link: Link, stamped: StampedEntry) -> None:
        if stamped not in self.entries[link]:
            self.entries[link].append(stamped)

    def possible(self, past: Past) -> bool:
        """Whether the scenario allows the budgets spent in `past`."""
        counts = Counter(name for name, _, _ in past)
        return all(count <= most for name, count in counts.items() if (most := allowed(self.scenario, name)) is not None)

    # --- one round ---------------------------------------------------------------------------------------------------

    def _round(self, level: int) -> None:
        known = [(node, number) for node in self.nodes for number in range(len(self.states[node]))]
        entries = {link: list(entries) for link, entries in self.entries.items()}
        for node, number in known:
            for event, cause in self._events(node, self.states[node][number], entries):
                key = node, number, event, cause
                if key not in self._done:
                    self._done.add(key)
                    self._handle(HandlerCall(node, number, event, cause, level))
            if (node, number) not in self._done:
                self._done.add((node, number))
                self._crash(node, number, level)

    def _crash(self, node: Node, number: int, level: int) -> None:
        state, past = self.states[node][number], self._spent("crashes", node, self.pasts[node][number])
        if state.status is Status.UP and self.possible(past):
            signs = [*about(node, number), *ending(node, past), (Signal.SPENDS, "crashes")]
            self._add(Crash(node), signs, level, Process(Status.CRASHED, log=state.log), past)

    def _events(
        self, node: Node, state: Process, entries: Mapping[Link, list[StampedEntry]]
    ) -> Iterator[tuple[Event, StampedEntry | None]]:
        """The events that `node` may handle in `state`, each with the entry that brings it, if any.

        A Down without one is a false suspicion.
        """
        scenario = self.scenario
        if state.status is Status.ABSENT:
            yield from ((Join(contact), None) for contact in self.nodes if contact != node)
        if state.status is not Status.UP:
            return
        if state.asks:
            yield Multicast(state.asks[0]), None
        if state.asked < scenario.messages:
            yield Multicast(Change(node, state.asked + 1)), None
        if scenario.leaves:
            yield Leave(), None
        if scenario.timeouts != 0:
            yield from ((Timeout(timer), None) for timer in sorted(state.timers))
        for source in self.nodes:
            yield from ((received(source, stamped.entry), stamped) for stamped in entries[source, node])
            if scenario.suspicions:
                yield Down(source), None

    def _handle(self, call: HandlerCall) -> None:
        node, state = call.node, self.states[call.node][call.number]
        after, budget, needed = consumed(call, state)
        past = self.pasts[node][call.number] | (call.cause.past if call.cause else NOTHING)
        past = self._spent(budget, node, past) if budget else past
        if not self.possible(past):
            return
        if state.status is Status.ABSENT:
            after = self.semantics.started(node, after)
        after = replace(after, log=self.semantics.before(after.log, call.event))
        signs = [*about(node, call.number), *needed, *([(Signal.SPENDS, budget)] if budget else [])]
        outcomes = self._outcomes(state, call.event)
        if isinstance(outcomes, str):
            self._add(Handle(node, call.event), [*signs, (Signal.RAISES,)], call.level, state, past)
            return
        for outcome, step in enumerate(outcomes or ()):
            self._outcome(call.level, call.action(outcome), signs, replace(after, local=step.state), step, past)

    def _outcome(
        self, level: int, action: Handle | Suspect, signs: Sequence[Sign], after: Process, step: Step, past: Past
    ) -> None:
        """Add the transitions by `step`: as a whole, and cut short by a crash after each proper prefix of its effects."""
        node, effects = action.process, self.semantics.effects_of(step)
        process, done = self._performed(node, after, effects, past)
        if effects and isinstance(effects[-1], Halt):
            process, done = Process(Status.HALTED, log=process.log), [*done, *ending(node, past)]
        self._add(action, [*signs, *done], level, process, past)
        dead = self._spent("crashes", node, past)
        for cut in range(1, len(effects)) if self.possible(dead) else ():
            process, done = self._performed(node, after, effects[:cut], past)
            end = [*ending(node, dead), (Signal.SPENDS, "crashes")]
            self._add(replace(action, cut=cut), [*signs, *done, *end], level, Process(Status.CRASHED, log=process.log), dead)

    def _spent(self, budget: str, node: Node, past: Past) -> Past:
        """`past` after `node` has spent one more of `budget`; unbounded budgets are not recorded."""
        if allowed(self.scenario, budget) is None:
            return past
        return past | {(budget, node, sum(each[:2] == (budget, node) for each in past))}

    def _performed(self, node: Node, process: Process, effects: Sequence[Effect], past: Past) -> tuple[Process, list[Sign]]:
        """`process` after `effects`, and the signs of what they do to other processes, in order."""
        sends: dict[Node, list[Hashable]] = {}
        watches: dict[Node, list[Sign]] = {}
        for effect in effects:
            match effect:
                case Send(to, message):
                    sends.setdefault(self.nodes[to - 1], []).append(message)
                case Monitor(other):
                    demands = watches.setdefault(self.nodes[other - 1], [])
                    place = sum(sign[0] is Signal.WATCHES for sign in demands)
                    demands.append((Signal.WATCHES, node, self.nodes[other - 1], place))
                case Demonitor(other):
                    # It also withdraws what was asked for before.
                    watches[self.nodes[other - 1]] = [(Signal.FORGETS, node, self.nodes[other - 1])]
                case _:
                    process = self.semantics.alone(process, effect)
        sent = [
            (Signal.SENDS, (node, to), place, StampedEntry(one, past))
            for to, each in sends.items()
            for place, one in enumerate(each)
        ]
        return process, [*sent, *(sign for demands in watches.values() for sign in demands)]

    def _add(self, action: Handle | Suspect | Crash, signs: Iterable[Sign], level: int, after: Process, past: Past) -> None:
        """Add the transition, its target state, and the channel entries that it may cause."""
        signs = (*signs, (Signal.TO, action.process, self._number(action.process, after, past)))
        self.transitions.append(LocalTransition(action, signs, level))
        for sign in signs:
            match sign:
                case (Signal.SENDS, (Node() as source, Node() as target), _, StampedEntry() as stamped):
                    self._sent((source, target), stamped)
                case (Signal.WATCHES, Node() as watcher, Node() as other, _):
                    self._sent((other, watcher), IN_VAIN)
                case (Signal.REPORTS, Node() as ended, StampedEntry() as stamped):
                    for watcher in self.nodes:
                        self._sent((ended, watcher), stamped)


@dataclass(frozen=True, slots=True)
class HandlerCall:
    """In round `level`, `node` in its local state `number` handles `event`, which the entry `cause` brings, if any."""

    node: Node
    number: int
    event: Event
    cause: StampedEntry | None
    level: int

    def action(self, outcome: int) -> Handle | Suspect:
        """The action of the system in which the handler has that outcome."""
        if isinstance(self.event, Down) and self.cause is None:
            return Suspect(self.node, self.event.node, outcome)
        return Handle(self.node, self.event, outcome)


def consumed(call: HandlerCall, state: Process) -> tuple[Process, str, list[Sign]]:
    """`state` without what the event uses up, the name of the budget that it spends, and the signs of what it requires."""
    node = call.node
    match call.event:
        case Receive(source) | Down(source) if call.cause is not None:
            return state, "", [(Signal.TAKES, (source, node), call.cause)]
        case Down(other):
            return state, "suspicions", [(Signal.SUSPECTS, node, other), (Signal.NEEDS, other)]
        case Timeout(timer):
            return replace(state, timers=state.timers - {timer}), "timeouts", [(Signal.FIRES,)]
        case Multicast(payload) if state.asks and state.asks[0] == payload:
            return replace(state, asks=state.asks[1:]), "", []
        case Multicast():
            return replace(state, asked=state.asked + 1), "messages", []
        case Join(contact):
            return state, "joins", [(Signal.COMES, node), (Signal.NEEDS, contact)]
    return state, "leaves", []


def allowed(scenario: Scenario, budget: str) -> int | None:
    """The size of `budget` in `scenario`; None if it is unbounded."""
    if budget == "joins":
        return scenario.size - scenario.founders
    most: int | None = getattr(scenario, budget)
    return most


def about(node: Node, number: int) -> list[Sign]:
    """The signs that `node` leaves its local state `number`."""
    return [(Signal.MOVES, node), (Signal.FROM, node, number)]


def ending(node: Node, past: Past) -> list[Sign]:
    """The signs that `node` ends and that its watchers get a notice."""
    return [(Signal.ENDS, node), (Signal.REPORTS, node, StampedEntry(Notice.DOWN, past))]


def received(source: Node, entry: Hashable) -> Event:
    """The event by which the target of a channel from `source` receives `entry`."""
    return Down(source) if entry is Notice.DOWN else Receive(source, entry)
