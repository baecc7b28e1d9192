"""The machine of one process, as plain data: the checker finds it, `reports/machine/` draws it, and here it becomes JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import cast

from groupy_check.groupy_model.scenario_text import Json


@dataclass(frozen=True, slots=True)
class LocalKind:
    """The local states that are drawn as one: their `name`, and how many there are. `first`: a process begins there."""

    name: str
    states: int
    first: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """What `event` does in states of the kind `source`: it leads to `target`, in so many `calls`, with such `effects`.

    `rules` are those of the protocol's source that say so (`gms1.py:101: case Leader(), Down(node)`); `example` is the first
    call, as words: the state, the event, and the state after it.
    """

    source: str
    target: str
    event: str
    effects: tuple[str, ...]
    calls: int
    rules: tuple[str, ...]
    example: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class UntakenRule:
    """A rule that no run has taken: in states of which kind, and for which event, as far as its pattern says."""

    source: str
    event: str
    rule: str


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine of `protocol`, seen in the runs of a scenario. `whole`: all of them; `untaken` may be found in larger ones.

    `rules` is the number of rules in all, 0 where the source cannot be read.
    """

    protocol: str
    kinds: tuple[LocalKind, ...]
    arrows: tuple[Arrow, ...]
    untaken: tuple[UntakenRule, ...]
    rules: int
    whole: bool


def machine_json(machine: Machine) -> dict[str, Json]:
    """`machine` for a JSON document."""
    return cast(dict[str, Json], asdict(machine))
