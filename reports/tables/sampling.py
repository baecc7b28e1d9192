"""What random runs have seen, and how likely they have missed something, in words: never a number without its formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from groupy_check.groupy_model.show import words

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Sampling:
    """The statistics of a simulation.

    `runs` were drawn; `news` is the last one (from 1) that showed a new abstract state or handler; `pairs` counts handlers
    by the kind of local state and the kind of event; `tracks` is the most of one run. Of PCT runs, `changes` is the number of
    change points and `steps` from how many first steps they are drawn; of others both are 0.
    """

    runs: int
    news: int
    pairs: Mapping[tuple[str, str], int]
    tracks: int
    changes: int
    steps: int


def sampling_text(sampling: Sampling) -> str:
    """All of `sampling`, as lines."""
    return "\n".join([*_coverage(sampling), *_share(sampling), *_depth(sampling)])


def _coverage(sampling: Sampling) -> Iterator[str]:
    handled = "handlers that ran, by state of the process, event and how often"
    yield f"Rule coverage: {len(sampling.pairs)} {handled}:"
    for state in dict.fromkeys(state for state, _ in sorted(sampling.pairs)):
        events = [(event, count) for (other, event), count in sorted(sampling.pairs.items()) if other == state]
        yield f"  {words(state)}: {', '.join(f'{words(event)} {count:,}' for event, count in events)}"
    if sampling.runs:
        yield f"The last abstract state or handler that was new came in run {sampling.news:,} of {sampling.runs:,}."


def _share(sampling: Sampling) -> Iterator[str]:
    if sampling.runs:
        share = 1 - (1 - CONFIDENCE) ** (1 / sampling.runs)
        yield (
            f"How likely is it that a violation was missed? If a share p of all runs drawn like this shows it, (1 - p)^R, "
            f"where R = {sampling.runs:,} is the number of runs: less than {1 - CONFIDENCE:.2f} for every p above {share:.2g}."
        )


def _depth(sampling: Sampling) -> Iterator[str]:
    """The bound of PCT, for every depth that its change points can reach."""
    if not sampling.runs or not sampling.steps:
        return
    n, k, most = sampling.tracks, sampling.steps, sampling.changes + 1
    yield (
        f"By the depth d of a bug, the number of orderings of steps that it needs: one PCT run shows it with probability at "
        f"least 1/(n k^(d-1)), where n = {n:,} is the most tracks (threads) of a run, and k = {k:,} the number of first steps "
        f"of a run from which change points are drawn. So all R runs miss it with probability at most (1 - 1/(n k^(d-1)))^R:"
    )
    yield "  " + ", ".join(f"{(1 - 1 / (n * k ** (d - 1))) ** sampling.runs:.4f} for d = {d}" for d in range(1, most + 1))
    yield (
        f"  (d is at most {most}, the change points plus one. The bound speaks of the order alone, within those k steps: who "
        f"crashes, where in a handler, and who asks for what is drawn besides. Burckhardt et al., ASPLOS 2010.)"
    )
