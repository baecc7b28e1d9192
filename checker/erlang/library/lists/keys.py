"""The module `lists`: lists of tuples, found by one of their elements, which is compared by `==`."""

from __future__ import annotations

from groupy_check.checker.erlang.library.functions import Functions, list_argument, proper
from groupy_check.checker.erlang.terms.ordering import equal
from groupy_check.checker.erlang.terms.raising import badarg, function_clause
from groupy_check.checker.erlang.terms.values import FALSE, Atom, Term, Tuple, boolean, cells, listed

VALUE = Atom("value")


def _place(key: Term, at: Term, items: tuple[Term, ...]) -> int | None:
    """Which item it is; those that are no tuples, or too short, are not."""
    if not isinstance(at, int) or at < 1:
        raise function_clause()
    for place, item in enumerate(items):
        if isinstance(item, Tuple) and len(item.items) >= at and equal(item.items[at - 1], key):
            return place
    return None


def _found(key: Term, at: Term, term: Term) -> Tuple | None:
    """What `keyfind` and its relatives look for; they are built in, and take no other argument."""
    if not isinstance(at, int) or at < 1:
        raise badarg()
    items, _ = cells(term)
    place = _place(key, at, items)
    if place is not None:
        found = items[place]
        assert isinstance(found, Tuple)
        return found
    list_argument(term)
    return None


def _keyfind(key: Term, at: Term, term: Term) -> Term:
    return _found(key, at, term) or FALSE


def _keysearch(key: Term, at: Term, term: Term) -> Term:
    found = _found(key, at, term)
    return FALSE if found is None else Tuple((VALUE, found))


def _replaced(key: Term, at: Term, term: Term, new: tuple[Term, ...]) -> Term | None:
    """The list with `new` in the place of the tuple; None if it is not there."""
    items, tail = cells(term)
    place = _place(key, at, items)
    if place is not None:
        return listed(items[:place] + new + items[place + 1 :], tail)
    proper(term)
    return None


def _keydelete(key: Term, at: Term, term: Term) -> Term:
    found = _replaced(key, at, term, ())
    return term if found is None else found


def _keyreplace(key: Term, at: Term, term: Term, new: Term) -> Term:
    if not isinstance(new, Tuple):
        raise function_clause()
    found = _replaced(key, at, term, (new,))
    return term if found is None else found


def _keystore(key: Term, at: Term, term: Term, new: Term) -> Term:
    if not isinstance(new, Tuple):
        raise function_clause()
    found = _replaced(key, at, term, (new,))
    return (*proper(term), new) if found is None else found


def _keytake(key: Term, at: Term, term: Term) -> Term:
    items, _ = cells(term)
    place = _place(key, at, items)
    rest = _replaced(key, at, term, ())
    if place is None or rest is None:
        return FALSE
    return Tuple((VALUE, items[place], rest))


KEYS: Functions = {
    ("lists", "keydelete", 3): _keydelete,
    ("lists", "keyfind", 3): _keyfind,
    ("lists", "keymember", 3): lambda key, at, term: boolean(_found(key, at, term) is not None),
    ("lists", "keyreplace", 4): _keyreplace,
    ("lists", "keysearch", 3): _keysearch,
    ("lists", "keystore", 4): _keystore,
    ("lists", "keytake", 3): _keytake,
}
