"""gmp-rejoin with one clause wrong: ways to take a process that comes back for the one that crashed."""

from __future__ import annotations

from typing import Any

from groupy_check.groupy_model.effects import Effect, Install, Monitor, Send
from groupy_check.groupy_model.events import Event, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step
from groupy_check.groupy_model.protocols.membership.gmp_rejoin import (
    Applicant,
    Commit,
    GmpRejoin,
    Incarnation,
    Member,
    Roster,
)


class Resumes(GmpRejoin):
    """Who comes back while its name is in the view in force is told that view, and is a member at once."""

    name = "gmp-rejoin~resumes"

    def asked(self, state: Member, who: Incarnation) -> Step:
        if state.current == state.latest and who.node in state.latest.view.members:
            return Step(state, (Send(who.node, Commit(state.latest)),))
        return super().asked(state, who)

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Applicant(me), Receive(_, Commit(roster)) if me.node in roster.view.members:
                others = (node for node in roster.view.members if node != me.node)
                return Step(Member(me, roster, roster), (Install(roster.view), *map(Monitor, others)))
        return super().step(state, event)


class LateNotice(GmpRejoin):
    """Nobody cancels a monitor: a notice that a member's earlier incarnation has ended may be taken for its own end."""

    name = "gmp-rejoin~late-notice"

    def watching(self, older: Roster, newer: Roster) -> tuple[Effect, ...]:
        return tuple(effect for effect in super().watching(older, newer) if isinstance(effect, Monitor))


class OldMail(GmpRejoin):
    """What names an earlier incarnation is taken for one's own: a commit that was under way at the crash is obeyed after it."""

    name = "gmp-rejoin~old-mail"

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Applicant(me), Receive(_, Commit(roster)) if me.node in roster.view.members:
                return self.install(Member(me, roster))
        return super().step(state, event)


class NumberInMemory(GmpRejoin):
    """Who comes back does not write its new number down: after the next crash it has the same number once more."""

    name = "gmp-rejoin~number-in-memory"

    def apply_for(self, me: Incarnation, knew: tuple[Node, ...]) -> Step:
        step = super().apply_for(me, knew)
        return step if me.number == 1 else Step(step.state, step.effects[1:])
