"""Executes a saved trace again and judges it: text and ITF files, both untrusted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from groupy_check.checker.counterexamples.minimise import minimised
from groupy_check.checker.errors import ProtocolError, UsageError, unknown
from groupy_check.checker.inputs.parameters import names_built_in
from groupy_check.checker.inputs.properties import known_properties
from groupy_check.checker.inputs.protocols import protocol_of
from groupy_check.checker.inputs.scenario_flags import scenario_of_words
from groupy_check.checker.judging.fair_cycles import repeats
from groupy_check.checker.judging.findings import finding_on
from groupy_check.checker.judging.selection import select, with_workers
from groupy_check.checker.judging.whole_run import distinct, first_violations
from groupy_check.checker.limits.deadline import TimeIsUp, bound_of_time, extra_time
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, recovers
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import INTERRUPTED, Coverage, Extent, Finding, Result, Verdict
from groupy_check.reports.formats.itf import encode_system, match, read_itf
from groupy_check.reports.wording.phrases import match_line
from groupy_check.reports.wording.trace_text import parse_trace
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

ALL = frozenset(OBSERVATION_TYPES)
Matcher = Callable[[Iterable[Action]], Action | None]
Impl = str | Protocol | type[Protocol] | None


def read_run(
    path: Path, impl: Impl, names: Sequence[str], known: Mapping[str, Property] = PROPERTIES
) -> tuple[Trace, Recorder]:
    """The run in the file at `path`, and the recorder that recorded it. Raises GroupyError when the file holds none.

    `impl` is loaded instead of the protocol that the file names. The properties that will be judged are those of `names`,
    all of which are `known`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot read {path}: {getattr(error, 'strerror', None) or error}; --replay takes a .txt or .itf.json file"
        ) from error
    try:
        return _read(text, impl, names, known)
    except (UsageError, ProtocolError) as error:
        kind = ProtocolError if isinstance(error, ProtocolError) else UsageError
        raise kind(f"{path}: {error}") from error


def replay_text(text: str, impl: Impl = None, names: Sequence[str] = ()) -> Result:
    """The verdicts on the run in `text`, the content of a .txt or .itf.json file; by default on all properties.

    `impl`, as `check` takes it, is used instead of the protocol that the text names. Raises GroupyError.
    """
    protocol = None if impl is None else protocol_of(impl)
    known = known_properties(names, *([] if protocol is None else [protocol]))
    return judge_trace(*_read(text, protocol, names, known), names, known)


def _read(text: str, impl: Impl, names: Sequence[str], known: Mapping[str, Property]) -> tuple[Trace, Recorder]:
    try:
        return _read_itf(text, impl) if text.lstrip().startswith("{") else _read_text(text, impl, names, known)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _read_text(text: str, impl: Impl, names: Sequence[str], known: Mapping[str, Property]) -> tuple[Trace, Recorder]:
    parsed = parse_trace(text)
    protocol = _protocol(impl, parsed.protocol)
    # When no process can join, the workers only watch, so a text does not say whether there were any.
    scenario = scenario_of_words(parsed.flags)
    scenario = with_workers(scenario, select(names, scenario, known)[0])
    return _replay(protocol, scenario, line_matchers(parsed.lines), parsed.loop)


def _read_itf(text: str, impl: Impl) -> tuple[Trace, Recorder]:
    file = read_itf(text)
    protocol = _protocol(impl, file.protocol)
    trace, recorder = _replay(protocol, file.scenario, [partial(match, action) for action in file.actions], file.loop)
    for number, (state, system) in enumerate(zip(file.states, trace.states, strict=True)):
        if state != encode_system(system):
            raise UsageError(f"states[{number}] is not the state that the run leads to; the file was edited or is stale")
    return trace, recorder


def _protocol(impl: Impl, named: str) -> Protocol:
    """`impl`, or the built-in protocol that the file names: a file is untrusted and must not load any other."""
    if impl is None and not names_built_in(named):
        own = named.endswith((".py", ".erl")) or ":" in named
        what = f"the trace is a run of {named}, which is not built in" if own else unknown("protocol", named, PROTOCOLS)
        raise ProtocolError(f"{what}; name the file of your own protocol with --impl")
    return protocol_of(named if impl is None else impl)


