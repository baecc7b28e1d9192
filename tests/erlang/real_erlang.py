"""Real Erlang as the authority: what it says to a batch of expressions, in one process, for starting it is slow."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

NEEDS_ERLANG = pytest.mark.skipif(shutil.which("erl") is None, reason="needs Erlang (Debian's erlang-base)")
PROGRAM = Path(__file__).with_suffix(".erl")
START = """
    {ok, Module, Code} = compile:file("%s", [binary]),
    {module, Module} = code:load_binary(Module, "", Code),
    Module:main(init:get_plain_arguments()).
"""

Answer = tuple[str, str]  # how it ended (value, error, exit, throw, down or timeout), and the term as ~tw prints it


def answers(expressions: Iterable[str], modules: Mapping[str, str] | None = None) -> list[Answer]:
    """What becomes of each expression, which may call the modules: their names, with their texts.

    Each is evaluated in a process of its own; `down` says why this process died before it had a value.
    """
    asked = list(expressions)
    with TemporaryDirectory() as name:
        folder = Path(name)
        sources = [_saved(folder, module, text) for module, text in (modules or {}).items()]
        questions, found = folder / "questions", folder / "answers"
        questions.write_bytes("\0".join(asked).encode())
        _run([str(questions), str(found), *sources])
        lines = found.read_text(encoding="utf-8").split("\n")[:-1]
    assert len(lines) == len(asked)
    return [(kind, text) for kind, _, text in (line.partition(" ") for line in lines)]


def _saved(folder: Path, module: str, text: str) -> str:
    file = folder / f"{module}.erl"
    file.write_text(text, encoding="utf-8")
    return str(file)


def _run(arguments: Sequence[str]) -> None:
    command = ["erl", "-noshell", "-eval", START % PROGRAM, "-extra", *arguments]
    subprocess.run(command, check=True, timeout=120)
