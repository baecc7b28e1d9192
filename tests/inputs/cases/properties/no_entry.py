"""gms3-fixed that lets nobody in once there are three members, and whose joiners have no timer.

ANSWER: who asks is told nothing (none); is put into a view but not told itself (view); or is told no, and ends (no).
"""

import os
from dataclasses import dataclass

from groupy_check import Gms3Fixed, Halt, Join, Receive, Send, Step, gms1, gms3

ANSWER = os.environ.get("ANSWER", "none")


@dataclass(frozen=True)
class No:
    pass


class NoEntry(Gms3Fixed):
    def step(self, state, event):
        match state, event:
            case gms3.Leader(group=group), Receive(_, gms1.JoinAsked(node)) if len(group) >= 3:
                return Step(state, (Send(node, No()),) if ANSWER == "no" else ())
            case gms1.Joining(), Receive(_, No()):
                return Step(state, (Halt("the group is closed"),))
        step = super().step(state, event)
        if (
            ANSWER == "view"
            and isinstance(event, Receive)
            and isinstance(event.message, gms1.JoinAsked)
            and len(state.group) == 2
        ):
            effects = tuple(
                effect for effect in step.effects if not (isinstance(effect, Send) and effect.to == event.message.node)
            )
            return Step(step.state, effects)
        return step

    def idle(self, state, event):
        match event:
            case Join(contact):
                return Step(gms1.Joining(state.me), (Send(contact, gms1.JoinAsked(state.me)),))
        return super().idle(state, event)
