"""What random runs covered and how likely they missed something, in words: every number comes with its formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal

from groupy_check.groupy_model.show import counted, words

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Sampling:
    """The statistics of a simulation.

    `runs` were drawn; run `news` (counted from 1) was the last to show a new abstract state or handler; `pairs` counts handlers
    by kind of local state and kind of event; `tracks` is the maximum in one run. For PCT runs, `changes` is the number of
    change points, drawn from the first `steps` steps; for other runs both are 0. No run had more than `longest` steps, or would
    have had if it had not been cut off.
    """

    runs: int
    news: int
    pairs: Mapping[tuple[str, str], int]
    tracks: int
    changes: int
    steps: int
    longest: int

    @property
    def depth(self) -> int:
        """Return the depth of the bugs that the bound of PCT is about: that of its change points and no other."""
        return self.changes + 1

    @property
    def least(self) -> float:
        """Return the probability at least that one PCT run shows a bug of this depth (Burckhardt et al.)."""
        return 1 / (self.tracks * float(self.steps) ** self.changes)


def sampling_text(sampling: Sampling) -> str:
    """Return all of `sampling`, as lines."""
    return "\n".join([*_coverage(sampling), *_share(sampling), *_depth(sampling), *_in_a_sentence(sampling)])


def _coverage(sampling: Sampling) -> Iterator[str]:
    handled = "handlers that ran, by state of the process, event and how often"
    yield f"Rule coverage: {len(sampling.pairs)} {handled}:"
    for state in dict.fromkeys(state for state, _ in sorted(sampling.pairs)):
        events = [(event, count) for (other, event), count in sorted(sampling.pairs.items()) if other == state]
        yield f"  {words(state)}: {', '.join(f'{words(event)} {count:,}' for event, count in events)}"
    if sampling.runs:
        yield f"The last new abstract state or handler appeared in run {sampling.news:,} of {sampling.runs:,}."


def _share(sampling: Sampling) -> Iterator[str]:
    if sampling.runs:
        share = 1 - (1 - CONFIDENCE) ** (1 / sampling.runs)
        yield (
            f"How likely was a violation missed? If a fraction p of all runs drawn this way shows it, the probability is "
            f"(1 - p)^R, where R = {sampling.runs:,} is the number of runs: "
            f"less than {1 - CONFIDENCE:.2f} for every p above {_at_least(share, 2)}."
        )


def _depth(sampling: Sampling) -> Iterator[str]:
    """Yield the bound of PCT for the one depth that it holds for, or why there is none."""
    if not sampling.runs or not sampling.steps:
        return
    d, n, k = sampling.depth, sampling.tracks, sampling.steps
    if sampling.longest > k:
        drawn = f"change points were drawn from the first {counted(k, 'step')}, the length of the longest pilot run"
        yield f"No bound of PCT: {drawn}, and there were longer runs."
        return
    points = counted(sampling.changes, "change point")
    yield (
        f"Let d = {d} be the depth of a bug, the number of ordering constraints that bring it about. With {points} one PCT run "
        f"shows a bug of that depth with probability at least q/(n k^(d-1)), where n = {n:,} is the maximum number of tracks "
        f"(channels, timers, workers, single units of a budget, the end of the run), k = {k:,} the maximum number of steps, "
        f"and q the probability that the dice fall as the bug needs (who asks, who crashes and where, which outcome)."
    )
    missed = (1 - sampling.least) ** sampling.runs
    yield (
        f"  Where nothing hangs on the dice (q = 1), all R runs miss it with probability at most {_rounded_up(missed)} "
        f"for d = {d}. For no other depth is there a bound. (n and k are those of the runs drawn. "
        "Burckhardt et al., ASPLOS 2010.)"
    )


def _in_a_sentence(sampling: Sampling) -> Iterator[str]:
    """Yield what the bound of PCT comes to, or else what the number of runs alone says."""
    if not sampling.runs:
        return
    if sampling.steps and sampling.longest <= sampling.steps:
        missed = _rounded_up((1 - sampling.least) ** sampling.runs)
        needs = f"{counted(sampling.depth, 'unlucky choice')} of the order, and of nothing else,"
        yield f"In short: a bug that needs {needs} would have been missed with probability {missed} at most."
    else:
        share = 1 - (1 - CONFIDENCE) ** (1 / sampling.runs)
        chance = f"{1 - CONFIDENCE:.2f} at most"
        often = f"a fraction {_at_least(share, 2)} of such runs shows"
        yield f"In short: a bug that {often} would have been missed with probability {chance}."


def _rounded_up(chance: float) -> str:
    """Return four decimals that are not below `chance`: what is at most that is not at most less."""
    return f"{Decimal(chance).quantize(Decimal('0.0001'), ROUND_CEILING):f}"


def _at_least(share: float, digits: int) -> str:
    """Return so many `digits` of `share`, not below it."""
    return f"{float(Context(prec=digits, rounding=ROUND_CEILING).create_decimal_from_float(share)):.{digits}g}"
