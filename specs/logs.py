"""How the properties read logs: what was delivered in which view, who moved from which view to which."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import Delivered, History, Installed, Life, Observation
from groupy_check.groupy_model.payloads import Colour
from groupy_check.groupy_model.verdict import Witness

Judge = Callable[[History], Witness | None]


def eventually(judge: Judge) -> Judge:
    """`judge`, which speaks of what is missing, as a judge that finds nothing as long as something may still come."""

    @wraps(judge)
    def at_rest(history: History) -> Witness | None:
        return judge(history) if history.at_rest else None

    return at_rest


def correct(history: History) -> list[Life]:
    """The processes that have neither crashed nor left, lowest first."""
    return [life for life in history.lives if life.correct]


def is_member(life: Life) -> bool:
    """The process has installed a view."""
    return any(isinstance(entry, Installed) for entry in life.log)


def placed(life: Life) -> Iterator[tuple[Observation, View | None]]:
    """Each entry of the log with the view that was the process's current one just before it (None: it had none yet)."""
    current: View | None = None
    for entry in life.log:
        yield entry, current
        if isinstance(entry, Installed):
            current = entry.view


def deliveries(life: Life) -> list[tuple[Hashable, View | None]]:
    """The payloads in the order of delivery, each with the view in which it was delivered."""
    return [(entry.payload, view) for entry, view in placed(life) if isinstance(entry, Delivered)]


def delivered_since(life: Life, view: View) -> tuple[Hashable, ...]:
    """The payloads delivered after `view`, which the process has installed, was installed for the first time."""
    log = life.log[life.log.index(Installed(view)) :]
    return tuple(entry.payload for entry in log if isinstance(entry, Delivered))


@dataclass(frozen=True, slots=True)
class Move:
    """A process went from view `older` straight to `newer`; `delivered` is what it delivered in between."""

    older: View
    newer: View
    delivered: tuple[Hashable, ...]


def moves(life: Life) -> list[Move]:
    """The process's changes of view, in order."""
    found: list[Move] = []
    delivered: list[Hashable] = []
    for entry, current in placed(life):
        match entry:
            case Delivered(payload):
                delivered.append(payload)
            case Installed(view):
                if current is not None:
                    found.append(Move(current, view, tuple(delivered)))
                delivered = []
    return found


def once(payloads: Sequence[Hashable]) -> tuple[Hashable, ...]:
    """`payloads` without repetitions, each where it stood first."""
    return tuple(dict.fromkeys(payloads))


def paint(colour: Colour) -> str:
    """`colour` as payloads write it: `0.0.21`."""
    return ".".join(map(str, colour))
