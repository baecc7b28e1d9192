"""Strategies: which track makes the next step of a random run.

A TRACK is what the literature calls a thread: its steps come one after the other, and the scheduler chooses when it moves.
Owed actions move on the track of their channel, timer or worker (`fairness_class` in `fair_cycles`). Each unit of a budget,
such as a crash or a multicast, is a track of the environment that makes one step. Where a track has several actions, such as
the processes that may crash, the dice choose one.

Uniform: every track that can move is equally likely to. PCT: Burckhardt, Kothari, Musuvathi and Nagarakatte, "A randomized
scheduler with probabilistic guarantees of finding bugs" (ASPLOS 2010). Swarm: Groce, Zhang, Eide, Chen and Regehr, "Swarm
testing" (ISSTA 2012).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from random import Random
from typing import Protocol

from groupy_check.checker.judging.fair_cycles import FairnessClass
from groupy_check.groupy_model.system import Budget, System

Track = FairnessClass
ENVIRONMENT = 0  # stands in the place of a process
END: Track = (ENVIRONMENT, "end", "")  # the run ends here, at rest, whatever budget is left
PRIORITIES = 1 << 32  # enough for two tracks to hardly ever have the same


class Dice(Protocol):
    """Where the choices of a run come from."""

    def pick(self, count: int) -> int:
        """A number from 0 to `count` - 1; the lower, the simpler the run."""


class RandomDice:
    """Fair dice. `thrown` is what they showed so far."""

    def __init__(self, seed: str) -> None:
        self.random = Random(seed)  # noqa: S311 - a simulation
        self.thrown: list[int] = []

    def pick(self, count: int) -> int:
        """See Dice."""
        self.thrown.append(self.random.randrange(count))
        return self.thrown[-1]


CanMove = Callable[[Track], bool]


class Policy(Protocol):
    """The choices of one run."""

    def choose(self, tracks: Sequence[Track], step: int, can_move: CanMove) -> Track | None:
        """Which of `tracks` makes step number `step` (from 0); None where none of them can move.

        A unit of a budget may be left where the environment has no use for it, as a loss where no message is under way: so
        a policy asks whether the track that it prefers can move.
        """


def without_kind(tracks: Sequence[Track], idle: Track) -> list[Track]:
    """`tracks` without those of the environment that are as idle as `idle`: all units of its budget."""
    return [other for other in tracks if other[:2] != idle[:2] or other[0] != ENVIRONMENT]


class Strategy(Protocol):
    """How runs are drawn."""

    def begin(self, system: System, dice: Dice) -> tuple[System, Policy]:
        """The state in which a new run begins, instead of `system`, and the policy of the run, which throws `dice`."""


# --- uniform -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fair:
    dice: Dice

    def choose(self, tracks: Sequence[Track], step: int, can_move: CanMove) -> Track | None:  # noqa: ARG002 - fair at every step
        while tracks:
            track = tracks[self.dice.pick(len(tracks))]
            if can_move(track):
                return track
            tracks = without_kind(tracks, track)
        return None


@dataclass(frozen=True, slots=True)
class Uniform:
    """Every track that can move is equally likely to."""

    def begin(self, system: System, dice: Dice) -> tuple[System, Policy]:
        """See Strategy."""
        return system, _Fair(dice)


# --- swarm ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Swarm:
    """Uniform, but each run gets only a random part of each budget, from nothing to all of it; of recoveries all.

    Whether a process that is down may come back is part of the state, so what is drawn here must not decide it.
    """

    def begin(self, system: System, dice: Dice) -> tuple[System, Policy]:
        """See Strategy."""
        parts = {name: dice.pick(count + 1) for name, count in units(system.budget) if name != "recoveries"}
        return replace(system, budget=replace(system.budget, **parts)), _Fair(dice)


# --- PCT -----------------------------------------------------------------------------------------------------------------


class _ByPriority:
    """The track with the highest priority moves; at each change point, the one that would move gets the lowest priority."""

    def __init__(self, budget: Budget, dice: Dice, changes: int, steps: int) -> None:
        self.dice = dice
        self.priorities: dict[Track, int] = {}
        for name, count in units(budget):
            # The units of a budget are alike: the one with the highest priority is taken.
            drawn = sorted(dice.pick(PRIORITIES) for _ in range(count))
            self.priorities.update(((ENVIRONMENT, name, str(left)), drawn[left - 1]) for left in range(1, count + 1))
        self.changes = {dice.pick(steps): -1 - number for number in range(changes)}

    def choose(self, tracks: Sequence[Track], step: int, can_move: CanMove) -> Track | None:
        top = self._top(tracks, can_move)
        if top is not None and step in self.changes:
            self.priorities[top] = self.changes.pop(step)
            top = self._top(tracks, can_move)
        return top

    def _top(self, tracks: Sequence[Track], can_move: CanMove) -> Track | None:
        while tracks:
            top = max(tracks, key=self._priority)
            if can_move(top):
                return top
            tracks = without_kind(tracks, top)
        return None

    def _priority(self, track: Track) -> int:
        if track not in self.priorities:
            self.priorities[track] = self.dice.pick(PRIORITIES)
        return self.priorities[track]


@dataclass(frozen=True, slots=True)
class Pct:
    """Each track gets a random priority when it first can move; `changes` times in a run, at steps drawn from the first
    `steps`, the track that would move gets the lowest one instead.

    The theorem of the paper: a bug of depth d, one that d ordering constraints between steps bring about, is shown by a run
    with probability at least 1/(n k^(d-1)), if there are d - 1 change points, no run has more than n threads, and none has
    more than k steps. With more change points than that it is false for d: the further ones undo what the first have set.
    """

    changes: int
    steps: int

    def begin(self, system: System, dice: Dice) -> tuple[System, Policy]:
        """See Strategy."""
        return system, _ByPriority(system.budget, dice, self.changes, self.steps)


def units(budget: Budget) -> list[tuple[str, int]]:
    """How much the environment may still do, by the name of the budget."""
    return [(field.name, count) for field in fields(budget) if (count := getattr(budget, field.name))]
