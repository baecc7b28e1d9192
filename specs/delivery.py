"""What is delivered, whatever the order: integrity, validity, agreement (Cachin, Guerraoui, Rodrigues, chapter 3)."""

from __future__ import annotations

from collections.abc import Sequence

from groupy_check.groupy_model.observations import Delivered, History, Installed, Life, Sent, Status
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import correct, deliveries, eventually
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CGR, GROUPY

_THEN = {Status.CRASHED: " before it crashed", Status.HALTED: " before it ended itself"}


def _integrity(history: History) -> Witness | None:
    """Nobody delivers a payload twice, and some application asked for every payload delivered."""
    multicast = {payload for life in history.lives for payload in life.sent}
    for life in history.lives:
        seen = set()
        for payload in life.delivered:
            if payload in seen:
                return Witness(f"{life.node} delivered {show(payload)} twice", (life.node,), (payload,))
            if payload not in multicast and getattr(payload, "origin", None) not in history.hidden:
                return Witness(f"{life.node} delivered {show(payload)}, which nobody multicast", (life.node,), (payload,))
            seen.add(payload)
    return None


@eventually
def _validity(history: History) -> Witness | None:
    """At rest, every correct process has delivered everything that its application asked for."""
    for life in correct(history):
        for payload in life.sent:
            if payload not in life.delivered:
                text = f"{life.node} never delivered {show(payload)}, which it multicast itself"
                return Witness(text, (life.node,), (payload,))
    return None


def _withheld(history: History, deliverers: Sequence[Life]) -> Witness | None:
    """A payload that one of `deliverers` has delivered in a view but some correct member of that view has not.

    Processes that joined later are not members of that view and owe nothing.
    """
    got = {life.node: frozenset(life.delivered) for life in correct(history)}
    for life in deliverers:
        for payload, view in deliveries(life):
            for node, payloads in got.items():
                if view is not None and node in view.members and payload not in payloads:
                    where = f"which {life.node} delivered in {view}{_THEN.get(life.status, '')}"
                    text = f"{node} never delivered {show(payload)}, {where}"
                    return Witness(text, (node, life.node), (payload,), (view,))
    return None


@eventually
def _agreement(history: History) -> Witness | None:
    """At rest, what a correct process delivered in view V has been delivered by every correct process in V."""
    return _withheld(history, correct(history))


@eventually
def _uniform_agreement(history: History) -> Witness | None:
    """At rest, what any process delivered in view V has been delivered by every correct process in V."""
    return _withheld(history, history.lives)


INTEGRITY = Property(
    name="integrity",
    kind=Kind.SAFETY,
    sentence="a process delivers a payload at most once, and only if it was multicast",
    source=f"{GROUPY}; BEB2 and BEB3 in {CGR}",
    needs=frozenset({Sent, Delivered}),
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
    needs=frozenset({Sent, Delivered}),
    judge=_validity,
    goal=lambda history: any(life.sent for life in correct(history)),
    goal_text="a correct process multicast a payload",
    pairwise=True,
)
AGREEMENT = Property(
    name="agreement",
    kind=Kind.LIVENESS,
    sentence="if a correct process delivers m, every correct member eventually delivers m",
    source=f"{GROUPY}; RB4 in {CGR}",
    needs=frozenset({Delivered, Installed}),
    judge=_agreement,
    goal=lambda history: any(life.delivered for life in correct(history)),
    goal_text="a correct process delivered a payload",
    pairwise=True,
)
UNIFORM_AGREEMENT = Property(
    name="uniform-agreement",
    kind=Kind.LIVENESS,
    sentence="if ANY process delivers m (it may have crashed since), every correct member eventually delivers m",
    source=f"URB4 in {CGR}",
    needs=frozenset({Delivered, Installed}),
    judge=_uniform_agreement,
    goal=lambda history: any(life.delivered and life.status is Status.CRASHED for life in history.lives),
    goal_text="a process delivered a payload and crashed later",
    pairwise=True,
)
