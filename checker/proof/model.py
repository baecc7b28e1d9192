"""Relational models: a transition system in first-order logic, its inductive invariant, and the safety that it implies.

The style is that of Ivy (Padon and others, "Ivy: safety verification by interactive generalization", PLDI 2016) and mypyvy.
"""

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
    """A named sentence about one state; `text` is its source."""

    name: str
    text: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class Update:
    """For all values of `args` that satisfy `where`, the relation `symbol` becomes true (`gain`) or false.

    If `symbol` is a function, it takes `value` there.
    """

    symbol: Symbol
    args: tuple[Var, ...]
    where: Formula
    gain: bool = True
    value: Term | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """A guarded command: for `parameters` that satisfy `guard`, all `updates` happen at once, evaluated in the old state."""

    name: str
    parameters: tuple[Var, ...]
    guard: tuple[Clause, ...]
    updates: tuple[Update, ...]

    def updates_of(self, symbol: Symbol) -> list[Update]:
        """The updates of `symbol`."""
        return [update for update in self.updates if update.symbol == symbol]


@dataclass(frozen=True, slots=True)
class Model:
    """A transition system: `axioms` constrain the rigid symbols, and the guard of `init` describes the initial states.

    `invariants` are the clauses of the inductive invariant, which implies `safety`. `sentence` says in words what is proved,
    `covered` what may happen in the model, and `assumed` what real systems may do and the model cannot: of these a proof says
    nothing. `sizes` bounds the number of elements of some sorts; all others may have any number.
    """

    name: str
    sentence: str
    covered: tuple[str, ...]
    assumed: tuple[str, ...]
    vocabulary: Vocabulary
    axioms: tuple[Clause, ...]
    init: Transition
    transitions: tuple[Transition, ...]
    invariants: tuple[Clause, ...]
    safety: tuple[Clause, ...]
    sizes: Mapping[str, int] = field(default_factory=dict)

    def transition(self, name: str) -> Transition:
        """The transition `name`."""
        return next(transition for transition in self.transitions if transition.name == name)

    def knows(self, name: str) -> bool:
        """Whether there is a transition `name`."""
        return any(transition.name == name for transition in self.transitions)

    def without(self, clause: str) -> Model:
        """The model without the invariant `clause`."""
        return replace(self, invariants=tuple(each for each in self.invariants if each.name != clause))


class ModelParser:
    """Parses the parts of a model from text."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def clauses(self, texts: Mapping[str, str]) -> tuple[Clause, ...]:
        """A clause for each named text; its free variables are universally quantified."""
        return tuple(Clause(name, tidy(text), closed(self.vocabulary.parse(text))) for name, text in texts.items())

    def transition(self, head: str, guard: Sequence[str], updates: Sequence[str]) -> Transition:
        """The transition `head`, say `take(i, x)`; an update is `+ log(i, x)`, `- list(i, r) where old(r)` or `n(i) := m`."""
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
            raise FormulaError(f"{text!r}: expected {name}({', '.join(symbol.sorts)})")
        return symbol, args


def check_bound(tree: Formula, taken: Sequence[Var]) -> None:
    """Raises FormulaError if a quantifier shadows one of `taken` or of an outer quantifier, which could be misread."""
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
