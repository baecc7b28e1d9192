"""Actions with other names for their processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Lose, Partition, Suspect
from groupy_check.groupy_model.events import Down, Event, Join, Receive
from groupy_check.groupy_model.node import Node

Rename = Callable[[Node], Node | None]  # the new name of a process, None where it has none


def renamed(action: Action, rename: Rename, size: int) -> Action | None:
    """`action` in a group of `size` with other names; None when a process that it is about has none."""
    match action:
        case Handle(process, event):
            node, about = rename(process), _renamed_event(event, rename)
            return replace(action, process=node, event=about) if node and about else None
        case Suspect(process, suspected):
            node, other = rename(process), rename(suspected)
            return replace(action, process=node, node=other) if node and other else None
        case Crash(process):
            node = rename(process)
            return Crash(node) if node else None
        case Lose(source, target) | Duplicate(source, target):
            one, other = rename(source), rename(target)
            return replace(action, source=one, target=other) if one and other else None
        case Partition(side):
            return _renamed_split([node for member in side if (node := rename(member))], size)
    return action


def _renamed_event(event: Event, rename: Rename) -> Event | None:
    match event:
        case Receive(source):
            node = rename(source)
            return replace(event, source=node) if node else None
        case Down(other):
            node = rename(other)
            return Down(node) if node else None
        case Join(contact):
            # Any process can be asked.
            return Join(rename(contact) or Node(1))
    return event


def _renamed_split(side: Sequence[Node], size: int) -> Partition | None:
    """The split of `size` processes into `side` and the rest, named by p1's side as always; None when one is empty."""
    first = Node(1) in side
    members = tuple(node for node in map(Node, range(1, size + 1)) if (node in side) is first)
    return Partition(members) if len(members) < size else None
