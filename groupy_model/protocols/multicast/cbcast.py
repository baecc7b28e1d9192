"""cbcast: fbcast in which a multicast waits for everything that it may depend on.

A multicast carries a vector time: how many multicasts of each member its sender had delivered in the view, itself included. It
is delivered when it is its sender's next and the receiver has delivered as many from each other member. A member delivers its
own multicasts when it sends them, so nobody waits for anybody to send.

The clock of fbcast, which counts the deliveries per sender, is this vector. It starts from zero in each view: the flush has
brought all members to the same point, and a joiner has seen nothing of what came before. What the flush leaves undelivered
depends on a message that is lost with all that had it; all members forget it alike.

Promised: what fbcast promises, and causal order. Not promised: any order between concurrent multicasts, and, as in fbcast, the
uniform properties.

Source: Birman, GMS lecture ("richer ordering properties"); Birman, Schiper, Stephenson (1991), "Lightweight causal and atomic
group multicast".
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

from groupy_check.groupy_model.protocols.multicast.fbcast import Fbcast
from groupy_check.groupy_model.protocols.multicast.fbcast_state import Data, Member


@dataclass(frozen=True, slots=True)
class VectorTime:
    """How many multicasts of each member of the view, oldest first, the sender had delivered, including this one."""

    counts: tuple[int, ...]

    def __str__(self) -> str:
        return f"vt {'.'.join(map(str, self.counts))}"


class Cbcast(Fbcast):
    """Causal multicast with virtual synchrony."""

    name = "cbcast"
    claims: ClassVar[tuple[str, ...]] = (*Fbcast.claims, "causal")
    source = "Birman, GMS lecture; Birman, Schiper, Stephenson (1991)"

    def stamp(self, state: Member) -> Hashable:
        assert state.view is not None
        return VectorTime(state.counted(state.group.me).clock)

    def deliverable(self, state: Member, data: Data) -> bool:
        return super().deliverable(state, data) and self.seen(state, data)

    def seen(self, state: Member, data: Data) -> bool:
        """Whether everything that the sender of `data` had delivered from others is delivered here."""
        assert isinstance(data.stamp, VectorTime)
        ours = state.counted(data.label.sender).clock
        return all(there <= here for there, here in zip(data.stamp.counts, ours, strict=True))
