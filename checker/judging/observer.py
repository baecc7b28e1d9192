"""From a state of the system to what can be observed of it: the only bridge between the semantics and the properties.

Progress is probed. At rest, each process that is up is asked for one more multicast, and the run goes on without faults, the
owed actions taking turns. The process is stuck if that continuation ends, or repeats itself, before its multicast is delivered
to it. Messages left unread would not show that: gms3 leaves stale views unread in its soundest runs.
"""

from __future__ import annotations

from dataclasses import replace

from groupy_check.checker.judging.fair_cycles import FairnessClass, fairness_class
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.events import Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Delivered, History, Life, Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import Notice, Process, System

PROBE_LIMIT = 10_000
PROBE = 0  # the `seq` of the multicast for which a process is probed; real ones count from 1


class Observer:
    """Turns states into histories. With `probe`, it finds out at rest which of the processes that are up are stuck."""

    def __init__(self, semantics: Semantics, probe: bool) -> None:
        self.semantics = semantics
        self.probe = probe
        # A probe needs to see deliveries, whatever the properties need, and nothing of the history before it.
        self.prober = Semantics(semantics.protocol, replace(semantics.scenario, worker=False), frozenset({Delivered}))
        self.prober.handle = semantics.handle
        self.found: dict[tuple[System, Node], str] = {}

    def history(self, system: System, at_rest: bool) -> History:
        """What was observed in the run that led to `system`."""
        stuck = self.stuck(system) if at_rest and self.probe else {}
        return History(
            tuple(
                self._life(node, p, stuck.get(node, "")) for node, p in zip(self.semantics.nodes, system.processes, strict=True)
            ),
            at_rest,
        )

    def _life(self, node: Node, process: Process, stuck: str) -> Life:
        colour = process.worker.colour if process.worker else None
        founder = node <= self.semantics.scenario.founders
        return Life(node, process.status, process.log, founder, colour, stuck)

    def stuck(self, system: System) -> dict[Node, str]:
        """Why each process that is up never delivers a multicast of its own any more; "" for one that does."""
        stripped = replace(
            system,
            processes=tuple(map(bare, system.processes)),
            budget=replace(system.budget, messages=1, timeouts=None),  # no process is stuck because of a bound on the search
        )
        return {
            node: self._ask(stripped, node) for node in self.semantics.nodes if system.processes[node - 1].status is Status.UP
        }

    def _ask(self, stripped: System, node: Node) -> str:
        key = (stripped, node)
        if key not in self.found:
            self.found[key] = self._probe(stripped, node)
        return self.found[key]

    def _probe(self, stripped: System, node: Node) -> str:
        """Why `node` is stuck, or "": it multicasts, then the class of owed actions whose turn was longest ago goes first."""
        wanted = Multicast(Change(node, PROBE))
        if self.prober.handle(stripped.processes[node - 1].local, wanted) is None:
            return f"{node} no longer takes multicasts from its application"
        system = self.prober.apply(stripped, Handle(node, wanted))
        turns: list[FairnessClass] = []
        seen: set[tuple[System, tuple[FairnessClass, ...]]] = set()
        while len(seen) < PROBE_LIMIT:
            if Delivered(wanted.payload) in system.processes[node - 1].log:
                return ""
            owed = self.prober.owed(system)
            if not owed or (system, tuple(turns)) in seen:
                # At rest, or in a fair cycle: what has not happened by now never will.
                return f"{node} asks for a multicast and never delivers it{self._unread(system, node)}"
            seen.add((system, tuple(turns)))
            action = min(
                owed, key=lambda action: turns.index(fairness_class(action)) if fairness_class(action) in turns else -1
            )
            turns = [turn for turn in turns if turn != fairness_class(action)] + [fairness_class(action)]
            system = self.prober.apply(system, action)
        return ""

    def _unread(self, system: System, node: Node) -> str:
        size = self.semantics.size
        left = [
            f"{show(entry)} from {source}"
            for source in self.semantics.nodes
            for entry in system.channels[(source - 1) * size + node - 1]
            if entry is not Notice.DOWN
        ]
        return f"; unread in its queue forever: {', '.join(left)}" if left else ""


def bare(process: Process) -> Process:
    """`process` without what has no influence on how a probe ends."""
    return replace(process, log=(), worker=None, asks=(), asked=PROBE - 1)
