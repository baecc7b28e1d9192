"""What changes the network of a live run, each for all nodes at one point of the run: its epochs.

The changes are numbered from 1, and every node applies all of them in this order, between two of its handlers. A message
carries the epoch in which it was sent, and waits with its receiver until that has reached the same epoch. So no step that comes
before a change at one node depends on a step that comes after it at another: each change is a consistent cut (Chandy and
Lamport, "Distributed snapshots", ACM TOCS 3(1), 1985), and in the reference semantics one action at one place of the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from groupy_check.groupy_model.node import Node


@dataclass(frozen=True, slots=True)
class Joined:
    """The process `node` has been started, to join the group through `contact`."""

    node: Node
    contact: Node


@dataclass(frozen=True, slots=True)
class Gone:
    """The process `node` has ended; the operating system has said so."""

    node: Node


@dataclass(frozen=True, slots=True)
class Restarted:
    """The process `node`, which had crashed, has been started again. `sent`: the last step and effect of its former
    incarnation, as in an `Envelope`, that others or its stable storage tell of, though its log may not.
    """

    node: Node
    sent: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class LinkCut:
    """The link between the two processes is cut: what is under way is lost, and either takes the other for dead."""

    one: Node
    other: Node


@dataclass(frozen=True, slots=True)
class Parted:
    """The network is split into `side`, which begins with p1, and the rest."""

    side: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """The network is whole again."""


NetworkChange = Joined | Gone | Restarted | LinkCut | Parted | Mended


def change_to_json(change: NetworkChange) -> dict[str, Any]:
    """`change` as JSON."""
    match change:
        case Joined(node, contact):
            return {"change": "joined", "node": int(node), "contact": int(contact)}
        case Gone(node):
            return {"change": "gone", "node": int(node)}
        case Restarted(node, sent):
            return {"change": "restarted", "node": int(node), "sent": list(sent)}
        case LinkCut(one, other):
            return {"change": "cut", "link": [int(one), int(other)]}
        case Parted(side):
            return {"change": "parted", "side": list(map(int, side))}
        case Mended():
            return {"change": "mended"}


def change_of_json(data: dict[str, Any]) -> NetworkChange:
    """The change that `data` describes. Raises ValueError."""
    match data:
        case {"change": "joined", "node": int(node), "contact": int(contact)}:
            return Joined(Node(node), Node(contact))
        case {"change": "gone", "node": int(node)}:
            return Gone(Node(node))
        case {"change": "restarted", "node": int(node), "sent": [int(step), int(effect)]}:
            return Restarted(Node(node), (step, effect))
        case {"change": "cut", "link": [int(one), int(other)]}:
            return LinkCut(Node(one), Node(other))
        case {"change": "parted", "side": [*side]} if all(isinstance(node, int) for node in side):
            return Parted(tuple(map(Node, side)))
        case {"change": "mended"}:
            return Mended()
    raise ValueError("no change of the network")
