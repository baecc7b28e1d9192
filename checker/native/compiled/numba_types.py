"""The types of what compiled code is called with, as numba names them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import from_dtype, types


def signature(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """The type of each of the `arguments`: numbers are of 64 bits, arrays may be written to."""
    return tuple(map(_type, arguments))


def _type(argument: Any) -> Any:
    if isinstance(argument, np.ndarray):
        return types.Array(from_dtype(argument.dtype), argument.ndim, "C")
    if isinstance(argument, tuple):
        named: Any = types.NamedTuple
        return named(signature(argument), type(argument))
    return types.int64
