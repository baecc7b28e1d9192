"""Whose code is it: the user's own, a library's, or ours?"""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any

from groupy_check.checker.semantics.step_cache import OURS

LIBRARIES = tuple(f"{sysconfig.get_path(name)}{os.sep}" for name in ("stdlib", "platstdlib", "purelib", "platlib"))
INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def is_users_file(filename: str) -> bool:
    """Whether this file is neither Python's, nor of an installed library, nor ours."""
    library = filename.startswith((*LIBRARIES, "<frozen", _home())) or any(part in filename for part in INSTALLED)
    return not library


@cache
def _home() -> str:
    return f"{Path(__file__).parents[3]}{os.sep}"


def is_users_class(kind: type) -> bool:
    """Whether a class is of the user's own code."""
    module = sys.modules.get(kind.__module__)
    if module is not None:
        return is_users_module(vars(module))
    return kind.__module__.partition(".")[0] not in sys.stdlib_module_names


def is_users_module(names: dict[str, Any]) -> bool:
    """Whether the globals `names` are those of a module of the user's own."""
    if str(names.get("__name__", "")).startswith(OURS) or names.get("__name__") in sys.builtin_module_names:
        return False
    return is_users_file(str(names.get("__file__") or "<here>"))
