"""What each process can do, taken alone: the tables that `checker.proof.bounded.unrolling` puts together.

A table is filled with the reference handlers, round by round: in round k every local state that can be reached in k steps meets
every entry that can have been sent within k steps, whether or not some run brings the two together. So nothing is missing from
what happens within so many steps, and what is too much does no harm: which moves can follow one another is left to the solver.

A local state knows which budgets were spent in its causal past, and so does an entry: what needs more than the scenario allows
is in no run, and is left out. A handler may well raise where no run leads; such a move goes nowhere, and only if the solver
finds a run to it is the protocol to blame.
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
Past = frozenset[tuple[str, Node, int]]  # budgets spent: by whom, and which time for that process
NOTHING: Past = frozenset()


@dataclass(frozen=True, slots=True)
class Letter:
    """An entry of a channel, and what was spent before it was sent."""

    entry: Hashable
    past: Past

    @property
    def notice(self) -> bool:
        """It is the detector's."""
        return self.entry is Notice.DOWN


IN_VAIN = Letter(Notice.DOWN, NOTHING)  # what comes of watching somebody who is not up


class Signal(Enum):
    """What a move needs of the others, or does to them. With each: what it is about."""

    MOVES = auto()  # node: it changes its state
    FROM = auto()  # node, number of its state
    TO = auto()  # node, number of its state
    TAKES = auto()  # link, letter: the first that can be received
    SENDS = auto()  # link, place among the sends of this move, letter
    ENDS = auto()  # node
    REPORTS = auto()  # node, letter: what its watchers are told when it ends
    COMES = auto()  # node: it was absent
    NEEDS = auto()  # node: it is up
    SUSPECTS = auto()  # node, other: it watches the other, and then no more
    FORGETS = auto()  # node, other: it watches the other no more, and notices that wait are withdrawn
    WATCHES = auto()  # node, other, place among its demands to watch it
    SPENDS = auto()  # budget
    FIRES = auto()  # a timer
    RAISES = auto()  # the handler breaks the rules of a protocol


Sign = tuple[Hashable, ...]  # a Signal and what it is about


@dataclass(frozen=True, slots=True)
class LocalTransition:
    """One outcome of one handler of one process, whole or cut short by a crash, or a crash; possible from step `level` on."""

    action: Action
    signs: tuple[Sign, ...]
    level: int


