"""Where in a program to look first, given a run that goes wrong: the rule of its last step, and what leaves a message."""

from __future__ import annotations

from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.wording.explain import relevant, unread


def closest_rule(trace: Trace, witness: Witness) -> str:
    """Return `step 4: gms3.erl:68; unread: gms3.erl:65: N is 2 here, not 3`, as far as that is known.

    It names the last step that bears on `witness`, and of the first message that stays unread what refuses it.
    """
    bearing = relevant(trace, witness)
    places = [f"step {step.number}: {step.place}" for step in trace.steps if step.number in bearing and step.place]
    refused = [f"unread: {flight.refusal}" for flight in unread(trace, witness) if flight.refusal]
    return "; ".join([*places[-1:], *refused[:1]])
