"""Whole functions, run by our machine and by real Erlang: the same values, the same errors."""

from __future__ import annotations

import re

import pytest

from tests.erlang.generated_programs import program
from tests.erlang.real_erlang import NEEDS_ERLANG, answers
from tests.erlang.support import outcome, program_of

# Of the filters of a comprehension, those that may stand in a guard are tests as there: what fails is false.
BY_HAND = (
    "[X || X <- [1, a, [3]], hd(X) > 1]",
    "[X || X <- [1, true], X]",
    "[X || X <- [1, #{a => 1}], map_size(X) == 1]",
    "[X || X <- [1, {a}], erlang:element(1, X) == a]",
    "[X || X <- [1, #r{y = 2}], X#r.y == 2]",
    "[X || X <- [1, 2], {X}]",
    "[X || X <- [1, 2], X + 1]",
    "[X || X <- [1, 2], is_leader(X)]",
    "[X || X <- [1, 2], not is_leader(X), X > 0]",
    "[X || X <- [1], begin X end]",
    "[X || X <- [1], max(X, 2)]",
    "[X || {a, X} <- [{a, 1}, b, {a, 2}, {c, 3}]]",
    "[X || X <- [1 | 2]]",
    "[begin self() ! X, X end || X <- [1, 2]] ++ begin self() ! a, receive Y -> [Y] end end",
    "begin self() ! x, L = [receive Z -> Z end], L ++ begin self() ! y, receive Y -> [Y] end end end",
)
REST = """
is_leader(X) -> self() ! X, X == 1.
"""


def plain(found: str) -> str:
    """Without the names of funs, which are each system's own."""
    return re.sub(r"#Fun<[^>]*>", "fun", found)


def differing(source: str, functions: int) -> list[str]:
    """What f0, f1, ... answer here and there, if that is not the same."""
    library = program_of(source)
    ours = [outcome(library, f"f{number}") for number in range(functions)]
    real = answers([f"t:f{number}()" for number in range(functions)], {"t": source})
    compared = zip(ours, real, strict=True)
    return [f"f{number}: {our}, not {its}" for number, (our, (_, its)) in enumerate(compared) if plain(our) != plain(its)]


@NEEDS_ERLANG
def test_filters_are_tests_as_in_guards_where_they_can_be():
    head = program(0, 0) + REST
    functions = [f"f{number}() -> try {one} catch K:W -> {{K, W}} end.\n" for number, one in enumerate(BY_HAND)]
    assert differing(head + "".join(functions), len(functions)) == []


@NEEDS_ERLANG
def test_generated_functions_do_what_they_do_in_erlang():
    assert differing(program(1, 40), 40) == []


@NEEDS_ERLANG
@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 110))
def test_more_generated_functions_do_what_they_do_in_erlang(seed):
    assert differing(program(seed, 300), 300) == []
