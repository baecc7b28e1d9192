"""Formulas evaluated on finite structures: the very trees that z3 proves, interpreted a second time and independently of it.

Each tree is compiled once into a Python function of nested loops that follow the rows of relations wherever they can, because
most clauses are about few rows. Elements that turn up later, such as a new message, change no answer: every clause is about
rows of relations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

from groupy_check.checker.proof.language import (
    TRUE,
    And,
    Equal,
    Exists,
    ForAll,
    Formula,
    Not,
    Or,
    Relates,
    Symbol,
    Term,
    Var,
    renamed,
    variables_of,
)

TableRow = tuple[Any, ...]


class RelationTable:
    """The rows of a relation; those of a function end with its value. `number` identifies the table within its TableStore."""

    def __init__(self, rows: frozenset[TableRow], number: int) -> None:
        self.rows, self.number = rows, number
        self.indices: dict[tuple[int, ...], dict[TableRow, list[TableRow]]] = {}

    @cached_property
    def value(self) -> dict[TableRow, Any]:
        """The value of the function for each row of arguments."""
        return {row[:-1]: row[-1] for row in self.rows}

    def by(self, known: tuple[int, ...]) -> dict[TableRow, list[TableRow]]:
        """The rows, indexed by their values at the places `known`."""
        found = self.indices.get(known)
        if found is None:
            found = self.indices[known] = {}
            for row in self.rows:
                found.setdefault(tuple(row[place] for place in known), []).append(row)
        return found


class RigidTable(RelationTable):
    """The table of a rigid relation; it gains rows when a search meets new elements, and never loses any."""

    def __init__(self) -> None:
        super().__init__(frozenset(), -1)

    def add(self, rows: Iterable[TableRow]) -> None:
        """Add `rows`."""
        self.rows |= frozenset(rows)
        self.indices.clear()
        self.__dict__.pop("value", None)


class TableStore:
    """Interns tables: asked twice for the same name and rows, it returns the same object."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, frozenset[TableRow]], RelationTable] = {}

    def table(self, name: str, rows: Iterable[TableRow]) -> RelationTable:
        """The one table for the symbol `name` with these `rows`."""
        key = name, frozenset(rows)
        found = self.tables.get(key)
        if found is None:
            found = self.tables[key] = RelationTable(key[1], len(self.tables))
        return found


@dataclass(frozen=True, slots=True)
class Structure:
    """A finite first-order structure, one state of a model: the elements of each sort, and the table of each symbol."""

    universe: Mapping[str, Collection[Hashable]]
    tables: Mapping[Symbol, RelationTable]


