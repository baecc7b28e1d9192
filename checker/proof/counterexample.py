"""A counterexample to induction: two neighbouring states, as small as they come, of which the second breaks a clause.

z3 finds the first one. What follows from it is computed by the other reader of the formulas, which also looks whether the
clauses, the guard and the broken clause are as z3 says: the two readers keep an eye on each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import z3
from groupy_check.checker.proof.finite_structures import (
    ClauseChecker,
    ModelInterpreter,
    Structure,
    TableRow,
    TableStore,
    breaker_of,
)
from groupy_check.checker.proof.language import ForAll, Symbol
from groupy_check.checker.proof.model import Model, Transition
from groupy_check.checker.proof.solving import INITIATION, SAFETY, Obligation, Prover
from groupy_check.groupy_model.proof_result import Counterexample, RelationChange
from groupy_check.groupy_model.show import show

PATIENCE = 2  # seconds for each try to make it smaller
UNTOLD = ("age", "is", "next")  # what the names say already


@dataclass(frozen=True, slots=True)
class Thing:
    """Something of a sort, known by its name."""

    name: str

    def __str__(self) -> str:
        return self.name


def counterexample(prover: Prover, obligation: Obligation) -> Counterexample | None:
    """Two states that show why `obligation` fails, None where the solver finds none."""
    found = _smallest(prover, obligation)
    if found is None:
        return None
    structure, values = _read(prover, found, _transition(prover.model, obligation.group))
    return _told(prover.model, obligation, structure, values)


def _transition(model: Model, group: str) -> Transition | None:
    if group == SAFETY:
        return None
    return model.init if group == INITIATION else model.transition(group)


def _smallest(prover: Prover, obligation: Obligation) -> Any:
    """A z3 model that breaks `obligation`, with few things of each sort."""
    solver = prover.question(obligation)
    found = solver.model() if solver.check() == z3.sat else None
    if found is None:
        return None
    solver.set("timeout", PATIENCE * 1000)
    for sort, handle in prover.encoder.sorts.items():
        for size in range(1, len(_constants(found, handle))):
            solver.push()
            solver.add(prover.encoder.at_most(sort, size))
            if solver.check() == z3.sat:
                found = solver.model()
                break
            solver.pop()
    return found


# --- from z3's model to a structure --------------------------------------------------------------------------------------


def _read(prover: Prover, found: Any, transition: Transition | None) -> tuple[Structure, list[Thing]]:
    """The old state in the z3 model `found`, and the values of the transition's parameters."""
    encoder, store = prover.encoder, TableStore()
    constants = {sort: _constants(found, handle) for sort, handle in encoder.sorts.items()}
    thing = _names(prover, found, constants)
    tables = {}
    for symbol, function in encoder.functions.items():
        rows: set[TableRow] = set()
        for args in product(*(constants[sort] for sort in symbol.sorts)):
            row = tuple(thing[str(arg)] for arg in args)
            if symbol.result:
                rows.add((*row, thing[str(found.eval(function(*args), model_completion=True))]))
            elif _true(found, function(*args)):
                rows.add(row)
        tables[symbol] = store.table(symbol.name, rows)
    values = (
        [thing[str(found.eval(one, model_completion=True))] for one in encoder.given(transition).values()] if transition else []
    )
    return Structure({sort: [thing[str(one)] for one in known] for sort, known in constants.items()}, tables), values


def _constants(found: Any, sort: Any) -> list[Any]:
    universe = found.get_universe(sort)
    return list(universe) if universe else [found.eval(z3.Const(f"some {sort}", sort), model_completion=True)]


def _names(prover: Prover, found: Any, constants: dict[str, list[Any]]) -> dict[str, Thing]:
    """A name for each thing: a number where it is one, p1 for the first process and for its age, otherwise a letter."""
    names: dict[str, Thing] = {}
    for sort, known in constants.items():
        for place, constant in enumerate(_in_order(prover, found, sort, known)):
            letter = "p" if sort == "Age" and sort in prover.model.vocabulary.orders else sort[0].lower()
            names[str(constant)] = Thing(f"{place}" if sort in ("Number", "Version") else f"{letter}{place + 1}")
    twins = prover.model.vocabulary.symbols.get("age"), prover.model.vocabulary.symbols.get("is")
    for one in constants["Process"]:
        for other in constants.get("Age", []):
            if twins[0] is not None and _true(found, prover.encoder.functions[twins[0]](one) == other):
                admitted = _true(found, prover.encoder.functions[prover.model.vocabulary.symbols["admitted"]](one))
                names[str(one)] = names[str(other)] if admitted else Thing(f"joiner {names[str(one)]}")
            if twins[1] is not None and _true(found, prover.encoder.functions[twins[1]](one, other)):
                names[str(other)] = names[str(one)]
    return names


def _in_order(prover: Prover, found: Any, sort: str, constants: list[Any]) -> list[Any]:
    order = prover.model.vocabulary.orders.get(sort)
    if order is None:
        return constants
    less = prover.encoder.functions[order]
    return sorted(constants, key=lambda one: sum(_true(found, less(other, one)) for other in constants))


def _true(found: Any, term: Any) -> bool:
    return bool(z3.is_true(found.eval(term, model_completion=True)))


# --- from a structure to what is told ------------------------------------------------------------------------------------


def _told(model: Model, obligation: Obligation, structure: Structure, values: list[Thing]) -> Counterexample:
    transition = _transition(model, obligation.group)
    after = structure
    if transition is not None and obligation.group != INITIATION:
        interpreter = ModelInterpreter(model, TableStore())
        refused = interpreter.refused(structure, transition.name, values)
        broken = ClauseChecker(model.invariants).broken(structure)
        assert refused is None, f"the two readers differ about {refused}"
        assert broken is None, f"the two readers differ about {broken}"
        after = interpreter.take(structure, transition.name, values)
    row = breaker_of(obligation.clause.formula)(after)
    assert row is not None, f"the two readers differ about {obligation.clause.name}"
    formula = obligation.clause.formula
    names = [variable.name for variable in formula.variables] if isinstance(formula, ForAll) else []
    given = [variable.name for variable in transition.parameters] if transition else []
    return Counterexample(
        obligation.group,
        tuple(zip(given, map(str, values), strict=True)),
        obligation.clause.name,
        obligation.clause.text,
        tuple(zip(names, map(show, row), strict=True)),
        tuple(_changes(model, structure, after)),
        tuple(sorted(map(str, structure.universe["Process"]))),
    )


def _changes(model: Model, before: Structure, after: Structure) -> Iterator[RelationChange]:
    """What each relation says before and after."""
    for symbol in model.vocabulary.symbols.values():
        if symbol in model.vocabulary.orders.values() or symbol.name in UNTOLD:
            continue
        old, new = (_lines(symbol, structure.tables[symbol].rows) for structure in (before, after))
        if old or new:
            yield RelationChange(symbol.name, old, new)


def _lines(symbol: Symbol, rows: frozenset[TableRow]) -> tuple[str, ...]:
    """The rows as a reader takes them in: a function with its values."""
    ordered = sorted(tuple(map(str, row)) for row in rows)
    if symbol.result:
        return tuple(f"{', '.join(row[:-1])}: {row[-1]}" for row in ordered)
    return tuple(", ".join(row) for row in ordered)
