"""Objects of Python's own library that keep something: iterators, generators, random numbers, buffers, open files."""

from __future__ import annotations

import collections
import contextvars
import io
import itertools
import queue
import random
import threading
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from math import inf
from typing import Any

# Those whose attributes hold it.
KEEPERS = (
    types.SimpleNamespace, collections.UserDict, collections.UserList, collections.ChainMap, queue.Queue, threading.local,
    threading.Event, threading.Semaphore, weakref.WeakKeyDictionary, weakref.WeakValueDictionary, weakref.WeakSet,
)  # fmt: skip
NAMED = frozenset({"networkx.classes.graph.Graph", "configparser.RawConfigParser"})  # more of them, not to be imported for this
FILES = frozenset({io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom, io.FileIO})
STANDARD = range(3)  # the numbers of the standard streams: what is printed is no state
LOCKS = (type(threading.Lock()), type(threading.RLock()))
LARGEST = 20_000  # bytes of a buffer that is looked at
Reader = Callable[[], list[Any]]


def is_keeper(value: Any) -> bool:
    """Whether all attributes of this object of a library are looked at."""
    return isinstance(value, KEEPERS) or _is_named(type(value))  # type: ignore[arg-type]  # it can be hashed


@lru_cache(maxsize=256)
def _is_named(kind: type) -> bool:
    return not NAMED.isdisjoint(f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__)


def reader(value: Any) -> Reader | None:
    """What tells where `value` stands, as something that can be compared; None if it keeps nothing, or nobody knows."""
    for kinds, read in KINDS:
        if isinstance(value, kinds):
            return partial(read, value)
    if type(value).__name__ == "Connection" and type(value).__module__ == "sqlite3":
        return lambda: [value.total_changes]
    if type(value).__module__.startswith("numpy.random"):
        return lambda: [_drawn(value)]
    if _size(value) <= LARGEST:
        return partial(_bytes, value)
    if type(value).__module__ == "numpy" and getattr(value, "size", LARGEST) < LARGEST:
        return lambda: [value.tobytes()]
    return None


def _position(file: Any) -> list[Any]:
    """Where an open file stands; nothing for a standard stream, for what captures one, and for what has no places: a pipe."""
    number = None
    with suppress(OSError, ValueError):
        number = file.fileno()
    with suppress(OSError, ValueError):
        return [file.tell()] if type(file) in FILES and number not in STANDARD else []
    return []


def _drawn(numbers: Any) -> list[Any]:
    """Where the random numbers of numpy stand."""
    drawing = getattr(numbers, "bit_generator", None) or getattr(numbers, "_bit_generator", numbers)
    state = getattr(drawing, "state", {})
    inner = state.get("state", {})
    return [part.tobytes() if hasattr(part, "tobytes") else part for part in (*inner.values(), state.get("uinteger"))]


def _size(value: Any) -> float:
    """How many bytes a buffer has: an array, a view of memory, a mapped file, a variable of C."""
    try:
        with memoryview(value) as view:
            return view.nbytes
    except (TypeError, ValueError, BufferError):
        return inf


def _bytes(value: Any) -> list[Any]:
    with suppress(ValueError), memoryview(value) as view:
        return [view.tobytes()]
    return []


def _frame(value: types.GeneratorType[Any, Any, Any]) -> list[Any]:
    frame = value.gi_frame
    return [] if frame is None else [frame.f_lasti, *map(id, frame.f_locals.values())]


def _reduced(value: Any) -> list[Any]:
    """Where an iterator stands, as it would be pickled: no standard one tells it otherwise."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [_still(part) for part in value.__reduce__()[1:]]
    except Exception:  # noqa: BLE001 - a user's class may do anything; it is looked at as an object, too
        return []


def _still(part: Any) -> Any:
    """`part` of what an iterator would be pickled as, as it is now: it may be an iterator made anew, or a list that grows."""
    if isinstance(part, tuple):
        return tuple(map(_still, part))
    if isinstance(part, Iterator):
        return type(part), _reduced(part) or id(part)
    return [*part] if type(part) is list and len(part) <= LARGEST else part


KINDS: tuple[tuple[Any, Callable[[Any], list[Any]]], ...] = (
    (types.GeneratorType, _frame),
    (random.Random, lambda numbers: [numbers.getstate()]),
    ((io.StringIO, io.BytesIO), lambda file: [] if file.closed else [file.getvalue(), file.tell()]),
    (tuple(FILES), _position),
    (contextvars.ContextVar, lambda variable: [variable.get(None)]),
    (queue.SimpleQueue, lambda waiting: [waiting.qsize()]),
    (LOCKS, lambda lock: [repr(lock).partition(" ")[0]]),
    ((itertools.count, itertools.repeat), lambda numbers: [repr(numbers)]),
    (BaseException, lambda error: [*error.args]),
    (Iterator, _reduced),
)
