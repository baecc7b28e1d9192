r"""The module `string`: its newer half, on lists and binaries of ASCII characters.

Erlang counts what a reader takes for one character, whatever it is made of; for ASCII this is the same but for "\r\n".
What is no flat list or binary of ASCII is not modelled, and said so.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from groupy_check.checker.erlang.library.functions import Functions, is_list, pair
from groupy_check.checker.erlang.terms.operators import float_of
from groupy_check.checker.erlang.terms.raising import Unsupported, function_clause
from groupy_check.checker.erlang.terms.values import ERROR, Atom, Binary, Term, boolean, string

NO_MATCH = Atom("nomatch")
LEADING, TRAILING, BOTH, ALL = Atom("leading"), Atom("trailing"), Atom("both"), Atom("all")
INFINITY = Atom("infinity")
BLANKS = string("\t\n\v\f\r ")
Texts = tuple[Term, ...]


def plain(term: Term) -> str:
    """The text of a flat list or a binary."""
    codes: tuple[Term, ...] | None = (
        tuple(term.content) if isinstance(term, Binary) else term if isinstance(term, tuple) else None
    )
    if codes is None or not all(isinstance(code, int) and 0 <= code < 128 for code in codes):
        raise Unsupported("the module string with other than a flat list or a binary of ASCII characters")
    text = "".join(map(chr, codes))  # type: ignore[arg-type]
    if "\r\n" in text:
        raise Unsupported("the module string with \\r\\n, which it takes for one character")
    return text


def _like(term: Term, text: str) -> Term:
    """The text as what the first argument was."""
    return Binary(text.encode()) if isinstance(term, Binary) else string(text)


def _changed(on: Callable[[str], str]) -> Callable[[Term], Term]:
    return lambda term: _like(term, on(plain(term)))


def _characters(term: Term) -> str:
    """A list of characters to be looked for."""
    if not isinstance(term, tuple):
        raise Unsupported("the module string with characters to look for that are no list")
    return plain(term)


def _trim(term: Term, where: Term = BOTH, chars: Term = BLANKS) -> Term:
    text, wanted = plain(term), _characters(chars)
    match where:
        case Atom("leading"):
            return _like(term, text.lstrip(wanted) if wanted else text)
        case Atom("trailing"):
            return _like(term, text.rstrip(wanted) if wanted else text)
        case Atom("both"):
            return _like(term, text.strip(wanted) if wanted else text)
    raise function_clause() if wanted else Unsupported("string:trim without characters, in no direction")


def _split(term: Term, pattern: Term, where: Term = LEADING) -> Texts:
    text, wanted = plain(term), plain(pattern)
    if where not in {LEADING, TRAILING, ALL}:
        raise Unsupported("string:split in a direction that is none")
    if not wanted:
        return (term,)
    parts = text.split(wanted, -1 if where == ALL else 1)
    if where == TRAILING:
        parts = text.rsplit(wanted, 1)
    return tuple(_like(term, part) for part in parts)


def _replace(term: Term, pattern: Term, new: Term, where: Term = LEADING) -> Term:
    """A list of parts: nothing is joined."""
    parts = _split(term, pattern, where)
    return tuple(part for pieces in parts for part in (new, pieces))[1:]


def _find(term: Term, pattern: Term, where: Term = LEADING) -> Term:
    text, wanted = plain(term), plain(pattern)
    if not wanted:
        return term
    match where:
        case Atom("leading"):
            at = text.find(wanted)
        case Atom("trailing"):
            at = text.rfind(wanted)
        case _:
            raise function_clause()
    return NO_MATCH if at < 0 else _like(term, text[at:])


def _lexemes(term: Term, separators: Term) -> Term:
    text, wanted = plain(term), _characters(separators)
    if not wanted:
        return (term,) if term != () else ()
    parts = re.split(f"[{re.escape(wanted)}]", text)
    return tuple(_like(term, part) for part in parts if part)


def _prefix(term: Term, prefix: Term) -> Term:
    text, wanted = plain(term), plain(prefix)
    return _like(term, text[len(wanted) :]) if text.startswith(wanted) else NO_MATCH


def _slice(term: Term, start: Term, length: Term = INFINITY) -> Term:
    text = plain(term)
    if length == 0:
        return _like(term, "")
    if not isinstance(start, int) or start < 0:
        raise function_clause()
    if isinstance(length, int) and length >= 0:
        return _like(term, text[start : start + length])
    if length != INFINITY:
        raise function_clause()
    return _like(term, text[start:])


def _equal(left: Term, right: Term) -> Term:
    return boolean(plain(left) == plain(right))


def _to_number(pattern: str, missing: str, value: Callable[[str], Term]) -> Callable[[Term], Term]:
    """The number at the beginning, and what comes after it."""

    def number(term: Term) -> Term:
        if not is_list(term) and not isinstance(term, Binary):
            return pair(ERROR, Atom("badarg"))
        text = plain(term)
        found = re.match(pattern, text)
        if found is None:
            return pair(ERROR, Atom(missing))
        return pair(value(found[0]), _like(term, text[found.end() :]))

    return number


def _float(text: str) -> Term:
    return float_of(float(text.replace(",", ".")))


UNICODE_STRINGS: Functions = {
    ("string", "equal", 2): _equal,
    ("string", "find", 2): _find,
    ("string", "find", 3): _find,
    ("string", "is_empty", 1): lambda term: boolean(not plain(term)),
    ("string", "length", 1): lambda term: len(plain(term)),
    ("string", "lexemes", 2): _lexemes,
    ("string", "lowercase", 1): _changed(str.lower),
    ("string", "prefix", 2): _prefix,
    ("string", "replace", 3): _replace,
    ("string", "replace", 4): _replace,
    ("string", "reverse", 1): lambda term: string(plain(term)[::-1]),
    ("string", "slice", 2): _slice,
    ("string", "slice", 3): _slice,
    ("string", "split", 2): _split,
    ("string", "split", 3): _split,
    ("string", "to_float", 1): _to_number(r"[+-]?[0-9]+[.,][0-9]+([eE][+-]?[0-9]+)?", "no_float", _float),
    ("string", "to_integer", 1): _to_number(r"[+-]?[0-9]+", "no_integer", int),
    ("string", "trim", 1): _trim,
    ("string", "trim", 2): _trim,
    ("string", "trim", 3): _trim,
    ("string", "uppercase", 1): _changed(str.upper),
}
