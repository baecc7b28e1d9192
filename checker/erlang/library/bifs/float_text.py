"""The text of a float, as `float_to_list/2` and the controls `~e`, `~f` and `~g` write it."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal

from groupy_check.checker.erlang.library.functions import list_argument
from groupy_check.checker.erlang.terms.raising import badarg
from groupy_check.checker.erlang.terms.values import Atom, Float, Term, Tuple
from groupy_check.checker.erlang.terms.writing import LARGEST_WHOLE, float_text

MOST_DIGITS = 20  # of `float_to_list/1`
MOST = {"decimals": 253, "scientific": 249}
LONGEST = 256
EXACT_DECIMALS = 19
LIMITS = ((-2, 0.1), (-1, 1), (0, 10), (1, 100), (2, 1_000), (3, 10_000))  # powers of ten, and what they end at
WIDE = Context(prec=700)


def float_as(term: Term, options: Term = ()) -> str:
    """As `float_to_list` writes it; the last option that says how counts."""
    if not isinstance(term, Float):
        raise badarg()
    how, decimals, compact = "scientific", MOST_DIGITS, False
    for option in list_argument(options):
        match option:
            case Atom("compact"):
                compact = True
            case Atom("short"):
                how = "short"
            case Tuple((Atom("decimals" | "scientific" as how), int(decimals))):
                pass
            case _:
                raise badarg()
    if how == "short":
        return float_text(term.value)
    if not 0 <= decimals <= MOST[how]:
        raise badarg()
    text = with_decimals(term.value, decimals, compact) if how == "decimals" else f"{term.value:.{decimals}e}"
    if len(text) >= LONGEST:
        raise badarg()
    return text


def with_decimals(value: float, decimals: int, compact: bool) -> str:
    """Halves are rounded up, of what the float times a power of ten is as a float; only long texts are exact.

    Of what is exact, Erlang takes zeros away even before the decimal point.
    """
    if abs(value) >= LARGEST_WHOLE or decimals >= EXACT_DECIMALS:
        text = f"{value:.{decimals}f}"
        short = text.rstrip("0")
        return (f"{short}0" if short.endswith(".") else short) if compact else text
    whole = int(abs(value))
    product = (abs(value) - whole) * 10.0**decimals
    part = int(product) + (product % 1 >= 0.5)
    digits = f"{whole * 10**decimals + part:0{decimals + 1}d}"
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return _signed(value, re.sub(r"(\.\d+?)0*$", r"\1", text) if compact else text)


def _digits(value: float) -> Decimal:
    """What Erlang rounds from: the first digits, not the float itself."""
    return Decimal(f"{abs(value):.{MOST_DIGITS}e}")


def fixed(value: float, decimals: int) -> str:
    """With so many decimals, halves rounded up; `~f` does it."""
    text = f"{_digits(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, WIDE):f}"
    return _signed(value, text)


def scientific(value: float, digits: int) -> str:
    """With so many digits and an exponent; `~e` does it."""
    exact = _digits(value)
    power = exact.adjusted() if exact else 0
    mantissa = exact.scaleb(-power).quantize(Decimal(1).scaleb(1 - digits), ROUND_HALF_UP, WIDE)
    if mantissa >= 10:
        mantissa, power = (mantissa / 10).quantize(Decimal(1).scaleb(1 - digits), ROUND_HALF_UP, WIDE), power + 1
    return _signed(value, f"{mantissa:f}e{power:+d}")


def general(value: float, digits: int) -> str:
    """With so many digits: plain from 0.1 up to 10,000, else with an exponent; `~g` does it."""
    size = abs(value)
    power = next((power for power, limit in LIMITS if size < limit), None)
    if power is not None and ((digits <= 1 and power == -1) or digits - 1 > power >= -1):
        return fixed(value, digits - 1 - power)
    return scientific(value, max(digits, 2))


def _signed(value: float, text: str) -> str:
    negative = value < 0 or str(value).startswith("-")
    return f"-{text}" if negative else text
