"""Where a user's protocol stands, for the end of a sentence about it: `mine.py:31`."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from groupy_check.checker.semantics.outside import Listening
from groupy_check.groupy_model.events import Event
from groupy_check.groupy_model.protocol import Protocol


def where_decided(protocol: Protocol, state: Any, event: Event) -> str:
    """The `file:line` of the rule by which `step` answers, with that of the protocol's class if it is in another file.

    Where no rule answers, it is as `where_defined`.
    """
    from groupy_check.checker.semantics.source_lines.acting_line import ways  # noqa: PLC0415 - needed once, if ever

    kind = type(protocol)
    with Listening():
        lines = ways(protocol, state, event)
    own = [line for line in lines if _file(line) == _file(source_of(kind))]  # what these call may be ours
    return beside_class(kind, (own or lines)[-1]) if lines else where_defined(kind)


def where_defined(kind: type) -> str:
    """The `file:line` of the class `kind`, and of the `step` that it inherits if that is in another file."""
    places = list(dict.fromkeys((source_of(kind), source_of(getattr(kind, "step", kind)))))
    files = set(map(_file, places))
    return places[-1] if len(files) == 1 else f"{places[0]}, step inherited from {places[-1]}"


def beside_class(kind: type, line: str) -> str:
    """The `line`, and that of the class `kind` if it is in another file."""
    place = source_of(kind)
    return line if _file(line) == _file(place) else f"{place}, decided at {line}"


def names_line(reason: str, kind: type) -> bool:
    """Whether `reason` says already which line of the file of `kind` it is."""
    return f"at {_file(source_of(kind))}:" in reason


def source_of(item: Any) -> str:
    """The `file:line` of a class or a function; its name if it has no source."""
    try:
        return f"{Path(inspect.getsourcefile(item) or '?').name}:{inspect.getsourcelines(item)[1]}"
    except (OSError, TypeError):
        return getattr(item, "__name__", "?")


def _file(place: str) -> str:
    return place.partition(":")[0]
