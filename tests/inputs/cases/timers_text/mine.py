"""gms2 with a timer whose name has a line break (say, a message as its name)."""

from dataclasses import replace

from groupy_check.groupy_model.effects import Halt, SetTimer
from groupy_check.groupy_model.events import Timeout
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2

NAME = "resend\nto p2"


class Timers(Gms2):
    def election(self, slave):
        step = super().election(slave)
        return replace(step, effects=(*step.effects, SetTimer(NAME)))

    def step(self, state, event):
        if event == Timeout(NAME):
            return Step(state, (Halt("gave\nup"),))
        return super().step(state, event)
