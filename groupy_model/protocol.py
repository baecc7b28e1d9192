"""The one idea: a protocol is a pure function of ONE process's local state and ONE event.

    step(state, event) -> None                 the event cannot be received now (a message stays queued)
                        | Step(state, effects) one outcome
                        | [Step, Step, ...]    a non-deterministic choice

No I/O, no clock, no randomness, and nothing is kept anywhere but in the state. States, messages and payloads are immutable,
hashable values: frozen dataclasses, tuples, frozensets, strings, numbers. Of states and messages, those that Python calls equal
must be the same (`1 == True` are not). Everything else in this toolkit only READS this function.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from groupy_check.groupy_model.effects import Effect, Send
from groupy_check.groupy_model.events import Event
from groupy_check.groupy_model.node import Node


@dataclass(frozen=True, slots=True)
class Step:
    """One outcome of a handler: the next local state, and the effects of the process, in order."""

    state: Hashable
    effects: tuple[Effect, ...] = ()


Outcome = Step | Sequence[Step] | None


@dataclass(frozen=True, slots=True)
class Idle:
    """The local state of a process that has neither started nor joined."""

    me: Node


# What protocols in the style of Groupy aim for: everything but validity (a multicast may die with the leader that was to order
# it), the uniform properties (which bind processes that crashed, too), and completeness (only the leader is watched).
USUAL_CLAIMS = (
    "integrity",
    "agreement",
    "total-order",
    "prefix-order",
    "view-agreement",
    "monotonic-views",
    "self-inclusion",
    "accuracy",
    "admission",
    "virtual-synchrony",
    "same-view-delivery",
    "state-transfer",
    "synchrony",
    "progress",
    "termination",
)


def usual_claims_but(*names: str) -> tuple[str, ...]:
    """The usual claims without `names`."""
    return tuple(name for name in USUAL_CLAIMS if name not in names)


class Protocol:
    """Base class of every protocol. A subclass defines `step`, and may define `claims` and `source`; instances have no state.

    `name` is the protocol's name for --impl. `claims` names the properties (see `groupy list`) that the protocol is meant to
    provide; the others are judged as well but do not decide the exit status. `source` cites where the protocol comes from.
    Parameters are the fields of a frozen dataclass, each with a default; --set and checker/inputs/parameters.py set them.
    """

    name: str = ""
    claims: ClassVar[tuple[str, ...]] = USUAL_CLAIMS
    source: ClassVar[str] = ""

    def initial(self, me: Node) -> Hashable:
        """The local state of process `me` before its Start or Join, and before each Recover; None would mean no recovery."""
        return Idle(me)

    def step(self, state: Any, event: Event) -> Outcome:
        """The outcomes of `event` in `state`, as the docstring of this module says. Must not change its arguments."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """A rule of a program: where it stands (file:line), the text of that line, and the function that it belongs to."""

    where: str
    text: str
    inside: str


class Explaining(Protocol):
    """A protocol whose rules stand in a program, in the `files`, that somebody reads."""

    files: tuple[str, ...] = ()

    def place(self, state: Any, event: Event) -> str:
        """Where the rule stands by which `event` is handled in `state`; "" where there is none."""
        raise NotImplementedError

    def obstacle(self, state: Any, event: Event) -> str:
        """Why `event` cannot be received in `state`, and where that is said; "" where nothing can be said."""
        raise NotImplementedError

    def rules(self) -> tuple[WrittenRule, ...]:
        """The rules of the program, in the order of files and lines."""
        raise NotImplementedError

    def followed(self, run: Callable[[], object]) -> frozenset[str]:
        """Where the rules stand that are followed in `run`."""
        raise NotImplementedError

    def handed_unasked(self, payload: Hashable) -> str:
        """What is handed to an application before anybody has multicast anything: `payload`, and what that may be meant as."""
        raise NotImplementedError

    def remarks(self) -> tuple[str, ...]:
        """What is wrong with the text of the program in places to which no run has come."""
        return ()


def broadcast(message: Hashable, to: Iterable[Node]) -> tuple[Send, ...]:
    """One Send of `message` to each process in `to`, in that order; a crash can fall after each of them."""
    return tuple(Send(node, message) for node in to)


def behind(effects: tuple[Effect, ...], step: Step) -> Step:
    """`step` with `effects` in front of its own."""
    return Step(step.state, (*effects, *step.effects))
