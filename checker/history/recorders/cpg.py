"""Corosync's closed process groups, as its library libcpg offers them to programs (cpg_overview(8)): what a recorder needs."""

from __future__ import annotations

import ctypes
import os
import select
import time
from ctypes import CFUNCTYPE, POINTER, byref, c_char, c_char_p, c_int, c_size_t, c_uint, c_uint32, c_uint64, c_void_p
from dataclasses import dataclass
from typing import Any

LIBRARY = "libcpg.so.4"
NO_LIBRARY = f"this needs Corosync, and its {LIBRARY} is not found; install it (Debian and Ubuntu: apt install corosync)"
LONGEST_NAME = 127
CONNECTING = 20.0  # seconds that the daemon may take to let us in
TURN = 0.05
# Numbers of corosync/corotypes.h and corosync/cpg.h.
OK, TRY_AGAIN = 1, 6
GONE = (2, 9)  # the daemon, and our membership with it
MODEL, FIRST_RING = 1, 1  # and the configuration of nodes is told, the first one too
ONE_AT_MOST, AGREED = 4, 2
OF_NODES = (3, 4)  # reasons: the node went down, or came up
ERRORS = {
    2: "the daemon of this node does not answer; start it, with systemctl start corosync for example",
    9: "the daemon of this node has gone",
    11: "the daemon allows it to root only, or to those named in /etc/corosync/uidgid.d",
}


class CpgError(Exception):
    """Corosync cannot be used; the text is one line. `gone`: because the daemon does not answer any more."""

    def __init__(self, text: str, *, gone: bool = False) -> None:
        super().__init__(text)
        self.gone = gone


@dataclass(frozen=True, slots=True)
class Address:
    """A member of a group: a process on a node of the cluster."""

    node: int
    pid: int

    def __str__(self) -> str:
        return f"{self.node}:{self.pid}"


@dataclass(frozen=True, slots=True)
class Ring:
    """The identity of a configuration of Totem: its representative and a number that rises."""

    representative: int
    number: int


@dataclass(frozen=True, slots=True)
class Message:
    """`data` is delivered, which `sender` has multicast."""

    sender: Address
    data: bytes


@dataclass(frozen=True, slots=True)
class Members:
    """The `members` of the group, and those that `left` or `joined` it; `by_ring`: because nodes went or came."""

    members: tuple[Address, ...]
    left: tuple[Address, ...]
    joined: tuple[Address, ...]
    by_ring: bool


@dataclass(frozen=True, slots=True)
class Configured:
    """The nodes of the cluster have a new configuration, or our own first one."""

    ring: Ring


CpgEvent = Message | Members | Configured


class _Name(ctypes.Structure):
    _fields_ = [("length", c_uint32), ("value", c_char * (LONGEST_NAME + 1))]


class _Address(ctypes.Structure):
    _fields_ = [("node", c_uint32), ("pid", c_uint32), ("reason", c_uint32)]


class _Ring(ctypes.Structure):
    _fields_ = [("node", c_uint32), ("number", c_uint64)]


class _Vector(ctypes.Structure):
    _fields_ = [("base", c_char_p), ("length", c_size_t)]


_DELIVERED = CFUNCTYPE(None, c_uint64, POINTER(_Name), c_uint32, c_uint32, c_void_p, c_size_t)
_CHANGED = CFUNCTYPE(
    None, c_uint64, POINTER(_Name), POINTER(_Address), c_size_t, POINTER(_Address), c_size_t, POINTER(_Address), c_size_t
)
_CONFIGURED = CFUNCTYPE(None, c_uint64, _Ring, c_uint32, POINTER(c_uint32))


class _Model(ctypes.Structure):
    _fields_ = [
        ("model", c_int), ("delivered", _DELIVERED), ("changed", _CHANGED), ("configured", _CONFIGURED), ("flags", c_uint),
    ]  # fmt: skip


class Cpg:
    """A connection to the daemon of this node, which tells everything in one order. Every method may raise CpgError."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(LIBRARY)
        except OSError:
            raise CpgError(NO_LIBRARY) from None
        self._handle = c_uint64()
        self._events: list[CpgEvent] = []
        # ctypes keeps no reference to what it has handed to the library.
        callbacks = _DELIVERED(self._delivered), _CHANGED(self._changed), _CONFIGURED(self._configured)
        self._model = _Model(MODEL, *callbacks, FIRST_RING)
        self._insist("cpg_model_initialize", byref(self._handle), MODEL, byref(self._model), None)
        node, descriptor = c_uint(), c_int()
        self._insist("cpg_local_get", self._handle, byref(node))
        self._insist("cpg_fd_get", self._handle, byref(descriptor))
        self.address = Address(node.value, os.getpid())
        self._poll = select.poll()
        self._poll.register(descriptor.value, select.POLLIN)

    def join(self, group: bytes) -> bool:
        """Become a member of `group`; whether the daemon has taken that: it does not while it forms a ring."""
        self._group = _Name(len(group), group)
        return self._call("cpg_join", self._handle, byref(self._group))

    def multicast(self, data: bytes) -> bool:
        """Multicast to the group, in the agreed (total) order; whether the daemon has taken it."""
        return self._call("cpg_mcast_joined", self._handle, AGREED, byref(_Vector(data, len(data))), 1)

    def leave(self) -> bool:
        """Ask to leave; the last thing that is told is then the group without us."""
        return self._call("cpg_leave", self._handle, byref(self._group))

    def told(self, seconds: float) -> list[CpgEvent]:
        """What has been told since, in order; waits this long for the first. What is more than a thousand comes next time."""
        self._events = []
        self._poll.poll(max(0.0, seconds) * 1000)
        for _ in range(1000):
            if not self._call("cpg_dispatch", self._handle, ONE_AT_MOST):
                break
        return self._events

    def close(self) -> None:
        """Close the connection; a member that has not left leaves by that."""
        self._library.cpg_finalize(self._handle)

    def _insist(self, name: str, *arguments: object) -> None:
        """Call until it is carried out: a daemon under load, or one that forms a ring, asks to try again."""
        limit = time.monotonic() + CONNECTING
        while not self._call(name, *arguments):
            if time.monotonic() > limit:
                raise CpgError(
                    f"Corosync's {name}: the daemon of this node stays busy, {CONNECTING:.0f} seconds now; look at its log"
                )
            time.sleep(TURN)

    def _call(self, name: str, *arguments: object) -> bool:
        """Whether a call was carried out: it was not if it is to be tried again."""
        code = self._library[name](*arguments)
        if code not in (OK, TRY_AGAIN):
            raise CpgError(f"Corosync's {name}: {ERRORS.get(code, f'error {code} of corotypes.h')}", gone=code in GONE)
        return bool(code == OK)

    def _delivered(self, _handle: int, _group: object, node: int, pid: int, data: int, length: int) -> None:
        self._events.append(Message(Address(node, pid), ctypes.string_at(data, length)))

    def _changed(self, _handle: int, _group: object, *lists: Any) -> None:
        members, left, joined = map(_addresses, lists[::2], lists[1::2])
        by_ring = any(each.reason in OF_NODES for each in (*lists[2][: lists[3]], *lists[4][: lists[5]]))
        self._events.append(Members(members, left, joined, by_ring))

    def _configured(self, _handle: int, ring: Any, _count: int, _nodes: object) -> None:
        self._events.append(Configured(Ring(ring.node, ring.number)))


def _addresses(first: Any, count: int) -> tuple[Address, ...]:
    return tuple(Address(each.node, each.pid) for each in first[:count])
