"""The leader sends the message, and then chats forever over the same channel."""

from groupy_check import Deliver, Multicast, Receive, Send, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Leader, Msg, Slave


class Chat(Gms1):
    def step(self, state, event):
        match state, event:
            case Leader(), Multicast(payload):
                message, ping = broadcast(Msg(payload), state.slaves), broadcast("ping", state.slaves)
                return Step(state, (*message, *ping, Deliver(payload)))
            case Slave(), Multicast(_):
                return None
            case Slave(), Receive(source, "ping"):
                return Step(state, (Send(source, "pong"),))
            case Leader(), Receive(source, "pong"):
                return Step(state, (Send(source, "ping"),))
        return super().step(state, event)
