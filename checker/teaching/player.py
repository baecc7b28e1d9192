"""The process in which a submission runs: it answers the questions of its judge (`remote.py`), and decides nothing.

It has been forked from its judge, before that knew the nonce with which its verdict is signed, and has no file of it open.
"""

from __future__ import annotations

import base64
import os
import pickle
import signal
import sys
from collections.abc import Hashable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from groupy_check.checker.counterexamples.output_files import Beside, write_findings, write_pages
from groupy_check.checker.counterexamples.trace_file import judge_trace, read_run
from groupy_check.checker.errors import GroupyError
from groupy_check.checker.inputs.properties import known_properties, load_property
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.semantics.source_lines.places import where_defined
from groupy_check.checker.semantics.step_cache import Handlers, short
from groupy_check.checker.teaching.assignment import PlayersPart, confine
from groupy_check.checker.teaching.origin import built_in_step_of
from groupy_check.checker.teaching.wire import Connection, Json, WireError, heard, steps_told, told
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import History
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Verdict, Witness
from groupy_check.reports.wording.closest_rule import closest_rule
from groupy_check.specs.property import Property


class Answers:
    """Answers questions about the submission that `task` names."""

    def __init__(self, task: PlayersPart) -> None:
        self.task = task
        self.protocol: Protocol | None = None
        self.property: Property | None = None
        self.handlers: Handlers | None = None
        self.copied = False
        self.values: list[Hashable] = []
        self.numbers: dict[tuple[type, Hashable], int] = {}

    def answer(self, question: Json) -> Json:
        """The answer, as JSON. Raises what the submission's code raises, and GroupyError."""
        match question:
            case ["protocol"]:
                return self._load_protocol()
            case ["origin"] if self.protocol:
                with suppress(Exception):  # what looking at it raises is of its own making
                    return built_in_step_of(self.protocol)
                return ""
            case ["property"]:
                return self._load_property()
            case ["initial", int(node)] if self.handlers:
                return told(self.handlers.initial(Node(node)), self._own)
            case ["step", state, event] if self.handlers:
                return steps_told(self.handlers(heard(state, self._value), heard(event, self._value)), self._own)
            case ["judge", str(history)] if self.property:
                return self._witness(self.property.judge(_unpacked(history)))
            case ["goal", str(history)] if self.property:
                return self.property.goal(_unpacked(history))
            case ["copied"]:
                return self.copied
            case ["draw", list(runs)] if self.protocol:
                return self._draw(self.protocol, runs)
        raise WireError("no question")

    def _load_protocol(self) -> Json:
        protocol = self.protocol = load_protocol(self.task.file, flag="")
        self.handlers = Handlers(protocol, self.task.size)
        return [list(protocol.claims), where_defined(type(protocol))]

    def _load_property(self) -> Json:
        wanted = self.property = load_property(self.task.file, flag="")
        return [wanted.kind.value, wanted.worker, wanted.sentence, wanted.source]

    def copy_made(self) -> None:
        """It has forked; the copy was ended."""
        self.copied = True

    def _own(self, value: Hashable) -> Json:
        key = type(value), value
        if key not in self.numbers:
            self.numbers[key] = len(self.values)
            self.values.append(value)
        return ["own", self.numbers[key], show(value)]

    def _value(self, number: int, _shown: str) -> Hashable:
        return self.values[number]

    def _witness(self, witness: Witness | None) -> Json:
        if witness is None:
            return None
        payloads = [told(payload, lambda value: ["plain", show(value)]) for payload in witness.payloads]
        views = [told(view, self._own) for view in witness.views]
        return [witness.text, [int(node) for node in witness.processes], payloads, views]

    def _draw(self, protocol: Protocol, runs: Sequence[tuple[str, str]]) -> Json:
        """Draw the run in each file, which violates the property that is named: with values of the submission's own.

        Answers where each goes wrong.
        """
        places = []
        beside = Beside(properties=tuple(name for name, _ in runs))
        for name, path in runs:
            known = known_properties([name], protocol)
            trace, recorder = read_run(Path(path), protocol, [name], known)
            found = [one for one in judge_trace(trace, recorder, [name], known).findings if one.verdict is Verdict.VIOLATED]
            write_findings(found, self.task.out, self.task.pictures, beside)
            write_pages(found, self.task.out, protocol, {}, known, beside)
            places.append(next((closest_rule(one.trace, one.witness) for one in found if one.trace and one.witness), ""))
        return places


def _unpacked(history: str) -> History:
    found: History = pickle.loads(base64.b64decode(history))  # noqa: S301 - from the judge
    return found


def play(channel: Connection, task: PlayersPart) -> NoReturn:
    """All that the process does."""
    signal.signal(signal.SIGALRM, lambda _, frame: _too_late(channel, task, frame))
    signal.setitimer(signal.ITIMER_REAL, task.seconds)
    confine(task.megabytes << 20)
    sys.argv = sys.orig_argv = ["groupy-check", "--impl", task.file]  # as it is for the student
    player = Answers(task)
    os.register_at_fork(after_in_child=lambda: os._exit(0), after_in_parent=player.copy_made)  # none may answer as well
    while True:
        question = channel.receive()
        try:
            answer = ["ok", player.answer(question)]
        except GroupyError as error:
            answer = ["refused", short(str(error), 500)]
        except BaseException as error:  # noqa: BLE001 - a submission may raise anything, also what ends programs
            answer = ["broken", f"{type(error).__name__}: {short(str(error))}"]
        channel.send(answer)


def _too_late(channel: Connection, task: PlayersPart, frame: FrameType | None) -> None:
    """Say in which line the submission is, if it is in one, and end."""
    file = Path(task.file).resolve()
    while frame is not None:
        code = Path(frame.f_code.co_filename)
        if code.name == file.name or code.parent == file.parent:
            channel.send(["late", f"{code.name}:{frame.f_lineno}"])
            os._exit(0)
        frame = frame.f_back
