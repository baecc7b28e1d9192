"""What kind of term it is: `is_atom` and its relatives."""

from __future__ import annotations

from collections.abc import Callable

from groupy_check.checker.erlang.library.functions import Functions
from groupy_check.checker.erlang.terms.raising import badarg, error
from groupy_check.checker.erlang.terms.values import (
    FALSE,
    TRUE,
    Atom,
    Binary,
    Float,
    Fun,
    Improper,
    Map,
    Pid,
    Ref,
    RemoteFun,
    Term,
    Tuple,
    boolean,
)


def _kind(*types: type) -> Callable[[Term], Term]:
    return lambda term: boolean(isinstance(term, types))


def _is_function(term: Term, arity: Term) -> Term:
    if not isinstance(arity, int) or arity < 0:
        raise badarg()
    return boolean(isinstance(term, Fun | RemoteFun) and term.arity == arity)


def _is_record(term: Term, tag: Term) -> Term:
    if not isinstance(tag, Atom):
        raise badarg()
    return boolean(isinstance(term, Tuple) and term.items[:1] == (tag,))


def _is_sized_record(term: Term, tag: Term, size: Term) -> Term:
    if not isinstance(tag, Atom) or not isinstance(size, int):
        raise badarg()
    return boolean(isinstance(term, Tuple) and term.items[:1] == (tag,) and len(term.items) == size)


def _is_map_key(key: Term, term: Term) -> Term:
    if not isinstance(term, Map):
        raise error("badmap", term)
    return boolean(any(key == one for one, _ in term.pairs))


PREDICATES: Functions = {
    ("erlang", "is_atom", 1): _kind(Atom),
    ("erlang", "is_binary", 1): _kind(Binary),
    ("erlang", "is_bitstring", 1): _kind(Binary),
    ("erlang", "is_boolean", 1): lambda term: boolean(term in {TRUE, FALSE}),
    ("erlang", "is_float", 1): _kind(Float),
    ("erlang", "is_function", 1): _kind(Fun, RemoteFun),
    ("erlang", "is_function", 2): _is_function,
    ("erlang", "is_integer", 1): _kind(int),
    ("erlang", "is_list", 1): _kind(tuple, Improper),
    ("erlang", "is_map", 1): _kind(Map),
    ("erlang", "is_map_key", 2): _is_map_key,
    ("erlang", "is_number", 1): _kind(int, Float),
    ("erlang", "is_pid", 1): _kind(Pid),
    ("erlang", "is_port", 1): lambda _: FALSE,
    ("erlang", "is_record", 2): _is_record,
    ("erlang", "is_record", 3): _is_sized_record,
    ("erlang", "is_reference", 1): _kind(Ref),
    ("erlang", "is_tuple", 1): _kind(Tuple),
}
