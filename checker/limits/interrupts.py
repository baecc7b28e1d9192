"""Ctrl-C in disguise: ctypes reports whatever is raised while it converts an argument as an error of its own."""

from __future__ import annotations

import sys


def is_interrupt(error: BaseException | None) -> bool:
    """Whether `error` is a KeyboardInterrupt, or what ctypes has made of one."""
    if isinstance(error, KeyboardInterrupt):
        return True
    ctypes = sys.modules.get("ctypes")  # not loaded for this: without it there is no such error
    return ctypes is not None and isinstance(error, ctypes.ArgumentError) and KeyboardInterrupt.__name__ in str(error)
