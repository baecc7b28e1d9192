"""Two protocols, each explored by itself: do their verdicts differ, whatever schedules they have in common?

A step of one may have no counterpart in the other, such as a crash after an effect that only one of the two has. What lies
behind it is in no schedule of both, but it is in the states of one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.comparing.lockstep import Player
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.progress_line import Reporter
from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import Finding, Result, Verdict


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Of two protocols `loser` (0 or 1) violates the property of `finding`, and the other one does not."""

    loser: int
    finding: Finding

    def told(self, names: tuple[str, str]) -> str:
        """`agreement: gms2 violates it in 5 steps, gms3 does not`."""
        steps = counted(self.finding.length or 0, "step")
        return f"{self.finding.called}: {names[self.loser]} violates it in {steps}, {names[1 - self.loser]} does not"


@dataclass(frozen=True, slots=True)
class VerdictsAlone:
    """On which properties two protocols disagree; `bound` says what kept one of them from being seen whole, "" for nothing."""

    disagreements: tuple[Disagreement, ...] = ()
    bound: str = ""


def verdicts_alone(
    players: Sequence[Player], scenario: Scenario, limits: Limits, report: Reporter | None = None
) -> VerdictsAlone:
    """What the searches for violations by each of two `players` say, each of them within `limits`; all within that in force."""
    results: list[Result] = []
    for player in players:
        results.append(SearchRequest(player.protocol, scenario, player.properties, limits).run(report))
        if results[-1].coverage.interrupted:
            return VerdictsAlone(bound=results[-1].coverage.bound)
    bounds = (f"{one.coverage.bound} of {one.protocol} alone" for one in results if one.coverage.bound)
    undecided = (
        f"an open verdict on {name} of {one.protocol}" for one, name in zip(results, map(_open, results), strict=True) if name
    )
    return VerdictsAlone(tuple(_disagreements(results)), next(bounds, next(undecided, "")))


def _open(result: Result) -> str:
    """The first property that is not decided although all was seen."""
    return next((finding.name for finding in result.findings if finding.verdict is Verdict.NOT_FOUND), "")


def _disagreements(results: Sequence[Result]) -> Iterator[Disagreement]:
    for pair in zip(*(result.findings for result in results), strict=True):
        for loser in (0, 1):
            if pair[loser].verdict is Verdict.VIOLATED and pair[1 - loser].verdict is Verdict.HOLDS:
                yield Disagreement(loser, pair[loser])


def followed(loser: Player, other: Player, actions: Sequence[Action]) -> list[Action]:
    """The counterparts of the `actions` of `loser` in a run of `other`, as far as they go."""
    one, two = loser.semantics.initial(), other.semantics.initial()
    taken: list[Action] = []
    for action in actions:
        name = next(name for name, move in loser.moves(one).actions.items() if move == action)
        counterpart = other.moves(two).actions.get(name)
        if counterpart is None:
            break
        taken.append(counterpart)
        one, two = loser.semantics.apply(one, action), other.semantics.apply(two, counterpart)
    return taken
