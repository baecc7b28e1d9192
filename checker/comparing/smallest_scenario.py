"""`groupy hunt`: the smallest scenarios that break a protocol, found by trying every scenario, the smallest first.

The size of a scenario is the sum of all its numbers: processes, crashes, multicasts, joins, losses, false suspicions and
recoveries. Recoveries are tried only where the user allows some, since most protocols have no rule for them. A property is
judged in a scenario only while no scenario within it has broken that property, so what is found are the scenarios from which
nothing can be taken away. A scenario is left as soon as all that is judged in it is violated.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from math import inf
from typing import Any

from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.exit_status import exit_status
from groupy_check.checker.inputs.other_interpreters.confirmation import UNCONFIRMED, confirm
from groupy_check.checker.inputs.parameters import names_built_in
from groupy_check.checker.inputs.properties import is_users
from groupy_check.checker.inputs.scenario_flags import BUDGETS
from groupy_check.checker.judging.findings import finding_on
from groupy_check.checker.judging.selection import select, with_workers
from groupy_check.checker.limits.deadline import TimeIsUp, extra_time, time_limit, unless_time_is_up
from groupy_check.checker.search.base import Limits, Progress
from groupy_check.checker.search.progress_line import Ticker
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import INTERRUPTED, Coverage, Extent, Result, Verdict
from groupy_check.reports.tables.smallest_scenario import Break, Hunted, Unfinished, short_phrase
from groupy_check.specs.property import Property
from groupy_check.specs.registry import BUILT_IN, PROPERTIES

DIMENSIONS = ("nodes", "crashes", "messages", "joins", "drops", "suspicions", "recoveries")
RARE = "recoveries"
RAREST_FIRST = DIMENSIONS[:0:-1]  # all but the processes; the rarest is raised last
SECONDS = 60.0
SAMPLE = 2_000  # states in which a user's own protocol is tried with another hash seed


def size(scenario: Scenario) -> int:
    """The size of `scenario`: its processes plus everything that may happen to them."""
    return sum(getattr(scenario, name) for name in DIMENSIONS)


def within(one: Scenario, other: Scenario) -> bool:
    """Whether `other` has at least as much of everything as `one`; a joiner can do all that a founder can."""
    return one.size <= other.size and all(getattr(one, name) <= getattr(other, name) for name in DIMENSIONS[1:])


def preference(scenario: Scenario) -> tuple[int, ...]:
    """The sort key of scenarios for readers: those without false suspicions, losses and recoveries first, then the smallest."""
    unusual = scenario.suspicions, scenario.drops, scenario.recoveries
    return (*unusual, size(scenario), scenario.joins, scenario.messages, scenario.crashes)


def _rank(found: Break) -> tuple[int, ...]:
    return (*preference(found.scenario), found.finding.length or 0)


def scenarios(most: Mapping[str, int]) -> Iterator[Scenario]:
    """Every scenario within the bounds that `most` sets on DIMENSIONS, the smallest first; what it does not name is unbounded,
    but for recoveries, of which there are none then.

    Of equally large ones those with fewer recoveries come first, then with fewer false suspicions, losses, joins, multicasts,
    crashes.
    """
    bounds = _bounds(most)
    for more in count():  # than one process, in which nothing happens
        if more > sum(bounds):
            return
        for *amounts, others in _shares(more, bounds):
            budgets = dict[str, Any](zip(RAREST_FIRST, amounts, strict=True))
            scenario = Scenario(nodes=1 + others, **budgets)
            if _can_all_happen(scenario):
                yield scenario


def _bounds(most: Mapping[str, int]) -> list[float]:
    """How much there is of RAREST_FIRST and how many more processes than one, at most: as `most` says, and as few allow.

    Without the latter, ever larger scenarios would be looked for where all that can happen has happened.
    """
    bounds = {name: float(most.get(name, inf)) for name in DIMENSIONS}
    processes = bounds["nodes"] + bounds["joins"]
    bounds[RARE] = min(most.get(RARE, 0), bounds["crashes"])
    bounds["crashes"] = min(bounds["crashes"], processes + bounds[RARE])
    if processes == 1:
        bounds["drops"] = bounds["suspicions"] = 0
    return [*(bounds[name] for name in RAREST_FIRST), bounds["nodes"] - 1]


def _shares(total: int, bounds: Sequence[float]) -> Iterator[tuple[int, ...]]:
    """All ways to share `total` among numbers that are at most their `bounds`; the first number grows slowest."""
    if not bounds:
        yield ()
        return
    first, *rest = bounds
    least = max(0, total - sum(rest))  # what the rest cannot take
    for number in range(int(least), int(min(total, first)) + 1):
        yield from ((number, *others) for others in _shares(total - number, rest))


def _can_all_happen(scenario: Scenario) -> bool:
    """There are processes enough to crash, crashes to recover from, and two processes for a message to be lost between, or to
    suspect one another.
    """
    several = scenario.size > 1 or not scenario.drops + scenario.suspicions
    return scenario.recoveries <= scenario.crashes <= scenario.size + scenario.recoveries and several


class Hunt:
    """One hunt for violations by `protocol`: of the properties called `names`, or of those that it claims.

    `most` are the maxima that the user set on DIMENSIONS: only scenarios within them are tried. `where` are these, in the order
    in which they are tried; `seconds` the time for all of them. `impl` is what another interpreter can load (see OtherSeeds);
    `known` has all properties, the user's own among them. `found` is told of each violation at once.
    """

    def __init__(
        self,
        protocol: Protocol,
        impl: str,
        names: Sequence[str],
        most: Mapping[str, int],
        seconds: float,
        tick: Ticker,
        known: Mapping[str, Property] = BUILT_IN,
        where: Iterable[Scenario] | None = None,
        found: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.found = found
        self.known, self.most = known, most
        self.protocol, self.impl, self.names, self.tick = protocol, impl, names, tick
        self.where = scenarios(most) if where is None else where
        self.decisive = tuple(dict.fromkeys(names)) or tuple(name for name in known if name in protocol.claims)
        self.breaks: dict[str, list[Break]] = {}
        self.judged: dict[str, None] = {}
        self.left_out: dict[str, None] = {}
        self.exercised: set[str] = set()
        self.undecided: dict[str, None] = {}
        self.exhausted: list[Scenario] = []
        self.left, self.passed_over, self.complete = 0, 0, 0
        self.unfinished: Unfinished | None = None
        self.seconds, self.began = seconds, time.monotonic()

    def run(self) -> Hunted:
        """Hunt until no scenario is left, the time is over, or Ctrl-C. Raises GroupyError when the protocol cannot be used."""
        bound = ""
        try:
            with time_limit(self.seconds):
                self._try_other_seed()
                bound = self._search()
        except KeyboardInterrupt:
            bound = INTERRUPTED
        except TimeIsUp:
            bound = self._time_is_over()
        hunted = self._hunted(bound)
        with extra_time(), unless_time_is_up(UNCONFIRMED):
            confirm(self.protocol, self.impl, hunted.findings(), [self.known[name] for name in hunted.breaks])
        return hunted

    def _try_other_seed(self) -> None:
        """Refuse what is the user's own and no pure function; once, since each try starts an interpreter."""
        properties, _ = select(self.names, Scenario(), self.known)
        if not names_built_in(self.impl) or any(map(is_users, properties)):
            SearchRequest(self.protocol, Scenario(), properties, Limits(states=SAMPLE), impl=self.impl).run()

    def _search(self) -> str:
        for scenario in self.where:
            self.complete = size(scenario) - 1
            names = self._unbroken(scenario)
            if any(name in self.decisive for name in names):
                bound = self._explore(scenario, names)
                if bound:
                    return bound
            else:
                self.passed_over += 1
            if self._time_left() <= 0:
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
        limits = Limits(all_verdicts=False)
        self._tell(scenario, "")
        report = partial(self._report, scenario)
        result = SearchRequest(self.protocol, scenario, [self.known[name] for name in names], limits).run(report)
        violated = [finding for finding in result.findings if finding.verdict is Verdict.VIOLATED]
        for finding in violated:
            self.breaks.setdefault(finding.name, []).append(Break(scenario, finding))
            if finding.name in self.decisive:
                self.found(f"{finding.called} is violated in {counted(finding.length or 0, 'step')}: {short_phrase(scenario)}")
        self.exercised |= {finding.name for finding in result.findings if finding.exercised}
        if result.coverage.extent is Extent.EXHAUSTED:
            self.exhausted.append(scenario)
            self.undecided |= {one.name: None for one in result.findings if one.verdict is Verdict.NOT_FOUND}
            return ""
        if len(violated) == len(names):
            self.left += 1
            return ""
        self.unfinished = Unfinished(scenario, size(scenario), result.coverage)
        return INTERRUPTED if result.coverage.interrupted else self._time_is_over()

    def _report(self, scenario: Scenario, progress: Progress) -> None:
        self._tell(scenario, f" {progress.distinct:,} states, depth {progress.depth};")

    def _tell(self, scenario: Scenario, states: str) -> None:
        broken = sum(name in self.breaks for name in self.decisive)
        done, left = counted(len(self.exhausted) + self.left, "scenario"), max(0.0, self._time_left())
        self.tick(f"{short_phrase(scenario)}:{states} {done} done, {broken} broken; {left:.0f} s left")

    def _time_left(self) -> float:
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
        return Hunted(
            protocol=self.protocol.name,
            decisive=self.decisive,
            breaks=breaks,
            told=min((name for name in self.decisive if name in breaks), key=lambda name: _rank(breaks[name][0]), default=""),
            open=unbroken,
            unjudged=tuple(name for name in self.left_out if name in self.decisive),
            untested=tuple(name for name in unbroken if name not in self.exercised),
            undecided=tuple(name for name in unbroken if name in self.undecided),
            most={name: self.most[name] for name in DIMENSIONS if name in self.most},
            untried=tuple(name for name in BUDGETS if name not in DIMENSIONS or (name == RARE and not self.most.get(name))),
            exhausted=tuple(self.exhausted),
            largest=tuple(sorted(_largest(self.exhausted), key=preference)),
            left=self.left,
            passed_over=self.passed_over,
            complete=self.complete,
            seconds=time.monotonic() - self.began,
            bound=bound,
            unfinished=self.unfinished,
            labels={name: wanted.label for name, wanted in self.known.items() if wanted.label},
        )


