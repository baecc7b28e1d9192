"""From the text of a module to its forms. One that is not Erlang becomes `Broken`, and the others stay as they are."""

from __future__ import annotations

from itertools import pairwise

from groupy_check.checker.erlang.syntax.expressions import Expressions
from groupy_check.checker.erlang.syntax.places import ErlangSyntaxError, Place
from groupy_check.checker.erlang.syntax.preprocessor import Include, Preprocessor, Tokens
from groupy_check.checker.erlang.syntax.tokens import TokenReader
from groupy_check.checker.erlang.syntax.tree import Attribute, Broken, ErlangClause, Expr, Form, Function, Literal, Record

UNREAD = frozenset({"spec", "type", "opaque", "callback", "nominal"})  # about types: they change no run


def parse(text: str, module: str, file: str, include: Include) -> tuple[Form, ...]:
    """The forms of `text`, in order; `module` is the name of the file, `file` its path, and `include` reads other files."""
    found = Preprocessor(module, file, include).forms(text)
    return tuple(Broken(form.place, form.text) if isinstance(form, ErlangSyntaxError) else _form(form) for form in found)


def _form(tokens: Tokens) -> Form:
    try:
        if tokens[0].kind == "-":
            return _attribute(tokens)
        return _function(tokens)
    except ErlangSyntaxError as error:
        name = str(tokens[0].value) if tokens[0].kind == "atom" else ""
        return Broken(error.place, error.text, name)
    except RecursionError:
        return Broken(tokens[0].place, "this is nested too deeply")


def _function(tokens: Tokens) -> Function:
    reader = TokenReader(tokens)
    if not reader.is_at("atom"):
        reader.fail("expected a function or an attribute")
    place, name = reader.at, str(reader.token.value)
    expressions = Expressions(reader)

    def clause() -> ErlangClause:
        at = reader.at
        again = str(reader.expect("atom", f"to begin the next clause of {name}").value)
        if again != name:
            raise ErlangSyntaxError(at, f"the clauses of {name} end with a dot before those of {again} begin, not with ';'")
        return expressions.function_clause(at)

    clauses = reader.separated(clause, ";")
    reader.expect("dot", f"that ends the function {name}")
    for one, other in pairwise(clauses):
        if len(one.patterns) != len(other.patterns):
            raise ErlangSyntaxError(other.at, f"the clauses of {name} differ in the number of their parameters")
    return Function(place, name, clauses)


def _attribute(tokens: Tokens) -> Form:
    reader = TokenReader(tokens)
    reader.take()
    name = reader.expect("atom", "that names the attribute")
    place = name.place
    expressions = Expressions(reader)
    if name.value in UNREAD:
        return Attribute(place, str(name.value), ())
    if reader.took("dot"):
        return Attribute(place, str(name.value), ())
    reader.expect("(", f"of the attribute {name.value}")
    if name.value == "record":
        return _record(place, reader, expressions)
    value = expressions.body()
    if name.value == "module":
        _check_atom(value[0])
    reader.expect(")", f"of the attribute {name.value}")
    reader.expect("dot", f"that ends the attribute {name.value}")
    return Attribute(place, str(name.value), value)


def _check_atom(value: Expr) -> None:
    if not (isinstance(value, Literal) and value.kind == "atom"):
        raise ErlangSyntaxError(value.at, "the name of a module is an atom")


def _record(place: Place, reader: TokenReader, expressions: Expressions) -> Record:
    name = str(reader.expect("atom", "that names the record").value)
    reader.expect(",")
    reader.expect("{", f"of the record {name}")

    def field() -> tuple[Literal, Expr | None]:
        token = reader.expect("atom", "that names a field")
        default = expressions.expr() if reader.took("=") else None
        if reader.took("::"):
            _skip_type(reader)
        return Literal(token.place, "atom", token.value), default

    fields = reader.until("}", field, f"that ends the record {name}")
    reader.expect(")", "of the attribute record")
    reader.expect("dot", "that ends the attribute record")
    return Record(place, name, fields)


def _skip_type(reader: TokenReader) -> None:
    """Go on to the comma or bracket behind a type."""
    depth = 0
    while not reader.is_at("dot") and (depth or not reader.is_at(",", "}")):
        depth += reader.is_at("(", "[", "{", "<<") - reader.is_at(")", "]", "}", ">>")
        reader.take()
