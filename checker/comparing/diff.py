"""`groupy diff`: two protocols under the same schedule, and the shortest schedule after which they differ.

Both systems take the same action, step by step: the same process handles the same event, or receives the next message from the
same sender, or crashes after the same effects. Which messages these are is each protocol's own affair. The reachable pairs of
states are searched breadth first. Where no owed action is left that both share, each goes on by itself with what it owes,
without further faults, and the final states are compared.

A step that only one of the two can take leads to no pair. Such steps are counted, and where no difference was found that
matters more, each protocol is also explored by itself: if their verdicts differ, that is a difference (see `alone.py`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import reduce

from groupy_check.checker.comparing.alone import Disagreement, VerdictsAlone, followed, verdicts_alone
from groupy_check.checker.comparing.lockstep import ALL, Player, observed
from groupy_check.checker.comparing.where_they_part import parting, reasons_apart, what_differs
from groupy_check.checker.exit_status import FINE, NOTHING_FOUND, UNMET
from groupy_check.checker.inputs.other_interpreters.confirmation import UNCONFIRMED
from groupy_check.checker.inputs.other_interpreters.hash_seed import OtherSeeds
from groupy_check.checker.judging.selection import with_workers
from groupy_check.checker.limits.deadline import TimeIsUp, bound_of_time, extra_time, time_is_up, time_limit, unless_time_is_up
from groupy_check.checker.limits.memory import megabytes_in_use
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.search.bfs import Limits, Progress
from groupy_check.checker.search.progress_line import Reporter
from groupy_check.checker.semantics.traffic import cycles
from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import INTERRUPTED, Kind, Witness
from groupy_check.reports.tables.comparison import Comparison, Side
from groupy_check.reports.wording.phrases import action_line
from groupy_check.specs.property import Property

NOT_NEEDED = VerdictsAlone()
REPORT_EVERY = 256  # pairs compared between two reports
OBSERVED = 3  # the tier of a difference in nothing but what is observed
StatePair = tuple[System, System]


@dataclass(frozen=True, slots=True)
class Difference:
    """At the pair numbered `pair`, `loser` (0 or 1) violates `name` and the other does not; "": observations differ.

    `ends` says for each whether it went on by itself from there. A smaller `tier` is worth more.
    """

    tier: int
    pair: int
    name: str
    loser: int
    ends: tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class DiffResult:
    """How two protocols differ; `comparison` is None where no difference was found among `pairs` of states, `depth` steps deep.

    `bound` says what stopped the search, "" when nothing did or a difference was found that could not be a better one.
    `unmatched`: how often either could take a step that the other could not, and `first_unmatched` the first of these steps
    in words. `other_reasons`: of the first process that ends itself in both, for reasons in other words, what each says.
    `endless`: in how many pairs one or both go
    on forever. `disagreements`: what their verdicts, each explored by itself, differ
    in, one line each; `judged`: the number of these verdicts, 0 where they were not needed.
    """

    comparison: Comparison | None
    pairs: int
    depth: int
    bound: str
    unmatched: tuple[int, int] = (0, 0)
    first_unmatched: tuple[str, str] = ("", "")
    other_reasons: tuple[str, str] = ("", "")
    endless: int = 0
    disagreements: tuple[str, ...] = ()
    judged: int = 0

    @property
    def open(self) -> bool:
        """Whether there may be a difference that was not seen."""
        return bool(self.bound) or self.unmatched != (0, 0) or self.endless > 0


class Diff:
    """The search for a schedule at whose end two protocols differ; `names` are the properties asked for, if any were.

    `report` is called now and then with a Progress whose states are pairs.
    """

    def __init__(
        self,
        protocols: tuple[Protocol, Protocol],
        scenario: Scenario,
        properties: Sequence[Property],
        names: Sequence[str],
        limits: Limits,
        report: Reporter | None = None,
    ) -> None:
        self.scenario, self.names, self.limits, self.report = with_workers(scenario, properties), names, limits, report
        self.players = tuple(Player(protocol, self.scenario, properties) for protocol in protocols)
        self.called = {wanted.name: wanted.called for wanted in properties}
        self.safe = {wanted.name: wanted.kind is Kind.SAFETY for wanted in properties}
        self.pairs: list[StatePair] = []
        self.numbers: dict[StatePair, int] = {}
        self.parents: list[tuple[int, tuple[Action, Action]] | None] = []
        self.best: Difference | None = None
        self.generated, self.expanded, self.depth = 1, 0, 0
        self.unmatched, self.endless = (0, 0), 0
        self.lone: list[str] = ["", ""]  # of either, the first step that the other cannot take
        self.other_reasons = "", ""
        self.together: dict[int, list[int]] = {}  # of each pair, those to which steps lead that both owe
        self.began = time.monotonic()

    def run(self) -> DiffResult:
        """Search until the best kind of difference is found, all is seen, or a limit is hit.

        Raises ProtocolError when a handler breaks the rules.
        """
        with time_limit(self.limits.seconds):
            try:
                bound = self._search()
            except KeyboardInterrupt:
                bound = INTERRUPTED
            except TimeIsUp:
                bound = bound_of_time()
            try:
                alone = self._alone(bound)
            except TimeIsUp:
                alone = VerdictsAlone(bound=bound_of_time())
            with extra_time():
                return self._result(bound, alone)

    def _result(self, bound: str, alone: VerdictsAlone) -> DiffResult:
        apart = min(alone.disagreements, key=self._rank, default=None)
        if apart is not None and (self.best is None or self._rank(apart) < self.best.tier):
            comparison: Comparison | None = self._comparison_apart(apart)
        else:
            comparison = self._comparison(self.best) if self.best else None
        names = self.players[0].protocol.name, self.players[1].protocol.name
        told = tuple(one.told(names) for one in alone.disagreements)
        judged, ended = 0 if alone is NOT_NEEDED else len(self.players[0].properties), bound or alone.bound
        lone, reasons = (self.lone[0], self.lone[1]), self.other_reasons
        return DiffResult(
            comparison, len(self.pairs), self.depth, ended, self.unmatched, lone, reasons, self.endless, told, judged
        )

    def _alone(self, bound: str) -> VerdictsAlone:
        """What each says by itself, where that may matter more than what was found, and where there is time left for it."""
        if bound == INTERRUPTED or (self.best and self.best.tier == 0) or time_is_up():
            return NOT_NEEDED
        return verdicts_alone(self.players, self.scenario, self.limits, self.report)

    def _rank(self, apart: Disagreement) -> int:
        return self._tier(apart.finding.name, apart.loser)

    def _search(self) -> str:
        one, other = self.players
        self._add((one.semantics.initial(), other.semantics.initial()), None)
        level_end = 1
        while self.expanded < len(self.pairs):
            if self.expanded == level_end:
                self.depth, level_end = self.depth + 1, len(self.pairs)
            self._expand(self.expanded)
            if self.best and self.best.tier == 0:
                return ""
            self.expanded += 1
            bound = self._bound()
            if bound:
                return bound
        self.endless += sum(map(len, cycles(self.together)))
        return ""

    def _add(self, pair: StatePair, parent: tuple[int, tuple[Action, Action]] | None) -> None:
        if pair not in self.numbers:
            self.numbers[pair] = len(self.pairs)
            self.pairs.append(pair)
            self.parents.append(parent)

    def _expand(self, number: int) -> None:
        """Compare the two states of a pair, then take every action that is possible in both."""
        one, other = self.players
        first, second = self.pairs[number]
        left, right = one.moves(first), other.moves(second)
        found = self._differences(number, over=not left.owed & right.owed)
        self.best = min([*([self.best] if self.best else []), *found], key=lambda difference: difference.tier, default=None)
        lone = [
            [mine.actions[name] for name in mine.actions if name not in theirs.actions]
            for mine, theirs in ((left, right), (right, left))
        ]
        self.unmatched = self.unmatched[0] + len(lone[0]), self.unmatched[1] + len(lone[1])
        for index, actions in enumerate(lone):
            if actions and not self.lone[index]:
                self.lone[index] = f"step {self.depth + 1}, {action_line(actions[0])}"
        self.together[number] = []
        for name, action in left.actions.items():
            if name in right.actions:
                both = action, right.actions[name]
                after = one.semantics.apply(first, both[0]), other.semantics.apply(second, both[1])
                self._add(after, (number, both))
                self.generated += 1
                if name in left.owed & right.owed:
                    self.together[number].append(self.numbers[after])

    def _bound(self) -> str:
        if self.limits.states is not None and len(self.pairs) >= self.limits.states and self.expanded < len(self.pairs):
            return f"{self.limits.states} pairs of states"
        if self.report is not None and not self.expanded % REPORT_EVERY:
            left, seconds = len(self.pairs) - self.expanded, time.monotonic() - self.began
            self.report(Progress(self.generated, len(self.pairs), left, self.depth, seconds, megabytes_in_use()))
        return bound_of_time() if time_is_up() else ""

    # --- what differs ------------------------------------------------------------------------------------------------

    def _differences(self, number: int, *, over: bool) -> Iterator[Difference]:
        """How the two states of a pair differ; `over`: there is nothing left that both owe, so their ends count.

        Who goes on forever is held to safety alone: what it has not done by then it may do in another fair run.
        """
        pair = self.pairs[number]
        for loser in (0, 1):
            survivor = self.players[1 - loser].end(pair[1 - loser])
            end = self.players[loser].end(pair[loser])
            lost = end.violated if over else self.players[loser].violated(pair[loser])
            for name in lost:
                if name not in survivor.violated and (survivor.rests or self.safe[name]):
                    goes_on = (True, over) if loser else (over, True)
                    yield Difference(self._tier(name, loser), number, name, loser, goes_on)
        ends = [player.end(system) for player, system in zip(self.players, pair, strict=True)]
        if over and not all(end.rests for end in ends):
            self.endless += 1
        elif over and observed(ends[0].system) != observed(ends[1].system):
            yield Difference(OBSERVED, number, "", 0, (True, True))
        elif over and not any(self.other_reasons):
            self.other_reasons = reasons_apart(ends[0].system, ends[1].system)

    def _tier(self, name: str, loser: int) -> int:
        """0 for what the loser claims, or was asked for; then what the other one claims; then what neither does."""
        if name in self.names or (not self.names and name in self.players[loser].protocol.claims):
            return 0
        return 1 if name in self.players[1 - loser].protocol.claims else 2

    def _comparison(self, found: Difference) -> Comparison:
        """The two runs, and what to say of them."""
        paths = self._paths(found.pair)
        traces = [self._trace(index, path, found) for index, path in enumerate(paths)]
        witness = self._witness(found) if found.name else None
        texts = what_differs(traces[0].states[-1], traces[1].states[-1])
        if witness:
            called = self.called[found.name]
            texts = [f"{called} holds in this run"] * 2
            texts[found.loser] = f"{called} is violated: {witness.text}"
        sides = [Side(trace, text) for trace, text in zip(traces, texts, strict=True)]
        sides[found.loser] = replace(sides[found.loser], witness=witness)
        return Comparison(sides[0], sides[1], len(paths[0]), parting(traces, len(paths[0])), self._headline(found))

    def _comparison_apart(self, found: Disagreement) -> Comparison:
        """The run of the one that violates a property, and what the other does as long as it can take the same steps."""
        loser, other = self.players[found.loser], self.players[1 - found.loser]
        assert found.finding.trace is not None
        assert found.finding.witness is not None
        trace, called = found.finding.trace, found.finding.called
        path = followed(loser, other, trace.actions)
        start = reduce(other.semantics.apply, path, other.semantics.initial())
        kept = Recorder(other.protocol, self.scenario, ALL).record([*path, *other.end(start).actions])
        sides = [
            Side(trace, f"{called} is violated: {found.finding.witness.text}", found.finding.witness),
            Side(kept, f"{called} holds in this run, and in all others"),
        ]
        left, right = sides if found.loser == 0 else reversed(sides)
        claims = self._whose(found.finding.name, loser.protocol, other.protocol)
        headline = f"{loser.protocol.name} violates {called}, {claims}, and {other.protocol.name} does so in no run."
        where = f"There is no such step {len(path) + 1} in {other.protocol.name}."
        return Comparison(
            left, right, len(path), parting([left.trace, right.trace], len(path)),
            headline if len(path) == len(trace.steps) else f"{headline} {where}",
        )  # fmt: skip

    def _headline(self, found: Difference) -> str:
        if not found.name:
            return "Under the same schedule both keep the same promises, but what is observed differs."
        loser, other = (self.players[index].protocol for index in (found.loser, 1 - found.loser))
        claims = self._whose(found.name, loser, other)
        return f"Under the same schedule {loser.name} violates {self.called[found.name]}, {claims}, and {other.name} does not."

    @staticmethod
    def _whose(name: str, loser: Protocol, other: Protocol) -> str:
        if name in loser.claims:
            return "which it claims"
        return f"which only {other.name} claims" if name in other.claims else "which neither claims"

    def _witness(self, found: Difference) -> Witness | None:
        player, system = self.players[found.loser], self.pairs[found.pair][found.loser]
        violated = player.end(system).violated if found.ends[found.loser] else player.violated(system)
        return violated.get(found.name)

    def _paths(self, number: int) -> tuple[list[Action], list[Action]]:
        """The actions of each that lead to the pair numbered `number`."""
        steps = []
        parent = self.parents[number]
        while parent is not None:
            number, both = parent
            steps.append(both)
            parent = self.parents[number]
        return [one for one, _ in reversed(steps)], [other for _, other in reversed(steps)]

    def _trace(self, index: int, path: Sequence[Action], found: Difference) -> Trace:
        player = self.players[index]
        rest = player.end(self.pairs[found.pair][index]).actions if found.ends[index] else ()
        recorder = Recorder(player.protocol, self.scenario, ALL)
        recorder.semantics.handle = player.semantics.handle
        return recorder.record([*path, *rest])


def compared(diff: Diff, *impls: str) -> DiffResult:
    """The result of `diff`, which other interpreters that load `impls` agree with (see OtherSeeds). Raises ProtocolError."""
    with ExitStack() as stack:
        others = [stack.enter_context(OtherSeeds(impl, diff.scenario)) for impl in impls]
        outcome = diff.run()
        sides = outcome.comparison.sides if outcome.comparison else ()
        for index, (other, player) in enumerate(zip(others, diff.players, strict=True)):
            with extra_time(), unless_time_is_up(UNCONFIRMED):
                other.confirm(player.semantics.handle, [("", side.trace) for side in sides[index : index + 1]])
    return outcome


# --- in words -------------------------------------------------------------------------------------------------------------


def told(outcome: DiffResult, names: tuple[str, str]) -> str:
    """One line: how far the search went, and whether it found nothing."""
    where = f"{counted(outcome.pairs, 'pair')} of states compared, up to {counted(outcome.depth, 'step')}"
    stopped = f"; {INTERRUPTED if outcome.bound == INTERRUPTED else f'stopped by {outcome.bound}'}" if outcome.bound else ""
    more = [f"Explored alone: {text}." for text in outcome.disagreements]
    if outcome.comparison is not None:
        return "\n".join([*more, f"{where}{stopped}."])
    if not outcome.open:
        found = "no difference found, neither in verdicts nor in what is observed"
        return "\n".join([f"{names[0]} and {names[1]}: {found}. {where}.", *_other_reasons(outcome, names)])
    same = (
        [f"Explored alone, both have the same {counted(outcome.judged, 'verdict')}."]
        if outcome.judged and not outcome.bound
        else []
    )
    return "\n".join(
        [
            f"{names[0]} and {names[1]}: NOT DECIDED, no difference found so far. {where}{stopped}.",
            *_unmatched(outcome, names),
            *_other_reasons(outcome, names),
            *same,
        ]
    )


def _other_reasons(outcome: DiffResult, names: tuple[str, str]) -> Iterator[str]:
    """What is no difference: that two which end alike say why in other words."""
    if any(outcome.other_reasons):
        said = "; ".join(f"{name}: {reason}" for name, reason in zip(names, outcome.other_reasons, strict=True))
        yield f"Both end there, for reasons in other words, which are not compared: {said}."


def _unmatched(outcome: DiffResult, names: tuple[str, str]) -> Iterator[str]:
    """What was not compared, because one of the two had no counterpart for it, or no end."""
    for name, other, count, first in zip(names, reversed(names), outcome.unmatched, outcome.first_unmatched, strict=True):
        if count:
            yield (
                f"Not compared: what comes after {counted(count, 'step')} of {name} that {other} could not take in the same "
                f"situation. The first: {first}."
            )
    if outcome.endless:
        where = f"{counted(outcome.endless, 'pair')} of states"
        yield f"Not compared: what is observed in the end of runs that go on forever, in {where}."


def diff_status(outcome: DiffResult) -> int:
    """The exit status, as that of Unix `diff`: 0 for no difference, 1 for one; 3 where something was not compared."""
    if outcome.comparison is not None:
        return UNMET
    return NOTHING_FOUND if outcome.open else FINE
