"""The module `proplists`: lists of `{Key, Value}`, in which an atom stands for `{Atom, true}`."""

from __future__ import annotations

from collections.abc import Iterator

from groupy_check.checker.erlang.library.functions import Functions, generated, is_list, pair, proper
from groupy_check.checker.erlang.terms.operators import append
from groupy_check.checker.erlang.terms.ordering import in_order, map_of
from groupy_check.checker.erlang.terms.values import TRUE, UNDEFINED, Atom, Term, Tuple, boolean, cells

NONE = Atom("none")


def _key(item: Term) -> Term | None:
    """Of an atom, itself; of a tuple, its first element."""
    if isinstance(item, Tuple):
        return item.items[0] if item.items else None
    return item if isinstance(item, Atom) else None


def _entry(item: Term) -> Tuple | None:
    """The item as a tuple, if it is a property."""
    if isinstance(item, Atom):
        return pair(item, TRUE)
    return item if isinstance(item, Tuple) and item.items else None


def _entries(key: Term, term: Term) -> Iterator[Tuple]:
    """Those of the key, one after the other; that the list is none is noticed at its end."""
    for item in cells(term)[0]:
        found = _entry(item)
        if found is not None and found.items[0] == key:
            yield found
    proper(term)


def _values(key: Term, term: Term) -> list[Term]:
    return [entry.items[1] for entry in _entries(key, term) if len(entry.items) == 2]


def _get_value(key: Term, term: Term, default: Term = UNDEFINED) -> Term:
    """Of the first entry; the default, too, if that is no pair."""
    entry = next(_entries(key, term), None)
    return entry.items[1] if entry is not None and len(entry.items) == 2 else default


def _append_values(key: Term, term: Term) -> Term:
    found: Term = ()
    for value in reversed(_values(key, term)):
        found = append(value if is_list(value) else (value,), found)
    return found


def _delete(key: Term, term: Term) -> Term:
    return tuple(item for item in proper(term) if _key(item) != key)


def _property(key: Term, value: Term) -> Term:
    return key if isinstance(key, Atom) and value == TRUE else pair(key, value)


def _compacted(item: Term) -> Term:
    match item:
        case Tuple((Atom() as key, Atom("true"))):
            return key
    return item


def _unfold(term: Term) -> Term:
    return tuple(pair(item, TRUE) if isinstance(item, Atom) else item for item in proper(term))


def _keys(term: Term) -> Term:
    """Each once; real Erlang hashes them, here they come in order."""
    keys = (_key(item) for item in proper(term))
    return tuple(in_order(dict.fromkeys(key for key in keys if key is not None)))


def _split(term: Term, keys: Term) -> Term:
    """The entries of each key, in the order of the keys, and what is left."""
    wanted = generated(keys)
    groups = {key: list[Term]() for key in wanted}
    rest = list[Term]()
    for item in proper(term):
        key = _key(item)
        (rest if key is None else groups.get(key, rest)).append(item)
    return pair(tuple(tuple(groups[key]) for key in wanted), tuple(rest))


def _to_map(term: Term) -> Term:
    """The first entry of a key counts; its key is left out if that is no pair."""
    entries = [entry for entry in map(_entry, proper(term)) if entry is not None]
    first = {entry.items[0]: entry.items for entry in reversed(entries)}
    return map_of((key, items[1]) for key, items in first.items() if len(items) == 2)


PROPERTY_LISTS: Functions = {
    ("proplists", "append_values", 2): _append_values,
    ("proplists", "compact", 1): lambda term: tuple(map(_compacted, generated(term))),
    ("proplists", "delete", 2): _delete,
    ("proplists", "get_all_values", 2): lambda key, term: tuple(_values(key, term)),
    ("proplists", "get_bool", 2): lambda key, term: boolean(_get_value(key, term) == TRUE),
    ("proplists", "get_keys", 1): _keys,
    ("proplists", "get_value", 2): _get_value,
    ("proplists", "get_value", 3): _get_value,
    ("proplists", "is_defined", 2): lambda key, term: boolean(next(_entries(key, term), None) is not None),
    ("proplists", "lookup", 2): lambda key, term: next(_entries(key, term), NONE),
    ("proplists", "lookup_all", 2): lambda key, term: tuple(_entries(key, term)),
    ("proplists", "property", 1): _compacted,
    ("proplists", "property", 2): _property,
    ("proplists", "split", 2): _split,
    ("proplists", "to_map", 1): _to_map,
    ("proplists", "unfold", 1): _unfold,
}
