"""The module `lists`: parts of a list by their place."""

from __future__ import annotations

from groupy_check.checker.erlang.library.functions import Functions, is_list, pair, proper
from groupy_check.checker.erlang.terms.raising import badarg, badarith, function_clause
from groupy_check.checker.erlang.terms.values import Float, Term, cells, listed


def _counted(place: Term, items: tuple[Term, ...]) -> None:
    """What is no number is greater than one, and cannot be counted down."""
    if items and not isinstance(place, int | Float):
        raise badarith()


def _nth(place: Term, term: Term) -> Term:
    items, _ = cells(term)
    _counted(place, items)
    if isinstance(place, int) and 1 <= place <= len(items):
        return items[place - 1]
    raise function_clause()


def _nthtail(count: Term, term: Term) -> Term:
    items, tail = cells(term)
    _counted(count, items)
    if isinstance(count, int) and 0 <= count <= len(items) and is_list(term):
        return listed(items[count:], tail)
    raise function_clause()


def _last(term: Term) -> Term:
    items = proper(term)
    if items:
        return items[-1]
    raise function_clause()


def _droplast(term: Term) -> Term:
    items = proper(term)
    if items:
        return items[:-1]
    raise function_clause()


def _split(count: Term, term: Term) -> Term:
    items, tail = cells(term)
    if not isinstance(count, int) or count < 0 or not is_list(term):
        raise badarg()
    if count > len(items):
        raise badarg() if tail == () else function_clause()
    return pair(items[:count], listed(items[count:], tail))


def _sublist(term: Term, length: Term) -> Term:
    items, tail = cells(term)
    if not isinstance(length, int) or length < 0 or not is_list(term):
        raise function_clause()
    if length > len(items) and tail != ():
        raise function_clause()
    return items[:length]


def _sublist_from(term: Term, start: Term, length: Term) -> Term:
    items, tail = cells(term)
    if not isinstance(start, int) or start < 1 or not is_list(term):
        raise function_clause()
    if start > len(items) + 1 and tail == ():
        return ()
    return _sublist(listed(items[start - 1 :], tail), length)


SLICES: Functions = {
    ("lists", "droplast", 1): _droplast,
    ("lists", "last", 1): _last,
    ("lists", "nth", 2): _nth,
    ("lists", "nthtail", 2): _nthtail,
    ("lists", "split", 2): _split,
    ("lists", "sublist", 2): _sublist,
    ("lists", "sublist", 3): _sublist_from,
}
