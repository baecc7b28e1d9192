"""What a table of library functions is, and the checks of arguments that many of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from groupy_check.checker.erlang.terms.raising import badarg, error, function_clause
from groupy_check.checker.erlang.terms.values import Improper, Term, Tuple, cells

Functions = Mapping[tuple[str, str, int], Callable[..., Term]]


def proper(term: Term) -> tuple[Term, ...]:
    """A proper list; of anything else, no clause of the function matches in the end."""
    if isinstance(term, tuple):
        return term
    raise function_clause()


def list_argument(term: Term) -> tuple[Term, ...]:
    """A proper list; anything else is a bad argument."""
    if isinstance(term, tuple):
        return term
    raise badarg()


def integer_argument(term: Term) -> int:
    """An integer; anything else is a bad argument."""
    if isinstance(term, int):
        return term
    raise badarg()


def tuple_argument(term: Term) -> tuple[Term, ...]:
    """The elements of a tuple; anything else is a bad argument."""
    if isinstance(term, Tuple):
        return term.items
    raise badarg()


def generated(term: Term) -> tuple[Term, ...]:
    """The items that a comprehension goes through."""
    items, tail = cells(term)
    if tail != ():
        raise error("bad_generator", tail)
    return items


def is_list(term: Term) -> bool:
    """Whether it is a list, proper or not."""
    return isinstance(term, tuple | Improper)


def pair(left: Term, right: Term) -> Tuple:
    """`{left, right}`."""
    return Tuple((left, right))
