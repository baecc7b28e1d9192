"""Whether members go on: none is stuck forever, none ends itself."""

from __future__ import annotations

from groupy_check.groupy_model.observations import Ended, History, Installed, Left
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import cast_out, eventually, is_member, running
from groupy_check.specs.property import Property

NEEDS: frozenset[type] = frozenset({Installed})


@eventually
def _progress(history: History) -> Witness | None:
    """A correct member that asks for its next multicast gets it delivered; `Life.stuck` says why it does not.

    Judged where a run has come to rest, and on cycles that go on forever: there a member is stuck if in NO state of some fair
    cycle it takes a multicast that is delivered to it in the end. One that is busy and free by turns is not: an application
    waits until it may. From such a state the run goes on in every fair way, without faults or other requests, until it
    delivers, rests or goes round forever; where too much follows to tell, progress is not decided.
    """
    stuck = [life for life in running(history) if life.stuck and is_member(life)]
    if not stuck:
        return None
    others = [str(life.node) for life in stuck[1:]]
    told = f"; {', '.join(others)} {'is' if len(others) == 1 else 'are'} stuck, too" if others else ""
    return Witness(f"{stuck[0].stuck}{told}", tuple(life.node for life in stuck))


def _termination(history: History) -> Witness | None:
    """No member ends itself, unless its application asked to leave, or a view without it had been installed before it did so.

    Judged in every state, so the one in which it ends decides. A joiner that is never admitted may give up.
    """
    for life in history.incarnations:
        if is_member(life) and Left() not in life.log and not cast_out(history, life):
            for entry in life.log:
                if isinstance(entry, Ended):
                    return Witness(f"{life.node} ended itself: {' '.join(entry.reason.split())}", (life.node,))
    return None


PROGRESS = Property(
    name="progress",
    kind=Kind.LIVENESS,
    sentence=(
        "a member asked to multicast is not stuck forever: where a run rests or goes round forever, what a correct member"
        " multicasts next is delivered to it in the end"
    ),
    source='what "deaf" processes break',
    needs=NEEDS,
    judge=_progress,
    goal=lambda history: history.at_rest and any(is_member(life) for life in running(history)),
    goal_text="a correct member came to rest",
    pairwise=True,
)
TERMINATION = Property(
    name="termination",
    kind=Kind.SAFETY,
    sentence="no process ends itself silently (a catch-all clause, an unhandled message)",
    source="seen in real student code",
    needs=NEEDS,
    judge=_termination,
    goal=lambda history: any(map(is_member, history.incarnations)),
    goal_text="a process was a member",
    pairwise=True,
)
