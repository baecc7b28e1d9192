"""What the first lines of a check say of how much its verdicts cover."""

from __future__ import annotations

import pytest

from groupy_check.groupy_model.verdict import Coverage, Extent
from groupy_check.reports.wording.headline import seen
from groupy_check.reports.wording.summary import engine_words

HELD = "native engine: 7.9 bytes for each distinct state, kept"


@pytest.mark.parametrize(
    ("bits", "missed", "first", "below"),
    [
        (64, 2.75e-06, ", except with probability 3e-06", "3e-06 (--fingerprint-bits 96: less; --exact: never)"),
        (96, 6.4e-16, ", except with probability 6e-16", "6e-16 (--exact: never)"),
    ],
)
def test_the_verdict_says_how_likely_a_state_was_missed(bits: int, missed: float, first: str, below: str) -> None:
    coverage = Coverage(Extent.EXHAUSTED, 4, 3, 0, 2, 1, 0.5, "", "native", missed, bits, 7.9)
    assert seen(coverage) == f"all reachable states seen{first}"
    assert engine_words(coverage) == f"{HELD} as {bits}-bit fingerprints; a state was missed with probability {below}"


def test_whole_states_are_never_missed() -> None:
    coverage = Coverage(Extent.EXHAUSTED, 4, 3, 0, 2, 1, 0.5, "", "native", 0.0, 0, 7.9)
    assert seen(coverage) == "all reachable states seen"
    assert engine_words(coverage) == f"{HELD} whole"
