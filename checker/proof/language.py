"""The language of the models: many-sorted first-order logic, parsed into one tree that two independent modules interpret.

    sent(r, i, x, c) & y < x & ~(y < n(i)) -> exists d. sent(r, i, y, d)

`~ & | -> <->` bind in that order, strongest first; `exists` and `all` reach as far to the right as they can; `=`, `!=` and `<`
compare terms. A Vocabulary declares the relations and functions, and the sort of each variable: as in papers, the name decides,
without its digits. `solving` translates a tree to z3; `finite_structures` evaluates the same tree on states of running systems.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count


@dataclass(frozen=True, slots=True)
class Symbol:
    """A relation symbol, or a function symbol if `result` is a sort. A `rigid` one has the same meaning in every state."""

    name: str
    sorts: tuple[str, ...]
    result: str | None = None
    rigid: bool = False


@dataclass(frozen=True, slots=True)
class Var:
    """A variable of `sort`."""

    name: str
    sort: str


@dataclass(frozen=True, slots=True)
class Apply:
    """A function applied to `args`."""

    symbol: Symbol
    args: tuple[Term, ...]


Term = Var | Apply


@dataclass(frozen=True, slots=True)
class Relates:
    """The relation `symbol` holds of `args`."""

    symbol: Symbol
    args: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Equal:
    """`left` and `right` denote the same element."""

    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Not:
    """`body` does not hold."""

    body: Formula


@dataclass(frozen=True, slots=True)
class And:
    """All of `parts` hold; true if there are none."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of `parts` holds; false if there are none."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class ForAll:
    """`body` holds for all values of `variables`."""

    variables: tuple[Var, ...]
    body: Formula


@dataclass(frozen=True, slots=True)
class Exists:
    """`body` holds for some values of `variables`."""

    variables: tuple[Var, ...]
    body: Formula


Formula = Relates | Equal | Not | And | Or | ForAll | Exists
TRUE = And(())


def implies(one: Formula, other: Formula) -> Formula:
    """The formula `one -> other`."""
    return Or((Not(one), other))


def situation_of(tree: Formula) -> Formula:
    """When the sentence `tree` says something: where values satisfy the condition of its implication, if it is one."""
    match tree:
        case ForAll(bound, Or((Not(condition), _))):
            return Exists(bound, condition)
        case Or((Not(condition), _)):
            return condition
    return TRUE


def variables_of(tree: Formula | Term) -> tuple[Var, ...]:
    """The free variables of `tree`, in order of their first occurrence."""
    return tuple(dict.fromkeys(_free(tree)))


def _free(tree: Formula | Term) -> Iterator[Var]:
    match tree:
        case Var():
            yield tree
        case Apply(_, args) | Relates(_, args):
            for arg in args:
                yield from _free(arg)
        case Equal(left, right):
            yield from _free(left)
            yield from _free(right)
        case Not(body):
            yield from _free(body)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _free(part)
        case ForAll(bound, body) | Exists(bound, body):
            yield from (variable for variable in _free(body) if variable not in bound)


def symbols_of(tree: Formula | Term) -> frozenset[Symbol]:
    """The relation and function symbols in `tree`."""
    match tree:
        case Var():
            return frozenset()
        case Apply(symbol, args) | Relates(symbol, args):
            return frozenset({symbol}).union(*map(symbols_of, args))
        case Equal(left, right):
            return symbols_of(left) | symbols_of(right)
        case And(parts) | Or(parts):
            return frozenset[Symbol]().union(*map(symbols_of, parts))
        case Not(body) | ForAll(_, body) | Exists(_, body):
            return symbols_of(body)


def closed(tree: Formula) -> Formula:
    """The universal closure of `tree`."""
    free = variables_of(tree)
    return ForAll(free, tree) if free else tree


def replaced(term: Term, new: Mapping[Var, Term]) -> Term:
    """`term`, with its variables replaced as `new` says."""
    return new.get(term, term) if isinstance(term, Var) else Apply(term.symbol, tuple(replaced(arg, new) for arg in term.args))