class TransitionTables:
    """The tables for the first `depth` steps after `beginning`. A local state is a Process that does not say whom it watches.

    `states`, `pasts`: of each process, by number. `letters`: what may be in each channel. `transitions`: the local transitions.
    """

    def __init__(self, semantics: Semantics, beginning: System, depth: int) -> None:
        self.semantics, self.scenario, self.nodes = semantics, semantics.scenario, semantics.nodes
        self.states: dict[Node, list[Process]] = {node: [] for node in self.nodes}
        self.pasts: dict[Node, list[Past]] = {node: [] for node in self.nodes}
        self.numbers: dict[tuple[Node, Process, Past], int] = {}
        self.letters: dict[Link, list[Letter]] = {(s, t): [] for s in self.nodes for t in self.nodes}
        self.transitions: list[LocalTransition] = []
        self._done: set[Hashable] = set()
        for node, process in zip(self.nodes, beginning.processes, strict=True):
            self._number(node, process, NOTHING)
        for link, channel in zip(self.letters, beginning.channels, strict=True):
            for entry in channel:
                self._sent(link, Letter(entry, NOTHING))
        for level in range(depth):
            self._round(level)

    def receivable(self, state: Process, source: Node, entry: Hashable) -> bool:
        """Whether there is a rule for `entry` in `state`."""
        return self._outcomes(state, received(source, entry)) is not None

    def asking(self, state: Process) -> bool:
        """Whether the worker wants a multicast that the protocol takes."""
        return bool(state.asks) and bool(self._outcomes(state, Multicast(state.asks[0])))

    def _outcomes(self, state: Process, event: Event) -> tuple[Step, ...] | str | None:
        """What the handler gives; a text where it may not give that."""
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

    def _sent(self, link: Link, letter: Letter) -> None:
        if letter not in self.letters[link]:
            self.letters[link].append(letter)

    def possible(self, past: Past) -> bool:
        """No more is spent than the scenario allows."""
        counts = Counter(name for name, _, _ in past)
        return all(count <= most for name, count in counts.items() if (most := allowed(self.scenario, name)) is not None)

    # --- one round ---------------------------------------------------------------------------------------------------

    def _round(self, level: int) -> None:
        known = [(node, number) for node in self.nodes for number in range(len(self.states[node]))]
        letters = {link: list(letters) for link, letters in self.letters.items()}
        for node, number in known:
            for event, cause in self._events(node, self.states[node][number], letters):
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
        self, node: Node, state: Process, letters: Mapping[Link, list[Letter]]
    ) -> Iterator[tuple[Event, Letter | None]]:
        """What `node` may hear in `state`, and the letter that says so; a Down without one is a false suspicion."""
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
            yield from ((received(source, letter.entry), letter) for letter in letters[source, node])
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
        """Note what comes of `step`, whole and cut short at every place."""
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
        """`past`, and then `node` spends of `budget`; one without bound need not be remembered."""
        if allowed(self.scenario, budget) is None:
            return past
        return past | {(budget, node, sum(each[:2] == (budget, node) for each in past))}

    def _performed(self, node: Node, process: Process, effects: Sequence[Effect], past: Past) -> tuple[Process, list[Sign]]:
        """`process` after `effects`, and what they do to the others, in the order in which it happens."""
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
                    # What was asked for before is withdrawn with the rest.
                    watches[self.nodes[other - 1]] = [(Signal.FORGETS, node, self.nodes[other - 1])]
                case _:
                    process = self.semantics.alone(process, effect)
        sent = [
            (Signal.SENDS, (node, to), place, Letter(one, past)) for to, each in sends.items() for place, one in enumerate(each)
        ]
        return process, [*sent, *(sign for demands in watches.values() for sign in demands)]

    def _add(self, action: Handle | Suspect | Crash, signs: Iterable[Sign], level: int, after: Process, past: Past) -> None:
        """Note the move, and that its results are there after it."""
        signs = (*signs, (Signal.TO, action.process, self._number(action.process, after, past)))
        self.transitions.append(LocalTransition(action, signs, level))
        for sign in signs:
            match sign:
                case (Signal.SENDS, (Node() as source, Node() as target), _, Letter() as letter):
                    self._sent((source, target), letter)
                case (Signal.WATCHES, Node() as watcher, Node() as other, _):
                    self._sent((other, watcher), IN_VAIN)
                case (Signal.REPORTS, Node() as ended, Letter() as letter):
                    for watcher in self.nodes:
                        self._sent((ended, watcher), letter)


@dataclass(frozen=True, slots=True)
class HandlerCall:
    """A process in its state of that number hears of an event, by a letter or not, in that round."""

    node: Node
    number: int
    event: Event
    cause: Letter | None
    level: int

    def action(self, outcome: int) -> Handle | Suspect:
        """What the system calls it."""
        if isinstance(self.event, Down) and self.cause is None:
            return Suspect(self.node, self.event.node, outcome)
        return Handle(self.node, self.event, outcome)


def consumed(call: HandlerCall, state: Process) -> tuple[Process, str, list[Sign]]:
    """`state` without what the event uses up of it, the budget that it spends, and what it needs of the others."""
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
    """How much of `budget` there is; None is no bound."""
    if budget == "joins":
        return scenario.size - scenario.founders
    most: int | None = getattr(scenario, budget)
    return most


def about(node: Node, number: int) -> list[Sign]:
    """`node` moves on from its state of that number."""
    return [(Signal.MOVES, node), (Signal.FROM, node, number)]


def ending(node: Node, past: Past) -> list[Sign]:
    """`node` ends, and its watchers are told."""
    return [(Signal.ENDS, node), (Signal.REPORTS, node, Letter(Notice.DOWN, past))]


def received(source: Node, entry: Hashable) -> Event:
    """The event that a channel's `entry` is to its target."""
    return Down(source) if entry is Notice.DOWN else Receive(source, entry)
