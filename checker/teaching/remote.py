"""A submission as its judge knows it: a protocol, or a property, whose code runs in another process (`player.py`).

The judge never executes a line of it, so it cannot be made to say anything else than what it finds. All that a submission can
do is answer questions about its own states; the first answer to a question counts, so whatever it does, it is a function.
"""

from __future__ import annotations

import base64
import os
import pickle
import signal
import socket
from collections.abc import Hashable, Sequence
from typing import Any

from groupy_check.checker.inputs.properties import PureJudge
from groupy_check.checker.semantics.step_cache import short
from groupy_check.checker.teaching.assignment import NO_VERDICT, PlayersPart
from groupy_check.checker.teaching.origin import IN_ERLANG
from groupy_check.checker.teaching.player import play
from groupy_check.checker.teaching.wire import (
    Connection,
    Json,
    Token,
    WireError,
    heard,
    steps_heard,
    token_told,
    told,
)
from groupy_check.groupy_model.events import Event
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES, History
from groupy_check.groupy_model.protocol import Outcome, Protocol
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.show import printable
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.property import Property
from groupy_check.specs.requirement import Requirement


class NoVerdictError(BaseException):
    """There is none, for the reason given. It passes through all that handles errors of handlers."""


class Remote:
    """The process of the submission that `task` names."""

    def __init__(self, task: PlayersPart) -> None:
        self.task = task
        self.waiting = self.late = False
        self.copied = False
        self.tokens: dict[int, Token] = {}
        ours, theirs = socket.socketpair()
        self.process = os.fork()
        if self.process == 0:
            try:
                nowhere = os.open(os.devnull, os.O_RDWR)
                for descriptor in (0, 1, 2):
                    os.dup2(nowhere, descriptor)
                end = os.dup2(theirs.fileno(), 3)
                os.closerange(4, 1 << 16)
                play(Connection(socket.socket(fileno=end)), task)
            finally:
                os._exit(1)
        theirs.close()
        self.channel = Connection(ours)

    def ask(self, *question: Json) -> Json:
        """The answer of the submission's process. Raises NoVerdictError; then it is `waiting` still, and nothing is to come."""
        self.waiting = True
        try:
            self.channel.send(question)
            answer = self.channel.receive()
        except (EOFError, OSError) as error:
            raise NoVerdictError(ended(os.waitpid(self.process, 0)[1])) from error
        except WireError as error:
            raise NoVerdictError(f"{NO_VERDICT}: it has sent {error} to its judge") from error
        match answer:
            case ["ok", found]:
                self.waiting = False
                return found
            case ["refused", str(text)]:
                raise NoVerdictError(text)
            case ["late", str(where)]:
                seconds = self.task.seconds
                raise NoVerdictError(f"{NO_VERDICT} within {seconds} seconds: it is still at {where}; an endless loop?")
            case ["broken", str(text)]:
                raise NoVerdictError(f"{NO_VERDICT}: {text}")
        raise NoVerdictError(f"{NO_VERDICT}: it has sent rubbish to its judge")

    def look_for_copies(self) -> None:
        """Ask whether the submission has made copies of itself."""
        self.copied = bool(self.ask("copied"))

    def draw(self, runs: Sequence[tuple[str, str]]) -> Sequence[str]:
        """Let it draw the run in each file, which violates the property that is named. Returns where each goes wrong."""
        (places,) = _checked([self.ask("draw", [[*run] for run in runs])], list)
        return [short(printable(place), 300) if isinstance(place, str) else "" for place in places[: len(runs)]]

    def own(self, number: int, text: str) -> Hashable:
        """The value of the submission's that has this number."""
        return self.tokens.setdefault(number, Token(number, text))

    def understood(self, reading: Any, text: Json) -> Any:
        """What `reading` makes of `text`. Raises NoVerdictError."""
        try:
            return reading(text, self.own)
        except (WireError, TypeError, ValueError, RecursionError) as error:
            raise NoVerdictError(f"{NO_VERDICT}: it has sent rubbish to its judge") from error


