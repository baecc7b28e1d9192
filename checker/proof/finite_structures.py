"""Formulas, evaluated on finite structures: the second reader of the trees that z3 proves, so that both speak of one thing.

Each tree is compiled once into a Python function of nested loops that follow the rows of relations wherever they can, because
most clauses are about few rows. A clause depends on some relations only, so ClauseChecker evaluates it once for each content of
those. Elements that turn up later, such as a new message, change no answer: every clause is about rows of relations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

from groupy_check.checker.proof.language import (
    TRUE,
    And,
    Atom,
    Equal,
    Exists,
    ForAll,
    Formula,
    Not,
    Or,
    Symbol,
    Term,
    Var,
    substituted,
    symbols_of,
    variables_of,
)
from groupy_check.checker.proof.model import Clause, Model, Transition, Update

TableRow = tuple[Any, ...]


class RelationTable:
    """The rows of a relation; of a function, its arguments and value. Equal rows are one object of one `store`."""

    def __init__(self, rows: frozenset[TableRow], number: int) -> None:
        self.rows, self.number = rows, number
        self.indices: dict[tuple[int, ...], dict[TableRow, list[TableRow]]] = {}

    @cached_property
    def value(self) -> dict[TableRow, Any]:
        """The rows as a function."""
        return {row[:-1]: row[-1] for row in self.rows}

    def by(self, known: tuple[int, ...]) -> dict[TableRow, list[TableRow]]:
        """The rows by their values at the places `known`."""
        found = self.indices.get(known)
        if found is None:
            found = self.indices[known] = {}
            for row in self.rows:
                found.setdefault(tuple(row[place] for place in known), []).append(row)
        return found


class RigidTable(RelationTable):
    """The table of a rigid relation, which gets rows for things that turn up, and loses none."""

    def __init__(self) -> None:
        super().__init__(frozenset(), -1)

    def add(self, rows: Iterable[TableRow]) -> None:
        """`rows` belong to it as well."""
        self.rows |= frozenset(rows)
        self.indices.clear()
        self.__dict__.pop("value", None)


class TableStore:
    """Makes tables, one for all of a name that have the same rows."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, frozenset[TableRow]], RelationTable] = {}

    def table(self, name: str, rows: Iterable[TableRow]) -> RelationTable:
        """The table of `rows` for what is called `name`."""
        key = name, frozenset(rows)
        found = self.tables.get(key)
        if found is None:
            found = self.tables[key] = RelationTable(key[1], len(self.tables))
        return found


@dataclass(frozen=True, slots=True)
class Structure:
    """One state of a model: what there is of each sort, and the table of each relation."""

    universe: Mapping[str, Collection[Hashable]]
    tables: Mapping[Symbol, RelationTable]


