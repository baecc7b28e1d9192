"""From the bytes of a file to its text, as Erlang reads them: UTF-8, or Latin-1 where that fails or a comment says so."""

from __future__ import annotations

import re

from groupy_check.checker.erlang.syntax.places import ErlangSyntaxError, Place

CODING = re.compile(rb"coding\s*[:=]\s*([-\w]+)")
UTF16 = (b"\xff\xfe", b"\xfe\xff")
MARKER = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)


def text_of(source: bytes, file: str = "") -> str:
    """The text of a source file, its lines ended by line feeds alone. Raises ErlangSyntaxError when it cannot be one.

    `file` is its name, if it is included; see `Place`.
    """
    if source.startswith(UTF16):
        raise ErlangSyntaxError(Place(1, 1, file), "the file is UTF-16; save it as UTF-8")
    text = _decoded(source.removeprefix(b"\xef\xbb\xbf")).replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise ErlangSyntaxError(Place(1, 1, file), "the file is not text (it contains a zero byte)")
    marker = MARKER.search(text)
    if marker:
        line = text.count("\n", 0, marker.start()) + 1
        raise ErlangSyntaxError(Place(line, 1, file), f"a merge was not finished here: {marker[0].strip()!r}")
    return text


def _decoded(source: bytes) -> str:
    named = CODING.search(b"\n".join(source.split(b"\n", 2)[:2]))
    if named and named[1].lower().startswith((b"latin", b"iso-8859-1")):
        return source.decode("latin-1")
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError:
        return source.decode("latin-1")
