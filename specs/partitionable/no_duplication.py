"""No duplication: the half of `integrity` that can be judged although nobody has written down the multicasts."""

from __future__ import annotations

from collections.abc import Hashable

from groupy_check.groupy_model.observations import Adopted, Delivered, History
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.delivery import repeated
from groupy_check.specs.logs import gained
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CKV


def _no_duplication(history: History) -> Witness | None:
    """Nobody has a payload twice, in all incarnations together; a state may contain what was delivered before."""
    for life in history.lives:
        seen: set[Hashable] = set()
        for entry in life.log:
            for payload in gained(entry):
                fault = repeated(life, entry, payload, seen)
                if fault:
                    return Witness(f"{life.node} {fault}", (life.node,), (payload,))
            seen.update(gained(entry))
    return None


NO_DUPLICATION = Property(
    name="no-duplication",
    kind=Kind.SAFETY,
    sentence="a process delivers a payload at most once",
    source=CKV,
    needs=frozenset({Delivered, Adopted}),
    judge=_no_duplication,
    goal=lambda history: any(len(life.delivered) > 1 for life in history.lives),
    goal_text="a process delivered two payloads",
    pairwise=True,
)
