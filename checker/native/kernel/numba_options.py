"""How the hot loops are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

from groupy_check.checker.native.memory import layout as abi


def _by_numba(**options: bool) -> Callable[[Callable[..., Any]], Any]:
    compiler: Any = numba.njit
    # What is compiled owns no memory: counting references would cost more than the work itself. And numba's own ways to call it
    # are not used: a third of the time to compile would go into these.
    settings = {"nogil": True, "error_model": "numpy", "_nrt": False, "no_cfunc_wrapper": True, "no_cpython_wrapper": True}
    settings["boundscheck"] = abi.BOUNDS_CHECK
    return compiler(**settings, **options)  # type: ignore[no-any-return]


compiled = _by_numba()
inlined = _by_numba(forceinline=True)
