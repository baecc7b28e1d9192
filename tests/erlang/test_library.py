"""The library against real Erlang (OTP 25): the same values, the same errors with the same reasons."""

from __future__ import annotations

import inspect
import re
from random import Random

import pytest

from groupy_check.checker.erlang.library.otp import is_known
from groupy_check.checker.erlang.library.table import FUNCTIONS
from groupy_check.checker.erlang.terms.ordering import compare, in_order, map_of
from groupy_check.checker.erlang.terms.raising import Unsupported
from groupy_check.checker.erlang.terms.values import Atom, Binary, Fun, Improper, Map, Pid, Ref, RemoteFun, Term, Tuple
from tests.erlang.comparing import call_text, differing, literal, our_result
from tests.erlang.expressions import our_answer
from tests.erlang.generated_calls import KEYS, SORTED, Key, arguments, calls
from tests.erlang.library_answers import recorded
from tests.erlang.real_erlang import NEEDS_ERLANG, answers
from tests.erlang.test_prelude import PRELUDE, exported

UNORDERED = {("proplists", "get_keys", 1)}  # what it answers has no order there
HIDDEN = {"pid_to_list", "ref_to_list", "fun_to_list"}  # what they answer is each system's own


# --- by hand -----------------------------------------------------------------------------------------------------------------


def test_expressions_have_the_values_that_erlang_gives_them():
    found = recorded()
    assert len(found) == 561
    assert {expression: our_answer(expression) for expression in found} == found


@NEEDS_ERLANG
def test_erlang_gives_the_recorded_values():
    found = recorded()
    assert dict(zip(found, answers(found), strict=True)) == found


# --- generated ---------------------------------------------------------------------------------------------------------------


def comparable() -> list[Key]:
    return [key for key in FUNCTIONS if key[0] not in {"io_lib", "sets"} and key[1] not in HIDDEN and key not in UNORDERED]


@NEEDS_ERLANG
def test_generated_calls_end_as_in_erlang():
    made = calls(comparable(), 4)
    assert len(made) >= 1_200
    ours = list(map(our_result, made))
    assert ours.count(None) < len(made) // 40
    assert differing(list(map(call_text, made)), ours) == []


@NEEDS_ERLANG
@pytest.mark.slow
def test_more_generated_calls_end_as_in_erlang():
    made = calls(comparable(), 60)
    assert differing(list(map(call_text, made)), list(map(our_result, made))) == []


OF_SETS = (
    "lists:sort(sets:to_list(sets:union(A, B)))",
    "lists:sort(sets:to_list(sets:intersection(A, B)))",
    "lists:sort(sets:to_list(sets:subtract(A, B)))",
    "lists:sort(sets:to_list(sets:union([A, B])))",
    "lists:sort(sets:to_list(sets:add_element(E, sets:del_element(a, A))))",
    "{sets:size(A), sets:is_empty(B), sets:is_set(A), sets:is_element(E, A)}",
    "{sets:is_subset(A, B), sets:is_disjoint(A, B)}",
    "lists:sort(proplists:get_keys(L))",
)


@NEEDS_ERLANG
def test_generated_sets_are_as_in_erlang():
    """But for the order of their elements, of which real Erlang says nothing."""
    chance, made = Random(1), list[str]()  # noqa: S311 - no secret
    for _ in range(25):
        one, two, element = arguments((SORTED, SORTED, KEYS), chance)
        for version in ("", ", [{version, 2}]"):
            places = {"A": f"sets:from_list({literal(one)}{version})", "B": f"sets:from_list({literal(two)}{version})"}
            places |= {"E": literal(element), "L": literal(one)}
            made += [re.sub(r"\b[ABEL]\b", lambda found, places=places: places[found[0]], text) for text in OF_SETS]  # type: ignore[misc]
    assert differing(made, [our_answer(text) for text in made]) == []


# --- what there is -----------------------------------------------------------------------------------------------------------


def test_what_is_modelled_exists_in_erlang_and_takes_as_many_arguments():
    assert [key for key in FUNCTIONS if not is_known(*key)] == []
    for function in exported():
        module, name, arity = re.split("[:/]", function)
        assert is_known(module, name, int(arity))
        assert (module, name, int(arity)) not in FUNCTIONS
    for key, modelled in FUNCTIONS.items():
        inspect.signature(modelled).bind(*[()] * key[2])


@pytest.mark.parametrize(
    ("function", "known"),
    [
        ("lists:foreach/2", True), ("lists:foreach/3", False), ("list:keyfind/3", False), ("io:print/1", False),
        ("erlang:minitor/2", False), ("rand:seed/3", False), ("rand:uniform/1", True), ("lists:module_info/0", True),
        ("ets:whatever/9", True), ("no_module_of_erlang:f/0", False),
    ],
)  # fmt: skip
def test_a_function_that_erlang_has_not_is_told_from_one_that_is_not_modelled(function, known):
    """`ets` is there; its functions are not listed, so each may be."""
    module, name, arity = re.split("[:/]", function)
    assert is_known(module, name, int(arity)) == known


@NEEDS_ERLANG
def test_the_list_of_functions_is_erlangs_own():
    lines = [line.split() for line in (PRELUDE.parent / "otp25.txt").read_text(encoding="utf-8").splitlines()]
    listed = {module: sorted(functions) for module, *functions in lines if functions}
    sums = answers(
        f'lists:sort([lists:concat([F, "/", A]) || {{F, A}} <- {module}:module_info(exports), F =/= module_info])'
        f" =:= [{', '.join(map(quoted, functions))}]"
        for module, functions in listed.items()
    )
    assert dict(zip(listed, sums, strict=True)) == dict.fromkeys(listed, ("value", "true"))
    assert len(listed) == 15


def quoted(text: str) -> str:
    return f'"{text}"'


def test_the_order_of_a_map_is_not_told_where_erlang_hashes_its_keys():
    maps = [map_of((number, 0) for number in range(count)) for count in (32, 33)]
    assert FUNCTIONS["maps", "keys", 1](maps[0]) == tuple(range(32))
    assert FUNCTIONS["maps", "size", 1](maps[1]) == 33
    with pytest.raises(Unsupported, match="the order of a map of more than 32 keys"):
        FUNCTIONS["maps", "keys", 1](maps[1])


def test_the_term_order_goes_through_all_kinds_of_terms():
    """As the reference manual has it; of two pids the number decides, of two references the node."""
    fun = Fun("m", 1, 0, ())
    terms: list[Term] = [
        1, Atom("a"), Ref(0, 9), Ref(1, 1), fun, Fun("m", 1, 0, (("X", 1),)), RemoteFun("lists", "map", 2), Pid(9, 1),
        Pid(0, 2), Tuple(()), Map(()), (), (1,), Improper((1,), Atom("a")), (1, 1), Binary(b""),
    ]  # fmt: skip
    assert in_order(reversed(terms)) == [*terms[:12], Improper((1,), Atom("a")), (1,), *terms[14:]]
    assert [compare(term, term) for term in terms] == [0] * 16
