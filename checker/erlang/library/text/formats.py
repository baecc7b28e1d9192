"""What `io_lib:format` makes of a format and its arguments, and so what `io:format` prints, and what both refuse as badarg.

Erlang's documentation of the module `io`, "format/3".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from groupy_check.checker.erlang.library.bifs.conversions import integer_text
from groupy_check.checker.erlang.library.bifs.float_text import fixed, general, scientific
from groupy_check.checker.erlang.library.functions import Functions
from groupy_check.checker.erlang.library.text.layout import laid_out
from groupy_check.checker.erlang.terms.raising import Unsupported, badarg
from groupy_check.checker.erlang.terms.values import Atom, Binary, Float, Term, boolean, cells, string
from groupy_check.checker.erlang.terms.writing import printable, written

LAST_CHARACTER = 0x10FFFF


@dataclass(frozen=True, slots=True)
class Control:
    """`~F.P.PadModC`: the width is negative where the text goes to the left of its field."""

    name: str
    width: int | None
    precision: int | None
    pad: str
    wide: bool
    strings: bool

    def placed(self, text: str, precision: int | None) -> str:
        """The text in its field; asterisks, if it does not fit in."""
        if self.width is None and precision is None:
            return text
        width = abs(self.width) if self.width is not None else precision or 0
        most = min(len(text), width if precision is None else min(precision, width))
        shown = text if len(text) <= most else "*" * most
        return self.padded(shown, width)

    def padded(self, text: str, width: int) -> str:
        """The text with what fills the field."""
        fill = self.pad * (width - len(text))
        return text + fill if self.width is not None and self.width < 0 else fill + text


@dataclass(slots=True)
class _Reader:
    """Takes a format and its arguments from the left to the right."""

    text: str
    arguments: tuple[Term, ...]
    at: int = 0
    used: int = 0
    column: int = 0  # that the output has come to

    def wrote(self, text: str) -> str:
        for char in text:
            if char == "\n":
                self.column = 0
            else:
                self.column = (self.column // 8 + 1) * 8 if char == "\t" else self.column + 1
        return text

    def char(self) -> str:
        if self.at >= len(self.text):
            raise badarg()
        self.at += 1
        return self.text[self.at - 1]

    def ahead(self, chars: str) -> bool:
        """Whether one of the characters comes next, which is then read."""
        found = self.at < len(self.text) and self.text[self.at] in chars
        self.at += found
        return found

    def argument(self) -> Term:
        if self.used >= len(self.arguments):
            raise badarg()
        self.used += 1
        return self.arguments[self.used - 1]

    def number(self) -> int | None:
        if self.ahead("*"):
            found = self.argument()
            if not isinstance(found, int):
                raise badarg()
            return found
        start = self.at
        while self.ahead("0123456789"):
            pass
        return int(self.text[start : self.at]) if self.at > start else None

    def pad(self) -> str:
        if not self.ahead("."):
            return " "
        if self.used == len(self.arguments) or not self.ahead("*"):
            return self.char()
        found = self.argument()
        if not isinstance(found, int) or not 0 <= found <= LAST_CHARACTER:
            raise Unsupported("filling a field with what is no character")
        return chr(found)

    def control(self) -> Control:
        left = self.ahead("-")
        width = self.number()
        if left and width is None:
            raise badarg()
        precision = self.number() if self.ahead(".") else None
        pad, wide, strings = self.pad(), False, True
        while self.at < len(self.text) and self.text[self.at] in "tl":
            wide, strings = wide or self.text[self.at] == "t", strings and self.text[self.at] != "l"
            self.at += 1
        return Control(self.char(), -width if left and width is not None else width, precision, pad, wide, strings)


def _term(write: Callable[[Term, Control], str]) -> Callable[[Control, _Reader], str]:
    return lambda control, reader: control.placed(write(reader.argument(), control), control.precision)


def _deep(term: Term, control: Control) -> str:
    """The characters of a string that may contain others; of a binary, its bytes."""
    if isinstance(term, Binary):
        return _bytes(term.content, wide=control.wide)
    items, tail = cells(term)
    if tail != () and not isinstance(tail, Binary):
        raise badarg()
    parts = [_character(item, control) if isinstance(item, int) else _deep(item, control) for item in items]
    return "".join(parts) + (_deep(tail, control) if tail != () else "")


def _bytes(content: bytes, *, wide: bool) -> str:
    try:
        return content.decode("utf-8" if wide else "latin-1")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _character(code: int, control: Control) -> str:
    if control.wide and code > LAST_CHARACTER:
        raise Unsupported("~ts of a number that is no character")
    if not 0 <= code <= (LAST_CHARACTER if control.wide else 255):
        raise badarg()
    return chr(code)


def _string(control: Control, reader: _Reader) -> str:
    term = reader.argument()
    text = term.name if isinstance(term, Atom) else _deep(term, control)
    if isinstance(term, Atom) and not control.wide and any(char > "ÿ" for char in text):
        raise badarg()
    width, precision = control.width, control.precision
    if width is None and precision is None:
        return text
    if width is None:
        return text[:precision].ljust(precision or 0, control.pad)
    if precision is None or precision == abs(width):
        return control.padded(text[: abs(width)], abs(width))
    if precision > abs(width):
        raise badarg()
    return control.padded(text[:precision].ljust(precision, control.pad), abs(width))


def _floating(form: Callable[[float, int], str], least: int) -> Callable[[Control, _Reader], str]:
    def text(control: Control, reader: _Reader) -> str:
        term, digits = reader.argument(), 6 if control.precision is None else control.precision
        if not isinstance(term, Float) or digits < least:
            raise badarg()
        return control.placed(form(term.value, digits), None if control.width is None else abs(control.width))

    return text


def _integer(*, prefix: bool, small: bool) -> Callable[[Control, _Reader], str]:
    """In the base that the precision says, perhaps with the prefix that is the next argument."""

    def text(control: Control, reader: _Reader) -> str:
        term = reader.argument()
        before = _prefix(reader.argument()) if prefix else ""
        return _based(control, term, before, small=small)

    return text


def _prefix(term: Term) -> str:
    if isinstance(term, Atom):
        return term.name
    return _deep(term, Control("s", None, None, " ", True, True))


def _based(control: Control, term: Term, before: str, *, small: bool) -> str:
    base = 10 if control.precision is None else control.precision
    if not isinstance(term, int) or not 2 <= base <= 36:
        raise badarg()
    digits = integer_text(abs(term), base)
    sign = "-" if term < 0 else ""
    return control.placed(sign + before + (digits.lower() if small else digits), None)


def _with_base(*, small: bool) -> Callable[[Control, _Reader], str]:
    """`16#ff`."""
    return lambda control, reader: _based(control, reader.argument(), f"{control.precision or 10}#", small=small)


def _repeated(control: Control, char: str) -> str:
    """As often as the precision says, else as wide as the field."""
    if control.precision is None:
        return char * (1 if control.width is None else abs(control.width))
    if control.width is not None and abs(control.width) < control.precision:
        raise badarg()
    return control.padded(char * control.precision, abs(control.width or control.precision))


def _char(control: Control, reader: _Reader) -> str:
    code = reader.argument()
    if not isinstance(code, int):
        raise badarg()
    if control.wide and not 0 <= code <= LAST_CHARACTER:
        raise Unsupported("~tc of a number that is no character")
    return _repeated(control, chr(code if control.wide else code & 255))


def _newline(control: Control, _: _Reader) -> str:
    if control.width is not None and control.width < 0:
        raise badarg()
    return "\n" * (1 if control.width is None else control.width)


def _ignored(_: Control, reader: _Reader) -> str:
    reader.argument()
    return ""


def _printed(control: Control, reader: _Reader) -> str:
    """Its width is the length of the line, its precision where the line begins."""
    width = 80 if control.width is None else control.width
    if width < 0:
        raise badarg()
    column = reader.column + 1 if control.precision is None else control.precision
    return laid_out(reader.argument(), column, width, wide=control.wide, strings=control.strings)


def _limited(_: Control, reader: _Reader) -> str:
    reader.argument()
    if not isinstance(reader.argument(), int):
        raise badarg()
    raise Unsupported("~W and ~P, which leave out what is too deep")


CONTROLS: Mapping[str, Callable[[Control, _Reader], str]] = {
    "w": _term(lambda term, control: written(term, wide=control.wide)),
    "p": _printed,
    "W": _limited,
    "P": _limited,
    "s": _string,
    "e": _floating(scientific, 2),
    "f": _floating(fixed, 1),
    "g": _floating(general, 1),
    "b": _integer(prefix=False, small=True),
    "B": _integer(prefix=False, small=False),
    "x": _integer(prefix=True, small=True),
    "X": _integer(prefix=True, small=False),
    "+": _with_base(small=True),
    "#": _with_base(small=False),
    "c": _char,
    "~": lambda control, _: _repeated(control, "~"),
    "n": _newline,
    "i": _ignored,
}


def _format_text(term: Term) -> str:
    match term:
        case Atom(name):
            return name
        case Binary(content):
            return content.decode("latin-1")
    items, tail = cells(term)
    if tail != () or not all(isinstance(item, int) and 0 <= item <= LAST_CHARACTER for item in items):
        raise badarg()
    return "".join(map(chr, items))  # type: ignore[arg-type]


def pieces(term: Term, arguments: Term) -> list[str | int]:
    """What the format stands for: single characters, and the texts of terms and strings, each in one piece."""
    if not isinstance(arguments, tuple):
        raise badarg()
    reader = _Reader(_format_text(term), arguments)
    found, unsupported = list[str | int](), list[Unsupported]()
    while reader.at < len(reader.text):
        char = reader.char()
        if char != "~":
            found.append(ord(reader.wrote(char)))
            continue
        control = reader.control()
        if control.name not in CONTROLS:
            raise badarg()
        try:
            text = reader.wrote(CONTROLS[control.name](control, reader))
        except Unsupported as reason:  # the other arguments may be wrong all the same
            unsupported.append(reason)
            continue
        whole = control.name in "wp" or (control.name == "s" and not isinstance(arguments[reader.used - 1], Atom))
        found.extend([text] if whole else map(ord, text))
    if reader.used < len(arguments):
        raise badarg()
    if unsupported:
        raise unsupported[0]
    return found


def formatted(term: Term, arguments: Term) -> str:
    """The text that `io:format` prints."""
    return "".join(
        piece if isinstance(piece, str) else chr(piece) for piece in pieces(term, arguments) if isinstance(piece, str | int)
    )


def _format(term: Term, arguments: Term) -> Term:
    """As `io_lib:format`: a list in which the text of every term is a list."""
    return tuple(string(piece) if isinstance(piece, str) else piece for piece in pieces(term, arguments))


def _is_printable(term: Term) -> Term:
    return boolean(isinstance(term, tuple) and printable(term))


FORMATS: Functions = {
    ("io_lib", "format", 2): _format,
    ("io_lib", "fwrite", 2): _format,
    ("io_lib", "nl", 0): lambda: string("\n"),
    ("io_lib", "printable_latin1_list", 1): _is_printable,
    ("io_lib", "printable_list", 1): _is_printable,
    ("io_lib", "print", 1): lambda term: string(laid_out(term, 1, 80, wide=True, strings=True)),
    ("io_lib", "write", 1): lambda term: string(written(term)),
}
