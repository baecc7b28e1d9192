"""Reading and writing arrays in compiled code as C does it: indices are never negative, and nothing is spent on asking.

With `abi.BOUNDS_CHECK`, every index is compared with the length of its array. One beyond it ends the call of the kernel with a
status that says where: the number of the source file, and the line.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.lowering import BaseLower
from numba.extending import intrinsic

from groupy_check.checker.native.memory import layout as abi


def _spot(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    index = context.cast(builder, arguments[1], signature.args[1], types.intp)
    if abi.BOUNDS_CHECK:
        with builder.if_then(builder.icmp_unsigned(">=", index, array.nitems), likely=False):
            builder.ret(ir.IntType(32)(_status_here()))
    return builder.gep(array.data, [index])


def _status_here() -> int:
    """The status for the line of the kernel that is being compiled."""
    frame: Any = sys._getframe()
    while not isinstance(frame.f_locals.get("self"), BaseLower):
        frame = frame.f_back
    where = frame.f_locals["self"].loc
    files = sorted(path.name for path in Path(__file__).parent.glob("*.py"))
    return files.index(Path(where.filename).name) + 1 << abi.STATUS_FILE | int(where.line)


def _load(_: Any, array: Any, index: Any) -> Any:
    """`array[index]`, of an array of one dimension; as int64, unless it is uint64."""
    kind = types.uint64 if array.dtype == types.uint64 else types.int64

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = builder.load(_spot(context, builder, signature, arguments))
        return context.cast(builder, value, signature.args[0].dtype, kind)

    return kind(array, index), code


def _store(_: Any, array: Any, index: Any, value: Any) -> Any:
    """`array[index] = value`, of an array of one dimension."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        narrowed = context.cast(builder, arguments[2], signature.args[2], signature.args[0].dtype)
        builder.store(narrowed, _spot(context, builder, signature, arguments))
        return context.get_dummy_value()

    return types.void(array, index, value), code


def _prefetch(_: Any, array: Any, index: Any) -> Any:
    """Ask the memory for `array[index]`, which will be read and written soon."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        spot = builder.bitcast(_spot(context, builder, signature, arguments), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [spot.type, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [spot.type], kind)
        builder.call(function, [spot, number(1), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, index), code


# Compiled code calls these without the first argument.
load: Any = intrinsic(_load)
store: Any = intrinsic(_store)
prefetch: Any = intrinsic(_prefetch)
