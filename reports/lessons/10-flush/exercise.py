"""Exercise 10: write the flush."""

from groupy_model.effects import Send
from groupy_model.fbcast import Fbcast
from groupy_model.fbcast_state import Echo  # noqa: F401 - yours to use
from groupy_model.membership import then
from groupy_model.protocol import Step


class Exercise(Fbcast):
    """fbcast with a flush of your own."""

    def flush(self, state):
        """The view `state.group.latest` was reported: send to each other member what it needs, in the right order.

        `state.copies` are the multicasts that are unstable here: `copy.data` is the multicast, `copy.missing` are those
        that may lack it. `Echo(copy.data)` passes one on.
        """
        effects = []
        for node in state.group.others:
            # Something is missing here.
            effects += [Send(node, self.flush_message(state))]
        return then(Step(state, tuple(effects)), self.advance)  # from now on this member waits for the FLUSHes of the others
