"""The global state: plain, hashable data."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, fields
from enum import Enum

from groupy_check.groupy_model.actions import Partition
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Observation, Status
from groupy_check.groupy_model.payloads import Payload
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.worker import Worker


class Notice(Enum):
    """The one item in a channel that is not a message: the failure detector's notice that the channel's source has ended."""

    DOWN = "down"


NO_NODES: frozenset[Node] = frozenset()
NO_TIMERS: frozenset[str] = frozenset()
Channel = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Process:
    """One process: `local` is the protocol's state, `watching` the processes it monitors, `timers` those that are armed.

    `asked` counts the multicasts that the environment has asked for; `worker` and `asks` (the worker's next multicasts) are
    used only when the scenario runs the colour worker. `stored` is what lies in stable storage, as long as somebody may read it
    yet. A process that has ended keeps only its log; one that may come back also `stored` and `asked`, since no two multicasts
    are alike, and it is to begin anew in its initial state.
    """

    status: Status
    local: Hashable = None
    log: tuple[Observation, ...] = ()
    watching: frozenset[Node] = NO_NODES
    timers: frozenset[str] = NO_TIMERS
    asked: int = 0
    worker: Worker | None = None
    asks: tuple[Payload, ...] = ()
    stored: Hashable = field(default=None, hash=False)  # states are hashed all the time, and hardly two differ in this alone

    @property
    def may_return(self) -> bool:
        """It is down, and has a rule by which it comes back if a recovery is left."""
        return self.status is Status.CRASHED and self.local is not None

    def after(self, local: Hashable, log: tuple[Observation, ...]) -> Process:
        """This process with another local state and another log."""
        # What every handler and every delivery does; `replace` takes more than twice as long.
        return Process(
            self.status, local, log, self.watching, self.timers, self.asked, self.worker, self.asks, self.stored
        )  # fmt: skip

    def monitoring(self, watching: frozenset[Node]) -> Process:
        """This process when it monitors those of `watching`."""
        return Process(
            self.status, self.local, self.log, watching, self.timers, self.asked, self.worker, self.asks, self.stored
        )  # fmt: skip

    def working(self, worker: Worker, more: tuple[Payload, ...]) -> Process:
        """This process when its worker is `worker`, and asks for `more` multicasts."""
        asks = self.asks + more
        return Process(
            self.status, self.local, self.log, self.watching, self.timers, self.asked, worker, asks, self.stored
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Budget:
    """What the environment may still do; `timeouts` is None when timers may fire without bound."""

    messages: int
    crashes: int
    joins: int
    leaves: int
    drops: int
    duplicates: int
    suspicions: int
    spurious: int
    partitions: int
    recoveries: int = field(hash=False)  # a log has as many as are spent
    timeouts: int | None

    @classmethod
    def of(cls, scenario: Scenario) -> Budget:
        """The whole budget of `scenario`."""
        joins = scenario.size - scenario.founders
        return cls(**{f.name: getattr(scenario, f.name) for f in fields(cls) if f.name != "joins"}, joins=joins)


@dataclass(frozen=True, slots=True)
class System:
    """The global state: `channels[(source-1)*size + target-1]` holds messages and notices, oldest first.

    Where messages have no order, those between two notices are sorted. `split` is the partition in force, None when there is
    none.

    What is stored is part of the state only as long as somebody may yet read it: a recovery is left, and the process is down or
    a crash is left. Otherwise to store is an effect like any other, at which a crash may fall, and the state after it is as
    without it; what was stored before is forgotten when the last crash or the last recovery is spent.
    """

    processes: tuple[Process, ...]
    channels: tuple[Channel, ...]
    budget: Budget
    split: Partition | None = None

    def may_recover(self, node: int) -> bool:
        """Whether `node` is down and may come back."""
        return self.budget.recoveries > 0 and self.processes[node - 1].may_return

    def keeps_stored(self, process: Process) -> bool:
        """Whether what `process` stores may yet be read in what follows."""
        return self.budget.recoveries > 0 and (process.status is Status.CRASHED or self.budget.crashes > 0)
