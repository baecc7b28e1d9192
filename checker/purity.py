"""Does a handler depend on hash seeds? A second interpreter, with another seed, runs the same handlers, and answers must agree.

A protocol that walks through a set of strings gives effects in an order that differs from one interpreter to the next: its
counterexamples could not be replayed. Built-in protocols are held to this by the tests, a user's own at every check.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from types import TracebackType

from checker.errors import GroupyError, ProtocolError
from checker.handlers import Handlers, short, where_defined
from checker.loading import load_protocol
from checker.options import scenario_of_words
from checker.semantics import Semantics
from groupy_model.registry import PROTOCOLS
from groupy_model.scenario import Scenario
from groupy_model.show import show
from reports.text import flags

STATES = 2_000  # how far the second interpreter explores
SECONDS = 30.0  # how long the first one waits for it
# Set in the second interpreter: a module that checks its own protocol when it is imported must not start a third one.
SECOND = "GROUPY_SECOND_SEED"


# The same search path, in the same order: PYTHONPATH would put a user's random.py before the standard one.
CHILD = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from checker import purity; purity.main(sys.argv[2:])"


class SecondSeed:
    """The second interpreter, running while the first one searches. Built-in protocols need none.

    `impl` is what it loads, as --impl takes it; "" where it could not, then nothing is compared.
    """

    def __init__(self, impl: str, scenario: Scenario) -> None:
        self.process: subprocess.Popen[str] | None = None
        if impl and impl not in PROTOCOLS and SECOND not in os.environ:
            seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
            words = [sys.executable, "-P", "-c", CHILD, json.dumps(sys.path), impl, *flags(scenario)]
            environment = {**os.environ, "PYTHONHASHSEED": seed, SECOND: "1"}
            self.process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
                words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )

    def __enter__(self) -> SecondSeed:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()

    def compare(self, handlers: Handlers) -> None:
        """Raises ProtocolError, naming state and event, when an answer of `handlers` differs from the second interpreter's."""
        if self.process is None:
            return
        try:
            text, _ = self.process.communicate(timeout=SECONDS)
            others = json.loads(text)
        except (subprocess.TimeoutExpired, json.JSONDecodeError):
            return  # it was too slow, or met an error that the first interpreter reports itself
        for call, answer in answers(handlers).items():
            if others.get(call, answer) != answer:
                raise ProtocolError(
                    f"{handlers.protocol.name}: {short(call)} gives {short(answer)} or {short(others[call])}, depending on the "
                    f"hash seed: sort what comes out of a set before use [{where_defined(type(handlers.protocol))}]"
                )


def answers(handlers: Handlers) -> dict[str, str]:
    """Every call that was made, and its answer, as texts that depend on no hash seed."""
    return {f"step({show(state)}, {show(event)})": show(outcomes) for (state, event), outcomes in handlers.memo.items()}


def explore(impl: str, words: list[str]) -> None:
    """Explore a part of the scenario and print the answers: what the second interpreter does."""
    semantics = Semantics(load_protocol(impl), scenario_of_words(words))
    states = [semantics.initial()]
    seen = set(states)
    for system in states:  # grows while it is walked
        for action in semantics.enabled(system):
            after = semantics.apply(system, action)
            if after not in seen and len(states) < STATES:
                seen.add(after)
                states.append(after)
    print(json.dumps(answers(semantics.handle)))


def main(arguments: list[str]) -> None:
    """The second interpreter's whole life. What is wrong with the protocol is for the first one to report."""
    with contextlib.suppress(GroupyError):
        explore(arguments[0], arguments[1:])
