"""Proof obligations of a model, discharged one by one by z3.

A model is safe if three kinds of obligations hold: the invariants hold in every initial state (initiation), each transition
preserves each of them (consecution), and together they imply the safety properties (safety). For each obligation z3 searches
for a state that violates it; if there is none, the obligation is proved. The sorts of the models are stratified, so the
questions are decidable (EPR: Padon and others, "Paxos made EPR", OOPSLA 2017) and z3 answers all of them.

Source: Manna, Pnueli, "Temporal Verification of Reactive Systems: Safety" (1995), rule INV; the names are those of IC3
(Bradley, "SAT-based model checking without unrolling", VMCAI 2011).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import z3

from groupy_check.checker.proof.interruptible import answer
from groupy_check.checker.proof.language import And, Apply, Equal, Exists, ForAll, Formula, Not, Or, Relates, Symbol, Term, Var
from groupy_check.checker.proof.model import Clause, Model, Transition, Update

TIMEOUT = 60  # seconds for one obligation, before it is tried a second time
SECOND_SEED = 1
Values = Mapping[Var, Any]
Lookup = Callable[[Symbol, list[Any]], Any]


class Encoder:
    """Translates the formulas of `model` to z3."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.sorts = {name: z3.DeclareSort(name) for name in model.vocabulary.variables}
        self.functions = {symbol: self._declared(symbol) for symbol in model.vocabulary.symbols.values()}

    def _declared(self, symbol: Symbol) -> Any:
        result = self.sorts[symbol.result] if symbol.result else z3.BoolSort()
        return z3.Function(symbol.name, *(self.sorts[sort] for sort in symbol.sorts), result)

    def before(self, symbol: Symbol, args: list[Any]) -> Any:
        """`symbol` of `args`, in the old state."""
        return self.functions[symbol](*args)

    def after(self, transition: Transition, values: Values) -> Lookup:
        """A function that gives a symbol of some arguments in the state after `transition` with `values`."""

        def look(symbol: Symbol, args: list[Any]) -> Any:
            now = self.before(symbol, args)
            for update in sorted(transition.updates_of(symbol), key=lambda update: update.gain):
                now = self._updated(update, args, values, now)
            return now

        return look

    def _updated(self, update: Update, args: list[Any], values: Values, now: Any) -> Any:
        here = dict(values)
        fits = []
        for variable, arg in zip(update.args, args, strict=True):
            if variable in here:
                fits.append(here[variable] == arg)
            else:
                here[variable] = arg
        touched = z3.And(*fits, self.formula(update.where, here, self.before))
        if update.value is not None:
            return z3.If(touched, self.term(update.value, here, self.before), now)
        return z3.Or(now, touched) if update.gain else z3.And(now, z3.Not(touched))

    def term(self, term: Term, values: Values, look: Lookup) -> Any:
        """`term` in z3; `look` interprets the symbols, in the old state or the new one."""
        if isinstance(term, Apply):
            return look(term.symbol, [self.term(arg, values, look) for arg in term.args])
        return values[term]

    def formula(self, tree: Formula, values: Values, look: Lookup) -> Any:
        """`tree` in z3; `look` interprets the symbols, in the old state or the new one."""
        match tree:
            case Relates(symbol, args):
                return look(symbol, [self.term(arg, values, look) for arg in args])
            case Equal(left, right):
                return self.term(left, values, look) == self.term(right, values, look)
            case Not(body):
                return z3.Not(self.formula(body, values, look))
            case And(parts):
                return z3.And(*(self.formula(part, values, look) for part in parts))
            case Or(parts):
                return z3.Or(*(self.formula(part, values, look) for part in parts))
            case ForAll(bound, body) | Exists(bound, body):
                new = self.constants(bound)
                inner = self.formula(body, {**values, **new}, look)
                return (z3.ForAll if isinstance(tree, ForAll) else z3.Exists)(list(new.values()), inner)

    def constants(self, variables: Sequence[Var]) -> dict[Var, Any]:
        """A z3 constant for each of `variables`."""
        return {each: z3.Const(each.name, self.sorts[each.sort]) for each in variables}

    def given(self, transition: Transition) -> dict[Var, Any]:
        """A z3 constant for each parameter of `transition`, with a name that no quantifier of a clause binds."""
        return {each: z3.Const(f"the {each.name}", self.sorts[each.sort]) for each in transition.parameters}

    def orders(self) -> Iterator[Any]:
        """Axioms: each `<` is a total order, and no sort has more elements than the model allows."""
        for sort, symbol in self.model.vocabulary.orders.items():
            less = self.functions[symbol]
            a, b, c = (z3.Const(f"order {name}", self.sorts[sort]) for name in "abc")
            yield z3.ForAll([a], z3.Not(less(a, a)))
            yield z3.ForAll([a, b], z3.Or(a == b, less(a, b), less(b, a)))
            yield z3.ForAll([a, b, c], z3.Implies(z3.And(less(a, b), less(b, c)), less(a, c)))
        for sort, size in self.model.sizes.items():
            yield self.at_most(sort, size)

    def at_most(self, sort: str, size: int) -> Any:
        """The sort has at most `size` elements."""
        each = z3.Const(f"any {sort}", self.sorts[sort])
        known = [z3.Const(f"{sort} {number}", self.sorts[sort]) for number in range(size)]
        return z3.ForAll([each], z3.Or(*(each == one for one in known)))

    def clause(self, clause: Clause, look: Lookup | None = None, values: Values | None = None) -> Any:
        """`clause` in z3, in the old state unless `look` says otherwise."""
        return self.formula(clause.formula, values or {}, look or self.before)


