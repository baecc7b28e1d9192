"""From what the processes of a node do in one step to the effects of the model.

What the Master gets, the application gets: `{view, Group}` is a view, `{deliver, M}` or any other term a delivery. A view has
the number that the program gives it: the one in the last tuple with this group, made or received in the step or before. If the
program does not number its views, a process counts one for each that it announces and for each leader that it has lost, and its
messages with a view carry the number.

In other programs the Master gets no views, only `joined`. There an outside observer sees a view where a process makes a tuple
that begins with `view`, or takes one and is not the same afterwards.

What the application has applied is its state. A program may `request` it of its Master, and hand it to that of a joiner as
`{ok, State}`.
"""

from __future__ import annotations

from collections.abc import Iterable

from groupy_check.checker.erlang.adapter.conventions import Conventions
from groupy_check.checker.erlang.adapter.node_state import MASTER, ErlangNode, Letter, SignalLetter, letter
from groupy_check.checker.erlang.adapter.payload_terms import payload_of, term_of
from groupy_check.checker.erlang.adapter.term_text import shown
from groupy_check.checker.erlang.adapter.view_numbers import (
    groups_in,
    holds,
    is_somewhere_in,
    is_unnumbered_view,
    members_of,
    number_beside,
    numbered_group,
    view_in,
)
from groupy_check.checker.erlang.machine.processes import (
    CannotRun,
    Made,
    Named,
    Output,
    Posted,
    Signalled,
    SiteState,
    Stopped,
    Unwatched,
    Watched,
)
from groupy_check.checker.erlang.terms.raising import RaiseKind
from groupy_check.checker.erlang.terms.values import OK, Atom, Pid, Term, Tuple
from groupy_check.groupy_model.effects import Adopt, Deliver, Demonitor, Effect, Halt, Install, Monitor, Send, View
from groupy_check.groupy_model.node import Node


