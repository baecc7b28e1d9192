"""Binaries: the segments of `<<Value:Size/Type, ...>>`, which are made one after the other, or matched so.

Erlang reference manual, "Bit Syntax Expressions". A segment may have any number of bits; the whole has whole bytes.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groupy_check.checker.erlang.machine.code import Env, Matcher, Pure
from groupy_check.checker.erlang.machine.processes import located
from groupy_check.checker.erlang.syntax import tree
from groupy_check.checker.erlang.terms.raising import Raised, Unsupported, badarg
from groupy_check.checker.erlang.terms.values import Binary, Float, Term

if TYPE_CHECKING:
    from groupy_check.checker.erlang.machine.running import Run

Values = tuple[Term, ...]
PLAIN = frozenset({"integer", "float", "binary", "bytes", "bits", "bitstring", "utf8"})
MARKS = frozenset({"signed", "unsigned", "big", "little", "native"})
FLOATS = {16: "e", 32: "f", 64: "d"}
LONGEST = 1 << 20  # bits of a number; a longer one is a mistake, and would take all memory


@dataclass(frozen=True, slots=True)
class Layout:
    """How a segment is laid out: its kind, the bits of one unit of its size, and how its bits are to be read."""

    kind: str
    unit: int
    signed: bool
    little: bool

    @property
    def is_binary(self) -> bool:
        """Whether its value is a binary."""
        return self.kind in {"binary", "bytes", "bits", "bitstring"}

    def bits(self, size: Term | None) -> int | None:
        """How many bits it has; None of all that is left. Raises Raised where the size is none."""
        if size is None:
            return {"integer": 8, "float": 64}.get(self.kind)
        if not isinstance(size, int) or size < 0:
            raise badarg()
        if size * self.unit > LONGEST:
            raise Unsupported(f"a segment of {size * self.unit} bits")
        return size * self.unit


def layout_of(file: str, segment: tree.Segment) -> Layout:
    """The layout of a segment. Raises CannotRun where it is not modelled."""
    names = {kind for kind in segment.types if isinstance(kind, str)}
    units = [kind[1] for kind in segment.types if not isinstance(kind, str)]
    kinds = names - MARKS
    if len(kinds) > 1 or not kinds <= PLAIN:
        raise located(file, segment.at, f"/{max(kinds)} in a binary cannot be run here")
    kind = next(iter(kinds), "integer")
    unit = units[0] if units else 8 if kind in {"binary", "bytes"} else 1
    return Layout(kind, unit, "signed" in names, bool(names & {"little", "native"}))


# --- making ----------------------------------------------------------------------------------------------------------


def binary_parts(file: str, expr: tree.BinaryOf) -> tuple[list[tree.Expr], Callable[[Values], Term]]:
    """The values and sizes of the segments, and what makes the binary of theirs."""
    parts, plan = list[tree.Expr](), list[tuple[Layout, bool, bool]]()
    for segment in expr.segments:
        is_text = isinstance(segment.value, tree.Literal) and segment.value.kind == "string"
        plan.append((layout_of(file, segment), segment.size is not None, is_text))
        parts += [segment.value] if segment.size is None else [segment.value, segment.size]
    return parts, lambda values: _made(plan, values)


def _made(plan: Sequence[tuple[Layout, bool, bool]], values: Values) -> Term:
    found, length, rest = 0, 0, iter(values)
    for layout, sized, is_text in plan:
        value = next(rest)
        size = layout.bits(next(rest) if sized else None)
        for part in value if is_text and isinstance(value, tuple) else (value,):
            bits, count = _bits_of(layout, part, size)
            found, length = found << count | bits, length + count
    if length % 8:
        raise Unsupported("a binary that does not end with a whole byte")
    return Binary(found.to_bytes(length // 8, "big"))


def _bits_of(layout: Layout, value: Term, size: int | None) -> tuple[int, int]:
    """The bits of a value, as a number, and how many they are."""
    match value:
        case Binary(content) if layout.is_binary:
            whole = len(content) * 8
            if size is not None and size > whole:
                raise badarg()
            count = whole if size is None else size
            return int.from_bytes(content, "big") >> (whole - count), count
        case int() if layout.kind == "utf8" and (0 <= value < 0xD800 or 0xE000 <= value <= 0x10FFFF):
            content = chr(value).encode()
            return int.from_bytes(content, "big"), len(content) * 8
        case int() if layout.kind == "integer" and size is not None:
            return _turned(value & ((1 << size) - 1), size, layout), size
        case int() | Float() if layout.kind == "float" and size in FLOATS:
            packed = _packed(value.value if isinstance(value, Float) else value, size)
            return _turned(int.from_bytes(packed, "big"), size, layout), size
    raise badarg()


def _packed(value: float, size: int) -> bytes:
    try:
        return struct.pack(f">{FLOATS[size]}", value)
    except OverflowError:
        raise Unsupported(f"a float that is too large for {size} bits") from None


def _turned(bits: int, size: int, layout: Layout) -> int:
    """The bits with the last byte first, if the layout is little-endian."""
    if not layout.little:
        return bits
    if size % 8:
        raise Unsupported("a little-endian segment that has no whole bytes")
    return int.from_bytes(bits.to_bytes(size // 8, "big"), "little")


# --- matching --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SegmentPattern:
    """One segment of a pattern; `size` is evaluated when those before it have matched."""

    layout: Layout
    size: Pure | None
    pattern: Matcher


def binary_matcher(segments: Sequence[SegmentPattern]) -> Matcher:
    """What matches a binary, all of it, with the segments."""

    def match(value: Term, env: Env, run: Run) -> bool:
        if not isinstance(value, Binary):
            return False
        bits, left = int.from_bytes(value.content, "big"), len(value.content) * 8
        for segment in segments:
            try:
                size = segment.layout.bits(None if segment.size is None else segment.size(env, run))
            except Raised:
                return False
            found = _taken(segment.layout, size, bits, left)
            if found is None or not segment.pattern(found[0], env, run):
                return False
            left -= found[1]
            bits &= (1 << left) - 1
        return left == 0

    return match


def _taken(layout: Layout, size: int | None, bits: int, left: int) -> tuple[Term, int] | None:
    """The value of a segment at the beginning of `bits`, of which there are `left`, and how many it has; None if none fits."""
    if layout.kind == "utf8":
        return _character(bits, left)
    count = left if size is None else size
    if count > left or (layout.kind in {"binary", "bytes"} and count % 8):
        return None
    found = bits >> (left - count)
    if layout.is_binary:
        if count % 8:
            raise Unsupported("a part of a binary that has no whole bytes")
        return Binary(found.to_bytes(count // 8, "big")), count
    found = _turned(found, count, layout)
    if layout.kind == "integer":
        return (found - (1 << count) if layout.signed and count and found >> (count - 1) else found), count
    number = struct.unpack(f">{FLOATS[count]}", found.to_bytes(count // 8, "big"))[0] if count in FLOATS else math.nan
    return (Float(number), count) if math.isfinite(number) else None


def _character(bits: int, left: int) -> tuple[Term, int] | None:
    for count in (8, 16, 24, 32):
        if count <= left:
            try:
                return ord((bits >> (left - count)).to_bytes(count // 8, "big").decode()), count
            except (UnicodeDecodeError, TypeError):
                continue
    return None
