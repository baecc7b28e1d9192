"""Exercise 6: what a slave does with a message of the leader.

The leader sends it again and again until everybody has acknowledged it. Acknowledgements can be lost as well.
"""

from dataclasses import replace

from groupy_model.effects import Send
from groupy_model.gms3 import Msg, outcome
from groupy_model.gms4_ack import Ack, Gms4Ack, behind
from groupy_model.protocol import Step


class Exercise(Gms4Ack):
    """gms4-ack, in which a slave takes and acknowledges the number that it expects, and throws away all others."""

    def accept(self, state, source, message):
        slaves = state.slaves if isinstance(message, Msg) else behind(state.leader, message.processes)
        if message.n != state.n or state.me not in slaves:
            return Step(state)
        after = replace(state, n=message.n + 1, last=message, slaves=slaves)
        return Step(after, (*outcome(message), Send(source, Ack(message.n))))
