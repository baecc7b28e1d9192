"""What follows from random numbers: every value is tried, and what comes to the same is one outcome.

A number that nobody looks at, because it only seeds a generator, is not tried at all. Two uses of chance are faults of the
environment in the model, and left to it: a process that ends at once (a crash) and a message that is not sent or not looked at
(a loss). Else they would happen without being paid for by the budget of the scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, NoReturn

from groupy_check.checker.erlang.machine.processes import Made, Output, Posted, SiteState, Stopped
from groupy_check.checker.erlang.machine.site import Site

Settle = Callable[[Site], None]


class Inspected(Exception):  # noqa: N818 - this is how the question is answered
    """Somebody has looked at a number that was drawn."""


class Unseen(int):
    """A number that nobody may look at. It is an integer, and that is all that can be known of it."""

    def _look(self, *_: object) -> NoReturn:
        raise Inspected

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _look
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = __pos__ = __abs__ = _look
    __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __truediv__ = __rtruediv__ = _look
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _look
    __invert__ = __int__ = __index__ = __float__ = __bool__ = __str__ = __repr__ = __format__ = _look


def settled(site: Site, settle: Settle) -> list[Site]:
    """`site` after `settle`, once for each outcome of the random numbers that are drawn until then."""
    found = dict[Hashable, Site]()
    for outcome in _settled(site, settle):
        found.setdefault(_summary(outcome), outcome)
    return list(found.values())


def _settled(site: Site, settle: Settle) -> Iterator[Site]:
    settle(site)
    if site.drawing is None:
        yield site
        return
    unseen = _unseen(site, settle)
    if unseen is not None:
        yield from unseen
        return
    tried = set[Hashable]()
    for option in site.drawing[1]:
        after = site.copy()
        after.decide(option)
        summary = _summary(after)
        if summary not in tried:
            tried.add(summary)
            yield from _settled(after, settle)


def _unseen(site: Site, settle: Settle) -> list[Site] | None:
    """The outcomes if nobody looks at the number; None if somebody does."""
    assert site.drawing is not None
    if not isinstance(site.drawing[1][0], int):
        return None
    after = site.copy()
    try:
        after.decide(Unseen())
        return settled(after, settle)
    except Exception:  # noqa: BLE001 - whatever goes wrong with it: then the numbers themselves are tried
        return None


def _summary(site: Site) -> Hashable:
    return site.state(), tuple(site.outputs), site.drawing, tuple(site.results.items())


def without_faults(outcomes: Sequence[Site], main: int, before: SiteState | None) -> list[Site]:
    """`outcomes` without those that chance has made a crash or a loss of, as long as there are others.

    `before` is the state in which a message from another node was taken; None if none was.
    """
    kept = [site for site in outcomes if not _ends_at_once(site, main)] or list(outcomes)
    kept = [site for site in kept if not (site.drawn_at is not None and _ignores(site, before))] or kept
    return [site for site in kept if not any(_loses(site, other) for other in kept)]


def _ends_at_once(site: Site, main: int) -> bool:
    if site.drawn_at is None or main in site.procs:
        return False
    return all(isinstance(output, Made | Stopped) for output in site.outputs[site.drawn_at :])


def _ignores(site: Site, before: SiteState | None) -> bool:
    return site.state() == before and not _visible(site)


def _loses(site: Site, other: Site) -> bool:
    """Whether `site` has done the same as `other`, but for some messages to other nodes."""
    if site is other or site.drawn_at is None or site.state() != other.state():
        return False
    less, more = _visible(site), iter(_visible(other))
    missing = len(_visible(other)) - len(less)
    sends = sum(map(_leaves, _visible(other))) - sum(map(_leaves, less))
    return missing > 0 and missing == sends and all(any(output == wanted for output in more) for wanted in less)


def _leaves(output: Output) -> bool:
    return isinstance(output, Posted) and output.to.node != output.source


def _visible(site: Site) -> list[Any]:
    found: list[Output] = [output for output in site.outputs if not isinstance(output, Made)]
    return found
