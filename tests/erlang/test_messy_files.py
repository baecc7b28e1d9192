"""Messy files: what is said of them, by the parser and on the command line, and that Erlang finds it in the same place."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from groupy_check.checker.erlang.syntax.parser import parse
from groupy_check.checker.erlang.syntax.places import ErlangSyntaxError
from groupy_check.checker.erlang.syntax.reading import text_of
from groupy_check.checker.erlang.syntax.tree import Broken
from groupy_check.checker.interfaces.cli import check_main
from tests.erlang.messy import MESSY

BY_SYNTAX = (
    "merge_markers", "utf_16", "zero_bytes", "unclosed_string", "no_end", "no_dot", "semicolon_for_comma", "undefined_macro",
)  # fmt: skip
COMPILE = """[Out|Files] = init:get_plain_arguments(),
    [compile:file(File, [report_errors, {outdir, Out}]) || File <- Files], halt()."""
ELSEWHERE = ("unclosed_string",)  # Erlang says where the next string begins, 63 lines further down


def complaints(source: bytes) -> list[str]:
    """What is wrong with the text, as line:column: text."""
    try:
        return [
            f"{form.at}: {form.text}"
            for form in parse(text_of(source), "gms3", "gms3.erl", lambda _: None)
            if isinstance(form, Broken)
        ]
    except ErlangSyntaxError as error:
        return [str(error)]


@pytest.mark.parametrize("name", MESSY)
def test_what_is_wrong_with_the_text_is_said_in_one_line_with_its_place(name):
    messy, found = MESSY[name], complaints(MESSY[name].source)
    if name in BY_SYNTAX:
        assert len(found) == 1
        assert found[0].startswith(f"{messy.place}: ")
        assert messy.says in found[0]
    else:
        assert len(found) == (name in {"python", "java", "broken_but_not_reached"})


@pytest.mark.parametrize("name", MESSY)
def test_the_command_line_says_it_in_one_line_or_gives_a_verdict(name, tmp_path, monkeypatch, capsys):
    messy, file = MESSY[name], "mine.erl" if name == "other_name" else "gms3.erl"
    (tmp_path / file).write_bytes(messy.source)
    monkeypatch.chdir(tmp_path)
    status = check_main(["--impl", f"./{file}", "--nodes", "2", "--messages", "1", "--quiet"])
    printed = capsys.readouterr()
    if messy.says:
        assert (status, printed.out, printed.err.count("\n")) == (150, "", 1)
        assert printed.err.startswith(f"groupy-check: {file}:{messy.place}: " if messy.place else f"groupy-check: {file}:")
        assert messy.says in printed.err
    else:
        assert (status, printed.err) == (0, "")
        assert printed.out.startswith(f"./{file}: OK, 13 of 13 claimed properties hold")


@pytest.mark.skipif(shutil.which("erlc") is None, reason="needs Erlang (Debian's erlang-base)")
def test_erlang_refuses_the_same_files_in_the_same_line(tmp_path):
    files = dict[str, Path]()
    for name, messy in MESSY.items():
        files[name] = tmp_path / name / ("mine.erl" if name == "other_name" else "gms3.erl")
        files[name].parent.mkdir()
        files[name].write_bytes(messy.source)
    command = ["erl", "-noinput", "-eval", COMPILE, "-extra", str(tmp_path), *map(str, files.values())]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    errors = re.findall(r"/(\w+)/gms3\.erl:(\d+):\d+: ", said)
    assert {name for name, _ in errors} == {name for name, messy in MESSY.items() if not messy.erlang} - {"other_name"}
    assert "Module name 'gms3' does not match file name 'mine'" in said
    for name, line in dict(reversed(errors)).items():
        if MESSY[name].place and name not in ELSEWHERE:
            assert line == MESSY[name].place.partition(":")[0], name
