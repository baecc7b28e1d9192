"""Between atoms, numbers, strings and binaries: `atom_to_list`, `list_to_integer`, `iolist_to_binary`."""

from __future__ import annotations

import re
from collections.abc import Callable

from groupy_check.checker.erlang.library.bifs.float_text import float_as
from groupy_check.checker.erlang.library.functions import Functions, integer_argument, list_argument
from groupy_check.checker.erlang.terms.operators import float_of
from groupy_check.checker.erlang.terms.raising import Raised, badarg, error
from groupy_check.checker.erlang.terms.values import Atom, Binary, Float, Fun, Pid, Ref, RemoteFun, Term, cells, string
from groupy_check.checker.erlang.terms.writing import written

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
UTF8 = Atom("utf8")
LONGEST_ATOM = 255
LONGEST_INTEGER = 1_262_611  # digits that Erlang's integers hold


def characters(term: Term) -> str:
    """A proper list of characters."""
    items = list_argument(term)
    if all(isinstance(item, int) and 0 <= item < 0x110000 and not 0xD800 <= item < 0xE000 for item in items):
        return "".join(map(chr, items))  # type: ignore[arg-type]
    raise badarg()


def _atom_name(term: Term) -> str:
    if isinstance(term, Atom):
        return term.name
    raise badarg()


def _atom(name: str) -> Term:
    if len(name) > LONGEST_ATOM:
        raise error("system_limit")
    return Atom(name)


def content(term: Term) -> bytes:
    """The bytes of a binary."""
    if isinstance(term, Binary):
        return term.content
    raise badarg()


def _latin(term: Term) -> str:
    return content(term).decode("latin-1")


def integer_text(value: int, base: int = 10) -> str:
    """With capital letters for the digits above 9."""
    if base == 10:
        return str(value)
    digits, rest = list[str](), abs(value)
    while rest or not digits:
        rest, digit = divmod(rest, base)
        digits.append(DIGITS[digit])
    return ("-" if value < 0 else "") + "".join(reversed(digits))


def _integer_text(term: Term, base: Term = 10) -> str:
    return integer_text(integer_argument(term), _base(base))


def _base(term: Term) -> int:
    if isinstance(term, int) and 2 <= term <= 36:
        return term
    raise badarg()


def integer_of(text: str, base: Term = 10) -> int:
    """The integer that is written there, with a sign or without."""
    digits = DIGITS[: _base(base)]
    if not re.fullmatch(f"[+-]?[{digits}{digits.lower()}]+", text):
        raise badarg()
    if len(text) > LONGEST_INTEGER:
        raise error("system_limit")
    return int(text, _base(base))


def float_in(text: str) -> Float:
    """The float that is written there; it needs a decimal point, with digits on both sides."""
    if not re.fullmatch(r"[+-]?[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?", text):
        raise badarg()
    try:
        return float_of(float(text))
    except Raised:
        raise badarg() from None


def _bytes(term: Term) -> bytes:
    """Of a list of bytes, binaries and such lists; it may end with a binary."""
    items, tail = cells(term)
    parts = list[bytes]()
    for item in (*items, tail):
        if isinstance(item, int):
            if item is tail or not 0 <= item <= 255:
                raise badarg()
            parts.append(bytes((item,)))
        elif isinstance(item, Binary):
            parts.append(item.content)
        elif item != ():
            if item is term:
                raise badarg()
            parts.append(_bytes(item))
    return b"".join(parts)


def _list_to_binary(term: Term) -> Term:
    if isinstance(term, Binary):
        raise badarg()
    return Binary(_bytes(term))


def _binary_to_list(term: Term) -> Term:
    return tuple(content(term))


def _binary_to_list_between(term: Term, first: Term, last: Term) -> Term:
    data, start, end = content(term), integer_argument(first), integer_argument(last)
    if not 1 <= start <= end <= len(data):
        raise badarg()
    return tuple(data[start - 1 : end])


ENCODINGS = {"latin1": "latin-1", "utf8": "utf-8", "unicode": "utf-8"}


def _encoding(term: Term) -> str:
    if isinstance(term, Atom) and term.name in ENCODINGS:
        return ENCODINGS[term.name]
    raise badarg()


def _atom_to_binary(term: Term, encoding: Term = UTF8) -> Term:
    try:
        return Binary(_atom_name(term).encode(_encoding(encoding)))
    except UnicodeEncodeError:
        raise badarg() from None


def _binary_to_atom(term: Term, encoding: Term = UTF8) -> Term:
    try:
        return _atom(content(term).decode(_encoding(encoding)))
    except UnicodeDecodeError:
        raise badarg() from None


def _named(*types: type) -> Callable[[Term], Term]:
    """The text of what has a number."""

    def text(term: Term) -> Term:
        if isinstance(term, types):
            return string(written(term))
        raise badarg()

    return text


def _binary(text: str) -> Term:
    return Binary(text.encode("latin-1"))


CONVERSIONS: Functions = {
    ("erlang", "atom_to_binary", 1): _atom_to_binary,
    ("erlang", "atom_to_binary", 2): _atom_to_binary,
    ("erlang", "atom_to_list", 1): lambda term: string(_atom_name(term)),
    ("erlang", "binary_to_atom", 1): _binary_to_atom,
    ("erlang", "binary_to_atom", 2): _binary_to_atom,
    ("erlang", "binary_to_float", 1): lambda term: float_in(_latin(term)),
    ("erlang", "binary_to_integer", 1): lambda term: integer_of(_latin(term)),
    ("erlang", "binary_to_integer", 2): lambda term, base: integer_of(_latin(term), base),
    ("erlang", "binary_to_list", 1): _binary_to_list,
    ("erlang", "binary_to_list", 3): _binary_to_list_between,
    ("erlang", "float_to_binary", 1): lambda term: _binary(float_as(term)),
    ("erlang", "float_to_binary", 2): lambda term, options: _binary(float_as(term, options)),
    ("erlang", "float_to_list", 1): lambda term: string(float_as(term)),
    ("erlang", "float_to_list", 2): lambda term, options: string(float_as(term, options)),
    ("erlang", "fun_to_list", 1): _named(Fun, RemoteFun),
    ("erlang", "integer_to_binary", 1): lambda term: _binary(_integer_text(term)),
    ("erlang", "integer_to_binary", 2): lambda term, base: _binary(_integer_text(term, base)),
    ("erlang", "integer_to_list", 1): lambda term: string(_integer_text(term)),
    ("erlang", "integer_to_list", 2): lambda term, base: string(_integer_text(term, base)),
    ("erlang", "iolist_size", 1): lambda term: len(_bytes(term)),
    ("erlang", "iolist_to_binary", 1): lambda term: Binary(_bytes(term)),
    ("erlang", "list_to_atom", 1): lambda term: _atom(characters(term)),
    ("erlang", "list_to_binary", 1): _list_to_binary,
    ("erlang", "list_to_float", 1): lambda term: float_in(characters(term)),
    ("erlang", "list_to_integer", 1): lambda term: integer_of(characters(term)),
    ("erlang", "list_to_integer", 2): lambda term, base: integer_of(characters(term), base),
    ("erlang", "pid_to_list", 1): _named(Pid),
    ("erlang", "ref_to_list", 1): _named(Ref),
}
