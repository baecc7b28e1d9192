"""How terms are written in runs: as Erlang writes them, with processes by the names that they have in the model."""

from __future__ import annotations

from groupy_check.checker.erlang.terms.values import Atom, Fun, Improper, Map, Pid, Ref, RemoteFun, Term, Tuple
from groupy_check.checker.erlang.terms.writing import printed


def shown(term: Term) -> str:
    """The text of `term`: p1 is the group process of p1, w1 its application, p1@3 another process there."""
    return printed(_named(term), wide=True)


def _named(term: Term) -> Term:
    match term:
        case Pid(node, number):
            return Atom({0: f"w{node}", 1: f"p{node}"}.get(number, f"p{node}@{number}"))
        case Ref(node, number):
            return Atom(f"ref{node}@{number}")
        case Fun(_, index, arity):
            return Atom(f"fun{index}@{arity}")
        case RemoteFun(module, name, arity):
            return Atom(f"{module}:{name}/{arity}")
        case Tuple(items):
            return Tuple(tuple(map(_named, items)))
        case tuple():
            return tuple(map(_named, term))
        case Improper(items, tail):
            return Improper(tuple(map(_named, items)), _named(tail))
        case Map(pairs):
            return Map(tuple((_named(key), _named(value)) for key, value in pairs))
    return term
