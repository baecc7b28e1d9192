"""Ctrl-C during a proof: z3 stops at once, nothing passes for an answer of its, and what is known is told."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from ctypes import ArgumentError
from itertools import combinations, count
from pathlib import Path
from types import FrameType

import pytest
import z3

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.commands import prove_runner
from groupy_check.checker.interfaces.commands.prove_runner import ProveRequest, run_proof
from groupy_check.checker.interfaces.program.terminal import console
from groupy_check.checker.proof.bounded.unrolling import bounded
from groupy_check.checker.proof.interruptible import answer, interruptible
from groupy_check.checker.proof.models.gmp import gmp2
from groupy_check.checker.proof.proving import prove
from groupy_check.checker.proof.registry import linked
from groupy_check.groupy_model.scenario import Scenario
from tests.support.screen import COLUMNS, seen


@pytest.fixture(autouse=True)
def _ctrl_c() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class CtrlC:
    """A ticker at whose call of this number somebody types Ctrl-C."""

    def __init__(self, number: int) -> None:
        self.number, self.calls = number, count(1)

    def __call__(self, _: str) -> None:
        if next(self.calls) == self.number:
            raise KeyboardInterrupt


def pigeons(number: int) -> z3.Solver:
    """So many pigeons in one hole less, each alone: more than a lifetime for a solver that learns clauses."""
    solver = z3.SimpleSolver()
    sits = [[z3.Bool(f"{pigeon} in {hole}") for hole in range(number - 1)] for pigeon in range(number)]
    solver.add(*(z3.Or(*holes) for holes in sits))
    solver.add(*(z3.Not(z3.And(one[hole], other[hole])) for one, other in combinations(sits, 2) for hole in range(number - 1)))
    return solver


def test_a_question_that_takes_for_ever_is_ended_and_the_solver_goes_on_working() -> None:
    solver = pigeons(20)
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        answer(solver)
    solver.reset()
    assert answer(solver) == z3.sat
    assert answer(solver, z3.BoolVal(val=False)) == z3.unsat


def test_what_was_proved_before_is_kept_and_the_rest_named() -> None:
    each = len(gmp2().invariants)
    names = [transition.name for transition in gmp2().transitions]
    proof = prove(gmp2(), CtrlC(2 * each + 4))  # three clauses into the second transition
    assert [(group.name, group.obligations, group.proved) for group in proof.groups] == [
        ("initial states", each, each),
        (names[0], each, each),
        (names[1], 3, 3),
    ]
    assert proof.unfinished == (*names[1:], "safety")
    assert not proof.failed
    assert not proof.unknown


@pytest.mark.parametrize("json", [False, True])
def test_an_interrupted_proof_is_neither_proved_nor_given_up(
    json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prove_runner, "prove", lambda model, _: prove(model, CtrlC(3)))
    assert run_proof(ProveRequest("gmp2", json=json), console()) == 3
    shown = capsys.readouterr().out
    assert "NOT DECIDED (interrupted)" in shown
    assert "initial states" in shown.split("unfinished" if json else "Not finished: ")[1]
    assert "UNKNOWN" not in shown
    assert "gave up" not in shown


def test_a_link_and_an_unrolling_tell_how_far_they_came() -> None:
    gms3 = load_protocol("gms3")
    link = linked("gms3", gms3, Scenario(), tick=CtrlC(11))
    assert (link.interrupted, link.whole, link.difference) == (True, False, "")
    assert link.pairs > 10  # the first ten were looked at
    found = bounded(gms3, Scenario(nodes=2, messages=1), 4, CtrlC(4))  # the tables, and then depth 0, 1, 2
    assert (found.interrupted, found.depth) == (True, 1)
    with pytest.raises(KeyboardInterrupt):  # nothing is known
        bounded(gms3, Scenario(nodes=2, messages=1), 4, CtrlC(2))


class CtrlCInConversion:
    """Ctrl-C while ctypes converts an argument of a call of z3; the one of this number."""

    def __init__(self, number: int) -> None:
        self.number, self.seen = number, count(1)

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name == "from_param" and next(self.seen) == self.number:
            sys.setprofile(None)
            raise KeyboardInterrupt

    def __enter__(self) -> None:
        sys.setprofile(self)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)


@pytest.mark.parametrize("number", [1, 300, 3000])
def test_ctrl_c_in_the_middle_of_a_call_of_z3_is_not_lost(number: int) -> None:
    with CtrlCInConversion(number):
        proof = prove(gmp2())
    assert proof.unfinished
    assert not proof.failed
    assert not proof.unknown


def test_ctrl_c_in_the_middle_of_a_call_of_z3_ends_an_unrolling() -> None:
    with CtrlCInConversion(1), pytest.raises(KeyboardInterrupt):
        bounded(load_protocol("gms3"), Scenario(nodes=2, messages=1), 4)
    with CtrlCInConversion(20_000):
        found = bounded(load_protocol("gms3"), Scenario(nodes=2, messages=1), 4)
    assert found.interrupted


def test_what_ctypes_says_of_its_own_stays_an_error() -> None:
    with pytest.raises(ArgumentError), interruptible():
        raise ArgumentError("argument 1: TypeError: wrong type")


def test_a_signal_is_answered_in_the_terminal(tmp_path: Path) -> None:
    shown = seen("prove", "gms3-fixed", entry="main", cwd=tmp_path, until="multicast", number=signal.SIGTERM)
    assert shown.status == 3
    assert shown.lines[0] == "stopping ..."
    assert shown.lines[1].startswith("gms3-fixed: NOT DECIDED (interrupted) for any number of processes:"[:COLUMNS])
    assert any(line.startswith("Not finished: ") for line in shown.lines)
    assert not any("UNKNOWN" in line for line in shown.lines)
