"""The contents of the interactive page as plain data: made by the checker, drawn by `page.html`, sent by `groupy explore`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Kind, Witness


class Light(Enum):
    """A property in one state of the run: VIOLATED from the first violation on; OPEN if it is judged only at rest."""

    FINE = "fine"
    VIOLATED = "violated"
    OPEN = "open"


class Cause(Enum):
    """Why an action happens: OWED, on its own; ASKED for by an application; FAULT of a process, the network or the detector."""

    OWED = "owed"
    ASKED = "asked"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Lamp:
    """The light of one property in one state; `sentence`: what it requires; `text`: the witness's if it is violated.

    `label`: what the property is called where that is not its name.
    """

    name: str
    kind: Kind
    claimed: bool
    light: Light
    sentence: str = ""
    text: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class PossibleAction:
    """An action that could happen in a state: `line` is its text in traces; `process` is 0 for the network."""

    line: str
    cause: Cause
    process: int


@dataclass(frozen=True, slots=True)
class PageState:
    """One state of the run: the lights, and everything that could happen next. `at_rest`: nothing more happens on its own."""

    lamps: tuple[Lamp, ...]
    choices: tuple[PossibleAction, ...]
    at_rest: bool


@dataclass(frozen=True, slots=True)
class PageData:
    """A run and everything said about it. `moments[k]` is the state after step k. `property` is the one violated, or "".

    `counterfactuals` are the changes that repair the run, each with the step from which the run differs.
    """

    trace: Trace
    property: str
    witness: Witness | None
    story: str
    moments: tuple[PageState, ...]
    counterfactuals: tuple[tuple[str, int], ...] = ()
