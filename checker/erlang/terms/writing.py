"""The text of a term: `written` is what `~w` prints, `printed` what `~p` does, on one line.

The numbers in pids, references and funs are the machine's, not those that a real node would print.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from groupy_check.checker.erlang.terms.values import (
    Atom,
    Binary,
    Float,
    Fun,
    Improper,
    Map,
    Pid,
    Ref,
    RemoteFun,
    Term,
    Tuple,
)

WORDS = (
    "after and andalso band begin bnot bor bsl bsr bxor case catch cond div end fun "
    "if let not of or orelse receive rem try when xor"
)
RESERVED = frozenset(WORDS.split())
ESCAPES = {
    "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
    "\b": "\\b", "\f": "\\f", "\x1b": "\\e", "\x7f": "\\d", "\\": "\\\\",
}  # fmt: skip
BLANKS: frozenset[int] = frozenset(map(ord, "\n\r\t\v\b\f\x1b"))
LARGEST_WHOLE = 2.0**53  # from here on, not every integer is a float: these are written with an exponent


def written(term: Term, *, wide: bool = False) -> str:
    """As `~w` prints it; `wide` as `~tw`, which does not escape the characters beyond Latin-1."""
    return _text(term, lambda _: None, wide=wide)


def printed(term: Term, *, wide: bool = False, strings: bool = True) -> str:
    """As `~p` prints it where it fits into the line; `wide` as `~tp`, without `strings` as `~lp`."""
    return _text(term, (lambda item: string_text(item, wide=wide)) if strings else (lambda _: None), wide=wide)


def _text(term: Term, short: Callable[[Term], str | None], *, wide: bool) -> str:
    """Of every part, `short` says how it is written, or that it is not a string."""

    def text(part: Term) -> str:
        found = short(part)
        return found if found is not None else _parts(part, text, wide=wide)

    return text(term)


def _parts(term: Term, text: Callable[[Term], str], *, wide: bool) -> str:
    match term:
        case Atom(name):
            return atom_text(name, wide=wide)
        case Float(value):
            return float_text(value)
        case Tuple(items):
            return f"{{{','.join(map(text, items))}}}"
        case Improper(items, tail):
            return f"[{','.join(map(text, items))}|{text(tail)}]"
        case Map(pairs):
            return f"#{{{','.join(f'{text(key)} => {text(value)}' for key, value in pairs)}}}"
        case Binary(content):
            return f"<<{','.join(map(str, content))}>>"
        case tuple():
            return f"[{','.join(map(text, term))}]"
    return str(term) if isinstance(term, int) else _hidden(term)


def _hidden(term: Pid | Ref | Fun | RemoteFun) -> str:
    """What has no text that can be read back."""
    match term:
        case Pid(node, number):
            return f"<{node}.{number}.0>"
        case Ref(node, number):
            return f"#Ref<{node}.{number}.0.0>"
        case Fun(module, index):
            return f"#Fun<{module}.{index}.0>"
        case RemoteFun(module, name, arity):
            return f"fun {atom_text(module, wide=True)}:{atom_text(name, wide=True)}/{arity}"


def string_text(term: Term, *, wide: bool) -> str | None:
    """A list or a binary of characters that can be printed, as a string in quotation marks; None of anything else."""
    if isinstance(term, tuple) and term:
        return quoted("".join(map(chr, term)), '"', wide=wide) if printable(term) else None  # type: ignore[arg-type]
    if isinstance(term, Binary) and term.content:
        return _binary_text(term.content, wide=wide)
    return None


def _binary_text(content: bytes, *, wide: bool) -> str | None:
    """With `wide`, bytes that are UTF-8 are taken for it."""
    try:
        text = content.decode("utf-8" if wide else "latin-1")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if not printable(tuple(map(ord, text))):
        return None
    return f"<<{quoted(text, chr(34), wide=wide)}{'' if len(text) == len(content) else '/utf8'}>>"


def printable(term: tuple[Term, ...]) -> bool:
    """Whether all are numbers of characters of Latin-1 that can be printed, which is what Erlang prints as a string."""
    return all(isinstance(item, int) and (32 <= item <= 126 or 160 <= item <= 255 or item in BLANKS) for item in term)


def atom_text(name: str, *, wide: bool) -> str:
    """An atom, in quotation marks if it needs them."""
    if name and name not in RESERVED and _small(name[0]) and all(map(_in_name, name)):
        return name
    return quoted(name, "'", wide=wide)


def _small(char: str) -> bool:
    return "a" <= char <= "z" or ("ß" <= char <= "ÿ" and char != "÷")


def _in_name(char: str) -> bool:
    return _small(char) or "A" <= char <= "Z" or ("À" <= char <= "Þ" and char != "\xd7") or char in "0123456789_@"


def quoted(text: str, mark: str, *, wide: bool) -> str:
    """The text between two marks, with escapes."""
    return mark + "".join(_escaped(char, mark, wide) for char in text) + mark


def _escaped(char: str, mark: str, wide: bool) -> str:
    if char == mark:
        return f"\\{char}"
    if char in ESCAPES:
        return ESCAPES[char]
    if char < " " or "\x7f" <= char < "\xa0":
        return f"\\{ord(char):03o}"
    return char if wide or char <= "ÿ" else f"\\x{{{ord(char):X}}}"


def float_text(value: float) -> str:
    """The fewest digits that say which float it is, with or without an exponent, whichever is shorter."""
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    number = "".join(map(str, digits))
    text = _placed(number, len(number) + exponent, abs(value) >= LARGEST_WHOLE)
    return f"-{text}" if sign else text


def _placed(digits: str, point: int, large: bool) -> str:
    """The digits with the decimal point at `point`, counted from their beginning."""
    if digits == "0":
        return "0.0"
    with_exponent = f"{digits[0]}.{digits[1:] or '0'}e{point - 1}"
    if 0 < point < len(digits):
        plain = f"{digits[:point]}.{digits[point:]}"
    elif point <= 0:
        plain = f"0.{'0' * -point}{digits}"
    else:
        plain = f"{digits}{'0' * (point - len(digits))}.0"
    return with_exponent if large or len(plain) > len(with_exponent) else plain
