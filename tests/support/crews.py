"""Owners of a distributed search in threads of this process: all of it but Ray."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import Any

from numpy.typing import NDArray

from groupy_check.checker.distributed.crew import Crew, LostError
from groupy_check.checker.distributed.journal import Journal
from groupy_check.checker.distributed.mail import LeaveLevel, Message
from groupy_check.checker.distributed.owner import Owner
from groupy_check.checker.distributed.search_task import SearchTask

Array = NDArray[Any]


class ThreadCrew(Crew):
    def __init__(self, owners: int) -> None:
        self.owners, self.lock, self.people = owners, threading.Lock(), list[Owner]()

    def gather(self, task: SearchTask, chunks: Sequence[Array]) -> None:
        for one in self.people:
            one.close()
        self.book = Journal(chunks)
        self.boxes: list[SimpleQueue[Message]] = [SimpleQueue() for _ in range(self.owners)]
        self.people = [
            Owner(task, number, self.owners, box, lambda to, message: self.boxes[to].put(message), self.more)
            for number, box in enumerate(self.boxes)
        ]

    def more(self, known: int, wanted: Sequence[tuple[int, int, int]] = ()) -> list[Array]:
        with self.lock:
            return self.book.more(known, wanted)

    def ask_all(self, name: str, *arguments: Any, waiting: Callable[[], bool] = lambda: False) -> list[Any]:
        with ThreadPoolExecutor(self.owners) as pool:
            tasks = [pool.submit(getattr(one, name), *arguments) for one in self.people]
            left = set(tasks)
            while left:
                left -= {task for task in left if task.done()}
                failed = any(task.done() and task.exception() for task in tasks)
                if left and (self.told_to_leave(waiting) or failed):
                    self.leave()
                    wait(left)
                elif left:
                    wait(left, 0.05)
            return [task.result() for task in tasks]

    def told_to_leave(self, waiting: Callable[[], bool]) -> bool:
        try:
            return waiting()
        except LostError:
            self.leave()  # else their threads would not end
            raise

    def leave(self) -> None:
        for box in self.boxes:
            box.put(LeaveLevel())

    def ask(self, owner: int, name: str, *arguments: Any) -> Any:
        return getattr(self.people[owner], name)(*arguments)

    def progress(self) -> tuple[int, int]:
        steps, states = zip(*(one.progress() for one in self.people), strict=True)
        return sum(steps), sum(states)

    def journal(self, known: int) -> list[Array]:
        return self.more(known)
