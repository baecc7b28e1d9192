"""What is done to a live run, and when: a script, one command a line, or chance with a seed.

    at 2s kill p1 mid-broadcast
    at 2.5s join
    at 3s part p1 p2

A line that begins with # is a remark.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from groupy_check.checker.errors import UsageError, unknown
from groupy_check.checker.live.cluster import Cluster
from groupy_check.checker.live.newcomers import join, recover
from groupy_check.groupy_model.node import Node

LINE = re.compile(r"at\s+(?P<time>\d+(?:\.\d+)?)\s*s\s+(?P<rest>\S.*)")
NODE = re.compile(r"p([1-9]\d*)")
EXAMPLES = {
    "kill": "kill p1",
    "kill mid-broadcast": "kill p1 mid-broadcast",
    "kill after": "kill p1 after 2",
    "freeze": "freeze p2",
    "go on": "go on p2",
    "recover": "recover p1",
    "multicast": "multicast p3",
    "join": "join",
    "join through": "join through p2",
    "leave": "leave p3",
    "cut": "cut p1 p2",
    "slow": "slow p1 p2 0.2",
    "part": "part p1 p2",
    "heal": "heal",
    "quiet": "quiet",
}
SIZES = dict.fromkeys(EXAMPLES, 1) | {"join": 0, "heal": 0, "quiet": 0, "cut": 2, "slow": 2}  # nodes that are named
CHAOS = ("kill", "kill mid-broadcast", "freeze", "go on", "join", "cut", "part", "heal", "slow", "multicast")
NUMBERED = ("kill after", "slow")


@dataclass(frozen=True, slots=True)
class LiveCommand:
    """`verb`, one of EXAMPLES, done to `nodes`; `number` is what the verb needs besides."""

    verb: str
    nodes: tuple[Node, ...] = ()
    number: float = 0.0

    def do(self, cluster: Cluster) -> None:
        """Do it. Raises UsageError when it cannot be done now."""
        one, other = (*self.nodes, Node(1), Node(1))[:2]
        actions: dict[str, Callable[[], object]] = {
            "kill": lambda: cluster.kill(one),
            "kill mid-broadcast": lambda: cluster.doom(one),
            "kill after": lambda: cluster.doom(one, int(self.number)),
            "freeze": lambda: cluster.freeze(one),
            "go on": lambda: cluster.go_on(one),
            "recover": lambda: recover(cluster, one),
            "multicast": lambda: cluster.multicast(one),
            "join": lambda: join(cluster),
            "join through": lambda: join(cluster, one),
            "leave": lambda: cluster.leave(one),
            "cut": lambda: cluster.cut(one, other),
            "slow": lambda: cluster.slow(one, other, self.number),
            "part": lambda: cluster.part(self.nodes),
            "heal": cluster.heal,
            "quiet": lambda: cluster.quiet(True),
        }
        actions[self.verb]()


@dataclass(frozen=True, slots=True)
class TimedCommand:
    """`command`, to be done `at` so many seconds after the beginning."""

    at: float
    command: LiveCommand


def parse_script(text: str, name: str) -> list[TimedCommand]:
    """The commands of a script, in the order of their times. Raises UsageError, with the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = LINE.fullmatch(stripped)
        if match is None:
            raise UsageError(f"{name}:{number}: a line is `at 2s kill p1`: at, a time, a command")
        found.append(TimedCommand(float(match["time"]), parse_command(match["rest"], f"{name}:{number}: ")))
    return sorted(found, key=lambda timed: timed.at)


def parse_command(text: str, where: str = "") -> LiveCommand:
    """The command that `text` is. Raises UsageError, which begins with `where`."""
    words = text.split()
    nodes = tuple(Node(int(found[1])) for word in words if (found := NODE.fullmatch(word)))
    numbers = [word for word in words if re.fullmatch(r"\d+(\.\d+)?", word)]
    verb = " ".join(word for word in words if not NODE.fullmatch(word) and word not in numbers)
    if verb not in EXAMPLES:
        raise UsageError(f"{where}{unknown('command', verb, EXAMPLES)}")
    fits = bool(nodes) if verb == "part" else len(nodes) == SIZES[verb]
    if not fits or len(numbers) != (verb in NUMBERED):
        raise UsageError(f"{where}write `{EXAMPLES[verb]}`")
    return LiveCommand(verb, nodes, float(numbers[0]) if numbers else 0.0)


def chaos(nodes: int, seconds: float, seed: int, *, recovers: bool = False) -> list[TimedCommand]:
    """Faults drawn with `seed`, one every half a second or so; at least one process is left alone.

    `recovers`: processes that have crashed are started again, but for some.
    """
    chance = Random(f"chaos {seed}")  # noqa: S311 - no secret
    found, at, size, spared = list[TimedCommand](), 0.0, nodes, Node(1 + chance.randrange(nodes))
    dead, frozen, split = set[Node](), set[Node](), False
    while (at := at + chance.expovariate(2.0)) < seconds:
        victims = [node for node in map(Node, range(1, size + 1)) if node != spared and node not in dead]
        one = chance.choice(victims) if victims else spared
        verb = chance.choice((*CHAOS, *["recover"] * 4) if recovers else CHAOS)
        command = LiveCommand(verb, (one,))
        match verb:
            case "recover" if dead and not frozen:
                command = LiveCommand(verb, (chance.choice(sorted(dead)),))
                dead.difference_update(command.nodes)
            case "kill" | "kill mid-broadcast" if one != spared and len(dead) < nodes - 2:
                dead.add(one)
            case "freeze" if one != spared:
                frozen.add(one)
            case "go on" if frozen - dead:
                command = LiveCommand(verb, (min(frozen - dead),))
                frozen.difference_update(command.nodes)
            case "join" if size < nodes + 3:
                size += 1
                command = LiveCommand(verb)
            case "cut" | "slow" if one != spared:
                command = LiveCommand(verb, (spared, one), 0.1)
            case "part" if one != spared and not split:
                split = True
            case "heal":
                split = False
                command = LiveCommand(verb)
            case _:
                command = LiveCommand("multicast", (spared,))
        found.append(TimedCommand(round(at, 3), command))
    return found
