"""The reference semantics: which actions are possible in a system state, and what each does. Short, plain, the authority.

Read `enabled` first, then `apply`. An action is OWED when it happens by itself, sooner or later, in every fair run: receiving,
hearing of an end, a worker's own multicast, a timer when nothing else is left. All others are the environment's FREE choice:
faults, and also multicasts, joins and leaves, which nobody is obliged to ask for. A state is AT REST when nothing is owed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from itertools import combinations

from checker.errors import ProtocolError
from checker.handlers import Handlers
from groupy_model.actions import Action, Crash, Duplicate, Handle, Heal, Lose, Partition, Suspect
from groupy_model.effects import (
    CancelTimer,
    Deliver,
    Demonitor,
    Effect,
    Halt,
    Install,
    Monitor,
    Send,
    SetTimer,
)
from groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Start, Timeout
from groupy_model.node import Node
from groupy_model.observations import OBSERVATION_TYPES, Delivered, Ended, Installed, Left, Observation, Sent, Status
from groupy_model.payloads import Change
from groupy_model.protocol import Protocol
from groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from groupy_model.show import show
from groupy_model.system import Budget, Channel, Notice, Process, System
from groupy_model.worker import first_worker, joining_worker, on_delivery, on_view

FORMATION_LIMIT = 10_000


class Semantics:
    """The transition relation of `protocol` under `scenario`. `keep` names the observation types that logs retain.

    Raises ProtocolError when the protocol breaks the rules of `groupy_model.protocol` or cannot form the group.
    """

    def __init__(self, protocol: Protocol, scenario: Scenario, keep: frozenset[type] = frozenset()) -> None:
        self.protocol = protocol
        self.scenario = scenario
        self.keep = keep | {Left, Ended}
        self.size = scenario.size
        self.nodes = tuple(Node(i + 1) for i in range(self.size))
        self.handle = Handlers(protocol, self.size)

    # --- the beginning -----------------------------------------------------------------------------------------------

    def initial(self) -> System:
        """The state in which the run begins: the formed group, or p1 alone.

        A founder remembers of the formation only the view in force, and its worker shows black.
        """
        # Formed with full logs, so that a group that installs no view is noticed whatever the properties want kept.
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
        """`node` comes in by `event`; the others do what they owe, always the first thing first, until nothing is owed."""
        name = self.protocol.name
        if self.handle(system.processes[node - 1].local, event) is None:
            raise ProtocolError(f"{name}: {node} refuses {show(event)}; step(initial({node}), {show(event)}) must be a Step")
        system = self._handle(system, node, event, 0, None)
        for _ in range(FORMATION_LIMIT):
            move = next((action for other in self.nodes for action in self._moves(system, other)), None)
            if move is None:
                break
            system = self.apply(system, move)
        else:
            raise ProtocolError(f"{name}: {FORMATION_LIMIT} steps after {show(event)} of {node} the group is still not formed")
        if not any(isinstance(entry, Installed) for entry in system.processes[node - 1].log):
            raise ProtocolError(f"{name}: {node} installs no view after {show(event)}; see why with --start joining")
        return system

    # --- what can happen ---------------------------------------------------------------------------------------------

    def enabled(self, system: System) -> list[Action]:
        """Every possible action, owed ones first, in an order that depends on nothing but the state."""
        return [*self.owed(system), *self.free(system)]

    def at_rest(self, system: System) -> bool:
        """Nothing happens by itself any more."""
        return not self.owed(system)

    def out_of_timeouts(self, system: System) -> bool:
        """Something waits for a timer, but the bound on timeouts forbids it: such a rest is the bound's doing."""
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
            yield from self._partitions()

    def _chosen(self, system: System) -> list[Handle | Suspect]:
        """The handlers that run because the environment wants it."""
        early = self._timeouts(system) if self.scenario.timing is Timing.ANY and self._moves_of_all(system) else []
        suspicions = self._suspicions(system) if system.budget.suspicions else ()
        return [*early, *self._requests(system), *suspicions]

    def _moves_of_all(self, system: System) -> list[Handle]:
        return [action for node in self.nodes for action in self._moves(system, node)]

    def _moves(self, system: System, node: Node) -> Iterator[Handle]:
        process = system.processes[node - 1]
        if process.status is not Status.UP:
            return
        if process.asks:
            yield from self._outcomes(process, node, Multicast(process.asks[0]))
        for source in self.nodes:
            channel = system.channels[(source - 1) * self.size + node - 1]
            if channel:
                for event in self._receivable(process.local, source, channel):
                    yield from self._outcomes(process, node, event)

    def _receivable(self, local: Hashable, source: Node, channel: Channel) -> Iterator[Event]:
        """Selective receive: the first entry for which the protocol has a rule; in a bag, every such message."""
        found = False
        for entry in dict.fromkeys(channel):
            if entry is Notice.DOWN:
                if found and self.scenario.detector is not Detector.OVERTAKING:
                    continue
                event: Event = Down(source)
            elif found and self.scenario.order is Order.FIFO:
                continue
            else:
                event = Receive(source, entry)
            if self.handle(local, event) is not None:
                found = True
                yield event

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
            # Joiners are alike, so they come in the order of their names.
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
        """A crash between two handlers, then within each that could run, after each proper part of its effects."""
        for node, process in zip(self.nodes, system.processes, strict=True):
            if process.status is Status.UP:
                yield Crash(node)
        for action in handlers:
            for cut in range(1, len(self.effects(system, action))):
                yield replace(action, cut=cut)

    def _network_faults(self, system: System) -> Iterator[Action]:
        for source in self.nodes:
            for target in self.nodes:
                for index, entry in enumerate(system.channels[(source - 1) * self.size + target - 1]):
                    if entry is Notice.DOWN or source == target:
                        continue
                    if system.budget.drops:
                        yield Lose(source, target, index, entry)
                    if system.budget.duplicates:
                        yield Duplicate(source, target, index, entry)

    def _partitions(self) -> Iterator[Action]:
        # p1's side names the split, so that no split is tried twice.
        others = self.nodes[1:]
        for count in range(len(others)):
            for rest in combinations(others, count):
                yield Partition((self.nodes[0], *rest))

    def effects(self, system: System, action: Handle | Suspect) -> tuple[Effect, ...]:
        """All effects of the handler that `action` runs, those behind a cut included."""
        event = action.event if isinstance(action, Handle) else Down(action.node)
        outcomes = self.handle(system.processes[action.process - 1].local, event)
        assert outcomes is not None
        return outcomes[action.outcome].effects

    # --- what it does ------------------------------------------------------------------------------------------------

    def apply(self, system: System, action: Action) -> System:
        """The state after `action`, which must be enabled in `system`."""
        match action:
            case Handle(node, event, outcome, cut):
                return self._handle(self._consume(system, node, event), node, event, outcome, cut)
            case Suspect(node, other, outcome, cut):
                process = system.processes[node - 1]
                system = self._spend(system, "suspicions")
                system = self._put(system, node, replace(process, watching=process.watching - {other}))
                return self._handle(system, node, Down(other), outcome, cut)
            case Crash(node):
                return self._end(self._spend(system, "crashes"), node, Status.CRASHED)
            case Lose(source, target, index):
                channel = self._channel(system, source, target)
                system = self._spend(system, "drops")
                return self._put_channel(system, source, target, channel[:index] + channel[index + 1 :])
            case Duplicate(source, target, index):
                channel = self._channel(system, source, target)
                return self._enqueue(self._spend(system, "duplicates"), source, target, channel[index])
            case Partition(side):
                return self._split(self._spend(system, "partitions"), frozenset(side))
            case Heal():
                return replace(system, split=frozenset())

    def _consume(self, system: System, node: Node, event: Event) -> System:
        """`system` without what `event` uses up: a queued entry, a timer, a budget."""
        process = system.processes[node - 1]
        match event:
            case Receive(source, message):
                return self._take(system, source, node, message)
            case Down(other):
                return self._take(system, other, node, Notice.DOWN)
            case Timeout(timer):
                system = self._put(system, node, replace(process, timers=process.timers - {timer}))
                return system if system.budget.timeouts is None else self._spend(system, "timeouts")
            case Multicast(payload):
                if process.asks and process.asks[0] == payload:
                    return self._put(system, node, replace(process, asks=process.asks[1:]))
                return self._spend(self._put(system, node, replace(process, asked=process.asked + 1)), "messages")
            case Join():
                return self._spend(system, "joins")
            case Leave():
                return self._spend(system, "leaves")
        return system

    def _handle(self, system: System, node: Node, event: Event, outcome: int, cut: int | None) -> System:
        """`node` runs its handler: its effects in order, up to `cut`, and its new state unless it was cut."""
        process = system.processes[node - 1]
        outcomes = self.handle(process.local, event)
        assert outcomes is not None, f"{node} has no rule for {show(event)}"
        step = outcomes[outcome]
        if process.status is Status.ABSENT:
            process = replace(process, status=Status.UP)
            if self.scenario.worker:
                process = replace(process, worker=joining_worker(node))
        system = self._put(system, node, replace(process, local=step.state, log=self._before(process.log, event)))
        for effect in step.effects[:cut]:
            system = self._perform(system, node, effect)
            if system.processes[node - 1].status is Status.HALTED:
                return system
        return system if cut is None else self._end(self._spend(system, "crashes"), node, Status.CRASHED)

    def _before(self, log: tuple[Observation, ...], event: Event) -> tuple[Observation, ...]:
        match event:
            case Multicast(payload):
                return self._note(log, Sent(payload))
            case Leave():
                return self._note(log, Left())
        return log

    def _note(self, log: tuple[Observation, ...], entry: Observation) -> tuple[Observation, ...]:
        return (*log, entry) if type(entry) in self.keep else log

    def _perform(self, system: System, node: Node, effect: Effect) -> System:
        process = system.processes[node - 1]
        match effect:
            case Send(to, message):
                return self._enqueue(system, node, self.nodes[to - 1], message)
            case Deliver(payload):
                process = replace(process, log=self._note(process.log, Delivered(payload)))
                if process.worker is not None:
                    worker, asks = on_delivery(process.worker, payload)
                    process = replace(process, worker=worker, asks=process.asks + asks)
            case Install(view):
                process = replace(process, log=self._note(process.log, Installed(view)))
                if process.worker is not None:
                    worker, asks = on_view(process.worker)
                    process = replace(process, worker=worker, asks=process.asks + asks)
            case Monitor(other):
                if system.processes[other - 1].status is not Status.UP or self._apart(system, node, other):
                    return self._notify(system, self.nodes[other - 1], node)
                process = replace(process, watching=process.watching | {self.nodes[other - 1]})
            case Demonitor(other):
                process = replace(process, watching=process.watching - {other})
                kept = tuple(entry for entry in self._channel(system, other, node) if entry is not Notice.DOWN)
                system = self._put_channel(system, other, node, kept)
            case SetTimer(timer):
                process = replace(process, timers=process.timers | {timer})
            case CancelTimer(timer):
                process = replace(process, timers=process.timers - {timer})
            case Halt(reason):
                ended = replace(process, log=self._note(process.log, Ended(reason)))
                return self._end(self._put(system, node, ended), node, Status.HALTED)
        return self._put(system, node, process)

    def _end(self, system: System, node: Node, status: Status) -> System:
        """`node` stops: what is queued for it vanishes, what it has sent stays, and its watchers are told."""
        system = self._put(system, node, Process(status, log=system.processes[node - 1].log))
        for source in self.nodes:
            system = self._put_channel(system, source, node, ())
        for watcher in self.nodes:
            if node in system.processes[watcher - 1].watching:
                system = self._report(system, node, watcher)
        return system

    def _split(self, system: System, side: frozenset[Node]) -> System:
        system = replace(system, split=side)
        for source in self.nodes:
            for target in self.nodes:
                if self._apart(system, source, target):
                    kept = tuple(entry for entry in self._channel(system, source, target) if entry is Notice.DOWN)
                    system = self._put_channel(system, source, target, kept)
                    if source in system.processes[target - 1].watching:
                        system = self._report(system, source, target)
        return system

    def _report(self, system: System, ended: Node, watcher: Node) -> System:
        """`watcher`'s monitor of `ended` fires: it exists no more, and the notice is queued."""
        process = system.processes[watcher - 1]
        system = self._put(system, watcher, replace(process, watching=process.watching - {ended}))
        return self._notify(system, ended, watcher)

    # --- channels and small change -----------------------------------------------------------------------------------

    def _apart(self, system: System, one: int, other: int) -> bool:
        return bool(system.split) and (one in system.split) != (other in system.split)

    def _channel(self, system: System, source: int, target: int) -> Channel:
        return system.channels[(source - 1) * self.size + target - 1]

    def _notify(self, system: System, ended: Node, watcher: Node) -> System:
        channel = self._channel(system, ended, watcher)
        return self._put_channel(system, ended, watcher, (*channel, Notice.DOWN))

    def _enqueue(self, system: System, source: Node, target: Node, message: Hashable) -> System:
        if system.processes[target - 1].status is not Status.UP or self._apart(system, source, target):
            return system
        channel = (*self._channel(system, source, target), message)
        if self.scenario.order is Order.ANY:
            channel = tuple(sorted(channel, key=lambda entry: (entry is Notice.DOWN, show(entry))))
        return self._put_channel(system, source, target, channel)

    def _take(self, system: System, source: Node, target: Node, entry: Hashable) -> System:
        channel = self._channel(system, source, target)
        index = channel.index(entry)
        return self._put_channel(system, source, target, channel[:index] + channel[index + 1 :])

    def _put_channel(self, system: System, source: int, target: int, channel: Channel) -> System:
        index = (source - 1) * self.size + target - 1
        if system.channels[index] == channel:
            return system
        return replace(system, channels=(*system.channels[:index], channel, *system.channels[index + 1 :]))

    def _put(self, system: System, node: Node, process: Process) -> System:
        return replace(system, processes=(*system.processes[: node - 1], process, *system.processes[node:]))

    def _spend(self, system: System, name: str) -> System:
        return replace(system, budget=replace(system.budget, **{name: getattr(system.budget, name) - 1}))
