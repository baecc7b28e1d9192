"""gms3-fixed: gms3, mended so that nobody becomes deaf when processes join and leaders crash.

It promises what gms3 promises, view-agreement excepted, also where processes join and several crash, as long as the detector is
perfect, channels are FIFO and nothing is lost. Three changes, each of which the checker shows to be needed:

1. A view is a numbered message like any other: taken when its number is the expected one, dropped when lower, kept when higher,
   whatever leader it names. gms3 demands the leader that the slave follows at the moment, so one that has turned to the new
   leader never takes the view that this leader repeats for the old one (the orphan view), and is deaf from then on.
2. Taking a view does not turn a slave back. The view that p2 repeats names p1; a slave that follows p2 already goes on
   following p2, with what stands behind p2 in the new list. Turned back to p1, of whose end it has heard, it would wait for
   ever (progress fails with two crashes, after 4 steps). Only a view without the leader that it follows turns it, to the one
   that the view names, whom it then monitors: if that one has ended too, the notice comes at once.
3. A joiner enters only by the view that lets it in (`Welcome`), which a new leader repeats as such. Channels of two senders
   keep no order between them, so the view in which p2 announces itself may overtake the one in which the dead p1 let the joiner
   in. The joiner would then drop the messages between the two, which all others deliver as members of one view with it
   (agreement fails with one join, one crash and one multicast, after 9 steps).

What fails, and why:
- validity, and fifo with it: a multicast forwarded to a dying leader is lost. If it is the request of a joiner's worker, that
  worker never gets a colour (synchrony with one join and one crash, after 7 steps).
- uniform-agreement and view-agreement: what only dead processes have taken binds nobody. p1 lets p4 in, sends the view to p2
  alone and crashes; p2 installs it and crashes; p3 has never seen it and announces another view under the same number (one join
  and two crashes, after 6 steps; gms3 has the same run). gms3-relay mends that.
- completeness: dead slaves stay in the views. member-removal mends that.
- nearly everything under loss or false suspicion, as in gms3.

Source: assignment "Groupy", third implementation; the changes answer the shortest runs that the checker found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from groupy_model.effects import Effect, Monitor
from groupy_model.events import Event, Receive
from groupy_model.gms1 import Joining
from groupy_model.gms3 import Gms3, Leader, Slave, ViewMsg, installed
from groupy_model.node import Node
from groupy_model.protocol import USUAL_CLAIMS, Outcome, Step, broadcast
from groupy_model.show import show


@dataclass(frozen=True, slots=True)
class Welcome(ViewMsg):
    """A view that lets its youngest process in."""

    def __str__(self) -> str:
        return f"welcome {self.n}: {show(self.processes)}"


class Gms3Fixed(Gms3):
    """gms3, in which a view is a numbered message like any other, and a joiner enters by the view that lets it in."""

    name = "gms3-fixed"
    # A view that only dead processes have installed binds nobody, and its number is given away again.
    claims: ClassVar[tuple[str, ...]] = tuple(name for name in USUAL_CLAIMS if name != "view-agreement")
    source = 'assignment "Groupy", third implementation, mended'

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
        return Step(Leader(leader.me, leader.n + 1, slaves, group), (*broadcast(view, slaves), installed(leader.n, group)))

    def on_view(self, slave: Slave, view: ViewMsg) -> Outcome:
        if view.n < slave.n:
            return Step(slave)
        if view.n > slave.n:
            return None
        follows = slave.leader in view.processes
        first = view.processes.index(slave.leader) if follows else 0
        leader, *slaves = view.processes[first:]
        turn: tuple[Effect, ...] = () if follows else (Monitor(leader),)
        after = Slave(slave.me, leader, view.n + 1, view, tuple(slaves), view.group[first:])
        return Step(after, (*turn, installed(view.n, view.group)))
