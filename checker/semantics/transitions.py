"""What each action does to the system: the second half of the reference semantics, after `checker.semantics.enabled`.

The failure detector. When a process ends, `Down` is queued in its channel to each process that monitors it, behind everything
that it has sent to that process, and the monitor is gone: it fires once. A false suspicion is handled as soon as it is chosen;
since it can be chosen at any time, that includes every later moment. A spurious notice is one of a process that the receiver
does not monitor: it was told of that end already, has withdrawn the monitor, or never had one; the process may be up, or never
have been. It, too, is handled as soon as it is chosen, and it changes no monitor.

Recovery. A process that has crashed comes back as often as the scenario allows, as a new incarnation under the old name, with
nothing but what it had stored (Cachin, Guerraoui and Rodrigues, section 2.2.5; Lamport's stable storage). What lies in a
channel to it at the crash had arrived, and is gone with it, or is still under way: as long as the process is down, the next
message may arrive in vain at any moment, which is a Lose that costs nothing; what has not by then reaches the new incarnation.
What is sent to a process that is down vanishes as ever. Nothing tells the others of the recovery, and the notice of the crash
stands. With the last recovery, the other processes that are down have ended for good. `System` says which stores are kept.

Partitions. A partition cuts links, each in one direction: the target does not hear the source (`Partition.cuts`). The messages
under way on a link that is cut are lost, and so is what is sent on it until the network heals; unless they are held, see below.
The detector listens: a monitor fires at the process that no longer hears the one it monitors, as Erlang's do at both where
neither hears the other, and at once if it is set meanwhile. Who is no longer heard, but hears, is told nothing. Of a partial
partition that goes for the two groups alone. One partition is in force at a time. Healing is a free action, so that eventual
properties are also judged on runs in which the network never heals.

Held messages. With CutOff.HELD the messages on a link that is cut, and those that are sent on it meanwhile, stay in the channel
in their order, and are not received until the network heals; then all is as if they had just been slow. Meanwhile they may be
lost or duplicated as others may, but they do not arrive at a process that is down. Notices are the detector's own, and never
held: those in the channel, and those that come meanwhile, stand in front of all messages that are held, so they are received
first, after the network has healed, too. Notices that overtake messages anyway stand where they came. What is held is not
owed, so a state may be at rest with it: where the network never heals, it is held for ever, and as good as lost.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from copy import copy
from dataclasses import replace
from typing import Self

from groupy_check.checker.errors import TooLargeError
from groupy_check.checker.semantics.channel_order import ChannelOrder, inserted
from groupy_check.checker.semantics.listener import IGNORED, ChannelListener
from groupy_check.checker.semantics.partitions import refuse_too_many
from groupy_check.checker.semantics.step_cache import Handlers
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Heal, Lose, Partition, SpuriousNotice, Suspect
from groupy_check.groupy_model.effects import (
    Adopt,
    CancelTimer,
    Deliver,
    Demonitor,
    Effect,
    Halt,
    Install,
    Monitor,
    Send,
    SetTimer,
    Store,
)
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Recover, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import (
    Adopted,
    AskedToJoin,
    Delivered,
    Ended,
    Installed,
    Left,
    Observation,
    Recovered,
    Sent,
    Status,
    lengthened,
)
from groupy_check.groupy_model.protocol import Protocol, Step
from groupy_check.groupy_model.scenario import CutOff, Order, Scenario
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import Channel, Notice, Process, System
from groupy_check.groupy_model.worker import joining_worker, on_adoption, on_delivery, on_view

LARGEST = 64  # processes


class Transitions(ChannelOrder):
    """Applies the actions of `protocol` under `scenario`. `keep` names the observation types that logs retain."""

    def __init__(self, protocol: Protocol, scenario: Scenario, keep: frozenset[type] = frozenset()) -> None:
        if scenario.size > LARGEST:
            raise TooLargeError(f"{scenario.size} processes are too many; take at most {LARGEST}, nodes and joins together")
        refuse_too_many(scenario)
        super().__init__(scenario)
        self.protocol = protocol
        self.holding = scenario.cut_off is CutOff.HELD
        self.keep = keep | {Left, Ended, Recovered}
        self.size = scenario.size
        self.nodes = tuple(Node(i + 1) for i in range(self.size))
        self.handle = Handlers(protocol, self.size)
        self.listener = IGNORED

    def heard_by(self, listener: ChannelListener) -> Self:
        """The same semantics, with the same handlers, that tells `listener` what becomes of every entry of every channel."""
        heard = copy(self)
        heard.listener = listener
        return heard

    def effects(self, system: System, action: Handle | Suspect) -> tuple[Effect, ...]:
        """The effects of the handler that `action` runs: also those after a cut, but none after a Halt."""
        event = action.event if isinstance(action, Handle) else Down(action.node)
        outcomes = self.handle(system.processes[action.process - 1].local, event)
        assert outcomes is not None
        return self.effects_of(outcomes[action.outcome])

    def effects_of(self, step: Step) -> tuple[Effect, ...]:
        """The effects of `step`, but none after a Halt."""
        end = next((index + 1 for index, effect in enumerate(step.effects) if isinstance(effect, Halt)), None)
        return step.effects[:end]

    def apply(self, system: System, action: Action) -> System:
        """The state after `action`, which must be enabled in `system`."""
        match action:
            case Handle(node, event, outcome, cut):
                return self._handle(self._consume(system, node, event), node, event, outcome, cut)
            case SpuriousNotice(node, other, outcome, cut):
                return self._handle(self._spend(system, "spurious"), node, Down(other), outcome, cut)
            case Suspect(node, other, outcome, cut):
                process = system.processes[node - 1]
                system = self._spend(system, "suspicions")
                system = self._put(system, node, process.monitoring(process.watching - {other}))
                return self._handle(system, node, Down(other), outcome, cut)
            case Crash(node):
                return self._crash(system, node)
            case Lose(source, target, index):
                self.listener.lost(source, target, index)
                paid = system if self.arrives_in_vain(system, source, target, index) else self._spend(system, "drops")
                return self._remove(paid, source, target, index)
            case Duplicate(source, target, _, message, place):
                return self._join(self._spend(system, "duplicates"), source, target, message, place)
            case Partition():
                return self._split(self._spend(system, "partitions"), action)
            case Heal():
                return replace(system, split=None)

    def _consume(self, system: System, node: Node, event: Event) -> System:
        """`system` without what `event` uses up: a queued entry, a timer, part of the budget."""
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
            case Recover():
                return self._spend(system, "recoveries")
        return system

    def _handle(self, system: System, node: Node, event: Event, outcome: int, cut: int | None) -> System:
        """The state after `node` handles `event`: its effects are performed in order, up to `cut`, where it crashes."""
        process = system.processes[node - 1]
        outcomes = self.handle(process.local, event)
        assert outcomes is not None, f"{node} has no rule for {show(event)}"
        step = outcomes[outcome]
        if process.status is not Status.UP:
            process = self.started(node, process)
        system = self._put(system, node, process.after(step.state, self.before(process.log, event)))
        if isinstance(event, Recover):
            system = self._forget(system)
        for effect in step.effects[:cut]:
            system = self._perform(system, node, effect)
            if system.processes[node - 1].status is Status.HALTED:
                return system
        return system if cut is None else self._crash(system, node)

    def started(self, node: Node, process: Process) -> Process:
        """`process`, which was absent or down, as it starts."""
        return replace(process, status=Status.UP, worker=joining_worker(node) if self.scenario.worker else None)

    def before(self, log: tuple[Observation, ...], event: Event) -> tuple[Observation, ...]:
        """`log` with what `event` adds to it before any effect."""
        match event:
            case Multicast(payload):
                return self._note(log, Sent(payload))
            case Join(contact):
                return self._note(log, AskedToJoin(contact))
            case Leave():
                return self._note(log, Left())
            case Recover():
                return self._note(log, Recovered())
        return log

    def _note(self, log: tuple[Observation, ...], entry: Observation) -> tuple[Observation, ...]:
        return lengthened(log, (entry,)) if type(entry) in self.keep else log

    def _perform(self, system: System, node: Node, effect: Effect) -> System:
        process = system.processes[node - 1]
        match effect:
            case Send(to, message):
                return self._enqueue(system, node, self.nodes[to - 1], message)
            case Monitor(other):
                if system.processes[other - 1].status is not Status.UP or self._is_cut(system, other, node):
                    return self._notify(system, self.nodes[other - 1], node)
                return self._put(system, node, process.monitoring(process.watching | {self.nodes[other - 1]}))
            case Demonitor(other):
                system = self._clear(system, other, node, _is_notice)
                return self._put(system, node, process.monitoring(process.watching - {other}))
            case Store(value):
                return self._put(system, node, replace(process, stored=value)) if system.keeps_stored(process) else system
        system = self._put(system, node, self.alone(process, effect))
        return self._end(system, node, Status.HALTED) if isinstance(effect, Halt) else system

    def alone(self, process: Process, effect: Effect) -> Process:
        """`process` after an effect that concerns no other process, and no later incarnation of this one."""
        match effect:
            case Deliver(payload):
                process = process.after(process.local, self._note(process.log, Delivered(payload)))
                if process.worker is not None:
                    process = process.working(*on_delivery(process.worker, payload))
            case Install(view):
                process = process.after(process.local, self._note(process.log, Installed(view)))
                if process.worker is not None:
                    process = process.working(*on_view(process.worker))
            case Adopt(payloads):
                process = process.after(process.local, self._note(process.log, Adopted(payloads)))
                if process.worker is not None:
                    process = replace(process, worker=on_adoption(process.worker, payloads))
            case SetTimer(timer):
                process = replace(process, timers=process.timers | {timer})
            case CancelTimer(timer):
                process = replace(process, timers=process.timers - {timer})
            case Halt(reason):
                process = process.after(process.local, self._note(process.log, Ended(reason)))
        return process

    def _crash(self, system: System, node: Node) -> System:
        """The state after `node` crashes."""
        return self._forget(self._end(self._spend(system, "crashes"), node, Status.CRASHED))

    def _end(self, system: System, node: Node, status: Status) -> System:
        """The state after `node` ends: what is queued for it vanishes, what it has sent stays, its watchers are notified.

        If it may recover, the messages of others to it stay, since they may still be under way.
        """
        process, falls = system.processes[node - 1], status is Status.CRASHED and system.budget.recoveries > 0
        system = self._put(system, node, self.fallen(node, process) if falls else Process(status, log=process.log))
        returns = system.may_recover(node)
        for source in self.nodes:
            system = self._clear(system, source, node, _is_notice if returns and source != node else _is_entry)
        for watcher in self.nodes:
            if node in system.processes[watcher - 1].watching:
                system = self._report(system, node, watcher)
        return system

    def fallen(self, node: Node, process: Process) -> Process:
        """What is left of `process` by a crash while a recovery is left: more than its log if it has a rule to come back."""
        first = self.handle.initial(node)
        if first is not None and self.handle(first, Recover(process.stored)) is not None:
            return Process(Status.CRASHED, first, process.log, asked=process.asked, stored=process.stored)
        return Process(Status.CRASHED, log=process.log)

    def _forget(self, system: System) -> System:
        """`system` without what is stored and nobody may read any more, and with the end for good of who cannot come back."""
        for node in self.nodes if self.scenario.recoveries else ():
            process = system.processes[node - 1]
            if process.may_return and not system.budget.recoveries:
                system = self._end(system, node, Status.CRASHED)
            elif process.stored is not None and not system.keeps_stored(process):
                system = self._put(system, node, replace(process, stored=None))
        return system

    def arrives_in_vain(self, system: System, source: int, target: int, index: int) -> bool:
        """Whether the message is the next one that can arrive at `target`, which is down."""
        next_one = index == 0 or self.scenario.order is not Order.FIFO
        return next_one and source != target and system.may_recover(target) and not self.holds(system, source, target)

    def _split(self, system: System, partition: Partition) -> System:
        system = replace(system, split=partition)
        for source in self.nodes:
            for target in self.nodes:
                if self._is_cut(system, source, target):
                    system = self._hold(system, source, target) if self.holding else self._lose(system, source, target)
                    if source in system.processes[target - 1].watching:
                        system = self._report(system, source, target)
        return system

    def _lose(self, system: System, source: Node, target: Node) -> System:
        return self._clear(system, source, target, _is_message)

    def _hold(self, system: System, source: Node, target: Node) -> System:
        """The state after the messages from `source` to `target` begin to be held: notices stand before them."""
        channel = self.channel(system, source, target)
        places = self.held_places(channel)
        self.listener.sorted(source, target, places)
        return self._put_channel(system, source, target, tuple(channel[place] for place in places))

    def _report(self, system: System, ended: Node, watcher: Node) -> System:
        """The state after `watcher`'s monitor of `ended` fires: the monitor is gone, and the notice is queued."""
        process = system.processes[watcher - 1]
        system = self._put(system, watcher, process.monitoring(process.watching - {ended}))
        return self._notify(system, ended, watcher)

    # --- channels, processes and budgets -----------------------------------------------------------------------------

    def _is_cut(self, system: System, source: int, target: int) -> bool:
        """Whether a partition is in force in which `target` does not hear `source`."""
        return system.split is not None and system.split.cuts(source, target)

    def holds(self, system: System, source: int, target: int) -> bool:
        """Whether the messages from `source` to `target` are held until the network heals."""
        return self.holding and self._is_cut(system, source, target)

    def channel(self, system: System, source: int, target: int) -> Channel:
        """What is queued from `source` to `target`, oldest first."""
        return system.channels[(source - 1) * self.size + target - 1]

    def _notify(self, system: System, ended: Node, watcher: Node) -> System:
        channel = self.channel(system, ended, watcher)
        place = self.place_of_notice(channel, self.holds(system, ended, watcher))
        self.listener.enqueued(ended, watcher, place, Notice.DOWN)
        return self._put_channel(system, ended, watcher, inserted(channel, Notice.DOWN, place))

    def _enqueue(self, system: System, source: Node, target: Node, message: Hashable) -> System:
        if system.processes[target - 1].status is not Status.UP or (self._is_cut(system, source, target) and not self.holding):
            self.listener.dropped(source, target, message)
            return system
        return self._join(system, source, target, message, None)

    def _join(self, system: System, source: Node, target: Node, message: Hashable, place: int | None) -> System:
        channel = self.channel(system, source, target)
        place = self.place(channel, message) if place is None else place
        self.listener.enqueued(source, target, place, message)
        return self._put_channel(system, source, target, inserted(channel, message, place))

    def _take(self, system: System, source: Node, target: Node, entry: Hashable) -> System:
        place = self.channel(system, source, target).index(entry)
        self.listener.taken(source, target, place)
        return self._remove(system, source, target, place)

    def _remove(self, system: System, source: Node, target: Node, place: int) -> System:
        channel = self.channel(system, source, target)
        if channel[place] is Notice.DOWN:
            return self._keep(system, source, target, [*range(place), *range(place + 1, len(channel))])
        return self._put_channel(system, source, target, channel[:place] + channel[place + 1 :])

    def _keep(self, system: System, source: Node, target: Node, places: Sequence[int]) -> System:
        """The state after only the entries at `places` are left in the channel."""
        channel = self.channel(system, source, target)
        order = self.sorted_places(channel, places)
        if order != places:
            self.listener.sorted(source, target, [places.index(place) for place in order])
        return self._put_channel(system, source, target, tuple(channel[place] for place in order))

    def _clear(self, system: System, source: Node, target: Node, gone: Callable[[Hashable], bool]) -> System:
        """The state after every entry of which `gone` is true vanishes from the channel."""
        channel = self.channel(system, source, target)
        places = [place for place, entry in enumerate(channel) if gone(entry)]
        if not places:
            return system
        self.listener.cleared(source, target, places)
        return self._keep(system, source, target, [place for place, entry in enumerate(channel) if not gone(entry)])

    def _put_channel(self, system: System, source: int, target: int, channel: Channel) -> System:
        index = (source - 1) * self.size + target - 1
        channels = (*system.channels[:index], channel, *system.channels[index + 1 :])
        return System(system.processes, channels, system.budget, system.split)

    def _put(self, system: System, node: Node, process: Process) -> System:
        # The constructor, not `replace`: half of all that a search does is done here and in `_put_channel`.
        processes = (*system.processes[: node - 1], process, *system.processes[node:])
        return System(processes, system.channels, system.budget, system.split)

    def _spend(self, system: System, name: str) -> System:
        budget = replace(system.budget, **{name: getattr(system.budget, name) - 1})
        return System(system.processes, system.channels, budget, system.split)


def _is_entry(_: Hashable) -> bool:
    return True


def _is_notice(entry: Hashable) -> bool:
    return entry is Notice.DOWN


def _is_message(entry: Hashable) -> bool:
    return entry is not Notice.DOWN
