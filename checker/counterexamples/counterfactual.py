"""What would have prevented a violation: each choice of a run made otherwise, one at a time, and the rest of it followed.

A choice is a cause in the sense of Lewis, "Causation" (1973): had it been otherwise, the violation would not have happened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

from groupy_check.checker.runs.schedule import Turn, schedule, turn_of
from groupy_check.checker.runs.schedule_replay import Trial
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Lose, Partition, Suspect
from groupy_check.groupy_model.effects import Deliver, Effect, Install, Send
from groupy_check.groupy_model.events import Down, Receive
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.trace import Trace, TraceStep
from groupy_check.groupy_model.verdict import Finding
from groupy_check.reports.wording.phrases import action_line, flat, listed
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

LONGEST = 1_000  # steps after which a run that has not come to rest counts as one that never does


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A run that does not violate the property: `text` says what is otherwise in it, from step `differs_at` of the run on.

    `trace` goes on until it is at rest.
    """

    text: str
    differs_at: int
    trace: Trace


@dataclass(frozen=True, slots=True)
class _Flip:
    """One choice made otherwise."""

    text: str
    at: int
    turns: tuple[Turn, ...]


def counterfactuals(trace: Trace, protocol: Protocol, wanted: Property) -> tuple[Counterfactual, ...]:
    """The single choices of `trace`, a run of `protocol` that violates `wanted`, without which it would not.

    The choices are: after how many effects a process crashes, and whether it does; whether a message is lost or repeated, a
    process suspected, the network split; and which of two things that could be received comes first. After the one that is
    made otherwise, the rest of the run is followed as far as it goes, and then all happens that is owed. What differs least
    from `trace` stands first, then what differs earliest. A run that repeats for ever has none.
    """
    if trace.loop is not None:
        return ()
    trial = Trial(protocol, wanted)
    follower = trial.follower(trace.scenario)
    assert follower is not None
    found: dict[object, Counterfactual] = {}
    for flip in _flips(trace, follower):
        attempt = trial.attempt(trace.scenario, flip.turns, LONGEST, to_rest=True, patient=True)
        if attempt is not None and attempt.settled and not attempt.violated:
            repaired = attempt.trace
            observed = tuple(process.log for process in repaired.states[-1].processes)
            found.setdefault((flip.text, observed), Counterfactual(flip.text, flip.at, repaired))
    return tuple(sorted(found.values(), key=lambda repair: (_distance(trace, repair.trace), repair.differs_at)))


def repairs(finding: Finding | None, protocol: Protocol, known: Mapping[str, Property] = PROPERTIES) -> list[tuple[str, int]]:
    """What would have prevented the violation that `finding` is, and from which step on; nothing where there is none."""
    if finding is None or finding.trace is None:
        return []
    found = counterfactuals(finding.trace, protocol, known[finding.name])
    return [(repair.text, repair.differs_at) for repair in found]


def _distance(one: Trace, other: Trace) -> int:
    """How many steps are in one of the runs only."""
    steps, others = Counter(one.actions), Counter(other.actions)
    return (steps - others).total() + (others - steps).total()


# --- choices ---------------------------------------------------------------------------------------------------------


def _flips(trace: Trace, semantics: Semantics) -> Iterator[_Flip]:
    turns = schedule(trace)
    for step in trace.steps:
        before, after = turns[: step.number - 1], turns[step.number :]
        for text, instead in _otherwise(step, turns[step.number - 1]):
            yield _Flip(text, step.number, (*before, *instead, *after))
        yield from _swaps(trace, semantics, turns, step)


def _otherwise(step: TraceStep, turn: Turn) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    """What could be instead of `turn`, and how that reads."""
    action = step.action
    if isinstance(action, Handle | Suspect) and action.cut is not None:
        yield from _crashes(step, turn, action, action.cut)
    text = _absent(action)
    if text:
        yield text, ()


def _absent(action: Action) -> str:
    """How it reads that the fault `action` does not happen; "" where it is no fault, or does more than that."""
    match action:
        case Crash(process):
            return f"{process} does not crash"
        case Suspect(process, other):
            return f"{process} does not suspect {other}"
        case Lose(source, target, _, message):
            return f"{flat(message)} from {source} to {target} is not lost"
        case Duplicate(source, target, _, message):
            return f"{flat(message)} from {source} to {target} is not repeated"
        case Partition(side):
            return f"the network does not cut {listed(side)} off from the others"
    return ""


def _crashes(step: TraceStep, turn: Turn, action: Handle | Suspect, cut: int) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    """The crash in the middle of a handler one effect later, one earlier, or not at all."""
    who, count = action.process, len(step.done) + len(step.undone)
    whole = replace(turn, action=replace(action, cut=None))
    later, earlier = (f"{who} crashes one {_noun(effect)}" for effect in (step.undone[0], step.done[-1]))
    if cut + 1 < count:
        yield f"{later} later, after {cut + 1} of {count} effects", (_cut(turn, cut + 1),)
    else:
        yield f"{later} later, after all {count} effects", (whole, replace(turn, action=Crash(who), copy=None))
    if cut > 1:
        yield f"{earlier} earlier, after {cut - 1} of {count} effects", (_cut(turn, cut - 1),)
    else:
        yield f"{earlier} earlier, before it {_deed(action)}", (_cut(turn, 0),)
    yield f"{who} does not crash", (whole,)


def _cut(turn: Turn, cut: int) -> Turn:
    assert isinstance(turn.action, Handle | Suspect)
    return replace(turn, action=replace(turn.action, cut=cut))


def _swaps(trace: Trace, semantics: Semantics, turns: tuple[Turn, ...], step: TraceStep) -> Iterator[_Flip]:
    """What the process of `step`, which receives something, could have received instead, and only later did, or never."""
    action, at = step.action, step.number
    if not _receives(action):
        return
    before, after = turns[: at - 1], turns[at - 1 :]
    possible = semantics.owed(trace.states[at - 1])
    for event in dict.fromkeys(owed.event for owed in possible if owed.process == action.process and _receives(owed)):
        if event != action.event:
            other = Handle(action.process, event)
            place = next((k for k, turn in enumerate(after) if _same(turn.action, other)), len(after))
            first = after[place] if place < len(after) else turn_of(trace, at, other)
            text = f"{other.process} {_deed(other)} before it {_deed(action)}"
            yield _Flip(text, at, (*before, first, *after[:place], *after[place + 1 :]))


def _same(action: Action, other: Handle) -> bool:
    """Both take the same, whatever comes of it."""
    return isinstance(action, Handle) and (action.process, action.event) == (other.process, other.event)


def _receives(action: Action) -> TypeGuard[Handle]:
    return isinstance(action, Handle) and isinstance(action.event, Receive | Down)


# --- words -----------------------------------------------------------------------------------------------------------


def _deed(action: Handle | Suspect) -> str:
    """What the process does in `action`, if it does not crash: `hears that p1 is down`."""
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
