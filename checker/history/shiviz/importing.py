"""Logs in the format of ShiViz (Beschastnikh, Wang, Brun, Ernst, CACM 59(8), 2016), as lines of groupy-log 1.

Two lines make an event, as GoVector writes them: the process with its clock, and what happened.

    p1 {"p1": 1}
    {"event": "multicast", "payload": "a1"}

What happened is JSON here, the other fields of a line of groupy-log 1, so that what is written can be read. Where it is any
other text, the event is a note: it is not judged.
"""

from __future__ import annotations

import json
import re

EVENT = re.compile(rb"([^\s{]\S*) (\{.*\})\s*")


def is_shiviz(first_line: bytes) -> bool:
    """Whether a file that begins with this line is a log for ShiViz."""
    return EVENT.fullmatch(first_line) is not None


def as_groupy_log(event: bytes, words: bytes) -> bytes:
    """The two lines of an event as one line of groupy-log 1. Raises ValueError."""
    found = EVENT.fullmatch(event)
    if found is None:
        raise ValueError('a process and its clock are expected, such as p1 {"p1": 1}')
    process, clock = found[1].decode(), json.loads(found[2])
    try:
        fields = json.loads(words)
    except ValueError:
        fields = None
    if not isinstance(fields, dict) or "event" not in fields:
        fields = {"event": "note"}
    return json.dumps({**fields, "process": process, "clock": clock}).encode() + b"\n"
