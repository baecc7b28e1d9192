"""What is delivered, whatever the order: integrity, validity, agreement (Cachin, Guerraoui, Rodrigues, chapter 3).

The textbook has a fixed set of processes. Where processes join, "every correct process" is here every correct member of the
view in which the payload was delivered, and what a joiner adopts as part of its state it has had. A process that comes back
after a crash and stays up is correct, and what any of its incarnations has had it has had; only `integrity` looks at each
incarnation by itself, since an application that begins anew may be told again (`no-duplication` is the same per process).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence, Set

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import Adopted, Delivered, History, Installed, Life, Observation, Sent, Status
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import came_by, correct, deliveries, eventually, gained, is_member
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CGR, GROUPY

_THEN = {Status.CRASHED: " before it crashed", Status.HALTED: " before it ended itself"}


def _integrity(history: History) -> Witness | None:
    """No incarnation has a payload twice, and some application asked for all that anybody has had, before it had it itself.

    To adopt a state is to start from it, so it may contain what was delivered before. To deliver what it contains is to have
    that twice.
    """
    multicast = {payload for life in history.lives for payload in life.sent}
    for life in history.incarnations:
        seen: set[Hashable] = set()
        for entry in life.log:
            for payload in gained(entry):
                fault = repeated(life, entry, payload, seen)
                if not fault and payload not in multicast and getattr(payload, "origin", None) not in history.hidden:
                    fault = f"{came_by(life, payload)} {show(payload)}, which nobody multicast"
                if fault:
                    return Witness(f"{life.name} {fault}", (life.node,), (payload,))
            seen.update(gained(entry))
    for life in history.lives:
        for payload in early(life):
            if not any(payload in other.sent for other in history.lives if other is not life):
                return Witness(f"{life.node} delivered {show(payload)} before it multicast it", (life.node,), (payload,))
    return None


def early(life: Life) -> Iterator[Hashable]:
    """What `life` delivers before it has multicast it, as only the log of a real system can tell."""
    waiting = set(life.sent)
    for entry in life.log if waiting else ():
        if isinstance(entry, Sent):
            waiting.discard(entry.payload)
        elif isinstance(entry, Delivered) and entry.payload in waiting:
            yield entry.payload


def repeated(life: Life, entry: Observation, payload: Hashable, seen: Set[Hashable]) -> str:
    """How `life` comes to have `payload` twice by `entry`, when it has had those `seen`; "" if it does not."""
    if isinstance(entry, Adopted):
        return f"adopted a state that contains {show(payload)} twice" if entry.payloads.count(payload) > 1 else ""
    if payload not in seen:
        return ""
    if life.delivered.count(payload) > 1:
        return f"delivered {show(payload)} twice"
    return f"delivered {show(payload)}, which is part of the state that it had adopted"


@eventually
def _validity(history: History) -> Witness | None:
    """At rest, every correct process has had everything that its application asked for."""
    for life in correct(history):
        for payload in life.sent:
            if payload not in life.had:
                text = f"{life.node} never delivered {show(payload)}, which it multicast itself"
                return Witness(text, (life.node,), (payload,))
    return None


def _withheld(history: History, deliverers: Sequence[Life]) -> Witness | None:
    """A payload that one of `deliverers` has delivered in a view but some correct member of that view has never had.

    Processes that joined later are not members of that view and owe nothing. What is delivered before a first view counts as
    delivered in that view. If there never is one, those owe who certainly were members by then: the founders.
    """
    got = {life.node: frozenset(life.had) for life in correct(history)}
    founders = tuple(life.node for life in history.lives if life.founder and is_member(life))
    for life in (incarnation for deliverer in deliverers for incarnation in deliverer.incarnations):
        first = life.views[0] if life.views else None
        for payload, place in deliveries(life):
            view = place or first
            bound = view.members if view else founders
            for node, payloads in got.items():
                if node in bound and payload not in payloads:
                    text = f"{node} never delivered {show(payload)}, which {life.name} delivered {_where(place, first)}"
                    views = (view,) if view else ()
                    return Witness(f"{text}{_THEN.get(life.status, '')}", (node, life.node), (payload,), views)
    return None


def _where(place: View | None, first: View | None) -> str:
    """Where something was delivered: in the view `place`, or before the `first` one, if there was one."""
    if place:
        return f"in {place}"
    return f"before its first view, {first}" if first else "without ever installing a view"


@eventually
def _agreement(history: History) -> Witness | None:
    """At rest, what a correct process delivered in view V, every correct process in V has had."""
    return _withheld(history, correct(history))


@eventually
def _uniform_agreement(history: History) -> Witness | None:
    """At rest, what any process delivered in view V, every correct process in V has had."""
    return _withheld(history, history.lives)


INTEGRITY = Property(
    name="integrity",
    kind=Kind.SAFETY,
    sentence="a process delivers a payload at most once, and only if it was multicast",
    source=f"{GROUPY}; BEB2 and BEB3 in {CGR}",
    needs=frozenset({Sent, Delivered, Adopted}),
    judge=_integrity,
    goal=lambda history: any(life.delivered for life in history.lives),
    goal_text="a process delivered a payload",
    pairwise=True,
)
VALIDITY = Property(
    name="validity",
    kind=Kind.LIVENESS,
    sentence="what a correct process multicasts, it eventually delivers",
    source=f"{GROUPY}; RB1 in {CGR}",
    needs=frozenset({Sent, Delivered, Adopted, Installed}),
    judge=_validity,
    goal=lambda history: any(life.sent for life in correct(history)),
    goal_text="a correct process multicast a payload",
    pairwise=True,
)
AGREEMENT = Property(
    name="agreement",
    kind=Kind.LIVENESS,
    sentence="if a correct process delivers m in a view, every correct member of that view eventually delivers m",
    source=f"{GROUPY}; RB4 in {CGR}",
    needs=frozenset({Delivered, Adopted, Installed}),
    judge=_agreement,
    goal=lambda history: any(life.delivered for life in correct(history)),
    goal_text="a correct process delivered a payload",
    pairwise=True,
)
UNIFORM_AGREEMENT = Property(
    name="uniform-agreement",
    kind=Kind.LIVENESS,
    sentence=(
        "if ANY process delivers m in a view (it may have crashed since), every correct member of that view "
        "eventually delivers m"
    ),
    source=f"URB4 in {CGR}",
    needs=frozenset({Delivered, Adopted, Installed}),
    judge=_uniform_agreement,
    goal=lambda history: any(life.delivered and life.status is Status.CRASHED for life in history.incarnations),
    goal_text="a process delivered a payload and crashed later",
    pairwise=True,
)
