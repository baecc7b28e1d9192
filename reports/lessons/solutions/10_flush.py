"""Exercise 10, solved."""

from groupy_model.effects import Send
from groupy_model.fbcast import Fbcast
from groupy_model.fbcast_state import Echo
from groupy_model.membership import then
from groupy_model.protocol import Step


class Exercise(Fbcast):
    """fbcast with a flush of its own: first the echoes, behind them FLUSH."""

    def flush(self, state):
        effects = []
        for node in state.group.others:
            effects += [Send(node, Echo(copy.data)) for copy in state.copies if node in copy.missing]
            effects += [Send(node, self.flush_message(state))]
        return then(Step(state, tuple(effects)), self.advance)