def _largest(found: Sequence[Scenario]) -> Iterator[Scenario]:
    """Those of `found` that lie within no other one."""
    # In a group of one there is nobody to agree with: it is no large scenario.
    return (one for one in found if one.size > 1 and not any(within(one, other) and one != other for other in found))


def unbroken(hunted: Hunted, known: Mapping[str, Property] = PROPERTIES) -> Iterator[tuple[str, Scenario]]:
    """The decisive properties, each with the scenarios of which all states were seen, and none violates it."""
    for name in hunted.decisive:
        broken = [one.scenario for one in hunted.breaks.get(name, ())]
        # Workers do not come back, so what looks at them is not judged where processes do.
        where = (one for one in hunted.exhausted if not (one.recoveries and known[name].worker))
        clean = (one for one in where if not any(within(smaller, one) for smaller in broken))
        yield from ((name, with_workers(one, [known[name]])) for one in clean)


def hunted_status(hunted: Hunted, known: Mapping[str, Property] = PROPERTIES) -> int:
    """The exit status of a check with the same findings."""
    findings = [
        *hunted.findings(),
        *(finding_on(known[name], True, _verdict(hunted, name), exercised=True) for name in hunted.open),
    ]
    extent = Extent.BOUNDED if hunted.bound else Extent.EXHAUSTED
    coverage = Coverage(extent, 0, 0, 0, 0, 0, hunted.seconds, hunted.bound)
    result = Result(hunted.protocol, Scenario(), coverage, tuple(findings))
    return exit_status(result, hunted.decisive, {})


def _verdict(hunted: Hunted, name: str) -> Verdict:
    """On a property that nothing broke."""
    return Verdict.NOT_FOUND if hunted.bound or name in hunted.undecided else Verdict.HOLDS
