"""Ray, as far as all commands need it: to join a cluster or start one here, and to have independent tasks done there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import ray
from ray.exceptions import RayError, RayTaskError

from groupy_check.checker.errors import GroupyError

STORE = 1 << 29  # bytes for messages on their way between the processes of one machine
AGAIN = 5  # times that a task is begun again whose machine is lost
LOOK = 0.5  # seconds that Ctrl-C may have to wait
Task = TypeVar("Task")
Answer = TypeVar("Answer")


@contextmanager
def joined(processors: int, address: str) -> Iterator[None]:
    """Within, Ray runs here with so many `processors`, or with 0 this process belongs to the cluster at `address`.

    Raises GroupyError where Ray does not answer.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    with ExitStack() as stack:
        try:
            if processors:
                place = stack.enter_context(tempfile.TemporaryDirectory(prefix="groupy-", ignore_cleanup_errors=True))
                here = {"num_cpus": processors, "object_store_memory": STORE, "include_dashboard": False, "_temp_dir": place}
                ray.init(address="local", **here, **quiet)
            else:
                ray.init(address=address, **quiet)
        except (ConnectionError, OSError, RuntimeError, TimeoutError, ValueError) as error:
            where = f"local:{processors}" if processors else address
            line = str(error).partition("\n")[0]
            raise GroupyError(f"--cluster {where}: Ray does not answer: {line}; see whether `ray status` finds it") from error
        stack.callback(ray.shutdown)
        yield


def spread(processors: int, address: str, work: Callable[[Task], Answer], tasks: Sequence[Task]) -> Iterator[Answer]:
    """What `work` makes of each of `tasks`, as they are done, each by one processor. See `joined` for the others.

    A machine that is lost costs its tasks only, which are begun again elsewhere. Raises what `work` raises, and GroupyError.
    """
    directory = Path.cwd()

    def there(task: Task) -> Answer:
        with_directory(directory)
        return work(task)

    with joined(processors, address):
        remote = ray.remote(num_cpus=1, max_retries=AGAIN)(there)
        left = [remote.remote(task) for task in tasks]
        while left:
            done, left = ray.wait(left, num_returns=1, timeout=LOOK)
            for one in done:
                try:
                    answer: Answer = ray.get(one)
                except RayTaskError as error:
                    raise error.cause from error
                except RayError as error:
                    raise GroupyError(
                        f"a task was lost {AGAIN + 1} times; see whether its machine has too little memory"
                    ) from error
                yield answer


def with_directory(directory: Path) -> None:
    """Go to the directory where the command was given, if there is one of that name here: files are named from there."""
    if directory.is_dir():
        os.chdir(directory)
