"""How properties read logs: who is correct, and what a process delivered in which view.

Delivered or adopted. A process HAS HAD a payload when its application has been through it: it was delivered, or it is part of a
state that the application adopted, before its first view or in one. What is said of deliveries in general is said of that;
where only deliveries are meant, in which view something was delivered for example, the property says so.

Recovery. A process that crashes and comes back is correct if it stays up in the end, as the textbook has it (Cachin, Guerraoui,
Rodrigues, section 2.2.5). What binds the correct ones (validity, agreement) binds it as a whole, and so do the numbers of its
views; a view in force, an order of deliveries, a state are things of one incarnation, since the next one knows nothing of them.
reports/assumptions.md says it of each property.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import wraps

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import (
    Adopted,
    Delivered,
    History,
    Installed,
    Life,
    Observation,
    Recovered,
    Status,
)
from groupy_check.groupy_model.payloads import Colour
from groupy_check.groupy_model.verdict import Witness

Predicate = Callable[[History], Witness | None]


def eventually(judge: Predicate) -> Predicate:
    """`judge`, which complains about what is missing, made to wait: before the run is at rest it finds nothing."""

    @wraps(judge)
    def at_rest(history: History) -> Witness | None:
        return judge(history) if history.at_rest else None

    return at_rest


def correct(history: History) -> list[Life]:
    """The processes that have neither crashed nor left, in order of names; who ended itself counts, unless it was cast out.

    One that has come back counts, with its whole life.
    """
    return [life for life in history.lives if life.correct and not cast_out(history, life)]


def running(history: History) -> list[Life]:
    """The current incarnations of the processes that are correct."""
    return [life.current for life in correct(history)]


def cast_out(history: History, life: Life) -> bool:
    """Whether the process ended itself, and somebody has gone on to a later view without it: as good as crashed.

    A service in which the majority goes on without those that it has cut off tells these to end (Birman: "excluded processes
    must be shut down"). Whether they had already ended by then is judged in the state where they end, see `termination`.
    """
    if life.status is not Status.HALTED or not life.views:
        return False
    last = life.views[-1].id
    return any(view.id > last and life.node not in view.members for other in history.lives for view in other.views)


def is_member(life: Life) -> bool:
    """Whether the process has installed a view."""
    return bool(life.views)


def placed(life: Life) -> Iterator[tuple[Observation, View | None]]:
    """Each entry of the log with the view in force just before it (None: no view installed yet by this incarnation)."""
    current: View | None = None
    for entry in life.log:
        yield entry, current
        if isinstance(entry, Installed):  # of each entry of each log in each state: faster than `match`
            current = entry.view
        elif isinstance(entry, Recovered):
            current = None


def deliveries(life: Life) -> list[tuple[Hashable, View | None]]:
    """The payloads in the order of delivery, each with the view in which it was delivered."""
    return [(entry.payload, view) for entry, view in placed(life) if isinstance(entry, Delivered)]


def first_deliveries(life: Life) -> dict[Hashable, View | None]:
    """The view in which the process delivered each payload, for the first time."""
    found: dict[Hashable, View | None] = {}
    for payload, view in deliveries(life):
        found.setdefault(payload, view)
    return found


def gained(entry: Observation) -> tuple[Hashable, ...]:
    """The payloads that the application has been through by `entry`: one delivered, or those of a state adopted."""
    match entry:
        case Delivered(payload):
            return (payload,)
        case Adopted(payloads):
            return payloads
    return ()


def came_by(life: Life, *payloads: Hashable) -> str:
    """The word for how the process has had all of `payloads`."""
    delivered = [payload in life.delivered for payload in payloads]
    return "delivered" if all(delivered) else "had" if any(delivered) else "adopted"


def split_at(life: Life, view: View) -> tuple[tuple[Observation, ...], tuple[Observation, ...]]:
    """The log before the first installation of `view`, which the process has installed, and from there on."""
    place = life.log.index(Installed(view))
    return life.log[:place], life.log[place:]


def once(payloads: Sequence[Hashable]) -> tuple[Hashable, ...]:
    """`payloads` without repetitions, in order of first occurrence."""
    return tuple(dict.fromkeys(payloads))


def paint(colour: Colour) -> str:
    """`colour` as it is written in payloads: `0.0.21`."""
    return ".".join(map(str, colour))
