"""Once it plays it plays forever."""

from base import Base


class Narrow(Base):
    rests = False
