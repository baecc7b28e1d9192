"""Values that nothing here could print, compare or copy: endless or very deep ones, and those that equal nothing."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

DEEPEST = 100  # levels: copying takes up to four frames of Python's stack for each, and there are a thousand
ADVICE = "keep values flat: a tuple (1, 2, 3) instead of pairs of pairs"


def complaint(value: object) -> str:
    """Why `value` cannot be in a state or a message, "" if nothing speaks against it here."""
    level, seen = [value], 0
    while level:
        if seen > DEEPEST:
            return f"is nested more than {DEEPEST} levels deep, or holds itself; {ADVICE}"
        if any(isinstance(part, float) and part != part for part in level):  # noqa: PLR0124 - that is how to tell
            return "holds nan, which equals nothing, not even itself; use None"
        seen += 1
        # What is shared by many is looked at once, or a graph without cycles could take forever.
        level = list({id(part): part for holder in level for part in _parts(holder)}.values())
    return ""


def _parts(value: object) -> list[object]:
    """What `value` holds, also in what is mutable: that is refused elsewhere, but must be shown for it."""
    if isinstance(value, str | bytes | int | float):
        return []
    if isinstance(value, tuple | list | frozenset | set):
        return list(value)
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name, None) for field in fields(value)]
    return []
