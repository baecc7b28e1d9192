"""One line of a log in the format groupy-log 1: JSON Lines, UTF-8, one event a line.

`schema` says the same for other programs (JSON Schema 2020-12). What a line has besides the fields below is not looked at.

A log begins when its processes do, and its files are those of one moment: whatever happened before an event that it has, of the
same process or by a multicast that was delivered, it has, too.
"""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Literal, get_args

import msgspec

VERSION = 1
LONGEST_LINE = 16 * 2**20  # bytes; a longer one is no event but another file
TOO_LONG = f"the line is longer than {LONGEST_LINE // 2**20} MiB"
Scalar = str | int | float | bool
EventName = Literal["start", "multicast", "deliver", "view", "state", "leave", "crash", "end", "note", "safe"]
EVENTS: tuple[str, ...] = get_args(EventName)
NOTHING = msgspec.Raw()


class UnreadableLineError(Exception):
    """A line that cannot be read; the text is the reason."""


class LogLine(msgspec.Struct, frozen=True, gc=False):
    """An event of `process`. `payload` is JSON, not yet read: most lines repeat a payload of another line."""

    process: str
    event: EventName
    payload: msgspec.Raw = NOTHING
    view: Scalar | None = None
    members: list[str] | None = None
    transitional: list[str] | None = None
    incarnation: Scalar | None = None
    reason: str = ""
    time: float | None = None
    clock: dict[str, int] | None = None


class LogHeader(msgspec.Struct, frozen=True, rename={"version": "groupy-log"}):
    """The optional first line. `ordered`: the members of a view are in the system's order, by age for example, or are a set."""

    version: int
    ordered: bool | None = None
    process: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET  # of an event, which is another line
    event: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


LINES = msgspec.json.Decoder(LogLine)
HEADERS = msgspec.json.Decoder(LogHeader)
HEADER_MARK = b'"groupy-log"'


ESCAPED_LETTERS = (b"\\u006", b"\\u007")  # of names of fields, which then are not to be seen
COMPRESSED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
EXACT = 2**53  # from here on, floating point no longer knows every whole number
LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def plain_lines(block: bytes) -> list[LogLine] | None:
    """The events of a `block` of whole lines, much sooner than one by one.

    None if some line must be looked at by itself: it may be a header, blank or unreadable, or have a field twice.
    """
    if HEADER_MARK in block or any(mark in block for mark in ESCAPED_LETTERS) or not block.endswith(b"}\n"):
        return None
    try:
        lines = LINES.decode_lines(block)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not block.count(b"\n") == block.count(b"}\n{") + 1 == len(lines):
        return None
    views = [line for line in lines if line.event == "view"]
    fields = {
        b'"process"': len(lines),
        b'"event"': len(lines),
        b'"payload"': sum([line.payload is not NOTHING for line in lines]),
        b'"members"': sum([line.members is not None for line in views]),
        b'"view"': sum([line.view is not None for line in views]) + len(views),
        b'"incarnation"': sum([line.incarnation is not None for line in lines]) if b'"incarnation"' in block else 0,
    }
    return lines if all(block.count(mark) == times for mark, times in fields.items()) else None


def why_unreadable(raw: bytes, error: Exception, number: int) -> str:
    """Why line `number` cannot be read."""
    packed = next((name for mark, name in COMPRESSED.items() if number == 1 and raw.startswith(mark)), "")
    if packed:
        return f"the file is compressed ({packed}); unpack it first"
    if raw.startswith(BYTE_ORDER_MARKS) or (number == 1 and b"\0" in raw[:64]):
        return "the file is not UTF-8 without a byte order mark; convert it, with iconv for example"
    if b"\0" in raw:
        return "the line has null bytes, as a crash may leave them at the end of a file"
    try:
        raw.decode()
    except UnicodeDecodeError as broken:
        return f"the line is not UTF-8 (byte {broken.start + 1}); convert the file, with iconv for example"
    if b"\r" in raw.rstrip():
        return "lines must end with a line feed, not with a carriage return alone"
    return _why_no_event(raw, error, number)


def _why_no_event(raw: bytes, error: Exception, number: int) -> str:
    """Why text is no event."""
    if isinstance(error, RecursionError):
        return "the line is nested too deeply; log an id instead"
    if raw.strip() in (b"{", b"["):
        return "an event has to be in one line; jq -c can do that, jq -c '.[]' for a list of events"
    if not raw.endswith(b"\n"):
        return f"the line is cut off: {error}"
    if isinstance(error, msgspec.ValidationError):
        events = f" (there are {', '.join(EVENTS)})" if str(error).endswith("`$.event`") else ""
        return f"not an event of groupy-log 1: {error}{events}; groupy judge --schema prints the format"
    if LONE_SURROGATE.search(raw):
        return f"not JSON: {error}; perhaps by half a pair of surrogates (\\ud800 to \\udfff)"
    return f"not JSON: {error}{'; groupy judge --schema prints the format' if number == 1 else ''}"


def _repeated_field(raw: bytes) -> str:
    """The first field that the line, a JSON object, has twice; "" if there is none."""
    seen: set[str] = set()
    for name, _ in json.loads(raw, object_pairs_hook=tuple, parse_int=str):
        if name in seen:
            return str(name)
        seen.add(name)
    return ""


def refuse_repeated_fields(raw: bytes) -> None:
    """Raise UnreadableLineError if the line has a field twice: it is anybody's guess which of them counts."""
    often = raw.count(b'"members"') > 1 or raw.count(b'"view"') > 2 or raw.count(b'"incarnation"') > 1  # "event": "view"
    several = any(raw.count(mark) > 1 for mark in (b'"payload"', b'"process"', b'"event"'))
    twice = _repeated_field(raw) if often or several else ""
    if twice:
        raise UnreadableLineError(f"the line has `{twice}` twice")


def refuse_inexact(value: Scalar | None, name: str) -> None:
    """Raise UnreadableLineError if two different numbers may have been read as `value`."""
    if isinstance(value, float) and abs(value) >= EXACT:
        raise UnreadableLineError(f"`{name}` is a number too large to be exact; write it as a whole number or as a string")


def schema() -> str:
    """The JSON Schema of a line."""
    return files(__package__).joinpath("groupy-log-1.schema.json").read_text(encoding="utf-8")
