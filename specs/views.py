"""Which views are installed: the group membership service itself. Views are equal if number and members, in order, agree.

Completeness and accuracy are the textbook's (GM3 and GM4), which knows no processes that join: there every process is in the
first view. So who is in no view yet is not left out of one, and what becomes of it is a property of its own, `admission`.

Numbers are of the process, whatever incarnation installs a view; a change of view is made by one incarnation, and one that has
installed none yet is in no view.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, combinations_with_replacement, pairwise

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import AskedToJoin, History, Installed, Life, Status, ViewChange
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import eventually, running
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CGR, CKV, GROUPY, LECTURE

NEEDS: frozenset[type] = frozenset({Installed})


def _view_agreement(history: History) -> Witness | None:
    """Views with the same number are equal wherever they are installed, their order included: it determines the leader."""
    for one, other in combinations_with_replacement(history.lives, 2):
        for view in one.views:
            for rival in other.views:
                if view.id == rival.id and view != rival:
                    who = tuple(dict.fromkeys((one.node, other.node)))
                    also = f"but {other.node} installed" if one is not other else "and also"
                    return Witness(f"{one.node} installed {view}, {also} {rival}", who, (), (view, rival))
    return None


def _monotonic_views(history: History) -> Witness | None:
    """The numbers of a process's views increase strictly; only when it comes back it may install its last view again."""
    for life in history.lives:
        last: View | None = None
        for incarnation in life.incarnations:
            for place, view in enumerate(incarnation.views):
                resumed = place == 0 and view == last
                if last is not None and view.id <= last.id and not resumed:
                    return Witness(f"{life.node} installed {view} after {last}", (life.node,), (), (last, view))
                last = view
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

    Judged in every state, so the state right after the installation decides; what happens later is no excuse. A process that
    has come back had crashed, so it may be left out, unless its new incarnation has installed the view before.
    """
    for life in history.lives:
        for change in life.view_changes:
            for other in history.lives:
                if other.up and other.node in _left_out(change) and _has_not_crashed_since(other, change.older):
                    went = f"{life.node} went from {change.older} to {change.newer}"
                    text = f"{went}, which leaves out {other.node}, but {other.node} has neither crashed nor left"
                    return Witness(text, (life.node, other.node), (), (change.older, change.newer))
    return None


def _has_not_crashed_since(life: Life, view: View) -> bool:
    """Whether the process is in the incarnation to which `view` refers."""
    current = life.current
    return current.incarnation <= 1 or view in current.views


def _left_out(change: ViewChange) -> frozenset[int]:
    return frozenset(change.older.members) - frozenset(change.newer.members)


def _primary_partition(history: History) -> Witness | None:
    """The views that anybody has installed form one sequence, and each contains a majority of the members of the one before it.

    Their numbers give the sequence, so a view follows the one with the next lower number that anybody has installed by then.
    Gaps in the numbers, which some protocols leave, and processes that join late, skip a view or end early violate nothing. A
    joiner that founds a group of its own, however, does.

    Chockler, Keidar and Vitenberg ask for one process that goes directly from each view to the next; the lecture asks for a
    majority. This is the lecture's, and of the other only as much as two views need that follow the same one (see `_fork`): a
    view that only a joiner has installed, and the others skip, is no second primary.
    """
    return _view_agreement(history) or out_of_line(history) or _fork(history)


def out_of_line(history: History) -> Witness | None:
    """A witness if a process went back in the sequence of views, or if a view keeps no majority of the one before it."""
    return _backwards(history) or _minority(history)


def _backwards(history: History) -> Witness | None:
    for life in history.lives:
        for older, newer in pairwise(life.views):
            if newer.id < older.id:
                text = f"{life.node} went back from {older} to {newer}"
                return Witness(text, (life.node,), (), (older, newer))
    return None


def _fork(history: History) -> Witness | None:
    """A witness if two views follow the same one, and no chain of changes leads, or may yet lead, from the first to the other.

    The later of the two may reach somebody first. So nothing is said as long as somebody may still go to it.
    """
    for one, other in combinations(history.lives, 2):
        for mine in one.view_changes:
            for theirs in other.view_changes:
                earlier, later = sorted((mine.newer, theirs.newer), key=lambda view: view.id)
                apart = mine.older == theirs.older and later not in _from(history, earlier)
                if apart and not may_follow(history, later):
                    return forked(one.node, other.node, mine, theirs.newer)
    return None


def forked(one: Node, other: Node, change: ViewChange, newer: View) -> Witness:
    """The witness that `one` made this `change`, and `other` went from the same view to another, `newer`."""
    text = f"{one} went from {change.older} to {change.newer}, but {other} to {newer}"
    return Witness(text, (one, other), (), (change.older, change.newer, newer))


def may_follow(history: History, later: View) -> bool:
    """Whether some process may yet come to `later` from a view before it: until then nobody can tell that this is a fork."""
    runs = [life for life in history.lives if _may_go_on(life) and life.node in later.members]
    return any(all(view.id < later.id for view in life.views[-1:]) for life in runs)


def _may_go_on(life: Life) -> bool:
    return life.status in (Status.UP, Status.ABSENT) or life.returns


def _from(history: History, view: View) -> set[View]:
    """`view` and all views reached from it by chains of changes."""
    found = {view}
    changes = (change for life in history.lives for change in life.view_changes)
    for change in sorted(changes, key=lambda change: change.older.id):
        if change.older in found:
            found.add(change.newer)
    return found


def _minority(history: History) -> Witness | None:
    """A witness if some view in the sequence keeps no majority of the one before it."""
    sequence = sorted({view for life in history.lives for view in life.views}, key=lambda view: view.id)
    for older, newer in pairwise(sequence):
        members = frozenset(older.members)
        shared = members & frozenset(newer.members)
        if 2 * len(shared) <= len(members):
            return _too_few(history, older, newer, f"{len(shared)} of {len(members)} members, not a majority")
    return None


def _too_few(history: History, older: View, newer: View, share: str) -> Witness:
    went = [life for life in history.lives for c in life.view_changes if (c.older, c.newer) == (older, newer)]
    if went:
        text = f"{went[0].node} went from {older} to {newer}, which keeps {share}"
        return Witness(text, (went[0].node,), (), (older, newer))
    one, other = (next(life.node for life in history.lives if view in life.views) for view in (older, newer))
    text = f"{one} installed {older}, and {other} installed {newer}, the next view, which keeps {share}"
    return Witness(text, tuple(dict.fromkeys((one, other))), (), (older, newer))


_ENDED = {Status.CRASHED: "has crashed", Status.HALTED: "has ended itself"}


@eventually
def _completeness(history: History) -> Witness | None:
    """At rest, the last view of no correct process that runs contains one that has crashed or ended itself.

    To the others the two look alike. A process that has ended itself installs nothing any more, so its last view is no fault.
    """
    for life in running(history):
        for view in life.views[-1:] if life.status is Status.UP else ():
            for other in history.lives:
                if other.status in _ENDED and other.node in view.members:
                    text = f"{other.node} {_ENDED[other.status]}, but {life.node} keeps it in its last view, {view}"
                    return Witness(text, (life.node, other.node), (), (view,))
    return None


@eventually
def _admission(history: History) -> Witness | None:
    """At rest, a joiner whose contact is correct has installed a view or has ended itself, which its application notices.

    So a protocol says no by ending the joiner, when the group refuses it or when it gives up since nobody has answered for
    long. A contact that has ended itself cannot help any more; whether it was allowed to is for `termination`.

    Where the logs do not tell whom it asked, it may have been any other process, so all of them have to be correct. A process
    that comes back is to be let in like a joiner, and a contact that has crashed since may have forgotten who asked.
    """
    for life in (whole.current for whole in history.lives):
        others = [other for other in history.lives if other.node != life.node and life.contact in (None, other.node)]
        gone = [other for other in others if other.status is not Status.ABSENT and (not other.up or other.current is not other)]
        if life.up and not life.founder and not life.views and others and not gone:
            asked = f"asked {life.contact} to let it in" if life.contact else "asked to be let in"
            known = (life.contact,) if life.contact else ()
            told = "came back" if life.incarnation else asked
            return Witness(f"{life.node} {told}, and it is neither let in nor told no", (life.node, *known))
    return None


def _new(life: Life) -> frozenset[View]:
    """The views installed during the run."""
    return frozenset(life.views[1:] if life.founder else life.views)


def _same_number_twice(history: History) -> bool:
    pairs = combinations(history.lives, 2)
    return any({view.id for view in _new(one)} & {view.id for view in _new(other)} for one, other in pairs)


def _someone_left_out(history: History) -> bool:
    return any(_left_out(change) for life in history.lives for change in life.view_changes)


def _member_ended(history: History) -> bool:
    members = {node for life in running(history) for view in life.views for node in view.members}
    return any(life.status in _ENDED and life.node in members for life in history.lives)


def _somebody_joins(history: History) -> bool:
    return any(not life.founder and life.status is not Status.ABSENT for life in history.incarnations)


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
    goal=lambda history: any(life.view_changes for life in history.lives),
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
    sentence="a process that has crashed or ended itself is eventually in no correct process's view",
    source=f"GM3 in {CGR}",
    needs=NEEDS,
    judge=_completeness,
    goal=_member_ended,
    goal_text="a process crashed or ended itself that was in a view of a correct process",
    pairwise=True,
)
ADMISSION = Property(
    name="admission",
    kind=Kind.LIVENESS,
    sentence="a joiner whose contact is correct is eventually let in, or told that it is not",
    source=f"{GROUPY} (joining a group)",
    needs=NEEDS | {AskedToJoin},
    judge=_admission,
    goal=_somebody_joins,
    goal_text="a process asked to be let in",
)  # not pairwise: of one that has come back nobody knows whom it asks, so any process that has ended may excuse that
# The same where the logs do not keep whom a joiner asked, which multiplies the states.
ADMISSION_UNLESS_SOMEBODY_ENDS = replace(
    ADMISSION,
    sentence=f"{ADMISSION.sentence} (here only if nobody ends or leaves; name it to have all runs judged)",
    needs=NEEDS,
)
