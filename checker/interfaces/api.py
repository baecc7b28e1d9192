"""The checker as a function, for scripts, tests and notebooks; what it returns shows itself in a notebook.

Results show themselves by classes of this package and not by formatters registered with IPython: importing changes nothing
elsewhere, every front end that knows the `_repr_*_` methods can use them, and they are tested by calling them. They cannot be
methods of `groupy_model.verdict.Result` itself, since the vocabulary knows of no reports.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from groupy_check.checker.checking.engine import FINGERPRINT_BITS, Choice, Means
from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.errors import ProtocolError, UsageError, unknown
from groupy_check.checker.inputs.parameters import settings_of
from groupy_check.checker.inputs.properties import known_properties
from groupy_check.checker.inputs.protocols import protocol_of
from groupy_check.checker.interfaces.arguments import bound, choice, names, scenario_of, seconds, whole, yes_or_no
from groupy_check.checker.judging.selection import select
from groupy_check.checker.limits import deadline
from groupy_check.checker.search.base import Limits
from groupy_check.checker.semantics.step_cache import short
from groupy_check.groupy_model.log_verdict import LogFinding, LogResult
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Beginning, CutOff, Detector, Fairness, Order, PartitionKind, Scenario, Timing
from groupy_check.groupy_model.verdict import Finding, Result, Verdict, simplest_violation
from groupy_check.reports.formats.notebook import result_html, run_html, run_svg
from groupy_check.reports.tables.log_verdicts import log_headline, print_log_result
from groupy_check.reports.wording.headline import headline
from groupy_check.reports.wording.summary import Told, print_result, run_text, story

if TYPE_CHECKING:
    from groupy_check.checker.history.book import Book
    from groupy_check.checker.history.gathering import Silence
    from groupy_check.checker.history.judgement import LogQuestion

WIDTH = 160  # columns of a result as text


@dataclass(frozen=True, slots=True, repr=False)
class CheckResult(Result):
    """A Result that shows itself: in a notebook as a table and a picture, printed as on the command line.

    `asked`: the properties asked for by name; `left_out`: those that were not judged, since they were not asked for.
    """

    asked: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def decisive(self) -> list[Finding]:
        """The findings on what was asked for, else on what the protocol claims."""
        return self.deciding(self.asked)

    def judged(self, name: str) -> Finding:
        """As `finding`, but raises UsageError, with advice, when `name` was not judged."""
        try:
            return self.finding(name)
        except KeyError:
            hint = f"{name} was not judged here; ask for it with properties=[{name!r}]"
            known = known_properties([])
            raise UsageError(hint if name in known else unknown("property", name, known)) from None

    def show(self, name: str = "") -> TraceView:
        """The run that violates the property `name`, by default the one of `decisive` with the shortest run.

        Raises UsageError when there is none.
        """
        finding = self.judged(name) if name else simplest_violation(self.decisive)
        if finding is None or finding.verdict is not Verdict.VIOLATED:
            raise UsageError(f"{name or 'what the protocol claims'} is not violated here: there is no run to show")
        return TraceView(finding)

    def __repr__(self) -> str:
        violated = ", ".join(finding.name for finding in self.decisive if finding.verdict is Verdict.VIOLATED)
        return f"<{headline(self, self.asked)}; violated: {violated or 'nothing'}>"

    def __str__(self) -> str:
        text = io.StringIO()
        console = Console(file=text, width=WIDTH, force_terminal=False)
        print_result(console, self, Told(self.asked, left_out=self.left_out, whole=True))
        return text.getvalue()

    def _repr_html_(self) -> str:
        return result_html(self, self.asked, self.left_out)


@dataclass(frozen=True, slots=True, repr=False)
class TraceView:
    """The run of a violated `finding`: in a notebook as a picture with its story, printed as the text that can be replayed."""

    finding: Finding

    def __repr__(self) -> str:
        return f"<the run of {self.finding.length} steps that violates {self.finding.name}>"

    def __str__(self) -> str:
        return f"{run_text(self.finding)}\n{story(self.finding)}\n"

    def _repr_svg_(self) -> str:
        return run_svg(self.finding)

    def _repr_html_(self) -> str:
        return run_html(self.finding)


def check(
    impl: str | Protocol | type[Protocol], *,
    nodes: int = 3, messages: int = 2, crashes: int = 1, joins: int = 0, leaves: int = 0, drops: int = 0, duplicates: int = 0,
    suspicions: int = 0, partitions: int = 0, timeouts: int | None = None, detector: Detector | str = Detector.PERFECT,
    order: Order | str = Order.FIFO, timing: Timing | str = Timing.AT_REST, beginning: Beginning | str = Beginning.FORMED,
    fairness: Fairness | str = Fairness.MAILBOX, worker: bool = False, recoveries: int = 0, spurious: int = 0,
    partition_kind: PartitionKind | str = PartitionKind.COMPLETE, cut_off: CutOff | str = CutOff.LOST,
    properties: Sequence[str] = (), depth: int | None = None, max_states: int | None = None,
    time_limit: float | None = None, memory_limit: int | None = None,
    engine: Choice | str = Choice.AUTOMATIC, workers: int = 1, exact: bool = False, fingerprint_bits: int = 64,
) -> CheckResult:  # fmt: skip
    """Try every run of a protocol in a scenario, and judge each property.

    `impl`: a protocol, its class, or a text as --impl takes it. From `nodes` to `cut_off`: the fields of Scenario, of
    enums also the word. `properties`: what to judge, by default all. The rest are limits, as on the command line: steps,
    distinct states, seconds, MB. The means of the search: see checker/checking/engine.py. Ctrl-C ends the search with what is
    known so far. Raises GroupyError, with the reason, for what cannot be used.

    >>> from groupy_check import check
    >>> result = check("gms2", messages=1, properties=["integrity", "agreement"])
    >>> result
    <gms2: VIOLATED 1 of 2 properties asked for (all reachable states seen); violated: agreement>
    >>> result.finding("agreement").witness.text
    'p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}'
    """
    given = locals()  # all fields of a Scenario are arguments
    scenario = scenario_of({field.name: given[field.name] for field in fields(Scenario)})
    asked = names("properties", properties)
    limits = Limits(
        bound("depth", depth), bound("max_states", max_states), seconds("time_limit", time_limit),
        bound("memory_limit", memory_limit), all_verdicts=not asked,
    )  # fmt: skip
    bits = whole("fingerprint_bits", fingerprint_bits, FINGERPRINT_BITS[0])
    if bits not in FINGERPRINT_BITS:
        raise UsageError(f"fingerprint_bits is {bits}; take one of {', '.join(map(str, FINGERPRINT_BITS))}")
    means = Means(choice(Choice, engine), whole("workers", workers, 1), yes_or_no("exact", exact), fingerprint_bits=bits)
    with deadline.time_limit(limits.seconds):
        return _checked(impl, scenario, asked, limits, means)


def _checked(
    impl: str | Protocol | type[Protocol], scenario: Scenario, asked: tuple[str, ...], limits: Limits, means: Means
) -> CheckResult:
    if not isinstance(impl, str | Protocol | type):
        raise ProtocolError(f"impl must be a name, a file, or the class of a protocol, not {short(impl)}")
    try:
        protocol = protocol_of(impl)
        wanted, left_out = select(asked, scenario, known_properties(asked, protocol))
    except deadline.TimeIsUp as late:
        raise ProtocolError(f"the time limit is over before anything could be known: {late}") from late
    found = SearchRequest(protocol, scenario, wanted, limits, means, _loadable(impl, protocol)).run()
    return CheckResult(
        found.protocol, found.scenario, found.coverage, found.findings, found.warnings, found.effects, found.recovered,
        asked, tuple(left_out),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class JudgedLog(LogResult):
    """A LogResult that shows itself, printed as on the command line."""

    def judged(self, name: str) -> LogFinding:
        """As `finding`, but raises UsageError, with advice, when there is none."""
        try:
            return self.finding(name)
        except KeyError:
            hint = f"{name} was not judged here; ask for it with properties=[{name!r}]"
            known = known_properties([])
            raise UsageError(hint if name in known else unknown("property", name, known)) from None

    def __repr__(self) -> str:
        violated = ", ".join(finding.name for finding in self.decisive if finding.verdict is Verdict.VIOLATED)
        return f"<{log_headline(self)}; violated: {violated or 'nothing'}>"

    def __str__(self) -> str:
        text = io.StringIO()
        print_log_result(Console(file=text, width=WIDTH, force_terminal=False), self, {})
        return text.getvalue()


def judge(
    *logs: str | Path, claims: str = "primary", properties: Sequence[str] = (), silent: Silence | str = "unknown",
    at_rest: bool = False, settle: float | None = None,
) -> JudgedLog:  # fmt: skip
    """Judge the log of a real system, in the format groupy-log 1: one file or several.

    `claims`: the kind of system (primary, evs, weak, atomic), or a built-in protocol; `properties`: what to judge, by default
    all. `silent`: whether processes whose lines stop have crashed; `at_rest`: the log goes on until nothing more happens;
    `settle`: what is expected in the end comes about within so many seconds. Raises GroupyError for what cannot be used; a line
    that cannot be read is one of the result's `faults`.
    """
    from groupy_check.checker.history.gathering import Silence, gather  # noqa: PLC0415 - what reads logs imports a lot
    from groupy_check.checker.history.judgement import judge_log  # noqa: PLC0415

    if not all(isinstance(log, str | Path) for log in logs):
        raise UsageError('judge: each file is an argument of its own: judge("p1.jsonl", "p2.jsonl"), or judge(*files)')
    asked = names("properties", properties)
    question = log_question(claims, asked, choice(Silence, silent), yes_or_no("at_rest", at_rest), seconds("settle", settle))
    result = judge_log(gather(opened_logs([str(log) for log in logs])), question)
    return JudgedLog(**{field.name: getattr(result, field.name) for field in fields(LogResult)})


def log_question(
    claims: str, asked: Sequence[str], silence: Silence, at_rest: bool, settle: float | None, growing: bool = False
) -> LogQuestion:
    """How to judge a log, from what a user typed. Raises UsageError."""
    from groupy_check.checker.history.claims import claims_named  # noqa: PLC0415
    from groupy_check.checker.history.judgement import LogQuestion  # noqa: PLC0415

    known = known_properties(asked)
    for name in asked:
        if name not in known:
            raise UsageError(unknown("property", name, known))
    return LogQuestion(claims_named(claims), known, tuple(dict.fromkeys(asked)), silence, at_rest, settle, growing)


def opened_logs(logs: Sequence[str]) -> Book:
    """What the files say. Raises UsageError when there is none, or when one cannot be opened."""
    from groupy_check.checker.history.reading import read_logs  # noqa: PLC0415

    if not logs:
        raise UsageError("which log? name its files, or - for standard input")
    try:
        return read_logs(logs)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{getattr(error, 'filename', None) or logs[0]}: {reason}; name the files of a log") from error


def _loadable(impl: str | Protocol | type[Protocol], protocol: Protocol) -> str:
    """The text with which another interpreter can load `impl`; "" where that would find nothing, or another one."""
    if isinstance(impl, str):
        return impl
    kind = impl if isinstance(impl, type) else type(impl)
    found = kind.__module__ != "__main__" and "." not in kind.__qualname__
    alike = isinstance(impl, type) or (is_dataclass(kind) and settings_of(protocol) is not None)
    return protocol.name if found and alike else ""
