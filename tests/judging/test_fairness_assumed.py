"""Which fairness is assumed of receives, notices, timers, workers: for each a protocol that needs it, and one it cannot help.

In most of them p2 throws a ball to itself forever and is busy at every other throw. What waits for p2 is taken only while p2 is
not busy: mailbox fairness brings it about, weak fairness does not. Where it is `never` taken, no fairness helps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from groupy_check.checker.counterexamples.trace_file import replay_text
from groupy_check.checker.errors import UsageError
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.groupy_model.effects import CancelTimer, Deliver, Effect, Install, Monitor, Send, SetTimer, View
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Fairness, Order, Scenario
from groupy_check.groupy_model.verdict import Extent, Finding, Verdict
from groupy_check.reports.wording.trace_text import trace_text
from groupy_check.specs.registry import PROPERTIES

P1, P2 = Node(1), Node(2)
BOTH = View(1, (P1, P2))
FEW = Limits(states=200)


@dataclass(frozen=True, slots=True)
class One:
    """A process: what it has been given to deliver, and whether it is busy."""

    me: Node
    got: Change | None = None
    busy: bool = False


class Ball(Protocol):
    """p1 multicasts once, delivers that itself, and sends it to p2, which it tells to throw a ball to itself forever."""

    name = "ball"
    claims = ("agreement",)
    scenario = Scenario(nodes=2, messages=1, crashes=0)
    judged = "agreement"

    def __init__(self, never: bool = False) -> None:
        self.never = never

    def step(self, state: Idle | One, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start() | Join():
                return Step(One(me), (Install(BOTH), *self.entering(me)))
            case One(me, None, busy), Multicast(Change() as payload) if me == P1:
                return Step(One(me, payload, busy), (Deliver(payload), *self.sends(payload)))
            case One(me), Receive(_, "ball"):
                return Step(replace(state, busy=not state.busy), (Send(me, "ball"),))
            case One(me, None, busy), Receive(_, Change() as payload) if not (busy or self.never):
                return Step(One(me, payload, busy), (Deliver(payload),))
            case One(), _:
                return self.more(state, event)
        return None

    def entering(self, me: Node) -> tuple[Effect, ...]:  # noqa: ARG002 - others need it
        return ()

    def sends(self, payload: Change) -> tuple[Effect, ...]:
        return Send(P2, "go"), Send(P2, payload)

    def more(self, state: One, event: Event) -> Outcome:
        match event:
            case Receive(_, "go"):
                return Step(state, (Send(P2, "ball"),))
        return None


class BehindPings(Ball):
    """The payload lies in a channel from which something is taken again and again: pings, while p2 is busy."""

    def sends(self, payload: Change) -> tuple[Effect, ...]:
        return Send(P2, "go"), Send(P2, payload), Send(P2, "ping")

    def more(self, state: One, event: Event) -> Outcome:
        match state, event:
            case One(busy=True), Receive(source, "ping"):
                return Step(state, (Send(source, "pong"),))
            case _, Receive(source, "pong"):
                return Step(state, (Send(source, "ping"),))
        return super().more(state, event)


class InABag(BehindPings):
    """The same in an unordered network: pings may pass the payload."""

    scenario = replace(Ball.scenario, order=Order.ANY)


class Chatting(Ball):
    """The payload in an unordered channel, beside pings that are always taken: here weak fairness is enough."""

    scenario = replace(Ball.scenario, order=Order.ANY)

    def sends(self, payload: Change) -> tuple[Effect, ...]:
        return Send(P2, payload), Send(P2, "ping")

    def more(self, state: One, event: Event) -> Outcome:
        match event:
            case Receive(source, "ping" | "pong" as word):
                return Step(state, (Send(source, "pong" if word == "ping" else "ping"),))
        return None


class Juggling(Chatting):
    """Ordered channels: the ball and the payload come from different processes."""

    scenario = Ball.scenario

    def sends(self, payload: Change) -> tuple[Effect, ...]:
        return Send(P1, "ping"), Send(P2, payload)


class Watching(Ball):
    """A process crashes, and the other installs a view without it when it takes the notice."""

    judged = "completeness"
    scenario = Scenario(nodes=2, messages=1, crashes=1)

    def entering(self, me: Node) -> tuple[Effect, ...]:
        return (Monitor(P1), Send(P1, "hello")) if me == P2 else ()

    def sends(self, payload: Change) -> tuple[Effect, ...]:  # noqa: ARG002 - as all
        return (Send(P2, "go"),)

    def more(self, state: One, event: Event) -> Outcome:
        match state, event:
            case _, Receive(_, "hello"):
                return Step(state, (Monitor(P2),))
            case One(me, got, busy=False), Down() if not (self.never and me == P2 and got):
                return Step(state, (Install(View(2, (me,))),))
            case _, Receive(_, "go"):
                return Step(replace(state, got=Change(P1, 1)), (Send(P2, "ball"),))
        return None


class Asking(Ball):
    """p2 joins, and its worker's request for a colour waits for a turn at which it is not busy."""

    judged = "synchrony"
    scenario = Scenario(nodes=1, joins=1, messages=1, crashes=0, worker=True)

    def step(self, state: Idle | One, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start():
                return Step(One(me), (Install(View(1, (P1,))),))
            case Idle(me), Join(contact):
                return Step(One(me), (Install(BOTH), Send(me, "ball"), Send(contact, "hello")))
            case One(), Receive(_, "hello"):
                return Step(state, (Install(BOTH),))
            case One(me, _, busy), Multicast(payload):
                taken = me == P1 or not (isinstance(payload, Change) or busy or self.never)
                return Step(state, (Send(P1, ("all", payload)),)) if taken else None
            case One(), Receive(_, ("all", payload)):
                return Step(state, (Deliver(payload), Send(P2, ("one", payload))))
            case One(), Receive(_, ("one", payload)):
                return Step(state, (Deliver(payload),))
        return super().step(state, event)


# The length of the lasso under weak fairness: what leads to the first throw, then two throws, and where p2 takes pings when it
# is busy, one of these with its answer. None where weak fairness is enough.
NEEDED: dict[type[Ball], int | None] = {
    Ball: 4,
    BehindPings: 6,
    InABag: 6,
    Chatting: None,
    Juggling: None,
    Watching: 5,
    Asking: 4,
}


def judged(protocol: Ball, fairness: Fairness) -> Finding:
    """The verdict of both engines; a violation can be replayed under the same fairness."""
    scenario, wanted = replace(protocol.scenario, fairness=fairness), PROPERTIES[protocol.judged]
    result = Explorer(protocol, scenario, [wanted], FEW).run()
    assert result.coverage.extent is Extent.EXHAUSTED
    [finding], [other] = result.findings, NativeExplorer(protocol, scenario, [wanted], FEW).run().findings
    assert (finding.verdict, finding.trace, finding.exercised) == (other.verdict, other.trace, True)
    if finding.trace is not None:
        again = replay_text(trace_text(finding.trace, "a run"), protocol, [protocol.judged]).finding(protocol.judged)
        assert (again.verdict, again.length, again.witness) == (Verdict.VIOLATED, finding.length, finding.witness)
    return finding


@pytest.mark.parametrize("kind", NEEDED, ids=lambda kind: kind.__name__)
def test_mailbox_fairness_brings_it_about_and_weak_fairness_does_not(kind: type[Ball]) -> None:
    assert judged(kind(), Fairness.MAILBOX).verdict is Verdict.HOLDS
    weak = judged(kind(), Fairness.WEAK)
    assert weak.length == NEEDED[kind]
    assert (weak.verdict is Verdict.HOLDS) == (weak.length is None)


@pytest.mark.parametrize("kind", NEEDED, ids=lambda kind: kind.__name__)
def test_no_fairness_helps_what_is_never_taken(kind: type[Ball]) -> None:
    finding = judged(kind(never=True), Fairness.MAILBOX)
    assert finding.verdict is Verdict.VIOLATED
    assert finding.trace.loop is not None


def test_a_weakly_fair_run_is_refused_where_mailboxes_are_assumed() -> None:
    trace = judged(Ball(), Fairness.WEAK).trace
    assert trace is not None
    text = trace_text(trace, "a run")
    assert "--fairness weak" in text
    with pytest.raises(UsageError, match=r"do not repeat forever in a fair run \(--fairness mailbox\)"):
        replay_text(text.replace(" --fairness weak", ""), Ball())


class Echoing(Ball):
    """What is multicast goes to oneself, beside a ball that comes before it in an unordered channel."""

    scenario = replace(Ball.scenario, order=Order.ANY)
    judged = "progress"

    def step(self, state: Idle | One, event: Event) -> Outcome:
        match state, event:
            case One(me, got), Multicast(Change() as payload):
                return Step(replace(state, got=payload), (Send(me, ("it", payload)), *(() if got else (Send(me, "Ball"),))))
            case One(me), Receive(_, "Ball"):
                return Step(state, (Send(me, "Ball"),))
            case One(), Receive(_, ("it", payload)) if not self.never:
                return Step(state, (Deliver(payload),))
        return super().step(state, event)


def test_a_member_is_not_stuck_because_a_ball_is_always_nearer() -> None:
    assert judged(Echoing(), Fairness.MAILBOX).verdict is Verdict.HOLDS
    assert judged(Echoing(never=True), Fairness.MAILBOX).verdict is Verdict.VIOLATED


# --- timers: both fairnesses are one ------------------------------------------------------------------------------------------


class Telling(Ball):
    """p1 delivers, and tells p2 when its timer `tell` fires: not from its timer `turn` to a pong, when p1 is busy."""

    def sends(self, payload: Change) -> tuple[Effect, ...]:  # noqa: ARG002 - as all
        return SetTimer("tell"), SetTimer("turn")

    def more(self, state: One, event: Event) -> Outcome:
        match state, event:
            case One(busy=False), Timeout("tell"):
                return Step(state, (Send(P2, state.got),))
            case _, Timeout("turn"):
                return self.turn(state)
            case _, Receive(_, Change()):  # once more
                return Step(state)
            case _, Receive(_, "ping"):
                return Step(state, (Send(P1, "pong"),))
            case _, Receive(_, "pong"):
                return self.back(state)
        return None

    def turn(self, state: One) -> Outcome:
        return Step(replace(state, busy=True), (Send(P2, "ping"),))

    def back(self, state: One) -> Outcome:
        return Step(replace(state, busy=False), (SetTimer("turn"),))


class NowAndThen(Telling):
    """p1 is busy from every other pong to the next: then nothing moves, and yet `tell` cannot fire."""

    def turn(self, state: One) -> Outcome:
        return Step(state, (Send(P2, "ping"),))

    def back(self, state: One) -> Outcome:
        return Step(replace(state, busy=not state.busy), (SetTimer("turn"),))


class Unceasing(Telling):
    """After a turn, ping and pong never end, and p1 stays busy."""

    def back(self, state: One) -> Outcome:
        return Step(state, (Send(P2, "ping"),))


class Either(Telling):
    """Ping and pong may go on, or end: among the runs are all of those above."""

    def back(self, state: One) -> Outcome:
        return [Step(replace(state, busy=False), (SetTimer("turn"),)), Step(state, (Send(P2, "ping"),))]


class SetAnew(Telling):
    """Each turn sets the timer `tell` anew: it never runs out, as a failure detector's that hears a heartbeat."""

    def turn(self, state: One) -> Outcome:
        return Step(replace(state, busy=True), (SetTimer("tell"), Send(P2, "ping")))


class Cancelled(Telling):
    """Each turn cancels the timer `tell`, and its end sets it again."""

    def turn(self, state: One) -> Outcome:
        return Step(replace(state, busy=True), (CancelTimer("tell"), Send(P2, "ping")))

    def back(self, state: One) -> Outcome:
        return Step(replace(state, busy=False), (SetTimer("tell"), SetTimer("turn")))


class ByAnother(Telling):
    """Each turn of p2, which has a timer of the same name, sets that one anew: it is not p1's."""

    def more(self, state: One, event: Event) -> Outcome:
        match state, event:
            case One(me), Receive(_, "ping"):
                return Step(state, (SetTimer("tell"), Send(P1, "pong")))
            case One(me), Timeout("tell") if me == P2:
                return Step(state)
        return super().more(state, event)


@pytest.mark.parametrize("fairness", Fairness)
@pytest.mark.parametrize("kind", [Telling, NowAndThen, ByAnother], ids=lambda kind: kind.__name__)
def test_a_timer_that_can_fire_again_and_again_does(kind: type[Ball], fairness: Fairness) -> None:
    assert judged(kind(), fairness).verdict is Verdict.HOLDS


@pytest.mark.parametrize("fairness", Fairness)
@pytest.mark.parametrize(
    ("kind", "length", "loop"), [(Unceasing, 4, 2), (Either, 4, 2), (SetAnew, 4, 1), (Cancelled, 4, 1)], ids=str
)
def test_a_timer_waits_forever_where_it_cannot_fire_or_is_set_anew(
    kind: type[Ball], length: int, loop: int, fairness: Fairness
) -> None:
    finding = judged(kind(), fairness)
    assert (finding.length, finding.trace.loop) == (length, loop)
