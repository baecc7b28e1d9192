"""fbcast-merge with one clause wrong: ways to put two sides together that have not finished with being apart."""

from __future__ import annotations

from typing import Any

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.events import Event, Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome
from groupy_check.groupy_model.protocols.multicast.fbcast_merge import FbcastMerge, Member
from groupy_check.groupy_model.protocols.multicast.fbcast_state import Data


class NoTransfer(FbcastMerge):
    """Only who joins adopts a state: after a merge each side knows what it has delivered itself, and nothing else."""

    name = "fbcast-merge~no-transfer"

    def merged(self, state: Member, mine: tuple[Data, ...]) -> tuple[Data, ...]:
        return mine if state.current else super().merged(state, mine)


class BothInstall(FbcastMerge):
    """Whoever leads a side and hears of the other installs a view of both as soon as its own side has flushed."""

    name = "fbcast-merge~both-install"

    def proposes(self, state: Member, other: Node) -> bool:  # noqa: ARG002 - both do
        return True

    def awaited(self, state: Member) -> frozenset[Node]:
        side = frozenset(state.current.members if state.current else state.latest.members)
        return super().awaited(state) & side if state.latest.members[0] == state.me else super().awaited(state)

    def outranks(self, view: View, other: View) -> bool:
        return view.id > other.id


class NotWedged(FbcastMerge):
    """Who has flushed for a merge still multicasts, in its own old view: others deliver that in the merged one."""

    name = "fbcast-merge~not-wedged"

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Member(), Multicast(payload) if state.current and set(state.current.members) < set(state.latest.members):
                return self.multicast(state, payload)
        return super().step(state, event)
