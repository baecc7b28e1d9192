"""A counterexample of a proof says in words what each relation means."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from groupy_check.checker.proof.registry import PROOFS
from groupy_check.groupy_model.proof_result import Counterexample, RelationChange
from groupy_check.reports.tables.proof import print_counterexample


@pytest.mark.parametrize("name", PROOFS)
def test_each_symbol_of_a_model_has_its_words_with_as_many_arguments(name):
    vocabulary = PROOFS[name].model().vocabulary
    symbols = {symbol.name: len(symbol.sorts) for symbol in vocabulary.symbols.values() if not symbol.name.endswith(" order")}
    told = {word: line.partition("(")[2].partition(")")[0].count(",") + 1 for word, line in vocabulary.meanings.items()}
    assert told == symbols


def test_those_that_are_shown_are_told():
    changes = (RelationChange("up", ("p1",), ("p1",)), RelationChange("sent", (), ("p1, p2, 1, m1",)))
    found = Counterexample("take", (), "a clause", "up(p)", (), changes, ("p1", "p2"))
    out = StringIO()
    print_counterexample(Console(file=out, width=100), found, PROOFS["gms3"].model().vocabulary.meanings)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    place = lines.index("In words:")
    assert lines[place + 1 : place + 3] == [
        "  up(p): p has not crashed",
        "  sent(a, p, x, c): the process of age a has sent content c under number x to p",
    ]
