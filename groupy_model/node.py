"""Process names: an `int` that prints as p1, p2, ... so that it reads the same in traces, states and messages."""

from __future__ import annotations


class Node(int):
    """The identity of one process, numbered from 1 in order of age in a formed group. Equal to, and hashed as, its number."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"p{int(self)}"

    __str__ = __repr__


def named(number: int) -> int:
    """The process with this number, where it is one and no more."""
    return Node(number) if type(number) is int else number


class NamedNode(Node):
    """A process of a real system: a number like any other, but it is written as `name`, as it is called there."""

    name: str

    def __new__(cls, number: int, name: str) -> NamedNode:
        """The process `number`, which is called `name`."""
        made = super().__new__(cls, number)
        made.name = name
        return made

    def __repr__(self) -> str:
        return self.name

    __str__ = __repr__
