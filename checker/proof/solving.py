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
from groupy_check.checker.proof.language import And, Apply, Atom, Equal, Exists, ForAll, Formula, Not, Or, Symbol, Term, Var
from groupy_check.checker.proof.model import Clause, Model, Transition, Update

TIMEOUT = 60  # seconds for one obligation
Values = Mapping[Var, Any]
Lookup = Callable[[Symbol, list[Any]], Any]


class Encoder:
    """Gives formulas of `model` to z3."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.sorts = {name: z3.DeclareSort(name) for name in model.vocabulary.variables}
        self.functions = {symbol: self._declared(symbol) for symbol in model.vocabulary.symbols.values()}

    def _declared(self, symbol: Symbol) -> Any:
        result = self.sorts[symbol.result] if symbol.result else z3.BoolSort()
        return z3.Function(symbol.name, *(self.sorts[sort] for sort in symbol.sorts), result)

    def before(self, symbol: Symbol, args: list[Any]) -> Any:
        """What `symbol` says of `args` in the old state."""
        return self.functions[symbol](*args)

    def after(self, transition: Transition, values: Values) -> Lookup:
        """What a symbol says once `transition` has been taken with `values`."""

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
        """`term` as z3 writes it."""
        if isinstance(term, Apply):
            return look(term.symbol, [self.term(arg, values, look) for arg in term.args])
        return values[term]

    def formula(self, tree: Formula, values: Values, look: Lookup) -> Any:
        """`tree` as z3 writes it; `look` says in which state."""
        match tree:
            case Atom(symbol, args):
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
        """The values of the parameters of `transition`: constants that no quantifier of a clause can catch."""
        return {each: z3.Const(f"the {each.name}", self.sorts[each.sort]) for each in transition.parameters}

    def orders(self) -> Iterator[Any]:
        """Each `<` is a total order, and a sort of fixed size has so many things."""
        for sort, symbol in self.model.vocabulary.orders.items():
            less = self.functions[symbol]
            a, b, c = (z3.Const(f"order {name}", self.sorts[sort]) for name in "abc")
            yield z3.ForAll([a], z3.Not(less(a, a)))
            yield z3.ForAll([a, b], z3.Or(a == b, less(a, b), less(b, a)))
            yield z3.ForAll([a, b, c], z3.Implies(z3.And(less(a, b), less(b, c)), less(a, c)))
        for sort, size in self.model.sizes.items():
            yield self.at_most(sort, size)

    def at_most(self, sort: str, size: int) -> Any:
        """There are at most `size` things of `sort`."""
        each = z3.Const(f"any {sort}", self.sorts[sort])
        known = [z3.Const(f"{sort} {number}", self.sorts[sort]) for number in range(size)]
        return z3.ForAll([each], z3.Or(*(each == one for one in known)))

    def says(self, clause: Clause, look: Lookup | None = None, values: Values | None = None) -> Any:
        """`clause` as z3 writes it, of the old state unless `look` says otherwise."""
        return self.formula(clause.formula, values or {}, look or self.before)


INITIATION, SAFETY = "in the beginning", "what is to be proved"


@dataclass(frozen=True, slots=True)
class Obligation:
    """`clause` has to hold after `group`: after a transition, in the beginning, or, for what is to be proved, at any time."""

    group: str
    clause: Clause


@dataclass(frozen=True, slots=True)
class ObligationResult:
    """`proved`: there are no values that break the obligation. None: the solver gave up."""

    obligation: Obligation
    proved: bool | None
    seconds: float  # of processor time


def obligations(model: Model) -> Iterator[Obligation]:
    """All that has to be shown, in the order in which a reader would."""
    for group in (INITIATION, *(transition.name for transition in model.transitions)):
        for clause in model.invariants:
            yield Obligation(group, clause)
    for clause in model.safety:
        yield Obligation(SAFETY, clause)


class Prover:
    """Answers the obligations of `model`."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.encoder = Encoder(model)
        self.group = ""
        self.look: Lookup = self.encoder.before
        self.solver = z3.SimpleSolver()

    def check(self, obligation: Obligation) -> ObligationResult:
        """Whether `obligation` holds. Those of one group are best asked for one after the other."""
        began = time.process_time()
        solver = self.question(obligation)
        found = solver.check()
        proved = None if found == z3.unknown else bool(found == z3.unsat)
        return ObligationResult(obligation, proved, time.process_time() - began)

    def question(self, obligation: Obligation) -> Any:
        """The solver, which has an answer where `obligation` does not hold."""
        if obligation.group == self.group:
            self.solver.pop()
        else:
            self._enter(obligation.group)
        self.solver.push()
        self.solver.add(z3.Not(self.encoder.says(obligation.clause, self.look)))
        return self.solver

    def possible(self, transition: Transition) -> bool | None:
        """The clauses, and the guard of `transition`, can be true at once: what is proved of it is about something."""
        solver = z3.SimpleSolver()
        solver.set("timeout", TIMEOUT * 1000)
        solver.add(*self.premises(transition.name))
        found = solver.check()
        return None if found == z3.unknown else bool(found == z3.sat)

    def _enter(self, group: str) -> None:
        self.group, self.solver = group, z3.SimpleSolver()
        self.solver.set("timeout", TIMEOUT * 1000)
        self.solver.add(*self.premises(group))
        self.look = self.encoder.before
        if group not in (INITIATION, SAFETY):
            transition = self.model.transition(group)
            self.look = self.encoder.after(transition, self.encoder.given(transition))

    def premises(self, group: str) -> list[Any]:
        """What may be assumed for the obligations of `group`."""
        model, says = self.model, self.encoder.says
        known = [*self.encoder.orders(), *map(says, model.axioms)]
        if group == INITIATION:
            transition = model.init
        else:
            known += map(says, model.invariants)
            if group == SAFETY:
                return known
            transition = model.transition(group)
        values = self.encoder.given(transition)
        return [*known, *(says(clause, None, values) for clause in transition.guard)]