class FormulaCompiler:
    """Compiles formulas to the text of one Python function."""

    def __init__(self) -> None:
        self.names: dict[Var, str] = {}
        self.tables: dict[Symbol, str] = {}
        self.sorts: dict[str, str] = {}
        self.helpers: list[str] = []
        self.numbers = count()

    def fresh(self, tree: Formula) -> Formula:
        """`tree`, in which no two quantifiers bind the same name."""
        return renamed(tree, lambda name: f"{name}'{next(self.numbers)}")

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
        """A Python expression for the truth of `tree`, whose free variables all have values."""
        match tree:
            case Relates(symbol, args):
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
        """A call of a new local function that returns whether some values of `bound` satisfy `body`."""
        free = [variable for variable in variables_of(body) if variable not in bound]
        call = f"h{next(self.numbers)}({', '.join(map(self.name, free))})"
        lines = self.search(body, set(free), bound, ["return True"])
        self.helpers.append("\n".join([f" def {call}:", *(f"  {line}" for line in lines), "  return False"]))
        return call

    def search(self, body: Formula, known: set[Var], wanted: Sequence[Var], found: list[str]) -> list[str]:
        """Lines that execute `found` for all values of `wanted` that satisfy `body`; the variables in `known` have values.

        The cheapest conjunct comes next (see `cost`), as in a greedy join order of a database.
        """
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
        """Lines that continue only where `part` holds; they may give values to variables."""
        new = [variable for variable in variables_of(part) if variable not in known]
        known |= set(new)
        match part:
            case Equal(left, right) if new:
                here, there = (left, right) if left in new else (right, left)
                return [f"{self.term(here)} = {self.term(there)}"]
            case Relates(symbol, args) if new:
                return self.rows(symbol, args, new)
        return [f"if {self.truth(part)}:"]

    def rows(self, symbol: Symbol, args: tuple[Term, ...], new: list[Var]) -> list[str]:
        """Lines that loop over the rows of `symbol` that match `args`; the variables in `new` have no values yet."""
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
        """A line that loops over all elements that one more variable can denote."""
        wanted = [*missing, *(variable for part in parts for variable in variables_of(part))]
        variable = next(variable for variable in wanted if variable not in known)
        known.add(variable)
        return [f"for {self.name(variable)} in {self.sorts.setdefault(variable.sort, f's{len(self.sorts)}')}:"]

    def function(self, parameters: Sequence[Var], lines: list[str]) -> Callable[..., Any]:
        """The compiled Python function of a Structure and `parameters` that executes `lines`."""
        head = [f"def compiled(structure, {', '.join(map(self.name, parameters))}):"]
        head += [f" {name} = structure.universe[{sort!r}]" for sort, name in self.sorts.items()]
        head += [f" {name} = structure.tables[symbols[{place}]]" for place, name in enumerate(self.tables.values())]
        text = "\n".join([*head, *self.helpers, *(f" {line}" for line in lines)])
        space: dict[str, Any] = {"symbols": list(self.tables)}
        exec(text, space)  # noqa: S102 - the text consists of names made above
        return space["compiled"]  # type: ignore[no-any-return]


BLIND = 100  # the cost of a conjunct that needs a loop over all elements of a sort


def cost(part: Formula, known: set[Var]) -> int:
    """An estimate of the work if `part` comes next and the variables in `known` have values."""
    new = {variable for variable in variables_of(part) if variable not in known}
    match part:
        case Exists():
            return -1
        case _ if not new:
            return 0
        case Equal(left, right) if len(new) == 1 and (left in new) != (right in new):
            other = right if left in new else left
            return BLIND if new.intersection(variables_of(other)) else 1
        case Relates(symbol, args) if all(isinstance(arg, Var) or not new.intersection(variables_of(arg)) for arg in args):
            return 2 * len(new) + (20 if len(new) == len(args) else 0) + (5 if symbol.name.endswith(" order") else 0)
    return BLIND


def conjuncts(tree: Formula) -> Iterator[Formula]:
    """Formulas whose conjunction is equivalent to `tree`."""
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
    """A function of a Structure and values of `parameters` that returns whether `tree` holds."""
    compiler = FormulaCompiler()
    line = f"return {compiler.truth(compiler.fresh(tree))}"
    return compiler.function(parameters, [line])


def falsifier_of(tree: Formula) -> Callable[[Structure], TableRow | None]:
    """A function of a Structure that returns values of the outermost universal variables that falsify `tree`, or None."""
    compiler = FormulaCompiler()
    body = compiler.fresh(tree)
    bound, inner = (body.variables, body.body) if isinstance(body, ForAll) else ((), body)
    lines = compiler.search(Not(inner), set(), bound, [f"return {compiler.row(map(compiler.name, bound))}"])
    return compiler.function((), [*lines, "return None"])


def rows_of(tree: Formula, wanted: Sequence[Var], parameters: Sequence[Var]) -> Callable[..., set[TableRow]]:
    """A function of a Structure and values of `parameters` that returns all values of `wanted` that satisfy `tree`."""
    compiler = FormulaCompiler()
    body = compiler.fresh(tree)
    lines = compiler.search(body, set(parameters), wanted, [f"found.add({compiler.row(map(compiler.name, wanted))})"])
    return compiler.function(parameters, ["found = set()", *lines, "return found"])
