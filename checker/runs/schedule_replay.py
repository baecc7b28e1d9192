"""Follow the schedule of a run as far as it goes, where something in it was left out or changed, and judge what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.selection import with_workers
from groupy_check.checker.judging.whole_run import settled
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.runs.schedule import OTHER, Copy, Turn, copy_of
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Lose, Suspect
from groupy_check.groupy_model.events import Down, Multicast, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import Notice, System
from groupy_check.groupy_model.trace import Trace
from groupy_check.specs.property import Property


class Follower(Recorder):
    """A recorder that takes turns instead of actions, each as far as there is something that it can mean."""

    def follow(self, turns: Sequence[Turn], patient: bool) -> Iterator[System]:
        """Take `turns`, leaving out what is not possible. Yields the beginning, and the state after each step.

        `patient`: where others stand before it in its channel, a process takes those first, instead of leaving out its turn.
        """
        self.names = [0]
        yield self.begin()
        for turn in turns:
            if patient:
                yield from self._catch_up(turn)
            action = self._meant(turn)
            if action is not None:
                yield self._go(turn.name, action)

    def go_on(self) -> Iterator[System]:
        """Do what is owed, always the first thing first. Yields the state after each step."""
        while owed := self.semantics.owed(self.states[-1]):
            yield self._go(OTHER, owed[0])

    def _go(self, name: int, action: Action) -> System:
        self.names.append(name)
        return self.do(action)

    def _catch_up(self, turn: Turn) -> Iterator[System]:
        """Take what the process of `turn` can receive of all that stands before what it takes."""
        if not (isinstance(turn.action, Handle) and isinstance(turn.action.event, Receive | Down)):
            return
        while self._place(turn) and self._meant(turn) is None:
            before = [owed for owed in self.semantics.owed(self.states[-1]) if _channel(owed) == _channel(turn.action)]
            if not before:
                return
            yield self._go(OTHER, before[0])

    # --- what a turn means here --------------------------------------------------------------------------------------

    def _meant(self, turn: Turn) -> Action | None:
        """The action that `turn` stands for in the last state; None where it is not possible."""
        whole, possible = self._whole(turn), self.semantics.enabled(self.states[-1])
        if whole not in possible:
            return None
        if not isinstance(whole, Handle | Suspect) or not isinstance(turn.action, Handle | Suspect) or turn.action.cut is None:
            return whole
        # Where there are fewer effects now, it is the last of them that do not happen.
        cut = min(turn.action.cut, len(self.semantics.effects(self.states[-1], whole)) - 1)
        crash = replace(whole, cut=cut) if cut > 0 else Crash(whole.process)
        return crash if crash in possible else None

    def _whole(self, turn: Turn) -> Action | None:
        """As `_meant`, but with all its effects, and not necessarily possible."""
        system, place = self.states[-1], self._place(turn)
        match turn.action:
            case _ if turn.copy is not None and place is None:
                return None
            case Lose(source, target) | Duplicate(source, target):
                assert place is not None
                return replace(turn.action, index=place, message=self.semantics.channel(system, source, target)[place])
            case Handle(process, Receive(source), outcome):
                assert place is not None
                return Handle(process, Receive(source, self.semantics.channel(system, source, process)[place]), outcome)
            case Handle(process, Multicast(payload), outcome):
                asks, asked = system.processes[process - 1].asks, system.processes[process - 1].asked
                own = isinstance(payload, Change)
                return Handle(process, Multicast(Change(process, asked + 1) if own else next(iter(asks), None)), outcome)
            case Handle() | Suspect():
                return replace(turn.action, cut=None)
        return turn.action

    def _place(self, turn: Turn) -> int | None:
        """Where what `turn` takes stands in its channel; None where it takes nothing, or that is not there."""
        match turn.copy, turn.action:
            case Copy(source, target) as wanted, _:
                queued = self.queued.get((source, target), ())
                return next((k for k, flight in enumerate(queued) if copy_of(self.flights, flight, self.names) == wanted), None)
            case None, Handle(process, Down(other)):
                channel = self.semantics.channel(self.states[-1], other, process)
                return channel.index(Notice.DOWN) if Notice.DOWN in channel else None
        return None


def _channel(action: Handle) -> tuple[Node, Node] | None:
    """From whom to whom goes what `action` takes."""
    match action.event:
        case Receive(source) | Down(source):
            return source, action.process
    return None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a changed schedule: the run up to its first violation, if it is `violated`, else as far as it was followed.

    `settled`: nothing more happens in it by itself.
    """

    trace: Trace
    violated: bool
    settled: bool


class Trial:
    """Runs of `protocol` that are judged by `wanted` alone, as a search would judge them."""

    def __init__(self, protocol: Protocol, wanted: Property) -> None:
        self.protocol, self.wanted = protocol, wanted
        self.followers: dict[Scenario, Follower | None] = {}
        self.observers: dict[Scenario, Observer] = {}

    def follower(self, scenario: Scenario) -> Follower | None:
        """What takes the turns under `scenario`; None where the protocol cannot form that group."""
        if scenario not in self.followers:
            follower = Follower(self.protocol, with_workers(scenario, [self.wanted]), frozenset(OBSERVATION_TYPES))
            self.observers[scenario] = Observer(follower.semantics, probe=self.wanted.name == "progress")
            try:
                follower.begin()
            except ProtocolError:
                self.followers[scenario] = None
            else:
                self.followers[scenario] = follower
        return self.followers[scenario]

    def attempt(
        self, scenario: Scenario, turns: Sequence[Turn], longest: int, *, to_rest: bool, patient: bool = False
    ) -> Attempt | None:
        """Follow `turns` for at most `longest` steps, or up to the first violation; `to_rest`: then go on with what is owed.

        Returns None where the protocol breaks a rule, or cannot even form a group under `scenario`.
        """
        follower = self.follower(scenario)
        if follower is None:
            return None
        judge, at_rest = Judge([self.wanted]), False
        states = chain(follower.follow(turns, patient), follower.go_on() if to_rest else ())
        try:
            for number, system in enumerate(islice(states, longest + 1)):
                at_rest = settled(follower.semantics, system)
                judge.look(self.observers[scenario].history(system, at_rest), number)
                if not judge.undecided:
                    break
        except ProtocolError:
            return None
        return Attempt(follower.trace(), not judge.undecided, at_rest)
