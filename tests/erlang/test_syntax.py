"""Scanner, preprocessor and parser: what they say of files that are messy, and that they read what Erlang itself reads."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest

from groupy_check.checker.erlang.syntax.parser import parse
from groupy_check.checker.erlang.syntax.places import ErlangSyntaxError
from groupy_check.checker.erlang.syntax.reading import text_of
from groupy_check.checker.erlang.syntax.scanner import ErlangToken, Scanner
from groupy_check.checker.erlang.syntax.tree import Broken, CallExpr, Form, Function, Literal
from tests.erlang.abstract_forms import written

HERE = Path(__file__).parent
MODULES = sorted((HERE / "modules").glob("*.erl"))
LIBRARY = sorted(Path("/usr/lib/erlang/lib").glob("*/src/*.erl"))  # Debian's erlang-src
NEEDS_ERLANG = pytest.mark.skipif(shutil.which("erlc") is None, reason="needs Erlang (Debian's erlang-base)")


def forms_of(text: str, **included: str) -> tuple[Form, ...]:
    """The forms of a module `m` of the file m.erl; `included` are headers without their ending."""
    return parse(text, "m", "m.erl", lambda name: included[name[:-4]].encode() if name[:-4] in included else None)


def problems(text: str, **included: str) -> list[str]:
    """What is broken in it, as `line:column: text`."""
    return [f"{form.at}: {form.text}" for form in forms_of(text, **included) if isinstance(form, Broken)]


def functions(text: str, **included: str) -> list[str]:
    """The functions that can be used."""
    return [f"{form.name}/{form.arity}" for form in forms_of(text, **included) if isinstance(form, Function)]


# --- files as they are -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (b"\xef\xbb\xbff() -> ok.", "f() -> ok."),
        (b"f() ->\r\n ok.\r\n", "f() ->\n ok.\n"),
        ("% å\nf() -> ok.".encode(), "% å\nf() -> ok."),
        ("% å\nf() -> ok.".encode("latin-1"), "% å\nf() -> ok."),
        ("%% coding: latin-1\n% å".encode("latin-1"), "%% coding: latin-1\n% å"),
        ("%% -*- coding: latin-1 -*-\n% å".encode(), "%% -*- coding: latin-1 -*-\n% Ã¥"),
    ],
)
def test_a_file_is_decoded_as_erlang_does_it(source, text):
    assert text_of(source) == text


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("f() -> ok.".encode("utf-16"), "1:1: the file is UTF-16; save it as UTF-8"),
        (b"\x7fELF\0\0", "1:1: the file is not text (it contains a zero byte)"),
        (b"f() -> ok.\n<<<<<<< HEAD\ng() -> ok.\n", "2:1: a merge was not finished here: '<<<<<<<'"),
        (b"f() -> ok.\n=======\ng() -> ok.\n", "2:1: a merge was not finished here: '======='"),
    ],
)
def test_what_is_no_source_file_is_refused(source, problem):
    with pytest.raises(ErlangSyntaxError) as raised:
        text_of(source)
    assert str(raised.value) == problem


# --- what is wrong with a form, and where ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(X) -> case X of a -> b.", "1:25: expected 'end' of the 'case' at 1:9, found the end of the form"),
        ("f(X) -> receive a -> b;\n end.", "2:2: expected an expression, found end"),
        ("f(X) -> {a, b.", "1:14: expected '}' that ends the tuple, found the end of the form"),
        ("f(X) -> g(X.", "1:12: expected ')' that ends the arguments, found the end of the form"),
        ("f(X) -> X = .", "1:13: expected an expression, found the end of the form"),
        ("f(X) a.", "1:6: expected '->' and what to do, found a"),
        ("f(X) -> a;\ng(X) -> b.", "2:1: the clauses of f end with a dot before those of g begin, not with ';'"),
        ("f(X) -> a;\nf(X, Y) -> b.", "2:1: the clauses of f differ in the number of their parameters"),
        ("f(X) -> a\n", "1:9: the file ends before this does: a dot is missing"),
        ("f(X) -> ?M.", "1:10: the macro ?M is not defined"),
        ("-define(M, ?N).\n-define(N, ?M).\nf() -> ?M.", "3:9: ?M stands for itself"),
        ("-define(M(X), X).\nf() -> ?M.", "2:9: ?M takes arguments"),
        ("-define(M(X), X).\nf() -> ?M(1, 2).", "2:9: ?M does not take 2 arguments"),
        ("-define(M, 1).\n-define(M, 2).", "2:9: ?M is defined twice"),
        ("-define(M 1).", "1:1: expected -define(NAME, what it stands for)."),
        ("-ifdef(a).\nf() -> ok.", "2:1: an -endif is missing"),
        ("-endif.", "1:1: -endif without -ifdef"),
        ('-include("a.hrl").', '1:10: the file "a.hrl" is not there; put it beside this one'),
        ("f() -> a == b == c.", "1:15: == cannot be followed by another comparison; use brackets, found =="),
        ("f() -> 37#1.", "1:8: illegal base 37"),
        ("f() -> 2#3.", "1:8: '3' is no digit of base 2"),
        ("f() -> 'abc.\n", "1:8: this atom has no closing quotation mark"),
        ("f() -> #r{a}.", "1:12: expected '=' and the value of the field, found }"),
        ("f() -> try a end.", "1:14: expected 'catch' or 'after' of the 'try' at 1:8, found end"),
        ("f() -> fun A() -> 1; B() -> 2 end.", "1:22: the clauses of this fun are called A"),
        ("-module(\"m\").", "1:9: the name of a module is an atom"),
        ("X = 1.", "1:1: expected a function or an attribute, found X"),
        (f"f() -> {'(' * 5_000}1{')' * 5_000}.", "1:1: this is nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_where_it_is(text, expected):
    assert problems(text) == [expected]


def test_one_broken_function_leaves_the_others():
    text = 'f() -> a.\ng() -> case b of.\nh() -> "c.\ni() -> \u00a7.\nj() -> "d".\n'
    assert functions(text) == ["f/0", "j/0"]
    assert [problem.partition(": ")[0] for problem in problems(text)] == ["2:17", "3:8", "4:8"]


def test_a_missing_quotation_mark_is_said_where_it_is_missing():
    """Not at the end of the file, where the scanner notices it."""
    text = 'f() -> io:format("a~n).\n\ng() -> io:format("b~n").\nh() -> ok.\n'
    assert problems(text) == ["1:18: this string has no closing quotation mark"]
    assert functions(text) == ["g/0", "h/0"]


def test_a_string_may_go_over_several_lines():
    assert functions('f() -> "a\nb".\ng() -> ok.') == ["f/0", "g/0"]
    text = 'f() -> "a\nb".\ng() -> §.\nh() -> "c".\n'
    assert (functions(text), problems(text)) == (["f/0", "h/0"], ["3:8: illegal character '§'"])


# --- macros ------------------------------------------------------------------------------------------------------------------


def value(text: str, **included: str) -> object:
    """The last expression of the last function, if it is a literal or a call of literals."""
    function = next(form for form in reversed(forms_of(text, **included)) if isinstance(form, Function))
    found = function.clauses[-1].body[-1]
    if isinstance(found, CallExpr):
        return [argument.value for argument in found.arguments if isinstance(argument, Literal)]
    assert isinstance(found, Literal)
    return found.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-define(A, 7).\nf() -> ?A.", 7),
        ("-define(a, 7).\nf() -> ?a.", 7),
        ("-define(A(X), g(X, 2)).\nf() -> ?A(1).", [1, 2]),
        ("-define(A(X), X).\n-define(A(X, Y), g(X, Y)).\nf() -> ?A(1, ?A(2)).", [1, 2]),
        ("-define(A(), 3).\nf() -> ?A().", 3),
        ("-define(A(X), ??X).\nf() -> ?A(g( 1,2 )).", "g ( 1 , 2 )"),
        ("f() -> ?MODULE.", "m"),
        ("-module(other).\nf() -> ?MODULE.", "other"),
        ("f() -> ?MODULE_STRING.", "m"),
        ("f() ->\n  ?LINE.", 2),
        ("f() -> ?FILE.", "m.erl"),
        ("name(_, {1, 2}) -> ?FUNCTION_NAME.", "name"),
        ("name(_, {1, 2}) -> ?FUNCTION_ARITY.", 2),
        ("-ifdef(a).\n-define(A, 1).\n-else.\n-define(A, 2).\n-endif.\nf() -> ?A.", 2),
        ("-define(a, x).\n-ifdef(a).\n-define(A, 1).\n-else.\n-define(A, 2).\n-endif.\nf() -> ?A.", 1),
        ("-ifndef(a).\n-ifdef(b).\nbroken(.\n-endif.\n-define(A, 1).\n-endif.\nf() -> ?A.", 1),
        ("-define(A, 1).\n-undef(A).\n-define(A, 2).\nf() -> ?A.", 2),
        ('-include("h.hrl").\nf() -> ?A.', 5),
        ('-include_lib("eunit/include/eunit.hrl").\nf() -> 1.', 1),
    ],
)
def test_macros_are_replaced(text, expected):
    assert value(text, h="-define(A, 5).\n") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("16#ff", 255), ("1_000", 1000), ("1.5e-3", 0.0015), ("$a", 97), ("$\\n", 10), ("$\\s", 32), ("$\\x41", 65),
        ("$\\101", 65),
        ("$\\^a", 1), ("'a b'", "a b"), ('"\\x{1F600}"', "\U0001f600"), ("a@b", "a@b"), ("åäö", "åäö"), ("_", "_"),
    ],
)  # fmt: skip
def test_tokens_have_the_value_that_erlang_gives_them(text, expected):
    (token,) = Scanner(text).tokens()
    assert isinstance(token, ErlangToken)
    assert token.value == expected


# --- Erlang itself -----------------------------------------------------------------------------------------------------------


def compared(files: list[Path], folder: Path) -> dict[str, str]:
    """By name, "same" where Erlang's own parser reads the file as we do, else what differs."""
    subprocess.run(["erlc", "-o", folder, HERE / "compare_forms.erl"], check=True)
    arguments = list[str]()
    for number, file in enumerate(files):
        near = [file.parent, file.parent.parent / "include"]
        found = parse(text_of(file.read_bytes()), file.stem, str(file), partial(read, near))
        term = folder / f"{number}.term"
        term.write_text(written(found))
        arguments += [str(file), str(term)]
    command = ["erl", "-noshell", "-pa", str(folder), "-run", "compare_forms", "main", *arguments]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return {file.name: line for file, line in zip(files, lines, strict=True)}