def _replay(protocol: Protocol, scenario: Scenario, matchers: Sequence[Matcher], loop: int | None) -> tuple[Trace, Recorder]:
    recorder = Recorder(protocol, scenario, ALL)
    trace = recorder.record(matched(protocol, scenario, matchers))
    if loop is not None and not repeats(recorder.semantics, trace, loop):
        fair = f"a fair run (--fairness {scenario.fairness.value})"
        raise UsageError(
            f"the steps after step {loop} do not repeat forever in {fair}; the file was edited or is of another version"
        )
    return replace(trace, loop=loop), recorder


def line_matchers(lines: Iterable[str]) -> list[Matcher]:
    """Matchers that each find the action that one of `lines` describes."""
    return [partial(match_line, line) for line in lines]


def matched(protocol: Protocol, scenario: Scenario, matchers: Sequence[Matcher]) -> list[Action]:
    """The actions of the run in which each of `matchers` picks the next action from those that are enabled.

    Raises UsageError when one finds none, ValueError when it cannot tell two apart.
    """
    semantics = Semantics(protocol, scenario, ALL)
    system = semantics.initial()
    actions: list[Action] = []
    for number, matcher in enumerate(matchers, 1):
        action = matcher(semantics.enabled(system)) or matcher(semantics.impatient().enabled(system))
        if action is None:
            raise UsageError(f"step {number} is not possible there; was it made with another version of {protocol.name}?")
        actions.append(action)
        system = semantics.apply(system, action)
    return actions


def judge_trace(trace: Trace, recorder: Recorder, names: Sequence[str], known: Mapping[str, Property] = PROPERTIES) -> Result:
    """The verdicts on `trace`, each violated property with the run up to its first violation."""
    properties, _ = select(names, trace.scenario, known)
    judge = first_violations(recorder.semantics, trace, properties)
    findings = []
    for wanted in properties:
        claimed = wanted.name in recorder.protocol.claims
        witness = judge.witnesses.get(wanted.name)
        if witness is None:
            exercised = wanted.name in judge.exercised
            findings.append(finding_on(wanted, claimed, Verdict.NOT_FOUND, exercised))
        else:
            part = _part(trace, recorder, judge.states[wanted.name])
            findings.append(finding_on(wanted, claimed, Verdict.VIOLATED, True, witness, part))
    steps = len(trace.steps)
    rest = sum(recorder.semantics.at_rest(system) for system in trace.states)
    coverage = Coverage(Extent.REPLAYED, steps + 1, distinct(trace.states), 0, steps, rest, 0.0)
    recovered = any(map(recovers, trace.actions))
    return Result(trace.protocol, trace.scenario, coverage, tuple(findings), recovered=recovered)


def _part(trace: Trace, recorder: Recorder, end: int) -> Trace:
    """`trace` up to state number `end`. What is judged at the end of a run that repeats forever is shown by all of it."""
    return trace if end == len(trace.steps) else recorder.record(trace.actions[:end])


def least_runs(result: Result, protocol: Protocol, known: Mapping[str, Property] = PROPERTIES) -> Result:
    """`result`, the verdicts on a run of `protocol`, with the run minimised for each violation.

    Once the time is up, or at Ctrl-C, runs are left as they are by then, and a warning says so: the verdicts are known.
    """
    findings, stopped = [], ""
    for finding in result.findings:
        least, stopped = (finding, stopped) if stopped or finding.trace is None else _least(finding, protocol, known)
        findings.append(least)
    said = (f"runs may be longer than they need be: making them small was {stopped}",) if stopped else ()
    coverage = replace(result.coverage, bound="minimised")
    return replace(result, findings=tuple(findings), coverage=coverage, warnings=(*result.warnings, *said))


def _least(finding: Finding, protocol: Protocol, known: Mapping[str, Property]) -> tuple[Finding, str]:
    """`finding` with the least run that could be found, and what has ended the search for a smaller one: "" for nothing."""
    assert finding.trace is not None
    wanted, least, stopped = known[finding.name], deque([finding.trace], maxlen=1), ""
    try:
        least.append(minimised(finding.trace, protocol, wanted, least.append))
    except TimeIsUp:
        stopped = f"stopped after {bound_of_time()}"
    except KeyboardInterrupt:
        stopped = INTERRUPTED
    if least[0] is finding.trace:
        return finding, stopped
    with extra_time():
        witness = first_violations(Semantics(protocol, least[0].scenario, ALL), least[0], [wanted]).witnesses[wanted.name]
    return replace(finding, trace=least[0], witness=witness), stopped
