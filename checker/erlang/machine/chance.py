"""Random numbers are choices: the values that the program may tell apart. Time only goes on: no two readings are equal.

Of a range of up to a thousand, every value is tried, and those after which a process comes to the same state are one; of a
longer one, and of floats, the ends and what is next to a number in the program's text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from groupy_check.checker.erlang.machine.program import Key
from groupy_check.checker.erlang.machine.seeding import SEEDS
from groupy_check.checker.erlang.terms.raising import function_clause
from groupy_check.checker.erlang.terms.values import OK, Float, Term, Tuple

if TYPE_CHECKING:
    from groupy_check.checker.erlang.machine.running import Run

ALL_TRIED = 1000


def _uniform(run: Run, limit: Term) -> None:
    if not isinstance(limit, int) or limit < 1:
        raise function_clause()
    if limit <= ALL_TRIED:
        run.draw(tuple(range(1, limit + 1)))
        return
    near = {math.floor(number) + offset for number in run.program.numbers for offset in (-1, 0, 1, 2)}
    run.draw(tuple(value for value in sorted({1, 2, limit - 1, limit} | near) if 1 <= value <= limit))


def _fraction(run: Run) -> None:
    """0.0 is a possible value, 1.0 is not; between two numbers of the program, all values are alike to a comparison."""
    bounds = sorted({0.0, 1.0} | {float(number) for number in run.program.numbers if 0 < number < 1})
    between = [(low + high) / 2 for low, high in pairwise(bounds)]
    run.draw(tuple(Float(value) for value in sorted([*bounds[:-1], *between])))


def _now(run: Run) -> Term:
    return Tuple((0, 0, run.site.reading()))


def _ticks(run: Run, *_: Term) -> Term:
    return run.site.reading()


CHANCE: Mapping[Key, Callable[..., Term | None]] = {
    **{(module, "uniform", 1): _uniform for module in ("rand", "random")},
    **{(module, "uniform", 0): _fraction for module in ("rand", "random")},
    **SEEDS,
    ("erlang", "now", 0): _now, ("erlang", "timestamp", 0): _now, ("os", "timestamp", 0): _now,
    ("erlang", "monotonic_time", 0): _ticks, ("erlang", "monotonic_time", 1): _ticks,
    ("erlang", "system_time", 0): _ticks, ("erlang", "system_time", 1): _ticks, ("os", "system_time", 0): _ticks,
    ("erlang", "unique_integer", 0): _ticks, ("erlang", "unique_integer", 1): _ticks,
    ("timer", "start", 0): lambda _: OK,
}  # fmt: skip
