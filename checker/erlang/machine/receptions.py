"""Which clause of a receive takes a message, and what is in the way of each that nearly does: for those who read a run."""

from __future__ import annotations

from collections.abc import Callable

from groupy_check.checker.erlang.machine.code import ClauseCode, Env
from groupy_check.checker.erlang.machine.running import Run
from groupy_check.checker.erlang.machine.site import Site
from groupy_check.checker.erlang.syntax import tree
from groupy_check.checker.erlang.terms.values import Atom, Term, Tuple

Shown = Callable[[Term], str]


def taking(site: Site, number: int, message: Term) -> str:
    """Where the clause stands with which the process takes `message`; "" if none does."""
    run, code = Run(site, site.procs[number]), site.waits_at(number)
    clause = next((clause for clause in code.clauses if clause.enter(run, (message,), run.env)), None)
    return "" if clause is None else f"{code.spot.file}:{clause.written.at.line}"


def in_the_way(site: Site, number: int, message: Term, shown: Shown) -> str:
    """Why no clause takes `message`: of those for tuples like it, what does not fit."""
    run, code = Run(site, site.procs[number]), site.waits_at(number)
    found = list[str]()
    for clause in code.clauses:
        pattern = clause.written.patterns[0]
        if _alike(pattern, message):
            reason = _mismatch(pattern, message, dict(run.env), shown) or _guard(clause)
            found.append(f"{code.spot.file}:{clause.written.at.line}: {reason}")
    return "; ".join(found) or f"{code.spot.file}:{code.spot.at.line}: no clause of this receive is for such a message"


def _guard(clause: ClauseCode) -> str:
    return "the guard is false" if clause.guard is not None else "the pattern does not match"


def _alike(pattern: tree.Expr, message: Term) -> bool:
    """Whether both are tuples of one size that begin with the same atom."""
    match pattern, message:
        case tree.MatchExpr(_, left, right), _:
            return _alike(left, message) or _alike(right, message)
        case tree.TupleOf(_, (tree.Literal(_, "atom", tag), *_) as items), Tuple((Atom(name), *_) as parts):
            return tag == name and len(items) == len(parts)
    return False


def _mismatch(pattern: tree.Expr, value: Term, env: Env, shown: Shown) -> str:
    """The first part of `pattern` that does not fit; "" if that cannot be said in words. Binds what is new in `env`."""
    match pattern, value:
        case tree.Variable(_, name), _ if name != "_":
            if env.setdefault(name, value) != value:
                return f"{name} is {shown(env[name])} here, not {shown(value)}"
        case tree.MatchExpr(_, left, right), _:
            return _mismatch(left, value, env, shown) or _mismatch(right, value, env, shown)
        case tree.TupleOf(_, items), Tuple(parts) if len(items) == len(parts):
            reasons = (_mismatch(item, part, env, shown) for item, part in zip(items, parts, strict=True))
            return next(filter(None, reasons), "")
        case tree.Cons(_, head, tail), (first, *rest):
            return _mismatch(head, first, env, shown) or _mismatch(tail, tuple(rest), env, shown)
        case ((tree.Cons() | tree.Nil()), tuple()):
            fits = isinstance(pattern, tree.Nil) != bool(value)
            return "" if fits else f"the list is too {'long' if value else 'short'}"
        case tree.Literal(_, "atom", name), _ if value != Atom(str(name)):
            return f"{name} is expected, not {shown(value)}"
    return ""
