"""`--profile`: what makes the states of a search many, and which rules of the protocol it never took.

Counts are of the states that were found. Calls of rules are those in states that were looked at, without the forming of the
group before the search and without the calls that probe progress.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from contextlib import redirect_stdout
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar
from typing import Protocol as TypingProtocol

import numpy as np

from groupy_check.checker.checking.engine import Engine, explored
from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.native.tables.interning import Words
from groupy_check.checker.profiling.branch_coverage import Branch, Source
from groupy_check.checker.profiling.program_rules import ProgramRules
from groupy_check.checker.profiling.state_census import Census, kind_name
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.search.progress_line import Reporter
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.step_cache import Handlers, Outcomes
from groupy_check.groupy_model.effects import EFFECT_TYPES, Effect, Send
from groupy_check.groupy_model.events import EVENT_TYPES, Event, Receive, Recover, Timeout
from groupy_check.groupy_model.protocol import Explaining
from groupy_check.groupy_model.show import Described
from groupy_check.groupy_model.verdict import Result
from groupy_check.reports.formats.profile_data import Absent, Call, Level, Profile, Rule

if TYPE_CHECKING:
    from groupy_check.checker.native.search import NativeExplorer

Executed = TypeVar("Executed")
Calls = dict[tuple[Hashable, Event], Outcomes]


def profiled_search(search: SearchRequest, report: Reporter | None = None) -> tuple[Result, Profile]:
    """What the search finds, and its profile. Raises ProtocolError as `explored` does."""
    engine = ProfiledEngine(search, report)
    return explored(engine, search.impl), engine.profile()


class RuleSource(TypingProtocol[Executed]):
    """What is known of a protocol's rules, and what a run executes of them."""

    def spans(self, run: Callable[[], object]) -> Executed: ...
    def branches(self, spans: Executed) -> Iterable[Branch]: ...
    def unread(self, spans: Executed) -> list[str]: ...
    def names(self) -> set[str]: ...
    def awaited(self) -> set[str]: ...


class ProfiledEngine(Engine):
    """An engine that keeps every state, so that it can be profiled after it has run."""

    def __init__(self, search: SearchRequest, report: Reporter | None = None) -> None:
        means = replace(search.means, exact=True)
        super().__init__(search.protocol, search.scenario, search.properties, search.limits, report, means=means)
        self.search: Explorer | NativeExplorer = self.reference
        self._probe_apart()

    def native(self) -> NativeExplorer:
        native = self.search = super().native()
        self._probe_apart()
        return native

    def _probe_apart(self) -> None:
        """Give the probe of progress a memory of its own, so that its calls do not count as calls of the search."""
        self.search.observer.prober.handle = Handlers(self.protocol, self.search.semantics.size)

    def profile(self) -> Profile:
        """The profile of the search so far."""
        census, calls = _census(self.search), self._calls()
        if isinstance(self.protocol, Explaining):
            return self._profile(census, calls, ProgramRules(self.protocol))
        return self._profile(census, calls, Source(type(self.protocol)))

    def _profile(self, census: Census, calls: Calls, source: RuleSource[Executed]) -> Profile:
        spans = source.spans(lambda: self._call_again(calls))
        forming = {
            (branch.where, branch.text)
            for branch in source.branches(source.spans(Semantics(self.protocol, self.scenario).initial))
            if branch.taken
        }
        branches = list(source.branches(spans))
        untaken = [branch for branch in branches if not branch.taken and not branch.within]
        effects = self._effects(calls)
        return Profile(
            census.states, tuple(census.parts()), tuple(census.processes()), tuple(census.one_by_one()),
            tuple(census.messages()), census.budgets(), tuple(self._levels()),
            len(branches), sum(branch.taken for branch in branches),
            tuple(Rule(b.where, b.text, b.inside, (b.where, b.text) in forming) for b in untaken), tuple(source.unread(spans)),
            _offered(calls), effects, _absent(calls, effects, source.names(), source.awaited()),
        )  # fmt: skip

    def _calls(self) -> Calls:
        """All calls of handlers by the search, but for timeouts where no timer may run out: these it only looked up."""
        idle = self.scenario.timeouts == 0
        calls = self.search.semantics.handle.memo
        return {key: outcomes for key, outcomes in calls.items() if not (idle and isinstance(key[1], Timeout))}

    def _call_again(self, calls: Iterable[tuple[Hashable, Event]]) -> None:
        step = self.protocol.step
        with redirect_stdout(io.StringIO()):  # what a protocol prints was printed the first time
            for state, event in calls:
                step(state, event)

    def _levels(self) -> list[Level]:
        """The levels, by depth; the last ones may be incomplete."""
        search = self.search
        marks = [(0, 0), *search.levels, (search.distinct, search.at_rest)]
        found = [after - before for (before, _), (after, _) in pairwise(marks)]
        resting = [after - before for (_, before), (_, after) in pairwise(marks[1:])]
        levels = [Level(states, at_rest) for states, at_rest in zip(found, [*resting, 0], strict=True)]
        return [level for level in levels if level.states]

    def _effects(self, calls: Calls) -> dict[str, int]:
        happened = Counter(
            name
            for outcomes in calls.values()
            for step in outcomes or ()
            for name in {effect_name(effect) for effect in self.search.semantics.effects_of(step)}
        )
        return dict(sorted(happened.items()))


def event_name(event: Event) -> str:
    """`Down`, or `Receive Msg`."""
    return f"Receive {kind_name(event.message)}" if isinstance(event, Receive) else type(event).__name__


def effect_name(effect: Effect) -> str:
    """`Deliver`, or `Send Msg`."""
    return f"Send {kind_name(effect.message)}" if isinstance(effect, Send) else type(effect).__name__


def _census(search: Explorer | NativeExplorer) -> Census:
    if isinstance(search, Explorer):
        words = Words(search.semantics)
        return Census(words, np.array([words.row(state)[:-1] for state in search.states]))
    assert search.exact, "only an exact search keeps its states"
    return Census(search.words, search.store.rows[: len(search.store)])


def _offered(calls: Calls) -> tuple[Call, ...]:
    handled: Counter[tuple[str, str]] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    for (state, event), outcomes in calls.items():
        kind = state.role() if isinstance(state, Described) else type(state).__name__
        (refused if outcomes is None else handled)[kind, event_name(event)] += 1
    return tuple(Call(*key, handled[key], refused[key]) for key in sorted({*handled, *refused}))


def _absent(calls: Calls, effects: Iterable[str], names: set[str], awaited: set[str]) -> Absent:
    events = {type(event) for _, event in calls}
    happened = {name.partition(" ")[0] for name in effects}
    sent = {name.partition(" ")[2] for name in effects}
    mentioned = [kind.__name__ for kind in EFFECT_TYPES if kind.__name__ in names or (kind is Send and "broadcast" in names)]
    return Absent(
        tuple(kind.__name__ for kind in EVENT_TYPES if kind not in events and (kind is not Recover or kind.__name__ in names)),
        tuple(name for name in mentioned if name not in happened),
        tuple(sorted(awaited - sent)),
    )
