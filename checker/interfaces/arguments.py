"""Arguments from Python: each is what it should be, or an error of one line names it."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from enum import Enum
from math import inf
from numbers import Real
from typing import Any, TypeVar

from groupy_check.checker.errors import UsageError, unknown
from groupy_check.checker.semantics.step_cache import short
from groupy_check.groupy_model.scenario import Beginning, CutOff, Detector, Fairness, Order, PartitionKind, Scenario, Timing
from groupy_check.specs.property import Property
from groupy_check.specs.requirement import Requirement

Word = TypeVar("Word", bound=Enum)
WORDS: dict[str, type[Enum]] = {
    "detector": Detector, "order": Order, "timing": Timing, "beginning": Beginning, "fairness": Fairness,
    "partition_kind": PartitionKind, "cut_off": CutOff,
}  # fmt: skip


def scenario_of(given: Mapping[str, Any]) -> Scenario:
    """The Scenario with the fields that are `given`, of enums also by their word. Raises UsageError."""
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name == "worker":
            values[name] = yes_or_no(name, value)
        elif name in WORDS:
            values[name] = choice(WORDS[name], value)
        else:
            values[name] = None if name == "timeouts" and value is None else whole(name, value)
    try:
        return Scenario(**values)
    except ValueError as error:
        raise UsageError(str(error)) from error


def whole(name: str, value: Any, least: int | None = None) -> int:
    """`value` as an int; numpy has whole numbers of its own. Raises UsageError, also when it is below `least`."""
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None:
        raise UsageError(f"{name} must be a whole number, not {_quoted(value)}")
    if least is not None and number < least:
        raise UsageError(f"{name} must be at least {least}, not {short(number)}")
    return number


def bound(name: str, value: Any) -> int | None:
    """`value` as a limit in whole numbers, None for no limit. Raises UsageError."""
    if value is not None and isinstance(value, int) and value < 1:
        raise UsageError(f"a limit must be above zero, not {short(value)}: {name}; leave it out for no limit")
    return None if value is None else whole(name, value)


def seconds(name: str, value: Any) -> float | None:
    """`value` as a limit in seconds, None for no limit. Raises UsageError."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real) or value != value:  # noqa: PLR0124 - nan
        raise UsageError(f"{name} must be a number of seconds, not {_quoted(value)}")
    number = float(value)
    if not 0 < number < inf:
        raise UsageError(f"a limit must be above zero, not {short(value)}: {name}; leave it out for no limit")
    return number


def yes_or_no(name: str, value: Any) -> bool:
    """`value`, which must be True or False. Raises UsageError."""
    if not isinstance(value, bool):
        raise UsageError(f"{name} must be True or False, not {_quoted(value)}")
    return value


def names(name: str, value: Any) -> tuple[str, ...]:
    """`value` as a tuple of names. Raises UsageError for anything else, and for a single name."""
    if isinstance(value, str):
        raise UsageError(f"{name} must be a list of names: [{value!r}]")
    if not isinstance(value, Sequence | set | frozenset) or not all(isinstance(item, str) for item in value):
        advice = next(filter(None, map(_named, value if isinstance(value, Sequence | set | frozenset) else [value])), "")
        raise UsageError(f"{name} must be a list of names, such as ['agreement', './mine.py'], not {advice or _quoted(value)}")
    return tuple(sorted(value) if isinstance(value, set | frozenset) else value)


def _named(value: object) -> str:
    """What a property is to be called that was given itself: other interpreters load it, too, by its name."""
    kind = value if isinstance(value, type) else type(value)
    if isinstance(value, Property):
        return f"the property itself; type [{value.name!r}]"
    if not issubclass(kind, Requirement):
        return ""
    if kind.__module__ == "__main__":
        return f"{kind.__name__} itself; put it into a file of its own, mine.py, and type ['./mine.py']"
    return f"{kind.__name__} itself; type ['{kind.__module__}:{kind.__name__}']"


def choice(kind: type[Word], value: Any) -> Word:
    """`value` as a member of `kind`, of which it may also be the word. Raises UsageError."""
    try:
        return kind(value)
    except ValueError:
        raise UsageError(unknown(kind.__name__.lower(), short(value), [member.value for member in kind])) from None


def _quoted(value: object) -> str:
    return repr(value) if isinstance(value, str) else f"{short(value)} ({type(value).__name__})"
