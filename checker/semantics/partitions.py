"""Every way in which the network can split, each once: `PartitionKind` says which kinds there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from groupy_check.checker.errors import TooLargeError
from groupy_check.groupy_model.actions import Partition
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.scenario import PartitionKind, Scenario

MOST_PARTED = 10  # processes, which a multiway partition can part in 115,463 ways


def partitions(kind: PartitionKind, nodes: Sequence[Node]) -> Iterator[Partition]:
    """The partitions of `kind`, in an order that depends on nothing else."""
    match kind:
        case PartitionKind.COMPLETE:
            # Named by p1's side, so that none is tried twice.
            first, *others = nodes
            yield from (Partition((first, *rest)) for count in range(len(others)) for rest in combinations(others, count))
        case PartitionKind.SIMPLEX:
            sides = (side for count in range(1, len(nodes)) for side in combinations(nodes, count))
            yield from (Partition(side, kind=kind) for side in sides)
        case PartitionKind.PARTIAL:
            pairs = (pair for sides in _divided(nodes, 3) for pair in combinations(sides, 2))
            yield from (Partition(one, (other,), kind) for one, other in pairs)
        case PartitionKind.MULTIWAY:
            divided = (sides for count in range(3, len(nodes) + 1) for sides in _divided(nodes, count))
            yield from (Partition(side, tuple(others), kind) for side, *others in divided)


def is_named(partition: Partition, nodes: Sequence[Node]) -> bool:
    """Whether it is one of the partitions of its kind, by the one name that it has."""
    named = (partition.side, *partition.others)
    members = [node for side in named for node in side]
    if len({*members}) < len(members) or not {*members} <= {*nodes} or not all(named):
        return False
    if any(list(side) != sorted(side) for side in named) or list(named) != sorted(named):
        return False
    match partition.kind:
        case PartitionKind.COMPLETE:
            return len(named) == 1 and nodes[0] in members and len(members) < len(nodes)
        case PartitionKind.SIMPLEX:
            return len(named) == 1 and len(members) < len(nodes)
        case PartitionKind.PARTIAL:
            return len(named) == 2 and len(members) < len(nodes)
        case PartitionKind.MULTIWAY:
            return len(named) >= 3 and len(members) == len(nodes)


def refuse_too_many(scenario: Scenario) -> None:
    """Raise TooLargeError where the ways to split cannot be listed in each state."""
    if scenario.partitions and scenario.partition_kind is not PartitionKind.COMPLETE and scenario.size > MOST_PARTED:
        kind = scenario.partition_kind.value
        raise TooLargeError(
            f"a {kind} partition can part {scenario.size} processes in too many ways; take at most {MOST_PARTED}, "
            "or --partition-kind complete"
        )


def _divided(nodes: Sequence[Node], count: int) -> Iterator[tuple[tuple[Node, ...], ...]]:
    """Every division of `nodes` into `count` sides that are not empty, each in order, in the order of their first members."""
    if count == 0 or len(nodes) < count:
        if not nodes and count == 0:
            yield ()
        return
    *before, last = nodes
    for sides in _divided(before, count - 1):
        yield (*sides, (last,))
    for sides in _divided(before, count):
        for place, side in enumerate(sides):
            yield (*sides[:place], (*side, last), *sides[place + 1 :])
