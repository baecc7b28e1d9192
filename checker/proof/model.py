"""A relational model: what its state is made of, how it begins, its transitions, and the clauses that prove it safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from groupy_check.checker.proof.language import (
    TRUE,
    And,
    Exists,
    ForAll,
    Formula,
    FormulaError,
    Not,
    Or,
    Symbol,
    Term,
    Var,
    Vocabulary,
    closed,
    variables_of,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A named sentence about one state; `text` is how it was written."""

    name: str
    text: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class Update:
    """`symbol` of `args` becomes true (`gain`) or false, for all values of the variables in `args` with `where`.

    For a function, it takes `value` there.
    """

    symbol: Symbol
    args: tuple[Var, ...]
    where: Formula
    gain: bool = True
    value: Term | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """What can happen: with `parameters` for which `guard` holds, `updates` are made, all of them seen from the old state."""

    name: str
    parameters: tuple[Var, ...]
    guard: tuple[Clause, ...]
    updates: tuple[Update, ...]

    def updates_of(self, symbol: Symbol) -> list[Update]:
        """What it does to `symbol`."""
        return [update for update in self.updates if update.symbol == symbol]


@dataclass(frozen=True, slots=True)
class Model:
    """`axioms` hold of what is rigid, the guard of `init` of the first state; `safety` follows from `invariants`.

    `sizes`: sorts that have so many things; of all others there may be any number.
    """

    name: str
    sentence: str
    vocabulary: Vocabulary
    axioms: tuple[Clause, ...]
    init: Transition
    transitions: tuple[Transition, ...]
    invariants: tuple[Clause, ...]
    safety: tuple[Clause, ...]
    sizes: Mapping[str, int] = field(default_factory=dict)

    def transition(self, name: str) -> Transition:
        """The transition called `name`."""
        return next(transition for transition in self.transitions if transition.name == name)

    def knows(self, name: str) -> bool:
        """There is a transition called `name`."""
        return any(transition.name == name for transition in self.transitions)

    def without(self, clause: str) -> Model:
        """The model that does not know the invariant called `clause`."""
        return replace(self, invariants=tuple(each for each in self.invariants if each.name != clause))


class Writer:
    """Reads the parts of a model from text."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def clauses(self, texts: Mapping[str, str]) -> tuple[Clause, ...]:
        """One Clause per named text; its free variables can be anything."""
        return tuple(Clause(name, tidy(text), closed(self.vocabulary.parse(text))) for name, text in texts.items())

    def transition(self, head: str, guard: Sequence[str], updates: Sequence[str]) -> Transition:
        """`head` is `take(i, x)`. A change is `+ log(i, x)`, `- list(i, r) where old(r)` or `n(i) := m`."""
        name, _, names = head.partition("(")
        parameters = tuple(self.vocabulary.variable(each.strip()) for each in names.strip(" )").split(",") if each.strip())
        guards = tuple(self._guard(text, parameters) for text in guard)
        return Transition(name.strip(), parameters, guards, tuple(self._update(text, parameters) for text in updates))

    def _guard(self, text: str, parameters: tuple[Var, ...]) -> Clause:
        formula = self.vocabulary.parse(text)
        strangers = [each.name for each in variables_of(formula) if each not in parameters]
        if strangers:
            raise FormulaError(f"{text!r}: {', '.join(strangers)} should be a parameter")
        check_bound(formula, parameters)
        return Clause(tidy(text), tidy(text), formula)

    def _update(self, text: str, parameters: tuple[Var, ...]) -> Update:
        if ":=" in text:
            head, _, value = text.partition(":=")
            symbol, args = self._head(head)
            return Update(symbol, args, TRUE, value=self.vocabulary.variable(value.strip()))
        sign, _, rest = text.strip().partition(" ")
        head, _, where = rest.partition(" where ")
        symbol, args = self._head(head)
        formula = self.vocabulary.parse(where) if where else TRUE
        strangers = [each.name for each in variables_of(formula) if each not in (*parameters, *args)]
        if strangers:
            raise FormulaError(f"{text!r}: {', '.join(strangers)} should be bound")
        check_bound(formula, (*parameters, *args))
        return Update(symbol, args, formula, sign == "+")

    def _head(self, text: str) -> tuple[Symbol, tuple[Var, ...]]:
        name, _, names = text.strip().partition("(")
        symbol = self.vocabulary.symbols[name]
        args = tuple(self.vocabulary.variable(each.strip()) for each in names.strip(" )").split(","))
        if tuple(arg.sort for arg in args) != symbol.sorts:
            raise FormulaError(f"{text!r}: {name}({', '.join(symbol.sorts)}) is wanted")
        return symbol, args


def check_bound(tree: Formula, taken: Sequence[Var]) -> None:
    """Raises FormulaError where a quantifier uses a name that means something already: a reader could mistake it."""
    match tree:
        case Not(body):
            check_bound(body, taken)
        case And(parts) | Or(parts):
            for part in parts:
                check_bound(part, taken)
        case ForAll(bound, body) | Exists(bound, body):
            clash = [each.name for each in bound if each in taken]
            if clash:
                raise FormulaError(f"{', '.join(clash)} is bound, but has a meaning already")
            check_bound(body, (*taken, *bound))


def tidy(text: str) -> str:
    """`text` on one line."""
    return " ".join(text.split())
