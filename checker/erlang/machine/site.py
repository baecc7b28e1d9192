"""The processes of one node while they run: what they send each other, their links, monitors and names.

The mailboxes of the processes that `outside` names are not kept here: what is sent to them leaves as `Posted`, like what is
sent to other nodes. For the others, message order is the order of sending: on one node a message arrives at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from groupy_check.checker.erlang.machine.numbering import highest, nameless
from groupy_check.checker.erlang.machine.processes import (
    NORMAL,
    Activation,
    Alarm,
    GivenUp,
    Named,
    NodeSignal,
    Output,
    Posted,
    Proc,
    Signalled,
    SiteState,
    Stopped,
    Unwatched,
    Watched,
    Watching,
)
from groupy_check.checker.erlang.machine.program import Program
from groupy_check.checker.erlang.machine.running import Run
from groupy_check.checker.erlang.machine.waiting import ReceiveCode
from groupy_check.checker.erlang.terms.raising import Unsupported, badarg
from groupy_check.checker.erlang.terms.values import OK, Atom, Pid, Ref, Term, Tuple

if TYPE_CHECKING:
    from groupy_check.checker.erlang.machine.library_calls import Library

KILL, KILLED, NOPROC = Atom("kill"), Atom("killed"), Atom("noproc")
NAMELESS = Atom("nonode@nohost")
NODE_NAME = re.compile(r"p(\d+)@groupy")
LARGEST_GROUP = 100


class Site:
    """The processes of `state`, of which those numbered in `outside` have their mailboxes elsewhere."""

    def __init__(self, program: Program, library: Library, state: SiteState, outside: frozenset[int]) -> None:
        self.program, self.library, self.outside = program, library, outside
        self.node = state.node
        self.procs = {proc.number: proc for proc in state.procs}
        self.names = dict(state.names)
        self.watches = list(state.watches)
        self.alarms = list(state.alarms)
        self.escaped = state.escaped
        self.before = state
        self.newest: int | None = None  # the highest number that was ever given; few steps need to know
        self.outputs = list[Output]()
        self.results = dict[int, Term]()  # of the processes that have returned
        self.unread = dict[int, tuple[Term, ...]]()  # what these have left in their mailboxes
        self.drawing: tuple[int, tuple[Term, ...]] | None = None  # who draws a random number, and which there are
        self.drawn_at: int | None = None  # how many outputs there were at the last draw

    def copy(self) -> Self:
        """Another site that goes on from here by itself."""
        found = copy(self)
        found.procs, found.names, found.results = dict(self.procs), dict(self.names), dict(self.results)
        found.watches, found.alarms, found.outputs = list(self.watches), list(self.alarms), list(self.outputs)
        return found

    def state(self) -> SiteState:
        """The processes as data."""
        procs, alarms = tuple(self.procs[number] for number in sorted(self.procs)), tuple(self.alarms)
        # When which node ends is open, so only among the monitors of one node does their order show.
        named = nameless(sorted(self.watches, key=lambda one: one.target.node), procs, alarms, self.escaped)
        # Those that were given up, and that nobody can tell from each other, are one.
        watches = tuple(one for place, one in enumerate(named) if not one.left or one not in named[:place])
        # That others know those outside makes no difference: these are there as long as the node.
        escaped = self.escaped if self.escaped > max(self.outside, default=0) else 0
        return SiteState(self.node, procs, tuple(sorted(self.names.items())), watches, alarms, escaped)

    # --- running ---------------------------------------------------------------------------------------------------------

    def run(self, number: int) -> None:
        """Run a process that is ready until it stops. What it takes from its own mailbox, it takes at once."""
        self._go(Run(self, self.procs[number]))

    def decide(self, option: Term) -> None:
        """Go on with a process that draws a random number: it gets `option`."""
        assert self.drawing is not None
        number, _ = self.drawing
        self.drawing, self.drawn_at = None, len(self.outputs)
        self.procs[number] = replace(self.procs[number], value=option)
        self.run(number)

    def offer(self, number: int, message: Term) -> bool:
        """Whether the process takes `message` at the receive at which it waits; then it has run until it stopped again."""
        proc = self.procs.get(number)
        if proc is None or not proc.waiting:
            return False
        run = Run(self, proc)
        if not run.offered(message):
            return False
        self._go(run)
        return True

    def expire(self, number: int) -> None:
        """The time of the receive at which the process waits is over."""
        self.procs[number] = replace(self.procs[number], value=OK)
        self.run(number)

    def takes(self, number: int) -> int | None:
        """The index of the first message in the mailbox of a waiting process that it takes; None where there is none."""
        proc = self.procs[number]
        return next((index for index, message in enumerate(proc.mailbox) if Run(self, proc).offered(message)), None)

    def take(self, number: int, index: int) -> None:
        """Let a waiting process take a message from its mailbox."""
        proc = self.procs[number]
        message = proc.mailbox[index]
        self.procs[number] = replace(proc, mailbox=proc.mailbox[:index] + proc.mailbox[index + 1 :])
        self.offer(number, message)

    def go_on(self, number: int) -> None:
        """Let a process that is `able` go on: with a message from its mailbox, or because its time is over."""
        proc = self.procs[number]
        index = self.takes(number) if proc.waiting else None
        if not proc.waiting:
            self.run(number)
        elif index is not None:
            self.take(number, index)
        else:
            self.expire(number)

    def able(self) -> Iterator[int]:
        """The processes that can go on without anything from elsewhere, and without waiting."""
        for number in sorted(self.procs):
            proc = self.procs[number]
            if not proc.waiting or self.patience(number) in {"zero", "bad"} or self.takes(number) is not None:
                yield number

    def patience(self, number: int) -> str:
        """How long a waiting process waits: `infinite`, `finite`, `zero`, or `bad` where that is no time."""
        _, data = self.procs[number].stack[-1].frames[-1]
        return str(data[0])

    def waits_at(self, number: int) -> ReceiveCode:
        """The receive at which a process waits."""
        code = self.program.codes[self.procs[number].stack[-1].frames[-1][0]]
        assert isinstance(code, ReceiveCode)
        return code

    def _go(self, run: Run) -> None:
        number = run.proc.number
        proc = run.go()
        if proc is not None and number in self.procs:
            self.procs[number] = proc
            if run.options:
                self.drawing = number, run.options

    # --- what processes do -----------------------------------------------------------------------------------------------

    def spawn(self, function: Term, arguments: tuple[Term, ...]) -> Pid:
        """A new process, which calls `function`."""
        number = self._new_number()
        frame = (self.library.beginning.spot.number, (function, *arguments))
        self.procs[number] = Proc(number, (Activation((), (frame,)),), OK)
        return Pid(self.node, number)

    def new_ref(self) -> Ref:
        """A reference that is unlike all others."""
        return Ref(self.node, self._new_number())

    def _new_number(self) -> int:
        self.newest = (highest(self.before) if self.newest is None else self.newest) + 1
        return self.newest

    def reading(self) -> int:
        """What a clock shows: more than ever before, and nothing that a clock of another node shows."""
        self.escaped = self.new_ref().number
        return self.escaped * LARGEST_GROUP + self.node

    def alive(self, pid: Pid) -> bool:
        """Whether a process of this node has not ended; those outside end with the node."""
        return pid.number in self.procs or pid.number in self.outside

    def send(self, to: Term, message: Term) -> None:
        """Send `message` to a pid, a name, or a name at a node."""
        match to:
            case Pid():
                self.post(to, message)
            case Atom(name) if name in self.names:
                self.post(Pid(self.node, self.names[name]), message)
            case Tuple((Atom(name), Atom() as node)):
                if node != self.called(self.node):
                    self.post(Named(self.node_called(node), name), message)
                elif name in self.names:
                    self.post(Pid(self.node, self.names[name]), message)
            case Atom(name):
                raise badarg(f"no process of this node is registered as {name}")
            case _:
                raise badarg()

    def called(self, node: int) -> Atom:
        """The name of a node."""
        return NAMELESS if self.program.together else Atom(f"p{node}@groupy")

    def node_called(self, name: Atom) -> int:
        """The node with this name. Raises Unsupported where it is none of the group's."""
        found = NODE_NAME.fullmatch(name.name)
        if found is None or self.program.together:
            raise Unsupported(f"a message to {name.name}, which is no node of the group (node(Pid) names these),")
        return int(found[1])

    def post(self, to: Pid | Named, message: Term) -> None:
        """Send `message` to `to`, which may have ended."""
        if isinstance(to, Named) or to.node != self.node or to.number in self.outside:
            self.outputs.append(Posted(self.node, to, message))
            if to.node != self.node:
                self.escaped = max(self.escaped, highest(message, self.node))
        elif to.number in self.procs:
            proc = self.procs[to.number]
            self.procs[to.number] = replace(proc, mailbox=(*proc.mailbox, message))

    def watch(self, owner: int, target: Pid, shown: Term) -> Ref:
        """Monitor `target` for the process `owner`."""
        ref = self.new_ref()
        watching = Watching(owner, target, ref, shown)
        if target.node != self.node:
            self.outputs.append(Watched(target))
        elif not self.alive(target):
            self._down(watching, NOPROC)
            return ref
        self.watches.append(watching)
        return ref

    def unwatch(self, owner: int, ref: Ref) -> bool:
        """End a monitor, and take back what it may have sent. Whether there was one."""
        found = [watching for watching in self.watches if watching.owner == owner and watching.ref == ref]
        self.forget(found)
        return any(watching.left is GivenUp.NOT for watching in found)

    def leave(self, owner: int, ref: Ref) -> bool:
        """End a monitor, but not what it has sent. Whether there was one.

        Whether a notice is under way from another node is not known here. So the node is watched once more: if it has ended
        already, this is a second notice, and the 'DOWN' comes with that. If it ends later, there is only one, and none comes.
        """
        found = [
            watching for watching in self.watches if (watching.owner, watching.ref, watching.left) == (owner, ref, GivenUp.NOT)
        ]
        for watching in found:
            if watching.target.node == self.node:
                self.watches.remove(watching)
            else:
                self.watches[self.watches.index(watching)] = replace(watching, left=GivenUp.NOW)
                self.outputs.append(Watched(watching.target))
        return bool(found)

    def fired(self, target_node: int, reason: Term) -> list[tuple[int, Term]]:
        """Another node is gone: what has to be given to whom, in order. Who is linked to it, and traps no exits, ends."""
        about = [watching for watching in self.watches if watching.target.node == target_node]
        linked = any(pid.node == target_node for proc in self.procs.values() for pid in proc.links)
        found = [watching for watching in about if watching.left is GivenUp.NOT]
        if not found and not linked:
            found = [watching for watching in about if watching.left is GivenUp.NOTICED]
        self.watches = [
            replace(watching, left=GivenUp.NOTICED) if watching in about and watching.left else watching
            for watching in self.watches
            if watching not in found
        ]
        exits = list[tuple[int, Term]]()
        for number, proc in sorted(self.procs.items()):
            for partner in (pid for pid in proc.links if pid.node == target_node):
                self.unlink(number, partner)
                exits += [(number, exit_of(partner, reason))] if proc.trapping else []
                if not proc.trapping:
                    self.signal(number, partner, reason, linked=True)
        return exits + [(watching.owner, down(watching, reason)) for watching in found]

    def link(self, one: int, other: Pid) -> None:
        """Link two processes, of which one may be on another node."""
        if other.node != self.node and other not in self.procs[one].links:
            self.tell(other, NodeSignal("link", Pid(self.node, one)))
            self.outputs.append(Watched(other))
        self._for_both(one, other, lambda links, partner: links if partner in links else (*links, partner))

    def unlink(self, one: int, other: Pid) -> None:
        """Undo that."""
        self._for_both(one, other, lambda links, partner: tuple(pid for pid in links if pid != partner))

    def _for_both(self, one: int, other: Pid, change: Callable[[tuple[Pid, ...], Pid], tuple[Pid, ...]]) -> None:
        for pid, partner in ((Pid(self.node, one), other), (other, Pid(self.node, one))):
            proc = self.procs.get(pid.number)
            if proc is not None and pid.node == self.node:
                self.procs[pid.number] = replace(proc, links=change(proc.links, partner))

    def tell(self, to: Pid, signal: NodeSignal) -> None:
        """A signal leaves for a process of another node."""
        self.outputs.append(Signalled(to, signal))
        self.escaped = max(self.escaped, highest((signal.source, signal.reason), self.node))

    def told(self, number: int, signal: NodeSignal) -> Term | None:
        """A signal comes from another node; the message that the process is to get of it, if any."""
        proc, source = self.procs.get(number), signal.source
        if signal.kind == "link" and proc is None:
            self.tell(source, NodeSignal("linked", Pid(self.node, number), NOPROC))
        if proc is None or (signal.kind in {"unlink", "linked"} and source not in proc.links):
            return None
        if signal.kind == "link":
            self.procs[number] = replace(proc, links=(*proc.links, source))
            self.outputs.append(Watched(source))
            return None
        if signal.kind != "exit":
            self.unlink(number, source)
            self.forget((), source)
        if signal.kind == "unlink":
            return None
        if proc.trapping and (signal.kind == "linked" or signal.reason != KILL):
            return exit_of(source, signal.reason)
        self.signal(number, source, signal.reason, linked=signal.kind == "linked")
        return None

    def signal(self, number: int, source: Pid, reason: Term, *, linked: bool) -> None:
        """An exit signal from `source` reaches a process."""
        proc = self.procs.get(number)
        if proc is None:
            return
        if reason == KILL and not linked:
            self.stopped(Stopped(number, None, KILLED, f"killed by {source.number}"), KILLED)
        elif proc.trapping:
            self.post(Pid(self.node, number), exit_of(source, reason))
        elif reason != NORMAL or source == Pid(self.node, number):
            self.stopped(Stopped(number, None, reason, "an exit signal"), reason)

    def finished(self, number: int, value: Term, where: str) -> None:
        """A process has returned `value`."""
        self.results[number], self.unread[number] = value, self.procs[number].mailbox
        self.stopped(Stopped(number, None, NORMAL, where), NORMAL)

    def stopped(self, output: Stopped, reason: Term) -> None:
        """A process has ended for `reason`: those that are linked to it and those that monitor it are told."""
        proc = self.procs.pop(output.number)
        itself = Pid(self.node, proc.number)
        for partner in (pid for pid in proc.links if pid.node != self.node):
            self.tell(partner, NodeSignal("linked", itself, reason))
        self.outputs.append(output)
        self.names = {name: number for name, number in self.names.items() if number != proc.number}
        self.forget([watching for watching in self.watches if watching.owner == proc.number], *proc.links)
        told = [watching for watching in self.watches if watching.target == itself]
        self.watches = [watching for watching in self.watches if watching not in told]
        for partner in (pid for pid in proc.links if pid.node == self.node):
            self.signal(partner.number, itself, reason, linked=True)
        for watching in told:
            self._down(watching, reason)

    def _down(self, watching: Watching, reason: Term) -> None:
        self.post(Pid(self.node, watching.owner), down(watching, reason))

    def forget(self, watches: Iterable[Watching], *unlinked: Pid) -> None:
        """End monitors; processes `unlinked` are not linked any more."""
        for watching in watches:
            self.watches.remove(watching)
        for target in dict.fromkeys((*(watching.target for watching in watches), *unlinked)):
            known = [watching.target for watching in self.watches] + [pid for proc in self.procs.values() for pid in proc.links]
            if target.node not in {self.node, *(pid.node for pid in known)}:
                self.outputs.append(Unwatched(target))

    def alarm(self, to: Term, message: Term) -> Ref:
        """Send `message` later."""
        ref = self.new_ref()
        self.alarms.append(Alarm(ref, to, message))
        return ref


def exit_of(source: Pid, reason: Term) -> Term:
    """The message that an exit signal is to a process that traps exits."""
    return Tuple((Atom("EXIT"), source, reason))


def down(watching: Watching, reason: Term) -> Term:
    """The message that a monitor sends."""
    return Tuple((Atom("DOWN"), watching.ref, Atom("process"), watching.shown, reason))
