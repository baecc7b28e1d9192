"""`groupy catch`: is a property worth anything? It must hold on every correct protocol, and be violated by every mutant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from groupy_check.checker.checking.engine import Engine
from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.counterexamples.output_files import Beside, check_directory, older_files, write_findings, write_pages
from groupy_check.checker.errors import ProtocolError, UsageError, unknown
from groupy_check.checker.exit_status import FINE, NOTHING_FOUND, UNMET
from groupy_check.checker.inputs.properties import known_properties
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.selection import select, with_workers
from groupy_check.checker.search.base import Limits, Progress
from groupy_check.checker.search.progress_line import Ticker, line
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Result, Verdict
from groupy_check.reports.tables.mutation_trial import TrialRow, TrialTable
from groupy_check.specs.property import Property

Known = Callable[..., Mapping[str, Property]]  # as known_properties
MUTANT = "~"  # in the name of a protocol with a planted bug


@dataclass(frozen=True, slots=True)
class Subject:
    """A protocol that the property is tried on, and what is expected; `label` is what the user sees of its name."""

    impl: str
    expected: Verdict
    label: str

    @property
    def secret(self) -> bool:
        """Neither its name is shown, nor how it violates the property."""
        return self.label != self.impl


@dataclass(frozen=True, slots=True)
class Lineup:
    """What a property is tried on; `left_out` are those of a `gms3~*` that cannot form the group, so that nothing happens."""

    subjects: tuple[Subject, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubjectNames:
    """What a property is tried on, as --correct and --mutants name it; `hidden` mutants are numbered instead of named."""

    correct: tuple[str, ...]
    mutants: tuple[str, ...]
    hidden: bool


@dataclass(frozen=True, slots=True)
class CatchRequest:
    """Try the property that `name` names on `subjects` under `scenario`, within `limits` for each.

    `out` is the directory of the files, `pictures` are their formats; `quiet`: no files are written.
    """

    name: str
    subjects: SubjectNames
    scenario: Scenario
    limits: Limits
    out: Path
    pictures: tuple[str, ...]
    quiet: bool


def lineup(subjects: SubjectNames, scenario: Scenario) -> Lineup:
    """All that `subjects` name, each once. Raises GroupyError when they name nothing, or something twice."""
    (good, lost), (bad, more) = (
        expanded(names, flag, scenario) for flag, names in (("--correct", subjects.correct), ("--mutants", subjects.mutants))
    )
    both = [name for name in good if name in bad]
    if both:
        raise UsageError(f"{both[0]} is named both as correct and as a mutant; drop one of the two")
    labels = [f"mutant {number} of {len(bad)}" for number in range(1, len(bad) + 1)] if subjects.hidden else bad
    correct = (Subject(name, Verdict.HOLDS, name) for name in good)
    mutants = (Subject(name, Verdict.VIOLATED, label) for name, label in zip(bad, labels, strict=True))
    left_out = [*lost, *("a mutant" if subjects.hidden else name for name in more)]
    return Lineup((*correct, *mutants), tuple(left_out))


def expanded(names: Sequence[str], flag: str, scenario: Scenario) -> tuple[list[str], list[str]]:
    """`names` with the protocols that each `*` stands for, as the registry has them, and those left out of the latter.

    `flag` is where they were named. Raises ProtocolError for what is not a protocol.
    """
    found: dict[str, None] = {}
    left_out: dict[str, None] = {}
    for name in names:
        if "*" not in name:
            load_protocol(name, flag)
            found[name] = None
            continue
        matching = [known for known in PROTOCOLS if fnmatchcase(known, name)]
        if not matching:
            families = dict.fromkeys(f"{known.partition(MUTANT)[0]}{MUTANT}*" for known in PROTOCOLS if MUTANT in known)
            raise ProtocolError(unknown("set of protocols", name, families))
        for known in matching:
            (found if _forms_a_group(known, scenario) else left_out)[known] = None
    return list(found), list(left_out)


def _forms_a_group(name: str, scenario: Scenario) -> bool:
    try:
        Semantics(load_protocol(name), scenario).initial()
    except ProtocolError:
        return False
    return True


class PropertyTrial:
    """One property, tried on one protocol after the other under `scenario`, within `limits` for each."""

    def __init__(
        self, name: str, scenario: Scenario, limits: Limits, engine: type[Engine] = Engine, known_of: Known = known_properties
    ) -> None:
        self.engine, self.known_of = engine, known_of
        self.name, self.scenario, self.limits = name, scenario, replace(limits, all_verdicts=False)
        self._load()

    def of(self, subject: Subject, tick: Ticker) -> tuple[Protocol, TrialRow]:
        """What the property finds of `subject`. Raises GroupyError when that or the property cannot be used."""
        try:
            protocol = load_protocol(subject.impl)
            if subject.impl not in PROTOCOLS:
                self._load(protocol)
            result = self._searched(subject, protocol, tick)
        except ProtocolError as error:
            if subject.secret:
                raise ProtocolError(f"{subject.label} cannot be used; leave out --hidden to see why") from error
            raise
        if result.coverage.interrupted:
            raise KeyboardInterrupt
        return protocol, TrialRow(subject.label, subject.expected, result.finding(self.wanted.name))

    def _load(self, *protocols: Protocol) -> None:
        """Load the property, to judge `protocols`."""
        self.known = self.known_of([self.name], *protocols)
        (self.wanted,), _ = select([self.name], self.scenario, self.known)

    def _searched(self, subject: Subject, protocol: Protocol, tick: Ticker) -> Result:
        tick(subject.label)

        def report(progress: Progress) -> None:
            tick(f"{subject.label}: {line(progress, self.limits)}")

        # The property itself is tried with another hash seed once, on what is correct; each try starts an interpreter.
        known = subject.impl in PROTOCOLS and subject.expected is Verdict.VIOLATED
        impl = "" if known else subject.impl
        return SearchRequest(protocol, self.scenario, [self.wanted], self.limits, impl=impl).run(report, self.engine)


def attempts(
    request: CatchRequest, tick: Ticker, engine: type[Engine] = Engine, known_of: Known = known_properties
) -> TrialTable:
    """Try the property, which `known_of` loads, on everything, and write the files. Raises GroupyError."""
    trial = PropertyTrial(request.name, request.scenario, request.limits, engine, known_of)
    tried = lineup(request.subjects, request.scenario)
    check_directory(request.out)
    return TrialTable(request.name, tuple(_tried(trial, tried.subjects, request, tick)), tried.left_out)


def _tried(trial: PropertyTrial, listed: Sequence[Subject], request: CatchRequest, tick: Ticker) -> Iterator[TrialRow]:
    beside = Beside(protocols=tuple(subject.impl for subject in listed))
    for subject in listed:
        protocol, attempt = trial.of(subject, tick)
        if subject.secret or request.quiet:
            yield attempt
            continue
        pictures = write_findings([attempt.finding], request.out, request.pictures, beside)
        write_pages([attempt.finding], request.out, protocol, {}, trial.known, beside)
        broken = attempt.finding.verdict is Verdict.VIOLATED
        unbroken = [] if broken else [(trial.wanted.name, with_workers(trial.scenario, [trial.wanted]))]
        older = older_files(protocol.name, unbroken, request.out, beside)
        yield replace(attempt, picture=pictures.get(trial.wanted.name, ""), older=older)


def status_of(found: TrialTable) -> int:
    """0 when all is as expected, 3 when only a bound left it open, else 1."""
    surprises = [one for one in found.rows if not one.met]
    if not surprises:
        return FINE
    return NOTHING_FOUND if all(one.open for one in surprises) else UNMET
