"""How much of the world is explored: the group, its work, and the faults that the environment may inject."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum


class Detector(Enum):
    """Which messages a Down may overtake. `PERFECT`, as Erlang's monitors: none, it comes after all that the process sent."""

    PERFECT = "perfect"
    OVERTAKING = "overtaking"


class Order(Enum):
    """What a channel promises: `FIFO` per ordered pair of processes (Erlang), or `ANY` order (a bag)."""

    FIFO = "fifo"
    ANY = "any"


class Timing(Enum):
    """When an armed timer may fire: only once nothing else happens by itself, or at any time (asynchrony).

    Traffic that goes round for ever holds no timer back: beside it a timer fires as if the rest were at rest.
    """

    AT_REST = "at-rest"
    ANY = "any"


class Fairness(Enum):
    """What a run that never comes to rest may put off forever: `checker.judging.fair_cycles` says it exactly.

    `MAILBOX`: nothing that can be received again and again, since a process takes what lies first in its mailbox (strong
    fairness). `WEAK`: only nothing that can be received from some moment on without a break (justice).
    """

    MAILBOX = "mailbox"
    WEAK = "weak"


class PartitionKind(Enum):
    """How the network splits; the words are those of Alquraan and others (OSDI 2018), `multiway` aside.

    `COMPLETE`: into two sides, neither of which hears the other. `MULTIWAY`: into three sides or more. `PARTIAL`: two groups
    do not hear each other, while the rest, at least one process, hears both and is heard by both. `SIMPLEX`: one of two sides
    does not hear the other, which hears it.
    """

    COMPLETE = "complete"
    MULTIWAY = "multiway"
    PARTIAL = "partial"
    SIMPLEX = "simplex"


class CutOff(Enum):
    """What becomes of messages on a link that a partition cuts: they are `LOST`, or `HELD` back until the network heals."""

    LOST = "lost"
    HELD = "held"


class Beginning(Enum):
    """`FORMED`: the group of `nodes` exists. `JOINING`: p1 is alone, the others join while everything else goes on."""

    FORMED = "formed"
    JOINING = "joining"


@dataclass(frozen=True, slots=True)
class Scenario:
    """The size of the group and the budgets, which are upper bounds: all runs that stay within them are covered.

    `nodes`: processes in the group, at least 1; `joins`: further processes that may join; `timeouts`: how many timers may fire
    in total (None: no bound, which needs Timing.AT_REST); `worker`: the colour worker runs, with its state transfer;
    `recoveries`: how often a process that has crashed may come back; `spurious`: how often the failure detector may give a
    notice of a process that is not monitored.
    Raises ValueError, with the reason, when a number is out of range.
    """

    nodes: int = 3
    messages: int = 2
    crashes: int = 1
    joins: int = 0
    leaves: int = 0
    drops: int = 0
    duplicates: int = 0
    suspicions: int = 0
    partitions: int = 0
    timeouts: int | None = None
    detector: Detector = Detector.PERFECT
    order: Order = Order.FIFO
    timing: Timing = Timing.AT_REST
    beginning: Beginning = Beginning.FORMED
    fairness: Fairness = Fairness.MAILBOX
    worker: bool = False
    recoveries: int = 0
    spurious: int = 0
    partition_kind: PartitionKind = PartitionKind.COMPLETE
    cut_off: CutOff = CutOff.LOST

    def __post_init__(self) -> None:
        if self.nodes < 1:
            raise ValueError(f"a group needs at least one process: nodes is {self.nodes}")
        for budget in fields(self):
            value = getattr(self, budget.name)
            if isinstance(value, int) and value < 0:
                raise ValueError(f"a budget cannot be negative: {budget.name} is {value}")
        if self.worker and self.recoveries:
            raise ValueError("the colour worker does not come back after a crash: recoveries go without it")
        if self.timing is Timing.ANY and self.timeouts is None:
            raise ValueError("timers that fire at any time need a bound: set timeouts")

    @property
    def size(self) -> int:
        """How many processes there may ever be."""
        return self.nodes + self.joins

    @property
    def joinable(self) -> bool:
        """Whether processes may join during the run."""
        return self.size > self.founders

    @property
    def founders(self) -> int:
        """How many processes are members when the run begins."""
        return self.nodes if self.beginning is Beginning.FORMED else 1
