"""The whole proof of a model: every obligation, group by group, and a counterexample to the first that fails.

What can never arise is proved of anything. So each group is also asked for a state that satisfies its premises: for an initial
state, for one in which the transition can happen, and for one that each safety property speaks of. Such a state satisfies the
clauses; that a run reaches it is not shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby

from groupy_check.checker.proof.counterexample import counterexample
from groupy_check.checker.proof.interruptible import interruptible
from groupy_check.checker.proof.language import situation_of
from groupy_check.checker.proof.model import Model
from groupy_check.checker.proof.solving import SAFETY, Obligation, ObligationResult, Prover, obligations
from groupy_check.groupy_model.proof_result import Counterexample, ObligationGroup, Possibility
from groupy_check.groupy_model.show import counted


@dataclass(frozen=True, slots=True)
class Proof:
    """The result for each group of obligations; `counterexample` refutes the first that fails, if any.

    `unfinished`, after Ctrl-C: the groups of which something was not asked. Of the first, `groups` has what was, if anything.
    """

    model: Model
    groups: tuple[ObligationGroup, ...]
    counterexample: Counterexample | None = None
    unfinished: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether an obligation does not hold, or holds of nothing: no initial state, a transition that can never happen."""
        return any(group.failed or group.vacuous or group.possible is Possibility.NEVER for group in self.groups)

    @property
    def unknown(self) -> bool:
        """Whether the solver gave up on an obligation."""
        return any(group.unknown or group.possible is Possibility.UNKNOWN for group in self.groups)


def prove(model: Model, tick: Callable[[str], None] = lambda _: None) -> Proof:
    """The proof of `model`, as far as it comes before Ctrl-C; `tick` is told which clause comes next."""
    asked = {name: tuple(those) for name, those in groupby(obligations(model), key=lambda one: one.group)}
    groups: list[ObligationGroup] = []
    results: list[ObligationResult] = []
    first: Obligation | None = None
    try:
        with interruptible():
            prover = Prover(model)
            for name, those in asked.items():
                results = []
                for obligation in those:
                    tick(f"{model.name}: {name}, {counted(len(results), 'clause')} done")
                    results.append(prover.check(obligation))
                first = first or next((result.obligation for result in results if result.proved is False), None)
                group = replace(_group(name, results), possible=_possible(prover, name))
                groups.append(replace(group, vacuous=_vacuous(prover)) if name == SAFETY else group)
            return Proof(model, tuple(groups), counterexample(prover, first) if first else None)
    except KeyboardInterrupt:
        unfinished = [*asked][len(groups) :]
        begun = [_group(name, results) for name in unfinished[:1] if results and results[0].obligation.group == name]
        return Proof(model, (*groups, *begun), unfinished=tuple(unfinished))


def _possible(prover: Prover, group: str) -> Possibility:
    """Whether a state satisfies what the obligations of `group` assume; if none does, whether only the sizes are to blame."""
    found = prover.possible(group)
    if found is False and prover.model.sizes:
        unbounded = Prover(replace(prover.model, sizes={})).possible(group)
        return Possibility.LARGER if unbounded else Possibility.NEVER if unbounded is False else Possibility.UNKNOWN
    return Possibility.UNKNOWN if found is None else Possibility.YES if found else Possibility.NEVER


def _vacuous(prover: Prover) -> tuple[str, ...]:
    """The safety properties that speak of no state that satisfies the clauses, however many processes there are."""
    unbounded = Prover(replace(prover.model, sizes={}))
    return tuple(
        clause.name for clause in unbounded.model.safety if unbounded.possible(SAFETY, situation_of(clause.formula)) is False
    )


def _group(name: str, results: list[ObligationResult]) -> ObligationGroup:
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
    )
