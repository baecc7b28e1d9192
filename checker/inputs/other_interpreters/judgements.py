"""What properties of the user's own say about histories, as texts that two interpreters can compare."""

from __future__ import annotations

from collections.abc import Sequence

from groupy_check.checker.inputs.properties import PureJudge
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.selection import with_workers
from groupy_check.checker.judging.whole_run import settled
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind
from groupy_check.specs.property import Property

STATES = 1_000  # how far another interpreter explores to have something to judge


def judgements(wanted: Property) -> dict[str, str]:
    """What a property of the user's own found in the first histories that it judged."""
    assert isinstance(wanted.judge, PureJudge)
    return {f"{wanted.name}: judge({show(history)})": show(answer) for history, answer in wanted.judge.answers.items()}


def explored_judgements(protocol: Protocol, scenario: Scenario, own: Sequence[Property]) -> dict[str, str]:
    """What each of `own` finds in a part of the scenario."""
    if not own:
        return {}
    semantics = Semantics(protocol, with_workers(scenario, own), frozenset(OBSERVATION_TYPES))
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
    return {call: answer for wanted in own for call, answer in judgements(wanted).items()}
