"""The reference semantics: which actions are enabled in a state of the system. Short, plain, the authority.

Read `Semantics.enabled` first, then `Transitions.apply` in `checker.semantics.transitions`, which says what each action does.

Owed and free. An action is OWED when it happens by itself, sooner or later, in every fair run: receiving a message, detecting
the end of another process, a multicast of the worker's own, and a timer when nothing else is left, or nothing but traffic that
goes round for ever (`checker.semantics.traffic` has the exact rule). Every other action is FREE, the environment's choice: the
faults, recoveries, and also multicasts, joins and leaves, since no application has to ask for all that it may. A state is AT
REST when nothing is owed, whatever budget is left; the literature calls it quiescent. So a shortest counterexample contains no
work that does not matter, and a budget of two multicasts also covers the runs with one or none.

Channels. Each ordered pair of processes has a channel, instead of each process a mailbox: every choice between the channels to
a process is some order in which the messages arrive in its mailbox. A channel in any order, a bag, allows all that a FIFO one
allows: any message in it can be received next, and a notice once no message that was queued before it can be received.

Duplicates. The copy comes anywhere behind its original, behind a notice too. In a bag it joins like a message that is sent now:
whatever can happen to a copy in another place can happen to that one. Copies that lead to the same channel count once.

Crashes. A process crashes between two handlers, or within one after any proper, nonempty prefix of its effects. To crash after
all of them is to handle the event and then to crash, and to crash before the first is just to crash; neither is an action of
its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Self, TypeVar

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.semantics.partitions import is_named, partitions
from groupy_check.checker.semantics.traffic import ArmedTimer, Traffic
from groupy_check.checker.semantics.transitions import Transitions
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Heal, Lose, Partition, SpuriousNotice, Suspect
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Recover, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES, Delivered, Ended, Installed, Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Explaining, Protocol
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import Budget, Notice, Process, System
from groupy_check.groupy_model.worker import first_worker

FORMATION_LIMIT = 10_000
Queued = TypeVar("Queued", bound=Hashable)
Met = TypeVar("Met")


class Semantics(Transitions):
    """The transition relation of `protocol` under `scenario`. `keep` names the observation types that logs retain.

    It is `patient` at first: it leaves out the timers that fire beside traffic that goes round for ever. To find these takes
    long, and few systems have any; a search looks afterwards whether its system is one of them.

    Raises ProtocolError when the protocol breaks the rules of `groupy_model.protocol` or cannot form the group.
    """

    def __init__(self, protocol: Protocol, scenario: Scenario, keep: frozenset[type] = frozenset()) -> None:
        super().__init__(protocol, scenario, keep)
        self.traffic = Traffic(self)
        self.patient = True

    def impatient(self) -> Self:
        """The same semantics, with the same handlers, that leaves nothing out."""
        whole = copy(self)
        whole.patient = False
        return whole

    # --- the beginning -----------------------------------------------------------------------------------------------

    def initial(self) -> System:
        """The state in which the run begins: the formed group, or p1 alone.

        Of the formation, a founder remembers only the view in force, and its worker shows black.
        """
        # Formed with full logs, to notice a group that installs no view whatever the properties need to see.
        silent = replace(self.scenario, worker=False)
        forming = Semantics(self.protocol, silent, frozenset(OBSERVATION_TYPES))
        forming.handle = self.handle.for_forming()
        system = forming._formed()
        self.handle.effects |= forming.handle.effects
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
        """The state at rest after `node` enters by `event`: all take the first owed action until none is left.

        A timer fires only as long as `node` has no view: it may be asleep.
        """
        name = self.protocol.name
        if self.handle(system.processes[node - 1].local, event) is None:
            raise ProtocolError(f"{name}: {node} refuses {show(event)}; step(initial({node}), {show(event)}) must be a Step")
        system = self._handle(system, node, event, 0, None)
        for _ in range(FORMATION_LIMIT):
            move = next((action for other in self.nodes for action in self.moves(system, other)), None)
            if move is None and not _has_view(system.processes[node - 1]):
                move = next((action for action in self.armed(system) if action.process == node), None)
            if move is None:
                break
            system = self.apply(system, move)
        else:
            together = "a group that never rests can be checked while it forms: --start joining"
            advice = together if isinstance(event, Join) else "alone it must come to rest: wait for others, or a timer"
            endless = f"{FORMATION_LIMIT:,} steps after {show(event)} of {node} messages still go round"
            raise ProtocolError(f"{name}: {endless}; {advice}")
        if not _has_view(system.processes[node - 1]):
            if Delivered not in self.keep:  # form it once more, and see what an application is handed instead of a view
                type(self)(self.protocol, self.scenario, self.keep | {Delivered}).initial()
            raise ProtocolError(f"{name}: {node} installs no view after {show(event)}; {self._why_no_view(system, event)}")
        return system

    def _why_no_view(self, system: System, event: Start | Join) -> str:
        logs = [(other, entry) for other in self.nodes for entry in system.processes[other - 1].log]
        advice = "see why with --start joining" if isinstance(event, Join) else "its first Step must Install one"
        for other, entry in logs:
            if isinstance(entry, Delivered) and isinstance(self.protocol, Explaining):
                return f"{other}'s application {self.protocol.handed_unasked(entry.payload)}"
        ended = (f"{other} ended itself: {' '.join(one.reason.split())}; " for other, one in logs if isinstance(one, Ended))
        return f"{next(ended, '')}{advice}"

    # --- what can happen ---------------------------------------------------------------------------------------------

    def enabled(self, system: System) -> list[Action]:
        """The actions that are possible in `system`: the owed ones first, in an order that depends on nothing but the state."""
        return [*self.owed(system), *self.free(system)]

    def at_rest(self, system: System) -> bool:
        """Whether nothing is owed, so that nothing more happens by itself. The literature says quiescent."""
        return not self.owed(system)

    def out_of_timeouts(self, system: System) -> bool:
        """Whether a timer is armed but the bound on timeouts forbids it to fire: such a rest is the bound's doing."""
        return system.budget.timeouts == 0 and bool(self.armed(system))

    def owed(self, system: System) -> list[Handle]:
        """The actions that happen by themselves."""
        untimed = self.untimed(system)
        if not untimed:
            return self._timeouts(system)
        return untimed if self.patient else [*untimed, *self.overdue(system)]

    def permits(self, system: System, action: Action) -> bool:
        """Whether `action` is possible in `system`, also as a timer beside traffic that goes round for ever."""
        match action:
            case Handle(cut=int(cut)) | Suspect(cut=int(cut)):
                whole = replace(action, cut=None)
                return (
                    system.budget.crashes > 0
                    and self.permits(system, whole)
                    and cut in range(1, len(self.effects(system, whole)))
                )
            case Partition():
                return system.budget.partitions > 0 and system.split is None and self._is_possible(action)
        return action in self._alike(system, action)

    def _alike(self, system: System, action: Action) -> Iterable[Action]:
        """The enabled actions of the kind of `action`. To enumerate all that are takes long in large groups.

        No handler of another process is called: what that raises in a live run ended that process alone.
        """
        match action:
            case Handle(event=Timeout()):
                return self._timeouts(system) if self.scenario.timing is Timing.ANY else self.impatient().owed(system)
            case Handle(node, Recover()):
                return self._recoveries(system, node)
            case Handle(node, Join() | Leave()):
                return self._requests(system, node)
            case Handle(node, Multicast()):
                return [*self._asked(system, node), *self._requests(system, node)]
            case Handle(node, Receive(source) | Down(source)) if system.processes[node - 1].status is Status.UP:
                return self._received(system, node, source)
            case Handle():
                return ()
            case Suspect():
                return self._mistakes(system)
            case Crash():
                return self._crashes(system, []) if system.budget.crashes else ()
            case Heal():
                return [Heal()] if system.split is not None else []
        return self._network_faults(system)

    def overdue(self, system: System) -> list[Handle]:
        """The timers that fire in `system`, although something moves, because the traffic goes round for ever."""
        timeouts = self._timeouts(system)
        lasting = self.traffic.lasting(system) if timeouts else ()
        return [action for action in timeouts if _timer(action) in lasting]

    def held_by_the_bound(self, system: System) -> bool:
        """Whether on cycles through `system` a timer does not fire, because the bound on timeouts forbids it."""
        timers = self.armed(system) if system.budget.timeouts == 0 else []
        lasting = self.traffic.lasting(system) if timers else ()
        return any(_timer(action) in lasting for action in timers) or (bool(timers) and self.traffic.is_open(system))

    def free(self, system: System) -> Iterator[Action]:
        """The actions that the environment may choose."""
        budget = system.budget
        chosen = self._chosen(system)
        yield from chosen
        if budget.crashes:
            yield from self._crashes(system, [*self.owed(system), *chosen])
        if budget.drops or budget.duplicates or budget.recoveries:
            yield from self._network_faults(system)
        if system.split is not None:
            yield Heal()
        elif budget.partitions:
            yield from partitions(self.scenario.partition_kind, self.nodes)

    def _chosen(self, system: System) -> list[Handle | Suspect]:
        """The handlers that run because the environment chooses so."""
        owed = self.owed(system) if self.scenario.timing is Timing.ANY else []
        early = [action for action in self._timeouts(system) if action not in owed] if owed else []
        recoveries = self._recoveries(system) if system.budget.recoveries else ()
        return [*early, *self._requests(system), *self._mistakes(system), *recoveries]

    def untimed(self, system: System) -> list[Handle]:
        """The owed actions, timers aside."""
        return [action for node in self.nodes for action in self.moves(system, node)]

    def moves(self, system: System, node: Node) -> Iterator[Handle]:
        """The owed actions of `node`, timers aside."""
        if system.processes[node - 1].status is not Status.UP:
            return
        yield from self._asked(system, node)
        for source in self.nodes:
            yield from self._received(system, node, source)

    def _asked(self, system: System, node: Node) -> Iterator[Handle]:
        """What the worker of `node` has asked for first."""
        process = system.processes[node - 1]
        if process.status is Status.UP and process.asks:
            yield from self._outcomes(process, node, Multicast(process.asks[0]))

    def _received(self, system: System, node: Node, source: Node) -> Iterator[Handle]:
        """What `node`, which is up, can receive from `source`."""
        process, channel = system.processes[node - 1], self.channel(system, source, node)
        if channel:
            meet = partial(self._meet, process.local, source)
            at_hand = [entry for entry in channel if entry is Notice.DOWN] if self.holds(system, source, node) else channel
            events: Iterator[Event] = self.receivable(at_hand, Notice.DOWN, meet)
            for event in events:
                yield from self._outcomes(process, node, event)

    @property
    def in_order(self) -> bool:
        """Whether only the first entry of a channel for which the protocol has a rule can be taken."""
        return self.scenario.order is Order.FIFO and self.scenario.detector is not Detector.OVERTAKING

    def receivable(self, channel: Iterable[Queued], down: Queued, meet: Callable[[Queued], Met | None]) -> Iterator[Met]:
        """Selective receive: `meet` of the first entry for which the protocol has a rule; in a bag, of every such message.

        In a bag, too, a notice waits for the messages queued before it, but not for those behind it. Of equal entries it is the
        first that is received. `meet` returns None for an entry without a rule. `down` is the notice.
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
        return [] if system.budget.timeouts == 0 else self.armed(system)

    def armed(self, system: System) -> list[Handle]:
        """The timers that are armed and for which the protocol has a rule, whether they may fire now or not."""
        return [
            action
            for node, process in zip(self.nodes, system.processes, strict=True)
            for timer in sorted(process.timers)
            for action in self._outcomes(process, node, Timeout(timer))
        ]

    def _requests(self, system: System, only: Node | None = None) -> Iterator[Handle]:
        """What applications may ask for: of each process, or of `only` one."""
        budget, up = system.budget, [n for n in self.nodes if system.processes[n - 1].status is Status.UP]
        for node in up if only is None else [n for n in up if n == only]:
            process = system.processes[node - 1]
            if budget.messages:
                yield from self._outcomes(process, node, Multicast(Change(node, process.asked + 1)))
            if budget.leaves:
                yield from self._outcomes(process, node, Leave())
        if budget.joins:
            # Joiners are alike, so they join in the order of their names.
            node, process = next((n, p) for n, p in zip(self.nodes, system.processes, strict=True) if p.status is Status.ABSENT)
            for contact in up if only in (None, node) else ():
                yield from self._outcomes(process, node, Join(contact))

    def _mistakes(self, system: System) -> Iterator[Suspect]:
        """Those of the failure detector."""
        if system.budget.suspicions:
            yield from self._suspicions(system)
        if system.budget.spurious:
            yield from self._spurious_notices(system)

    def _suspicions(self, system: System) -> Iterator[Suspect]:
        for node, process in zip(self.nodes, system.processes, strict=True):
            for other in sorted(process.watching):
                if system.processes[other - 1].status is Status.UP:
                    for action in self._outcomes(process, node, Down(other)):
                        yield Suspect(node, other, action.outcome)

    def _spurious_notices(self, system: System) -> Iterator[SpuriousNotice]:
        for node, process in zip(self.nodes, system.processes, strict=True):
            for other in self.nodes if process.status is Status.UP else ():
                if other != node and other not in process.watching:
                    for action in self._outcomes(process, node, Down(other)):
                        yield SpuriousNotice(node, other, action.outcome)

    def _recoveries(self, system: System, only: Node | None = None) -> Iterator[Handle]:
        """The processes that may come back, or `only` one."""
        for node in self.nodes:
            if only in (None, node) and system.may_recover(node):
                process = system.processes[node - 1]
                yield from self._outcomes(process, node, Recover(process.stored))

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
                channel = self.channel(system, source, target)
                for index, entry in enumerate(channel):
                    if entry is Notice.DOWN or source == target:
                        continue
                    if system.budget.drops or self.arrives_in_vain(system, source, target, index):
                        yield Lose(source, target, index, entry)
                    if system.budget.duplicates:
                        for place in self.places_of_copies(channel, index):
                            yield Duplicate(source, target, index, entry, place)

    def places_of_copies(self, channel: Sequence[Hashable], index: int) -> Iterator[int | None]:
        """Where a second copy of the entry at `index` can stand, as in Duplicate: each channel that results, once."""
        entry = channel[index]
        if entry in channel[:index]:
            return  # the copies of the first of equal entries include those of the others
        yield None
        if self.scenario.order is Order.FIFO:
            # In front of an equal entry is the same as behind it.
            yield from (place for place in range(index + 1, len(channel)) if channel[place] != entry)

    def _is_possible(self, partition: Partition) -> bool:
        return partition.kind is self.scenario.partition_kind and is_named(partition, self.nodes)


def _has_view(process: Process) -> bool:
    return any(isinstance(entry, Installed) for entry in process.log)


def _timer(action: Handle) -> ArmedTimer:
    assert isinstance(action.event, Timeout)
    return action.process, action.event.timer
