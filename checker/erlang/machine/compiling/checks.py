"""What Erlang's compiler would refuse in a whole module, said before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from groupy_check.checker.erlang.machine.processes import CannotRun, located
from groupy_check.checker.erlang.syntax import tree
from groupy_check.checker.erlang.syntax.places import Place


def check_forms(forms: tuple[tree.Form, ...], file: str) -> None:
    """Raises CannotRun where there is no function, two of one name, or a variable that no pattern of its clause binds."""
    functions = [form for form in forms if isinstance(form, tree.Function)]
    broken = next((form for form in forms if isinstance(form, tree.Broken)), None)
    if not forms:
        raise CannotRun(f"{file}: the file is empty")
    if not functions:
        why = f"{broken.at.inside(file)}: {broken.text}" if broken else f"{file}: there is no function in it"
        raise CannotRun(f"{why}; is this file Erlang?")
    seen = set[tuple[str, int]]()
    for function in functions:
        if (function.name, function.arity) in seen:
            raise located(file, function.at, f"there is another function {function.name}/{function.arity} above")
        seen.add((function.name, function.arity))
        for clause in function.clauses:
            _check_variables(clause, file)


def _check_variables(clause: tree.ErlangClause, file: str) -> None:
    bound = {variable.name for pattern in _patterns(clause) for variable in _variables(pattern)}
    for variable in _variables(clause):
        if variable.name not in bound and variable.name != "_":
            raise located(file, variable.at, f"the variable {variable.name} is unbound")


def _patterns(found: object) -> Iterator[object]:
    """What can bind variables, in any part of `found`."""
    match found:
        case tree.MatchExpr(_, pattern, _) | tree.Generator(_, pattern):
            yield pattern
        case tree.ErlangClause(_, patterns):
            yield patterns
        case tree.FunExpr(at, name) if name:
            yield tree.Variable(at, name)
    for part in parts(found):
        yield from _patterns(part)


def _variables(found: object) -> Iterator[tree.Variable]:
    if isinstance(found, tree.Variable):
        yield found
    for part in parts(found):
        yield from _variables(part)


def parts(found: object) -> Iterator[object]:
    """What a part of the syntax consists of."""
    if isinstance(found, tuple):
        yield from found
    elif is_dataclass(found) and not isinstance(found, type | Place):
        yield from (getattr(found, field.name) for field in fields(found))
