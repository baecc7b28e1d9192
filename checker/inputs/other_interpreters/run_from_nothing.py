"""Is what a search has found a run of the protocol? It is replayed by an interpreter that has never called the protocol.

A run travels as the place of each action among those that are possible, and as digests of the states between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from groupy_check.checker.errors import GroupyError
from groupy_check.checker.judging.whole_run import first_violations
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Handle
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.trace import Trace
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

ALL = frozenset(OBSERVATION_TYPES)
Digests = tuple[str, ...]  # of a state: one for each process, and one for the rest


@dataclass(frozen=True, slots=True)
class RetoldRun:
    """A run that violates `name`, "" for one that need not violate anything; `own` is how that is loaded if it is the user's.

    `steps` are the places of its actions among the possible ones, and their texts; `states` are before, between and after them.
    `loop` is as in Trace; `rules` say where the lines are that acted, "" where that is unknown.
    """

    name: str
    own: str
    scenario: Scenario
    steps: tuple[tuple[int, str], ...]
    states: tuple[Digests, ...]
    loop: int | None
    rules: tuple[str, ...]


def retold(protocol: Protocol, trace: Trace, name: str = "", own: str = "") -> RetoldRun:
    """`trace`, a run of `protocol`, to be replayed elsewhere; see RetoldRun for `name` and `own`."""
    semantics = Semantics(protocol, trace.scenario, ALL).impatient()
    steps = [
        (_place(semantics, system, action), _text(action)) for system, action in zip(trace.states, trace.actions, strict=False)
    ]
    rules = tuple(step.place for step in trace.steps)
    return RetoldRun(name, own, trace.scenario, tuple(steps), tuple(map(_digests, trace.states)), trace.loop, rules)


def divergence(protocol: Protocol, run: RetoldRun, own: Property | None = None) -> str:
    """Where the replay of `run` differs first; "" if it does not. `own` is what it violates if that is the user's."""
    recorder = Recorder(protocol, run.scenario, ALL)
    semantics = recorder.semantics.impatient()
    try:
        system, where = recorder.begin(), "the beginning"
        for number, ((place, text), digests) in enumerate(zip((*run.steps, (0, "")), run.states, strict=True), 1):
            other = _differing(system, digests)
            if other:
                return f"{where} leaves {other} in another state"
            if number > len(run.steps):
                break
            rule = run.rules[number - 1]
            where = f"step {number}, {text},{rule and f' answered at {rule},'}"
            possible = semantics.enabled(system)
            if not 0 <= place < len(possible) or _text(possible[place]) != text:
                return f"{where} is not possible"
            system = recorder.do(possible[place])
        return _unviolated(recorder, run, own)
    except GroupyError as error:
        return f"it is refused: {error}"


def _unviolated(recorder: Recorder, run: RetoldRun, own: Property | None) -> str:
    """That the run which was recorded violates nothing; "" if it does."""
    wanted = own or PROPERTIES.get(run.name)
    if wanted is None:
        return ""
    judge = first_violations(recorder.semantics, replace(recorder.trace(), loop=run.loop), [wanted])
    return "" if judge.witnesses else f"{run.name} is not violated at its end"


def _place(semantics: Semantics, system: System, action: Action) -> int:
    possible: Sequence[Action] = semantics.enabled(system)
    return possible.index(action) if action in possible else -1


def _text(action: Action) -> str:
    if isinstance(action, Handle):
        cut = "" if action.cut is None else f" and crashes after {action.cut}"
        return f"{action.process}: {show(action.event)}{cut}"
    return show(action)


def _digests(system: System) -> Digests:
    rest = replace(system, processes=())
    return tuple(
        hashlib.sha256(show(part).encode(errors="backslashreplace")).hexdigest()[:16] for part in (*system.processes, rest)
    )


def _differing(system: System, digests: Digests) -> str:
    mine = _digests(system)
    places = [number for number, (one, other) in enumerate(zip(mine, digests, strict=True)) if one != other]
    return "" if not places else f"p{places[0] + 1}" if places[0] < len(system.processes) else "the network"
