"""Actions with other names for their processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Lose, Partition, Suspect
from groupy_check.groupy_model.events import Down, Event, Join, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.scenario import PartitionKind

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
        case Partition():
            return _renamed_partition(action, rename, size)
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


def _renamed_partition(partition: Partition, rename: Rename, size: int) -> Partition | None:
    """The partition of `size` processes with these sides; None when one of them, or the rest, would be empty."""
    everybody = tuple(map(Node, range(1, size + 1)))
    named = [frozenset(node for member in side if (node := rename(member))) for side in (partition.side, *partition.others)]
    if partition.kind is PartitionKind.COMPLETE and everybody[0] not in named[0]:  # it is named by p1's side
        named = [frozenset(everybody) - named[0]]
    sides = sorted(tuple(sorted(side)) for side in named)
    found = replace(partition, side=sides[0], others=tuple(sides[1:]))
    return found if all(sides) and _is_whole(found, size) else None


def _is_whole(partition: Partition, size: int) -> bool:
    """Whether there is a rest, or none, as the kind of `partition` demands."""
    rest = size - len(partition.side) - sum(map(len, partition.others))
    return rest == 0 if partition.kind is PartitionKind.MULTIWAY else rest > 0
