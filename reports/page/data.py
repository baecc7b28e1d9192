"""What the interactive page shows, as plain data: the checker makes it, `page.html` draws it, `groupy explore` sends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Kind, Witness


class Light(Enum):
    """A property in one state of the run: VIOLATED from the first violation on; OPEN when it is judged only at rest."""

    FINE = "fine"
    VIOLATED = "violated"
    OPEN = "open"


class Cause(Enum):
    """Why an action happens: OWED by itself; ASKED for by an application; FAULT of a process, the network or the detector."""

    OWED = "owed"
    ASKED = "asked"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Lamp:
    """The light of one property in one state; `sentence`: what it requires; `text`: the witness's where it is violated."""

    name: str
    kind: Kind
    claimed: bool
    light: Light
    sentence: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class PossibleAction:
    """Something that could happen in a state: `line` is its text in traces; `process` is 0 for the network."""

    line: str
    cause: Cause
    process: int


@dataclass(frozen=True, slots=True)
class PageState:
    """One state of the run: the lights, and all that could happen next. `at_rest`: nothing happens by itself any more."""

    lamps: tuple[Lamp, ...]
    choices: tuple[PossibleAction, ...]
    at_rest: bool


@dataclass(frozen=True, slots=True)
class PageData:
    """A run and all that is told about it. `moments[k]` is the state after step k. `property` is the one violated, "" if none.

    `counterfactuals`: (what is changed, from which step on the run differs) of the changes that repair the run.
    """

    trace: Trace
    property: str
    witness: Witness | None
    story: str
    moments: tuple[PageState, ...]
    counterfactuals: tuple[tuple[str, int], ...] = ()
