"""What z3 does not answer in time is asked once more, with another seed."""

from __future__ import annotations

import pytest
import z3

from groupy_check.checker.proof import solving
from groupy_check.checker.proof.models.gms3 import gms3_fixed
from groupy_check.checker.proof.solving import Prover, obligations


@pytest.mark.parametrize(
    ("answers", "proved"), [([z3.unknown, z3.unsat], True), ([z3.unknown, z3.sat], False), ([z3.unknown] * 2, None)]
)
def test_an_unanswered_obligation_is_asked_twice(answers, proved, monkeypatch):
    asked = []
    monkeypatch.setattr(solving, "answer", lambda solver: asked.append(solver) or answers[len(asked) - 1])
    prover, (first, second, *_) = Prover(gms3_fixed()), obligations(gms3_fixed())
    assert prover.check(first).proved is proved
    assert len(asked) == 2
    assert asked[0] is not asked[1]
    assert [len(solver.assertions()) for solver in asked] == [len(asked[0].assertions())] * 2
    answers.append(z3.unsat)
    assert prover.check(second).proved is True  # and the next one goes on in the solver of the second try
