"""Other interpreters, in which nothing has happened yet: they load the user's files anew, and do what is asked of them.

Asked and answered is plain data of ours, over pipes; what the user's code prints there goes nowhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Self

from groupy_check.checker.inputs.other_interpreters.derived_calls import DerivedCall, made_again, stepped, told
from groupy_check.checker.inputs.other_interpreters.judgements import explored_judgements
from groupy_check.checker.inputs.other_interpreters.run_from_nothing import RetoldRun, divergence
from groupy_check.checker.inputs.other_interpreters.set_orders import orders, users_code
from groupy_check.checker.inputs.properties import load_property
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.limits.deadline import seconds_left
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario

SECONDS = 30.0  # how long one is waited for
# Set in the other interpreters: a module that checks its own protocol when it is imported must not start more of them.
MARK = "GROUPY_SECOND_SEED"
# The same search path, in the same order: PYTHONPATH would put a user's random.py before the standard one.
CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from groupy_check.checker.inputs.other_interpreters import interpreters; interpreters.main()"
)


@dataclass(frozen=True, slots=True)
class Errand:
    """Replay `runs`, make `calls`, which begin with the group of `scenario`, and judge with the properties named by `own`."""

    scenario: Scenario
    runs: tuple[RetoldRun, ...] = ()
    calls: tuple[DerivedCall, ...] = ()
    judging: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """By run of an Errand, where it differs, "" where it does not; by call, its outcomes as a text, None for one not made.

    `unsteady` are the calls, by number, that have another outcome, which comes with it, when all are made again: the last one
    first, and then in the order of the search. `judged`: what properties found of histories. `orders`: of sets, as `set_orders`
    tells them.
    """

    runs: list[str]
    calls: list[str | None]
    unsteady: list[tuple[int, str]]
    judged: dict[str, str]
    orders: dict[str, list[str]]


class Interpreter:
    """A fresh interpreter with the hash seed `seed`. It loads `impl`, as --impl takes it, and waits to be asked."""

    def __init__(self, impl: str, seed: int) -> None:
        self.seed = seed
        words = [sys.executable, "-P", "-c", CHILD, json.dumps(sys.path)]
        environment = {**os.environ, "PYTHONHASHSEED": str(seed), MARK: "1"}
        self.process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._write(impl)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def ask(self, request: Errand) -> None:
        """Let it begin; it can be asked once."""
        self._write(request)
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
            self.process.stdin = None

    def answer(self) -> Reply | None:
        """What it answers; None when it was too slow, or met an error."""
        try:
            left = seconds_left()
            text, _ = self.process.communicate(timeout=SECONDS if left is None else max(0.0, min(left, SECONDS)))
            return Reply(**json.loads(text))
        except (subprocess.TimeoutExpired, ValueError, TypeError):
            return None

    def _write(self, value: object) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended; there will be no answer
            pickle.dump(value, self.process.stdin)
            self.process.stdin.flush()


def may_start() -> bool:
    """Whether this is not itself one of the other interpreters."""
    return MARK not in os.environ


# --- the other side ------------------------------------------------------------------------------------------------------


def main() -> None:
    """All that another interpreter does. What is wrong with a protocol is reported by the first one."""
    os.register_at_fork(after_in_child=lambda: os._exit(0))  # a copy that a handler makes would go on, and keep the pipe open
    answer = os.dup(sys.stdout.fileno())
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, sys.stdout.fileno())
    protocol = load_protocol(pickle.load(sys.stdin.buffer))  # noqa: S301 - from our own parent
    found = answered(protocol, pickle.load(sys.stdin.buffer))  # noqa: S301
    with os.fdopen(answer, "w", encoding="utf-8") as file:
        json.dump(asdict(found), file)
    os._exit(0)


def answered(protocol: Protocol, request: Errand) -> Reply:
    """The answer to `request`; the runs are replayed first, from nothing."""
    own = {name: load_property(name, protocol) for name in {*request.judging, *(run.own for run in request.runs if run.own)}}
    runs = [divergence(protocol, run, own.get(run.own)) for run in request.runs]
    made = made_again(protocol, request.scenario, request.calls)
    texts = [None if one is None else told(one[2]) for one in made]
    numbered = [(number, one[0], one[1]) for number, one in enumerate(made) if one is not None]
    again = [(number, told(stepped(protocol, *call))) for number, *call in reversed(numbered)]
    Semantics(protocol, request.scenario).initial()  # so that all comes as it came there
    again += [(number, told(stepped(protocol, *call))) for number, *call in numbered]
    unsteady = [(number, text) for number, text in again if text != texts[number]]
    values = [value for one in made if one for value in one]
    judging = [own[name] for name in request.judging]
    judged = explored_judgements(protocol, request.scenario, judging)
    return Reply(runs, texts, unsteady, judged, orders(values, users_code(protocol, judging)))
