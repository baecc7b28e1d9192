"""One protocol as a player of schedules: what is possible in a state, by names that mean the same for every protocol.

The name of a step leaves out what is each protocol's own affair: which message a process receives, and how views are numbered.
`checker.comparing.diff` lets two players take the same steps.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any

from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.whole_run import settled
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Duplicate, Handle, Lose, Suspect
from groupy_check.groupy_model.effects import Deliver, Demonitor, Effect, Install, Monitor, Send
from groupy_check.groupy_model.events import Receive, Recover
from groupy_check.groupy_model.observations import OBSERVATION_TYPES, Ended, Installed, Observation
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.property import Property

ALL = frozenset(OBSERVATION_TYPES)
StepName = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class End:
    """Where a protocol ends up by itself: by which actions, whether it `rests` there, and what it violates."""

    actions: tuple[Action, ...]
    system: System
    rests: bool
    violated: Mapping[str, Witness]


@dataclass(frozen=True, slots=True)
class PossibleSteps:
    """What is possible in a state, by what it is called in a schedule; the first `owed` of them happen by themselves."""

    actions: Mapping[StepName, Action]
    owed: frozenset[StepName]


class Player:
    """`protocol` under `scenario`, judged by `properties`, with what is known of the states that it came to."""

    def __init__(self, protocol: Protocol, scenario: Scenario, properties: Sequence[Property]) -> None:
        self.protocol, self.properties = protocol, properties
        self.semantics = Semantics(protocol, scenario, ALL)
        self.observer = Observer(self.semantics, probe=any(wanted.name == "progress" for wanted in properties))
        self._moves: dict[System, PossibleSteps] = {}
        self._violated: dict[tuple[System, bool], Mapping[str, Witness]] = {}
        self._ends: dict[System, End] = {}

    def moves(self, system: System) -> PossibleSteps:
        """What is possible in `system`."""
        if system not in self._moves:
            semantics = self.semantics if self.semantics.traffic.given_up else self.semantics.impatient()
            owed = semantics.owed(system)
            named = dict(self._named(system, [*owed, *semantics.free(system)]))
            self._moves[system] = PossibleSteps(named, frozenset(list(named)[: len(owed)]))
        return self._moves[system]

    def _named(self, system: System, actions: Sequence[Action]) -> Iterator[tuple[StepName, Action]]:
        """`actions` by their names in a schedule; where several have the same, they are counted."""
        count: dict[StepName, int] = {}
        for action in actions:
            name = self._name(system, action)
            count[name] = count.get(name, 0) + 1
            yield (*name, count[name]), action

    def _name(self, system: System, action: Action) -> StepName:
        match action:
            case Handle(process, Recover(), outcome, cut):  # each protocol stores values of its own
                return (process, "recover", outcome, self._before(system, action, cut))
            case Handle(process, event, outcome, cut):
                what = ("receive", event.source) if isinstance(event, Receive) else (event,)
                return (process, *what, outcome, self._before(system, action, cut))
            case Suspect(process, node, outcome, cut):
                return (process, type(action).__name__, node, outcome, self._before(system, action, cut))
            case Lose(source, target, index):
                return ("lose", source, target, index)
            case Duplicate(source, target, index, _, place):
                return ("duplicate", source, target, index, place)
        return (action,)

    def _before(self, system: System, action: Handle | Suspect, cut: int | None) -> Hashable:
        """What the process does before it crashes, None where it does not."""
        return None if cut is None else tuple(map(shape, self.semantics.effects(system, action)[:cut]))

    def violated(self, system: System, *, at_rest: bool = False) -> Mapping[str, Witness]:
        """What is violated in `system`; what is only owed in the end is judged where it is `at_rest`."""
        key = system, at_rest
        if key not in self._violated:
            history = self.observer.history(system, at_rest)
            judged = [wanted for wanted in self.properties if at_rest or wanted.kind is Kind.SAFETY]
            verdicts = {wanted.name: wanted.judge(history) for wanted in judged}
            self._violated[key] = {name: witness for name, witness in verdicts.items() if witness}
        return self._violated[key]

    def end(self, system: System) -> End:
        """Where `system` ends up by itself, if it always takes the first owed action."""
        if system not in self._ends:
            last, seen, actions = system, {system}, list[Action]()
            while owed := self.semantics.owed(last):
                last = self.semantics.apply(last, owed[0])
                if last in seen:
                    break  # it goes round and round forever
                seen.add(last)
                actions.append(owed[0])
            rests = settled(self.semantics, last)
            self._ends[system] = End(tuple(actions), last, rests, self.violated(last, at_rest=rests))
        return self._ends[system]


def shape(effect: Effect) -> Hashable:
    """What an effect is, whatever the protocol writes in its messages and however it counts its views."""
    kind = type(effect).__name__
    match effect:
        case Send(target) | Monitor(target) | Demonitor(target):
            return kind, target
        case Deliver(payload):
            return kind, alike(payload)
        case Install(view):
            return kind, view.members
    return kind, None


def observed(system: System) -> list[Hashable]:
    """What can be observed of every process: how it stands, what it delivered, and the members of its views.

    Why it has ended itself is each protocol's own words: only that it has counts.
    """
    return [(process.status, tuple(map(_seen, process.log))) for process in system.processes]


def _seen(entry: Observation) -> Hashable:
    match entry:
        case Installed(view):
            return tuple(view.members)
        case Ended():
            return Ended.__name__
    return alike(entry)


def alike(value: Any) -> Hashable:
    """`value` with its types by their names: of two protocols each has its own, also where they import one file."""
    name = type(value).__qualname__
    if isinstance(value, Enum):
        return name, value.name
    if isinstance(value, (tuple, list)):
        return name, *map(alike, value)
    if isinstance(value, frozenset):
        return name, frozenset(map(alike, value))
    if is_dataclass(value):
        return name, *(alike(getattr(value, field.name)) for field in fields(value))
    return value if type(value).__module__ == "builtins" else (name, show(value))
