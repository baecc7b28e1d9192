"""Sleep sets: of two steps that commute, done in either order, only one order is followed to the end.

Two steps of different processes commute if all that either reads and writes beyond its own process is of the kinds in COMMUTE.
So when b follows a at some state s, and a stood before b among the steps of s, then a need not be tried again after b:
what it leads to is what b leads to after a. It SLEEPS there (Godefroid, Partial-Order Methods for the Verification of
Concurrent Systems, LNCS 1032, chapter 5). All states are still found, each in its turn and from the same state as without:

Number the states as they are found, and let t be found first from s by b, so that a sleeps at t because it stood before b at
s, or because it slept at s. Claim: some state before t leads to what a leads to from t. For x, where a leads from s, is found
before t: in the first case s itself leads there before it leads to t, in the second case some state before s does, by
induction. And b leads from x to where a leads from t; if b sleeps at x, some state before x leads there, by induction.

The relation is not taken from this text alone: `tests/native/test_sleeping.py` executes both orders of every pair that the
engine puts to sleep, in the reference semantics, and compares the two states.

What sleeps is known by where it comes from, a GROUP: what one process does with one channel, a request to it, its crash between
two handlers, and within the handler for one channel. Where several things can be done with a channel, none of them sleeps: what
comes behind may be one more. A mask has a bit for each group; groups beyond the last bit never sleep.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from itertools import product

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.native.memory.layout import GROUP_BITS, GROUP_CRASHES, NOBODY, OTHERS
from groupy_check.groupy_model.effects import Demonitor, Effect, Halt, Monitor, Send
from groupy_check.groupy_model.events import Down, Event, Join, Receive, Recover, Timeout
from groupy_check.groupy_model.node import Node


class Access(Enum):
    """What a step of a process reads or writes beyond the process itself."""

    SENDS = "adds a message to a channel, if who it is for is up and within reach"
    TAKES = "takes from a channel the first entry for which there is a rule; or any such message, or a notice, out of a bag"
    FALLS = "crashes, and may come back: what is queued for it then stays, what is sent to it later is lost"
    ENDS = "stops: what is queued for it vanishes, and its watchers are told behind all that it has sent"
    MONITORS = "watches a process that it does not watch, or is told at once that it is gone"
    MONITORS_AGAIN = "watches a process that it watches already, or is told once more that it is gone"
    DEMONITORS = "stops watching a process, and takes back the notice of its end"
    DEPENDS = "can happen or not, as others are up or have something to do"


# Who FALLS commutes with nobody who sends: a message from before the crash may still arrive, one from behind it does not.
# Any two of these commute, if different processes do them; about all other pairs nothing is shown, so they count as dependent.
# Two steps meet in a channel from one to the other, and in whether one is up.
# - A message or notice that is added stands behind what is there, so what can be taken first is taken first in both orders, a
#   notice in a bag too; and what is taken back (all notices) does not depend on what stands around it. A bag is sorted between
#   its notices, at once when one is gone.
# - A process that ends loses what was queued and what is sent later alike, watches nobody, and is told nothing.
# - A process that watches one that ends is told once, behind all that it has sent: when the end comes first because it is gone,
#   when it comes last because it is watched. Not so for MONITORS_AGAIN: the end tells, and then so does the second monitor.
COMMUTE = frozenset({Access.SENDS, Access.TAKES, Access.ENDS, Access.MONITORS, Access.DEMONITORS})


def accesses(
    event: Event, watching: Collection[Node], effects: Iterable[Effect], *, stops: Access | None, wrongly: bool
) -> frozenset[Access]:
    """What a step reads and writes beyond its process, which is `watching` when it begins. To store is not beyond it.

    `stops`: whether and how it ends its process. `wrongly`: the notice is a mistake, and in no channel.
    """
    found = {stops} if stops else set[Access]()
    match event:
        case Join() | Timeout() | Recover():
            found.add(Access.DEPENDS)
        case Down():
            found.add(Access.DEPENDS if wrongly else Access.TAKES)
        case Receive():
            found.add(Access.TAKES)
    watched = set(watching)
    for effect in effects:
        match effect:
            case Send():
                found.add(Access.SENDS)
            case Monitor(node):
                found.add(Access.MONITORS_AGAIN if node in watched else Access.MONITORS)
                watched.add(node)
            case Demonitor(node):
                found.add(Access.DEMONITORS)
                watched.discard(node)
            case Halt():
                found.add(Access.ENDS)
    return frozenset(found)


def who_sleeps(found: frozenset[Access]) -> int:
    """Who may sleep after a step with these accesses: OTHERS or NOBODY. Only after OTHERS may it sleep itself."""
    return OTHERS if found <= COMMUTE else NOBODY


def groups(size: int) -> tuple[int, int, int, int]:
    """The numbers of the first group of each kind among `size` processes: channels, requests, crashes, and within handlers."""
    return 0, size**2, size**2 + size, size**2 + 2 * size


def asleep_after(size: int) -> NDArray[np.uint64]:
    """For NOBODY and OTHERS in turn, of each of `size` processes: the groups that may sleep after a step of it."""
    kinds = product((NOBODY, OTHERS), range(size))
    return np.array([_mask(_after(size, who, node)) for who, node in kinds], np.uint64)


def lulled_by(size: int) -> NDArray[np.uint64]:
    """For steps that are not silent and those that are, of each process: the groups that sleep because of the step itself.

    After a silent step, of which nobody else can notice anything, a crash leads to what it would have led to before.
    """
    crashes = groups(size)[GROUP_CRASHES]
    return np.array([[0] * size, [_mask([crashes + node]) for node in range(size)]], np.uint64).reshape(-1)


def _after(size: int, who: int, node: int) -> list[int]:
    channels, requests, crashes, within = groups(size)
    found: list[int] = []
    for other in range(size):
        if other == node or who == NOBODY:
            continue
        slots = range(other, size**2, size)
        found += [*(channels + slot for slot in slots), requests + other, crashes + other, *(within + slot for slot in slots)]
    return found


def _mask(numbers: Sequence[int]) -> int:
    return sum(1 << number for number in numbers if number < GROUP_BITS)
