"""From a system state to what can be observed of it: the only bridge between the semantics and the properties."""

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
PROBE = 0  # the `seq` of the one multicast more that a process at rest is asked for; real ones count from 1


class Observer:
    """Makes histories. With `probe`, every correct process at rest is asked for one multicast more, to see who is stuck."""

    def __init__(self, semantics: Semantics, probe: bool) -> None:
        self.semantics = semantics
        self.probe = probe
        # The probe needs to see deliveries, whatever the properties want kept, and no history before it.
        self.prober = Semantics(semantics.protocol, replace(semantics.scenario, worker=False), frozenset({Delivered}))
        self.prober.handle = semantics.handle
        self.found: dict[tuple[System, Node], str] = {}

    def history(self, system: System, at_rest: bool) -> History:
        """What has been observed in the run that led to `system`."""
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
        """For every process that is up: why it never delivers a multicast of its own any more, if so."""
        stripped = replace(
            system,
            processes=tuple(map(bare, system.processes)),
            budget=replace(system.budget, messages=1, timeouts=None),  # a bound on the search makes nobody stuck
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
        """Ask `node` for a multicast and let everything owed happen without faults, in turns: whose turn is longest ago."""
        wanted = Multicast(Change(node, PROBE))
        if self.prober.handle(stripped.processes[node - 1].local, wanted) is None:
            return f"{node} takes no multicast from its application any more"
        system = self.prober.apply(stripped, Handle(node, wanted))
        turns: list[FairnessClass] = []
        seen: set[tuple[System, tuple[FairnessClass, ...]]] = set()
        while len(seen) < PROBE_LIMIT:
            if Delivered(wanted.payload) in system.processes[node - 1].log:
                return ""
            owed = self.prober.owed(system)
            if not owed or (system, tuple(turns)) in seen:
                # At rest, or round and round in a fair way: what has not happened by now never will.
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
        return f"; for ever unread in its queue: {', '.join(left)}" if left else ""


def bare(process: Process) -> Process:
    """All of `process` that decides how it goes on when one multicast more is asked for."""
    return replace(process, log=(), worker=None, asks=(), asked=PROBE - 1)
