"""The logs of a live run, read back and put into one order: by epoch, then by Lamport time, then by process.

A message is received in no epoch before that in which it was sent, and at a greater Lamport time (Lamport, "Time, clocks, and
the ordering of events in a distributed system", CACM 21(7), 1978). So the order is a linear extension of the causal one, and
each change of the network stands where all nodes have applied it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groupy_check.checker.errors import UsageError
from groupy_check.checker.live.log import NETWORK
from groupy_check.checker.live.network import NetworkChange, Restarted, change_of_json
from groupy_check.groupy_model.node import Node

Place = tuple[int, int, int, int]  # epoch, Lamport time, process, step
Head = tuple[str, int, bool]  # the protocol, the founders, whether the colour worker runs
BEFORE = -1  # the Lamport time of a change: before all handlers of the epoch that it begins


@dataclass(frozen=True, slots=True)
class LoggedHandler:
    """A handler of `process`, line `line` of its log; `data` is the line, `done` are the effects that have happened."""

    process: Node
    line: int
    data: dict[str, Any]
    done: tuple[str, ...]

    @property
    def effects(self) -> int:
        """How many effects the handler has."""
        return int(self.data["effects"])

    @property
    def where(self) -> str:
        """Where it stands."""
        return f"{self.process}.jsonl:{self.line}"


LiveEvent = LoggedHandler | NetworkChange


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """A live run of `protocol` by `nodes` founders: its handlers and changes of the network, in one order.

    `worker`: with the colour worker. `ended`: by process, why it could not go on, where the protocol broke a rule.
    """

    protocol: str
    nodes: int
    worker: bool
    events: tuple[LiveEvent, ...]
    ended: tuple[tuple[Node, str], ...]


def read_live_run(directory: Path, *, running: bool = False) -> LoggedRun:
    """The run whose logs are in `directory`. Raises UsageError when there is none.

    While it is still `running`, the logs are read one after the other: what then depends on something that is not there is left
    out. What happened to the network is read first, so all that an ended process has logged is there.
    """
    head, found, ended = _logged(directory)
    events = [event for _, event in sorted(found, key=lambda one: one[0])]
    return LoggedRun(*head, _witnessed(_closed(events) if running else events), tuple(ended))


def _logged(directory: Path) -> tuple[Head, list[tuple[Place, LiveEvent]], list[tuple[Node, str]]]:
    """What all logs say, in no order."""
    head, found, ended = None, list[tuple[Place, LiveEvent]](), list[tuple[Node, str]]()
    path = directory / f"{NETWORK}.jsonl"
    for number, data in _lines(path):
        with _errors_at(path, number):
            if head is None:
                head = str(data["protocol"]), int(data["nodes"]), bool(data.get("worker", True))
            elif "change" in data:
                found.append(((int(data["epoch"]), BEFORE, 0, 0), change_of_json(data)))
    if head is None:
        raise UsageError(f"{directory}: no live run was logged here; name the folder that groupy live has written")
    for path in sorted(directory.glob("p*.jsonl")):
        handlers, why = _handlers(path)
        found += handlers.items()
        ended += why
    return head, found, ended


def former_life(directory: Path, node: Node, sent: tuple[int, int]) -> tuple[int, int]:
    """Of the crashed process `node`: how many steps it has taken, and how many multicasts its application has asked for.

    `sent`: the last step and effect of its that have been noticed, whatever the logs say.
    """
    _, found, _ = _logged(directory)
    events = _witnessed([*(event for _, event in found), Restarted(node, sent)])
    handlers = [event for event in events if isinstance(event, LoggedHandler) and event.process == node]
    asked = sum(one.data["handles"] == "multicast" and bool(one.done or not one.effects) for one in handlers)
    return max((int(one.data["step"]) for one in handlers), default=0), asked


def _handlers(path: Path) -> tuple[dict[Place, LoggedHandler], list[tuple[Node, str]]]:
    """The handlers in the log of one node, and why it ended if its protocol broke a rule."""
    node, found, places = Node(int(path.stem[1:])), dict[int, tuple[int, dict[str, Any]]](), dict[int, Place]()
    done, why = dict[int, list[str]](), list[tuple[Node, str]]()
    for number, data in _lines(path):
        with _errors_at(path, number):
            if "handles" in data:
                step = int(data["step"])
                found[step], places[step] = (number, data), (int(data["epoch"]), int(data["lamport"]), int(node), step)
            elif "text" in data:
                done.setdefault(int(data["step"]), []).append(str(data["text"]))
            elif data.get("event") == "end" and "error" in data:
                why.append((node, str(data["reason"])))
    handlers = {step: LoggedHandler(node, line, data, tuple(done.get(step, ()))) for step, (line, data) in found.items()}
    return {places[step]: handler for step, handler in handlers.items()}, why


@contextmanager
def _errors_at(path: Path, number: int) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path}:{number}: this is no line of a live run ({type(error).__name__}: {error})") from error


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects in a file, with the numbers of their lines. The last line of a process that was killed may be cut."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    for number, line in enumerate(lines, 1):
        try:
            data = json.loads(line)
        except ValueError as error:
            if number == len(lines):
                return
            raise UsageError(f"{path}:{number}: this is not JSON ({error})") from error
        if not isinstance(data, dict):
            raise UsageError(f"{path}:{number}: this is not an object")
        yield number, data


def _closed(events: Sequence[LiveEvent]) -> list[LiveEvent]:
    """The part of `events` that depends on nothing else."""
    epochs = sum(not isinstance(event, LoggedHandler) for event in events)
    kept, cut, known = list[LiveEvent](), set[Node](), set[tuple[str, int]]()
    for event in events:
        if isinstance(event, LoggedHandler):
            source = str(event.data.get("of")), int(event.data.get("sent", (0, 0))[0])
            whole = int(event.data["epoch"]) <= epochs and (source[1] == 0 or source in known)
            if event.process in cut or not whole:
                cut.add(event.process)
                continue
            known.add(_key(event))
        kept.append(event)
    return kept


def _witnessed(events: Sequence[LiveEvent]) -> tuple[LiveEvent, ...]:
    """`events`, with the effects that others have seen of a handler whose process was killed before it could note them."""
    seen: dict[tuple[str, int], int] = {}
    for process, step, effect in filter(None, map(_evidence, events)):
        seen[process, step] = max(seen.get((process, step), 0), effect + 1)
    return tuple(
        LoggedHandler(event.process, event.line, event.data, event.done + ("",) * (seen.get(_key(event), 0) - len(event.done)))
        if isinstance(event, LoggedHandler)
        else event
        for event in events
    )


def _evidence(event: LiveEvent) -> tuple[str, int, int] | None:
    """The process, the step and the effect of which `event` is evidence."""
    match event:
        case Restarted(node, (step, effect)):
            return str(node), step, effect
        case LoggedHandler(data={"sent": [step, effect], "of": process}):
            return str(process), int(step), int(effect)
    return None


def _key(event: LoggedHandler) -> tuple[str, int]:
    return str(event.process), int(event.data["step"])
