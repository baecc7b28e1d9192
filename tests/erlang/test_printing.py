"""What is printed against what real Erlang prints: formats, their errors, and how long terms are broken into lines."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest

from groupy_check.checker.erlang.library.table import FUNCTIONS
from groupy_check.checker.erlang.library.text.formats import formatted
from groupy_check.checker.erlang.terms.values import Atom, Fun, Pid, Ref, RemoteFun, Term, string
from groupy_check.checker.erlang.terms.writing import printed, written
from tests.erlang.comparing import differing, literal, outcome
from tests.erlang.generated_calls import (
    ATOMS,
    BINARIES,
    KEYED,
    LISTS,
    MAPS,
    NUMBERS,
    REALS,
    SMALL,
    STRINGS,
    TERMS,
    Terms,
    arguments,
    pool,
)
from tests.erlang.real_erlang import NEEDS_ERLANG, answers
from tests.erlang.support import value

Format = tuple[str, tuple[Term, ...]]

# --- printing ----------------------------------------------------------------------------------------------------------------

PRINTED: dict[str, tuple[Terms, ...]] = {
    "w": (TERMS,), "p": (TERMS,), "s": (LISTS | ATOMS | STRINGS | BINARIES | NUMBERS,), "c": (NUMBERS | ATOMS,), "i": (TERMS,),
    "e": (REALS | SMALL,), "f": (REALS | SMALL,), "g": (REALS | SMALL,), "b": (NUMBERS,), "B": (NUMBERS,), "+": (SMALL,),
    "#": (SMALL,), "x": (SMALL, ATOMS | STRINGS), "X": (SMALL, ATOMS | STRINGS), "n": (), "~": (), "q": (),
}  # fmt: skip
WIDTHS = ("", "", "", "3", "-4", "12", "40")
PRECISIONS = ("", "", "", ".2", ".5", ".16", ".3.0", "..*")


def formats(count: int) -> list[Format]:
    """A format with a few controls, and arguments for them: one in ten times, not as many as it needs."""
    chance, made = Random(7), list[Format]()  # noqa: S311 - no secret
    for _ in range(count):
        text, terms = chance.choice(("", "a ", "b\n ")), tuple[Term, ...]()
        for _ in range(chance.randrange(1, 4)):
            control = chance.choice([*PRINTED, *"wpsp"])
            precision = chance.choice(PRECISIONS)
            text += f"~{chance.choice(WIDTHS)}{precision}{chance.choice(('', '', '', 't'))}{control}"
            terms += ((ord("."),) if precision == "..*" else ()) + arguments(PRINTED[control], chance)
        made.append((text, terms[1:] if chance.randrange(10) == 0 else terms))
    return made


def compared(made: Iterable[Format]) -> list[str]:
    asked = [(string(text), terms) for text, terms in made]
    expressions = [f"lists:flatten(io_lib:format({literal(text)}, {literal(terms)}))" for text, terms in asked]
    return differing(expressions, [outcome(lambda one=one: string(formatted(*one))) for one in asked])  # type: ignore[misc]


@NEEDS_ERLANG
def test_generated_formats_print_as_in_erlang():
    assert compared(formats(500)) == []


@NEEDS_ERLANG
@pytest.mark.slow
def test_more_generated_formats_print_as_in_erlang():
    assert compared(formats(6_000)) == []


def long_terms(count: int) -> list[Term]:
    """Terms that do not fit into one line."""
    chance, made = Random(3), list[Term]()  # noqa: S311 - no secret
    kinds = (LISTS, KEYED, MAPS, TERMS, STRINGS, BINARIES)
    for _ in range(count):
        parts = [chance.choice(pool(chance.choice(kinds))) for _ in range(chance.randrange(3, 14))]
        tags = [Atom(chance.choice(("p", "view", "a_tag_that_is_rather_long"))) for _ in parts]
        groups = [FUNCTIONS["erlang", "list_to_tuple", 1]((tag, *parts[at : at + 3])) for at, tag in enumerate(tags)]
        made.append(tuple(groups if chance.randrange(2) else parts))
    return made


@NEEDS_ERLANG
def test_long_terms_are_broken_into_lines_as_in_erlang():
    made: list[Format] = [(text, (term,)) for term in long_terms(60) for text in ("~p", "received:\n\t~p", "~40p")]
    assert sum("\n" in formatted(string("~p"), terms) for _, terms in made) > 100
    assert compared(made) == []


def test_what_erlang_numbers_itself_is_printed_with_our_numbers():
    fun = Fun("gms", 2, 1, ())
    assert written((Pid(1, 7), Ref(1, 7), fun)) == "[<1.7.0>,#Ref<1.7.0.0>,#Fun<gms.2.0>]"
    assert printed(RemoteFun("lists", "map", 2)) == "fun lists:map/2"
    assert formatted(string("~p"), (Pid(1, 7),)) == "<1.7.0>"


@NEEDS_ERLANG
def test_what_is_left_out_of_a_print_changes_nothing_but_a_format_must_still_fit():
    asked = ('io:format("~P~n", [[a, [b, [c]]], 2])', 'catch io:format("~P ~s~n", [a, 2, 3])', 'io:format("~W~n", [a, b])')
    assert [value(f"(catch {text}) =:= ok") for text in asked] == ["true", "false", "false"]
    assert [text for _, text in answers([f"(catch {text}) =:= ok" for text in asked])] == ["true", "false", "false"]
