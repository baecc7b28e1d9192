"""How `~p` breaks a term that is too long for its line into several, as the shell prints it.

Items go on in a line as long as they fit and are simple; what is not simple begins a line of its own. If the first element of a
tuple is an atom, the others stand below the second one, unless that is too far to the right: then all such tuples are indented
less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from groupy_check.checker.erlang.terms.values import Atom, Binary, Improper, Map, Term, Tuple
from groupy_check.checker.erlang.terms.writing import printed

INDENTS = (0, 4)  # of the elements of tuples: 0 stands for below the second one
LEAST_INDENT = 1
MAP_INDENT = 4
LEAST_BYTES = 8  # that stand in a line


@dataclass(frozen=True, slots=True)
class _Part:
    """A term, how it is written in one line, and what it is made of: nothing, if it is simple."""

    term: Term
    line: str
    inside: tuple[_Part, ...] = ()
    tail: _Part | None = None

    @property
    def is_simple(self) -> bool:
        return not self.inside and not isinstance(self.term, Binary)


class _TooFarRight(Exception):  # noqa: N818 - not a mistake: the tuples have to be indented less
    """The elements of a tuple would begin in the right half of the line."""


def laid_out(term: Term, column: int, width: int, *, wide: bool, strings: bool) -> str:
    """The term, from `column` on in lines of `width` characters; a width of 0 stands for one line."""
    part = _part(term, wide=wide, strings=strings)
    start = max(column, 1)
    if width == 0 or len(part.line) < width - start:
        return part.line
    for indent in INDENTS:
        try:
            return _Lines(width, len(part.line), indent, checked=True).text(part, start, 0, 0)
        except _TooFarRight:
            continue
    return _Lines(width, len(part.line), LEAST_INDENT, checked=False).text(part, start, 0, 0)


def _part(term: Term, *, wide: bool, strings: bool) -> _Part:
    line = printed(term, wide=wide, strings=strings)

    def parts(terms: Iterable[Term]) -> tuple[_Part, ...]:
        return tuple(_part(one, wide=wide, strings=strings) for one in terms)

    match term:
        case Tuple(items):
            return _Part(term, line, parts(items))
        case tuple():
            return _Part(term, line) if line.startswith('"') else _Part(term, line, parts(term))
        case Improper(items, tail):
            return _Part(term, line, parts(items), _part(tail, wide=wide, strings=strings))
        case Map(pairs):
            keys, values = parts(key for key, _ in pairs), parts(value for _, value in pairs)
            joined = zip(keys, values, strict=True)
            return _Part(term, line, tuple(_Part(term, f"{key.line} => {value.line}", (key, value)) for key, value in joined))
        case Binary(content) if not content or line.startswith('<<"'):
            return _Part((), line)
    return _Part(term, line)


Placed = tuple[str, int]  # the text, and how wide it is; as wide as the line, if another line has to begin after it


@dataclass(frozen=True, slots=True)
class _Lines:
    """`closing`: how many brackets follow directly; `used`: how much of the line the term has filled already."""

    width: int
    longest: int
    indent: int
    checked: bool

    def fits(self, length: int, column: int, closing: int, used: int) -> bool:
        return length < self.width - column - closing and length + used + closing <= self.longest

    def text(self, part: _Part, column: int, closing: int, used: int) -> str:
        if part.is_simple or self.fits(len(part.line), column, closing, used):
            return part.line
        match part.term:
            case Tuple((Atom(), _, *_)):
                return f"{{{self.tagged(part, column, closing, used + 1)}}}"
            case Tuple():
                return f"{{{self.items(part, column + 1, closing, used + 1)}}}"
            case Map():
                return f"#{{{self.row(part, self.pair, _is_simple_pair, column + 2, closing, used + 1)}}}"
            case Binary(content):
                return f"<<{self.bytes(content, column + 2, closing, used)}>>"
        return f"[{self.items(part, column + 1, closing, used + 1)}]"

    def items(self, part: _Part, column: int, closing: int, used: int) -> str:
        return self.row(part, self.item, _is_simple, column, closing, used)

    def tagged(self, part: _Part, column: int, closing: int, used: int) -> str:
        tag, *others = part.inside
        rest, below = _Part(part.term, "", tuple(others)), column + len(tag.line) + 2
        if 0 < self.indent < len(tag.line) + 2:
            start = column + self.indent
            self.check(self.longest + start <= self.width or start <= self.width // 2)
            return tag.line + self.following(
                rest.inside, None, self.item, _is_simple, (start, below), closing, used + len(tag.line)
            )
        self.check(self.longest + below < self.width or below < self.width // 2)
        return f"{tag.line},{self.items(rest, below, closing, used + len(tag.line) + 1)}"

    def check(self, good: bool) -> None:
        if self.checked and not good:
            raise _TooFarRight

    def row(
        self,
        part: _Part,
        place: Callable[[_Part, int, int, int], Placed],
        simple: Callable[[_Part], bool],
        column: int,
        closing: int,
        used: int,
    ) -> str:
        """The first part, and those that follow it."""
        first, *others = part.inside
        text, size = place(first, column, 0 if others else closing + 1, used)
        filled = size if simple is _is_simple_pair else used + size
        return text + self.following(tuple(others), part.tail, place, simple, (column, column + size), closing, filled)

    def following(
        self,
        parts: tuple[_Part, ...],
        tail: _Part | None,
        place: Callable[[_Part, int, int, int], Placed],
        simple: Callable[[_Part], bool],
        columns: tuple[int, int],
        closing: int,
        used: int,
    ) -> str:
        """What comes after a first part; `columns`: where lines begin, and where this one has come to."""
        (start, column), text = columns, ""
        for number, part in enumerate(parts, 1):
            after = 0 if number < len(parts) else closing + 1
            size = 1 + len(part.line)
            if simple(part) and self.fits(size, column, after or 1, used):
                text, column, used = f"{text},{part.line}", column + size, used + size
            else:
                placed, size = place(part, start, after, 0)
                text, column, used = f"{text},\n{' ' * (start - 1)}{placed}", start + size, size
        return text if tail is None else text + self.end(tail, (start, column), closing + 1, used)

    def end(self, tail: _Part, columns: tuple[int, int], closing: int, used: int) -> str:
        """The tail of an improper list."""
        start, column = columns
        if tail.is_simple and self.fits(len(tail.line) + 1, column, closing, used):
            return f"|{tail.line}"
        return f"|\n{' ' * (start - 1)}{self.text(tail, start, closing, 0)}"

    def item(self, part: _Part, column: int, closing: int, used: int) -> Placed:
        if part.is_simple and self.fits(len(part.line), column, closing, used):
            return part.line, len(part.line)
        return self.text(part, column, closing, used), self.width

    def pair(self, part: _Part, column: int, closing: int, used: int) -> Placed:
        if self.fits(len(part.line), column, closing, used):
            return part.line, len(part.line) if _is_simple_pair(part) else self.width
        key, value = part.inside
        start = column + (self.indent or MAP_INDENT)
        before = f"{self.text(key, column, closing, used)} =>\n{' ' * (start - 1)}"
        return before + self.text(value, start, closing, 0), self.width

    def bytes(self, content: bytes, column: int, closing: int, used: int) -> str:
        most = max(LEAST_BYTES, min(self.width - column, self.longest - 4 - used) - closing)
        text, left = "", most
        for number, byte in enumerate(content, 1):
            shown = f"{byte}," if number < len(content) else str(byte)
            if len(shown) > left:
                text, left = f"{text}\n{' ' * (column - 1)}", most
            text, left = text + shown, left - len(shown)
        return text


def _is_simple(part: _Part) -> bool:
    return part.is_simple


def _is_simple_pair(part: _Part) -> bool:
    return all(inner.is_simple for inner in part.inside)
