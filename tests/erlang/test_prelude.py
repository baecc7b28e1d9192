"""The library's functions in Erlang, run by real Erlang, against its own."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

import groupy_check.checker.erlang.library as our_library
from groupy_check.checker.erlang.syntax.parser import parse
from groupy_check.checker.erlang.syntax.tree import Broken
from tests.erlang.comparing import literal
from tests.erlang.generated_calls import (
    DICTS,
    KEYED,
    KEYS,
    LEAVES,
    LISTS,
    MAPS,
    QUEUES,
    SMALL,
    SORTED,
    TERMS,
    Terms,
    arguments,
    pool,
)
from tests.erlang.real_erlang import NEEDS_ERLANG, Answer, answers

PRELUDE = Path(our_library.__file__).parent / "prelude"

ONE = (
    "fun(X) -> X > 1 end", "fun(X) -> is_atom(X) end", "fun(X) -> {true, X} end", "fun(X) -> [X, X] end", "fun(X) -> X end",
    "fun({K, _}) -> K end", "fun(_) -> true end", "fun(_) -> false end", "fun(X) -> exit({no, X}) end",
)  # fmt: skip
TWO = (
    "fun(X, Y) -> X =< Y end", "fun(X, Y) -> X < Y end", "fun(X, Y) -> X >= Y end", "fun({X, _}, {Y, _}) -> X =< Y end",
    "fun(X, Y) -> {X, Y} end", "fun(X, Y) -> [X | Y] end", "fun(_, V) -> is_integer(V) end", "fun(K, V) -> {true, {K, V}} end",
)  # fmt: skip
THREE = ("fun(A, B, C) -> {A, B, C} end", "fun(K, V, R) -> [{K, V} | R] end")
FUNS: dict[int, tuple[str, ...]] = {1: ONE, 2: TWO, 3: THREE}

# By the function: how many arguments its fun has, and what the other arguments are.
WITH_FUNS: dict[str, tuple[int, tuple[Terms, ...]]] = {
    "lists:foldl/3": (2, (TERMS, LISTS)), "lists:foldr/3": (2, (TERMS, LISTS)), "lists:mapfoldl/3": (2, (TERMS, LISTS)),
    "lists:mapfoldr/3": (2, (TERMS, LISTS)), "lists:sort/2": (2, (KEYED | LISTS,)), "lists:usort/2": (2, (KEYED | LISTS,)),
    "lists:merge/3": (2, (SORTED, SORTED)), "lists:keymap/3": (1, (SMALL, KEYED)), "lists:zipwith/3": (2, (LISTS, LISTS)),
    "lists:zipwith3/4": (3, (SORTED, SORTED, SORTED)), "maps:fold/3": (3, (TERMS, MAPS)), "maps:filter/2": (2, (MAPS,)),
    "maps:filtermap/2": (2, (MAPS,)), "maps:foreach/2": (2, (MAPS,)), "maps:map/2": (2, (MAPS,)),
    "maps:groups_from_list/2": (1, (LISTS,)), "maps:intersect_with/3": (3, (MAPS, MAPS)),
    "maps:merge_with/3": (3, (MAPS, MAPS)), "queue:fold/3": (2, (TERMS, QUEUES)),
    "ordsets:fold/3": (2, (TERMS, SORTED)), "ordsets:filter/2": (1, (SORTED,)),
    "orddict:filter/2": (2, (DICTS,)), "orddict:map/2": (2, (DICTS,)), "orddict:fold/3": (3, (TERMS, DICTS)),
    "orddict:merge/3": (3, (DICTS, DICTS)),
}  # fmt: skip
KEY_FIRST: dict[str, tuple[Terms, ...]] = {
    "maps:update_with/3": (MAPS,), "maps:update_with/4": (LEAVES, MAPS),
    "orddict:update/3": (DICTS,), "orddict:update/4": (LEAVES, DICTS),
}  # fmt: skip
CONSISTENT = {"lists:sort/2": TWO[:4], "lists:usort/2": (TWO[0], TWO[2], TWO[3]), "lists:merge/3": TWO[:1]}


def exported() -> list[str]:
    """The functions in Erlang, as `module:name/arity`."""
    found = list[str]()
    for file in sorted(PRELUDE.glob("*.erl")):
        listed = re.search(r"-export\(\[(.*?)\]\)", file.read_text(encoding="utf-8"), re.DOTALL)
        assert listed
        found += [f"{file.stem}:{name}" for name in re.findall(r"\w+/\d", listed[1])]
    return found


def calling_funs() -> list[str]:
    """Those that are compared here: sets look different inside, timers call no funs, and servers have a test of their own."""
    return [function for function in exported() if not function.startswith(("sets:", "timer:", "gen_server:"))]


def call_with_fun(function: str, chance: Random) -> str:
    """The call; the fun is one that can be an order, where a function asks for an order."""
    name = function.partition("/")[0]
    if function == "maps:groups_from_list/3":
        return f"{name}({chance.choice(ONE)}, {chance.choice(ONE)}, {literal(chance.choice(pool(LISTS)))})"
    if function in KEY_FIRST:
        key, *rest = map(literal, arguments((KEYS, *KEY_FIRST[function]), chance))
        return f"{name}({', '.join((key, chance.choice(ONE), *rest))})"
    arity, kinds = WITH_FUNS.get(function, (1, (QUEUES if name.startswith("queue") else LISTS,)))
    funs = CONSISTENT.get(function, FUNS[arity] if chance.randrange(12) else (*ONE, *TWO, "a"))
    return f"{name}({', '.join((chance.choice(funs), *map(literal, arguments(kinds, chance))))})"


def plain(answer: Answer) -> Answer:
    """Without what is each module's own."""
    return answer[0], re.sub(r"#Fun<[^>]*>", "fun", answer[1]).replace("our_", "")


def compared_prelude(each: int) -> list[str]:
    """Our functions, run by real Erlang under another name, and its own."""
    chance = Random(2)  # noqa: S311 - no secret
    made = [call_with_fun(function, chance) for function in calling_funs() for _ in range(each)]
    texts = {file.stem: file.read_text(encoding="utf-8") for file in PRELUDE.glob("*.erl")}
    modules = {f"our_{name}": text.replace(f"-module({name})", f"-module(our_{name})") for name, text in texts.items()}
    both = answers([*made, *(f"our_{text}" for text in made)], modules)
    compared = zip(made, both[: len(made)], both[len(made) :], strict=True)
    return [
        f"{asked}: {our[1]}, not {its[1]}"
        for asked, its, our in compared
        if plain(its) != plain(our) and "{badmap,{" not in our[1]
    ]


@NEEDS_ERLANG
def test_functions_that_call_funs_do_what_erlangs_own_do():
    """Iterators of maps, which look like tuples of three, are not modelled."""
    assert len(calling_funs()) == 50
    assert compared_prelude(8) == []


@NEEDS_ERLANG
@pytest.mark.slow
def test_functions_that_call_funs_do_more_of_what_erlangs_own_do():
    assert compared_prelude(80) == []


def test_every_function_in_erlang_can_be_read():
    for file in PRELUDE.glob("*.erl"):
        forms = parse(file.read_text(encoding="utf-8"), file.stem, file.name, lambda _: None)
        assert [form for form in forms if isinstance(form, Broken)] == []
