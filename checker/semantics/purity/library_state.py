"""What keeps something and is no user's: iterators, generators, random numbers, buffers, open files, mocks, digests.

Of objects of Python's own library all attributes are looked at, of those of other libraries the public ones: they keep caches.
"""

from __future__ import annotations

import contextvars
import gc
import io
import itertools
import queue
import random
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from math import inf
from typing import Any

from groupy_check.checker.semantics.canonical import CONTAINERS

CACHING = frozenset({"logging", "typing", "types", "functools"})  # whose objects keep nothing, or are looked at elsewhere
# More whose attributes are all looked at.
NAMED = frozenset({"types.SimpleNamespace", "networkx.classes.graph.Graph"})
FILES = frozenset({io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom, io.FileIO})
STANDARD = range(3)  # the numbers of the standard streams: what is printed is no state
LOCKS = (type(threading.Lock()), type(threading.RLock()))
LARGEST = 20_000  # bytes of a buffer that is looked at
Reader = Callable[[], list[Any]]


def is_keeper(value: Any) -> bool:
    """Whether all attributes of this object of a library are looked at."""
    return _keeps(type(value))  # type: ignore[arg-type]  # it can be hashed


@lru_cache(maxsize=256)
def _keeps(kind: type) -> bool:
    library = _library(kind)
    if library in sys.stdlib_module_names and library not in {*CACHING, "xml"}:
        return bool(kind.__dictoffset__)
    return not NAMED.isdisjoint(f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__)


def _library(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def is_opaque(value: Any) -> bool:
    """Whether `value`, of which nothing else is known, shows what it holds to the garbage collector alone."""
    kind = type(value)
    hashing: Any = kind.__hash__
    by_value = hashing is not None and hashing is not object.__hash__
    known = by_value or kind.__dictoffset__ or kind.__module__ == "builtins"
    return not (known or isinstance(value, (*CONTAINERS, *DESCRIPTORS)))


def held_by(value: Any) -> list[Any]:
    """What an opaque `value` refers to."""
    return [part for part in gc.get_referents(value) if not isinstance(part, type)]


def reader(value: Any) -> Reader | None:
    """What tells where `value` stands, as something that can be compared; None if it keeps nothing, or nobody knows."""
    if (told := TOLD.get(_library(type(value)).lstrip("_"))) is not None:
        return partial(told, value)
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


def _frame(value: Any) -> list[Any]:
    """Where a generator or a coroutine stands."""
    frame = next((getattr(value, name) for name in ("gi_frame", "cr_frame", "ag_frame") if hasattr(value, name)), None)
    return [] if frame is None else [frame.f_lasti, *map(id, frame.f_locals.values())]


def _digest(value: Any) -> list[Any]:
    with suppress(AttributeError):
        return [value.digest() if value.digest_size else value.digest(8)]
    return []


def _flushed(value: Any) -> list[Any]:
    """What has gone through something that compresses."""
    with suppress(AttributeError):
        return [value.copy().flush()]
    return []


def _semaphore(value: Any) -> list[Any]:
    with suppress(AttributeError):
        return [value._get_value()]  # noqa: SLF001 - there is no other way to ask
    return []


def rounding(value: Any) -> list[Any]:
    """What a context of `decimal` says, without what calculations note there."""
    with suppress(AttributeError):
        traps = [signal.__name__ for signal, on in value.traps.items() if on]
        return [value.prec, value.rounding, value.Emin, value.Emax, value.capitals, value.clamp, *traps]
    return []


def _buffered(value: Any) -> list[Any]:
    """What a handler of `logging` holds back."""
    return [*getattr(value, "buffer", ())]


def _line(value: Any) -> list[Any]:
    """Where a reader of tables stands."""
    return [getattr(value, "line_num", None)]


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


HASHES = ("hashlib", "md5", "sha1", "sha2", "sha256", "sha512", "sha3", "blake2")
TOLD: dict[str, Callable[[Any], list[Any]]] = dict.fromkeys(HASHES, _digest) | {
    "zlib": _flushed, "multiprocessing": _semaphore, "decimal": rounding, "logging": _buffered, "csv": _line,
}  # fmt: skip
DESCRIPTORS = (
    types.MemberDescriptorType, types.GetSetDescriptorType, types.MethodDescriptorType, types.WrapperDescriptorType,
    types.MethodWrapperType, types.ClassMethodDescriptorType,
)  # fmt: skip
KINDS: tuple[tuple[Any, Callable[[Any], list[Any]]], ...] = (
    ((types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType), _frame),
    (random.Random, lambda numbers: [numbers.getstate()]),
    ((io.StringIO, io.BytesIO), lambda file: [] if file.closed else [file.getvalue(), file.tell()]),
    (tuple(FILES), _position),
    (contextvars.ContextVar, lambda variable: [variable.get(None)]),
    (contextvars.Context, lambda context: [*context.items()]),
    (queue.SimpleQueue, lambda waiting: [waiting.qsize()]),
    (LOCKS, lambda lock: [repr(lock).partition(" ")[0]]),
    ((itertools.count, itertools.repeat), lambda numbers: [repr(numbers)]),
    (BaseException, lambda error: [*error.args]),
    (Iterator, _reduced),
)
