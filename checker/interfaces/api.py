"""The checker as a function, for scripts, tests and notebooks; what it returns shows itself in a notebook.

Results show themselves by classes of this package and not by formatters registered with IPython: importing changes nothing
elsewhere, every front end that knows the `_repr_*_` methods can use them, and they are tested by calling them. They cannot be
methods of `groupy_model.verdict.Result` itself, since the vocabulary knows of no reports.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from rich.console import Console

from groupy_check.checker.engine import Choice, Means
from groupy_check.checker.errors import UsageError, unknown
from groupy_check.checker.exit_status import decisive, first_violation
from groupy_check.checker.inputs.properties import known_properties
from groupy_check.checker.inputs.protocols import protocol_of
from groupy_check.checker.judging.selection import select
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search_request import SearchRequest
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from groupy_check.groupy_model.verdict import Finding, Result, Verdict
from groupy_check.reports.formats.notebook import result_html, run_html, run_svg
from groupy_check.reports.wording.summary import headline, print_result, run_text, story
from groupy_check.specs.registry import PROPERTIES

WIDTH = 160  # columns of a result as text

Word = TypeVar("Word", bound=Enum)


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
        return decisive(self, self.asked)

    def judged(self, name: str) -> Finding:
        """As `finding`, but raises UsageError, with advice, when `name` was not judged."""
        try:
            return self.finding(name)
        except KeyError:
            hint = f"{name} was not judged here; ask for it with properties=[{name!r}]"
            raise UsageError(hint if name in PROPERTIES else unknown("property", name, PROPERTIES)) from None

    def show(self, name: str = "") -> TraceView:
        """The run that violates the property `name`, by default the first of `decisive` that is violated.

        Raises UsageError when there is none.
        """
        finding = self.judged(name) if name else first_violation(self.decisive)
        if finding is None or finding.verdict is not Verdict.VIOLATED:
            raise UsageError(f"{name or 'what the protocol claims'} is not violated here: there is no run to show")
        return TraceView(finding)

    def __repr__(self) -> str:
        violated = ", ".join(finding.name for finding in self.decisive if finding.verdict is Verdict.VIOLATED)
        return f"<{headline(self)}; violated: {violated or 'nothing'}>"

    def __str__(self) -> str:
        text = io.StringIO()
        console = Console(file=text, width=WIDTH, force_terminal=False)
        print_result(console, self, self.decisive, {}, self.left_out)
        return text.getvalue()

    def _repr_html_(self) -> str:
        return result_html(self, self.decisive, self.left_out)


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
    worker: bool = False, properties: Sequence[str] = (), depth: int | None = None, max_states: int | None = None,
    time_limit: float | None = None, memory_limit: int | None = None,
    engine: Choice | str = Choice.AUTOMATIC, workers: int = 1, exact: bool = False,
) -> CheckResult:  # fmt: skip
    """Try every run of a protocol in a scenario, and judge each property.

    `impl`: a protocol, its class, or a text as --impl takes it. From `nodes` to `worker`: the fields of Scenario, of enums also
    the word. `properties`: what to judge, by default all. The rest are limits, as on the command line: steps, distinct states,
    seconds, MB. `engine`, `workers`, `exact`: see checker/engine.py. Ctrl-C ends the search with what is known so far.
    Raises GroupyError, with the reason, for what cannot be used.

    >>> from groupy_check import check
    >>> result = check("gms2", messages=1, properties=["integrity", "agreement"])
    >>> result
    <gms2: EXHAUSTED: all reachable states were seen; violated: agreement>
    >>> result.finding("agreement").witness.text
    'p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}'
    """
    try:
        scenario = Scenario(
            nodes, messages, crashes, joins, leaves, drops, duplicates, suspicions, partitions, timeouts,
            _choice(Detector, detector), _choice(Order, order), _choice(Timing, timing), _choice(Beginning, beginning), worker,
        )  # fmt: skip
    except ValueError as error:
        raise UsageError(str(error)) from error
    limits = Limits(depth, max_states, time_limit, memory_limit, all_verdicts=not properties)
    _refuse_bounds(depth, max_states, time_limit, memory_limit)
    protocol = protocol_of(impl)
    wanted, left_out = select(properties, scenario, known_properties(properties))
    means = Means(_choice(Choice, engine), workers, exact)
    found = SearchRequest(protocol, scenario, wanted, limits, means, _loadable(impl, protocol)).run()
    return CheckResult(
        found.protocol, found.scenario, found.coverage, found.findings, found.warnings, tuple(properties), tuple(left_out)
    )


def _refuse_bounds(*bounds: float | None) -> None:
    for bound in bounds:
        if bound is not None and bound <= 0:
            raise UsageError(f"a limit must be above zero, not {bound}; leave it out for no limit")


def _choice(kind: type[Word], value: Word | str) -> Word:
    try:
        return kind(value)
    except ValueError:
        raise UsageError(unknown(kind.__name__.lower(), str(value), [member.value for member in kind])) from None


def _loadable(impl: str | Protocol | type[Protocol], protocol: Protocol) -> str:
    """The text with which another interpreter can load `impl`; "" for instances and for classes without a name to find."""
    if isinstance(impl, str):
        return impl
    found = isinstance(impl, type) and impl.__module__ != "__main__" and "." not in impl.__qualname__
    return protocol.name if found else ""
