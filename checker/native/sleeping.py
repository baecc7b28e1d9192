"""Sleep sets: of two steps that commute, done in either order, only one order is followed to the end.

Steps of different processes commute: each changes its own process, takes from its own channels and adds behind what it sends to
others. So when b follows a at some state s, and a stood before b among the steps of s, then a need not be tried again after b:
what it leads to is what b leads to after a. It SLEEPS there (Godefroid, Partial-Order Methods for the Verification of
Concurrent Systems, LNCS 1032, chapter 5). All states are still found, each in its turn and from the same state as without:

Number the states as they are found, and let t be found first from s by b, so that a sleeps at t because it stood before b at
s, or because it slept at s. Claim: some state before t leads to what a leads to from t. For x, where a leads from s, is found
before t: in the first case s itself leads there before it leads to t, in the second case some state before s does, by
induction. And b leads from x to where a leads from t; if b sleeps at x, some state before x leads there, by induction.

Which steps commute, and which do not, `records` says, where it makes their MANNER. Some may depend on who is up, or on whether
anything is on its way at all: after these nobody sleeps. A monitor of somebody who is monitored already hears of an end twice
when it comes first, and once when it comes last: after that only those sleep who end nobody.

What sleeps is known by where it comes from, a GROUP: what one process does with one channel, a request to it, its crash between
two handlers, and within the handler for one channel. Where several things can be done with a channel, none of them sleeps: what
comes behind may be one more. A mask has a bit for each group; groups for which there is no bit left never sleep.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

BITS = 64
# Who may sleep after a step: nobody; every group of another process; only those of them that end no process.
NOBODY, OTHERS, OTHERS_UP = range(3)
# The kinds of groups.
CHANNELS, REQUESTS, CRASHES, WITHIN = range(4)


def groups(size: int) -> tuple[int, int, int, int]:
    """The numbers of the first group of each kind among `size` processes: channels, requests, crashes, and within handlers."""
    return 0, size**2, size**2 + size, size**2 + 2 * size


def asleep_after(size: int) -> NDArray[np.uint64]:
    """For NOBODY, OTHERS and OTHERS_UP in turn, of each of `size` processes: the groups that may sleep after a step of it."""
    kinds = product((NOBODY, OTHERS, OTHERS_UP), range(size))
    return np.array([_mask(_after(size, who, node)) for who, node in kinds], np.uint64)


def lulled_by(size: int) -> NDArray[np.uint64]:
    """For steps that are not silent and those that are, of each process: the groups that sleep because of the step itself.

    After a silent step, of which nobody else can notice anything, a crash leads to what it would have led to before.
    """
    crashes = groups(size)[CRASHES]
    return np.array([[0] * size, [_mask([crashes + node]) for node in range(size)]], np.uint64).reshape(-1)


def _after(size: int, who: int, node: int) -> list[int]:
    channels, requests, crashes, within = groups(size)
    found: list[int] = []
    for other in range(size):
        if other == node or who == NOBODY:
            continue
        slots = range(other, size**2, size)
        found += [*(channels + slot for slot in slots), requests + other]
        found += [crashes + other, *(within + slot for slot in slots)] if who == OTHERS else []
    return found


def _mask(numbers: Sequence[int]) -> int:
    return sum(1 << number for number in numbers if number < BITS)
