"""From the text after --cluster to a crew: `local:N` starts Ray here, any other text is the address of a cluster that runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TypeVar

from groupy_check.checker.distributed.crew import Crew
from groupy_check.checker.errors import UsageError

Task = TypeVar("Task")
Answer = TypeVar("Answer")
LOCAL = re.compile(r"local:([1-9][0-9]{0,3})")
ADDRESS = re.compile(r"auto|(ray://)?[\w.\-\[\]:]+:[0-9]+")


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """Where a cluster is: `owners` actors on this machine, or, with 0, the one at `address`."""

    owners: int
    address: str = ""

    @classmethod
    def of(cls, text: str) -> ClusterAddress:
        """What `text` means. Raises UsageError."""
        local = LOCAL.fullmatch(text)
        if local:
            return cls(int(local[1]))
        if text.startswith("local") or not ADDRESS.fullmatch(text):
            raise UsageError(f"--cluster {text}: take local:2 for two actors on this machine, HOST:6379, or auto")
        return cls(0, text)

    def check(self) -> None:
        """Raises UsageError where Ray is not installed."""
        if find_spec("ray") is None:
            raise UsageError("--cluster needs Ray, which is not installed; pip install 'groupy-check[cluster]'")

    def crew(self) -> AbstractContextManager[Crew]:
        """The crew there, which is dismissed at the end of the `with`.

        Raises UsageError without Ray, GroupyError where it does not answer.
        """
        self.check()
        from groupy_check.checker.distributed.actors import RayCrew  # noqa: PLC0415 - only who asks for a cluster has it

        return RayCrew(self.owners, self.address)

    def spread(self, work: Callable[[Task], Answer], tasks: Sequence[Task]) -> Iterator[Answer]:
        """What `work` makes of each of `tasks`, as they are done there. Raises as `crew`, and what `work` raises."""
        self.check()
        from groupy_check.checker.distributed.session import spread  # noqa: PLC0415

        return spread(self.owners, self.address, work, tasks)
