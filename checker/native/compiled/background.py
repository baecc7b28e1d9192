"""Compiling in the background: another process does it, since numba would hold up every thread of this one.

It keeps each function as soon as that is compiled, so an interrupted one has not worked in vain, and it ends with its parent,
however that ends.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from threading import Thread

from groupy_check.checker.native.compiled import calling
from groupy_check.checker.native.compiled.signatures import needed, needed_when_wide, ready

NOTE = "compiling the fast engine in the background"
PAUSE = 0.1  # seconds between two looks whether everything is compiled
ORPHANED = 0.2  # seconds between two looks whether the parent still lives

CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from groupy_check.checker.native.compiled import background; background.main(int(sys.argv[2]))"
)


class Compiler:
    """The process that compiles. It begins with the first look at what is `ready` while something is not."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.looked, self.done = 0.0, False

    @property
    def note(self) -> str:
        """What the progress line says of it: "" when the search does not wait for it."""
        return NOTE if self.process is not None and not self.done and self.process.poll() is None else ""

    def ready(self) -> bool:
        """Whether a search can move over to the compiled engine."""
        if not self.done and time.monotonic() - self.looked >= PAUSE:
            self.done, self.looked = ready(), time.monotonic()
            if not self.done and self.process is None:
                self.process = _start()
        return self.done

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def _start() -> subprocess.Popen[bytes]:
    cache = calling.place().parents[1]
    words = [sys.executable, "-P", "-c", CHILD, json.dumps(sys.path), str(os.getpid())]
    return subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
        words,
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the parent
    )


def main(parent: int) -> None:
    """Compile what every search needs, and then what it needs when rows get wider: the whole life of the process."""
    Thread(target=_end_with, args=(parent,), daemon=True).start()
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))  # a limit for what students hand in is none for the compiler
    for call in [*needed(), *needed_when_wide()]:
        call.compile()


def _end_with(parent: int) -> None:
    """End this process when its parent has ended."""
    while os.getppid() == parent:
        time.sleep(ORPHANED)
    os._exit(1)
