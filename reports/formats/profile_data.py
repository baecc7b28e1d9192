"""What a profile tells, as plain data: the checker makes it, `tables/profile.py` prints it, and here it becomes JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import cast

from groupy_check.groupy_model.scenario_text import Json


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the states: how many `values` it takes, and how many states there are `without` it, all else compared."""

    name: str
    values: int
    without: int


@dataclass(frozen=True, slots=True)
class OneProcess:
    """How many different values the `whole` of `process` takes, and each field of it."""

    process: str
    whole: int
    fields: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OneChannel:
    """How many different contents the channel has, the empty one included, and the length of the longest."""

    source: str
    target: str
    contents: int
    longest: int


@dataclass(frozen=True, slots=True)
class OneMessage:
    """A kind of message: how many different ones, the contents that hold one (per channel), and the most in one of them."""

    kind: str
    distinct: int
    contents: int
    most: int


@dataclass(frozen=True, slots=True)
class Level:
    """How many states were first found at one depth; how many of those that were looked at are at rest."""

    states: int
    at_rest: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A branch of the protocol's source: `where` (file:line), its head as `text`, the function that it is `inside`.

    `forming`: it was taken while the group was formed, before the search began.
    """

    where: str
    text: str
    inside: str
    forming: bool


@dataclass(frozen=True, slots=True)
class Call:
    """How often `event` was offered to a different local `state` of this kind and was handled, or refused (None)."""

    state: str
    event: str
    handled: int
    refused: int


@dataclass(frozen=True, slots=True)
class Absent:
    """What never happened: events, effects that the source mentions, messages that a rule wants to receive and nobody sent."""

    events: tuple[str, ...]
    effects: tuple[str, ...]
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """All of it. `parts` begin with the one that makes the states the most; `levels` by depth; `budgets` in distinct values.

    `rules` counts the branches and functions of the protocol, `untaken` are those never taken, without what lies within
    them; `unread` names the files whose source was not there to be read. `effects` counts the handlers' outcomes with each.
    """

    states: int
    parts: tuple[Part, ...]
    processes: tuple[OneProcess, ...]
    channels: tuple[OneChannel, ...]
    messages: tuple[OneMessage, ...]
    budgets: Mapping[str, int]
    levels: tuple[Level, ...]
    rules: int
    taken: int
    untaken: tuple[Rule, ...]
    unread: tuple[str, ...]
    calls: tuple[Call, ...]
    effects: Mapping[str, int]
    never: Absent


def profile_json(profile: Profile) -> Json:
    """`profile` as JSON: its fields by their names."""
    return cast(Json, asdict(profile))
