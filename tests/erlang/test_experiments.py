"""What Erlang does where a protocol depends on it, a hundred questions: our machine answers as real Erlang did, and does.

`experiments.erl` has the questions, `experiments.txt` the answers of Erlang/OTP 25. Where two orders can be seen, either is an
answer. `python -m tests.erlang.test_experiments` asks anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from groupy_check.checker.erlang.terms.values import Atom
from tests.erlang.real_erlang import NEEDS_ERLANG, answers
from tests.erlang.support import outcome, program_of

QUESTIONS = Path(__file__).with_name("experiments.erl")
ANSWERS = QUESTIONS.with_suffix(".txt")
TEXT = QUESTIONS.read_text(encoding="utf-8").replace("-module(experiments)", "-module(t)")
NAMES = re.findall(r"^question\((\w+)\)", TEXT, re.MULTILINE)
PATIENTLY = TEXT.replace("-define(WHILE, 20)", "-define(WHILE, 100)")  # real processes need time
EITHER = {"[down,relayed]": "[relayed,down]", "[down,early]": "[early,down]"}
ROUNDS = 3  # on a busy machine even that may be too short


def recorded() -> dict[str, str]:
    return dict(line.split(": ", 1) for line in ANSWERS.read_text(encoding="utf-8").splitlines())


def alike(answer: str, expected: str) -> bool:
    return answer in {expected, EITHER.get(expected, expected)}


def of_erlang(names: list[str]) -> dict[str, str]:
    said = answers([f"t:answer({name})" for name in names], {"t": PATIENTLY})
    return {name: text if kind == "value" else f"{kind} {text}" for name, (kind, text) in zip(names, said, strict=True)}


def test_every_question_has_an_answer_and_there_are_a_hundred():
    assert list(recorded()) == NAMES
    assert len(set(NAMES)) == len(NAMES) == 107


@pytest.fixture(scope="module")
def program():
    return program_of(TEXT)


@pytest.mark.parametrize("name", NAMES)
def test_the_machine_answers_as_erlang_did(name, program):
    assert alike(outcome(program, "answer", Atom(name)), recorded()[name])


@NEEDS_ERLANG
@pytest.mark.slow
def test_erlang_still_answers_so():
    wrong = NAMES
    for _ in range(ROUNDS):
        wrong = [name for name, answer in of_erlang(wrong).items() if not alike(answer, recorded()[name])]
        if not wrong:
            return
    assert of_erlang(wrong) == {name: recorded()[name] for name in wrong}


if __name__ == "__main__":
    ANSWERS.write_text("".join(f"{name}: {answer}\n" for name, answer in of_erlang(NAMES).items()), encoding="utf-8")
