"""swim: each process keeps its own list of members, finds failures by pings, and passes on what it knows with every message.

In each period, when its timer fires, a process pings one other. If no answer comes within a period, it asks a third process to
ping that one for it; if none comes within another, it SUSPECTS it. Who learns that it is suspected REFUTES that with a higher
incarnation number. A suspicion that has not been refuted after `patience` periods is CONFIRMED: that one is dead, for good.
Every message carries the list of its sender. Of two opinions about a process the one with the higher number counts; of one
number, suspicion counts rather than life; death counts rather than anything.

The view of a process is what its own list says, suspects included. Nobody agrees on views with anybody: two processes may
leave out others in different orders, so view-agreement is violated, and neither notices.

Promised: completeness, whatever is lost, since who has crashed answers nobody; monotonic-views and self-inclusion. Promised
where a timer is longer than every delay (the default): accuracy, as long as nothing or little is lost. In a group of
three in which nobody crashes, two messages may be: the first has another way round, and a suspicion is refuted in time. Not
promised: view-agreement; accuracy where more is lost, the network is split, or a process is slow. A death is never taken back:
who learns that it is held dead ends itself, and when a network heals whose sides have given each other up, nobody asks again.
Only timers make this run, so it never comes to rest.

The model is smaller than the paper's in three ways. Lists go round whole, not piecemeal. Who asks next is not random: a
process pings the others in turn, but suspects first, so that they can refute in time with few periods of patience. And there
is one timer, the period: a suspicion expires after so many of them.

Incarnation numbers rise only where somebody is suspected although it lives, which takes a lost message, a split or a slow
process, so the budget for these bounds the numbers.

Source: Das, Gupta, Motivala, "SWIM: scalable weakly-consistent infection-style process group membership protocol", DSN 2002.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, ClassVar

from groupy_check.groupy_model.effects import Effect, Halt, Install, Send, SetTimer, View
from groupy_check.groupy_model.events import Event, Join, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step, behind, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked, Joining

PERIOD = SetTimer("period")


class Health(IntEnum):
    """What is thought of a process; of one incarnation number, the higher one counts."""

    ALIVE = 0
    SUSPECT = 1
    DEAD = 2


@dataclass(frozen=True, slots=True)
class Opinion:
    """`node` is in this `health`, as far as its incarnation `number` goes."""

    node: Node
    number: int = 0
    health: Health = Health.ALIVE

    def __str__(self) -> str:
        number = f" ({self.number})" if self.number else ""
        return f"{self.node}{number}" if self.health is Health.ALIVE else f"{self.node}{number} {self.health.name.lower()}"


News = tuple[Opinion, ...]  # in order of names


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there? `origin` wants to know."""

    origin: Node
    news: News

    def __str__(self) -> str:
        return f"ping for {self.origin} {_text(self.news)}"


@dataclass(frozen=True, slots=True)
class PingRequest:
    """Ping `target` for me."""

    target: Node
    news: News

    def __str__(self) -> str:
        return f"please ping {self.target} {_text(self.news)}"


@dataclass(frozen=True, slots=True)
class Ack:
    """To `origin`, or to who passes it on: `node` is there."""

    node: Node
    origin: Node
    news: News

    def __str__(self) -> str:
        return f"ack of {self.node} for {self.origin} {_text(self.news)}"


@dataclass(frozen=True, slots=True)
class Welcome:
    """To all members, from the one that a joiner has asked: it is one of us."""

    news: News

    def __str__(self) -> str:
        return f"welcome {_text(self.news)}"


def _text(news: News) -> str:
    return f"[{', '.join(map(str, news))}]"


@dataclass(frozen=True, slots=True)
class Member:
    """`news`: its list, itself included. `last`: whom it pinged last. `awaited`: who has not answered that ping.

    `asked`: whether a third process has been asked to ping it. `doubts`: those that it suspects, in order of names, and for
    how many periods.
    """

    me: Node
    news: News
    last: Node
    awaited: Node | None = None
    asked: bool = False
    doubts: tuple[tuple[Node, int], ...] = ()

    @property
    def members(self) -> tuple[Node, ...]:
        """Those that are not dead, suspects included."""
        return tuple(one.node for one in self.news if one.health is not Health.DEAD)

    @property
    def others(self) -> tuple[Node, ...]:
        """The members but itself."""
        return tuple(node for node in self.members if node != self.me)

    @property
    def view(self) -> View:
        """Its view: each that comes and each that goes makes a new one."""
        return View(2 * len(self.news) - len(self.members) - 1, self.members)


