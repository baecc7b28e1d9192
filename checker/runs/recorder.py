"""Executes a list of actions and writes down what becomes of every message: from actions to a Trace."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from groupy_check.checker.errors import UsageError
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.listener import ChannelListener
from groupy_check.checker.semantics.source_lines.acting_line import acting_line
from groupy_check.checker.semantics.source_lines.refusal import HELD, why_unread
from groupy_check.checker.semantics.step_cache import is_built_in
from groupy_check.groupy_model.actions import Action, Duplicate, Handle, Suspect
from groupy_check.groupy_model.events import Down, Event, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.protocol import Explaining, Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import looks_like
from groupy_check.groupy_model.system import Notice, System
from groupy_check.groupy_model.trace import Fate, Flight, Refusal, Trace, TraceStep


class Recorder(ChannelListener):
    """Records runs of `protocol` under `scenario`, one after the other. `keep` is as in Semantics.

    Every copy of a message in every channel has a number, its index in `flights`; `queued` holds the numbers in each channel.
    """

    def __init__(self, protocol: Protocol, scenario: Scenario, keep: frozenset[type] = frozenset()) -> None:
        self.protocol, self.scenario = protocol, scenario
        self.semantics = Semantics(protocol, scenario, keep)
        self.refusals: dict[tuple[Node, Hashable, Receive | Down], Refusal | None] = {}  # runs that are shrunk end alike
        self.places: dict[tuple[Hashable, Event], str] = {}  # and pass through the same states

    @cached_property
    def _first(self) -> System:
        # The group is formed once for all the runs.
        return self.semantics.initial()

    def record(self, actions: Iterable[Action]) -> Trace:
        """The run that `actions` make from the beginning. Raises UsageError at the first one that is not possible."""
        system = self.begin()
        for action in actions:
            if not self.semantics.permits(system, action):
                raise UsageError(
                    f"step {len(self.states)} of the trace is not possible there; "
                    "was it made with another protocol or scenario?"
                )
            system = self.do(action)
        return self.trace()

    def begin(self) -> System:
        """Start a new run. Returns the state in which it begins."""
        self.number = 0
        self._heard = self.semantics.heard_by(self)
        self.states, self.steps = [self._first], list[TraceStep]()
        self.flights: list[Flight] = []
        self.queued: dict[tuple[int, int], list[int]] = {}
        self._taken: int | None = None
        for source in self.semantics.nodes:
            for target in self.semantics.nodes:
                self.queued[source, target] = []
                for place, entry in enumerate(self.semantics.channel(self._first, source, target)):
                    self.enqueued(source, target, place, entry)
        return self._first

    def do(self, action: Action) -> System:
        """Go on with `action`, which must be enabled in the run's last state. Returns the state after it."""
        self.number += 1
        self._taken = None
        before, sent = self.states[-1], len(self.flights)
        after = self._heard.apply(before, action)
        if isinstance(action, Duplicate):
            self.flights[sent] = replace(self.flights[sent], copy=True)
        if isinstance(action, Handle) and self._taken is not None:
            self._end(self._taken, self._reception(action, before, after))
        self.steps.append(self._step(action, before))
        self.states.append(after)
        return after

    def trace(self) -> Trace:
        """The run so far."""
        flights = tuple(map(self._explained, self.flights))
        return Trace(self.protocol.name, self.scenario, tuple(self.states), tuple(self.steps), flights)

    def _explained(self, flight: Flight) -> Flight:
        """`flight`, with the reason if its target does not take it now."""
        process = self.states[-1].processes[flight.target - 1]
        if flight.fate is not Fate.IN_FLIGHT or process.status is not Status.UP:
            return flight
        if not flight.notice and self.semantics.holds(self.states[-1], flight.source, flight.target):
            return replace(flight, refusal=HELD)
        event = Down(flight.source) if flight.notice else Receive(flight.source, flight.message)
        key = flight.target, process.local, event
        if key not in self.refusals:
            self.refusals[key] = why_unread(self.protocol, self.semantics.handle, process.local, event, flight.target)
        return replace(flight, refusal=self.refusals[key])

    def _step(self, action: Action, before: System) -> TraceStep:
        if not isinstance(action, Handle | Suspect):
            return TraceStep(self.number, action, received=self._taken)
        effects = self.semantics.effects(before, action)
        cut = len(effects) if action.cut is None else action.cut
        event = action.event if isinstance(action, Handle) else Down(action.node)
        local = before.processes[action.process - 1].local
        return TraceStep(self.number, action, effects[:cut], effects[cut:], self._taken, self._rule(local, event))

    def _rule(self, local: Hashable, event: Event) -> str:
        """Where the rule stands that handles `event`; "" in a protocol of ours, whose rules nobody has to correct."""
        if isinstance(self.protocol, Explaining):
            return self.protocol.place(local, event)
        if is_built_in(self.protocol):
            return ""
        if (local, event) not in self.places:
            self.places[local, event] = acting_line(self.protocol, local, event)
        return self.places[local, event]

    def _reception(self, action: Handle, before: System, after: System) -> Fate:
        node = action.process
        same = looks_like(before.processes[node - 1].local, after.processes[node - 1].local)
        return Fate.IGNORED if same and not self.semantics.effects(before, action) else Fate.RECEIVED

    # --- what the semantics tells -------------------------------------------------------------------------------------

    def enqueued(self, source: Node, target: Node, place: int, entry: Hashable) -> None:
        """Number the new copy."""
        self.queued[source, target].insert(place, self._launch(source, target, entry))

    def dropped(self, source: Node, target: Node, message: Hashable) -> None:
        """Number the copy, which ends at once."""
        self._end(self._launch(source, target, message), Fate.UNDELIVERABLE)

    def taken(self, source: Node, target: Node, place: int) -> None:
        """Remember the copy: its fate is known after the step."""
        self._taken = self.queued[source, target].pop(place)

    def lost(self, source: Node, target: Node, place: int) -> None:
        """End the copy."""
        self._taken = self.queued[source, target].pop(place)
        self._end(self._taken, Fate.LOST)

    def cleared(self, source: Node, target: Node, places: Sequence[int]) -> None:
        """End the copies."""
        for place in reversed(places):
            self._end(self.queued[source, target].pop(place), Fate.UNDELIVERABLE)

    def sorted(self, source: Node, target: Node, order: Sequence[int]) -> None:
        """Sort the numbers likewise."""
        queued = self.queued[source, target]
        queued[:] = [queued[place] for place in order]

    def _launch(self, source: Node, target: Node, entry: Hashable) -> int:
        message = None if entry is Notice.DOWN else entry
        self.flights.append(Flight(source, target, message, self.number, Fate.IN_FLIGHT, None))
        return len(self.flights) - 1

    def _end(self, index: int, fate: Fate) -> None:
        self.flights[index] = replace(self.flights[index], fate=fate, ended_at=self.number)
