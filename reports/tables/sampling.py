"""What random runs covered and how likely they missed something, in words: every number comes with its formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from groupy_check.groupy_model.show import words

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Sampling:
    """The statistics of a simulation.

    `runs` were drawn; run `news` (counted from 1) was the last to show a new abstract state or handler; `pairs` counts handlers
    by kind of local state and kind of event; `tracks` is the maximum in one run. For PCT runs, `changes` is the number of
    change points, drawn from the first `steps` steps; for other runs both are 0.
    """

    runs: int
    news: int
    pairs: Mapping[tuple[str, str], int]
    tracks: int
    changes: int
    steps: int


def sampling_text(sampling: Sampling) -> str:
    """Return all of `sampling`, as lines."""
    return "\n".join([*_coverage(sampling), *_share(sampling), *_depth(sampling)])


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
            f"less than {1 - CONFIDENCE:.2f} for every p above {share:.2g}."
        )


def _depth(sampling: Sampling) -> Iterator[str]:
    """Yield the bound of PCT for every depth that its change points can reach."""
    if not sampling.runs or not sampling.steps:
        return
    n, k, most = sampling.tracks, sampling.steps, sampling.changes + 1
    yield (
        f"Let d be the depth of a bug, the number of ordering constraints it needs. One PCT run shows it with probability at "
        f"least 1/(n k^(d-1)), where n = {n:,} is the maximum number of tracks (threads) in a run, and change points are drawn "
        f"from the first k = {k:,} steps. So all R runs miss it with probability at most (1 - 1/(n k^(d-1)))^R:"
    )
    yield "  " + ", ".join(f"{(1 - 1 / (n * k ** (d - 1))) ** sampling.runs:.4f} for d = {d}" for d in range(1, most + 1))
    yield (
        f"  (d is at most {most}, the number of change points plus one. The bound covers only the order of those k steps; "
        f"who crashes, where in a handler, and who asks for what are drawn separately. Burckhardt et al., ASPLOS 2010.)"
    )
