"""Runs that never come to rest, in the native engine: the cycles among the owed steps that leave logs and budgets alone.

Nearly all such steps lead to rest. What remains when these are removed, again and again, is small; it is turned back into
states, on which `checker.judging.fair_cycles` decides as for the reference explorer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.judging.cycle_verdicts import EndlessRuns
from groupy_check.checker.native.memory.layout import Edges
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.system import System

Array = NDArray[Any]


def endless_runs(found: Edges, semantics: Semantics, state: Callable[[int], System]) -> EndlessRuns:
    """What lies on cycles of the owed steps that were `found`; `state` gives the system state of a number."""
    steps = _cycling(found)
    numbers = np.unique(steps[:, :2]).tolist()
    places = {number: place for place, number in enumerate(numbers)}
    inside: list[dict[int, int]] = [{} for _ in numbers]
    for source, target, ordinal in steps.tolist():
        inside[places[source]][ordinal] = places[target]
    systems = _systems(semantics, inside, lambda place: state(numbers[place]))
    outside = len(numbers)
    edges = [
        [(action, inside[place].get(ordinal, outside)) for ordinal, action in enumerate(semantics.owed(system))]
        for place, system in enumerate(systems)
    ]
    return EndlessRuns([*edges, []], systems.__getitem__, numbers.__getitem__)


def _cycling(found: Edges) -> Array:
    """The steps (from, to, ordinal) that lie on cycles."""
    count = int(found.total[0])
    steps = np.stack([array[:count].astype(np.int64) for array in (found.sources, found.targets, found.ordinals)], axis=1)
    while len(steps):
        goes_on = np.zeros(int(steps[:, :2].max()) + 1, bool)
        goes_on[steps[:, 0]] = True
        left = steps[goes_on[steps[:, 1]]]
        if len(left) == len(steps):
            return _within_components(steps)
        steps = left
    return steps


def _within_components(steps: Array) -> Array:
    from scipy.sparse import coo_array  # noqa: PLC0415 - only protocols that never rest need it
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    numbers, ends = np.unique(steps[:, :2], return_inverse=True)
    ends = ends.reshape(-1, 2)
    graph = coo_array((np.ones(len(steps), np.int8), (ends[:, 0], ends[:, 1])), shape=(len(numbers),) * 2)
    _, component = connected_components(graph.tocsr(), directed=True, connection="strong")
    inside: Array = steps[component[ends[:, 0]] == component[ends[:, 1]]]
    return inside


def _systems(semantics: Semantics, inside: Sequence[dict[int, int]], state: Callable[[int], System]) -> list[System]:
    """The system states of all places: a few by `state`, the others by going along the steps."""
    found: dict[int, System] = {}
    for first in range(len(inside)):
        if first in found:
            continue
        found[first] = state(first)
        waiting = deque([first])
        while waiting:
            place = waiting.popleft()
            owed = semantics.owed(found[place])
            for ordinal, target in sorted(inside[place].items()):
                if target not in found:
                    found[target] = semantics.apply(found[place], owed[ordinal])
                    waiting.append(target)
    return [found[place] for place in range(len(inside))]
