"""A run in all its detail: plain data for every renderer, made by `checker.runs.recorder`."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum

from groupy_check.groupy_model.actions import Action, Crash, Handle, Suspect
from groupy_check.groupy_model.effects import Effect
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import System


class Fate(Enum):
    """What became of one copy of a message, or of a failure detector's notice."""

    RECEIVED = "received"
    IGNORED = "received, but it changed nothing"
    LOST = "lost"
    UNDELIVERABLE = "its receiver had ended, or was cut off, or withdrew its monitor"
    IN_FLIGHT = "still queued at the end of the run"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a process leaves a message in its queue: the `conditions` that failed, in words, and `where` this is decided.

    `where` is a place in the protocol's source, such as `gms3.py:137`; "" if no condition was reached.
    """

    conditions: tuple[str, ...]
    where: str

    def __str__(self) -> str:
        return "; ".join((*self.conditions, *([self.where] if self.where else [])))


@dataclass(frozen=True, slots=True)
class Flight:
    """One copy of a message from `source` to `target`, or (message None) the notice that `source` has ended.

    `sent_at` and `ended_at` are step numbers, from 1. `ended_at` is None while in flight; it equals `sent_at` when the message
    vanished at once because its receiver had ended. `copy` marks a duplicate made by the network. `refusal` says why a message
    still in flight could not be received in the run's last state; None if it could.
    """

    source: Node
    target: Node
    message: Hashable
    sent_at: int
    fate: Fate
    ended_at: int | None
    copy: bool = False
    refusal: Refusal | None = None

    @property
    def notice(self) -> bool:
        """Whether this is a notice from the failure detector rather than a message."""
        return self.message is None


@dataclass(frozen=True, slots=True)
class TraceStep:
    """Step `number` (from 1): `done` are the effects that happened, `undone` those that a crash prevented.

    `received` is the index in `Trace.flights` of the message or notice that this step took from a channel, or None.
    `place` says where in a program the rule stands, where the protocol knows that.
    """

    number: int
    action: Action
    done: tuple[Effect, ...] = ()
    undone: tuple[Effect, ...] = ()
    received: int | None = None
    place: str = ""

    @property
    def process(self) -> Node | None:
        """The process that takes the step; None for a step of the network."""
        return self.action.process if isinstance(self.action, Handle | Suspect | Crash) else None

    @property
    def crashes(self) -> bool:
        """Whether the process crashes in this step."""
        return isinstance(self.action, Crash) or (isinstance(self.action, Handle | Suspect) and self.action.cut is not None)


@dataclass(frozen=True, slots=True)
class Trace:
    """A run of the protocol named `protocol`: `states[0]` is the beginning, `states[k]` the state after step k.

    `loop`: the run repeats forever what comes after step `loop`; its last state equals that of step `loop`, except for logs.
    """

    protocol: str
    scenario: Scenario
    states: tuple[System, ...]
    steps: tuple[TraceStep, ...]
    flights: tuple[Flight, ...]
    loop: int | None = None

    @property
    def actions(self) -> tuple[Action, ...]:
        """The actions that reproduce this run, in order."""
        return tuple(step.action for step in self.steps)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The processes, in order of names."""
        return tuple(Node(i + 1) for i in range(self.scenario.size))
