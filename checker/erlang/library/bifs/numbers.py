"""Numbers: the operators as functions, rounding, and the module `math`."""

from __future__ import annotations

import math
from collections.abc import Callable

from groupy_check.checker.erlang.library.functions import Functions
from groupy_check.checker.erlang.terms.operators import BINARY, UNARY, float_of, real
from groupy_check.checker.erlang.terms.ordering import compare
from groupy_check.checker.erlang.terms.raising import Raised, badarg, badarith
from groupy_check.checker.erlang.terms.values import Float, Term


def _rounded(on: Callable[[float], int]) -> Callable[[Term], Term]:
    def whole(term: Term) -> Term:
        if isinstance(term, Float):
            return on(term.value)
        if isinstance(term, int):
            return term
        raise badarg()

    return whole


def _to_nearest(value: float) -> int:
    """Halves away from zero."""
    whole = math.trunc(value)
    if abs(value - whole) >= 0.5:
        return whole + (1 if value > 0 else -1)
    return whole


def _absolute(term: Term) -> Term:
    if isinstance(term, Float):
        return Float(abs(term.value))
    if isinstance(term, int):
        return abs(term)
    raise badarg()


def _float(term: Term) -> Term:
    if isinstance(term, Float):
        return term
    if not isinstance(term, int):
        raise badarg()
    try:
        return Float(float(term))
    except OverflowError:
        raise badarg() from None


def _max(left: Term, right: Term) -> Term:
    return right if compare(left, right) < 0 else left


def _min(left: Term, right: Term) -> Term:
    return right if compare(left, right) > 0 else left


def _on_floats(on: Callable[..., float]) -> Callable[..., Term]:
    """What is not defined, or too large, is an error."""

    def calculate(*terms: Term) -> Term:
        if not all(isinstance(term, int | Float) for term in terms):
            raise badarg()
        try:
            return float_of(on(*map(real, terms)))
        except (ValueError, OverflowError, ZeroDivisionError, Raised):
            raise badarith() from None

    return calculate


ONE = ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh")
MORE = ("exp", "log", "log10", "log2", "sqrt", "erf", "erfc")

NUMBERS: Functions = {
    **{("erlang", name, 2): function for name, function in BINARY.items()},
    **{("erlang", name, 1): function for name, function in UNARY.items()},
    ("erlang", "append", 2): BINARY["++"],
    ("erlang", "subtract", 2): BINARY["--"],
    ("erlang", "abs", 1): _absolute,
    ("erlang", "ceil", 1): _rounded(math.ceil),
    ("erlang", "float", 1): _float,
    ("erlang", "floor", 1): _rounded(math.floor),
    ("erlang", "max", 2): _max,
    ("erlang", "min", 2): _min,
    ("erlang", "round", 1): _rounded(_to_nearest),
    ("erlang", "trunc", 1): _rounded(math.trunc),
    **{("math", name, 1): _on_floats(getattr(math, name)) for name in (*ONE, *MORE)},
    ("math", "atan2", 2): _on_floats(math.atan2),
    ("math", "ceil", 1): _on_floats(lambda value: math.copysign(math.ceil(value), value)),
    ("math", "floor", 1): _on_floats(lambda value: math.copysign(math.floor(value), value)),
    ("math", "fmod", 2): _on_floats(math.fmod),
    ("math", "pi", 0): lambda: Float(math.pi),
    ("math", "pow", 2): _on_floats(math.pow),
}
