"""Owners and the journal as actors of Ray."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

import ray
from numpy.typing import NDArray
from ray.exceptions import GetTimeoutError, RayError, RayTaskError

from groupy_check.checker.distributed.crew import Crew, LostError
from groupy_check.checker.distributed.journal import Journal
from groupy_check.checker.distributed.mail import LeaveLevel, Message
from groupy_check.checker.distributed.owner import Owner
from groupy_check.checker.distributed.search_task import SearchTask
from groupy_check.checker.distributed.session import joined, with_directory
from groupy_check.checker.errors import OutOfRoomError

Array = NDArray[Any]
MAIL = "mail"  # a group of threads of an actor; all else is done by another thread
LOOK = 0.5  # seconds between two looks at the clock while owners work
GRACE = 5.0  # seconds for owners to leave their level
PATIENCE = 60.0  # seconds for actors to be placed; then there may be fewer processors than before


class Seat:
    """An owner as an actor: one thread does its work, another one, for the methods called with MAIL, takes its mail."""

    def __init__(self) -> None:
        self.inbox: SimpleQueue[Message] = SimpleQueue()

    def take(self, task: SearchTask, number: int, seats: list[Any], journal: Any) -> None:
        """Become the owner with this number, whose fellows have these `seats`."""
        mail = [_mail(seat) for seat in seats]

        def post(to: int, message: Message) -> None:
            mail[to].remote(message)

        def ask(known: int, wanted: Sequence[tuple[int, int, int]]) -> list[Array]:
            chunks: list[Array] = ray.get(journal.more.remote(known, wanted))
            return chunks

        with_directory(Path(task.directory))
        self.owner = Owner(task, number, len(seats), self.inbox, post, ask)

    def mail(self, message: Message) -> None:
        """A message for the owner."""
        self.inbox.put(message)

    def work(self, name: str, arguments: tuple[Any, ...]) -> Any:
        """What the owner's method `name` returns."""
        return getattr(self.owner, name)(*arguments)

    def progress(self) -> tuple[int, int]:
        """What the owner says of it, while it works."""
        return self.owner.progress()


def _mail(seat: Any) -> Any:
    """The method of a seat that takes mail."""
    return seat.mail.options(concurrency_group=MAIL, num_returns=0)


ACTOR = ray.remote(num_cpus=1, max_restarts=0, concurrency_groups={MAIL: 1})(Seat)
BOOK = ray.remote(num_cpus=0, max_restarts=0)(Journal)


class RayCrew(Crew):
    """So many `owners` on this machine; with 0, one for each processor of the cluster at `address`. Used in a `with`."""

    def __init__(self, owners: int, address: str) -> None:
        self.local, self.address, self.owners = owners, address, owners
        self.stack, self.seats, self.book = ExitStack(), list[Any](), None
        self.last = (0, 0)

    def __enter__(self) -> Self:
        self.stack.enter_context(joined(self.local, self.address))
        self.stack.callback(self._dismiss)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stack.close()

    def _dismiss(self) -> None:
        """End all actors."""
        for actor in (*self.seats, *filter(None, [self.book])):
            ray.kill(actor, no_restart=True)
        self.seats, self.book = [], None

    def gather(self, task: SearchTask, chunks: Sequence[Array]) -> None:
        self._dismiss()
        self.owners = self.local or max(1, int(ray.cluster_resources().get("CPU", 1)))
        self.book = BOOK.remote(chunks)
        self.seats = [ACTOR.options(scheduling_strategy="SPREAD").remote() for _ in range(self.owners)]
        began = time.monotonic()
        taken = [seat.take.remote(task, number, self.seats, self.book) for number, seat in enumerate(self.seats)]
        self._answers(taken, lambda: self._placed(began))

    def _placed(self, began: float) -> bool:
        """While actors are placed. Raises LostError when that takes too long."""
        if time.monotonic() - began > PATIENCE:
            raise LostError(f"{self.owners} actors of the cluster did not start within {PATIENCE:.0f} s")
        return False

    def ask_all(self, name: str, *arguments: Any, waiting: Callable[[], bool] = lambda: False) -> list[Any]:
        shared = ray.put(arguments)
        return self._answers([seat.work.remote(name, shared) for seat in self.seats], waiting)

    def _answers(self, asked: list[Any], waiting: Callable[[], bool]) -> list[Any]:
        """The answers, in order. What one of them raises is raised at once."""
        found: dict[Any, Any] = {}
        left, halted = list(asked), 0.0
        try:
            while left:
                done, left = ray.wait(left, num_returns=1, timeout=LOOK)
                found.update((answer, self._answer(answer)) for answer in done)
                if left and halted and time.monotonic() > halted + GRACE:
                    raise LostError("an owner of states did not leave its level in time")
                if left and waiting() and not halted:
                    halted = time.monotonic()
                    self._halt()
        except (KeyboardInterrupt, MemoryError, OutOfRoomError):  # the search ends, and asks the owners what they have found
            self._halt()
            ray.wait(left, num_returns=len(left), timeout=GRACE)
            raise
        return [found[answer] for answer in asked]

    def _halt(self) -> None:
        for seat in self.seats:
            _mail(seat).remote(LeaveLevel())

    def _answer(self, asked: Any, timeout: float | None = None) -> Any:
        try:
            return ray.get(asked, timeout=timeout)
        except RayTaskError as error:
            cause = error.cause
            if isinstance(cause, RayError):
                raise LostError("the journal of the search, or an owner of states, is gone") from error
            raise cause from error
        except GetTimeoutError:
            raise
        except RayError as error:
            raise LostError("an owner of states is gone") from error

    def ask(self, owner: int, name: str, *arguments: Any) -> Any:
        return self._answer(self.seats[owner].work.remote(name, arguments))

    def progress(self) -> tuple[int, int]:
        try:
            steps, states = zip(
                *self._answer([seat.progress.options(concurrency_group=MAIL).remote() for seat in self.seats], LOOK),
                strict=True,
            )
        except (GetTimeoutError, LostError):
            return self.last
        self.last = sum(steps), sum(states)
        return self.last

    def journal(self, known: int) -> list[Array]:
        chunks: list[Array] = self._answer(self.book.more.remote(known)) if self.book is not None else []
        return chunks
