"""Models executed on finite structures: which transitions are enabled, where they lead, and which clauses hold there."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from groupy_check.checker.proof.finite_structures import Structure, TableRow, TableStore, falsifier_of, rows_of, truth_of
from groupy_check.checker.proof.language import And, Exists, Relates, Symbol, Var, symbols_of
from groupy_check.checker.proof.model import Clause, Model, Transition, Update


class ModelInterpreter:
    """Evaluates the guards of `model` on structures, and applies its transitions to them."""

    def __init__(self, model: Model, store: TableStore) -> None:
        self.model, self.store = model, store
        self.guards: dict[str, list[tuple[Clause, Callable[..., bool]]]] = {}
        self.updates: dict[str, list[tuple[Update, Callable[..., set[TableRow]]]]] = {}
        for transition in model.transitions:
            self.guards[transition.name] = [(one, truth_of(one.formula, transition.parameters)) for one in transition.guard]
            self.updates[transition.name] = [(one, self._rows(one, transition)) for one in transition.updates]

    def _rows(self, update: Update, transition: Transition) -> Callable[..., set[TableRow]]:
        """A function that returns the rows that `update` adds (of a function: with the new value), or those that it removes."""
        parts = [update.where] if update.gain else [update.where, Relates(update.symbol, update.args)]
        wanted = update.args if update.value is None else (*update.args, update.value)
        return rows_of(And(tuple(parts)), [each for each in wanted if isinstance(each, Var)], transition.parameters)

    def unmet_init(self, structure: Structure) -> Clause | None:
        """None if `structure` is an initial state; otherwise the first part of the initial condition that no values satisfy.

        The values have to satisfy all earlier parts as well.
        """
        init = self.model.init
        for number, clause in enumerate(init.guard):
            known = And(tuple(one.formula for one in init.guard[: number + 1]))
            if not truth_of(Exists(init.parameters, known))(structure):
                return clause
        return None

    def unmet_guard(self, structure: Structure, transition: str, values: Sequence[Hashable]) -> Clause | None:
        """The first part of the guard of `transition` that `values` do not satisfy, or None if the transition is enabled."""
        return next((clause for clause, holds in self.guards[transition] if not holds(structure, *values)), None)

    def successor(self, structure: Structure, transition: str, values: Sequence[Hashable]) -> Structure:
        """The successor of `structure` by `transition`; every update is evaluated in the old state."""
        rows = {symbol: set(table.rows) for symbol, table in structure.tables.items() if self._touches(transition, symbol)}
        done = [(update, found(structure, *values)) for update, found in self.updates[transition]]
        for update, new in sorted(done, key=lambda item: item[0].gain):
            if update.symbol.result:
                keys = {row[:-1] for row in new}
                rows[update.symbol] = {row for row in rows[update.symbol] if row[:-1] not in keys} | new
            elif update.gain:
                rows[update.symbol] |= new
            else:
                rows[update.symbol] -= new
        return Structure(
            structure.universe,
            {**structure.tables, **{symbol: self.store.table(symbol.name, kept) for symbol, kept in rows.items()}},
        )

    def _touches(self, transition: str, symbol: Symbol) -> bool:
        return any(update.symbol == symbol for update, _ in self.updates[transition])


class ClauseChecker:
    """Evaluates `clauses`, each only once for each content of the relations in it."""

    def __init__(self, clauses: Iterable[Clause]) -> None:
        self.clauses = [MemoizedClause(clause) for clause in clauses]

    def falsified(self, structure: Structure) -> tuple[Clause, TableRow] | None:
        """The first clause that fails in `structure`, with the values that falsify it, or None."""
        for memoized in self.clauses:
            values = memoized.falsifying(structure)
            if values is not None:
                return memoized.clause, values
        return None


@dataclass(slots=True)
class MemoizedClause:
    """A clause, and what it came to for each content of its `flexible` relations, those that a transition can change."""

    clause: Clause
    flexible: list[Symbol] = field(init=False)
    evaluate: Callable[[Structure], TableRow | None] = field(init=False)
    known: dict[tuple[int, ...], TableRow | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        symbols = symbols_of(self.clause.formula)
        self.flexible = sorted((each for each in symbols if not each.rigid), key=lambda each: each.name)
        self.evaluate = falsifier_of(self.clause.formula)

    def falsifying(self, structure: Structure) -> TableRow | None:
        """Values that falsify the clause in `structure`, or None if it holds."""
        key = tuple(structure.tables[symbol].number for symbol in self.flexible)
        if key not in self.known:
            self.known[key] = self.evaluate(structure)
        return self.known[key]
