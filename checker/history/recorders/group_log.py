"""What a member of a closed process group of Corosync logs of what it is told: one function, without a daemon.

Corosync gives views no identity. Two kinds of changes make a view, and both have a name on which all members agree:

- Nodes come or go. Then a new ring is formed, whose identity comes right after the members; it is the view's, too: `1.21`. If
  those that went are told before those that came, the view in between is of those that came together from an older ring:
  `1.21-2:77`.
- A process joins or leaves a group while the ring stays. That is told in the order of the messages: `1.21+3:78`, `1.21-3:78`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from groupy_check.checker.history.recorders.cpg import Address, Configured, CpgEvent, Members, Message, Ring

OURS = re.compile(rb"groupy (\d+:\d+) (\d+)")
Fields = dict[str, object]


class UnclearViewError(Exception):
    """What is told cannot be put down as views; the text is one line."""


def message(sender: Address, number: int) -> bytes:
    """What a recorder multicasts as its message `number`."""
    return b"groupy %s %d" % (str(sender).encode(), number)


@dataclass(slots=True)
class GroupLog:
    """What `own` has been told so far. `over`: the group has gone on without it. `foreign` counts messages of other programs.

    `held` are changes whose ring has yet to be told.
    """

    own: Address
    ring: Ring | None = None
    over: bool = False
    foreign: int = 0
    held: list[Members] = field(default_factory=list)
    named: set[str] = field(default_factory=set)

    def lines(self, event: CpgEvent) -> Iterator[Fields]:
        """What is logged of the next thing told, without the process and the time. Raises UnclearViewError."""
        match event:
            case _ if self.over:
                return
            case Configured(ring):
                self.ring = ring
                held, self.held = self.held, []
                for change in held:
                    yield from self._view(change, ring, last=change is held[-1])
            case _ if self.held and not (isinstance(event, Members) and event.by_ring):
                raise UnclearViewError("Corosync told of members and then not in which ring; please report it")
            case Members() as change if change.by_ring or self.ring is None:
                self.held.append(change)
            case Members() as change:
                assert self.ring is not None
                yield from self._view(change, self.ring, last=False)
            case Message(sender, data):
                yield self._message(sender, data)

    def _view(self, change: Members, ring: Ring, *, last: bool) -> Iterator[Fields]:
        if self.own not in change.members:
            self.over = True
            return
        name = f"{ring.representative}.{ring.number}"
        if not (last and change.by_ring):
            name += "".join([*(f"-{each}" for each in change.left), *(f"+{each}" for each in change.joined)])
        if name in self.named:
            raise UnclearViewError(f"a process came back within one ring, and two views would be called {name}; record anew")
        self.named.add(name)
        yield {"event": "view", "view": name, "members": [str(each) for each in change.members]}

    def _message(self, sender: Address, data: bytes) -> Fields:
        ours = OURS.fullmatch(data)
        if ours and ours[1].decode() == str(sender):
            return {"event": "deliver", "payload": payload(sender, int(ours[2]))}
        self.foreign += 1
        return {"event": "note", "text": f"{len(data)} bytes from {sender}, which is no recorder"}


def payload(sender: Address, number: int) -> str:
    """How a message is called in the log."""
    return f"{sender}#{number}"
