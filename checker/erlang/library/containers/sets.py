"""The module `sets`. What a set looks like inside is hidden in Erlang: here, `{set, Map}`, or the map alone for version 2.

Real Erlang hashes the elements of version 1, so that `to_list` has no order to rely on; here they come in the term order.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from groupy_check.checker.erlang.library.containers.property_lists import PROPERTY_LISTS
from groupy_check.checker.erlang.library.functions import Functions, is_list, list_argument, proper
from groupy_check.checker.erlang.terms.ordering import map_of
from groupy_check.checker.erlang.terms.raising import error, function_clause
from groupy_check.checker.erlang.terms.values import Atom, Map, Term, Tuple, boolean

SET = Atom("set")


def _hidden(elements: Iterable[Term], *, plain: bool) -> Term:
    found = map_of((element, ()) for element in elements)
    return found if plain else Tuple((SET, found))


def elements_of(term: Term) -> dict[Term, None]:
    """The elements of a set, in order."""
    match term:
        case Map(pairs) | Tuple((Atom("set"), Map(pairs))):
            return dict.fromkeys(key for key, _ in pairs)
    raise function_clause()


def _version(options: Term) -> bool:
    """Whether version 2 is asked for."""
    found = PROPERTY_LISTS["proplists", "get_value", 3](Atom("version"), options, 1)
    if found not in {1, 2}:
        raise error("case_clause", found)
    return found == 2


def _new(options: Term = ()) -> Term:
    return _hidden((), plain=_version(options))


def _from_list(term: Term, options: Term = ()) -> Term:
    if _version(options):
        return _hidden(list_argument(term), plain=True)
    if not is_list(term):
        raise error("case_clause", term)  # it is folded
    return _hidden(proper(term), plain=False)


def _changed(term: Term, elements: Iterable[Term]) -> Term:
    """A set of the same version with other elements."""
    return _hidden(elements, plain=isinstance(term, Map))


def _add(element: Term, term: Term) -> Term:
    return _changed(term, (*elements_of(term), element))


def _remove(element: Term, term: Term) -> Term:
    return _changed(term, (one for one in elements_of(term) if one != element))


def _union(left: Term, right: Term) -> Term:
    one, two = elements_of(left), elements_of(right)
    return _changed(right if len(one) < len(two) else left, one | two)


def _intersection(left: Term, right: Term) -> Term:
    one, two = elements_of(left), elements_of(right)
    return _changed(left if len(one) < len(two) else right, (element for element in one if element in two))


def _difference(left: Term, right: Term) -> Term:
    others = elements_of(right)
    return _changed(left, (element for element in elements_of(left) if element not in others))


def _unions(term: Term) -> Term:
    return reduce(_union, proper(term) or (_new(),))


def _intersections(term: Term) -> Term:
    if not proper(term):
        raise function_clause()
    return reduce(_intersection, proper(term))


def _is_set(term: Term) -> Term:
    return boolean(isinstance(term, Map) or (isinstance(term, Tuple) and term.items[:1] == (SET,) and len(term.items) == 2))


SETS: Functions = {
    ("sets", "add_element", 2): _add,
    ("sets", "del_element", 2): _remove,
    ("sets", "from_list", 1): _from_list,
    ("sets", "from_list", 2): _from_list,
    ("sets", "intersection", 1): _intersections,
    ("sets", "intersection", 2): _intersection,
    ("sets", "is_disjoint", 2): lambda left, right: boolean(not elements_of(left).keys() & elements_of(right).keys()),
    ("sets", "is_element", 2): lambda element, term: boolean(element in elements_of(term)),
    ("sets", "is_empty", 1): lambda term: boolean(not elements_of(term)),
    ("sets", "is_set", 1): _is_set,
    ("sets", "is_subset", 2): lambda left, right: boolean(elements_of(left).keys() <= elements_of(right).keys()),
    ("sets", "new", 0): _new,
    ("sets", "new", 1): _new,
    ("sets", "size", 1): lambda term: len(elements_of(term)),
    ("sets", "subtract", 2): _difference,
    ("sets", "to_list", 1): lambda term: tuple(elements_of(term)),
    ("sets", "union", 1): _unions,
    ("sets", "union", 2): _union,
}