def substituted(tree: Formula, new: Mapping[Var, Term]) -> Formula:
    """`tree`, with its free variables replaced as `new` says.

    No quantifier of `tree` may bind a variable of the new terms; Vocabulary.expanded and check_bound see to that.
    """
    match tree:
        case Relates(symbol, args):
            return Relates(symbol, tuple(replaced(arg, new) for arg in args))
        case Equal(left, right):
            return Equal(replaced(left, new), replaced(right, new))
        case Not(body):
            return Not(substituted(body, new))
        case And(parts):
            return And(tuple(substituted(part, new) for part in parts))
        case Or(parts):
            return Or(tuple(substituted(part, new) for part in parts))
        case ForAll(bound, body):
            return ForAll(bound, substituted(body, new))
        case Exists(bound, body):
            return Exists(bound, substituted(body, new))


def renamed(tree: Formula, new_name: Callable[[str], str]) -> Formula:
    """`tree`, with a new name for each variable that it binds."""
    match tree:
        case Not(body):
            return Not(renamed(body, new_name))
        case And(parts):
            return And(tuple(renamed(part, new_name) for part in parts))
        case Or(parts):
            return Or(tuple(renamed(part, new_name) for part in parts))
        case ForAll(bound, body) | Exists(bound, body):
            new = {old: Var(new_name(old.name), old.sort) for old in bound}
            inner = substituted(renamed(body, new_name), new)
            return (ForAll if isinstance(tree, ForAll) else Exists)(tuple(new.values()), inner)
    return tree


TOKEN = re.compile(r"\s*(<->|->|!=|:=|\w+|[()~&|=<.,])")


class FormulaError(ValueError):
    """A formula is not well-formed; the message says which, and where."""


@dataclass(slots=True)
class Vocabulary:
    """The sorts, relations and functions of a model, and the abbreviations that its formulas may use.

    `variables`: the variable names of each sort. `symbols`: by name. `orders`: the `<` of each ordered sort. `definitions`: the
    parameters and the body of each abbreviation, which `parse` expands. `meanings`: each symbol in words, for the reader.
    """

    variables: Mapping[str, str]
    symbols: dict[str, Symbol] = field(default_factory=dict)
    orders: dict[str, Symbol] = field(default_factory=dict)
    definitions: dict[str, tuple[tuple[Var, ...], Formula]] = field(default_factory=dict)
    fresh: Iterator[int] = field(default_factory=count)
    meanings: dict[str, str] = field(default_factory=dict)

    def declare(self, *lines: str, rigid: bool = False) -> None:
        """Add a symbol per line: `sent(Process, Number)` for a relation, `n(Process): Number` for a function."""
        for line in lines:
            name, _, rest = line.partition("(")
            sorts, _, result = rest.partition(")")
            args = tuple(sort.strip() for sort in sorts.split(",") if sort.strip())
            self.symbols[name.strip()] = Symbol(name.strip(), args, result.strip(" :") or None, rigid)

    def means(self, *lines: str) -> None:
        """Say what a symbol stands for, one per line: `sent(r, i, x, c): r has sent c under number x to i`."""
        self.meanings |= {line.partition("(")[0]: line for line in lines}

    def order(self, sort: str) -> None:
        """Give `sort` a total order `<` that never changes."""
        self.orders[sort] = self.symbols[f"{sort} order"] = Symbol(f"{sort} order", (sort, sort), rigid=True)

    def define(self, *lines: str) -> None:
        """Add an abbreviation per line: `older(p, q) := age(p) < age(q)`."""
        for line in lines:
            head, _, text = line.partition(":=")
            name, _, names = head.partition("(")
            parameters = tuple(self.variable(each.strip()) for each in names.strip(" )").split(",") if each.strip())
            self.definitions[name.strip()] = parameters, self.parse(text)

    def variable(self, name: str) -> Var:
        """The variable `name`, of the sort that its letter stands for. Raises FormulaError if it stands for none."""
        letter = name.rstrip("0123456789")
        for sort, letters in self.variables.items():
            if letter in letters.split():
                return Var(name, sort)
        raise FormulaError(f"{name!r} is not a variable; {'; '.join(f'{k}: {v}' for k, v in self.variables.items())}")

    def parse(self, text: str) -> Formula:
        """The formula written in `text`. Raises FormulaError."""
        return FormulaParser(self, text).whole()

    def expanded(self, name: str, args: tuple[Term, ...]) -> Formula:
        """The body of the abbreviation `name`, applied to `args`; its bound variables get new names and capture nothing."""
        parameters, body = self.definitions[name]
        fresh = renamed(body, lambda old: f"{old}_{next(self.fresh)}")
        return substituted(fresh, dict(zip(parameters, args, strict=True)))


