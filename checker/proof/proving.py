"""Prove a model, group by group, and say why where that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from groupy_check.checker.proof.counterexample import counterexample
from groupy_check.checker.proof.model import Model
from groupy_check.checker.proof.solving import INITIATION, SAFETY, Answer, Obligation, Prover, obligations
from groupy_check.reports.tables.proof import Counterexample, Group


@dataclass(frozen=True, slots=True)
class Proof:
    """`groups` of answers; `counterexample`, where an obligation fails, is about the first that does."""

    model: Model
    groups: tuple[Group, ...]
    counterexample: Counterexample | None = None

    @property
    def failed(self) -> bool:
        """An obligation does not hold, or an action can never happen."""
        return any(group.failed or group.possible is False for group in self.groups)

    @property
    def unknown(self) -> bool:
        """The solver gave up somewhere."""
        return any(group.unknown or group.possible is None for group in self.groups)


def prove(model: Model, tick: Callable[[str], None] = lambda _: None) -> Proof:
    """Answer every obligation of `model`; `tick` hears which group comes next."""
    prover = Prover(model)
    groups: list[Group] = []
    first: Obligation | None = None
    for name, asked in groupby(obligations(model), key=lambda one: one.group):
        tick(f"{model.name}: {name}")
        answers = [prover.answer(obligation) for obligation in asked]
        first = first or next((answer.obligation for answer in answers if answer.proved is False), None)
        possible = name in (INITIATION, SAFETY) or prover.possible(model.action(name))
        groups.append(_group(name, answers, possible))
    return Proof(model, tuple(groups), counterexample(prover, first) if first else None)


def _group(name: str, answers: list[Answer], possible: bool | None) -> Group:
    slowest = max(answers, key=lambda answer: answer.seconds)
    return Group(
        name,
        len(answers),
        sum(answer.proved is True for answer in answers),
        sum(answer.seconds for answer in answers),
        slowest.obligation.clause.name,
        slowest.seconds,
        tuple(answer.obligation.clause.name for answer in answers if answer.proved is False),
        tuple(answer.obligation.clause.name for answer in answers if answer.proved is None),
        possible,
    )
