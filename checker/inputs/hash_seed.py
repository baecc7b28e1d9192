"""Does a handler depend on the hash seed? A second interpreter with another seed runs them too: answers must agree.

A protocol that iterates over a set of strings gives its effects in an order that differs between interpreters, so its
counterexamples could not be replayed; a property that does so could find something else. The tests check the built-in ones,
every check those of the user.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType

from groupy_check.checker.errors import GroupyError, ProtocolError, UsageError
from groupy_check.checker.inputs.properties import PureJudge, is_users, load_property
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.inputs.scenario_flags import scenario_of_words
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.selection import with_workers
from groupy_check.checker.judging.whole_run import settled
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.step_cache import Handlers, short, where_defined
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.scenario_text import flags
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind
from groupy_check.specs.property import Property

STATES = 2_000  # how far the second interpreter explores
SECONDS = 30.0  # how long the first one waits for it
# Set in the second interpreter: a module that checks its own protocol when it is imported must not start a third one.
SECOND = "GROUPY_SECOND_SEED"


# The same search path, in the same order: PYTHONPATH would put a user's random.py before the standard one.
CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from groupy_check.checker.inputs import hash_seed; hash_seed.main(sys.argv[2])"
)


class SecondSeed:
    """A second interpreter, which runs while the first one searches; built-in protocols and properties need none.

    `impl` is what it loads, as --impl takes it; "" if it cannot load it, and then nothing is compared. Those of `properties`
    that are the user's own are compared as well.
    """

    def __init__(self, impl: str, scenario: Scenario, properties: Sequence[Property] = ()) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.own = [wanted for wanted in properties if is_users(wanted)]
        if impl and (impl not in PROTOCOLS or self.own) and SECOND not in os.environ:
            seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
            task = json.dumps([impl, [wanted.name for wanted in self.own], flags(scenario)])
            words = [sys.executable, "-P", "-c", CHILD, json.dumps(sys.path), task]
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
        """Raises ProtocolError, naming state and event, when an answer of `handlers` differs from the second interpreter's.

        Where one of a property differs, UsageError.
        """
        if self.process is None:
            return
        try:
            text, _ = self.process.communicate(timeout=SECONDS)
            others = json.loads(text)
        except (subprocess.TimeoutExpired, json.JSONDecodeError):
            return  # it was too slow, or met an error that the first interpreter reports itself
        for call, answer in answers(handlers).items():
            if others.get(call, answer) != answer:
                where = where_defined(type(handlers.protocol))
                raise ProtocolError(_differs(handlers.protocol.name, call, answer, others[call], where))
        for wanted in self.own:
            for call, answer in judgements(wanted).items():
                if others.get(call, answer) != answer:
                    raise UsageError(_differs(wanted.name, "judge(history)", answer, others[call], wanted.source))


def _differs(name: str, call: str, answer: str, other: str, where: str) -> str:
    either = f"gives {short(answer)} or {short(other)}, depending on the hash seed"
    return f"{name}: {short(call)} {either}: sort what comes out of a set before use [{where}]"


def answers(handlers: Handlers) -> dict[str, str]:
    """Every call that was made, and its answer, as texts that depend on no hash seed."""
    return {f"step({show(state)}, {show(event)})": show(outcomes) for (state, event), outcomes in handlers.memo.items()}


def judgements(wanted: Property) -> dict[str, str]:
    """What a property of the user's own found in the first histories that it judged, as `answers` tells it."""
    assert isinstance(wanted.judge, PureJudge)
    return {f"{wanted.name}: judge({show(history)})": show(answer) for history, answer in wanted.judge.answers.items()}


def explore(impl: str, names: Sequence[str], words: list[str]) -> None:
    """Explore a part of the scenario and print the answers: what the second interpreter does."""
    own = [load_property(name) for name in names]
    scenario = with_workers(scenario_of_words(words), own)
    semantics = Semantics(load_protocol(impl), scenario, frozenset(OBSERVATION_TYPES) if own else frozenset())
    observer = Observer(semantics, probe=False)
    states = [semantics.initial()]
    seen = set(states)
    for system in states:  # grows while it is walked
        history = observer.history(system, settled(semantics, system))
        for wanted in own:
            if history.at_rest or wanted.kind is Kind.SAFETY:
                wanted.judge(history)
        for action in semantics.enabled(system):
            after = semantics.apply(system, action)
            if after not in seen and len(states) < STATES:
                seen.add(after)
                states.append(after)
    found = answers(semantics.handle)
    for wanted in own:
        found |= judgements(wanted)
    print(json.dumps(found))


def main(task: str) -> None:
    """All that the second interpreter does. What is wrong with the protocol is reported by the first one."""
    with contextlib.suppress(GroupyError):
        explore(*json.loads(task))
