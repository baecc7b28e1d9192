"""The whole proof of a model: every obligation, group by group, and a counterexample to the first that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from groupy_check.checker.proof.counterexample import counterexample
from groupy_check.checker.proof.model import Model
from groupy_check.checker.proof.solving import INITIATION, SAFETY, Obligation, ObligationResult, Prover, obligations
from groupy_check.groupy_model.proof_result import Counterexample, ObligationGroup


@dataclass(frozen=True, slots=True)
class Proof:
    """The result for each group of obligations; `counterexample` refutes the first that fails, if any."""

    model: Model
    groups: tuple[ObligationGroup, ...]
    counterexample: Counterexample | None = None

    @property
    def failed(self) -> bool:
        """Whether an obligation does not hold, or a transition can never happen."""
        return any(group.failed or group.possible is False for group in self.groups)

    @property
    def unknown(self) -> bool:
        """Whether the solver gave up on an obligation."""
        return any(group.unknown or group.possible is None for group in self.groups)


def prove(model: Model, tick: Callable[[str], None] = lambda _: None) -> Proof:
    """The proof of `model`; `tick` is told which group comes next."""
    prover = Prover(model)
    groups: list[ObligationGroup] = []
    first: Obligation | None = None
    for name, asked in groupby(obligations(model), key=lambda one: one.group):
        tick(f"{model.name}: {name}")
        results = [prover.check(obligation) for obligation in asked]
        first = first or next((result.obligation for result in results if result.proved is False), None)
        possible = name in (INITIATION, SAFETY) or prover.possible(model.transition(name))
        groups.append(_group(name, results, possible))
    return Proof(model, tuple(groups), counterexample(prover, first) if first else None)


def _group(name: str, results: list[ObligationResult], possible: bool | None) -> ObligationGroup:
    slowest = max(results, key=lambda result: result.seconds)
    return ObligationGroup(
        name,
        len(results),
        sum(result.proved is True for result in results),
        sum(result.seconds for result in results),
        slowest.obligation.clause.name,
        slowest.seconds,
        tuple(result.obligation.clause.name for result in results if result.proved is False),
        tuple(result.obligation.clause.name for result in results if result.proved is None),
        possible,
    )
