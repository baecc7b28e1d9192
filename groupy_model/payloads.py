"""What applications multicast: the payloads of the colour worker (assignment "Groupy"). `origin` makes each unique."""

from __future__ import annotations

from dataclasses import dataclass

from groupy_check.groupy_model.node import Node

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Change:
    """The `seq`-th change of colour that `origin` asks for; written a1, a2, ... for p1, b1, b2, ... for p2, and so on."""

    origin: Node
    seq: int

    @property
    def amount(self) -> int:
        """The number that the change adds to the colour; it differs between changes, so that their order shows."""
        return 20 * self.origin + self.seq

    def __str__(self) -> str:
        return f"{chr(96 + self.origin)}{self.seq}" if self.origin <= 26 else f"{self.origin!r}.{self.seq}"


@dataclass(frozen=True, slots=True)
class StateRequest:
    """`origin` has joined and asks the group for the current colour."""

    origin: Node

    def __str__(self) -> str:
        return f"state_request({self.origin})"


@dataclass(frozen=True, slots=True)
class SetState:
    """`origin` answers `joiner` with the colour that it showed when the request of `joiner` was delivered to it."""

    origin: Node
    joiner: Node
    colour: Colour

    def __str__(self) -> str:
        return f"state({self.joiner},{self.colour[0]}.{self.colour[1]}.{self.colour[2]}) by {self.origin}"


@dataclass(frozen=True, slots=True)
class Gap:
    """So many entries of a log that a picture leaves out."""

    count: int
    what: str

    def __str__(self) -> str:
        return f"... {self.count:,} {self.what} ..."


Payload = Change | StateRequest | SetState
