"""Execute a list of actions once more and write down what became of every message: from actions to a Trace."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace

from groupy_check.checker.errors import UsageError
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Duplicate, Handle, Lose, Suspect
from groupy_check.groupy_model.events import Down, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.system import Channel, Notice, System
from groupy_check.groupy_model.trace import Fate, Flight, Trace, TraceStep


class Recorder(Semantics):
    """The reference semantics, with every copy in every channel given a number (its index in `flights`)."""

    def record(self, actions: Iterable[Action]) -> Trace:
        """The run that `actions` make from the beginning. Raises UsageError at the first one that is not possible."""
        system = self.begin()
        for action in actions:
            if action not in self.enabled(system):
                raise UsageError(
                    f"step {len(self.states)} of the trace is not possible there; "
                    "was it made with another protocol or scenario?"
                )
            system = self.do(action)
        return self.trace()

    def begin(self) -> System:
        """Start a new run. Returns the state in which it begins."""
        self.number = 0
        self.flights: list[Flight] = []
        self.queued: dict[tuple[int, int], tuple[int, ...]] = {}
        self.cleared: list[int] = []
        self.states, self.steps = [self.initial()], list[TraceStep]()
        for source in self.nodes:
            for target in self.nodes:
                self._mirror(source, target, (), self._channel(self.states[0], source, target))
        return self.states[0]

    def do(self, action: Action) -> System:
        """Go on with `action`, which must be enabled in the run's last state. Returns the state after it."""
        self.number += 1
        before = self.states[-1]
        after = self.apply(before, action)
        self.steps.append(self._step(action, before, after))
        self.states.append(after)
        return after

    def trace(self) -> Trace:
        """The run so far."""
        return Trace(self.protocol.name, self.scenario, tuple(self.states), tuple(self.steps), tuple(self.flights))

    def _step(self, action: Action, before: System, after: System) -> TraceStep:
        taken = self._settle(action, before, after)
        if isinstance(action, Duplicate):
            self.flights[-1] = replace(self.flights[-1], copy=True)
        if not isinstance(action, Handle | Suspect):
            return TraceStep(self.number, action, received=taken)
        effects = self.effects(before, action)
        cut = len(effects) if action.cut is None else action.cut
        return TraceStep(self.number, action, effects[:cut], effects[cut:], taken)

    def _settle(self, action: Action, before: System, after: System) -> int | None:
        """Give every flight that left its channel in this step its fate; the index of the one that the step is about."""
        cleared, self.cleared = self.cleared, []
        consumes = isinstance(action, Lose) or (isinstance(action, Handle) and isinstance(action.event, Receive | Down))
        # The entry that an action consumes is the first to leave its channel.
        taken = cleared[0] if consumes else None
        for index in cleared:
            fate = Fate.UNDELIVERABLE
            if index == taken:
                fate = Fate.LOST if isinstance(action, Lose) else self._reception(action, before, after)
            self._end_flight(index, fate)
        return taken

    def _reception(self, action: Action, before: System, after: System) -> Fate:
        assert isinstance(action, Handle)
        node = action.process
        same = before.processes[node - 1].local == after.processes[node - 1].local
        return Fate.IGNORED if same and not self.effects(before, action) else Fate.RECEIVED

    def _end_flight(self, index: int, fate: Fate) -> None:
        self.flights[index] = replace(self.flights[index], fate=fate, ended_at=self.number)

    # --- the semantics' own channel operations, watched ---------------------------------------------------------------

    def _put_channel(self, system: System, source: int, target: int, channel: Channel) -> System:
        self._mirror(source, target, self._channel(system, source, target), channel)
        return super()._put_channel(system, source, target, channel)

    def _enqueue(self, system: System, source: Node, target: Node, message: Hashable) -> System:
        after = super()._enqueue(system, source, target, message)
        if after is system:
            self._end_flight(self._launch(source, target, message), Fate.UNDELIVERABLE)
        return after

    def _launch(self, source: int, target: int, message: Hashable) -> int:
        known = None if message is Notice.DOWN else message
        self.flights.append(Flight(self.nodes[source - 1], self.nodes[target - 1], known, self.number, Fate.IN_FLIGHT, None))
        return len(self.flights) - 1

    def _mirror(self, source: int, target: int, old: Channel, new: Channel) -> None:
        """Keep the numbers of the channel's entries in step with its content: one more, or some fewer."""
        numbers = list(self.queued.get((source, target), ()))
        if len(new) > len(old):
            # Of equal entries the newest stands last, so it is the later ones that are new.
            added = sorted(set(range(len(new))) - set(embedding(old, new)))
            for index in added:
                numbers.insert(index, self._launch(source, target, new[index]))
        else:
            # Of equal entries the oldest is taken first, so it is the later ones that stay.
            stay = {len(old) - 1 - index for index in embedding(new[::-1], old[::-1])}
            self.cleared += [number for index, number in enumerate(numbers) if index not in stay]
            numbers = [number for index, number in enumerate(numbers) if index in stay]
        self.queued[source, target] = tuple(numbers)


def embedding(part: Sequence[Hashable], whole: Sequence[Hashable]) -> list[int]:
    """Where the entries of `part` stand in `whole`, of which it is a subsequence; of equal entries the first are taken."""
    indices: list[int] = []
    for index, entry in enumerate(whole):
        if len(indices) < len(part) and entry == part[len(indices)]:
            indices.append(index)
    return indices
