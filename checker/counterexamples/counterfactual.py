"""What would have prevented a violation: one choice of the run at a time is made differently, and the rest is followed.

The choice is then a cause in the sense of Lewis, "Causation" (1973): without it, the violation would not have happened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

from groupy_check.checker.runs.replayer import Replayer
from groupy_check.checker.runs.schedule import Schedule, ScheduledStep, schedule_of, scheduled_step
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Lose, Partition, SpuriousNotice, Suspect
from groupy_check.groupy_model.effects import Deliver, Effect, Install, Send
from groupy_check.groupy_model.events import Down, Receive
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import PartitionKind
from groupy_check.groupy_model.trace import Trace, TraceStep
from groupy_check.groupy_model.verdict import Finding
from groupy_check.reports.wording.phrases import action_line, flat, listed
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

LONGEST = 1_000  # steps after which a run that is not at rest counts as one that never will be


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A run that does not violate the property: `text` says what is different in it from step `differs_at` of the run on.

    `trace` goes on until it is at rest.
    """

    text: str
    differs_at: int
    trace: Trace


@dataclass(frozen=True, slots=True)
class _Flip:
    """One choice made differently."""

    text: str
    at: int
    schedule: Schedule


def counterfactuals(trace: Trace, protocol: Protocol, wanted: Property) -> tuple[Counterfactual, ...]:
    """The single choices in `trace`, a run of `protocol`, without which it would not violate `wanted`.

    The choices are whether a process crashes and after how many effects; whether a message is lost or duplicated, a process is
    suspected, the network splits; and which of two messages that can be received comes first. After the choice that is made
    differently, the rest of the run is followed as far as possible, and then everything owed happens. The runs that differ
    least from `trace` come first, then those that differ earliest. A run that repeats forever has none.
    """
    if trace.loop is not None:
        return ()
    replayer = Replayer(protocol, wanted)
    follower = replayer.follower(trace.scenario)
    assert follower is not None
    found: list[Counterfactual] = []
    for flip in _flips(trace, follower.semantics):
        replayed = replayer.replay(trace.scenario, flip.schedule, LONGEST, to_rest=True, patient=True)
        if replayed is not None and replayed.settled and not replayed.violated:
            found.append(Counterfactual(flip.text, flip.at, replayed.trace))
    return tuple(sorted(found, key=lambda repair: (_distance(trace, repair.trace), repair.differs_at)))


def repairs(finding: Finding | None, protocol: Protocol, known: Mapping[str, Property] = PROPERTIES) -> list[tuple[str, int]]:
    """What would have prevented the violation in `finding`, and from which step on; empty when it has none, or a long run."""
    if finding is None or finding.trace is None or finding.too_long:
        return []
    found = counterfactuals(finding.trace, protocol, known[finding.name])
    return [(repair.text, repair.differs_at) for repair in found]


def _distance(one: Trace, other: Trace) -> int:
    """How many steps are in only one of the runs."""
    steps, others = Counter(one.actions), Counter(other.actions)
    return (steps - others).total() + (others - steps).total()


# --- choices ---------------------------------------------------------------------------------------------------------


def _flips(trace: Trace, semantics: Semantics) -> Iterator[_Flip]:
    schedule = schedule_of(trace)
    for step in trace.steps:
        before, after = schedule[: step.number - 1], schedule[step.number :]
        for text, instead in _otherwise(step, schedule[step.number - 1]):
            yield _Flip(text, step.number, (*before, *instead, *after))
        yield from _swaps(trace, semantics, schedule, step)


def _otherwise(step: TraceStep, planned: ScheduledStep) -> Iterator[tuple[str, Schedule]]:
    """What could happen instead of `planned`, and how that reads."""
    action = step.action
    if isinstance(action, Handle | Suspect) and action.cut is not None:
        yield from _crashes(step, planned, action, action.cut)
    text = _absent(action)
    if text:
        yield text, ()


def _absent(action: Action) -> str:
    """How it reads that the fault `action` does not happen; "" when it is not a fault, or is more than that."""
    match action:
        case Crash(process):
            return f"{process} does not crash"
        case SpuriousNotice(process, other):
            return f"{process} gets no spurious notice of the end of {other}"
        case Suspect(process, other):
            return f"{process} does not suspect {other}"
        case Lose(source, target, _, message):
            return f"{flat(message)} from {source} to {target} is not lost"
        case Duplicate(source, target, _, message):
            return f"{flat(message)} from {source} to {target} is not repeated"
        case Partition(kind=PartitionKind.COMPLETE):
            return f"the network does not cut {listed(action.side)} off from the others"
        case Partition():
            return "the network does not split"
    return ""


def _crashes(step: TraceStep, planned: ScheduledStep, action: Handle | Suspect, cut: int) -> Iterator[tuple[str, Schedule]]:
    """The crash within a handler one effect later, one earlier, or not at all."""
    who, count = action.process, len(step.done) + len(step.undone)
    whole = replace(planned, action=replace(action, cut=None))
    later, earlier = (f"{who} crashes one {_noun(effect)}" for effect in (step.undone[0], step.done[-1]))
    if cut + 1 < count:
        yield f"{later} later, after {cut + 1} of {count} effects", (_cut(planned, cut + 1),)
    else:
        yield f"{later} later, after all {count} effects", (whole, replace(planned, action=Crash(who), copy=None))
    if cut > 1:
        yield f"{earlier} earlier, after {cut - 1} of {count} effects", (_cut(planned, cut - 1),)
    else:
        yield f"{earlier} earlier, before it {_deed(action)}", (_cut(planned, 0),)
    yield f"{who} does not crash", (whole,)


def _cut(planned: ScheduledStep, cut: int) -> ScheduledStep:
    assert isinstance(planned.action, Handle | Suspect)
    return replace(planned, action=replace(planned.action, cut=cut))


def _swaps(trace: Trace, semantics: Semantics, schedule: Schedule, step: TraceStep) -> Iterator[_Flip]:
    """What the process could have received instead in `step`, but received only later or never."""
    action, at = step.action, step.number
    if not _receives(action):
        return
    before, after = schedule[: at - 1], schedule[at - 1 :]
    possible = semantics.owed(trace.states[at - 1])
    for event in dict.fromkeys(owed.event for owed in possible if owed.process == action.process and _receives(owed)):
        if event != action.event:
            other = Handle(action.process, event)
            place = next((k for k, planned in enumerate(after) if _same(planned.action, other)), len(after))
            first = after[place] if place < len(after) else scheduled_step(trace, at, other)
            text = f"{other.process} {_deed(other)} before it {_deed(action)}"
            yield _Flip(text, at, (*before, first, *after[:place], *after[place + 1 :]))


def _same(action: Action, other: Handle) -> bool:
    """Whether `action` handles the same event as `other`, whatever the outcome."""
    return isinstance(action, Handle) and (action.process, action.event) == (other.process, other.event)


def _receives(action: Action) -> TypeGuard[Handle]:
    return isinstance(action, Handle) and isinstance(action.event, Receive | Down)


# --- words -----------------------------------------------------------------------------------------------------------


def _deed(action: Handle | Suspect) -> str:
    """What the process does in `action`, if it does not crash: `detects that p1 is down`."""
    return action_line(replace(action, cut=None)).removeprefix(f"{action.process} ")


def _noun(effect: Effect) -> str:
    match effect:
        case Send():
            return "send"
        case Deliver():
            return "delivery"
        case Install():
            return "view"
    return "effect"
