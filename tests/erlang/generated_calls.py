"""Calls of the library's functions with arguments that they can mostly use, drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from random import Random
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from groupy_check.checker.erlang.library.table import FUNCTIONS
from groupy_check.checker.erlang.terms.ordering import in_order, map_of
from groupy_check.checker.erlang.terms.values import Atom, Binary, Float, Improper, Term, Tuple, string

T = TypeVar("T")
Terms = SearchStrategy[Term]
Key = tuple[str, str, int]
Call = tuple[Key, tuple[Term, ...]]


def drawn(strategy: SearchStrategy[T], count: int) -> list[T]:
    """The same ones in every run, so that all can be compared with real Erlang at once."""
    found = list[T]()

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(one: T) -> None:
        found.append(one)

    collect()
    return found


def any_of(*terms: Term) -> Terms:
    return st.sampled_from(terms)


def pairs(first: Terms, second: Terms) -> Terms:
    return st.builds(lambda *items: Tuple(items), first, second)


def lists_of(items: Terms, least: int = 0, most: int = 5) -> Terms:
    return st.lists(items, min_size=least, max_size=most).map(tuple)


def texts(alphabet: str, most: int = 6) -> Terms:
    return st.text(alphabet, max_size=most).map(string)


ATOMS = any_of(*map(Atom, ("a", "b", "c", "ok", "true", "false", "undefined")))
SMALL = any_of(-3, -1, 0, 1, 2, 3, 4, 6)
REALS = any_of(*map(Float, (1.0, 2.0, 1.5, -0.5, 0.0, -0.0, 123456.789, 1e22, 1 / 3, 2.675, 5e-324, 1e300)))
NUMBERS = st.one_of(SMALL, REALS, any_of(2**70, -(2**65), 255, 97))
BINARIES = st.binary(max_size=5).map(Binary) | st.text("abc ,1.", max_size=5).map(lambda text: Binary(text.encode()))
STRINGS = texts("aabc ,x1+-.A")
KEYS = any_of(1, 2, 3, Float(1.0), Atom("a"), Atom("b"))
LEAVES = st.one_of(NUMBERS, ATOMS, BINARIES, STRINGS)
TERMS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        lists_of(inner, most=4),
        st.builds(lambda *items: Tuple(items), inner, inner),
        st.lists(st.tuples(KEYS | ATOMS, inner), max_size=3).map(map_of),
        st.builds(Improper, st.lists(inner, min_size=1, max_size=3).map(tuple), ATOMS),
    ),
    max_leaves=5,
)
PAIRS = lists_of(pairs(KEYS, LEAVES) | ATOMS)
KEYED = lists_of(pairs(KEYS, LEAVES))
LISTS = st.one_of(lists_of(NUMBERS), lists_of(ATOMS), KEYED, STRINGS, lists_of(TERMS, most=4), TERMS)
MAPS = st.lists(st.tuples(KEYS | ATOMS, LEAVES), max_size=4).map(map_of)
SORTED = lists_of(KEYS | SMALL).map(FUNCTIONS["lists", "usort", 1])
SORTED_PAIRS = KEYED.map(lambda found: FUNCTIONS["lists", "ukeysort", 2](1, found))
DIGITS = lists_of(SMALL, most=4)
QUEUES = pairs(DIGITS, DIGITS)
DICTS = st.dictionaries(any_of(1, 2, Atom("a"), Atom("b")), st.one_of(DIGITS, SMALL), max_size=4).map(
    lambda found: tuple(Tuple((key, found[key])) for key in in_order(found))
)
TRUTH = any_of(Atom("true"), Atom("false"))
PLACES = any_of(0, 1, 1, 2, 2, 3)
FLOAT_OPTIONS = lists_of(
    st.one_of(
        any_of(Atom("compact"), Atom("short")),
        pairs(any_of(Atom("decimals"), Atom("scientific")), any_of(0, 1, 2, 5, 20, 300)),
    ),
    most=2,
)
WRITTEN = any_of(*map(string, ("12", "-7", "+3", "ff", "1.5", "1.0e3", ".5", "1.", "1e5", "-2.5E-3", "", "x")))
DIRECTIONS = any_of(*map(Atom, ("left", "right", "both", "leading", "trailing", "all")))
IOLISTS = st.recursive(BINARIES | lists_of(any_of(0, 97, 255, 256)), lambda inner: lists_of(inner, most=3), max_leaves=4)

# The first pattern that fits says what the arguments are.
ARGUMENTS: tuple[tuple[str, tuple[Terms, ...]], ...] = (
    ("queue:*in*/2", (SMALL, QUEUES)), ("queue:cons/2", (SMALL, QUEUES)), ("queue:delete*/2", (SMALL, QUEUES)),
    ("queue:member/2", (SMALL, QUEUES)), ("queue:snoc/2", (QUEUES, SMALL)), ("queue:split/2", (SMALL, QUEUES)),
    ("queue:from_list/1", (DIGITS,)), ("queue:join/2", (QUEUES, QUEUES)), ("queue:*", (QUEUES,)),
    ("ordsets:[iu]n*n/1", (lists_of(SORTED, most=3),)), ("ordsets:*_element/2", (KEYS, SORTED)),
    ("ordsets:from_list/1", (LISTS,)), ("ordsets:*", (SORTED, SORTED)), ("orddict:from_list/1", (KEYED,)),
    ("orddict:*/1", (DICTS,)), ("orddict:*/2", (KEYS, DICTS)), ("orddict:*", (KEYS, SMALL | DIGITS, DICTS)),
    ("maps:with*/2", (LISTS, MAPS)), ("maps:from_list/1", (KEYED,)), ("maps:from_keys/2", (LISTS, TERMS)),
    ("maps:put/3", (KEYS, TERMS, MAPS)), ("maps:update/3", (KEYS, TERMS, MAPS)), ("maps:merge/2", (MAPS, MAPS)),
    ("maps:intersect/2", (MAPS, MAPS)), ("maps:*/1", (MAPS,)), ("maps:*", (KEYS, MAPS, TERMS)),
    ("proplists:property/*", (ATOMS, TERMS)), ("proplists:split/2", (PAIRS, LISTS)), ("proplists:*/1", (PAIRS,)),
    ("proplists:*", (KEYS, PAIRS, TERMS)),
    ("string:join/2", (lists_of(STRINGS), STRINGS)), ("string:*chr/2", (STRINGS, any_of(97, 98))),
    ("string:strip/*", (STRINGS, DIRECTIONS, any_of(97, 32))), ("string:trim/*", (STRINGS, DIRECTIONS, STRINGS)),
    ("string:split/*", (STRINGS, texts("ab", 2), DIRECTIONS)), ("string:find/*", (STRINGS, texts("ab", 2), DIRECTIONS)),
    ("string:replace/*", (STRINGS, texts("ab", 2), STRINGS, DIRECTIONS)), ("string:copies/2", (STRINGS, SMALL)),
    ("string:chars/*", (any_of(97, 32), SMALL, STRINGS)), ("string:[lrc]e*/[23]", (STRINGS, SMALL, any_of(32, 46))),
    ("string:right/*", (STRINGS, SMALL, any_of(32, 46))), ("string:s*/[23]", (STRINGS, SMALL, SMALL)),
    ("string:to_[if]*", (WRITTEN,)), ("string:*", (STRINGS, texts("ab ", 2))),
    ("lists:*keymerge/3", (any_of(1), SORTED_PAIRS, SORTED_PAIRS)),
    ("lists:*keysort/2", (PLACES, KEYED)), ("lists:key*", (KEYS, PLACES, PAIRS, pairs(KEYS, LEAVES))),
    ("lists:*merge/1", (lists_of(SORTED, most=4),)), ("lists:*merge/2", (SORTED, SORTED)),
    ("lists:nth*", (SMALL, LISTS)), ("lists:split/2", (SMALL, LISTS)), ("lists:duplicate/2", (SMALL, TERMS)),
    ("lists:enumerate/2", (SMALL, LISTS)), ("lists:sublist/*", (LISTS, SMALL, SMALL)), ("lists:seq/*", (SMALL, SMALL, SMALL)),
    ("lists:sum/1", (lists_of(NUMBERS),)), ("lists:delete/2", (KEYS, LISTS)), ("lists:member/2", (KEYS, LISTS)),
    ("lists:append/1", (lists_of(LISTS, most=3),)), ("lists:concat/1", (lists_of(LISTS | LEAVES, most=3),)),
    ("lists:unzip/1", (lists_of(pairs(LEAVES, LEAVES)),)), ("lists:zip*", (lists_of(LEAVES, 2, 3),) * 3),
    ("lists:*", (LISTS, LISTS)),
    ("erlang:[+][+]/2", (LISTS, LISTS)), ("erlang:--/2", (LISTS, LISTS)), ("erlang:[-+*/]/*", (NUMBERS, NUMBERS)),
    ("erlang:*or/2", (TRUTH | SMALL, TRUTH | SMALL)), ("erlang:and/2", (TRUTH, TRUTH)), ("erlang:not/1", (TRUTH,)),
    ("erlang:bs[lr]/2", (NUMBERS, SMALL)), ("erlang:b???/2", (NUMBERS, NUMBERS)), ("erlang:d*v/2", (NUMBERS, NUMBERS)),
    ("erlang:rem/2", (NUMBERS, NUMBERS)), ("erlang:float_to*", (REALS, FLOAT_OPTIONS)),
    ("erlang:make_tuple/*", (SMALL, LEAVES, KEYED)),
    ("erlang:append_element/2", (PAIRS.map(lambda items: Tuple((items,))), TERMS)),
    ("erlang:*element/*", (PLACES, pairs(LEAVES, LEAVES), TERMS)), ("erlang:tuple*", (pairs(LEAVES, LEAVES),)),
    ("erlang:list_to_[if]*", (WRITTEN, any_of(2, 10, 16, 37))), ("erlang:integer_to*", (NUMBERS, any_of(2, 10, 16, 36, 37))),
    ("erlang:binary_to_[if]*", (WRITTEN.map(lambda text: Binary(bytes(text))), any_of(10, 16))),  # type: ignore[arg-type]
    ("erlang:*atom*binary/*", (ATOMS, any_of(*map(Atom, ("utf8", "latin1", "x"))))), ("erlang:map_*/2", (KEYS, MAPS)),
    ("erlang:binary_to_atom/*", (BINARIES, any_of(*map(Atom, ("utf8", "latin1", "x"))))), ("erlang:is_map_key/2", (KEYS, MAPS)),
    ("erlang:*binary*/*", (BINARIES, SMALL, SMALL)), ("erlang:*_size/1", (TERMS | BINARIES,)), ("erlang:iolist*", (IOLISTS,)),
    ("erlang:[act]*", (NUMBERS | ATOMS,)), ("erlang:[fr]*", (NUMBERS | ATOMS,)), ("erlang:[hlt]*", (LISTS,)),
    ("erlang:is_record/*", (pairs(ATOMS, TERMS), ATOMS, SMALL)), ("math:*", (NUMBERS, NUMBERS)),
)  # fmt: skip


def kinds_of(key: Key) -> tuple[Terms, ...]:
    """What its arguments are drawn from; terms of all kinds, where no pattern fits."""
    module, name, arity = key
    fitting = (
        kinds for pattern, kinds in ARGUMENTS if fnmatchcase(f"{module}:{name}/{arity}", pattern) and len(kinds) >= arity
    )
    return next(fitting, (TERMS,) * arity)[:arity]


@cache
def pool(kind: Terms) -> list[Term]:
    """Some terms of a kind: to draw them anew for each call would take long."""
    return drawn(kind, 25)


def arguments(kinds: Iterable[Terms], chance: Random) -> tuple[Term, ...]:
    """One in nine is whatever it is."""
    return tuple(chance.choice(pool(TERMS if chance.randrange(9) == 0 else kind)) for kind in kinds)


def calls(keys: Iterable[Key], each: int) -> list[Call]:
    """So many calls of each function, always the same ones."""
    chance = Random(25)  # noqa: S311 - no secret
    return [(key, arguments(kinds_of(key), chance)) for key in sorted(keys) for _ in range(each)]
