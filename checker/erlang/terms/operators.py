"""What Erlang's operators compute, with their errors; `andalso`, `orelse` and `!` are not among them: the machine runs those.

Erlang reference manual, "Expressions".
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping

from groupy_check.checker.erlang.terms.ordering import compare, equal
from groupy_check.checker.erlang.terms.raising import badarg, badarith, error
from groupy_check.checker.erlang.terms.values import FALSE, TRUE, Float, Term, boolean, listed

LARGEST_SHIFT = 1 << 26  # in bits: what is larger is more than Erlang's own integers hold, or nearly so


def whole(term: Term) -> int:
    """An operand that must be an integer."""
    if isinstance(term, int):
        return term
    raise badarith()


def float_of(value: float) -> Float:
    """A result that must be a finite number."""
    if math.isfinite(value):
        return Float(value)
    raise badarith()


def real(term: Term) -> float:
    """An operand as a float."""
    if isinstance(term, Float):
        return term.value
    try:
        return float(whole(term))
    except OverflowError:
        raise badarith() from None


def _calculated(on: Callable[..., int | float]) -> Callable[[Term, Term], Term]:
    """`on` of two integers exactly, else of floats."""

    def calculate(left: Term, right: Term) -> Term:
        if isinstance(left, int) and isinstance(right, int):
            return int(on(left, right))
        return float_of(on(real(left), real(right)))

    return calculate


def _divide(left: Term, right: Term) -> Term:
    one, two = real(left), real(right)
    if two == 0:
        raise badarith()
    return float_of(one / two)


def quotient(left: Term, right: Term) -> Term:
    """`div`: what is left over is dropped, so that -7 div 2 is -3."""
    one, two = whole(left), whole(right)
    if two == 0:
        raise badarith()
    found = abs(one) // abs(two)
    return found if (one < 0) == (two < 0) else -found


def remainder(left: Term, right: Term) -> Term:
    """`rem`: it has the sign of `left`."""
    one, two = whole(left), whole(right)
    if two == 0:
        raise badarith()
    found = abs(one) % abs(two)
    return -found if one < 0 else found


def _bits(on: Callable[[int, int], int]) -> Callable[[Term, Term], Term]:
    return lambda left, right: on(whole(left), whole(right))


def _shifted(value: int, by: int) -> int:
    if value and value.bit_length() + by > LARGEST_SHIFT:
        raise error("system_limit")
    if by < 0:
        return value >> min(-by, value.bit_length() + 1)
    return value << by if value else 0


def _truth(term: Term) -> bool:
    if term in {TRUE, FALSE}:
        return term == TRUE
    raise badarg()


def _logic(on: Callable[[bool, bool], bool]) -> Callable[[Term, Term], Term]:
    return lambda left, right: boolean(on(_truth(left), _truth(right)))


def _order(on: Callable[[int, int], bool]) -> Callable[[Term, Term], Term]:
    return lambda left, right: boolean(on(compare(left, right), 0))


def append(left: Term, right: Term) -> Term:
    """`++`: the left one must be a list, the right one may be any term."""
    if isinstance(left, tuple):
        return listed(left, right)
    raise badarg()


def subtract(left: Term, right: Term) -> Term:
    """`--`: each item of the right list takes the first one that is the same out of the left list."""
    if not isinstance(left, tuple) or not isinstance(right, tuple):
        raise badarg()
    taken = dict[Term, int]()
    for item in right:
        taken[item] = taken.get(item, 0) + 1
    kept = list[Term]()
    for item in left:
        if taken.get(item, 0):
            taken[item] -= 1
        else:
            kept.append(item)
    return tuple(kept)


BINARY: Mapping[str, Callable[[Term, Term], Term]] = {
    "+": _calculated(operator.add),
    "-": _calculated(operator.sub),
    "*": _calculated(operator.mul),
    "/": _divide,
    "div": quotient,
    "rem": remainder,
    "band": _bits(operator.and_),
    "bor": _bits(operator.or_),
    "bxor": _bits(operator.xor),
    "bsl": _bits(_shifted),
    "bsr": _bits(lambda value, by: _shifted(value, -by)),
    "and": _logic(operator.and_),
    "or": _logic(operator.or_),
    "xor": _logic(operator.xor),
    "++": append,
    "--": subtract,
    "==": lambda left, right: boolean(equal(left, right)),
    "/=": lambda left, right: boolean(not equal(left, right)),
    "=:=": lambda left, right: boolean(left == right),
    "=/=": lambda left, right: boolean(left != right),
    "<": _order(operator.lt),
    "=<": _order(operator.le),
    ">": _order(operator.gt),
    ">=": _order(operator.ge),
}


def _negated(term: Term) -> Term:
    return Float(-term.value) if isinstance(term, Float) else -whole(term)


def _number(term: Term) -> Term:
    return term if isinstance(term, Float) else whole(term)


UNARY: Mapping[str, Callable[[Term], Term]] = {
    "-": _negated,
    "+": _number,
    "not": lambda term: boolean(not _truth(term)),
    "bnot": lambda term: ~whole(term),
}
