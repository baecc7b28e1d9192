"""What a check says about one property."""

from __future__ import annotations

from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Finding, Verdict, Witness
from groupy_check.specs.property import Property


def finding_on(
    wanted: Property,
    claimed: bool,
    verdict: Verdict,
    exercised: bool,
    witness: Witness | None = None,
    trace: Trace | None = None,
) -> Finding:
    """The finding on the property `wanted`, with its names, kind and sentence; see Finding for the other arguments."""
    return Finding(wanted.name, wanted.kind, claimed, verdict, exercised, witness, trace, wanted.sentence, wanted.label)
