"""What owners send one another. Each message names a piece by its place in the level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Hashes:
    """The successors of a piece that the receiver owns, in order: their hashes; where edges are wanted their `origins` too."""

    piece: int
    sender: int
    hashes: Array
    origins: Array


@dataclass(frozen=True, slots=True)
class Fresh:
    """The answer to Hashes: for each a bit, whether it is new."""

    piece: int
    owner: int
    bits: Array


@dataclass(frozen=True, slots=True)
class Ranks:
    """Of the new successors of a piece that the receiver owns, the places among all new ones of the piece."""

    piece: int
    ranks: Array


@dataclass(frozen=True, slots=True)
class Rows:
    """The states of a piece that the receiver is to expand."""

    piece: int
    rows: Array
    hashes: Array
    asleep: Array


@dataclass(frozen=True, slots=True)
class LeaveLevel:
    """The level is to be left as it is."""


Message: TypeAlias = Hashes | Fresh | Ranks | Rows | LeaveLevel
