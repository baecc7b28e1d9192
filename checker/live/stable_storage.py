"""The stable storage of one process of a live run: a file, replaced as a whole, that outlives the process.

Beside the value it says which step and effect has stored it: a process can be killed after it has stored something and
before its log says so.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from pathlib import Path

from groupy_check.checker.live.values import decoded, encoded
from groupy_check.groupy_model.node import Node

NOTHING = (0, 0)  # the step and the effect before all others


class StableStorage:
    """What `node` stores, in `directory`."""

    def __init__(self, directory: Path, node: Node) -> None:
        self.path = directory / f"{node}.stored"

    def write(self, value: Hashable, place: tuple[int, int] = NOTHING) -> None:
        """Store `value`, as the step and the effect at `place` do. Raises ProtocolError where it cannot be written as JSON."""
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps([*place, encoded(value)]), encoding="utf-8")
        new.replace(self.path)

    def read(self) -> tuple[Hashable, tuple[int, int]]:
        """What is stored, and by which step and effect; None where nothing ever was."""
        try:
            step, effect, value = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None, NOTHING
        return decoded(value), (step, effect)