class FormulaCompiler:
    """Writes one Python function."""

    def __init__(self) -> None:
        self.names: dict[Var, str] = {}
        self.tables: dict[Symbol, str] = {}
        self.sorts: dict[str, str] = {}
        self.helpers: list[str] = []
        self.numbers = count()

    def fresh(self, tree: Formula) -> Formula:
        """`tree`, in which no name is bound twice."""
        match tree:
            case Not(body):
                return Not(self.fresh(body))
            case And(parts):
                return And(tuple(map(self.fresh, parts)))
            case Or(parts):
                return Or(tuple(map(self.fresh, parts)))
            case ForAll(bound, body) | Exists(bound, body):
                new = {old: Var(f"{old.name}'{next(self.numbers)}", old.sort) for old in bound}
                inner = self.fresh(substituted(body, new))
                return (ForAll if isinstance(tree, ForAll) else Exists)(tuple(new.values()), inner)
        return tree

    def name(self, variable: Var) -> str:
        return self.names.setdefault(variable, f"v{len(self.names)}")

    def table(self, symbol: Symbol) -> str:
        return self.tables.setdefault(symbol, f"t{len(self.tables)}")

    def term(self, term: Term) -> str:
        if isinstance(term, Var):
            return self.name(term)
        return f"{self.table(term.symbol)}.value[{self.row(map(self.term, term.args))}]"

    def row(self, items: Iterable[str]) -> str:
        return f"({''.join(f'{item}, ' for item in items)})"

    def truth(self, tree: Formula) -> str:
        """An expression for `tree`, all of whose free variables have values."""
        match tree:
            case Atom(symbol, args):
                return f"{self.row(map(self.term, args))} in {self.table(symbol)}.rows"
            case Equal(left, right):
                return f"{self.term(left)} == {self.term(right)}"
            case Not(body):
                return f"(not {self.truth(body)})"
            case And(parts):
                return f"({' and '.join(map(self.truth, parts)) or 'True'})"
            case Or(parts):
                return f"({' or '.join(map(self.truth, parts)) or 'False'})"
            case Exists(bound, body):
                return self.helper(bound, body)
            case ForAll(bound, body):
                return f"(not {self.helper(bound, Not(body))})"

    def helper(self, bound: tuple[Var, ...], body: Formula) -> str:
        """A call of a function that looks for values of `bound`."""
        free = [variable for variable in variables_of(body) if variable not in bound]
        call = f"h{next(self.numbers)}({', '.join(map(self.name, free))})"
        lines = self.search(body, set(free), bound, ["return True"])
        self.helpers.append("\n".join([f" def {call}:", *(f"  {line}" for line in lines), "  return False"]))
        return call

    def search(self, body: Formula, known: set[Var], wanted: Sequence[Var], found: list[str]) -> list[str]:
        """Lines that do `found` for all values of `wanted` with `body`; those of `known` are there."""
        lines: list[str] = []
        depth, known, missing = 0, set(known), list(wanted)
        parts = list(conjuncts(body))
        while parts or any(variable not in known for variable in missing):
            part = min(parts, key=lambda part: cost(part, known), default=TRUE)
            if isinstance(part, Exists):
                parts.remove(part)
                parts += conjuncts(part.body)
                missing += part.variables
                continue
            if part is not TRUE and cost(part, known) < BLIND:
                parts.remove(part)
                new = self.use(part, known)
            else:
                new = self.any_value(missing, parts, known)
            for line in new:
                lines.append(" " * depth + line)
                depth += line.endswith(":")
        return lines + [" " * depth + line for line in found]

    def use(self, part: Formula, known: set[Var]) -> list[str]:
        """Lines that go on only where `part` holds; they may give values to variables."""
        new = [variable for variable in variables_of(part) if variable not in known]
        known |= set(new)
        match part:
            case Equal(left, right) if new:
                here, there = (left, right) if left in new else (right, left)
                return [f"{self.term(here)} = {self.term(there)}"]
            case Atom(symbol, args) if new:
                return self.rows(symbol, args, new)
        return [f"if {self.truth(part)}:"]

    def rows(self, symbol: Symbol, args: tuple[Term, ...], new: list[Var]) -> list[str]:
        """Lines that go through the rows of `symbol` that fit `args`, of which `new` have no values yet."""
        places = tuple(place for place, arg in enumerate(args) if arg not in new)
        key = self.row(self.term(args[place]) for place in places)
        taken: list[str] = []
        again: list[str] = []
        for place, arg in enumerate(args):
            if place not in places:
                name = self.term(arg)
                again += [f"if {name}_ == {name}:"] if name in taken else []
                taken.append(f"{name}_" if name in taken else name)
            else:
                taken.append("_")
        return [f"for {self.row(taken)} in {self.table(symbol)}.by({places}).get({key}, ()):", *again]

    def any_value(self, missing: Sequence[Var], parts: Sequence[Formula], known: set[Var]) -> list[str]:
        """A line that goes through everything that one more variable can be."""
        wanted = [*missing, *(variable for part in parts for variable in variables_of(part))]
        variable = next(variable for variable in wanted if variable not in known)
        known.add(variable)
        return [f"for {self.name(variable)} in {self.sorts.setdefault(variable.sort, f's{len(self.sorts)}')}:"]

    def function(self, parameters: Sequence[Var], lines: list[str]) -> Callable[..., Any]:
        """The Python function of a Structure and `parameters` that does `lines`."""
        head = [f"def compiled(structure, {', '.join(map(self.name, parameters))}):"]
        head += [f" {name} = structure.universe[{sort!r}]" for sort, name in self.sorts.items()]
        head += [f" {name} = structure.tables[symbols[{place}]]" for place, name in enumerate(self.tables.values())]
        text = "\n".join([*head, *self.helpers, *(f" {line}" for line in lines)])
        space: dict[str, Any] = {"symbols": list(self.tables)}
        exec(text, space)  # noqa: S102 - the text is made of the names above only
        return space["compiled"]  # type: ignore[no-any-return]


BLIND = 100  # the cost of what can only be tried out


def cost(part: Formula, known: set[Var]) -> int:
    """How bad it is to look at `part` next, when the variables of `known` have values."""
    new = {variable for variable in variables_of(part) if variable not in known}
    match part:
        case Exists():
            return -1
        case _ if not new:
            return 0
        case Equal(left, right) if len(new) == 1 and (left in new) != (right in new):
            other = right if left in new else left
            return BLIND if new.intersection(variables_of(other)) else 1
        case Atom(symbol, args) if all(isinstance(arg, Var) or not new.intersection(variables_of(arg)) for arg in args):
            return 2 * len(new) + (20 if len(new) == len(args) else 0) + (5 if symbol.name.endswith(" order") else 0)
    return BLIND


