"""What is done to the processes of a real run, a line each: who starts, joins, multicasts, dies.

    start p1
    join p2 at p1
    multicast p2 a1
    crash p1 after 3 sends
    settle
    wait 1200 ms

Lines that follow each other without `settle` happen at once; `wait` lets timers expire. A crash without a number of sends
happens now, one with a number behind that send of the process, counted from now on; to its own worker it sends as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

QUIET = 4  # milliseconds in which nothing happens: `settle`
NODE = r"p[1-9]\d{0,2}"
LINE = re.compile(
    rf"start (?P<founder>{NODE})|join (?P<joiner>{NODE}) at (?P<contact>{NODE})"
    rf"|multicast (?P<sender>{NODE}) (?P<payload>[a-z]\w{{0,30}}|\d{{1,9}})"
    rf"|crash (?P<victim>{NODE})(?: after (?P<sends>[1-9]\d{{0,5}}) sends?)?|wait (?P<wait>\d{{1,5}}) ms|settle",
    re.ASCII,
)
FORMS = "start p1 · join p2 at p1 · multicast p2 a1 · crash p1 · crash p1 after 3 sends · settle · wait 1200 ms"
CUT_BROADCAST = (
    "start p1", "settle", "join p2 at p1", "settle", "join p3 at p1", "settle",
    "crash p1 after 1 send", "multicast p1 a1", "settle", "multicast p2 b1",
)  # fmt: skip


class ScriptError(ValueError):
    """A line that cannot be done; the text says which and why."""


def erlang_deeds(lines: Iterable[str]) -> str:
    """The script as the list of Erlang terms that the recorder does, one after the other."""
    started = set[str]()
    deeds = [_deed(number, line, started) for number, line in enumerate(lines, start=1)]
    return f"[{','.join((*deeds, _SETTLE))}]"


_SETTLE = f"{{settle,{QUIET}}}"


def _deed(number: int, line: str, started: set[str]) -> str:
    match = LINE.fullmatch(line.strip())
    if match is None:
        raise ScriptError(f"line {number} of the script: {line.strip()!r} is none of: {FORMS}")
    said = match.groupdict()
    fresh = said["founder"] or said["joiner"]
    if fresh in started:
        raise ScriptError(f"line {number} of the script: {fresh} has been started before; give the process another name")
    for old in filter(None, (said["contact"], said["sender"], said["victim"])):
        if old not in started:
            raise ScriptError(f"line {number} of the script: nobody has started {old}; write 'start {old}' before")
    if fresh:
        started.add(fresh)
    return _erlang(said)


def _erlang(said: dict[str, str | None]) -> str:
    match said:
        case {"founder": str(node)}:
            return f"{{start,{node}}}"
        case {"joiner": str(node), "contact": contact}:
            return f"{{join,{node},{contact}}}"
        case {"sender": str(node), "payload": payload}:
            return f"{{multicast,{node},'{payload}'}}" if not str(payload).isdecimal() else f"{{multicast,{node},{payload}}}"
        case {"victim": str(node), "sends": sends}:
            return f"{{crash,{node},{sends or 0}}}"
        case {"wait": str(time)}:
            return f"{{wait,{time}}}"
    return _SETTLE