def ended(status: int) -> str:
    """Why the process gave no answer."""
    if os.WIFSIGNALED(status):
        return f"{NO_VERDICT}: its process died of {signal.Signals(os.WTERMSIG(status)).name}"
    return f"{NO_VERDICT}: it ended its own process, with status {os.WEXITSTATUS(status)}"


class RemoteProtocol(Protocol):
    """The submission as a protocol. Raises NoVerdictError."""

    def __init__(self, remote: Remote) -> None:
        self.remote = remote
        self.known: dict[tuple[Hashable, Event], Outcome] = {}

    def initial(self, me: Node) -> Hashable:
        state: Hashable = self.remote.understood(heard, self.remote.ask("initial", int(me)))
        return state

    def answered(self, state: Hashable, event: Event) -> Outcome:
        """Its `step`: the first answer to each question."""
        if (state, event) not in self.known:
            answer = self.remote.ask("step", told(state, token_told), told(event, token_told))
            self.known[state, event] = self.remote.understood(steps_heard, answer)
        return self.known[state, event]


class _Step:
    """`step` of a submission, defined `where` its own is."""

    def __init__(self, where: str, call: Any) -> None:
        self.__name__, self.call = where, call

    def __call__(self, state: Hashable, event: Event) -> Outcome:
        outcome: Outcome = self.call(state, event)
        return outcome


def remote_protocol(remote: Remote) -> Protocol:
    """The submission as a protocol. Raises NoVerdictError."""
    claims, where = _checked(remote.ask("protocol"), list, str)
    # Of a module of ours: that it keeps nothing besides its state is seen to by the player, where the submission runs.
    kind = type(where, (RemoteProtocol,), {"__module__": __name__, "claims": tuple(map(str, claims))})
    protocol: RemoteProtocol = kind(remote)
    protocol.name = remote.task.file
    setattr(kind, "step", _Step(where, protocol.answered))  # noqa: B010 - for mypy
    return protocol


def built_in_step(remote: Remote) -> str:
    """The name of the built-in protocol whose step the submission has; "" where the step is its own. Raises NoVerdictError."""
    (name,) = _checked([remote.ask("origin")], str)
    if name and name not in {*PROTOCOLS, *IN_ERLANG}:
        raise NoVerdictError(f"{NO_VERDICT}: it has sent rubbish to its judge")
    return str(name)


class RemoteJudge(PureJudge):
    """The judge of a submission that is a property. Raises NoVerdictError."""

    def __init__(self, remote: Remote, where: str) -> None:
        self.remote, self.requirement, self.name, self.where = remote, Requirement(), remote.task.file, where
        self.answers = {}

    def _called(self, method: str, _call: object, history: History) -> object:
        answer = self.remote.ask(method, base64.b64encode(pickle.dumps(history)).decode())
        if method == "goal" or answer is None:
            return answer
        text, processes, payloads, views = _checked(answer, str, list, list, list)
        parts = ([self.remote.understood(heard, part) for part in told_parts] for told_parts in (payloads, views))
        return Witness(text, tuple(map(Node, processes)), *map(tuple, parts))


def remote_property(remote: Remote) -> Property:
    """The submission as a property. Raises NoVerdictError."""
    kind, worker, sentence, where = _checked(remote.ask("property"), str, bool, str, str)
    judge = RemoteJudge(remote, where)
    return Property(
        name=remote.task.file, kind=Kind(kind), sentence=sentence, source=where, needs=frozenset(OBSERVATION_TYPES),
        judge=judge, goal=judge.goal, goal_text="what its `goal` asks for came about", worker=worker,
    )  # fmt: skip


def _checked(answer: Json, *kinds: type) -> Any:
    """`answer`, which has one part of each of `kinds`. Raises NoVerdictError."""
    if not isinstance(answer, list) or [type(part) for part in answer] != list(kinds):
        raise NoVerdictError(f"{NO_VERDICT}: it has sent rubbish to its judge")
    return answer