class Translation:
    """The effects of one step of `node`, which began with what it `received`; `lost`: it has learnt of another's end."""

    def __init__(self, name: str, conventions: Conventions, node: ErlangNode, received: Letter | None, *, lost: bool) -> None:
        self.name, self.conventions, self.node = name, conventions, node
        self.view = node.view + (lost and not node.numbered)
        self.numbered, self.due, self.held, self.applied = node.numbered, node.due, list(node.held), node.applied
        self.announced: int | None = received.view if received else None
        self.lost = lost
        self.made = [received.content] if received else []
        self.exchanged = list(self.made)  # with other nodes; how a program keeps a view for itself may have another number
        self.first = len(self.made)
        self.effects = list[Effect]()
        self.reported = ""

    def translate(self, outputs: Iterable[Output]) -> None:
        """Add the effects of `outputs`."""
        done = tuple(outputs)
        self.exchanged[:0] = [one.message for one in done if isinstance(one, Posted) and one.to.node != self.node.me]
        for output in done:
            match output:
                case Made(term):
                    self.made.append(term)
                case Posted(_, to, message):
                    self._posted(to, message)
                case Signalled(to, signal):
                    self.effects.append(Send(Node(to.node), SignalLetter(to.number, signal)))
                case Watched(target):
                    self.effects.append(Monitor(Node(target.node)))
                case Unwatched(target):
                    self.effects.append(Demonitor(Node(target.node)))
                case Stopped(number) if number == self.node.main:
                    self.effects.append(Halt(self._reason(output)))

    def _posted(self, to: Pid | Named, message: Term) -> None:
        if to == Pid(self.node.me, MASTER):
            self.handed(message)
        else:
            view = self._number_of(message) if is_unnumbered_view(message) else None
            self.effects.append(Send(Node(to.node), letter(to.name if isinstance(to, Named) else to.number, message, view)))

    def handed(self, message: Term) -> None:
        """The Master gets `message`."""
        match meant := self.conventions.master_gets(message):
            case Tuple((Atom("view"), *_, group)):
                self._install(group, message)
            case Tuple((Atom("deliver"), payload)):
                self._deliver(payload)
            case Atom("request") if self.applied is not None:
                state = tuple(map(term_of, self.applied))
                self.effects.append(Send(self.node.me, letter(self.node.main, Tuple((OK, state)))))
            case Tuple((Atom("ok"), state)) if self.applied is not None:
                self._adopt(state)
            case Tuple((Atom("error"), reason)):
                self.reported = shown(reason)
            case Atom("joined"):
                pass
            case Atom("ignore") if meant != message:
                pass
            case _:
                self._check_word(meant)
                self._deliver(meant)

    def _check_word(self, message: Term) -> None:
        """Raises CannotRun for a message that the student's own application would understand, and we do not."""
        file = self.conventions.word_of_its_own(message)
        if file:
            raise CannotRun(
                f"{self.name}: the Master gets {shown(message)}, for which {file} has a clause;"
                f" {self.conventions.what_to_write(message)}"
            )

    def _deliver(self, payload: Term) -> None:
        said = payload_of(payload)
        self.effects.append(Deliver(said))
        self.applied = None if self.applied is None else (*self.applied, said)

    def _adopt(self, state: Term) -> None:
        if not isinstance(state, tuple):
            raise CannotRun(
                f"{self.name}: the Master gets {shown(state)} as its state; it must be what another Master has given"
            )
        self.applied = tuple(map(payload_of, state))
        self.effects.append(Adopt(self.applied))

    def observe(self, *, changed: bool) -> None:
        """Add the view that was made in this step, or else taken, if the process has `changed`."""
        taken = self.made[:1] if changed else []
        seen = [(message, view) for message in (*taken, *self.made[self.first :]) if (view := view_in(message)) is not None]
        if seen:
            message, view = seen[-1]
            number = number_beside(view.items[-1], message)
            self.numbered = number is not None
            self.view = self._next_view() if number is None else number
            self.effects.append(Install(View(self.view, members_of(view))))

    def _install(self, group: Term, message: Term) -> None:
        if not isinstance(group, tuple) or not all(isinstance(member, Pid) for member in group):
            raise CannotRun(f"{self.name}: the Master gets a view that is not a list of processes: {shown(group)}")
        number = self._number_with(group, message)
        self.due = None
        self.numbered = number is not None
        self.view = self._next_view() if number is None else number
        self.held.append((group, self.view))
        members = tuple(Node(member.node) for member in group if isinstance(member, Pid))
        self.effects.append(Install(View(self.view, members)))

    def _number_with(self, group: Term, message: Term) -> int | None:
        """The number that the program gives to `group`, with which the Master gets `message`."""
        telling = [term for term in self.exchanged if holds(group, term)]
        if telling:  # or else it is a number of something else
            numbers = [number for term in telling if (number := number_beside(group, term)) is not None]
            # What the last leader has sent is repeated beside it, and may have the same members.
            newer = [number for number in numbers if self.node.numbered and number > self.node.view]
            return next(iter(newer or numbers), None)
        if self.due and self.due[0] == group:  # acknowledgements were waited for in between
            return self.due[1]
        # A number that only the Master is told may be anything; but what a founder counts from shows later.
        founding = not self.node.site.procs and not self.exchanged
        made = [*(term for term in self.made[::-1] if term != message and not founding), message]
        return next(filter(_is_number, (number_beside(group, term) for term in made)), None)

    def after(self, site: SiteState, *, ticking: bool) -> ErlangNode:
        """The node after the step, which leaves `site`."""
        helpers = tuple(proc for proc in site.procs if proc.number != self.node.main)
        told = [
            *self.exchanged,
            *(reversed(self.made) if helpers else ()),
        ]  # a helper may announce what others made
        found = map(numbered_group, told)
        due = next((one for one in found if one is not None and (one[1] > self.view or not self.numbered)), self.due)
        held = tuple((group, number) for group, number in dict(self.held).items() if is_somewhere_in(helpers, group))
        return ErlangNode(self.node.me, site, self.node.main, self.view, self.numbered, ticking, due, held, self.applied)

    def _number_of(self, message: Term) -> int:
        """The number of the view that `message` announces: a helper may send what has been handed to the Master before."""
        held = dict(self.node.held)
        known = next((held[group] for group in groups_in(message) if group in held), None)
        return self._next_view() if known is None else known

    def _next_view(self) -> int:
        """The number of the view that is announced or taken in this step, where the program gives it none."""
        if self.announced is None:
            self.announced = self.view + (not self.lost or self.numbered)
        return self.announced

    def _reason(self, output: Stopped) -> str:
        if self.reported:
            return self.reported
        if output.kind is None:
            returned = output.reason == Atom("normal")
            return f"its function returned at {output.where}" if returned else f"ended by {shown(output.reason)}"
        word = {RaiseKind.ERROR: "error", RaiseKind.EXIT: "exit", RaiseKind.THROW: "throw"}[output.kind]
        return f"{output.where}: {word} {shown(output.reason)}{f' ({output.hint})' if output.hint else ''}"


def _is_number(found: int | None) -> bool:
    return found is not None
