"""Tuples, and what the module `erlang` does with lists and maps: `element`, `hd`, `length`, `map_size`."""

from __future__ import annotations

from groupy_check.checker.erlang.library.functions import Functions, integer_argument, list_argument, tuple_argument
from groupy_check.checker.erlang.terms.raising import badarg, error
from groupy_check.checker.erlang.terms.values import Binary, Map, Term, Tuple, cells, listed

LARGEST_TUPLE = 16_777_215


def _position(index: Term, size: int) -> int:
    """From 1 to `size`, counted from 0."""
    if isinstance(index, int) and 1 <= index <= size:
        return index - 1
    raise badarg()


def _element(index: Term, term: Term) -> Term:
    items = tuple_argument(term)
    return items[_position(index, len(items))]


def _setelement(index: Term, term: Term, value: Term) -> Term:
    items = tuple_argument(term)
    at = _position(index, len(items))
    return Tuple((*items[:at], value, *items[at + 1 :]))


def _insert_element(index: Term, term: Term, value: Term) -> Term:
    items = tuple_argument(term)
    at = _position(index, len(items) + 1)
    return Tuple((*items[:at], value, *items[at:]))


def _delete_element(index: Term, term: Term) -> Term:
    items = tuple_argument(term)
    at = _position(index, len(items))
    return Tuple(items[:at] + items[at + 1 :])


def _made(size: Term, value: Term) -> Term:
    if not isinstance(size, int) or not 0 <= size <= LARGEST_TUPLE:
        raise badarg()
    return Tuple((value,) * size)


def _made_with(size: Term, value: Term, places: Term) -> Term:
    if not isinstance(size, int) or not 0 <= size <= LARGEST_TUPLE:
        raise badarg()
    items = [value] * size
    for place in list_argument(places):
        if not isinstance(place, Tuple) or len(place.items) != 2:
            raise badarg()
        items[_position(place.items[0], size)] = place.items[1]
    return Tuple(tuple(items))


def _size(term: Term) -> Term:
    if isinstance(term, Binary):
        return len(term.content)
    return len(tuple_argument(term))


def _hd(term: Term) -> Term:
    items, _ = cells(term)
    if items:
        return items[0]
    raise badarg()


def _tl(term: Term) -> Term:
    items, tail = cells(term)
    if items:
        return listed(items[1:], tail)
    raise badarg()


def _map_size(term: Term) -> Term:
    if isinstance(term, Map):
        return len(term.pairs)
    raise error("badmap", term)


def _map_get(key: Term, term: Term) -> Term:
    if not isinstance(term, Map):
        raise error("badmap", term)
    for one, value in term.pairs:
        if one == key:
            return value
    raise error("badkey", key)


def _byte_size(term: Term) -> Term:
    if isinstance(term, Binary):
        return len(term.content)
    raise badarg()


def _bit_size(term: Term) -> Term:
    return 8 * integer_argument(_byte_size(term))


def _binary_part(term: Term, start: Term, length: Term) -> Term:
    if not isinstance(term, Binary):
        raise badarg()
    first, last = sorted((integer_argument(start), integer_argument(start) + integer_argument(length)))
    if first < 0 or last > len(term.content):
        raise badarg()
    return Binary(term.content[first:last])


def _binary_part_at(term: Term, place: Term) -> Term:
    if not isinstance(place, Tuple) or len(place.items) != 2:
        raise badarg()
    return _binary_part(term, *place.items)


def _split_binary(term: Term, at: Term) -> Term:
    if not isinstance(term, Binary) or not 0 <= integer_argument(at) <= len(term.content):
        raise badarg()
    return Tuple((Binary(term.content[: integer_argument(at)]), Binary(term.content[integer_argument(at) :])))


def _list_to_tuple(term: Term) -> Term:
    return Tuple(list_argument(term))


TUPLES: Functions = {
    ("erlang", "append_element", 2): lambda term, value: Tuple((*tuple_argument(term), value)),
    ("erlang", "binary_part", 2): _binary_part_at,
    ("erlang", "binary_part", 3): _binary_part,
    ("erlang", "bit_size", 1): _bit_size,
    ("erlang", "byte_size", 1): _byte_size,
    ("erlang", "delete_element", 2): _delete_element,
    ("erlang", "element", 2): _element,
    ("erlang", "hd", 1): _hd,
    ("erlang", "insert_element", 3): _insert_element,
    ("erlang", "length", 1): lambda term: len(list_argument(term)),
    ("erlang", "list_to_tuple", 1): _list_to_tuple,
    ("erlang", "make_tuple", 2): _made,
    ("erlang", "make_tuple", 3): _made_with,
    ("erlang", "map_get", 2): _map_get,
    ("erlang", "map_size", 1): _map_size,
    ("erlang", "setelement", 3): _setelement,
    ("erlang", "size", 1): _size,
    ("erlang", "split_binary", 2): _split_binary,
    ("erlang", "tl", 1): _tl,
    ("erlang", "tuple_size", 1): lambda term: len(tuple_argument(term)),
    ("erlang", "tuple_to_list", 1): tuple_argument,
}