def conjuncts(tree: Formula) -> Iterator[Formula]:
    """What must hold, one by one, where `tree` does."""
    match tree:
        case And(parts):
            for part in parts:
                yield from conjuncts(part)
        case Not(Or(parts)):
            for part in parts:
                yield from conjuncts(Not(part))
        case Not(ForAll(bound, body)):
            yield Exists(bound, Not(body))
        case Not(Not(body)):
            yield from conjuncts(body)
        case _:
            yield tree


def truth_of(tree: Formula, parameters: Sequence[Var] = ()) -> Callable[..., bool]:
    """A function of a Structure and of values for `parameters`: whether `tree` holds."""
    compiler = FormulaCompiler()
    line = f"return {compiler.truth(compiler.fresh(tree))}"
    return compiler.function(parameters, [line])


def breaker_of(tree: Formula) -> Callable[[Structure], TableRow | None]:
    """A function of a Structure: values for the variables of `tree`, which is `all ... .`, for which it fails, or None."""
    compiler = FormulaCompiler()
    body = compiler.fresh(tree)
    bound, inner = (body.variables, body.body) if isinstance(body, ForAll) else ((), body)
    lines = compiler.search(Not(inner), set(), bound, [f"return {compiler.row(map(compiler.name, bound))}"])
    return compiler.function((), [*lines, "return None"])


def rows_of(tree: Formula, wanted: Sequence[Var], parameters: Sequence[Var]) -> Callable[..., set[TableRow]]:
    """A function of a Structure and of values for `parameters`: all values of `wanted` for which `tree` holds."""
    compiler = FormulaCompiler()
    body = compiler.fresh(tree)
    lines = compiler.search(body, set(parameters), wanted, [f"found.add({compiler.row(map(compiler.name, wanted))})"])
    return compiler.function(parameters, ["found = set()", *lines, "return found"])


class ModelInterpreter:
    """Takes the transitions of `model` on structures."""

    def __init__(self, model: Model, store: TableStore) -> None:
        self.model, self.store = model, store
        self.guards: dict[str, list[tuple[Clause, Callable[..., bool]]]] = {}
        self.updates: dict[str, list[tuple[Update, Callable[..., set[TableRow]]]]] = {}
        for transition in model.transitions:
            self.guards[transition.name] = [(one, truth_of(one.formula, transition.parameters)) for one in transition.guard]
            self.updates[transition.name] = [(one, self._rows(one, transition)) for one in transition.updates]

    def _rows(self, update: Update, transition: Transition) -> Callable[..., set[TableRow]]:
        """The rows that `update` is about: of a function, with the new value; of what is lost, only those that are there."""
        parts = [update.where] if update.gain else [update.where, Atom(update.symbol, update.args)]
        wanted = update.args if update.value is None else (*update.args, update.value)
        return rows_of(And(tuple(parts)), [each for each in wanted if isinstance(each, Var)], transition.parameters)

    def unlike_init(self, structure: Structure) -> Clause | None:
        """The part of the guard of `init` that no values meet together with the parts before it, None where all is met."""
        init = self.model.init
        for number, clause in enumerate(init.guard):
            known = And(tuple(one.formula for one in init.guard[: number + 1]))
            if not truth_of(Exists(init.parameters, known))(structure):
                return clause
        return None

    def refused(self, structure: Structure, transition: str, values: Sequence[Hashable]) -> Clause | None:
        """The part of the guard of `transition` that `values` do not meet, None when it can be taken."""
        return next((clause for clause, holds in self.guards[transition] if not holds(structure, *values)), None)

    def take(self, structure: Structure, transition: str, values: Sequence[Hashable]) -> Structure:
        """The structure after `transition`."""
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


@dataclass(slots=True)
class ClauseChecker:
    """Clauses, each asked once for each content of the relations that it speaks of."""

    clauses: Sequence[Clause]
    asked: list[
        tuple[Clause, tuple[Symbol, ...], Callable[[Structure], TableRow | None], dict[tuple[int, ...], TableRow | None]]
    ] = field(init=False)

    def __post_init__(self) -> None:
        self.asked = []
        for clause in self.clauses:
            moving = tuple(sorted((each for each in symbols_of(clause.formula) if not each.rigid), key=lambda each: each.name))
            self.asked.append((clause, moving, breaker_of(clause.formula), {}))

    def broken(self, structure: Structure) -> tuple[Clause, TableRow] | None:
        """The first clause that does not hold, and the values for which it does not."""
        for clause, moving, breaker, known in self.asked:
            key = tuple(structure.tables[symbol].number for symbol in moving)
            if key not in known:
                known[key] = breaker(structure)
            values = known[key]
            if values is not None:
                return clause, values
        return None
