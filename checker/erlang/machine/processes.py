"""The processes of one node between two steps, as plain data, and what they do to the world around them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import IntEnum

from groupy_check.checker.erlang.syntax.places import Place
from groupy_check.checker.erlang.terms.raising import RaiseKind
from groupy_check.checker.erlang.terms.values import Atom, Pid, Ref, Term

Frame = tuple[int, tuple[Hashable, ...]]  # the number of the code that goes on, and how far it has come
Variables = tuple[tuple[str, Term], ...]
NORMAL = Atom("normal")


@dataclass(frozen=True, slots=True)
class Activation:
    """One call of a function: the variables that are still used, and what is left to do, the next at the end."""

    variables: Variables
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Proc:
    """One process. It waits at the receive on top of its `stack`, or goes on there with `value`.

    `mailbox` holds what other processes of its node have sent; `links` are in the order in which they were made.
    """

    number: int
    stack: tuple[Activation, ...]
    value: Term | None
    mailbox: tuple[Term, ...] = ()
    links: tuple[Pid, ...] = ()
    trapping: bool = False
    dictionary: tuple[tuple[Term, Term], ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether it is at a receive."""
        return self.value is None


class GivenUp(IntEnum):
    """Whether a monitor was given up, and whether since then one notice of the target's end has come."""

    NOT = 0
    NOW = 1
    NOTICED = 2


@dataclass(frozen=True, slots=True)
class Watching:
    """A monitor: the process `owner` gets a 'DOWN' with `ref` when `target` ends; `shown` is how that names the target.

    `left`: it was given up without a flush, so that only a 'DOWN' comes that was under way; see `Site.leave`.
    """

    owner: int
    target: Pid
    ref: Ref
    shown: Term
    left: GivenUp = GivenUp.NOT


@dataclass(frozen=True, slots=True)
class Alarm:
    """A timer of `erlang:send_after` and its like: `message` will be sent to `to`."""

    ref: Ref
    to: Term
    message: Term


@dataclass(frozen=True, slots=True)
class SiteState:
    """All processes of `node`. `names` are registered; `escaped` the highest number of a pid or reference that others know."""

    node: int
    procs: tuple[Proc, ...] = ()
    names: tuple[tuple[str, int], ...] = ()
    watches: tuple[Watching, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    escaped: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """The process that is registered as `name` at `node` when a message comes there."""

    node: int
    name: str


@dataclass(frozen=True, slots=True)
class Posted:
    """`message` leaves the node `source` for a process of another, or for one of its own whose mailbox is not kept there."""

    source: int
    to: Pid | Named
    message: Term


@dataclass(frozen=True, slots=True)
class NodeSignal:
    """What the process `source` lets one of another node know: `kind` is link, unlink, exit, or `linked` for a link's exit."""

    kind: str
    source: Pid
    reason: Term = NORMAL


@dataclass(frozen=True, slots=True)
class Signalled:
    """`signal` leaves for the process `to` of another node."""

    to: Pid
    signal: NodeSignal


@dataclass(frozen=True, slots=True)
class Watched:
    """A process of another node is monitored, or linked, from now on."""

    target: Pid


@dataclass(frozen=True, slots=True)
class Unwatched:
    """No process here monitors `target`, of another node, any more, nor is linked to it."""

    target: Pid


@dataclass(frozen=True, slots=True)
class Made:
    """A tuple of three or more was made that may be a view."""

    term: Term


@dataclass(frozen=True, slots=True)
class Stopped:
    """Process `number` has ended, `where` in the program. `kind` is None when it returned or was ended by a signal.

    `hint` says in words what was wrong, where the reason does not.
    """

    number: int
    kind: RaiseKind | None
    reason: Term
    where: str
    hint: str = ""


Output = Posted | Signalled | Watched | Unwatched | Made | Stopped


class CannotRun(Exception):  # noqa: N818 - the program may be right
    """`text` says what cannot be run, and where."""


def located(file: str, place: Place, text: str) -> CannotRun:
    """What cannot be run stands at `place` of the module in `file`."""
    return CannotRun(f"{place.inside(file)}: {text}")
