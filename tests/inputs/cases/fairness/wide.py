"""The same, and it may also stop playing, and wait again: more runs than narrow."""

from base import Base


class Wide(Base):
    rests = True
