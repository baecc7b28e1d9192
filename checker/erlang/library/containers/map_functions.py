"""The module `maps`."""

from __future__ import annotations

from groupy_check.checker.erlang.library.functions import Functions, is_list, list_argument, pair, proper
from groupy_check.checker.erlang.terms.ordering import map_of
from groupy_check.checker.erlang.terms.raising import Unsupported, badarg, error
from groupy_check.checker.erlang.terms.values import ERROR, OK, Map, Term, Tuple, boolean

MOST_IN_ORDER = 32


def pairs_of(term: Term) -> dict[Term, Term]:
    """The pairs of a map."""
    if isinstance(term, Map):
        return dict(term.pairs)
    raise error("badmap", term)


def _in_order(term: Term) -> dict[Term, Term]:
    """The pairs, where their order matters: Erlang hashes the keys of a map that has many."""
    pairs = pairs_of(term)
    if len(pairs) > MOST_IN_ORDER:
        raise Unsupported(f"the order of a map of more than {MOST_IN_ORDER} keys")
    return pairs


def _find(key: Term, term: Term) -> Term:
    pairs = pairs_of(term)
    return pair(OK, pairs[key]) if key in pairs else ERROR


def _get(key: Term, term: Term) -> Term:
    pairs = pairs_of(term)
    if key not in pairs:
        raise error("badkey", key)
    return pairs[key]


def _get_or(key: Term, term: Term, default: Term) -> Term:
    found: Term = pairs_of(term).get(key, default)
    return found


def _from_list(term: Term) -> Term:
    items = list_argument(term)
    pairs = [item.items for item in items if isinstance(item, Tuple) and len(item.items) == 2]
    if len(pairs) < len(items):
        raise badarg()
    return map_of((key, value) for key, value in pairs)


def _intersect(left: Term, right: Term) -> Term:
    one, two = pairs_of(left), pairs_of(right)
    return map_of((key, value) for key, value in two.items() if key in one)


def _merge(left: Term, right: Term) -> Term:
    one, two = pairs_of(left), pairs_of(right)
    return map_of((one | two).items())


def _remove(key: Term, term: Term) -> Term:
    return map_of((one, value) for one, value in pairs_of(term).items() if one != key)


def _take(key: Term, term: Term) -> Term:
    pairs = pairs_of(term)
    return pair(pairs[key], _remove(key, term)) if key in pairs else ERROR


def _update(key: Term, value: Term, term: Term) -> Term:
    _get(key, term)
    return _put(key, value, term)


def _put(key: Term, value: Term, term: Term) -> Term:
    return map_of((pairs_of(term) | {key: value}).items())


def _chosen(keys: Term, term: Term, *, kept: bool) -> Term:
    """The pairs whose keys are listed, or those whose keys are not."""
    pairs = pairs_of(term)
    if not is_list(keys):
        raise badarg()
    wanted = set(proper(keys))
    return map_of((key, value) for key, value in pairs.items() if (key in wanted) == kept)


def _from_keys(keys: Term, value: Term) -> Term:
    return map_of((key, value) for key in list_argument(keys))


MAPS: Functions = {
    ("maps", "find", 2): _find,
    ("maps", "from_keys", 2): _from_keys,
    ("maps", "from_list", 1): _from_list,
    ("maps", "get", 2): _get,
    ("maps", "get", 3): _get_or,
    ("maps", "intersect", 2): _intersect,
    ("maps", "is_key", 2): lambda key, term: boolean(key in pairs_of(term)),
    ("maps", "keys", 1): lambda term: tuple(_in_order(term)),
    ("maps", "merge", 2): _merge,
    ("maps", "new", 0): lambda: Map(()),
    ("maps", "put", 3): _put,
    ("maps", "remove", 2): _remove,
    ("maps", "size", 1): lambda term: len(pairs_of(term)),
    ("maps", "take", 2): _take,
    ("maps", "to_list", 1): lambda term: tuple(pair(key, value) for key, value in _in_order(term).items()),
    ("maps", "update", 3): _update,
    ("maps", "values", 1): lambda term: tuple(_in_order(term).values()),
    ("maps", "with", 2): lambda keys, term: _chosen(keys, term, kept=True),
    ("maps", "without", 2): lambda keys, term: _chosen(keys, term, kept=False),
}
