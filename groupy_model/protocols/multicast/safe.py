"""safe: abcast that delivers nothing before all members of the view have it.

1. A member that has the next multicast and its ORDER acknowledges to all how many it has so far, without a gap.
2. It delivers a multicast when every member of the view has acknowledged it.
3. A flush that is over at one member is not over at all: a member that has all FLUSHes tells all (READY), and installs the
   view once all have said so. Until then nobody delivers what the old view has left.
4. A member that installs a view tells all (HERE), and nobody multicasts in the view before all have done so. In fbcast, what
   is delivered in a view that only dead processes have installed is gone.

So whatever any process delivers, every member has, with everything that comes before it. The survivors deliver the same in the
same order, in that view or when the next one is installed. That costs one round of messages per multicast and two per view; it
also means that a single slow member delays all.

Promised: what abcast promises, and the uniform properties. What a member that is excluded alive delivers, the others deliver
too.

Source: safe delivery as in Totem and Spread; Birman, GMS lecture ("price we pay to gain higher speed": here it is not paid).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.events import Event
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast
from groupy_check.groupy_model.protocols.multicast.abcast import Abcast, Ordering
from groupy_check.groupy_model.protocols.multicast.gbcast import Here
from groupy_check.groupy_model.protocols.multicast.view_reports import NOBODY, then


@dataclass(frozen=True, slots=True)
class Ack:
    """To each other member: I have the first `count` ordered multicasts of view number `view`."""

    view: int
    count: int

    def __str__(self) -> str:
        return f"ack {self.count} in v{self.view}"


@dataclass(frozen=True, slots=True)
class Ready:
    """To each other member of `view`: I have the FLUSH of everybody."""

    view: View

    def __str__(self) -> str:
        return f"ready for {self.view}"


@dataclass(frozen=True, slots=True)
class Careful(Ordering):
    """`acks`: how many ordered multicasts of the view each member is known to have; `done`: how many are delivered.

    `ready`: the others that have all FLUSHes for the latest view, oldest first; `told`: this member has them and has said so.
    `here`: the others that have the view in force too.
    """

    acks: tuple[int, ...] = ()
    done: int = 0
    ready: tuple[Node, ...] = ()
    told: bool = False
    here: frozenset[Node] = NOBODY

    @property
    def in_hand(self) -> int:
        """How many ordered multicasts of the view this member has, without a gap."""
        gap = next((place for place, label in enumerate(self.orders) if self.found(label) is None), len(self.orders))
        return self.done + gap

    def heard(self, node: Node, count: int) -> Careful:
        """The state once `node` is known to have `count`."""
        members = self.view.members if self.view else ()
        known = self.acks or (0,) * len(members)
        place = members.index(node)
        return replace(self, acks=(*known[:place], count, *known[place + 1 :]))


class Safe(Abcast):
    """Totally ordered multicast, delivered when all members have it."""

    name = "safe"
    claims: ClassVar[tuple[str, ...]] = (*Abcast.claims, "uniform-agreement", "uniform-total-order")
    source = "Totem and Spread"
    member = Careful

    # --- multicasts --------------------------------------------------------------------------------------------------

    def ask(self, state: Any, event: Event) -> Outcome:
        return super().ask(state, event) if state.here == frozenset(state.group.others) else None

    def let_go(self, state: Any) -> Step:
        """Acknowledge what is new, then deliver what all have. A wedged member sends nothing new."""
        me = state.group.me
        step = Step(state)
        if not state.wedged and state.in_hand > self.known(state, me):
            acks = broadcast(Ack(state.number, state.in_hand), state.group.others)
            step = Step(state.heard(me, state.in_hand), acks)
        return then(step, super().let_go)

    def known(self, state: Careful, node: Node) -> int:
        """How many ordered multicasts `node` has acknowledged."""
        return state.acks[state.view.members.index(node)] if state.acks and state.view else 0

    def next_is_there(self, state: Any) -> bool:
        return super().next_is_there(state) and self.stable(state)

    def stable(self, state: Careful) -> bool:
        """Whether every member of the view has acknowledged the next multicast."""
        return bool(state.acks) and min(state.acks) > state.done

    def deliver_next(self, state: Any) -> Step:
        return super().deliver_next(replace(state, done=state.done + 1))

    def take(self, state: Any, view: View) -> Step:
        return super().take(replace(state, acks=(), done=0, here=NOBODY), view)

    # --- the flush ---------------------------------------------------------------------------------------------------

    def flush(self, state: Any) -> Step:
        return super().flush(replace(state, ready=(), told=False))

    def settle(self, state: Any) -> Step:
        step = super().settle(replace(state, ready=(), told=False))
        return replace(step, effects=(*step.effects, *broadcast(Here(state.number), state.group.others)))

    def complete(self, state: Any) -> bool:
        return super().complete(state) and state.told and len(state.ready) == len(state.group.others)

    def advance(self, state: Any) -> Step:
        if state.wedged and not state.told and super().complete(state):
            ready = broadcast(Ready(state.group.latest), state.group.others)
            return then(Step(replace(state, told=True), ready), super().advance)
        return super().advance(state)

    # --- messages ----------------------------------------------------------------------------------------------------

    def receive(self, state: Any, source: Node, message: object) -> Outcome:
        match message:
            case Ack(number, count):
                return self.hear_ack(state, source, number, count)
            case Here(number) if number <= state.number:
                return Step(replace(state, here=state.here | {source}) if number == state.number else state)
            case Ready(view):
                return self.hear_ready(state, source, view)
        return super().receive(state, source, message)

    def hear_ack(self, state: Careful, source: Node, number: int, count: int) -> Outcome:
        if number > state.number:
            return None
        return self.let_go(state.heard(source, count)) if number == state.number else Step(state)

    def hear_ready(self, state: Careful, source: Node, view: View) -> Outcome:
        """As with FLUSH: only READYs for the latest view count, and they are taken in order of age."""
        if not self.counts(state, view):
            return None if self.awaits(state, view) else Step(state)
        if not state.told or state.group.others[len(state.ready) :][:1] != (source,):
            return None
        return self.advance(replace(state, ready=(*state.ready, source)))
