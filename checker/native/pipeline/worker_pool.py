"""The workers of a search. The one that starts tasks helps with them while it waits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, TypeVar

Result = TypeVar("Result")

TURN = 1e-4  # seconds after which Python lets another thread go on: workers need it only to begin and to end


class WorkerPool:
    """A pool of `workers`. At the end of its `with` it waits for the tasks that have begun, and drops the others."""

    def __init__(self, workers: int) -> None:
        self.waiting: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self.threads = [Thread(target=self._work, daemon=True) for _ in range(workers - 1)]

    def start(self, tasks: Iterable[Callable[[], Result]]) -> list[Future[Result]]:
        """Start the `tasks`, and return their futures. A lone worker does them at once."""
        started = [(Future[Result](), task) for task in tasks]
        for entry in started:
            if self.threads:
                self.waiting.put(entry)
            else:
                _do(*entry)
        return [future for future, _ in started]

    def results(self, futures: Sequence[Future[Result]]) -> list[Result]:
        """What the tasks return, once they are done. What one of them raises is raised here."""
        with suppress(Empty):
            while not all(future.done() for future in futures):
                entry = self.waiting.get_nowait()
                if entry is not None:
                    _do(*entry)
        return [future.result() for future in futures]

    def __enter__(self) -> WorkerPool:
        self.turn = sys.getswitchinterval()
        if self.threads:
            sys.setswitchinterval(TURN)
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(Empty):
            while True:
                self.waiting.get_nowait()
        for _ in self.threads:
            self.waiting.put(None)
        for thread in self.threads:
            thread.join()
        sys.setswitchinterval(self.turn)

    def _work(self) -> None:
        while True:
            entry = self.waiting.get()
            if entry is None:
                return
            _do(*entry)


def _do(future: Future[Any], task: Callable[[], Any]) -> None:
    try:
        future.set_result(task())
    except BaseException as error:  # noqa: BLE001 - whoever waits for the task is told
        future.set_exception(error)
