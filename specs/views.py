"""Which views are installed: the group membership service itself. Views are equal if number and members, in order, agree."""

from __future__ import annotations

from itertools import combinations

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import History, Installed, Life, Status
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import ViewChange, correct, eventually, view_changes
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CGR, CKV, LECTURE

NEEDS: frozenset[type] = frozenset({Installed})


def _view_agreement(history: History) -> Witness | None:
    """Views with the same number are equal wherever they are installed, their order included: it determines the leader."""
    for one, other in combinations(history.lives, 2):
        for view in one.views:
            for rival in other.views:
                if view.id == rival.id and view != rival:
                    text = f"{one.node} installed {view}, but {other.node} installed {rival}"
                    return Witness(text, (one.node, other.node), (), (view, rival))
    return None


def _monotonic_views(history: History) -> Witness | None:
    """The numbers of a process's views increase strictly."""
    for life in history.lives:
        for change in view_changes(life):
            if change.newer.id <= change.older.id:
                text = f"{life.node} installed {change.newer} after {change.older}"
                return Witness(text, (life.node,), (), (change.older, change.newer))
    return None


def _self_inclusion(history: History) -> Witness | None:
    """A process never installs a view that does not contain it."""
    for life in history.lives:
        for view in life.views:
            if life.node not in view.members:
                return Witness(f"{life.node} installed {view}, which does not contain it", (life.node,), (), (view,))
    return None


def _accuracy(history: History) -> Witness | None:
    """A process that a view leaves out, although the view before contained it, has ended or asked to leave.

    Judged in every state, so the state right after the installation decides; what happens later is no excuse.
    """
    for life in history.lives:
        for change in view_changes(life):
            for other in history.lives:
                if other.up and other.node in _left_out(change):
                    went = f"{life.node} went from {change.older} to {change.newer}"
                    text = f"{went}, which leaves out {other.node}, but {other.node} has neither crashed nor left"
                    return Witness(text, (life.node, other.node), (), (change.older, change.newer))
    return None


def _left_out(change: ViewChange) -> frozenset[int]:
    return frozenset(change.older.members) - frozenset(change.newer.members)


def _primary_partition(history: History) -> Witness | None:
    """The installed views form one sequence, and every view contains a majority of its predecessor's members.

    One view follows another if some process goes directly from the one to the other. So gaps in the numbers, which some
    protocols leave, and processes that join late, skip a view or end early violate nothing.
    """
    return _view_agreement(history) or _fork(history) or _minority(history)


def _fork(history: History) -> Witness | None:
    """A witness if two views follow the same one and no chain of changes leads from the earlier to the later."""
    for one, other in combinations(history.lives, 2):
        for mine in view_changes(one):
            for theirs in view_changes(other):
                earlier, later = sorted((mine.newer, theirs.newer), key=lambda view: view.id)
                if mine.older == theirs.older and later not in _from(history, earlier):
                    text = f"{one.node} went from {mine.older} to {mine.newer}, but {other.node} to {theirs.newer}"
                    return Witness(text, (one.node, other.node), (), (mine.older, mine.newer, theirs.newer))
    return None


def _from(history: History, view: View) -> set[View]:
    """`view` and all views reached from it by chains of changes."""
    found = {view}
    changes = (change for life in history.lives for change in view_changes(life))
    for change in sorted(changes, key=lambda change: change.older.id):
        if change.older in found:
            found.add(change.newer)
    return found


def _minority(history: History) -> Witness | None:
    for life in history.lives:
        for change in view_changes(life):
            shared = frozenset(change.older.members) & frozenset(change.newer.members)
            if 2 * len(shared) <= len(change.older.members):
                share = f"{len(shared)} of {len(change.older.members)} members, not a majority"
                text = f"{life.node} went from {change.older} to {change.newer}, which keeps {share}"
                return Witness(text, (life.node,), (), (change.older, change.newer))
    return None


@eventually
def _completeness(history: History) -> Witness | None:
    """At rest, the last view of no correct process contains a crashed one."""
    for life in correct(history):
        for view in life.views[-1:]:
            for other in history.lives:
                if other.status is Status.CRASHED and other.node in view.members:
                    text = f"{other.node} has crashed, but {life.node} keeps it in its last view, {view}"
                    return Witness(text, (life.node, other.node), (), (view,))
    return None


def _new(life: Life) -> frozenset[View]:
    """The views installed during the run."""
    return frozenset(life.views[1:] if life.founder else life.views)


def _same_number_twice(history: History) -> bool:
    pairs = combinations(history.lives, 2)
    return any({view.id for view in _new(one)} & {view.id for view in _new(other)} for one, other in pairs)


def _someone_left_out(history: History) -> bool:
    return any(_left_out(change) for life in history.lives for change in view_changes(life))


def _member_crashed(history: History) -> bool:
    members = {node for life in correct(history) for view in life.views for node in view.members}
    return any(life.status is Status.CRASHED and life.node in members for life in history.lives)


VIEW_AGREEMENT = Property(
    name="view-agreement",
    kind=Kind.SAFETY,
    sentence="two processes that install view k install the same members",
    source=f"GM2 in {CGR}",
    needs=NEEDS,
    judge=_view_agreement,
    goal=_same_number_twice,
    goal_text="two processes installed views with the same number after the beginning",
    pairwise=True,
)
MONOTONIC_VIEWS = Property(
    name="monotonic-views",
    kind=Kind.SAFETY,
    sentence="a process installs views with rising ids",
    source=f"local monotonicity in {CKV}",
    needs=NEEDS,
    judge=_monotonic_views,
    goal=lambda history: any(view_changes(life) for life in history.lives),
    goal_text="a process went from one view to another",
    pairwise=True,
)
SELF_INCLUSION = Property(
    name="self-inclusion",
    kind=Kind.SAFETY,
    sentence="a process is a member of every view it installs",
    source=CKV,
    needs=NEEDS,
    judge=_self_inclusion,
    goal=lambda history: any(_new(life) for life in history.lives),
    goal_text="a process installed a view after the beginning",
    pairwise=True,
)
ACCURACY = Property(
    name="accuracy",
    kind=Kind.SAFETY,
    sentence="a process left out of a view has crashed or left",
    source=f"GM4 in {CGR}",
    needs=NEEDS,
    judge=_accuracy,
    goal=_someone_left_out,
    goal_text="a view left out a member of the view before it",
    pairwise=True,
)
PRIMARY_PARTITION = Property(
    name="primary-partition",
    kind=Kind.SAFETY,
    sentence="installed views form one sequence; consecutive ones share a majority of the older",
    source=f"{LECTURE}; primary component membership in {CKV}",
    needs=NEEDS,
    judge=_primary_partition,
    goal=_someone_left_out,
    goal_text="a view left out a member of the view before it",
)
COMPLETENESS = Property(
    name="completeness",
    kind=Kind.LIVENESS,
    sentence="a crashed process is eventually in no correct process's view",
    source=f"GM3 in {CGR}",
    needs=NEEDS,
    judge=_completeness,
    goal=_member_crashed,
    goal_text="a process crashed that was in a view of a correct process",
    pairwise=True,
)
