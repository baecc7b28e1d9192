"""Solution 6: a message taken before is acknowledged again, because the first acknowledgement may have been lost."""

from dataclasses import replace

from groupy_check import Gms4Ack, Send, Step, gms3, gms4_ack


class Exercise(Gms4Ack):
    """gms4-ack in which a slave acknowledges every message it has, taken now or before."""

    def accept(self, state, source, message):
        if message.n < state.n:
            return Step(state, (Send(source, gms4_ack.Ack(message.n)),))
        slaves = state.slaves if isinstance(message, gms3.Msg) else gms4_ack.behind(state.leader, message.processes)
        if message.n > state.n or state.me not in slaves:
            return Step(state)
        after = replace(state, n=message.n + 1, last=message, slaves=slaves)
        return Step(after, (*gms3.outcome(message), Send(source, gms4_ack.Ack(message.n))))