def read(folders: list[Path], name: str) -> bytes | None:
    return next(((folder / name).read_bytes() for folder in folders if (folder / name).exists()), None)


@NEEDS_ERLANG
def test_our_modules_are_read_as_erlang_reads_them(tmp_path):
    """Every form, with the line and the column of every part of it; of a broken form, the line of the mistake."""
    assert compared(MODULES, tmp_path) == dict.fromkeys([file.name for file in MODULES], "same")


@NEEDS_ERLANG
@pytest.mark.slow
@pytest.mark.skipif(not LIBRARY, reason="needs the sources of Erlang's library (Debian's erlang-src)")
def test_erlangs_own_library_is_read_as_erlang_reads_it(tmp_path):
    """Every file that includes nothing: a header may include those of other libraries."""
    plain = [file for file in LIBRARY if not re.search(rb"^-(include|include_lib|if|file)\(", file.read_bytes(), re.MULTILINE)]
    files = [file for file in plain if file.stat().st_size < 200_000][:150]
    assert len(files) == 150
    assert {name: line for name, line in compared(files, tmp_path).items() if line != "same"} == {}


@NEEDS_ERLANG
@pytest.mark.slow
def test_a_token_too_few_is_noticed_where_erlang_notices_it(tmp_path):
    """Of 150 files that lack one token each, all of which Erlang refuses are refused, and none that it reads."""
    text = MODULES[0].read_text()
    tokens = [token for token in Scanner(text).tokens() if isinstance(token, ErlangToken)]
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    files = []
    for number, token in enumerate(random.Random(1).sample(tokens[20:], 150)):  # noqa: S311 - no secret
        offset = starts[token.place.line - 1] + token.place.column - 1
        files.append(tmp_path / f"fault{number}.erl")
        files[-1].write_text(text[:offset] + text[offset + len(token.text) :])
    differing = [line for line in compared(files, tmp_path).values() if line != "same"]
    assert [line for line in differing if "error" not in line] == []
    assert len(differing) <= 15
