"""Those who work for a search: the owners and the journal, wherever they run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import NDArray

from groupy_check.checker.distributed.search_task import SearchTask

Array = NDArray[Any]


class LostError(Exception):
    """An owner, or the journal, is gone, and with it what it had; the text says which. The others are of no use any more."""


class Crew(ABC):
    """So many `owners`, of whom each call asks something. Calls raise LostError, and what the owners themselves raise."""

    owners: int

    @abstractmethod
    def gather(self, task: SearchTask, chunks: Sequence[Array]) -> None:
        """Begin with new owners, and a journal of these chunks. `owners` may be another number from now on."""

    @abstractmethod
    def ask_all(self, name: str, *arguments: Any, waiting: Callable[[], bool] = lambda: False) -> list[Any]:
        """What each owner answers to its method `name`, in order.

        `waiting` is called again and again meanwhile; once it returns True, the owners are to leave their level.
        """

    @abstractmethod
    def ask(self, owner: int, name: str, *arguments: Any) -> Any:
        """What one owner answers."""

    @abstractmethod
    def progress(self) -> tuple[int, int]:
        """The sums of what `Owner.progress` says."""

    @abstractmethod
    def journal(self, known: int) -> list[Array]:
        """The chunks of the journal behind the first `known` ones."""
