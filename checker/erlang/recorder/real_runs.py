"""Real runs: programs on the Erlang that is installed here, each with a script, and what was written down of each.

One Erlang does all runs, one after the other. It runs the program with the rights of whoever calls.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from groupy_check.checker.erlang.recorder.script import erlang_deeds

RECORDER = Path(__file__).with_name("groupy_recorder.erl")
NO_ERLANG = "this needs Erlang, and no erl and erlc are found; install it (Debian and Ubuntu: apt install erlang-base)"
SECONDS = 60.0  # beyond those that the runs themselves may take
SECONDS_PER_RUN = 20.0


class RealRunError(Exception):
    """There is no run: no Erlang, a program that does not compile, one that ends Erlang itself. The text is one line."""


@dataclass(frozen=True, slots=True)
class RealEvent:
    """One thing that happened; `event`: start, multicast, send, arrive, take, timeout, draw, spawn, crash or exit.

    `process` is p1, which its worker w1 started, or p1_2, a helper of it. Terms are texts; in them a process is
    the atom that is its name, and r1 the first reference. `arrive`: the message is in the queue; `take`: a receive at `line`
    took it out; `timeout`: one that did not wait any longer.
    """

    number: int
    event: str
    process: str
    to: str = ""
    message: str = ""
    line: int = 0
    payload: str = ""
    contact: str = ""
    child: str = ""
    value: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RealRun:
    """`log` is a groupy-log, version 1: what applications and an observer saw. `order` is all that happened, in one order."""

    log: str
    order: tuple[RealEvent, ...]

    def order_text(self) -> str:
        """The events as JSON Lines, without what they do not say."""
        said = ({name: value for name, value in asdict(event).items() if value} for event in self.order)
        return "".join(f"{json.dumps(event, ensure_ascii=False)}\n" for event in said)


def record(runs: Iterable[tuple[Path, Sequence[str]]]) -> list[RealRun]:
    """What happens when each program runs as the lines of its script say (see `script`)."""
    wanted = [(program.absolute(), erlang_deeds(lines)) for program, lines in runs]
    if not (shutil.which("erl") and shutil.which("erlc")):
        raise RealRunError(NO_ERLANG)
    with TemporaryDirectory(prefix="groupy-erlang-") as name:
        folder = Path(name)
        jobs = [_job(program, deeds, folder, number) for number, (program, deeds) in enumerate(wanted)]
        (folder / "jobs").write_text(f"[{','.join(jobs)}].\n", encoding="utf-8")
        _call(["erlc", str(RECORDER)], folder, SECONDS)
        command = ["erl", "-boot", "no_dot_erlang", "-noinput", "+S", "1", "-run", "groupy_recorder", "main", "jobs"]
        _call(command, folder, SECONDS + SECONDS_PER_RUN * len(jobs))
        return [_written(folder, program, number) for number, (program, _) in enumerate(wanted)]


def _job(program: Path, deeds: str, folder: Path, number: int) -> str:
    log, order = folder / f"{number}.log", folder / f"{number}.order"
    return f"{{{_string(program)},{deeds},{_string(log)},{_string(order)}}}"


def _string(path: Path) -> str:
    """As Erlang writes it: a list of characters, whatever is in the name."""
    return f"[{','.join(str(ord(char)) for char in str(path))}]"


def _call(command: list[str], folder: Path, seconds: float) -> None:
    quiet = os.environ | {"ERL_CRASH_DUMP_SECONDS": "0"}
    try:
        done = subprocess.run(  # noqa: S603 - the program is Erlang
            command, cwd=folder, env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RealRunError(f"{command[0]} did not end within {seconds:.0f} seconds") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise RealRunError(lines[0] if lines else f"{command[0]} ended with status {done.returncode}")


def _written(folder: Path, program: Path, number: int) -> RealRun:
    order = folder / f"{number}.order"
    if not order.exists():
        raise RealRunError(f"{program.name}: the program ended Erlang itself; take its calls of halt and init:stop out")
    events = [RealEvent(**json.loads(line)) for line in order.read_text(encoding="utf-8").splitlines()]
    return RealRun((folder / f"{number}.log").read_text(encoding="utf-8"), tuple(events))
