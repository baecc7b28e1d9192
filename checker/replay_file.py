"""A saved trace, executed again and judged: text and ITF files, both untrusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from checker.errors import UsageError
from checker.judge import Judge
from checker.loading import load_protocol
from checker.observe import Observer
from checker.options import scenario_of_words
from checker.replay import Recorder
from checker.selection import select, with_workers
from checker.semantics import Semantics
from groupy_model.actions import Action
from groupy_model.observations import OBSERVATION_TYPES
from groupy_model.protocol import Protocol
from groupy_model.scenario import Scenario
from groupy_model.trace import Trace
from groupy_model.verdict import Coverage, Extent, Finding, Result, Verdict
from reports.itf import encode_system, match, read_itf
from reports.phrases import match_line
from reports.text import parse_trace

ALL = frozenset(OBSERVATION_TYPES)
Matcher = Callable[[Iterable[Action]], Action | None]


def replay_file(path: Path, impl: str | None, names: Sequence[str]) -> Result:
    """The verdicts on the run that the file at `path` holds. Raises GroupyError with the reason when it cannot be replayed."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read {path}: {getattr(error, 'strerror', None) or error}; --replay takes a .txt or .itf.json file"
        ) from error
    read = _read_itf if text.lstrip().startswith("{") else _read_text
    try:
        trace, recorder = read(text, impl, names)
    except (ValueError, UsageError) as error:
        raise UsageError(f"{path}: {error}") from error
    return judge_trace(trace, recorder, names)


def _read_text(text: str, impl: str | None, names: Sequence[str]) -> tuple[Trace, Recorder]:
    parsed = parse_trace(text)
    protocol = load_protocol(impl or parsed.protocol)
    # Where nobody can join, workers watch and do nothing, so a text does not say whether there were any.
    scenario = scenario_of_words(parsed.flags)
    scenario = with_workers(scenario, select(names, scenario)[0])
    return _replay(protocol, scenario, [partial(match_line, line) for line in parsed.lines])


def _read_itf(text: str, impl: str | None, _: Sequence[str]) -> tuple[Trace, Recorder]:
    file = read_itf(text)
    protocol = load_protocol(impl or file.protocol)
    trace, recorder = _replay(protocol, file.scenario, [partial(match, action) for action in file.actions])
    for number, (state, system) in enumerate(zip(file.states, trace.states, strict=True)):
        if state != encode_system(system):
            raise UsageError(f"states[{number}] is not the state that the run leads to; the file was edited or is stale")
    return trace, recorder


def _replay(protocol: Protocol, scenario: Scenario, matchers: Sequence[Matcher]) -> tuple[Trace, Recorder]:
    recorder = Recorder(protocol, scenario, ALL)
    semantics = Semantics(protocol, scenario, ALL)
    system = semantics.initial()
    actions: list[Action] = []
    for number, matcher in enumerate(matchers, 1):
        action = matcher(semantics.enabled(system))
        if action is None:
            raise UsageError(f"step {number} is not possible there; was it made with another version of {protocol.name}?")
        actions.append(action)
        system = semantics.apply(system, action)
    return recorder.record(actions), recorder


def judge_trace(trace: Trace, recorder: Recorder, names: Sequence[str]) -> Result:
    """What `trace` violates, each property with the part of the run up to its first violation."""
    properties, _ = select(names, trace.scenario)
    judge = Judge(properties)
    observer = Observer(recorder, probe=True)
    for number, system in enumerate(trace.states):
        judge.look(observer.history(system, recorder.at_rest(system)), number)
    findings = []
    for wanted in properties:
        claimed = wanted.name in recorder.protocol.claims
        witness = judge.witnesses.get(wanted.name)
        if witness is None:
            exercised = wanted.name in judge.exercised
            findings.append(Finding(wanted.name, wanted.kind, claimed, Verdict.NOT_FOUND, exercised))
        else:
            part = recorder.record(trace.actions[: judge.states[wanted.name]])
            findings.append(Finding(wanted.name, wanted.kind, claimed, Verdict.VIOLATED, True, witness, part))
    steps = len(trace.steps)
    rest = sum(recorder.at_rest(system) for system in trace.states)
    coverage = Coverage(Extent.BOUNDED, steps + 1, len(set(trace.states)), 0, steps, rest, 0.0, "one run, replayed")
    return Result(trace.protocol, trace.scenario, coverage, tuple(findings))
