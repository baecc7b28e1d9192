"""From text to tokens, as `erl_scan` does it (Erlang reference manual, chapters "Data Types" and "Character Set")."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from groupy_check.checker.erlang.syntax.places import ErlangSyntaxError, Place

RESERVED: Final = frozenset(
    {
        "after", "and", "andalso", "band", "begin", "bnot", "bor", "bsl", "bsr", "bxor", "case", "catch", "cond", "div", "end",
        "fun", "if", "let", "maybe_", "not", "of", "or", "orelse", "receive", "rem", "try", "when", "xor",
    }
)  # fmt: skip
BLANK = re.compile(r"(?:[\s\x80-\xa0]|%[^\n]*)+")
NUMBER = re.compile(
    r"(?P<base>\d+(?:_\d+)*)#(?P<digits>[0-9A-Za-z]+(?:_[0-9A-Za-z]+)*)"
    r"|(?P<float>\d+(?:_\d+)*\.\d+(?:_\d+)*(?:[eE][+-]?\d+(?:_\d+)*)?)"
    r"|(?P<whole>\d+(?:_\d+)*)"
)
WORD = re.compile(r"[^\W\d_][\w@]*|_[\w@]*")
SYMBOL = re.compile(r"\.\.\.|=:=|=/=|<<|>>|<-|<=|=<|=>|->|>=|:=|==|/=|\+\+|--|\|\||::|\.\.|:-|\?\?|[-+*/=<>!?,;:#|(){}\[\]]")
DOT = re.compile(r"\.(?=\s|%|\Z)")
ESCAPES: Final = {"b": 8, "d": 127, "e": 27, "f": 12, "n": 10, "r": 13, "s": 32, "t": 9, "v": 11}
ESCAPE = re.compile(r"x\{(?P<long>[0-9A-Fa-f]+)\}|x(?P<short>[0-9A-Fa-f]{2})|(?P<octal>[0-7]{1,3})|\^(?P<control>[@-_a-z])")
LARGEST = 0x10FFFF
QUOTE = '"'
UNCLOSED = "has no closing quotation mark"


@dataclass(frozen=True, slots=True)
class ErlangToken:
    """`kind` is atom, var, integer, float, char, string, dot, or the symbol or reserved word itself; `text` as written."""

    kind: str
    value: str | int | float
    place: Place
    text: str


class Scanner:
    """The tokens of one text, that of the file `file`; see `Place`."""

    def __init__(self, text: str, file: str = "") -> None:
        self.text, self.file = text, file
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.unclosed: Place | None = None

    def place(self, offset: int) -> Place:
        """The line and the column of an offset in the text."""
        line = bisect_right(self.starts, offset)
        return Place(line, offset - self.starts[line - 1] + 1, self.file)

    def tokens(self) -> list[ErlangToken | ErlangSyntaxError]:
        """All tokens. After something that is no token comes the error, and then what follows on the next line.

        Hardly anybody writes a string over several lines. So if something is wrong behind the first of these, and would not be
        if that ended where its line does, then a quotation mark is missing there.
        """
        found = list(self._scanned())
        across = (item for item in found if isinstance(item, ErlangToken) and item.kind == "string" and "\n" in item.text)
        suspect = next(across, None)
        if suspect is not None and _wrong(found) > (0, 0):
            self.unclosed = suspect.place
            again = list(self._scanned())
            found = again if _wrong(again, suspect.place) < _wrong(found) else found
        return found

    def _scanned(self) -> Iterator[ErlangToken | ErlangSyntaxError]:
        offset = self._skip(0)
        while offset < len(self.text):
            try:
                token, end = self._token(offset)
                yield token
            except ErlangSyntaxError as error:
                yield error
                line_end = self.text.find("\n", offset)
                end = len(self.text) if line_end < 0 else line_end
                if self.text[offset:end].rstrip().endswith("."):  # the next form has nothing to do with it
                    yield ErlangToken("dot", ".", self.place(end - 1), ".")
            offset = self._skip(end)

    def _skip(self, offset: int) -> int:
        blank = BLANK.match(self.text, offset)
        return blank.end() if blank else offset

    def _token(self, offset: int) -> tuple[ErlangToken, int]:
        """The token at `offset`, and where it ends."""
        text, first = self.text, self.text[offset]
        if first in "\"'":
            return self._quoted(offset)
        if first == "$":
            value, end = self._char(offset + 1, offset)
            return self._made("char", value, offset, end)
        number = NUMBER.match(text, offset)
        if number:
            return self._number(number, offset)
        word = WORD.match(text, offset)
        if word:
            named = word[0]
            kind = "var" if named[0] == "_" or named[0].isupper() else named if named in RESERVED else "atom"
            return self._made(kind, named, offset, word.end())
        dot = DOT.match(text, offset)
        if dot:
            return self._made("dot", ".", offset, dot.end())
        symbol = SYMBOL.match(text, offset)
        if symbol or first == ".":
            end = symbol.end() if symbol else offset + 1
            return self._made(text[offset:end], text[offset:end], offset, end)
        raise ErlangSyntaxError(self.place(offset), f"illegal character {first!r}")

    def _made(self, kind: str, value: str | float, offset: int, end: int) -> tuple[ErlangToken, int]:
        return ErlangToken(kind, value, self.place(offset), self.text[offset:end]), end

    def _number(self, found: re.Match[str], offset: int) -> tuple[ErlangToken, int]:
        if found["float"]:
            value = float(found["float"].replace("_", ""))
            if value in (float("inf"), float("-inf")):
                raise ErlangSyntaxError(self.place(offset), "illegal float")
            return self._made("float", value, offset, found.end())
        if found["whole"]:
            return self._made("integer", int(found["whole"].replace("_", "")), offset, found.end())
        base = int(found["base"].replace("_", ""))
        if not 2 <= base <= 36:
            raise ErlangSyntaxError(self.place(offset), f"illegal base {base}")
        digits = found["digits"]
        count = next((k for k, digit in enumerate(digits) if digit != "_" and int(digit, 36) >= base), len(digits))
        if not count:
            raise ErlangSyntaxError(self.place(offset), f"{digits[0]!r} is no digit of base {base}")
        return self._made("integer", int(digits[:count].replace("_", ""), base), offset, found.start("digits") + count)

    def _quoted(self, offset: int) -> tuple[ErlangToken, int]:
        """A string or a quoted atom."""
        quote, end, said = self.text[offset], offset + 1, list[str]()
        while end < len(self.text) and self.text[end] != quote:
            value, end = self._char(end, offset) if self.text[end] == "\\" else (ord(self.text[end]), end + 1)
            said.append(chr(value))
        kind = "string" if quote == QUOTE else "atom"
        if end >= len(self.text) or self.place(offset) == self.unclosed:
            raise ErlangSyntaxError(self.place(offset), f"this {'string' if quote == QUOTE else 'atom'} {UNCLOSED}")
        return self._made(kind, "".join(said), offset, end + 1)

    def _char(self, offset: int, start: int) -> tuple[int, int]:
        """The character at `offset`, perhaps an escape, and where it ends; the token begins at `start`."""
        text = self.text
        if offset >= len(text):
            raise ErlangSyntaxError(self.place(start), "a character is missing after $")
        if text[offset] != "\\":
            return ord(text[offset]), offset + 1
        found = ESCAPE.match(text, offset + 1)
        if found is None:
            if offset + 1 >= len(text):
                raise ErlangSyntaxError(self.place(start), "a character is missing after \\")
            letter = text[offset + 1]
            return ESCAPES.get(letter, ord(letter)), offset + 2
        if found["control"]:
            return ord(found["control"]) & 31, found.end()
        value = int(found["octal"], 8) if found["octal"] else int(found["long"] or found["short"], 16)
        if value > LARGEST:
            raise ErlangSyntaxError(self.place(offset), "illegal escape: there is no such character")
        return value, found.end()


def _wrong(items: list[ErlangToken | ErlangSyntaxError], suspect: Place | None = None) -> tuple[int, int]:
    """How many strings have no end, and how many errors there are, without that of the `suspect`."""
    errors = [item for item in items if isinstance(item, ErlangSyntaxError) and item.place != suspect]
    return sum(error.text.endswith(UNCLOSED) for error in errors), len(errors)
