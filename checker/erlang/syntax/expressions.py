"""Expressions, patterns and guards: operator precedence parsing (Pratt, "Top down operator precedence", 1973).

The precedences are those of the Erlang reference manual, chapter "Expressions", section "Operator Precedence".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Final, NoReturn

from groupy_check.checker.erlang.syntax.places import ErlangSyntaxError, Place
from groupy_check.checker.erlang.syntax.scanner import ErlangToken
from groupy_check.checker.erlang.syntax.tokens import TokenReader
from groupy_check.checker.erlang.syntax.tree import (
    BinaryOf,
    BinaryOp,
    BlockExpr,
    Body,
    CallExpr,
    CaseExpr,
    CatchExpr,
    Comprehension,
    Cons,
    ErlangClause,
    Expr,
    FunExpr,
    FunRef,
    Generator,
    Guards,
    IfExpr,
    Literal,
    MapField,
    MapOf,
    MatchExpr,
    Nil,
    ReceiveExpr,
    RecordAccess,
    RecordField,
    RecordOf,
    RemoteName,
    Segment,
    TryExpr,
    TupleOf,
    UnaryOp,
    Variable,
)

# How strongly each operator holds its left and its right operand; one of equal strength on the right takes what comes first.
INFIX: Final = {
    "=": (101, 100), "!": (101, 100),
    "orelse": (151, 150), "andalso": (161, 160),
    **dict.fromkeys(("==", "/=", "=<", "<", ">=", ">", "=:=", "=/="), (201, 201)),
    **dict.fromkeys(("++", "--"), (301, 300)),
    **dict.fromkeys(("+", "-", "bor", "bxor", "bsl", "bsr", "or", "xor"), (400, 401)),
    **dict.fromkeys(("*", "/", "div", "rem", "band", "and"), (500, 501)),
}  # fmt: skip
COMPARING: Final = 201
PREFIX: Final = 600
LITERALS: Final = frozenset({"atom", "integer", "float", "char"})


class Expressions:
    """Reads expressions from `reader`."""

    def __init__(self, reader: TokenReader) -> None:
        self.reader = reader
        self.in_handler = False

    def body(self) -> Body:
        """Expressions separated by commas."""
        return self.reader.separated(self.expr)

    def guards(self) -> Guards:
        """What follows `when`, or () where there is no `when`."""
        return self.reader.separated(self.body, ";") if self.reader.took("when") else ()

    def expr(self, strength: int = 0) -> Expr:
        """An expression whose operators hold at least as strongly as `strength`."""
        reader = self.reader
        left = self._operand()
        while reader.token.kind in INFIX and INFIX[reader.token.kind][0] > strength:
            operator = reader.take()
            right = self.expr(INFIX[operator.kind][1])
            if operator.kind == "=":
                left = MatchExpr(_first(left), left, right)
            else:
                left = BinaryOp(operator.place, operator.kind, left, right)
            if INFIX[operator.kind][0] == COMPARING and INFIX.get(reader.token.kind, (0,))[0] == COMPARING:
                reader.fail(f"{operator.kind} cannot be followed by another comparison; use brackets")
        return left

    def _operand(self) -> Expr:
        token = self.reader.token
        if token.kind == "catch":
            return CatchExpr(self.reader.take().place, self.expr())
        if token.kind in {"+", "-", "bnot", "not"}:
            return UnaryOp(self.reader.take().place, token.kind, self.expr_of_prefix())
        return self._applied(self._primary())

    def expr_of_prefix(self) -> Expr:
        """The operand of a prefix operator: another one, or something without operators."""
        return self.expr(PREFIX) if not self.reader.is_at("catch") else self._operand()

    def _applied(self, found: Expr) -> Expr:
        """`found` as a call, or with the map and record parts that follow. What a call returns is called in brackets only."""
        reader = self.reader
        if reader.is_at("#"):
            while reader.is_at("#"):
                found = self._hash(found)
            return found
        if reader.is_at(":") and not self.in_handler:
            found = RemoteName(reader.take().place, found, self._primary())
        if reader.took("("):
            return CallExpr(_first(found), found, reader.until(")", self.expr, "that ends the arguments"))
        return found

    # --- what has no operators -------------------------------------------------------------------------------------------

    def _primary(self) -> Expr:
        reader, token = self.reader, self.reader.token
        if token.kind in LITERALS:
            return Literal(reader.take().place, token.kind, token.value)
        readers = {
            "var": self._variable,
            "string": self._string,
            "(": self._bracketed,
            "[": self._list,
            "{": self._tuple,
            "<<": self._binary,
            "#": self._hash,
            "begin": self._block,
            "if": self._if,
            "case": self._case,
            "receive": self._receive,
            "try": self._try,
            "fun": self._fun,
        }
        if token.kind not in readers:
            self._fail("expected an expression")
        return readers[token.kind]()

    def _fail(self, expected: str) -> NoReturn:
        self.reader.fail(expected)
        raise AssertionError("unreachable")

    def _variable(self) -> Expr:
        token = self.reader.take()
        return Variable(token.place, str(token.value))

    def _string(self) -> Expr:
        """A string; those that follow one another are one."""
        place, said = self.reader.at, ""
        while self.reader.is_at("string"):
            said += str(self.reader.take().value)
        return Literal(place, "string", said)

    def _bracketed(self) -> Expr:
        self.reader.take()
        found = self.expr()
        self.reader.expect(")", "that closes the '('")
        return found

    def _tuple(self) -> Expr:
        place = self.reader.take().place
        return TupleOf(place, self.reader.until("}", self.expr, "that ends the tuple"))

    def _list(self) -> Expr:
        reader = self.reader
        place = reader.take().place
        if reader.is_at("]"):
            reader.take()
            return Nil(place)
        head = self.expr()
        if reader.took("||"):
            qualifiers = reader.separated(self._qualifier)
            reader.expect("]", "that ends the list comprehension")
            return Comprehension(place, head, qualifiers, binary=False)
        return Cons(place, head, self._tail())

    def _tail(self) -> Expr:
        reader, place = self.reader, self.reader.at
        if reader.took("|"):
            found = self.expr()
            reader.expect("]", "that ends the list")
            return found
        if reader.took(","):
            head = self.expr()
            return Cons(_first(head), head, self._tail())
        reader.expect("]", "that ends the list")
        return Nil(place)

    def _qualifier(self) -> Expr | Generator:
        found = self.expr()
        if self.reader.is_at("<-", "<="):
            arrow = self.reader.take()
            return Generator(arrow.place, found, self.expr(), arrow.kind == "<=")
        return found

    def _binary(self) -> Expr:
        reader = self.reader
        place = reader.take().place
        if reader.took(">>"):
            return BinaryOf(place, ())
        first = self._segment()
        if reader.took("||"):
            qualifiers = reader.separated(self._qualifier)
            reader.expect(">>", "that ends the binary comprehension")
            return Comprehension(place, first.value, qualifiers, binary=True)
        segments = (first, *(reader.separated(self._segment) if reader.took(",") else ()))
        reader.expect(">>", "that ends the binary")
        return BinaryOf(place, segments)

    def _segment(self) -> Segment:
        reader = self.reader
        value: Expr
        if reader.is_at("+", "-", "bnot", "not"):
            operator = reader.take()
            value = UnaryOp(operator.place, operator.kind, self._primary())
        else:
            value = self._primary()
        size = self._primary() if reader.took(":") else None
        types = reader.separated(self._type, "-") if reader.took("/") else ()
        return Segment(_first(value), value, size, types)

    def _type(self) -> str | tuple[str, int]:
        name = str(self.reader.expect("atom", "that names the type").value)
        return (name, int(self.reader.expect("integer").value)) if self.reader.took(":") else name

    def _hash(self, base: Expr | None = None) -> Expr:
        """A map or a record, or what is done with one, behind `#`."""
        reader = self.reader
        place = reader.expect("#").place
        if reader.took("{"):
            return MapOf(place, base, reader.until("}", self._map_field, "that ends the map"))
        name = str(reader.expect("atom", "that names the record").value)
        if reader.took("."):
            return self._record_access(place, base, name)
        reader.expect("{", "of the record")
        return RecordOf(place, base, name, reader.until("}", self._record_field, "that ends the record"))

    def _record_access(self, place: Place, base: Expr | None, name: str) -> Expr:
        token = self.reader.expect("atom", "that names the field")
        return RecordAccess(place, base, name, Literal(token.place, "atom", token.value))

    def _map_field(self) -> MapField:
        key = self.expr()
        if not self.reader.is_at("=>", ":="):
            self._fail("expected => or := in the map")
        operator = self.reader.take()
        return MapField(operator.place, key, self.expr(), operator.kind == ":=")

    def _record_field(self) -> RecordField:
        token = self.reader.token
        if token.kind not in {"atom", "var"}:
            self._fail("expected the name of a field")
        self.reader.take()
        name = Variable(token.place, str(token.value)) if token.kind == "var" else Literal(token.place, "atom", token.value)
        self.reader.expect("=", "and the value of the field")
        return RecordField(token.place, name, self.expr())

    # --- what contains clauses -------------------------------------------------------------------------------------------

    def _block(self) -> Expr:
        start = self.reader.take()
        body = self.body()
        self._end(start)
        return BlockExpr(start.place, body)

    def _end(self, start: ErlangToken) -> None:
        self.reader.expect("end", f"of the '{start.text}' at {start.place}")

    def _if(self) -> Expr:
        start = self.reader.take()
        clauses = self.reader.separated(self._if_clause, ";")
        self._end(start)
        return IfExpr(start.place, clauses)

    def _if_clause(self) -> ErlangClause:
        guards = self.reader.separated(self.body, ";")
        return ErlangClause(_first(guards[0][0]), (), guards, self._arrow_body())

    def _arrow_body(self) -> Body:
        self.reader.expect("->", "and what to do")
        return self.body()

    def _case(self) -> Expr:
        start = self.reader.take()
        subject = self.expr()
        self.reader.expect("of", f"of the 'case' at {start.place}")
        clauses = self.clauses()
        self._end(start)
        return CaseExpr(start.place, subject, clauses)

    def clauses(self) -> tuple[ErlangClause, ...]:
        """Clauses of one pattern each."""
        return self.reader.separated(self._clause, ";")

    def _clause(self) -> ErlangClause:
        pattern = self.expr()
        return ErlangClause(_first(pattern), (pattern,), self.guards(), self._arrow_body())

    def _receive(self) -> Expr:
        start = self.reader.take()
        clauses = () if self.reader.is_at("after") else self.clauses()
        timeout: Expr | None = None
        after: Body = ()
        if self.reader.took("after"):
            timeout, after = self.expr(), self._arrow_body()
        self._end(start)
        return ReceiveExpr(start.place, clauses, timeout, after)

    def _try(self) -> Expr:
        reader = self.reader
        start = reader.take()
        body = self.body()
        clauses = self.clauses() if reader.took("of") else ()
        handlers = reader.separated(self._handler, ";") if reader.took("catch") else ()
        after = self.body() if reader.took("after") else ()
        if not handlers and not after:
            self._fail(f"expected 'catch' or 'after' of the 'try' at {start.place}")
        self._end(start)
        return TryExpr(start.place, body, clauses, handlers, after)

    def _handler(self) -> ErlangClause:
        """`Class:Reason:Stack`; Erlang makes a tuple of the three."""
        reader, place = self.reader, self.reader.at
        kind: Expr = Literal(place, "atom", "throw")
        if reader.is_at("atom", "var") and reader.ahead(1) == ":":
            token = reader.take()
            kind = Variable(place, str(token.value)) if token.kind == "var" else Literal(place, "atom", token.value)
            reader.take()
        reason = self._handled()
        stack = Variable(max(_places(reason)), "_")
        if reader.took(":"):
            token = reader.expect("var", "for the stack trace")
            stack = Variable(token.place, str(token.value))
        pattern = TupleOf(place, (kind, reason, stack))
        return ErlangClause(place, (pattern,), self.guards(), self._arrow_body())

    def _handled(self) -> Expr:
        """The reason in a handler: a colon behind it comes before the stack trace, not before the name of a function."""
        self.in_handler = True
        try:
            return self.expr()
        finally:
            self.in_handler = False

    def _fun(self) -> Expr:
        reader = self.reader
        start = reader.take()
        if reader.is_at("(") or (reader.is_at("var") and reader.ahead(1) == "("):
            name = str(reader.token.value) if reader.is_at("var") else ""
            clauses = reader.separated(lambda: self._fun_clause(name), ";")
            self._end(start)
            return FunExpr(start.place, name, clauses)
        first = self._primary()
        module = None
        if reader.took(":"):
            module, first = first, self._primary()
        reader.expect("/", "and the number of arguments")
        return FunRef(start.place, module, first, self._primary())

    def _fun_clause(self, name: str) -> ErlangClause:
        reader, place = self.reader, self.reader.at
        if name and str(reader.expect("var").value) != name:
            raise ErlangSyntaxError(place, f"the clauses of this fun are called {name}")
        return self.function_clause(place)

    def function_clause(self, place: Place) -> ErlangClause:
        """The clause of a function or a fun, from its '(' on."""
        self.reader.expect("(", "of the parameters")
        patterns = self.reader.until(")", self.expr, "that ends the parameters")
        return ErlangClause(place, patterns, self.guards(), self._arrow_body())


def _first(expr: Expr) -> Place:
    """Where the text of `expr` begins."""
    match expr:
        case BinaryOp(_, _, left) | MatchExpr(_, left):
            return _first(left)
        case CallExpr(_, function):
            return _first(function)
        case RemoteName(_, module):
            return _first(module)
        case MapOf(_, Expr() as base) | RecordOf(_, Expr() as base) | RecordAccess(_, Expr() as base):
            return _first(base)
    return expr.at


def _places(part: object) -> Iterator[Place]:
    """The place of `part` and of all that it consists of."""
    if isinstance(part, Place):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from _places(item)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _places(getattr(part, field.name))
