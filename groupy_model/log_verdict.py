"""The result of judging a log: plain data for the command line, the reports and the tests."""

from __future__ import annotations

from dataclasses import dataclass

from groupy_check.groupy_model.node import NamedNode, Node
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Kind, Verdict, Witness


@dataclass(frozen=True, slots=True)
class Indication:
    """What an application was told, as a picture shows it."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class LogPlace:
    """A line of a log, and in words what it says: `p1 delivered a1`."""

    file: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.words}"


@dataclass(frozen=True, slots=True)
class LogExcerpt(Trace):
    """A part of a log as a run: each entry is a step, and a message flies from each multicast to its deliveries.

    Its processes are called by their `names`. What is left out between two entries is the delivery of a Gap.
    """

    names: tuple[str, ...] = ()

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The processes, in order of names."""
        return tuple(NamedNode(number, name) for number, name in enumerate(self.names, start=1))


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The part of a log around a violation, and the `witness` in terms of its processes."""

    trace: LogExcerpt
    witness: Witness


@dataclass(frozen=True, slots=True)
class LogFinding:
    """What a log says of one property: HOLDS, VIOLATED, or (None) nothing, since it is `unjudged` for the reason given.

    `exercised` is as in Finding. `places` are the lines that the witness speaks of.
    """

    name: str
    kind: Kind
    sentence: str
    claimed: bool
    verdict: Verdict | None
    exercised: bool = False
    unjudged: str = ""
    witness: Witness | None = None
    places: tuple[LogPlace, ...] = ()
    neighbourhood: Neighbourhood | None = None


@dataclass(frozen=True, slots=True)
class LogResult:
    """The result of judging a log: what was read from which `files`, and what it is judged as (`claims`).

    `faults` are the lines that could not be read, `warnings` those that could, but look wrong; each names its file and line.
    """

    files: tuple[str, ...]
    claims: str
    events: int
    processes: int
    findings: tuple[LogFinding, ...]
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def finding(self, name: str) -> LogFinding:
        """The finding on the property `name`; KeyError when there is none."""
        try:
            return next(finding for finding in self.findings if finding.name == name)
        except StopIteration:
            raise KeyError(name) from None

    @property
    def decisive(self) -> tuple[LogFinding, ...]:
        """The findings on what was asked for, or on what is claimed."""
        return tuple(finding for finding in self.findings if finding.claimed)
