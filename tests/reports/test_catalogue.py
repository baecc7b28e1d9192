"""What `groupy list` says that a protocol claims."""

from __future__ import annotations

from groupy_check.groupy_model.protocol import USUAL_CLAIMS
from groupy_check.reports.tables.catalogue import claims_phrase


def test_claims_are_told_as_they_differ_from_the_usual():
    assert claims_phrase(USUAL_CLAIMS) == "the usual"
    assert claims_phrase(USUAL_CLAIMS[:-1]) == "the usual, - termination"
    assert claims_phrase((*USUAL_CLAIMS[1:], "fifo")) == "the usual, + fifo, - integrity"
    assert claims_phrase(("accuracy", "fifo")) == "only accuracy, fifo"
    assert claims_phrase(()) == "nothing"
