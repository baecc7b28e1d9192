"""gms3 with its messages in a file beside it, which has the name of a module of the standard library."""

from queue import Urgent

from groupy_model.gms3 import Gms3


class Mine(Gms3):
    extra = Urgent