class FormulaParser:
    """Parses one formula, by recursive descent."""

    def __init__(self, vocabulary: Vocabulary, text: str) -> None:
        self.vocabulary, self.text, self.at = vocabulary, text, 0
        self.tokens = TOKEN.findall(text)
        if "".join(self.tokens) != "".join(text.split()):
            raise FormulaError(f"cannot read {text!r}")

    def whole(self) -> Formula:
        """The formula that the whole text writes."""
        formula = self.formula()
        if self.at < len(self.tokens):
            raise self.error("the end")
        return formula

    def formula(self) -> Formula:
        left = self.joined("|")
        if self.take("->"):
            return implies(left, self.formula())
        if self.take("<->"):
            right = self.joined("|")
            return And((implies(left, right), implies(right, left)))
        return left

    def joined(self, sign: str) -> Formula:
        parts = [self.joined("&") if sign == "|" else self.unary()]
        while self.take(sign):
            parts.append(self.joined("&") if sign == "|" else self.unary())
        if len(parts) == 1:
            return parts[0]
        return (Or if sign == "|" else And)(tuple(parts))

    def unary(self) -> Formula:
        if self.take("~"):
            return Not(self.unary())
        if self.take("("):
            inner = self.formula()
            self.need(")")
            return inner
        if self.take("true"):
            return TRUE
        for word, kind in (("all", ForAll), ("exists", Exists)):
            if self.take(word):
                bound = [self.vocabulary.variable(self.word())]
                while not self.take("."):
                    self.take(",")
                    bound.append(self.vocabulary.variable(self.word()))
                return kind(tuple(bound), self.formula())
        return self.atom()

    def atom(self) -> Formula:
        name = self.word()
        if name in self.vocabulary.definitions:
            return self.vocabulary.expanded(name, self.args())
        symbol = self.vocabulary.symbols.get(name)
        if symbol is not None and symbol.result is None:
            return Relates(symbol, self.checked(symbol, self.args()))
        return self.comparison(self.term(name))

    def comparison(self, left: Term) -> Formula:
        for sign in ("=", "!=", "<"):
            if self.take(sign):
                right = self.term(self.word())
                if sort_of(left) != sort_of(right):
                    raise self.error(f"a {sort_of(left)}")
                if sign == "<":
                    return Relates(self.vocabulary.orders[sort_of(left)], (left, right))
                return Equal(left, right) if sign == "=" else Not(Equal(left, right))
        raise self.error("a comparison")

    def term(self, name: str) -> Term:
        symbol = self.vocabulary.symbols.get(name)
        return self.vocabulary.variable(name) if symbol is None else Apply(symbol, self.checked(symbol, self.args()))

    def args(self) -> tuple[Term, ...]:
        self.need("(")
        found: list[Term] = []
        while not self.take(")"):
            found.append(self.term(self.word()))
            self.take(",")
        return tuple(found)

    def checked(self, symbol: Symbol, args: tuple[Term, ...]) -> tuple[Term, ...]:
        if tuple(map(sort_of, args)) != symbol.sorts:
            raise self.error(f"{symbol.name}({', '.join(symbol.sorts)})")
        return args

    def take(self, token: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at] == token
        self.at += found
        return found

    def need(self, token: str) -> None:
        if not self.take(token):
            raise self.error(token)

    def word(self) -> str:
        if self.at >= len(self.tokens):
            raise self.error("a name")
        self.at += 1
        return str(self.tokens[self.at - 1])

    def error(self, wanted: str) -> FormulaError:
        return FormulaError(
            f"{self.text!r}: expected {wanted} near {' '.join(self.tokens[max(0, self.at - 3) : self.at + 3])!r}"
        )


def sort_of(term: Term) -> str:
    """The sort of `term`."""
    return term.sort if isinstance(term, Var) else str(term.symbol.result)
