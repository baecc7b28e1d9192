"""Where the definitions in `specs.views` first find a fault: in a history of thousands of views."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import History, Installed, Left, Life, Observation, ViewChange
from groupy_check.groupy_model.verdict import Witness
from groupy_check.specs.near_linear.arrays import Arrays, with_logs
from groupy_check.specs.views import ACCURACY, VIEW_AGREEMENT, forked, may_follow, out_of_line


def view_agreement(arrays: Arrays) -> Witness | None:
    """The first two views that differ and have one number."""
    history = arrays.skeleton
    numbered = defaultdict[int, set[View]](set)
    for view in arrays.views:
        numbered[view.id].add(view)
    twice = {view for views in numbered.values() if len(views) > 1 for view in views}
    return VIEW_AGREEMENT.judge(_keeping(history, twice)) if twice else None


def _keeping(history: History, views: set[View]) -> History:
    logs = (tuple(e for e in life.log if isinstance(e, Installed) and e.view in views) for life in history.lives)
    return with_logs(history, logs)


def accuracy(arrays: Arrays) -> Witness | None:
    """The first change of view that leaves out a process which runs."""
    history = arrays.skeleton
    up = frozenset(life.node for life in history.lives if life.up)
    for life in history.lives:
        for change in life.view_changes:
            if not up.isdisjoint(frozenset(change.older.members).difference(change.newer.members)):
                return ACCURACY.judge(with_logs(history, _with_one_change(history, life, change)))
    return None


def _with_one_change(history: History, life: Life, change: ViewChange) -> Iterator[tuple[Observation, ...]]:
    """The logs in which nobody installs anything but `life`, which makes this change."""
    for other in history.lives:
        left = (Left(),) if Left() in other.log else ()
        yield (Installed(change.older), Installed(change.newer), *left) if other is life else left


def primary_partition(arrays: Arrays) -> Witness | None:
    """The first fault in the sequence of views, or else the first two views that follow one and part."""
    return view_agreement(arrays) or out_of_line(arrays.skeleton) or fork(arrays.skeleton)


def fork(history: History) -> Witness | None:
    """The first two processes that went from one view to two from which the group does not come together again."""
    changes = [life.view_changes for life in history.lives]
    follow = defaultdict[View, dict[View, None]](dict)
    for each in changes:
        for change in each:
            follow[change.older][change.newer] = None
    ends = with_logs(history, (tuple(map(Installed, life.views[-1:])) for life in history.lives))
    forks = {pair for older in follow for pair in _forks(ends, follow, older)}
    if not forks:
        return None
    for one, other in combinations(range(len(history.lives)), 2):
        theirs = defaultdict[View, list[View]](list)
        for change in changes[other]:
            theirs[change.older].append(change.newer)
        for change in changes[one]:
            for newer in theirs[change.older]:
                if (change.older, frozenset({change.newer, newer})) in forks:
                    return forked(history.lives[one].node, history.lives[other].node, change, newer)
    return None


def _forks(ends: History, follow: dict[View, dict[View, None]], older: View) -> Iterator[tuple[View, frozenset[View]]]:
    for pair in combinations(follow[older], 2):
        earlier, later = sorted(pair, key=lambda view: view.id)
        if not _leads(follow, earlier, later) and not may_follow(ends, later):
            yield older, frozenset(pair)


def _leads(follow: dict[View, dict[View, None]], earlier: View, later: View) -> bool:
    """Whether a chain of changes leads from `earlier` to `later`."""
    seen, waiting = {earlier}, [earlier]
    while waiting:
        for view in follow.get(waiting.pop(), ()):
            if view == later:
                return True
            if view.id < later.id and view not in seen:
                seen.add(view)
                waiting.append(view)
    return False