INITIATION, SAFETY = "initial states", "safety"  # the names of groups of obligations; the others are transitions


@dataclass(frozen=True, slots=True)
class Obligation:
    """`clause` has to hold after the transition `group`; or in every initial state, or wherever the invariant holds."""

    group: str
    clause: Clause


@dataclass(frozen=True, slots=True)
class ObligationResult:
    """What z3 answered. `proved`: no state violates the obligation; None: the solver gave up."""

    obligation: Obligation
    proved: bool | None
    seconds: float  # of processor time


def obligations(model: Model) -> Iterator[Obligation]:
    """All proof obligations of `model`: initiation, then consecution transition by transition, then safety."""
    for group in (INITIATION, *(transition.name for transition in model.transitions)):
        for clause in model.invariants:
            yield Obligation(group, clause)
    for clause in model.safety:
        yield Obligation(SAFETY, clause)


class Prover:
    """Discharges the obligations of `model`."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.encoder = Encoder(model)
        self.group = ""
        self.look: Lookup = self.encoder.before
        self.solver = z3.SimpleSolver()

    def check(self, obligation: Obligation) -> ObligationResult:
        """Whether `obligation` holds. To check those of one group in a row is faster: they share their premises."""
        began = time.process_time()
        found = answer(self.query(obligation))
        if found == z3.unknown:  # how long z3 takes is luck: it hangs on what it has been asked before in this process
            self._enter(obligation.group, seed=SECOND_SEED)
            found = answer(self.query(obligation))
        proved = None if found == z3.unknown else bool(found == z3.unsat)
        return ObligationResult(obligation, proved, time.process_time() - began)

    def query(self, obligation: Obligation) -> Any:
        """The solver, loaded with the negation of `obligation`: it is satisfiable if and only if the obligation fails."""
        if obligation.group != self.group:
            self._enter(obligation.group)
        if self.solver.num_scopes():
            self.solver.pop()
        self.solver.push()
        self.solver.add(z3.Not(self.encoder.clause(obligation.clause, self.look)))
        return self.solver

    def possible(self, group: str, situation: Formula | None = None) -> bool | None:
        """Whether some state satisfies the premises of `group`, so that its obligations do not hold vacuously.

        With `situation`, a state in which this holds, too. None: the solver gave up.
        """
        solver = z3.SimpleSolver()
        solver.set("timeout", TIMEOUT * 1000)
        solver.add(*self.premises(group))
        if situation is not None:
            solver.add(self.encoder.formula(situation, {}, self.encoder.before))
        found = answer(solver)
        return None if found == z3.unknown else bool(found == z3.sat)

    def _enter(self, group: str, seed: int = 0) -> None:
        self.group, self.solver = group, z3.SimpleSolver()
        self.solver.set("timeout", TIMEOUT * 1000)
        self.solver.set("random_seed", seed)
        self.solver.add(*self.premises(group))
        self.look = self.encoder.before
        if group not in (INITIATION, SAFETY):
            transition = self.model.transition(group)
            self.look = self.encoder.after(transition, self.encoder.given(transition))

    def premises(self, group: str) -> list[Any]:
        """What the obligations of `group` may assume."""
        model, encoded = self.model, self.encoder.clause
        known = [*self.encoder.orders(), *map(encoded, model.axioms)]
        if group == INITIATION:
            transition = model.init
        else:
            known += map(encoded, model.invariants)
            if group == SAFETY:
                return known
            transition = model.transition(group)
        values = self.encoder.given(transition)
        return [*known, *(encoded(clause, None, values) for clause in transition.guard)]
