"""The scenario in words: `--nodes 3 --order any`. Trace files are read here, the command line in `interfaces/commands`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from groupy_check.checker.errors import UsageError
from groupy_check.groupy_model.scenario import Beginning, CutOff, Detector, Fairness, Order, PartitionKind, Scenario, Timing

BUDGETS = {
    "nodes": "processes of the group",
    "messages": "multicasts that applications may request, from any member",
    "crashes": "processes that may crash, at any moment and between any two effects of a handler",
    "joins": "further processes that may join",
    "leaves": "members that may leave",
    "drops": "messages that the network may lose",
    "duplicates": "messages that the network may queue a second time, anywhere behind the first",
    "suspicions": "times the failure detector may be wrong",
    "spurious": "notices that may come once more, or too late, or of processes that never were up",
    "partitions": "times the network may split",
    "recoveries": "times a process that has crashed may come back, with what it has stored",
}
DETECTORS = ("perfect", "overtaking", "suspecting")
WORDS = ("partition_kind", "cut_off", "detector", "order", "timeouts", "start", "fairness")  # flags that take a word


@dataclass(frozen=True, slots=True)
class ScenarioFlags:
    """The scenario flags that were given: the number of each of BUDGETS, and the word of each of the others, None for none."""

    budgets: Mapping[str, int] = field(default_factory=dict)
    partition_kind: str | None = None
    cut_off: str | None = None
    detector: str | None = None
    order: str | None = None
    timeouts: str | None = None
    start: str | None = None
    fairness: str | None = None
    worker: bool = False

    def scenario(self) -> Scenario:
        """The Scenario. Raises UsageError, with the reason, when a value is out of range or unknown."""
        budgets = dict(self.budgets)
        detector = _choice("--detector", self.detector, DETECTORS)
        if detector == "suspecting":
            detector, budgets["suspicions"] = "perfect", budgets.get("suspicions", 1)
        if self.partition_kind is not None or self.cut_off is not None:
            budgets.setdefault("partitions", 1)
        timing, timeouts = _timeouts("at-rest" if self.timeouts is None else self.timeouts)
        try:
            return Scenario(
                **budgets,
                partition_kind=PartitionKind(
                    _choice("--partition-kind", self.partition_kind, [kind.value for kind in PartitionKind])
                ),
                cut_off=CutOff(_choice("--cut-off", self.cut_off, [kind.value for kind in CutOff])),
                detector=Detector(detector),
                order=Order(_choice("--order", self.order, [kind.value for kind in Order])),
                timing=timing,
                timeouts=timeouts,
                beginning=Beginning(_choice("--start", self.start, [kind.value for kind in Beginning])),
                fairness=Fairness(_choice("--fairness", self.fairness, [kind.value for kind in Fairness])),
                worker=self.worker,
            )
        except ValueError as error:
            raise UsageError(f"{error}; choose another value") from error


def scenario_of_words(words: Sequence[str]) -> Scenario:
    """The Scenario that the command line in a trace file names. Raises UsageError."""
    budgets: dict[str, int] = {}
    chosen: dict[str, str] = {}
    worker = False
    rest = iter(words)
    for word in rest:
        flag, equals, text = word.partition("=")
        name = flag.removeprefix("--").replace("-", "_")
        if word == "--worker":
            worker = True
            continue
        if not flag.startswith("--") or name not in (*BUDGETS, *WORDS):
            raise UsageError(f"{shlex.quote(word)} is not a flag of a scenario")
        value = text if equals else next(rest, None)
        if value is None:
            raise UsageError(f"{flag} needs a value")
        if name in BUDGETS:
            budgets[name] = _number(flag, value)
        else:
            chosen[name] = value
    return ScenarioFlags(budgets, **chosen, worker=worker).scenario()


def _number(flag: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{flag}: '{text}' is not a whole number") from None


def _choice(flag: str, text: str | None, known: Sequence[str]) -> str:
    """`text`, or the first of `known`, the default, where the flag was not given. Raises UsageError for any other word."""
    if text is None:
        return known[0]
    if text not in known:
        raise UsageError(f"{flag} {shlex.quote(text)}: choose one of {', '.join(known)}")
    return text


def _timeouts(text: str) -> tuple[Timing, int | None]:
    when, colon, count = text.partition(":")
    timing = Timing(_choice("--timeouts", when, [kind.value for kind in Timing]))
    if colon and not count.isdecimal():
        raise UsageError(f"--timeouts {text}: after the colon comes how many timers may fire, for example {when}:2")
    # Without a bound, timers that fire at any time would never let the search end.
    unbounded = None if timing is Timing.AT_REST else 1
    return timing, int(count) if count else unbounded
