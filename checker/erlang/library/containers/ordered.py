"""The modules `ordsets` and `orddict`: sorted lists, in which 1 is the same as 1.0."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from groupy_check.checker.erlang.library.functions import Functions, is_list, list_argument, pair, proper
from groupy_check.checker.erlang.library.lists.sorting import SORTING
from groupy_check.checker.erlang.terms.operators import BINARY, append
from groupy_check.checker.erlang.terms.ordering import compare
from groupy_check.checker.erlang.terms.raising import function_clause
from groupy_check.checker.erlang.terms.values import ERROR, FALSE, OK, Term, Tuple, boolean, cells, listed

usort, umerge, umerge_all = SORTING["lists", "usort", 1], SORTING["lists", "umerge", 2], SORTING["lists", "umerge", 1]
ukeysort = SORTING["lists", "ukeysort", 2]
Items = tuple[Term, ...]


def _place(wanted: Term, term: Term, key: Callable[[Term], Term]) -> tuple[int, bool]:
    """Where it stands or would stand, and whether it is there."""
    items, _ = cells(term)
    for at, item in enumerate(items):
        order = compare(wanted, key(item))
        if order <= 0:
            return at, order == 0
    return len(proper(term)), False


def _itself(term: Term) -> Term:
    return term


def _key(term: Term) -> Term:
    match term:
        case Tuple((key, _)):
            return key
    raise function_clause()


def _changed(term: Term, at: int, gone: int, *new: Term) -> Term:
    """The list with `new` in the place of so many items."""
    items, tail = cells(term)
    return listed((*items[:at], *new, *items[at + gone :]), tail)


def _is_set(term: Term) -> Term:
    items, tail = cells(term)
    ordered = all(compare(one, two) < 0 for one, two in pairwise(items))
    if ordered and tail != () and items:
        raise function_clause()
    return boolean(ordered and tail == ())


def _add(item: Term, term: Term) -> Term:
    at, there = _place(item, term, _itself)
    return term if there else _changed(term, at, 0, item)


def _remove(item: Term, term: Term) -> Term:
    at, there = _place(item, term, _itself)
    return _changed(term, at, 1) if there else term


def _common(left: Term, right: Term) -> Items:
    """Where two are equal, the one of the list that is looked at first: after a greater item, that is the other list."""
    (one, end), (two, other) = cells(left), cells(right)
    found = list[Term]()
    while one and two:
        order = compare(one[0], two[0])
        if order == 0:
            found.append(one[0])
            one, two = one[1:], two[1:]
        elif order < 0:
            one = one[1:]
        else:
            one, two, end, other = two[1:], one, other, end
    if () not in {listed(one, end), listed(two, other)}:
        raise function_clause()
    return tuple(found)


def _is_disjoint(left: Term, right: Term) -> Term:
    """The first one that is in both decides: what follows is not looked at."""
    both = set(cells(left)[0]) & set(cells(right)[0])
    return boolean(not both and not _common(left, right))


def _union(left: Term, right: Term) -> Term:
    (one, end), (two, other) = cells(left), cells(right)
    found = list[Term]()
    while one and two:
        order = compare(one[0], two[0])
        if order > 0:
            one, two, end, other = two, one, other, end
        found.append(one[0])
        one, two = one[1:], two[1:] if order == 0 else two
    rests = listed(one, end), listed(two, other)
    if () not in rests:
        raise function_clause()
    return listed(tuple(found), rests[1] if rests[0] == () else rests[0])


def _intersection(term: Term) -> Term:
    first, *others = proper(term) or (None,)
    if first is None:
        raise function_clause()
    found = first
    for other in others:
        found = _common(found, other)
    return found


def _difference(left: Term, right: Term) -> Term:
    (one, end), (two, other) = cells(left), cells(right)
    found = list[Term]()
    while one and two:
        order = compare(one[0], two[0])
        if order < 0:
            found.append(one[0])
        one, two = one[order <= 0 :], two[order >= 0 :]
    rests = listed(one, end), listed(two, other)
    if () not in rests:
        raise function_clause()
    return listed(tuple(found), rests[0])


def _is_subset(left: Term, right: Term) -> Term:
    (one, end), (two, other) = cells(left), cells(right)
    while one and two:
        order = compare(one[0], two[0])
        if order < 0:
            return FALSE
        one, two = one[order == 0 :], two[1:]
    rests = listed(one, end), listed(two, other)
    if () not in rests:
        raise function_clause()
    return boolean(rests[0] == ())


def _value(item: Term) -> Term:
    assert isinstance(item, Tuple)
    return item.items[1]


def _is_empty(term: Term) -> Term:
    if not is_list(term):
        raise function_clause()
    return boolean(term == ())


def _fetch(key: Term, term: Term) -> Term:
    at, there = _place(key, term, _key)
    if not there:
        raise function_clause()
    return _value(cells(term)[0][at])


def _find(key: Term, term: Term) -> Term:
    at, there = _place(key, term, _key)
    return pair(OK, _value(cells(term)[0][at])) if there else ERROR


def _erase(key: Term, term: Term) -> Term:
    at, there = _place(key, term, _key)
    return _changed(term, at, 1) if there else term


def _take(key: Term, term: Term) -> Term:
    at, there = _place(key, term, _key)
    return pair(_value(cells(term)[0][at]), _changed(term, at, 1)) if there else ERROR


def _store(key: Term, value: Term, term: Term) -> Term:
    at, there = _place(key, term, _key)
    return _changed(term, at, int(there), pair(key, value))


def _with_old(key: Term, new: Term, term: Term, joined: Callable[[Term, Term], Term], alone: Term) -> Term:
    """What was stored and what is new, together; or `alone` what is new."""
    at, there = _place(key, term, _key)
    value = joined(_value(cells(term)[0][at]), new) if there else alone
    return _changed(term, at, int(there), pair(key, value))


def _from_list(term: Term) -> Term:
    items = proper(term)
    for item in items:
        _key(item)
    return ukeysort(1, items[::-1])


ORDERED: Functions = {
    ("ordsets", "add_element", 2): _add,
    ("ordsets", "del_element", 2): _remove,
    ("ordsets", "from_list", 1): usort,
    ("ordsets", "intersection", 1): _intersection,
    ("ordsets", "intersection", 2): _common,
    ("ordsets", "is_disjoint", 2): _is_disjoint,
    ("ordsets", "is_element", 2): lambda item, term: boolean(_place(item, term, _itself)[1]),
    ("ordsets", "is_empty", 1): lambda term: boolean(term == ()),
    ("ordsets", "is_set", 1): _is_set,
    ("ordsets", "is_subset", 2): _is_subset,
    ("ordsets", "new", 0): lambda: (),
    ("ordsets", "size", 1): lambda term: len(list_argument(term)),
    ("ordsets", "subtract", 2): _difference,
    ("ordsets", "to_list", 1): _itself,
    ("ordsets", "union", 1): umerge_all,
    ("ordsets", "union", 2): _union,
    ("orddict", "append", 3): lambda key, value, term: _with_old(key, (value,), term, append, (value,)),
    ("orddict", "append_list", 3): lambda key, values, term: _with_old(key, values, term, append, values),
    ("orddict", "erase", 2): _erase,
    ("orddict", "fetch", 2): _fetch,
    ("orddict", "fetch_keys", 1): lambda term: tuple(map(_key, proper(term))),
    ("orddict", "find", 2): _find,
    ("orddict", "from_list", 1): _from_list,
    ("orddict", "is_empty", 1): _is_empty,
    ("orddict", "is_key", 2): lambda key, term: boolean(_place(key, term, _key)[1]),
    ("orddict", "new", 0): lambda: (),
    ("orddict", "size", 1): lambda term: len(list_argument(term)),
    ("orddict", "store", 3): _store,
    ("orddict", "take", 2): _take,
    ("orddict", "to_list", 1): _itself,
    ("orddict", "update_counter", 3): lambda key, more, term: _with_old(key, more, term, BINARY["+"], more),
}
