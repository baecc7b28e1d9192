"""The module `lists`: sorting and merging by the term order. Only `sort/1` may change the order of items that are equal."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import pairwise

from groupy_check.checker.erlang.library.functions import Functions, is_list, proper
from groupy_check.checker.erlang.terms.ordering import ORDER, compare, in_order
from groupy_check.checker.erlang.terms.raising import Raised, Unsupported, badarg, error, function_clause
from groupy_check.checker.erlang.terms.values import Term, Tuple, cells

Key = Callable[[Term], Term]
Items = tuple[Term, ...]
no_items: Term = ()
SHORT = 3  # lists that are no longer are sorted by themselves


def _itself(term: Term) -> Term:
    return term


def _element(at: Term) -> Key:
    """What a tuple is sorted by."""
    if not isinstance(at, int) or at < 1:
        raise function_clause()

    def element(term: Term) -> Term:
        if isinstance(term, Tuple) and at <= len(term.items):
            return term.items[at - 1]
        raise badarg()

    return element


def _sorted(term: Term, key: Key) -> Term:
    """A list of one item is sorted, whatever it is."""
    items, _ = cells(term)
    if len(items) > 1:
        items = tuple(sorted(items, key=lambda item: ORDER(key(item))))
    proper(term)
    return items


def _plainly_sorted(term: Term) -> Term:
    """`sort/1`, which is not stable: of 1 and 1.0 the later one may come first, if the list begins by falling."""
    items = proper(term)
    start = next((at for at, (one, two) in enumerate(pairwise(items)) if compare(one, two) != 0), None)
    if start is not None and len(items) > SHORT and compare(items[start], items[start + 1]) > 0:
        items = _turned(items, start)
    return tuple(in_order(items))


def _turned(items: Items, start: int) -> Items:
    """The items in the order in which equal ones come out: falling runs are turned round, and the last run comes first.

    A run grows at its end, which is `low`, or just before it, at `high`; `other` is an item that fits into neither place.
    """
    high, low, others = items[start], items[start + 1], items[start + 2 :]
    run, runs, other = items[:start][::-1], Items(), Items()
    for item in others:
        if compare(item, low) <= 0:
            run, high, low = (high, *run), low, item
        elif compare(item, high) <= 0:
            run, high = (high, *run), item
        elif not run:
            run = (item,)
        elif not other:
            other = (item,)
        else:
            runs = (low, high, *run, *runs)
            high, low = (other[0], item) if compare(other[0], item) > 0 else (item, other[0])
            run, other = (), ()
    return (*other, low, high, *run, *runs)


def _first_of_equals(items: Items, key: Key) -> Items:
    kept = list(items[:1])
    for item in items[1:]:
        if compare(key(kept[-1]), key(item)) != 0:
            kept.append(item)
    return tuple(kept)


def _usorted(term: Term, key: Key) -> Term:
    return _first_of_equals(proper(_sorted(term, key)), key)


def _merged(left: Term, right: Term, key: Key, *, unique: bool) -> Items:
    """Of two that are equal, first the left one; with `unique`, only that."""
    for half, other in ((left, right), (right, left)):
        if half == () and isinstance(other, tuple) and other:
            key(other[0])  # the rest is not looked at
            return other
    items = list[Term]()
    for half in (left, right):
        if not isinstance(half, tuple):
            raise function_clause() if key is _itself and not is_list(half) else Unsupported("merging what is no proper list")
        if not _is_sorted(half, key, unique=unique):
            raise Unsupported("merging lists that are not sorted")
        items += half
    merged = tuple(sorted(items, key=lambda item: ORDER(key(item))))
    return _first_of_equals(merged, key) if unique else merged


def _is_sorted(items: Items, key: Key, *, unique: bool) -> bool:
    """Not if they cannot be compared, either."""
    try:
        orders = [compare(key(one), key(two)) for one, two in pairwise(items)]
    except Raised:
        return False
    return all(order < 0 or (order == 0 and not unique) for order in orders)


def _merge(left: Term, right: Term) -> Term:
    return left if right == () else _merged(left, right, _itself, unique=False)


def _umerge(left: Term, right: Term) -> Term:
    return right if left == () else _merged(left, right, _itself, unique=True)


def _keymerge(at: Term, left: Term, right: Term) -> Term:
    key = _element(at)
    return left if _in_case(right) == () else _merged(left, right, key, unique=False)


def _ukeymerge(at: Term, left: Term, right: Term) -> Term:
    key = _element(at)
    return right if _in_case(left) == () else _merged(left, right, key, unique=True)


def _all_merged(term: Term, merge: Callable[[Term, Term], Term]) -> Term:
    """A list that is alone is not looked at."""
    lists = proper(term)
    return lists[0] if len(lists) == 1 else reduce(merge, map(proper, lists), no_items)


def _in_case(term: Term) -> Term:
    """A list that a `case` looks at."""
    if not is_list(term):
        raise error("case_clause", term)
    return term


def _sortable(term: Term) -> Term:
    """The `case` knows lists of no, of one and of more items."""
    items, tail = cells(term)
    if len(items) == 1 and tail != ():
        raise error("case_clause", term)
    return _in_case(term)


SORTING: Functions = {
    ("lists", "keymerge", 3): _keymerge,
    ("lists", "keysort", 2): lambda at, term: _sorted(key=_element(at), term=_sortable(term)),
    ("lists", "merge", 1): lambda term: _all_merged(term, _merge),
    ("lists", "merge", 2): _merge,
    ("lists", "sort", 1): _plainly_sorted,
    ("lists", "ukeymerge", 3): _ukeymerge,
    ("lists", "ukeysort", 2): lambda at, term: _usorted(key=_element(at), term=_sortable(term)),
    ("lists", "umerge", 1): lambda term: _all_merged(term, _umerge),
    ("lists", "umerge", 2): _umerge,
    ("lists", "usort", 1): lambda term: _usorted(term, _itself),
}
