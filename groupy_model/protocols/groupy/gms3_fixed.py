"""gms3-fixed: gms3, repaired so that no process goes deaf when processes join and leaders crash.

It promises what gms3 promises, except view-agreement and synchrony, even if processes join and several crash, as long as the
detector is perfect, channels are FIFO and no message is lost. It makes three changes; the checker shows that each is needed:

1. A view is a numbered message like any other: taken when its number is the expected one, whatever leader it names. gms3
   demands the leader that the slave currently follows, so a slave that has turned to the new leader never accepts the view
   that this leader repeats for the old one (the orphan view), and is deaf from then on.
2. A slave follows the leader that the view names, and monitors it if it followed another one before. If it kept its leader, it
   would take over from p2 on learning of p1's crash (accuracy fails with one crash, after 4 steps). The view that p2 repeats
   names p1, whose crash a slave that follows p2 has already detected: it turns back to p1, is notified again at once, and
   turns to p2 a second time. Without the monitor it would wait forever (progress fails with two crashes, after 3 steps).
3. A joiner enters only by the view that admits it (`Welcome`), and a new leader repeats that view as a Welcome. Messages from
   two senders may arrive in either order, so the view in which p2 announces itself may overtake the one in which the dead p1
   admitted the joiner. The joiner would then drop the messages between the two, which all others deliver as members of one
   view with it (agreement fails with one join, one crash and one multicast, after 8 steps).

What fails, and why:
- validity, and with it fifo: a multicast forwarded to a dying leader is lost. If that is the request of a joiner's worker, the
  worker never gets a colour, so synchrony is not promised: it holds if nobody joins, and fails with one join and one crash
  after 7 steps.
- uniform-agreement and view-agreement: nobody is bound by what only dead processes have accepted. p1 admits p4, sends the view
  to p2 alone and crashes; p2 installs it and crashes; p3 has never seen it and announces another view under the same number
  (one join and two crashes, after 6 steps; gms3 has the same run). gms3-relay repairs that.
- completeness: dead slaves stay in the views. member-removal repairs that.
- nearly everything under message loss or false suspicion, as in gms3.

Source: assignment "Groupy", third implementation; the changes answer the shortest counterexamples that the checker found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from groupy_check.groupy_model.effects import Monitor
from groupy_check.groupy_model.events import Event, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast, usual_claims_but
from groupy_check.groupy_model.protocols.groupy.gms1 import Joining
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3, Leader, Slave, ViewMsg, installed
from groupy_check.groupy_model.show import show


@dataclass(frozen=True, slots=True)
class Welcome(ViewMsg):
    """A view that lets its youngest process in."""

    def __str__(self) -> str:
        return f"welcome v{self.n} {show(self.processes)}"


class Gms3Fixed(Gms3):
    """gms3, in which a view is a numbered message like any other, and a joiner enters only by the view that admits it."""

    name = "gms3-fixed"
    # A view that only dead processes have installed binds nobody, so its number is used again. The request of a joiner's worker
    # for its colour may die with a leader.
    claims: ClassVar[tuple[str, ...]] = usual_claims_but("view-agreement", "synchrony")
    source = 'assignment "Groupy", third implementation, repaired'

    def joining(self, state: Joining, event: Event) -> Outcome:
        match event:
            case Receive(_, ViewMsg() as view) if not self.lets_in(view, state.me):
                return None
        return super().joining(state, event)

    def lets_in(self, view: ViewMsg, node: Node) -> bool:
        return isinstance(view, Welcome) and view.processes[-1] == node

    def admit(self, leader: Leader, node: Node) -> Step:
        slaves, group = (*leader.slaves, node), (*leader.group, node)
        view = Welcome(leader.n, (leader.me, *slaves), group)
        after = Leader(leader.me, leader.n + 1, slaves, group)
        return Step(after, (*broadcast(view, slaves), installed(leader.n, group)))

    def on_view(self, slave: Slave, view: ViewMsg) -> Outcome:
        leader, *slaves = view.processes
        if view.n != slave.n:
            return None
        turn = () if leader == slave.leader else (Monitor(leader),)
        after = replace(slave, leader=leader, n=view.n + 1, last=view, slaves=tuple(slaves), group=view.group)
        return Step(after, (*turn, installed(view.n, view.group)))
