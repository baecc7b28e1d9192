"""`groupy hunt`: the smallest scenarios that break a protocol, found by trying every scenario, the smallest first.

The size of a scenario is the sum of all its numbers: processes, crashes, multicasts, joins, losses and false suspicions. A
property is judged in a scenario only while no scenario within it has broken that property, so what is found are the scenarios
from which nothing can be taken away.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import count, product
from typing import Any

from groupy_check.checker.exit_status import exit_status
from groupy_check.checker.inputs.properties import is_users
from groupy_check.checker.judging.findings import finding_on
from groupy_check.checker.judging.selection import select
from groupy_check.checker.search.base import Limits, Progress
from groupy_check.checker.search.progress_line import Ticker
from groupy_check.checker.search_request import SearchRequest
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import INTERRUPTED, Coverage, Extent, Result, Verdict
from groupy_check.reports.tables.smallest_scenario import DIMENSIONS, Break, Hunted, preference, short_phrase, size, within
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

SECONDS = 60.0
SAMPLE = 2_000  # states in which a user's own protocol is tried with another hash seed


def scenarios(most: Mapping[str, int]) -> Iterator[Scenario]:
    """Every scenario within the bounds that `most` sets on DIMENSIONS, the smallest first; what it does not name is unbounded.

    Of equally large ones those with fewer false suspicions come first, then with fewer losses, joins, multicasts, crashes.
    """
    largest = sum(most.values()) if most.keys() >= set(DIMENSIONS) else None
    for total in count(1):
        if largest is not None and total > largest:
            return
        yield from filter(_can_all_happen, _of_size(total, most))


def _of_size(total: int, most: Mapping[str, int]) -> Iterator[Scenario]:
    rare = DIMENSIONS[:0:-1]  # all but the processes, which are the rest; the rarest is raised last
    for amounts in product(*(range(min(total, most.get(name, total)) + 1) for name in rare)):
        nodes, budgets = total - sum(amounts), dict[str, Any](zip(rare, amounts, strict=True))
        if 1 <= nodes <= most.get("nodes", nodes):
            yield Scenario(nodes=nodes, **budgets)


def _can_all_happen(scenario: Scenario) -> bool:
    """There are processes enough to crash, and two for a message to be lost between, or to suspect one another."""
    return scenario.crashes <= scenario.size and (scenario.size > 1 or not scenario.drops + scenario.suspicions)


class Hunt:
    """One hunt for violations by `protocol`: of the properties called `names`, or of those that it claims.

    `where` are the scenarios, in the order in which they are tried; `seconds` the time for all of them. `impl` is what
    another interpreter can load (see SecondSeed); `known` has all properties, the user's own among them.
    """

    def __init__(
        self,
        protocol: Protocol,
        impl: str,
        names: Sequence[str],
        where: Iterator[Scenario],
        seconds: float,
        tick: Ticker,
        known: Mapping[str, Property] = PROPERTIES,
    ) -> None:
        self.known = known
        self.protocol, self.impl, self.names, self.where, self.tick = protocol, impl, names, where, tick
        self.decisive = tuple(dict.fromkeys(names)) or tuple(name for name in known if name in protocol.claims)
        self.breaks: dict[str, list[Break]] = {}
        self.judged: dict[str, None] = {}
        self.left_out: dict[str, None] = {}
        self.exhausted: list[Scenario] = []
        self.complete = 0
        self.unfinished: tuple[Scenario, Coverage] | None = None
        self.seconds, self.began = seconds, time.monotonic()

    def run(self) -> Hunted:
        """Hunt until no scenario is left, the time is over, or Ctrl-C. Raises GroupyError when the protocol cannot be used."""
        bound = ""
        try:
            self._try_other_seed()
            bound = self._search()
        except KeyboardInterrupt:
            bound = INTERRUPTED
        return self._hunted(bound)

    def _try_other_seed(self) -> None:
        """Refuse what is the user's own and no pure function; once, since each try starts an interpreter."""
        properties, _ = select(self.names, Scenario(), self.known)
        if self.impl not in PROTOCOLS or any(map(is_users, properties)):
            SearchRequest(self.protocol, Scenario(), properties, Limits(states=SAMPLE), impl=self.impl).run()

    def _search(self) -> str:
        for scenario in self.where:
            self.complete = size(scenario) - 1
            names = self._unbroken(scenario)
            if any(name in self.decisive for name in names):
                bound = self._explore(scenario, names)
                if bound:
                    return bound
            if self._left() <= 0:
                return self._time_is_over()
        self.complete += 1
        return ""

    def _unbroken(self, scenario: Scenario) -> list[str]:
        """The names of the properties that can be judged in `scenario` and hold in all scenarios within it."""
        judged, left_out = select(self.names, scenario, self.known)
        self.judged |= dict.fromkeys(wanted.name for wanted in judged)
        self.left_out |= dict.fromkeys(left_out)
        known = {name for name, breaks in self.breaks.items() if any(within(one.scenario, scenario) for one in breaks)}
        return [wanted.name for wanted in judged if wanted.name not in known]

    def _explore(self, scenario: Scenario, names: Sequence[str]) -> str:
        """Look through `scenario`. Returns what ended the hunt there, "" when nothing did."""
        limits = Limits(seconds=max(self._left(), 0.01), all_verdicts=False)
        self._tell(scenario, "")
        report = partial(self._report, scenario)
        result = SearchRequest(self.protocol, scenario, [self.known[name] for name in names], limits).run(report)
        violated = [finding for finding in result.findings if finding.verdict is Verdict.VIOLATED]
        for finding in violated:
            self.breaks.setdefault(finding.name, []).append(Break(scenario, finding))
        if result.coverage.extent is Extent.EXHAUSTED or len(violated) == len(names):
            self.exhausted.append(scenario)
            return ""
        self.unfinished = scenario, result.coverage
        return INTERRUPTED if result.coverage.interrupted else self._time_is_over()

    def _report(self, scenario: Scenario, progress: Progress) -> None:
        self._tell(scenario, f" {progress.distinct:,} states, depth {progress.depth};")

    def _tell(self, scenario: Scenario, states: str) -> None:
        broken = sum(name in self.breaks for name in self.decisive)
        done, left = counted(len(self.exhausted), "scenario"), max(0.0, self._left())
        self.tick(f"{short_phrase(scenario)}:{states} {done} done, {broken} broken; {left:.0f} s left")

    def _left(self) -> float:
        return self.seconds - (time.monotonic() - self.began)

    def _time_is_over(self) -> str:
        return f"the time limit of {self.seconds:g} seconds"

    def _hunted(self, bound: str) -> Hunted:
        breaks = {
            name: tuple(sorted(self.breaks[name], key=lambda one: preference(one.scenario)))
            for name in self.known
            if name in self.breaks
        }
        unbroken = tuple(name for name in self.decisive if name not in breaks and name in self.judged)
        unjudged = tuple(name for name in self.left_out if name in self.decisive)
        return Hunted(
            self.protocol.name, self.decisive, breaks, unbroken, unjudged, tuple(self.exhausted), self.complete,
            time.monotonic() - self.began, bound, self.unfinished,
        )  # fmt: skip


def hunted_status(hunted: Hunted, known: Mapping[str, Property] = PROPERTIES) -> int:
    """The exit status of a check with the same findings."""
    verdict = Verdict.NOT_FOUND if hunted.bound else Verdict.HOLDS
    findings = [
        *hunted.findings(),
        *(finding_on(known[name], True, verdict, exercised=True) for name in hunted.open),
    ]
    extent = Extent.BOUNDED if hunted.bound else Extent.EXHAUSTED
    coverage = Coverage(extent, 0, 0, 0, 0, 0, hunted.seconds, hunted.bound)
    result = Result(hunted.protocol, Scenario(), coverage, tuple(findings))
    return exit_status(result, hunted.decisive, {})
