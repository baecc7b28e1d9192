"""The process that judges one submission: code of strangers, which may crash, loop, print, eat memory, and mean harm.

It reads a PlayersPart, an Assignment and a nonce from stdin, and writes to stdout the nonce and one JSON object: "problem", or

    entries      by column a verdict, a length, and whether it is vacuous
    shown        the column whose violation is explained and drawn, or ""
    explanation  what is wrong, or why it is not known
    picture      its path, or ""
    built_in     the protocol of ours whose step it has, or ""
    started      whether processes were ended that the submission had started

The submission itself runs in processes that are forked from this one (`player.py`), which never have the file that the verdict
is written to, nor the rest of stdin: what is expected, and the nonce, without which no verdict is believed. One is searched, a
second one replays what was found. When there is a verdict, these processes and all that they have started are ended.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from groupy_check.checker.checking.engine import FEW, Engine
from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.counterexamples.output_files import Beside, errors_about, write_findings
from groupy_check.checker.errors import GroupyError, TooLargeError
from groupy_check.checker.exit_status import parse_expectations, split_expectation
from groupy_check.checker.inputs.other_interpreters.confirmation import refuse_differing
from groupy_check.checker.inputs.other_interpreters.run_from_nothing import divergence, retold
from groupy_check.checker.inputs.properties import known_properties
from groupy_check.checker.judging.selection import select
from groupy_check.checker.semantics.step_cache import short
from groupy_check.checker.teaching.assignment import NO_VERDICT, Assignment, PlayersPart, confine
from groupy_check.checker.teaching.descendants import adopt_orphans, close_to_others, end_children
from groupy_check.checker.teaching.explanation import explained, what_is_wrong
from groupy_check.checker.teaching.mutation_trial import CatchRequest, attempts
from groupy_check.checker.teaching.remote import NoVerdictError, Remote, built_in_step, remote_property, remote_protocol
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.verdict import Finding, Verdict, simplest_violation
from groupy_check.reports.atomic_write import write_text
from groupy_check.reports.wording.summary import run_text, story, undrawn_lines
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

if TYPE_CHECKING:
    from groupy_check.checker.native.search import NativeExplorer

Verdicts = dict[str, Any]
NONCE, DIGITS = 32, 12  # bytes of the nonce, and of the length of what is packed
OTHER_ENGINE = "take --engine reference"  # which grade has no flag for
GRACE = 2.0  # seconds in which a submission that is late may say where it is


@dataclass(frozen=True, slots=True)
class Players:
    """The processes of a submission: the one that is searched, and one that replays what was found there."""

    searched: Remote
    fresh: Remote


class Confined(Engine):
    """An engine that lifts the limit on memory where it moves over: the native one reserves far more than it ever uses.

    From there on the limits of the search watch over memory alone. Where there is no room for it, few states do without it.
    """

    def native(self) -> NativeExplorer:
        confine(resource.RLIM_INFINITY)
        try:
            return super().native()
        except TooLargeError as error:
            raise TooLargeError(str(error).replace(OTHER_ENGINE, f"take --max-states {FEW}")) from error


def judged(task: Assignment, players: Players, keep: Callable[[Verdicts], None]) -> None:
    """Judge the submission, and `keep` what is found as soon as it is. Raises GroupyError, NoVerdictError."""
    (caught if task.request.subjects.mutants else checked)(task, players, keep)


def checked(task: Assignment, players: Players, keep: Callable[[Verdicts], None]) -> None:
    """Judge it as a protocol."""
    remote = players.searched
    request, scenario = task.request, task.request.scenario
    known = known_properties([*request.names, *(split_expectation(text)[0] for text in request.expect)])
    expected = parse_expectations(request.expect, known)
    properties, _ = select([*expected, *request.names], scenario, known)
    protocol = remote_protocol(remote)
    built_in = built_in_step(remote)
    result = SearchRequest(protocol, scenario, properties, task.limits(), impl=task.file).run(engine=Confined)
    violated = [finding for finding in result.findings if finding.witness is not None]
    _replayed(protocol, players.fresh, violated)
    told = simplest_violation(violated, expected)
    found = {
        "entries": {finding.called: _entry(finding, untested=finding.vacuous) for finding in result.findings},
        "shown": told.called if told else "",
        "explanation": explained(result, told, expected, known),
        "picture": "",
        "built_in": built_in,
    }
    keep(found)
    remote.look_for_copies()
    drawn = _drawn(task, remote, protocol, [finding for finding in violated if finding.has_run])
    if told is not None and told.name in drawn:
        picture, where = drawn[told.name]
        keep({**found, "picture": picture, "explanation": explained(result, told, expected, known, where)})


def _replayed(protocol: Protocol, fresh: Remote, violated: Sequence[Finding]) -> None:
    """Replay the runs that were found, by a process which has never called the submission. Raises ProtocolError."""
    runs = [retold(protocol, finding.trace, finding.name) for finding in violated if finding.trace is not None]
    if runs:
        again = remote_protocol(fresh)
        refuse_differing(again, runs, [divergence(again, run) for run in runs])


def _drawn(task: Assignment, remote: Remote, protocol: Protocol, violated: Sequence[Finding]) -> Mapping[str, tuple[str, str]]:
    """The pictures of the runs, by property, and where in the submission they go wrong.

    The submission's process replays and draws them, with its own values.
    """
    beside = Beside(properties=tuple(one.name for one in violated))
    scenarios = {one.name: one.trace.scenario for one in violated if one.trace is not None}
    stems = {name: beside.stem(name, protocol.name, scenarios[name], task.out) for name in beside.properties}
    with errors_about(task.out):
        for finding in violated:
            task.out.mkdir(parents=True, exist_ok=True)
            write_text(Path(f"{stems[finding.name]}.txt"), f"{run_text(finding)}\n# {story(finding)}\n")
    pictures = {name: f"{stem}.{task.request.pictures[0]}" for name, stem in stems.items()}
    places: Sequence[str] = ()
    with suppress(NoVerdictError):
        places = remote.draw([(name, f"{stem}.txt") for name, stem in stems.items()])
    for finding in violated:
        if not Path(pictures[finding.name]).is_file():  # a text that does not replay, or a process that has ended
            write_findings([finding], task.out, task.request.pictures, beside)
            Path(f"{stems[finding.name]}.itf.json").unlink()  # which has the values themselves, and they are not here
    return {name: (pictures[name], place) for name, place in zip_longest(pictures, places, fillvalue="") if name}


def caught(task: Assignment, players: Players, keep: Callable[[Verdicts], None]) -> None:
    """Judge it as a property, by the mutants that it catches."""
    request, remote = task.request, players.searched
    wanted = remote_property(remote)
    catching = CatchRequest(
        task.file, request.subjects, request.scenario, task.limits(), task.out, request.pictures, request.quiet
    )

    def known(_names: Sequence[str], *_protocols: Protocol) -> Mapping[str, Property]:
        return {**PROPERTIES, wanted.name: wanted}

    found = attempts(catching, lambda _: None, Confined, known).rows
    remote.look_for_copies()
    violated = [one for one in found if one.finding.witness is not None]
    wrong = [one for one in violated if one.expected is Verdict.HOLDS]
    shown = min(wrong or violated, key=lambda one: one.finding.length or 0, default=None)
    missed = [one.label for one in found if one.told == "missed"]
    why = f"violated by {shown.label}: {what_is_wrong(shown.finding)}" if shown and wrong else ""
    undrawn = [*undrawn_lines({shown.label: shown.finding})] if shown else []
    told_missed = f"missed: {', '.join(missed)}" if missed else ""
    keep(
        {
            "entries": {one.label: _entry(one.finding, untested=False) for one in found},
            "shown": shown.label if shown else "",
            "explanation": why or "; ".join(filter(None, (told_missed, *undrawn))),
            "picture": shown.picture if shown else "",
            "built_in": "",
        }
    )


def _entry(finding: Finding, *, untested: bool) -> Sequence[str | int | None]:
    return finding.verdict.value, finding.length, untested


# --- the process -------------------------------------------------------------------------------------------------------


class Grader:
    """Judges what stdin names, answers, and ends at once, with all that the submission has left running."""

    def __init__(self) -> None:
        question, self.answer = os.dup(0), os.dup(1)
        self.found: Verdicts | None = None
        adopt_orphans()
        part: PlayersPart = _unpacked(question)
        self.players = Players(Remote(part), Remote(part))
        self.task: Assignment = _unpacked(question)
        self.nonce = _read(question, NONCE)
        close_to_others()
        _silence()

    def run(self) -> NoReturn:
        """All that the process does."""
        signal.signal(signal.SIGALRM, lambda _, __: self._too_late())
        signal.setitimer(signal.ITIMER_REAL, self.task.request.seconds)
        confine(self.task.request.megabytes << 20)
        try:
            judged(self.task, self.players, self._keep)
        except NoVerdictError as error:
            self._reply({"problem": str(error)})
        except GroupyError as error:
            self._reply({"problem": short(str(error), 500)})
        except BaseException as error:  # noqa: BLE001 - whatever it is, there is one line for it
            self._reply({"problem": f"{NO_VERDICT}: {type(error).__name__}: {short(str(error))}"})
        self._reply({})

    def _keep(self, found: Verdicts) -> None:
        self.found = found

    def _reply(self, found: Verdicts) -> NoReturn:
        """Answer what was found, or what was kept before."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        remote, fresh = self.players.searched, self.players.fresh
        started = bool(end_children() - {remote.process, fresh.process}) or remote.copied
        text = self.nonce + json.dumps({**(self.found or found), "started": started}).encode()
        while text:
            text = text[os.write(self.answer, text) :]
        os._exit(0)

    def _too_late(self) -> None:
        seconds = self.task.request.seconds
        waiting = [remote for remote in (self.players.searched, self.players.fresh) if remote.waiting]
        if not waiting:
            advice = f"allow more with --time-limit {2 * seconds}, or take a smaller scenario"
            self._reply({"problem": f"{NO_VERDICT} within {seconds} seconds; {advice}"})
        if waiting[0].late:
            self._reply({"problem": f"{NO_VERDICT} within {seconds} seconds, and it would not end"})
        waiting[0].late = True
        signal.setitimer(signal.ITIMER_REAL, GRACE)


def packed(value: object) -> bytes:
    """`value`, with its length in front, as this process reads it."""
    text = pickle.dumps(value)
    return b"%*d%s" % (DIGITS, len(text), text)


def _unpacked(descriptor: int) -> Any:
    return pickle.loads(_read(descriptor, int(_read(descriptor, DIGITS))))  # noqa: S301 - from our own parent


def _read(descriptor: int, size: int) -> bytes:
    """So many bytes, and not one more: what follows is not for the process that is forked in between."""
    text = b""
    while len(text) < size:
        part = os.read(descriptor, size - len(text))
        if not part:
            os._exit(1)
        text += part
    return text


def _silence() -> None:
    """Send all that is printed from now on to nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)


def main() -> NoReturn:
    """Judge one submission."""
    Grader().run()
