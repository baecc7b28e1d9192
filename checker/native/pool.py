"""The workers of a search. One worker is no thread of its own: whoever starts a task does it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

Result = TypeVar("Result")

TURN = 1e-4  # seconds after which Python lets another thread go on: workers need it only to begin and to end


class Pool:
    """So many `workers`. Used in a `with`, at whose end it waits for them."""

    def __init__(self, workers: int) -> None:
        self.threads = ThreadPoolExecutor(workers) if workers > 1 else None

    def start(self, tasks: Iterable[Callable[[], Result]]) -> list[Future[Result]]:
        """Have the `tasks` done."""
        return [self.threads.submit(task) for task in tasks] if self.threads else [done(task) for task in tasks]

    def __enter__(self) -> Pool:
        self.turn = sys.getswitchinterval()
        if self.threads:
            sys.setswitchinterval(TURN)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.threads:
            self.threads.shutdown(cancel_futures=True)
        sys.setswitchinterval(self.turn)


def done(task: Callable[[], Result]) -> Future[Result]:
    """What a task that is done at once returns."""
    future = Future[Result]()
    future.set_result(task())
    return future
