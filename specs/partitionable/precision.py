"""Membership precision: where the network is stable, the members of each component end in one view."""

from __future__ import annotations

from groupy_check.groupy_model.observations import History, Installed, Status
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import correct, eventually, is_member
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CKV


@eventually
def _precision(history: History) -> Witness | None:
    """At rest, every correct member of a correct process's last view ends in that view, too."""
    ended_in = {life.node: life.views[-1] for life in correct(history) if life.status is Status.UP and is_member(life)}
    for one, mine in ended_in.items():
        for other, theirs in ended_in.items():
            if other in mine.members and theirs != mine:
                text = f"{one} ended in {mine}, but {other}, a member of it, ended in {theirs}"
                return Witness(text, (one, other), (), (mine, theirs))
    return None


PRECISION = Property(
    name="precision",
    kind=Kind.LIVENESS,
    sentence="the correct members of a correct process's last view all end in that view",
    source=f"membership precision in {CKV}",
    needs=frozenset({Installed}),
    judge=_precision,
    goal=lambda history: history.at_rest and any(len(life.views) > 1 for life in correct(history)),
    goal_text="a correct process went from one view to another and came to rest",
    pairwise=True,
)
