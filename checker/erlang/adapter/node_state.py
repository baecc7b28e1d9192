"""The local state of a node that runs Erlang, and what its messages are."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from groupy_check.checker.erlang.adapter.payload_terms import payloads_in
from groupy_check.checker.erlang.adapter.term_text import shown
from groupy_check.checker.erlang.machine.processes import NodeSignal, SiteState
from groupy_check.checker.erlang.terms.values import Pid, Term
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.show import Described, is_noun

MASTER = 0  # the number of the process that has called start: the application, which is not in the program


@dataclass(frozen=True, slots=True)
class ErlangNode(Described):
    """The processes of `me`; `main` is the group process, `view` the number of its last view.

    `numbered`: the program itself has given that its number; `ticking`: a Tick is under way. `due`: a group that the program
    has numbered, and not handed to its Master yet, and its number. `held`: the groups that have been handed to the Master, and
    that other processes of the node still have, with their numbers. `applied`: what the application has applied, if the program
    asks it for its state.
    """

    me: Node
    site: SiteState
    main: int
    view: int
    numbered: bool = False
    ticking: bool = False
    due: tuple[Term, int] | None = None
    held: tuple[tuple[Term, int], ...] = ()
    applied: tuple[Hashable, ...] | None = None
    hashed: int = field(default=0, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # A search hashes each state many times, and this one holds everything that its processes know.
        parts = self.me, self.site, self.main, self.view, self.numbered, self.ticking, self.due, self.held, self.applied
        object.__setattr__(self, "hashed", hash(parts))

    def __hash__(self) -> int:
        return self.hashed

    def __reduce__(self) -> tuple[object, ...]:
        # In another interpreter, hashes are others.
        return ErlangNode, (
            self.me,
            self.site,
            self.main,
            self.view,
            self.numbered,
            self.ticking,
            self.due,
            self.held,
            self.applied,
        )

    def role(self) -> str:
        """The function in which the group process waits."""
        waits = [proc.stack[-1].frames[-1][1] for proc in self.site.procs if proc.number == self.main and proc.waiting]
        return str(waits[0][-1]) if waits else "ended"

    def turn(self, article: str) -> str:
        """Where a process waits is its role only if the function is called by a noun for it."""
        return Described.turn(self, article) if is_noun(self.role()) else f"went on to {self.role()}"

    def holdings(self) -> dict[str, object]:
        """The variables of the group process, and what else grows where a program goes on and on."""
        main = [proc for proc in self.site.procs if proc.number == self.main]
        helpers = [proc for proc in self.site.procs if proc.number != self.main]
        counts = {"helper processes": helpers, "monitors": self.site.watches, "timers": self.site.alarms}
        return {
            **{name: value for proc in main for call in proc.stack for name, value in call.variables},
            "stack of calls": tuple(call.frames for proc in main for call in proc.stack),
            "process dictionary": tuple(proc.dictionary for proc in main),
            **{f"number of {what}": len(those) for what, those in counts.items()},
            **{
                f"{name} of a helper process": value
                for proc in helpers
                for call in proc.stack
                for name, value in call.variables
            },
            "mailboxes of helper processes": tuple(message for proc in helpers for message in proc.mailbox),
        }

    def parts(self) -> dict[str, object]:
        """The variables of the group process that it will use, how many helpers it has, and monitors of what is monitored."""
        main = [proc for proc in self.site.procs if proc.number == self.main]
        found = {name: _part(value) for proc in main for call in proc.stack for name, value in call.variables}
        watches = self.site.watches
        counts = {
            "helpers": len(self.site.procs) - 1,
            "further monitors": len(watches) - len({(watching.owner, watching.target) for watching in watches}),
        }
        return found | {name: count for name, count in counts.items() if count > 0}

    def __str__(self) -> str:
        values = ", ".join(f"{name} = {part}" for name, part in self.parts().items())
        return f"{self.role()}({values})"


@dataclass(frozen=True, slots=True)
class Letter:
    """`content` for the process `to` of the node, or the one that is registered as that.

    `view` is the number of a view to which the program itself gives none. `about` are the payloads in it.
    """

    to: int | str
    content: Term
    view: int | None = None
    about: tuple[Hashable, ...] = ()

    def __str__(self) -> str:
        return shown(self.content) + ("" if self.view is None else f" v{self.view}")


@dataclass(frozen=True, slots=True)
class SignalLetter:
    """`signal` for the process `to` of the node."""

    to: int
    signal: NodeSignal

    def __str__(self) -> str:
        kind, source, reason = self.signal.kind, shown(self.signal.source), shown(self.signal.reason)
        return f"[{kind} of {source}]" if kind in {"link", "unlink"} else f"[exit signal of {source}: {reason}]"


def letter(to: int | str, content: Term, view: int | None = None) -> Letter:
    """A letter with this content, which says what it is about."""
    return Letter(to, content, view, tuple(payloads_in(content)))


def _part(value: Term) -> object:
    """A group process as the node that it is, so that it can be said which one is followed."""
    return Node(value.node) if isinstance(value, Pid) and value.number == 1 else shown(value)


@dataclass(frozen=True, slots=True)
class Tick:
    """To itself: a process of the node can go on without anything from elsewhere."""

    def __str__(self) -> str:
        return "[helpers go on]"
