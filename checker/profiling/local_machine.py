"""The machine of one process: its local states grouped, and what every event does in them, from the calls of a search."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from groupy_check.checker.errors import UsageError, unknown
from groupy_check.checker.profiling.profile import effect_name, event_name
from groupy_check.checker.profiling.rules_of_step import RuleOfStep, RulesOfStep
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.search.progress_line import Reporter
from groupy_check.checker.semantics.step_cache import short
from groupy_check.groupy_model.effects import Halt
from groupy_check.groupy_model.events import Event, Timeout
from groupy_check.groupy_model.protocol import Explaining, Protocol, Step
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import parts_of, role_of, show
from groupy_check.groupy_model.verdict import Extent
from groupy_check.reports.formats.machine_data import Arrow, LocalKind, Machine, UntakenRule

ENDED = "ended"

Calls = dict[tuple[Hashable, Event], tuple[Step, ...]]
Key = tuple[str, str, str, tuple[str, ...]]  # of an arrow: source, target, event, effects


@dataclass(frozen=True, slots=True)
class MachineRequest:
    """The machine of `protocol` in the runs of `scenario`. Local states differ by their kind, and by what is in `fields`."""

    protocol: Protocol
    scenario: Scenario
    fields: Sequence[str] = ()
    limits: Limits = Limits()

    def run(self, report: Reporter | None = None) -> Machine:
        """What is seen. Raises ProtocolError as a search does, and UsageError for a field that no local state has."""
        explorer = Explorer(self.protocol, self.scenario, (), self.limits, report)
        result = explorer.run()
        handle = explorer.semantics.handle
        memos = handle.for_forming().memo.items(), handle.memo.items()
        calls = {key: outcomes for key, outcomes in chain(*memos) if outcomes}
        known = dict.fromkeys(name for state, _ in calls for name in parts_of(state))
        for field in self.fields:
            if field not in known:
                raise UsageError(f"--by: {unknown('field', field, known)}")
        firsts = [*handle.firsts.values(), *handle.for_forming().firsts.values()]
        return _Reading(self, calls).machine(firsts, whole=result.coverage.extent is Extent.EXHAUSTED)


class _Reading:
    """Groups `calls` as `request` asks."""

    def __init__(self, request: MachineRequest, calls: Calls) -> None:
        self.protocol, self.fields, self.calls = request.protocol, request.fields, calls
        self.rules = None if isinstance(self.protocol, Explaining) else RulesOfStep(self.protocol)
        self.takers: dict[RuleOfStep, set[str]] = {}  # in which kinds of states each rule was taken

    def machine(self, firsts: Collection[Hashable], *, whole: bool) -> Machine:
        states = {state for state, _ in self.calls} | {step.state for step in self._steps() if not _ends(step)}
        sizes = Counter(map(self._group, states))
        begin = set(map(self._group, firsts))
        names = sorted(sizes, key=lambda name: (name not in begin, name))
        kinds = [LocalKind(name, sizes[name], name in begin) for name in names]
        if any(map(_ends, self._steps())):
            kinds.append(LocalKind(ENDED, 0, first=False))
        arrows = self._arrows()
        rules = self.rules.rules if self.rules else ()
        return Machine(self.protocol.name, tuple(kinds), arrows, tuple(self._untaken()), len(rules), whole)

    def _untaken(self) -> Iterator[UntakenRule]:
        """The rules that no call has taken, for each kind of states in which another of the same function was taken."""
        for rule in self.rules.rules if self.rules else ():
            if rule not in self.takers:
                beside = [self.takers[other] for other in self.takers if (other.path, other.inside) == (rule.path, rule.inside)]
                for source in [rule.state] if rule.state else sorted(set[str]().union(*beside)) or [""]:
                    yield UntakenRule(source, rule.event, str(rule))

    def _steps(self) -> list[Step]:
        return [step for outcomes in self.calls.values() for step in outcomes]

    def _arrows(self) -> tuple[Arrow, ...]:
        times = Counter[Key]()
        rules: dict[Key, dict[str, None]] = {}
        examples: dict[Key, tuple[str, str, str]] = {}
        for (state, event), outcomes in self.calls.items():
            by = self._rules(state, event)
            for step in outcomes:
                target = ENDED if _ends(step) else self._group(step.state)
                key = self._group(state), target, _event_told(event), _effects_told(step)
                times[key] += 1
                rules.setdefault(key, {}).update(dict.fromkeys(by))
                examples.setdefault(key, (short(state), show(event), short(step.state)))
        return tuple(Arrow(*key, times[key], tuple(rules[key]), examples[key]) for key in sorted(times))

    def _rules(self, state: Hashable, event: Event) -> list[str]:
        if isinstance(self.protocol, Explaining):
            place = self.protocol.place(state, event)
            return [place] if place else []
        assert self.rules is not None
        taken = self.rules.taken(state, event)
        for rule in taken:
            self.takers.setdefault(rule, set()).add(self._group(state))
        return list(map(str, taken))

    def _group(self, state: Hashable) -> str:
        parts = parts_of(state)
        told = [f"{name}: {show(parts[name])}" for name in self.fields if name in parts]
        return "\n".join([role_of(state), *told])


def _ends(step: Step) -> bool:
    return any(isinstance(effect, Halt) for effect in step.effects)


def _event_told(event: Event) -> str:
    """`Down`, `Receive Msg`, or `Timeout resend`."""
    if isinstance(event, Timeout):
        return f"Timeout {re.split(r'[^a-zA-Z_-]', show(event.timer))[0]}".strip()
    return event_name(event)


def _effects_told(step: Step) -> tuple[str, ...]:
    """The kinds of its effects: `Deliver`, `Send Msg`."""
    return tuple(dict.fromkeys(effect_name(effect) for effect in step.effects))
