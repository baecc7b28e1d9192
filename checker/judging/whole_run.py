"""Judges one run, state by state, exactly as a search judges the states that it finds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.observations import Delivered, History, Observation, Sent
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import gained
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

LONG = 200  # steps; shorter runs are judged faster by the definitions


def first_violations(semantics: Semantics, trace: Trace, properties: Sequence[Property]) -> Judge:
    """The judge of `trace`: it holds the first violation of each of `properties`, and the number of the state that shows it.

    `trace` is a run under `semantics`, recorded with full logs. Eventual properties are judged where the run is settled, and
    at the end of a run that repeats forever: whatever ever happens has happened by then, and what only the loop changes back
    and forth is looked at all the way round.
    """
    judge = Judge(for_long_runs(properties) if len(trace.steps) >= LONG else properties)
    observer = Observer(semantics, probe=any(wanted.name == "progress" for wanted in properties))
    for number, system in enumerate(trace.states):
        endless = trace.loop is not None and number == len(trace.steps)
        if endless:
            turning = trace.states[trace.loop :]
            stuck = observer.stuck_all_along(turning) if observer.probe else {}
            seen = dict.fromkeys(observer.in_the_end(_with_logs(other, system), stuck) for other in turning)
            judge.look_round(tuple(seen), number)
        else:
            judge.look(observer.history(system, settled(semantics, system)), number)
    return judge


def settled(semantics: Semantics, system: System) -> bool:
    """Whether nothing more happens by itself, and not only because the bound on timeouts forbids it."""
    return semantics.at_rest(system) and not semantics.out_of_timeouts(system)


def distinct(states: Sequence[System]) -> int:
    """How many of the `states` of a run differ. What a step leaves as it is was hashed before: logs may be long."""
    known: dict[Hashable, int] = {}
    rows: set[tuple[int, ...]] = set()
    before: tuple[Hashable, ...] = ()
    row: tuple[int, ...] = ()
    for system in states:
        parts = (*system.processes, *system.channels, system.budget, system.split)
        changed = zip(parts, before or parts, row or (0,) * len(parts), strict=True)
        row = tuple(number if before and part is old else known.setdefault(part, len(known)) for part, old, number in changed)
        rows.add(row)
        before = parts
    return len(rows)


def _with_logs(system: System, last: System) -> System:
    """`system` with all that is observed up to `last`, which comes later."""
    pairs = zip(system.processes, last.processes, strict=True)
    return replace(system, processes=tuple(replace(process, log=later.log) for process, later in pairs))


# --- long runs -------------------------------------------------------------------------------------------------------------


def is_ours(wanted: Property) -> bool:
    """Whether it is a property of ours, and no user's own."""
    return PROPERTIES.get(wanted.name) is wanted


def is_steady(wanted: Property) -> bool:
    """Whether what violates it goes on to do so until something happens that `excuses`: true of our safety properties."""
    return wanted.kind is Kind.SAFETY and is_ours(wanted)


def for_long_runs(properties: Sequence[Property]) -> list[Property]:
    """`properties`, with the same verdicts; of ours, long histories are judged near-linearly."""
    from groupy_check.specs.near_linear.registry import near_linear  # noqa: PLC0415 - slow to import, and few runs are long

    quick = iter(near_linear(filter(is_ours, properties)))
    return [next(quick) if is_ours(wanted) else wanted for wanted in properties]


def excuses(before: System, after: System) -> bool:
    """Whether something happens between the two states that may excuse a violation: anything but deliveries and multicasts.

    To multicast what others have had already excuses them, too.
    """
    if before.split != after.split:
        return True
    for old, new in zip(before.processes, after.processes, strict=True):
        if old is not new and (old.status is not new.status or new.log[: len(old.log)] != old.log):
            return True
        if old is not new and not all(_excuses_nobody(entry, before) for entry in new.log[len(old.log) :]):
            return True
    return False


def _excuses_nobody(entry: Observation, before: System) -> bool:
    match entry:
        case Sent(payload):
            return not any(payload in gained(earlier) for process in before.processes for earlier in process.log)
        case Delivered():
            return True
    return False


def first_violated(wanted: Property, fine: int, violated: int, history: Callable[[int], History]) -> tuple[int, Witness | None]:
    """The first state behind the one numbered `fine` that violates the steady `wanted`, as the one numbered `violated` does.

    `history`: what was observed up to the state with that number.
    """
    while violated - fine > 1:
        middle = (fine + violated) // 2
        fine, violated = (middle, violated) if wanted.judge(history(middle)) is None else (fine, middle)
    return violated, wanted.judge(history(violated))
