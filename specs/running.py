"""Whether members go on: none is stuck forever, none ends itself."""

from __future__ import annotations

from groupy_check.groupy_model.observations import Ended, History, Installed, Left
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import correct, eventually, is_member
from groupy_check.specs.property import Property

NEEDS: frozenset[type] = frozenset({Installed})


@eventually
def _progress(history: History) -> Witness | None:
    """At rest, a correct member that asks for a multicast now gets it delivered; `Life.stuck` says why it does not."""
    for life in correct(history):
        if life.stuck and is_member(life):
            return Witness(life.stuck, (life.node,))
    return None


def _termination(history: History) -> Witness | None:
    """No member ends itself unless its application asked to leave. A joiner that is never admitted may give up."""
    for life in history.lives:
        if is_member(life) and Left() not in life.log:
            for entry in life.log:
                if isinstance(entry, Ended):
                    return Witness(f"{life.node} ended itself: {entry.reason}", (life.node,))
    return None


PROGRESS = Property(
    name="progress",
    kind=Kind.LIVENESS,
    sentence=(
        "a member asked to multicast is not stuck forever: at rest nothing receivable is left unreceived by a correct member,"
        " no correct member waits forever"
    ),
    source='what "deaf" processes break',
    needs=NEEDS,
    judge=_progress,
    goal=lambda history: history.at_rest and any(is_member(life) for life in correct(history)),
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
    goal=lambda history: any(map(is_member, history.lives)),
    goal_text="a process was a member",
    pairwise=True,
)
