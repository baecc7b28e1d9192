"""Counterexamples to induction: a small state that satisfies all clauses, and its successor, which violates one.

z3 finds the first state; `model_interpreter` computes the second, and checks on its own that the clauses and the guard hold and
that the clause fails. So each of the two interpretations of the formulas checks the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import z3

from groupy_check.checker.proof.finite_structures import (
    Structure,
    TableRow,
    TableStore,
    falsifier_of,
)
from groupy_check.checker.proof.interruptible import answer
from groupy_check.checker.proof.language import ForAll, Symbol
from groupy_check.checker.proof.model import Model, Transition
from groupy_check.checker.proof.model_interpreter import ClauseChecker, ModelInterpreter
from groupy_check.checker.proof.solving import INITIATION, SAFETY, Obligation, Prover
from groupy_check.groupy_model.proof_result import Counterexample, RelationChange
from groupy_check.groupy_model.show import show

EFFORT = 10_000_000  # of the solver, for each attempt to find a smaller state: some seconds, the same on each machine
UNTOLD = ("age", "is", "next")  # relations that the names of elements show already


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a sort, known by its name."""

    name: str

    def __str__(self) -> str:
        return self.name


def counterexample(prover: Prover, obligation: Obligation) -> Counterexample | None:
    """The two states that refute `obligation`, or None if the solver finds none."""
    found = _smallest(prover, obligation)
    if found is None:
        return None
    structure, values = _read(prover, found, _transition(prover.model, obligation.group))
    return _shown(prover.model, obligation, structure, values)


def _transition(model: Model, group: str) -> Transition | None:
    if group == SAFETY:
        return None
    return model.init if group == INITIATION else model.transition(group)


def _smallest(prover: Prover, obligation: Obligation) -> Any:
    """A z3 model that violates `obligation`, with few elements of each sort, or None."""
    solver = prover.query(obligation)
    found = solver.model() if answer(solver) == z3.sat else None
    if found is None:
        return None
    solver.set("rlimit", EFFORT)
    for sort, handle in prover.encoder.sorts.items():
        for size in range(1, len(_constants(found, handle))):
            solver.push()
            solver.add(prover.encoder.at_most(sort, size))
            if answer(solver) == z3.sat:
                found = solver.model()
                break
            solver.pop()
    return found


# --- from z3's model to a structure --------------------------------------------------------------------------------------


def _read(prover: Prover, found: Any, transition: Transition | None) -> tuple[Structure, list[Element]]:
    """The old state in the z3 model `found`, and the values of the parameters of `transition`."""
    encoder, store = prover.encoder, TableStore()
    constants = {sort: _constants(found, handle) for sort, handle in encoder.sorts.items()}
    element = _names(prover, found, constants)
    tables = {}
    for symbol, function in encoder.functions.items():
        rows: set[TableRow] = set()
        for args in product(*(constants[sort] for sort in symbol.sorts)):
            row = tuple(element[str(arg)] for arg in args)
            if symbol.result:
                rows.add((*row, element[str(found.eval(function(*args), model_completion=True))]))
            elif _true(found, function(*args)):
                rows.add(row)
        tables[symbol] = store.table(symbol.name, rows)
    given = encoder.given(transition).values() if transition else ()
    values = [element[str(found.eval(one, model_completion=True))] for one in given]
    return Structure({sort: [element[str(one)] for one in known] for sort, known in constants.items()}, tables), values


def _constants(found: Any, sort: Any) -> list[Any]:
    universe = found.get_universe(sort)
    return list(universe) if universe else [found.eval(z3.Const(f"some {sort}", sort), model_completion=True)]


def _names(prover: Prover, found: Any, constants: dict[str, list[Any]]) -> dict[str, Element]:
    """A name for each element: a bare number for numbers, otherwise the letter of its sort and a number.

    A process and its age share a name, since the models tell them apart only to stay decidable.
    """
    names: dict[str, Element] = {}
    for sort, known in constants.items():
        for place, constant in enumerate(_in_order(prover, found, sort, known)):
            letter = "p" if sort == "Age" and sort in prover.model.vocabulary.orders else sort[0].lower()
            names[str(constant)] = Element(f"{place}" if sort in ("Number", "Version") else f"{letter}{place + 1}")
    twins = prover.model.vocabulary.symbols.get("age"), prover.model.vocabulary.symbols.get("is")
    for one in constants["Process"]:
        for other in constants.get("Age", []):
            if twins[0] is not None and _true(found, prover.encoder.functions[twins[0]](one) == other):
                admitted = _true(found, prover.encoder.functions[prover.model.vocabulary.symbols["admitted"]](one))
                names[str(one)] = names[str(other)] if admitted else Element(f"joiner {names[str(one)]}")
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


# --- from a structure to a counterexample ------------------------------------------------------------------------------------


def _shown(model: Model, obligation: Obligation, structure: Structure, values: list[Element]) -> Counterexample:
    transition = _transition(model, obligation.group)
    after = structure
    if transition is not None and obligation.group != INITIATION:
        interpreter = ModelInterpreter(model, TableStore())
        unmet = interpreter.unmet_guard(structure, transition.name, values)
        falsified = ClauseChecker(model.invariants).falsified(structure)
        assert unmet is None, f"z3 and the interpreter differ about {unmet}"
        assert falsified is None, f"z3 and the interpreter differ about {falsified}"
        after = interpreter.successor(structure, transition.name, values)
    row = falsifier_of(obligation.clause.formula)(after)
    assert row is not None, f"z3 and the interpreter differ about {obligation.clause.name}"
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
    """The rows of each relation before and after, without orders and what names show already."""
    for symbol in model.vocabulary.symbols.values():
        if symbol in model.vocabulary.orders.values() or symbol.name in UNTOLD:
            continue
        old, new = (_lines(symbol, structure.tables[symbol].rows) for structure in (before, after))
        if old or new:
            yield RelationChange(symbol.name, old, new)


def _lines(symbol: Symbol, rows: frozenset[TableRow]) -> tuple[str, ...]:
    """The rows as text, in order; those of a function as `arguments: value`."""
    ordered = sorted(tuple(map(str, row)) for row in rows)
    if symbol.result:
        return tuple(f"{', '.join(row[:-1])}: {row[-1]}" for row in ordered)
    return tuple(", ".join(row) for row in ordered)
