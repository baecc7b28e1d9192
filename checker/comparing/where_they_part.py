"""Of two runs of one schedule, the first step in which the two do different things, and what is observed in the end."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from groupy_check.checker.comparing.lockstep import observed, shape
from groupy_check.groupy_model.effects import Effect, Send
from groupy_check.groupy_model.observations import Ended
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.trace import Fate, Trace, TraceStep
from groupy_check.reports.wording.phrases import flat

WITHOUT_EFFECT = (Fate.IGNORED, Fate.UNDELIVERABLE)  # messages that have changed nothing


def parting(traces: Sequence[Trace], common: int) -> int:
    """The first of the `common` steps in which the two do different things, or else the step after the last of them.

    A message that changes nothing in its run is no difference, unless there is no other: it is not why the ends differ.
    """
    pairs = list(zip(*(trace.steps[:common] for trace in traces), strict=True))
    unlike = [pair for pair in pairs if _shapes(pair[0]) != _shapes(pair[1])]
    telling = [(one, other) for one, other in unlike if _lasting(traces[0], one) != _lasting(traces[1], other)]
    return next((one.number for one, _ in telling or unlike), common + 1)


def _shapes(step: TraceStep) -> list[Hashable]:
    return [*map(shape, (*step.done, *step.undone))]


def _lasting(trace: Trace, step: TraceStep) -> list[Hashable]:
    """The same, without the messages that change nothing."""
    flights = (flight for flight in trace.flights if flight.sent_at == step.number and not flight.notice and not flight.copy)
    fates = (flight.fate for flight in flights)

    def lasting(effect: Effect) -> bool:
        return not isinstance(effect, Send) or next(fates, None) not in WITHOUT_EFFECT

    return [*map(shape, (*filter(lasting, step.done), *step.undone))]


def what_differs(one: System, other: System) -> list[str]:
    """What is observed, in each of two states, of the first process that looks different in them, or of p1 if none does."""
    unlike = (index for index, (a, b) in enumerate(zip(observed(one), observed(other), strict=True)) if a != b)
    index = next(unlike, 0)
    return [f"p{index + 1} {_seen(system, index)}" for system in (one, other)]


def _seen(system: System, index: int) -> str:
    process = system.processes[index]
    log = ", ".join(flat(entry) for entry in process.log) or "nothing"
    return f"{process.status.value}: {log}"


def reasons_apart(one: System, other: System) -> tuple[str, str]:
    """Why the first process that has ended itself in both did so, where the reasons differ; "" twice where none do."""
    for index, pair in enumerate(zip(one.processes, other.processes, strict=True)):
        reasons = [entry.reason for process in pair for entry in process.log if isinstance(entry, Ended)]
        if len(reasons) == len(pair) and reasons[0] != reasons[1]:
            return f"p{index + 1} {flat(reasons[0])}", f"p{index + 1} {flat(reasons[1])}"
    return "", ""
