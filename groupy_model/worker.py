"""The colour worker: the application above every group process (assignment "Groupy", modules worker and gui).

A delivered change n turns (r,g,b) into (g,b,(r+n) mod 256), so workers that deliver different sequences show different colours.
A joining worker asks for the state through the group itself: it discards everything until its own request is delivered to it,
then keeps what is delivered until the first answer, adopts that answer and applies what it kept. Because all of this travels
through the group, the state transfer is only as good as the group's total order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change, Colour, Payload, SetState, StateRequest


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker. `colour` is None while it waits for the state; `kept` are the changes delivered since its own request."""

    me: Node
    colour: Colour | None
    requested: bool = False
    kept: tuple[Change, ...] | None = None

    @property
    def synchronised(self) -> bool:
        """Whether the worker shows a colour."""
        return self.colour is not None


def first_worker(me: Node) -> Worker:
    """The worker of a process that founds the group: it shows black."""
    return Worker(me, (0, 0, 0))


def joining_worker(me: Node) -> Worker:
    """The worker of a process that joins: it has no colour until somebody answers its request."""
    return Worker(me, None)


def recolour(colour: Colour, change: Change) -> Colour:
    """The colour after `change`: (r,g,b) becomes (g,b,(r+n) mod 256)."""
    red, green, blue = colour
    return green, blue, (red + change.amount) % 256


def on_view(worker: Worker) -> tuple[Worker, tuple[Payload, ...]]:
    """The group has reported a view: a worker without a colour asks for one, once. Returns (worker, what it multicasts)."""
    if worker.synchronised or worker.requested:
        return worker, ()
    return replace(worker, requested=True), (StateRequest(worker.me),)


def on_adoption(worker: Worker, payloads: tuple[object, ...]) -> Worker:
    """The worker once the protocol itself has transferred the state: black, changed by `payloads`. It asks nobody for one."""
    colour: Colour = (0, 0, 0)
    for payload in payloads:
        colour = recolour(colour, payload) if isinstance(payload, Change) else colour
    return Worker(worker.me, colour)


def on_delivery(worker: Worker, payload: object) -> tuple[Worker, tuple[Payload, ...]]:
    """The group delivers `payload`. Returns (worker, what it multicasts in answer)."""
    match payload:
        case Change() if worker.colour is not None:
            return Worker(worker.me, recolour(worker.colour, payload), worker.requested, worker.kept), ()
        case Change() if worker.kept is not None:
            return replace(worker, kept=(*worker.kept, payload)), ()
        case StateRequest(joiner) if joiner == worker.me and worker.colour is None:
            return replace(worker, kept=()), ()
        case StateRequest(joiner) if worker.colour is not None:
            return worker, (SetState(worker.me, joiner, worker.colour),)
        case SetState(_, joiner, colour) if joiner == worker.me and worker.kept is not None:
            for change in worker.kept:
                colour = recolour(colour, change)
            return Worker(worker.me, colour, requested=True), ()
        case _:
            return worker, ()
