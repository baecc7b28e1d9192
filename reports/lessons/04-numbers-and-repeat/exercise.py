"""Lesson 4: messages have numbers now. What does a slave do with a number it does not expect?"""

from dataclasses import replace

from groupy_check import Deliver, Gms3, Step


class Exercise(Gms3):
    """gms3 with slaves that deliver every message as it comes."""

    def on_message(self, slave, message):
        """`message.n` is the number of the message, `slave.n` the one the slave expects.

        Return Step(slave) to drop the message, and None to leave it in the queue until it can be taken.
        """
        return Step(replace(slave, n=message.n + 1, last=message), (Deliver(message.payload),))
