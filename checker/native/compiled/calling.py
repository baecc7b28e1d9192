"""Compiled code, as Python calls it: machine code in files, made from bitcode when there is none yet.

numba makes the bitcode, which takes a quarter of a minute for the whole kernel, or a release wheel carries it. Bitcode becomes
machine code in half a second, once; after that a function takes milliseconds to load, and numba need not even be imported. The
files are named after all that the code depends on, what makes them, and the processor.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from fcntl import LOCK_EX, flock
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from groupy_check.checker.native.compiled import archive
from groupy_check.checker.native.memory.layout import BOUNDS_CHECK, STATUS_FILE

Machine = Callable[..., int]
WORD = ctypes.c_int64  # all that is handed over is of this size: numbers, and addresses
LOCK = Lock()


def _writable(base: Path) -> bool:
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(base, os.W_OK)


@cache
def place() -> Path:
    """The directory for what is compiled: in the user's cache, or else a temporary one."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "groupy-check"
    base = home if _writable(home) else Path(tempfile.mkdtemp(prefix="groupy-check-")) / "groupy-check"
    made_by = f"{version('numba')} {version('llvmlite')} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
    checked = " checking bounds" if BOUNDS_CHECK else ""
    return base / sha256(f"{archive.digest()} {made_by}{checked}".encode()).hexdigest()[:16]


class Compiled:
    """A function of a module of `checker.native.kernel`: called with numbers, arrays, and named tuples of arrays.

    It returns a number of the type `result`; one that returns nothing leaves there what was there.
    """

    def __init__(self, module: str, name: str, result: Callable[[], Any] = ctypes.c_int64) -> None:
        self.module, self.name, self.result = module, name, result
        self.ready: dict[str, tuple[Machine, Any]] = {}

    def __call__(self, *arguments: Any) -> int:
        words: list[int] = []
        kinds = flattened(arguments, words)
        if kinds not in self.ready:
            with LOCK:  # numba is for one thread at a time
                self.ready[kinds] = _loaded(self.code(arguments), len(words))
        result, error = self.result(), ctypes.c_void_p()
        function, _ = self.ready[kinds]
        status = function(ctypes.addressof(result), ctypes.addressof(error), *words)
        if status:
            raise RuntimeError(f"{self.module}.{self.name} failed{_where(status)}")
        value: int = result.value
        return value

    def label(self, kinds: str) -> str:
        """What the function is called that takes arguments of such `kinds`."""
        return f"{self.module}.{self.name}-{sha256(kinds.encode()).hexdigest()[:16]}"

    def code(self, arguments: tuple[Any, ...]) -> bytes:
        """The name of the function for such `arguments` and, behind the first line, its machine code; keeps it in a file."""
        label = self.label(flattened(arguments, []))
        path = place() / label
        if path.exists():
            return path.read_bytes()
        content = self._from_archive(label)
        if content is None:
            with _taking_turns():
                if path.exists():  # another process has compiled it meanwhile
                    return path.read_bytes()
                content = _emitted(self.bitcode(arguments))
                _keep(path, content)
        else:
            _keep(path, content)
        return content

    def _from_archive(self, label: str) -> bytes | None:
        """As `code`, from the archive; None if there is none, or a newer LLVM than the one here made it."""
        with suppress(RuntimeError):
            code = archive.bitcode(label)
            return code and _emitted(code)
        return None

    def bitcode(self, arguments: tuple[Any, ...]) -> bytes:
        """The name of the function for such `arguments` and, behind the first line, its bitcode, which numba makes now."""
        from groupy_check.checker.native.compiled.numba_types import signature  # noqa: PLC0415 - numba is slow to import

        function = getattr(import_module(f"groupy_check.checker.native.kernel.{self.module}"), self.name)
        wanted = signature(arguments)
        function.compile(wanted)
        found = function.overloads[wanted]
        name: str = found.fndesc.llvm_func_name
        module = llvm.parse_assembly(found.library.get_llvm_str())
        return name.encode() + b"\n" + bytes(module.as_bitcode())


@contextmanager
def _taking_turns() -> Iterator[None]:
    """One process compiles at a time, so that two do not do the same work; where files cannot be locked, both may."""
    with ExitStack() as stack:
        with suppress(OSError):
            place().mkdir(parents=True, exist_ok=True)
            flock(stack.enter_context((place() / "lock").open("wb")), LOCK_EX)
        yield


def _keep(path: Path, content: bytes) -> None:
    """Write the file in one piece, so that no other process reads half of it. What cannot be kept is made again."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content)
        Path(file.name).replace(path)


def _where(status: int) -> str:
    """Where an index was beyond its array, as far as the status of a call says so."""
    number, line = divmod(status, 1 << STATUS_FILE)
    return f": an index beyond an array in {archive.sources()[number - 1].name}, line {line}" if number > 0 else ""


def flattened(arguments: tuple[Any, ...], words: list[int]) -> str:
    """Add `arguments` to `words`, as compiled code takes them. Returns what stands for their types."""
    return "".join([_flattened(argument, words) for argument in arguments])


def _flattened(argument: Any, words: list[int]) -> str:
    """Add `argument` to `words`, as compiled code takes it. Returns what stands for its type."""
    if isinstance(argument, np.ndarray):
        assert argument.flags.c_contiguous
        words += (0, 0, argument.size, argument.itemsize, argument.__array_interface__["data"][0])
        words += argument.shape
        words += argument.strides
        return f"{argument.dtype.char}{argument.ndim}"
    if isinstance(argument, tuple):
        return f"({_names(type(argument))}:{flattened(argument, words)})"
    words.append(int(argument))
    return "n"


@cache
def _names(kind: Any) -> str:
    """The names of the fields of a named tuple."""
    return " ".join(kind._fields)


def _emitted(content: bytes) -> bytes:
    """Machine code for this processor, in the place of bitcode."""
    name, _, code = content.partition(b"\n")
    return name + b"\n" + bytes(_machine(opt=3).emit_object(llvm.parse_bitcode(code)))


def _machine(**options: Any) -> Any:
    """What makes machine code for this processor."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_default_triple().create_target_machine(cpu=cpu, features=features, jit=True, **options)


def _loaded(content: bytes, words: int) -> tuple[Machine, Any]:
    """The function in `content`, which takes this many words besides the places for its result and for errors.

    And what it lives in, which has to be kept.
    """
    name, _, code = content.partition(b"\n")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    function = ctypes.CFUNCTYPE(ctypes.c_int32, *[WORD] * (words + 2))(engine.get_function_address(name.decode()))
    return function, engine


expand = Compiled("successors", "expand")
enter, grow = Compiled("fingerprints", "enter"), Compiled("fingerprints", "grow")
line_up, sift = Compiled("visited", "line_up"), Compiled("visited", "sift")
known_in, put_all, rehash = (Compiled("hash_map", name) for name in ("known_in", "put_all", "rehash"))
terms, second_hashes = Compiled("hashing", "terms"), Compiled("hashing", "second_hashes")
hash_of = Compiled("hashing", "hash_of", ctypes.c_uint64)
look, whole_hash = Compiled("verdicts", "look"), Compiled("verdicts", "whole_hash", ctypes.c_uint64)
bare_hash = Compiled("verdicts", "bare_hash", ctypes.c_uint64)
