"""Follows a schedule, parts of which were dropped or changed, as far as it goes, and judges the run that results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.selection import with_workers
from groupy_check.checker.judging.whole_run import LONG, excuses, first_violated, for_long_runs, is_steady, settled
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.runs.schedule import OTHER, MessageCopy, ScheduledStep, copy_of
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Lose, Suspect
from groupy_check.groupy_model.events import Down, Multicast, Receive, Recover
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES, History
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import Notice, System
from groupy_check.groupy_model.trace import Trace
from groupy_check.specs.property import Property


class Follower(Recorder):
    """A recorder that takes the steps of a schedule instead of actions, and skips those that mean nothing here."""

    def follow(self, schedule: Sequence[ScheduledStep], patient: bool) -> Iterator[System]:
        """Take the steps of `schedule` that are possible. Yields the beginning, and the state after each step.

        `patient`: a process first receives what is queued before the message that it is to take, instead of skipping the step.
        """
        self.names = [0]
        yield self.begin()
        for planned in schedule:
            if patient:
                yield from self._catch_up(planned)
            action = self._meant(planned)
            if action is not None:
                yield self._go(planned.name, action)

    def go_on(self) -> Iterator[System]:
        """Take the first owed action until none is left. Yields the state after each step."""
        while owed := self.semantics.owed(self.states[-1]):
            yield self._go(OTHER, owed[0])

    def _go(self, name: int, action: Action) -> System:
        self.names.append(name)
        return self.do(action)

    def _catch_up(self, planned: ScheduledStep) -> Iterator[System]:
        """Receive what can be received of all that is queued before what `planned` takes."""
        if not (isinstance(planned.action, Handle) and isinstance(planned.action.event, Receive | Down)):
            return
        while self._place(planned) and self._meant(planned) is None:
            before = [owed for owed in self.semantics.owed(self.states[-1]) if _channel(owed) == _channel(planned.action)]
            if not before:
                return
            yield self._go(OTHER, before[0])

    # --- what a step means here --------------------------------------------------------------------------------------

    def _meant(self, planned: ScheduledStep) -> Action | None:
        """The action that `planned` stands for in the last state; None when it is not enabled."""
        whole = self._whole(planned)
        if whole is None or not self.semantics.permits(self.states[-1], whole):
            return None
        cut = planned.action.cut if isinstance(planned.action, Handle | Suspect) else None
        if not isinstance(whole, Handle | Suspect) or cut is None:
            return whole
        # With fewer effects than in the original run, at least the last one must not happen.
        cut = min(cut, len(self.semantics.effects(self.states[-1], whole)) - 1)
        crash = replace(whole, cut=cut) if cut > 0 else Crash(whole.process)
        return crash if self.semantics.permits(self.states[-1], crash) else None

    def _whole(self, planned: ScheduledStep) -> Action | None:
        """As `_meant`, but with all its effects, and not necessarily enabled."""
        system, place = self.states[-1], self._place(planned)
        match planned.action:
            case _ if planned.copy is not None and place is None:
                return None
            case Lose(source, target):
                assert place is not None
                return Lose(source, target, place, self.semantics.channel(system, source, target)[place])
            case Duplicate(source, target):
                assert place is not None
                return self._copied(source, target, place, self._where(planned.next))
            case Handle(process, Receive(source), outcome):
                assert place is not None
                return Handle(process, Receive(source, self.semantics.channel(system, source, process)[place]), outcome)
            case Handle(process, Multicast(payload), outcome):
                asks, asked = system.processes[process - 1].asks, system.processes[process - 1].asked
                own = isinstance(payload, Change)
                return Handle(process, Multicast(Change(process, asked + 1) if own else next(iter(asks), None)), outcome)
            case Handle(process, Recover(), outcome):
                return Handle(process, Recover(system.processes[process - 1].stored), outcome)
            case Handle() | Suspect():
                return replace(planned.action, cut=None)
        return planned.action

    def _copied(self, source: Node, target: Node, place: int, following: int | None) -> Duplicate | None:
        """The duplicate that puts a copy of the message at `place` right in front of another one, or behind all others."""
        channel = self.semantics.channel(self.states[-1], source, target)
        wanted = self.semantics.lengthened(channel, channel[place], following)
        index = channel.index(channel[place])
        for where in self.semantics.places_of_copies(channel, index):
            if self.semantics.lengthened(channel, channel[place], where) == wanted:
                return Duplicate(source, target, index, channel[place], where)
        return None

    def _where(self, wanted: MessageCopy | None) -> int | None:
        """The place of `wanted` in its channel; None when it is not there."""
        if wanted is None:
            return None
        queued = self.queued.get((wanted.source, wanted.target), ())
        return next((k for k, flight in enumerate(queued) if copy_of(self.flights, flight, self.names) == wanted), None)

    def _place(self, planned: ScheduledStep) -> int | None:
        """The place in its channel of what `planned` takes; None when it takes nothing, or that is not there."""
        match planned.copy, planned.action:
            case MessageCopy() as wanted, _:
                return self._where(wanted)
            case None, Handle(process, Down(other)):
                channel = self.semantics.channel(self.states[-1], other, process)
                return channel.index(Notice.DOWN) if Notice.DOWN in channel else None
        return None


def _channel(action: Handle) -> tuple[Node, Node] | None:
    """The source and target of the channel from which `action` takes something."""
    match action.event:
        case Receive(source) | Down(source):
            return source, action.process
    return None


@dataclass(frozen=True, slots=True)
class ReplayedRun:
    """The run that followed a schedule: up to its first violation if `violated`, else as far as it went.

    `settled`: nothing more happens in it by itself.
    """

    trace: Trace
    violated: bool
    settled: bool


class Replayer:
    """Replays schedules with `protocol` and judges the runs by `wanted` alone, as a search would. `steps`: of the longest."""

    def __init__(self, protocol: Protocol, wanted: Property, steps: int = 0) -> None:
        self.protocol, self.wanted = protocol, wanted
        (self.quick,) = for_long_runs([wanted]) if steps >= LONG else [wanted]
        self.followers: dict[Scenario, Follower | None] = {}
        self.observers: dict[Scenario, Observer] = {}

    def follower(self, scenario: Scenario) -> Follower | None:
        """The follower for `scenario`; None when the protocol cannot form that group."""
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

    def replay(
        self, scenario: Scenario, schedule: Sequence[ScheduledStep], longest: int, *, to_rest: bool, patient: bool = False
    ) -> ReplayedRun | None:
        """The run that follows `schedule` for at most `longest` steps, or up to the first violation.

        With `to_rest` it then goes on with what is owed. None when the protocol breaks a rule or cannot form the group.
        """
        follower = self.follower(scenario)
        if follower is None:
            return None
        states = islice(chain(follower.follow(schedule, patient), follower.go_on() if to_rest else ()), longest + 1)
        look = self._look_steadily if is_steady(self.wanted) else self._look_everywhere
        try:
            end = look(states, self.observers[scenario])
        except ProtocolError:
            return None
        trace = follower.trace()
        if end is not None and end < len(trace.steps):
            trace = follower.record(trace.actions[:end])
        return ReplayedRun(trace, end is not None, settled(follower.semantics, trace.states[-1]))

    def _look_everywhere(self, states: Iterable[System], observer: Observer) -> int | None:
        """The number of the first of `states` that violates the property; follows no further than there."""
        judge = Judge([self.wanted])
        for number, system in enumerate(states):
            judge.look(observer.history(system, settled(observer.semantics, system)), number)
            if not judge.undecided:
                return number
        return None

    def _look_steadily(self, states: Iterable[System], observer: Observer) -> int | None:
        """The same, looking only where something is about to excuse a violation, and at the end."""
        seen: list[System] = []
        fine, broken = -1, None

        def history(number: int) -> History:
            return observer.history(seen[number], False)

        def look() -> int | None:
            last = len(seen) - 1
            return None if self.quick.judge(history(last)) is None else first_violated(self.quick, fine, last, history)[0]

        try:
            for system in states:
                if seen and excuses(seen[-1], system):
                    if (found := look()) is not None:
                        return found
                    fine = len(seen) - 1
                seen.append(system)
        except ProtocolError as error:  # what was violated before it counts
            broken = error
        found = look()
        if found is None and broken is not None:
            raise broken
        return found
