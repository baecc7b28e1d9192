"""The reference semantics: which actions are enabled in a state of the system. Short, plain, the authority.

Read `Semantics.enabled` first, then `Transitions.apply` in `checker.semantics.transitions`, which says what each action does.

Owed and free. An action is OWED when it happens by itself, sooner or later, in every fair run: receiving a message, detecting
the end of another process, a multicast of the worker's own, and a timer when nothing else is left. Every other action is FREE,
the environment's choice: the faults, and also multicasts, joins and leaves, since no application has to ask for all that it
may. A state is AT REST when nothing is owed, whatever budget is left; the literature calls it quiescent. So a shortest
counterexample contains no work that does not matter, and a budget of two multicasts also covers the runs with one or none.

Channels. Each ordered pair of processes has a channel, instead of each process a mailbox: every choice between the channels to
a process is some order in which the messages arrive in its mailbox.

Crashes. A process crashes between two handlers, or within one after any proper, nonempty prefix of its effects. To crash after
all of them is to handle the event and then to crash, and to crash before the first is just to crash; neither is an action of
its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import TypeVar

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.semantics.transitions import Transitions
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Heal, Lose, Partition, Suspect
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES, Installed, Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Timing
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import Budget, Notice, Process, System
from groupy_check.groupy_model.worker import first_worker

FORMATION_LIMIT = 10_000
Queued = TypeVar("Queued", bound=Hashable)
Met = TypeVar("Met")


class Semantics(Transitions):
    """The transition relation of `protocol` under `scenario`. `keep` names the observation types that logs retain.

    Raises ProtocolError when the protocol breaks the rules of `groupy_model.protocol` or cannot form the group.
    """

    # --- the beginning -----------------------------------------------------------------------------------------------

    def initial(self) -> System:
        """The state in which the run begins: the formed group, or p1 alone.

        Of the formation, a founder remembers only the view in force, and its worker shows black.
        """
        # Formed with full logs, to notice a group that installs no view whatever the properties need to see.
        silent = replace(self.scenario, worker=False)
        system = Semantics(self.protocol, silent, frozenset(OBSERVATION_TYPES))._formed()
        processes = tuple(map(self._founder, self.nodes, system.processes))
        return replace(system, processes=processes, budget=Budget.of(self.scenario))

    def _founder(self, node: Node, process: Process) -> Process:
        in_force = [entry for entry in process.log if isinstance(entry, Installed) and Installed in self.keep]
        worker = first_worker(node) if self.scenario.worker and process.status is Status.UP else None
        return replace(process, log=tuple(in_force[-1:]), worker=worker)

    def _formed(self) -> System:
        absent = tuple(Process(Status.ABSENT, self.handle.initial(node)) for node in self.nodes)
        system = System(absent, ((),) * self.size**2, Budget.of(self.scenario))
        system = self._form(system, self.nodes[0], Start())
        if self.scenario.beginning is Beginning.FORMED:
            for node in self.nodes[1 : self.scenario.nodes]:
                system = self._form(system, node, Join(self.nodes[0]))
        return system

    def _form(self, system: System, node: Node, event: Start | Join) -> System:
        """The state at rest after `node` enters by `event`: all take the first owed action until none is left."""
        name = self.protocol.name
        if self.handle(system.processes[node - 1].local, event) is None:
            raise ProtocolError(f"{name}: {node} refuses {show(event)}; step(initial({node}), {show(event)}) must be a Step")
        system = self._handle(system, node, event, 0, None)
        for _ in range(FORMATION_LIMIT):
            move = next((action for other in self.nodes for action in self.moves(system, other)), None)
            if move is None:
                break
            system = self.apply(system, move)
        else:
            raise ProtocolError(f"{name}: {FORMATION_LIMIT} steps after {show(event)} of {node} the group is still not formed")
        if not any(isinstance(entry, Installed) for entry in system.processes[node - 1].log):
            advice = "see why with --start joining" if isinstance(event, Join) else "its first Step must Install one"
            raise ProtocolError(f"{name}: {node} installs no view after {show(event)}; {advice}")
        return system

    # --- what can happen ---------------------------------------------------------------------------------------------

    def enabled(self, system: System) -> list[Action]:
        """The actions that are possible in `system`: the owed ones first, in an order that depends on nothing but the state."""
        return [*self.owed(system), *self.free(system)]

    def at_rest(self, system: System) -> bool:
        """Whether nothing is owed, so that nothing more happens by itself. The literature says quiescent."""
        return not self.owed(system)

    def out_of_timeouts(self, system: System) -> bool:
        """Whether a timer is armed but the bound on timeouts forbids it to fire: such a rest is the bound's doing."""
        return system.budget.timeouts == 0 and bool(self._timers(system))

    def owed(self, system: System) -> list[Handle]:
        """The actions that happen by themselves."""
        return self._moves_of_all(system) or self._timeouts(system)

    def free(self, system: System) -> Iterator[Action]:
        """The actions that the environment may choose."""
        budget = system.budget
        chosen = self._chosen(system)
        yield from chosen
        if budget.crashes:
            yield from self._crashes(system, [*self.owed(system), *chosen])
        if budget.drops or budget.duplicates:
            yield from self._network_faults(system)
        if system.split:
            yield Heal()
        elif budget.partitions:
            yield from self.partitions()

    def _chosen(self, system: System) -> list[Handle | Suspect]:
        """The handlers that run because the environment chooses so."""
        early = self._timeouts(system) if self.scenario.timing is Timing.ANY and self._moves_of_all(system) else []
        suspicions = self._suspicions(system) if system.budget.suspicions else ()
        return [*early, *self._requests(system), *suspicions]

    def _moves_of_all(self, system: System) -> list[Handle]:
        return [action for node in self.nodes for action in self.moves(system, node)]

    def moves(self, system: System, node: Node) -> Iterator[Handle]:
        """The owed actions of `node`, timers aside."""
        process = system.processes[node - 1]
        if process.status is not Status.UP:
            return
        if process.asks:
            yield from self._outcomes(process, node, Multicast(process.asks[0]))
        for source in self.nodes:
            channel = self.channel(system, source, node)
            if channel:
                meet = partial(self._meet, process.local, source)
                events: Iterator[Event] = self.receivable(channel, Notice.DOWN, meet)
                for event in events:
                    yield from self._outcomes(process, node, event)

    @property
    def in_order(self) -> bool:
        """Whether only the first entry of a channel for which the protocol has a rule can be taken."""
        return self.scenario.order is Order.FIFO and self.scenario.detector is not Detector.OVERTAKING

    def receivable(self, channel: Iterable[Queued], down: Queued, meet: Callable[[Queued], Met | None]) -> Iterator[Met]:
        """Selective receive: `meet` of the first entry for which the protocol has a rule; in a bag, of every such message.

        `meet` returns None for an entry without a rule. `down` is the notice.
        """
        overtaken, bag, found = self.scenario.detector is Detector.OVERTAKING, self.scenario.order is not Order.FIFO, False
        for entry in dict.fromkeys(channel):
            if found and not (overtaken if entry is down else bag):
                continue
            met = meet(entry)
            if met is not None:
                found = True
                yield met

    def _meet(self, local: Hashable, source: Node, entry: Hashable) -> Event | None:
        event: Event = Down(source) if entry is Notice.DOWN else Receive(source, entry)
        return None if self.handle(local, event) is None else event

    def _outcomes(self, process: Process, node: Node, event: Event) -> Iterator[Handle]:
        for index in range(len(self.handle(process.local, event) or ())):
            yield Handle(node, event, index)

    def _timeouts(self, system: System) -> list[Handle]:
        return [] if system.budget.timeouts == 0 else self._timers(system)

    def _timers(self, system: System) -> list[Handle]:
        return [
            action
            for node, process in zip(self.nodes, system.processes, strict=True)
            for timer in sorted(process.timers)
            for action in self._outcomes(process, node, Timeout(timer))
        ]

    def _requests(self, system: System) -> Iterator[Handle]:
        budget, up = system.budget, [n for n in self.nodes if system.processes[n - 1].status is Status.UP]
        for node in up:
            process = system.processes[node - 1]
            if budget.messages:
                yield from self._outcomes(process, node, Multicast(Change(node, process.asked + 1)))
            if budget.leaves:
                yield from self._outcomes(process, node, Leave())
        if budget.joins:
            # Joiners are alike, so they join in the order of their names.
            node, process = next((n, p) for n, p in zip(self.nodes, system.processes, strict=True) if p.status is Status.ABSENT)
            for contact in up:
                yield from self._outcomes(process, node, Join(contact))

    def _suspicions(self, system: System) -> Iterator[Suspect]:
        for node, process in zip(self.nodes, system.processes, strict=True):
            for other in sorted(process.watching):
                if system.processes[other - 1].status is Status.UP:
                    for action in self._outcomes(process, node, Down(other)):
                        yield Suspect(node, other, action.outcome)

    def _crashes(self, system: System, handlers: list[Handle | Suspect]) -> Iterator[Action]:
        """Each crash between two handlers, then each within one that could run."""
        for node, process in zip(self.nodes, system.processes, strict=True):
            if process.status is Status.UP:
                yield Crash(node)
        for action in handlers:
            for cut in range(1, len(self.effects(system, action))):
                yield replace(action, cut=cut)

    def _network_faults(self, system: System) -> Iterator[Action]:
        for source in self.nodes:
            for target in self.nodes:
                for index, entry in enumerate(self.channel(system, source, target)):
                    if entry is Notice.DOWN or source == target:
                        continue
                    if system.budget.drops:
                        yield Lose(source, target, index, entry)
                    if system.budget.duplicates:
                        yield Duplicate(source, target, index, entry)

    def partitions(self) -> Iterator[Partition]:
        """Every way in which the network can split."""
        # A split is named by p1's side, so that none is tried twice.
        others = self.nodes[1:]
        for count in range(len(others)):
            for rest in combinations(others, count):
                yield Partition((self.nodes[0], *rest))
