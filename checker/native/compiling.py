"""How the hot loops are compiled: once, and kept on disk for the next time.

numba keeps what it has compiled beside each source file and forgets it when that file changes; it does not notice when another
file changes from which the function takes a constant or calls a function. So the place is named after the content of all files.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba


def _digest() -> str:
    """What stands for the sources of this package, all together."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return sha256(b"\0".join(source.read_bytes() for source in sources) + numba.__version__.encode()).hexdigest()[:16]


def _writable(base: Path) -> bool:
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(base, os.W_OK)


def _place() -> Path:
    """The directory for what is compiled: the user's cache, or else a temporary one."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "groupy-check"
    base = home if _writable(home) else Path(tempfile.mkdtemp(prefix="groupy-check-"))
    return base / _digest()


PLACE = _place()
IS_NEW = not PLACE.exists()  # nothing is compiled yet: the first search will take longer


def _keeping(**options: bool) -> Callable[[Callable[..., Any]], Any]:
    def decorate(function: Callable[..., Any]) -> Any:
        settings: Any = numba.config
        others, settings.CACHE_DIR = settings.CACHE_DIR, str(PLACE)
        try:
            compiler: Any = numba.njit
            return compiler(cache=True, nogil=True, error_model="numpy", **options)(function)
        finally:
            settings.CACHE_DIR = others

    return decorate


# What is compiled owns no memory unless it says so: counting references would cost more than the work itself. What is inlined
# cannot be called from Python unless it says so: a third of the time to compile it would go into that.
compiled = _keeping(_nrt=False, no_cfunc_wrapper=True)
inlined = _keeping(_nrt=False, no_cfunc_wrapper=True, no_cpython_wrapper=True, forceinline=True)
inlined_or_called = _keeping(_nrt=False, no_cfunc_wrapper=True, forceinline=True)
owning = _keeping(no_cfunc_wrapper=True)
