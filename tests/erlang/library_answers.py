"""The expressions of `library_answers.txt` and their answers; run as a program, it asks real Erlang anew."""

from __future__ import annotations

from pathlib import Path

from tests.erlang.real_erlang import Answer, answers

FILE = Path(__file__).with_suffix(".txt")


def recorded() -> dict[str, Answer]:
    """Each expression with its answer."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("%%")]
    found = zip(lines[::2], lines[1::2], strict=True)
    return {expression: _answer(answer) for expression, answer in found}


def _answer(line: str) -> Answer:
    kind, _, text = line.strip().partition(" ")
    return kind, text


def main() -> None:
    """Ask what the answers are: of an expression that has none yet, too."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("    ")]
    asked = [line for line in lines if line and not line.startswith("%%")]
    found = dict(zip(asked, answers(asked), strict=True))
    text = [f"{line}\n    {' '.join(found[line])}\n" if line in found else f"{line}\n" for line in lines]
    FILE.write_text("".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
