"""What can be said of a log, property by property, and what cannot: what the log does not tell is never guessed."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from groupy_check.checker.history.claims import UNKNOWABLE, Claims
from groupy_check.checker.history.evidence import places_of
from groupy_check.checker.history.gathering import LogHistory, Silence
from groupy_check.checker.history.neighbourhood import neighbourhood
from groupy_check.checker.history.settling import IN_OWN_WAY, due, without_times
from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.log_verdict import LogFinding, LogResult
from groupy_check.groupy_model.observations import (
    Adopted,
    Delivered,
    History,
    IndicatedSafe,
    Installed,
    MovedWith,
    Sent,
    Status,
)
from groupy_check.groupy_model.verdict import Kind, Verdict, Witness
from groupy_check.specs.near_linear.arrays import Arrays, without
from groupy_check.specs.near_linear.registry import LONG, exercised, judged
from groupy_check.specs.near_linear.views import fork
from groupy_check.specs.property import Property
from groupy_check.specs.registry import BUILT_IN

EVENTS = {Sent: "multicast", Delivered: "deliver", Installed: "view", Adopted: "state", IndicatedSafe: "safe"}
# Of what a property needs to look at, that without which it has nothing to say: views only tell it who counts as correct.
WITHOUT_VIEWS = frozenset({"validity", "total-order", "uniform-total-order", "fifo", "causal"})
WITH_STATES, WITH_STARTS = "state-transfer", "admission"
# A later line may show that these are not violated: the multicast, the crash, the view that is missing.
EXCUSABLE = frozenset({"integrity", "accuracy", "termination", "primary-partition"})
# Who has ended itself is excused by a later view without it.
BY_LATER_VIEWS = frozenset({
    "validity", "agreement", "uniform-agreement", "total-order", "prefix-order", "completeness", "precision", "termination",
})  # fmt: skip
UNORDERED = "the views have no numbers, and the log does not tell their order"
BY_SAME_VIEWS = frozenset({
    "same-view-delivery", "sending-view-delivery", "virtual-synchrony", "prefix-order", "primary-partition", "precision",
    "view-agreement", "state-transfer", "reliable-causal", "causal-in-view", "weak-total-order", "reliable-total-order",
    "transitional-set", "safe-indication",
})  # fmt: skip
# What asks who is a member of a view of another process.
BY_MEMBERS = BY_SAME_VIEWS | {"agreement", "uniform-agreement", "completeness", "accuracy", "fifo", "causal"}


@dataclass(frozen=True, slots=True)
class LogQuestion:
    """How a log is to be judged: as a system that `claims` something, on the properties `names` alone if there are any.

    `known` has all properties. `at_rest`: the log goes on until nothing more happens; `settle`: what is expected in the end has
    come about after so many seconds. `growing`: more lines may follow.
    """

    claims: Claims
    known: Mapping[str, Property]
    names: tuple[str, ...] = ()
    silence: Silence = Silence.UNKNOWN
    at_rest: bool = False
    settle: float | None = None
    growing: bool = False

    @property
    def properties(self) -> list[Property]:
        """What is judged."""
        return [self.known[name] for name in self.names or BUILT_IN]

    @property
    def decisive(self) -> Collection[str]:
        """The names of the properties that decide, if nothing is missing that they are about."""
        return self.names or (*self.claims.properties, *self.claims.indicated)


def judge_log(log: LogHistory, question: LogQuestion) -> LogResult:
    """The verdict on each property."""
    judge = _LogJudge(_as_fixed_group(log) if question.claims.fixed_group else log, question)
    findings = tuple(judge.finding(wanted) for wanted in question.properties)
    book = log.book
    claims = f"{question.claims.name} ({question.claims.meaning})"
    return LogResult(
        tuple(book.files), claims, sum(book.read.values()), len(log.history.lives), findings,
        tuple(map(str, book.faults)), tuple(map(str, book.warnings)),
    )  # fmt: skip


def _as_fixed_group(log: LogHistory) -> LogHistory:
    """Without views, the log of a group of all its processes, from the beginning."""
    if log.book.read["view"]:
        return log
    members = tuple(life.node for life in log.history.lives if life.founder)
    first = Installed(View(1, members))
    lives = tuple(replace(life, log=(first, *life.log)) if life.founder else life for life in log.history.lives)
    return replace(log, history=replace(log.history, lives=lives))


class _LogJudge:
    """Judges one log. A silent process may have crashed or not: where that decides, there is no verdict."""

    def __init__(self, log: LogHistory, question: LogQuestion) -> None:
        self.log, self.question = log, question
        self.due: dict[str, Arrays] = {}  # by the property that it is for, "" for most
        self.fixed = question.claims.fixed_group and not log.book.read["view"]
        self.silent = log.silent if question.silence is Silence.UNKNOWN else frozenset[int]()
        gone = log.silent if question.silence is Silence.CRASHED else frozenset[int]()
        self.history = replace(_with_crashed(log.history, gone), at_rest=question.at_rest)
        self.again = next(itertools.starmap(_again, log.book.again.items()), "")

    @cached_property
    def arrays(self) -> Arrays:
        """The history in which those that may have crashed have not."""
        return self._arrays(self.history)

    @cached_property
    def crashed(self) -> Arrays:
        """The history in which those that may have crashed have."""
        return self.arrays.told(_with_crashed(self.arrays.history, self.silent))

    @cached_property
    def timeless(self) -> str:
        """Where a line has no time."""
        return without_times(self.log)

    def finding(self, wanted: Property) -> LogFinding:
        """The finding on one property."""
        asked = wanted.name in self.question.names
        claimed = asked or (wanted.name in self.question.decisive and not self._untold(wanted))
        finding = LogFinding(wanted.name, wanted.kind, wanted.sentence, claimed, None)
        reason = next(filter(None, self._obstacles(wanted)), "")
        if reason:
            return replace(finding, unjudged=reason)
        one, other = self._both(wanted)
        tested, witness, doubt = exercised(wanted, one), *self._judged(wanted, one, other)
        if doubt:
            return replace(finding, unjudged=doubt)
        if witness is None:
            return replace(finding, verdict=Verdict.HOLDS, exercised=tested)
        places = places_of(witness, self.log)
        shown = neighbourhood(witness, self.log)
        return replace(finding, verdict=Verdict.VIOLATED, exercised=True, witness=witness, places=places, neighbourhood=shown)

    def _both(self, wanted: Property) -> tuple[Arrays, Arrays]:
        """The two histories to judge: the silent are up, or have crashed."""
        if wanted.kind is Kind.SAFETY or self.question.at_rest:
            return self.arrays, self.crashed if self.silent else self.arrays
        assert self.question.settle is not None
        name = wanted.name if wanted.name in IN_OWN_WAY else ""
        if name not in self.due:
            self.due[name] = self._arrays(due(self.log, self.history, self.question.settle, name))
        one = self.due[name]
        return one, one.told(_with_crashed(one.history, self.silent)) if self.silent else one

    def _judged(self, wanted: Property, one: Arrays, other: Arrays) -> tuple[Witness | None, str]:
        """The witness, or why there is no verdict."""
        witness = judged(wanted, one)
        if wanted.name == "primary-partition" and not self.log.views.in_line:
            # Only where views part is known: which of two others comes first is not.
            witness = fork(one.skeleton)
            if witness is None:
                return None, UNORDERED
        if other is not one:
            rival = judged(wanted, other) if wanted.name != "primary-partition" or self.log.views.in_line else witness
            if (witness is None) != (rival is None) or (wanted.name == "completeness" and self._some_crash(one.history)):
                return None, self._depends(one)
            if rival is not None and witness is not None and not rival.text.startswith(witness.text):
                witness = rival  # it names nobody that may have crashed
        if witness is not None and wanted.name in EXCUSABLE and (self.question.growing or not self.log.complete):
            return None, "a line that could not be read, or is still to come, may excuse it"
        if witness is None and self.again and wanted.needs & LONG:
            return None, self.again
        return witness, ""

    def _arrays(self, history: History) -> Arrays:
        """The arrays of `history` without what was multicast more than once: it is not known which multicast was delivered."""
        return Arrays(without(history, self.log.book.again.keys()) if self.log.book.again else history)

    def _some_crash(self, history: History) -> bool:
        """Whether a member would have to be left out, if one of the silent had crashed and the others had not."""
        wanted = self.question.known["completeness"]
        arrays = self.arrays
        return any(judged(wanted, arrays.told(_with_crashed(history, {place}))) is not None for place in self.silent)

    def _depends(self, arrays: Arrays) -> str:
        names = ", ".join(str(arrays.history.lives[place].node) for place in sorted(self.silent)[:4])
        more = ", ..." if len(self.silent) > 4 else ""
        return f"it depends on whether {names}{more} crashed, which the log does not say; --silent crashed or correct"

    def _obstacles(self, wanted: Property) -> Iterator[str]:
        """Why the property cannot be judged."""
        if wanted.name in UNKNOWABLE:
            yield UNKNOWABLE[wanted.name]
        yield self._missing(wanted)
        if wanted.kind is Kind.LIVENESS and not self.log.complete:
            yield "a file could not be read to its end"
        if wanted.kind is Kind.LIVENESS and not self.question.at_rest:
            if self.question.settle is None:
                yield "the log may be cut off in full flight; --at-rest if it is not, --settle SECONDS otherwise"
            elif self.timeless:
                yield f"--settle needs times, and {self.timeless}"
        yield from self._unclear(wanted)
        ended = any(life.status is Status.HALTED for life in self.history.lives)
        if ended and wanted.name in BY_LATER_VIEWS and not self.log.views.in_line:
            yield UNORDERED

    def _untold(self, wanted: Property) -> bool:
        """Whether the property is about something that the system does not tell its applications."""
        return wanted.name in self.question.claims.indicated and bool(self._missing(wanted))

    def _missing(self, wanted: Property) -> str:
        """What the property is about and the log does not have."""
        missing = [event for event in self._needed(wanted) if not self.log.book.read[event]]
        if missing:
            return f"the log has no {' and no '.join(missing)} events"
        if MovedWith in wanted.needs and not self.log.book.transitional:
            return "the views in the log have no transitional sets (`transitional`)"
        return ""

    def _unclear(self, wanted: Property) -> Iterator[str]:
        """What may be read in two ways, and the property asks for it; one of a user's own may ask for anything."""
        of_users = wanted.name not in BUILT_IN
        if wanted.name in BY_SAME_VIEWS or of_users:
            yield self.log.views.unclear
        if wanted.name in BY_MEMBERS or of_users:
            yield self.log.which_life
        if of_users:
            yield self.again

    def _needed(self, wanted: Property) -> Iterator[str]:
        """The events without which the property has nothing to say."""
        for kind, event in EVENTS.items():
            optional = kind is Adopted and wanted.name != WITH_STATES
            optional |= kind is Installed and (wanted.name in WITHOUT_VIEWS or (self.fixed and Delivered in wanted.needs))
            if kind in wanted.needs and not optional and wanted.name in BUILT_IN:
                yield event
        if wanted.name == WITH_STARTS:
            yield "start"


def _again(payload: str, place: str) -> str:
    return f"{payload} is multicast for the second time in {place}; give each multicast a payload of its own"


def _with_crashed(history: History, places: Collection[int]) -> History:
    """The history in which the lives in `places` have crashed."""
    if not places:
        return history
    lives = enumerate(history.lives)
    return replace(history, lives=tuple(replace(life, status=Status.CRASHED) if at in places else life for at, life in lives))
