"""Process names: an `int` that prints as p1, p2, ... so that it reads the same in traces, states and messages."""

from __future__ import annotations


class Node(int):
    """The identity of one process, numbered from 1 in order of age in a formed group. Equal to, and hashed as, its number."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"p{int(self)}"

    __str__ = __repr__