@dataclass(frozen=True)
class Swim(Protocol):
    """Weakly consistent membership: pings, suspicion that can be refuted, and gossip. What a mutant changes is a method.

    `patience`: after how many periods a suspicion is confirmed.
    """

    patience: int = 2
    name = "swim"
    source = "Das, Gupta, Motivala, DSN 2002"
    claims: ClassVar[tuple[str, ...]] = ("monotonic-views", "self-inclusion", "accuracy", "completeness")

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start():
                alone = Member(me, (Opinion(me),), me)
                return Step(alone, (Install(alone.view), PERIOD))
            case Idle(me), Join(contact):
                return Step(Joining(me), (Send(contact, JoinAsked(me)),))
            case Joining(me), Receive(source, (Welcome(news) | Ping(_, news)) as message) if knows(news, me):
                member = Member(me, news, me)
                return behind((Install(member.view), PERIOD), self.receive(member, source, message))
            case Member(), Receive(source, message):
                return self.receive(state, source, message)
            case Member(), Timeout():
                return self.period(state)
        return None

    def receive(self, state: Member, source: Node, message: object) -> Step:
        match message:
            case JoinAsked(node):
                return self.learn(state, (Opinion(node),), lambda now: Step(now, broadcast(Welcome(now.news), now.others)))
            case Welcome(news):
                return self.learn(state, news, Step)
            case Ping(other, news) | PingRequest(other, news) | Ack(_, other, news):
                return self.learn(state, news, lambda now: self.answer(now, source, message, other))
        return Step(state)

    def answer(self, state: Member, source: Node, message: object, other: Node) -> Step:
        """What follows from `message` besides its news; `other` is the process that it names."""
        match message:
            case Ping():
                return Step(state, (Send(source, Ack(state.me, other, state.news)),))
            case PingRequest():
                return Step(state, (Send(other, Ping(source, state.news)),))
            case Ack(node) if other != state.me:
                return Step(state, (Send(other, Ack(node, other, state.news)),))
            case Ack(node) if node == state.awaited:
                return Step(replace(state, awaited=None, asked=False))
        return Step(state)

    # --- opinions ----------------------------------------------------------------------------------------------------

    def learn(self, state: Member, news: News, then: Callable[[Member], Step]) -> Step:
        """Compare the `news` with its own list, refute what they say of itself, report another view; and `then`."""
        mine = {one.node: one for one in state.news}
        for one in news:
            mine[one.node] = self.prefer(mine.get(one.node, one), one)
        about_me = mine[state.me]
        if self.final(about_me):
            return Step(state, (Halt("held dead by the others"),))
        if about_me.health is not Health.ALIVE:
            mine[state.me] = self.refutation(about_me)
        after, effects = self.changed(state, tuple(mine[node] for node in sorted(mine)))
        return behind(effects, then(after))

    def changed(self, state: Member, news: News) -> tuple[Member, tuple[Effect, ...]]:
        """The state with that list, and the view if it is another."""
        since = dict(state.doubts)
        doubts = tuple((one.node, since.get(one.node, 0)) for one in news if one.health is Health.SUSPECT)
        gone = [one.node for one in news if one.health is Health.DEAD]
        after = replace(state, news=news, doubts=doubts)
        if state.awaited in gone:
            after = replace(after, awaited=None, asked=False)
        return after, (Install(after.view),) if after.view != state.view else ()

    def prefer(self, mine: Opinion, other: Opinion) -> Opinion:
        """Which of two opinions on one process counts."""
        return max(mine, other, key=lambda one: (self.final(one), one.number, one.health))

    def final(self, one: Opinion) -> bool:
        """Whether no opinion under a higher number can change this one."""
        return one.health is Health.DEAD

    def refutation(self, suspicion: Opinion) -> Opinion:
        """What a process says of itself when it learns that it is suspected."""
        return Opinion(suspicion.node, suspicion.number + 1)

    # --- the period --------------------------------------------------------------------------------------------------

    def period(self, state: Member) -> Step:
        """Confirm what has been suspected for long enough; then go on with the ping that is under way, or start the next."""
        older = replace(state, doubts=tuple((node, periods + 1) for node, periods in state.doubts))
        expired = [node for node, periods in older.doubts if periods >= self.patience]
        now, effects = self.changed(older, judged(older.news, expired, Health.DEAD))
        return behind(effects, self.go_on(now))

    def go_on(self, state: Member) -> Step:
        """A period has passed: ask a third process, or suspect who has not answered, or ping the next."""
        target = state.awaited
        if target is None:
            return self.ping(state)
        helper = next((node for node in state.others if node != target), None)
        if helper and not state.asked:
            return Step(replace(state, asked=True), (Send(helper, PingRequest(target, state.news)), PERIOD))
        return self.unanswered(replace(state, awaited=None, asked=False), target, Health.SUSPECT)

    def unanswered(self, state: Member, target: Node, health: Health) -> Step:
        """No answer from `target`, by no way: it is in that `health`. The next one is pinged."""
        now, effects = self.changed(state, judged(state.news, [target], health))
        return behind(effects, self.ping(now))

    def ping(self, state: Member) -> Step:
        """Ping the next member in turn, a suspect first."""
        others = state.others
        if not others:
            return Step(state, (PERIOD,))
        later = [node for node in others if node > state.last]
        target = next((node for node, periods in state.doubts if periods), (later or others)[0])
        return Step(replace(state, last=target, awaited=target), (Send(target, Ping(state.me, state.news)), PERIOD))


def knows(news: News, node: Node) -> bool:
    """Whether `node` is on that list."""
    return any(one.node == node for one in news)


def judged(news: News, nodes: list[Node], health: Health) -> News:
    """`news` with that `health` for `nodes`, unless they are thought to be worse off."""
    return tuple(replace(one, health=max(one.health, health)) if one.node in nodes else one for one in news)
