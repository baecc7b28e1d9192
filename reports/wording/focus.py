"""What of a run is shown because it belongs to the violation: the steps, and the messages that stay unread for a reason."""

from __future__ import annotations

from groupy_check.groupy_model.causality import is_fault_or_healing, mentions, past
from groupy_check.groupy_model.trace import Fate, Flight, Trace
from groupy_check.groupy_model.verdict import Witness


def focus(trace: Trace, witness: Witness | None) -> frozenset[int]:
    """Return the steps that belong to the violation; all steps if the witness names no process and no payload.

    These are the causal past of: the last step of each process of the witness; each send to these that was never received;
    each step that touches its payloads; and every fault and healing (in a shortest run, none is superfluous).
    """
    if witness is None or not (witness.processes or witness.payloads):
        return frozenset(step.number for step in trace.steps)
    last = {step.process: step.number for step in trace.steps}
    seeds = {last[node] for node in witness.processes if node in last}
    missed = (Fate.IN_FLIGHT, Fate.LOST, Fate.UNDELIVERABLE)
    seeds |= {f.sent_at for f in trace.flights if f.sent_at and f.target in witness.processes and f.fate in missed}
    seeds |= {step.number for step in trace.steps if is_fault_or_healing(step)}
    seeds |= {step.number for step in trace.steps if any(mentions(step, payload) for payload in witness.payloads)}
    return past(trace, seeds)


def refused(trace: Trace, witness: Witness | None) -> list[Flight]:
    """Return the messages and notices that belong to the violation and stay unread, for a reason that the protocol gives."""
    bright = focus(trace, witness)
    return [flight for flight in trace.flights if flight.refusal and (not flight.sent_at or flight.sent_at in bright)]
