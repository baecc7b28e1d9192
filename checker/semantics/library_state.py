"""Objects of Python's own library that keep something: iterators, generators, random numbers, buffers."""

from __future__ import annotations

import array
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
from typing import Any

# Those whose attributes hold it.
KEEPERS = (
    types.SimpleNamespace, collections.UserDict, collections.UserList, collections.ChainMap, queue.Queue, threading.local,
    weakref.WeakKeyDictionary, weakref.WeakValueDictionary, weakref.WeakSet,
)  # fmt: skip
LARGEST = 20_000  # numbers in an array that is looked at
Reader = Callable[[], list[Any]]


def reader(value: Any) -> Reader | None:
    """What tells where `value` stands, as something that can be compared; None if it keeps nothing, or nobody knows."""
    match value:
        case types.GeneratorType():
            return lambda: _frame(value)
        case random.Random():
            return lambda: [value.getstate()]
        case array.array() if len(value) <= LARGEST:
            return lambda: [value.tobytes()]
        case io.StringIO() | io.BytesIO():
            return lambda: [value.getvalue(), value.tell()] if not value.closed else []
        case contextvars.ContextVar():
            return lambda: [value.get(None)]
        case itertools.count() | itertools.repeat():
            return lambda: [repr(value)]
        case Iterator():
            return lambda: _reduced(value)
    if type(value).__module__ == "numpy" and getattr(value, "size", LARGEST) < LARGEST:
        return lambda: [value.tobytes()]
    return None


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
