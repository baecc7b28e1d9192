"""Solution 6: what was taken before is acknowledged once more, for the first acknowledgement may be lost."""

from dataclasses import replace

from groupy_model.effects import Send
from groupy_model.gms3 import Msg, outcome
from groupy_model.gms4_ack import Ack, Gms4Ack, behind
from groupy_model.protocol import Step


class Exercise(Gms4Ack):
    """gms4-ack, in which a slave acknowledges whatever it has, taken now or before."""

    def accept(self, state, source, message):
        if message.n < state.n:
            return Step(state, (Send(source, Ack(message.n)),))
        slaves = state.slaves if isinstance(message, Msg) else behind(state.leader, message.processes)
        if message.n > state.n or state.me not in slaves:
            return Step(state)
        after = replace(state, n=message.n + 1, last=message, slaves=slaves)
        return Step(after, (*outcome(message), Send(source, Ack(message.n))))
