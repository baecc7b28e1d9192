"""The forms of a module as data: what `erl_parse` calls the abstract format, one class for each kind of expression.

Patterns and guards are expressions, too. `at` is where Erlang says that the expression is: where the operator is, for instance.
"""

from __future__ import annotations

from dataclasses import dataclass

from groupy_check.checker.erlang.syntax.places import Place


@dataclass(frozen=True, slots=True)
class Expr:
    """An expression, a pattern or a guard."""

    at: Place


Body = tuple[Expr, ...]
Guards = tuple[Body, ...]  # alternatives (`;`) of tests that must all be true (`,`)


@dataclass(frozen=True, slots=True)
class Literal(Expr):
    """`kind`: atom, integer, float, char or string."""

    kind: str
    value: str | int | float


@dataclass(frozen=True, slots=True)
class Variable(Expr):
    """A variable; `_` is one, too."""

    name: str


@dataclass(frozen=True, slots=True)
class TupleOf(Expr):
    """`{a, b}`."""

    items: Body


@dataclass(frozen=True, slots=True)
class Nil(Expr):
    """`[]`."""


@dataclass(frozen=True, slots=True)
class Cons(Expr):
    """`[head | tail]`, of which lists are made."""

    head: Expr
    tail: Expr


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a binary: `value:size/types`; a type with a unit is a pair."""

    at: Place
    value: Expr
    size: Expr | None
    types: tuple[str | tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class BinaryOf(Expr):
    """`<<a, b>>`."""

    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class MapField:
    """`key => value`, or with `exact` `key := value`."""

    at: Place
    key: Expr
    value: Expr
    exact: bool


@dataclass(frozen=True, slots=True)
class MapOf(Expr):
    """`#{...}`, or an update of `base`."""

    base: Expr | None
    fields: tuple[MapField, ...]


@dataclass(frozen=True, slots=True)
class RecordField:
    """`name = value`; the name may be `_`."""

    at: Place
    name: Expr
    value: Expr


@dataclass(frozen=True, slots=True)
class RecordOf(Expr):
    """`#name{...}`, or an update of `base`."""

    base: Expr | None
    name: str
    fields: tuple[RecordField, ...]


@dataclass(frozen=True, slots=True)
class RecordAccess(Expr):
    """`base#name.field`; without a base, the index of the field."""

    base: Expr | None
    name: str
    field: Literal


@dataclass(frozen=True, slots=True)
class MatchExpr(Expr):
    """`pattern = value`; of two patterns, an alias."""

    pattern: Expr
    value: Expr


@dataclass(frozen=True, slots=True)
class BinaryOp(Expr):
    """An operator with two operands; `!` is one, too."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class UnaryOp(Expr):
    """An operator with one operand."""

    operator: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class CatchExpr(Expr):
    """`catch body`."""

    body: Expr


@dataclass(frozen=True, slots=True)
class RemoteName(Expr):
    """`module:name`, as it is called or referred to."""

    module: Expr
    name: Expr


@dataclass(frozen=True, slots=True)
class CallExpr(Expr):
    """`function(arguments)`."""

    function: Expr
    arguments: Body


@dataclass(frozen=True, slots=True)
class BlockExpr(Expr):
    """`begin ... end`."""

    body: Body


@dataclass(frozen=True, slots=True)
class ErlangClause:
    """Of a function, a fun, `case`, `receive`, `try` or `if` (which has no pattern)."""

    at: Place
    patterns: Body
    guards: Guards
    body: Body


@dataclass(frozen=True, slots=True)
class IfExpr(Expr):
    """`if ... end`."""

    clauses: tuple[ErlangClause, ...]


@dataclass(frozen=True, slots=True)
class CaseExpr(Expr):
    """`case subject of ... end`."""

    subject: Expr
    clauses: tuple[ErlangClause, ...]


@dataclass(frozen=True, slots=True)
class ReceiveExpr(Expr):
    """`timeout` and `after` belong together: both are None and () where there is no `after`."""

    clauses: tuple[ErlangClause, ...]
    timeout: Expr | None
    after: Body


@dataclass(frozen=True, slots=True)
class TryExpr(Expr):
    """`try body of clauses catch handlers after after end`."""

    body: Body
    clauses: tuple[ErlangClause, ...]
    handlers: tuple[ErlangClause, ...]
    after: Body


@dataclass(frozen=True, slots=True)
class FunExpr(Expr):
    """A fun literal; `name` is what it calls itself, or ""."""

    name: str
    clauses: tuple[ErlangClause, ...]


@dataclass(frozen=True, slots=True)
class FunRef(Expr):
    """`fun name/arity`, or with a module `fun module:name/arity`."""

    module: Expr | None
    name: Expr
    arity: Expr


@dataclass(frozen=True, slots=True)
class Generator:
    """`pattern <- source`, or `pattern <= source` of a binary."""

    at: Place
    pattern: Expr
    source: Expr
    binary: bool


@dataclass(frozen=True, slots=True)
class Comprehension(Expr):
    """`[template || ...]`, or of a binary `<<template || ...>>`."""

    template: Expr
    qualifiers: tuple[Expr | Generator, ...]
    binary: bool


@dataclass(frozen=True, slots=True)
class Function:
    """All clauses of one function."""

    at: Place
    name: str
    clauses: tuple[ErlangClause, ...]

    @property
    def arity(self) -> int:
        """How many arguments it takes."""
        return len(self.clauses[0].patterns)


@dataclass(frozen=True, slots=True)
class Attribute:
    """`-name(values).`, or () where it has none; what is said about types is not read."""

    at: Place
    name: str
    values: Body


@dataclass(frozen=True, slots=True)
class Record:
    """`-record(name, {...}).`: each field with its default, if it has one."""

    at: Place
    name: str
    fields: tuple[tuple[Literal, Expr | None], ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """A form that is not Erlang: why, and the name of the function that it seems to be, or ""."""

    at: Place
    text: str
    function: str = ""


Form = Function | Attribute | Record | Broken
