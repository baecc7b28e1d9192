"""Exercise 6: what a slave does with a message from the leader.

The leader sends it again and again until everyone has acknowledged it. Acknowledgements can be lost, too.
"""

from dataclasses import replace

from groupy_check import Gms4Ack, Send, Step, gms3, gms4_ack


class Exercise(Gms4Ack):
    """gms4-ack in which a slave takes and acknowledges the number it expects, and throws away all others."""

    def accept(self, state, source, message):
        slaves = state.slaves if isinstance(message, gms3.Msg) else gms4_ack.behind(state.leader, message.processes)
        if message.n != state.n or state.me not in slaves:
            return Step(state)
        after = replace(state, n=message.n + 1, last=message, slaves=slaves)
        return Step(after, (*gms3.outcome(message), Send(source, gms4_ack.Ack(message.n))))
