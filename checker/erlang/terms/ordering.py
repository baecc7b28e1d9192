"""The order of all terms, which never fails: number < atom < reference < fun < pid < tuple < map < list < binary.

Erlang reference manual, "Expressions", section "Term Comparisons".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cmp_to_key

from groupy_check.checker.erlang.terms.values import Atom, Binary, Float, Fun, Improper, Map, Pid, Ref, RemoteFun, Term, Tuple

RANKS: Mapping[type, int] = {
    int: 0, Float: 0, Atom: 1, Ref: 2, Fun: 3, RemoteFun: 4, Pid: 5, Tuple: 6, Map: 7, tuple: 8, Improper: 8, Binary: 9,
}  # fmt: skip


def compare(left: Term, right: Term) -> int:
    """Negative, zero or positive, as `left` is less than, equal (by `==`) to or greater than `right`."""
    return _compare(left, right, exact=False)


def compare_keys(left: Term, right: Term) -> int:
    """The same for keys of maps: there, every integer is less than every float."""
    return _compare(left, right, exact=True)


ORDER = cmp_to_key(compare)
KEY_ORDER = cmp_to_key(compare_keys)


def equal(left: Term, right: Term) -> bool:
    """Whether `left == right` in Erlang: 1 equals 1.0."""
    return left == right or compare(left, right) == 0


def in_order(terms: Iterable[Term]) -> list[Term]:
    """The terms sorted; those that are equal stay in their order."""
    return sorted(terms, key=ORDER)


def map_of(pairs: Iterable[tuple[Term, Term]]) -> Map:
    """A map; of two pairs with one key, the later one counts."""
    return Map(tuple(sorted(dict(pairs).items(), key=lambda pair: KEY_ORDER(pair[0]))))


def _compare(left: Term, right: Term, *, exact: bool) -> int:
    kind, other = RANKS[type(left)], RANKS[type(right)]
    if kind != other:
        return kind - other
    return COMPARISONS[kind](left, right, exact)


def _numbers(left: int | Float, right: int | Float, exact: bool) -> int:
    if exact and type(left) is not type(right):
        return -1 if isinstance(left, int) else 1
    one = left.value if isinstance(left, Float) else left
    two = right.value if isinstance(right, Float) else right
    return (one > two) - (one < two)  # Python, too, compares an integer with a float exactly


def _atoms(left: Atom, right: Atom, _: bool) -> int:
    return (left.name > right.name) - (left.name < right.name)


def _refs(left: Ref, right: Ref, _: bool) -> int:
    one, two = (left.node, left.number), (right.node, right.number)
    return (one > two) - (one < two)


def _pids(left: Pid, right: Pid, _: bool) -> int:
    one, two = (left.number, left.node), (right.number, right.node)
    return (one > two) - (one < two)


def _funs(left: Fun, right: Fun, exact: bool) -> int:
    one, two = ((fun.module, fun.index, len(fun.environment)) for fun in (left, right))
    if one != two:
        return 1 if one > two else -1
    values = [tuple(value for _, value in fun.environment) for fun in (left, right)]
    return _items(values[0], values[1], exact)


def _remote_funs(left: RemoteFun, right: RemoteFun, _: bool) -> int:
    one, two = (left.module, left.name, left.arity), (right.module, right.name, right.arity)
    return (one > two) - (one < two)


def _tuples(left: Tuple, right: Tuple, exact: bool) -> int:
    return len(left.items) - len(right.items) or _items(left.items, right.items, exact)


def _maps(left: Map, right: Map, exact: bool) -> int:
    if len(left.pairs) != len(right.pairs):
        return len(left.pairs) - len(right.pairs)
    keys = _items(tuple(key for key, _ in left.pairs), tuple(key for key, _ in right.pairs), exact=True)
    return keys or _items(tuple(value for _, value in left.pairs), tuple(value for _, value in right.pairs), exact)


def _lists(left: tuple[Term, ...] | Improper, right: tuple[Term, ...] | Improper, exact: bool) -> int:
    """Cell by cell; where a list ends, what is left of the other is compared with its tail."""
    one, two = (term.items if isinstance(term, Improper) else term for term in (left, right))
    common = min(len(one), len(two))
    found = _items(one[:common], two[:common], exact)
    return found or _rests(_rest(left, common), _rest(right, common), exact)


def _rest(term: tuple[Term, ...] | Improper, start: int) -> Term:
    if isinstance(term, tuple):
        return term[start:]
    return Improper(term.items[start:], term.tail) if start < len(term.items) else term.tail


def _rests(left: Term, right: Term, exact: bool) -> int:
    """One of them is no list with items any more; `[]` is less than every other list."""
    if isinstance(left, tuple | Improper) and isinstance(right, tuple | Improper):
        return (left != ()) - (right != ())
    return _compare(left, right, exact=exact)


def _binaries(left: Binary, right: Binary, _: bool) -> int:
    return (left.content > right.content) - (left.content < right.content)


def _items(left: tuple[Term, ...], right: tuple[Term, ...], exact: bool) -> int:
    """The first that differ decide; both are of the same length."""
    for one, two in zip(left, right, strict=True):
        found = 0 if one is two else _compare(one, two, exact=exact)
        if found:
            return found
    return 0


COMPARISONS: Mapping[int, Callable[..., int]] = {
    0: _numbers, 1: _atoms, 2: _refs, 3: _funs, 4: _remote_funs, 5: _pids, 6: _tuples, 7: _maps, 8: _lists, 9: _binaries,
}  # fmt: skip
