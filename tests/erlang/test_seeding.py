"""Seeds of random numbers: what gives a seed back, and which end the process."""

from __future__ import annotations

import pytest

from tests.erlang.real_erlang import NEEDS_ERLANG, answers
from tests.erlang.support import outcome, program_of

SEEDS = {
    "{random:seed(1, 1, 1), random:seed({2, -2, 2}), random:seed(), get(random_seed)}":
    "{undefined,{2,2,2},{3,3,3},{3172,9814,20125}}",
    "{random:seed(), random:seed(1, 1, 1), random:seed0()}": "{{3172,9814,20125},{3172,9814,20125},{3172,9814,20125}}",
    "{random:seed(123456789012345), random:seed(-5), random:seed(now())}": "{undefined,{834,30304,1806},{18832,17994,2}}",
    "random:seed(1.5, 2, 3)": "error badarith",
    "random:seed(a, b, c)": "error badarg",
    "random:seed({1, 2})": "error function_clause",
    "random:seed([1, 2, 3])": "error function_clause",
    "rand:seed(now())": "error function_clause",
    "rand:seed(1, 2)": "error function_clause",
    "rand:seed(lottery)": "error function_clause",
    "rand:seed(exsplus, {a, b, c})": "error badarith",
    "rand:seed(exsplus, {1, 2})": "error function_clause",
    "rand:seed(exsplus, lottery)": "error function_clause",
    "rand:seed(exsplus, [])": "error zero_seed",
    "rand:seed(exsplus, [a])": "error non_integer_seed",
    "rand:seed(exsplus, [1, 2, 3])": "error too_many_seed_integers",
    "tuple_size(rand:seed(exsplus, {1, 2, 3}))": "2",
    "tuple_size(rand:seed(default, 5))": "2",
    "tuple_size(rand:seed(rand:seed(exsss)))": "2",
}  # fmt: skip


@pytest.mark.parametrize("asked", SEEDS)
def test_a_seed_is_taken_as_erlang_takes_it(asked):
    found = outcome(program_of(f"-module(t).\n-export([main/0]).\nmain() -> {asked}.\n"), "main")
    assert found.partition(" at ")[0] == SEEDS[asked]


@NEEDS_ERLANG
def test_erlang_takes_them_so():
    found = [text if kind == "value" else f"{kind} {text}" for kind, text in answers(list(SEEDS), {})]
    assert dict(zip(SEEDS, found, strict=True)) == SEEDS
