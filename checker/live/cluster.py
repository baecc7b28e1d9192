"""The controller of a live run: it starts the nodes, does to them what is asked, and tells all of them what the network does.

Its process has one thread (`session.py`): nodes are copies of it, and a copy of a process with threads cannot be trusted.
"""

from __future__ import annotations

import errno
import json
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from groupy_check.checker.errors import TooLargeError, UsageError
from groupy_check.checker.live.links import connections
from groupy_check.checker.live.log import NETWORK, LogFile, which
from groupy_check.checker.live.mailbox import Mailbox
from groupy_check.checker.live.network import Gone, Joined, LinkCut, Mended, NetworkChange, Parted, Restarted, change_to_json
from groupy_check.checker.live.node import LiveNode, Pace
from groupy_check.checker.live.processes import ITSELF, Member, forked
from groupy_check.checker.live.stable_storage import StableStorage
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.step_cache import Handlers
from groupy_check.checker.semantics.transitions import LARGEST
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Installed
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import Process, System

PACKET = 2**16
THOROUGH = 20  # calls of each kind of handler that are checked for purity; the replay checks all of them
PATIENCE = 2.0  # seconds for a node to answer, or to end


Ends = dict[Node, tuple[socket.socket, socket.socket]]  # by the other process: where to write, where to read


class Cluster:
    """The nodes of a live run of `protocol`, which begins with a group of `nodes` formed, and logs to `directory`."""

    def __init__(self, protocol: Protocol, nodes: int, directory: Path, pace: Pace, seed: int) -> None:
        if nodes > LARGEST:
            raise TooLargeError(f"{nodes} nodes are too many; take at most {LARGEST}")
        self.protocol, self.pace, self.seed, self.directory = protocol, pace, seed, directory
        self.recovers = comes_back(protocol)
        self.scenario = Scenario(nodes=nodes, worker=not self.recovers, recoveries=int(self.recovers))
        self.began = time.monotonic()
        self.members: dict[Node, Member] = {}
        self.epoch = 0
        self.cuts: list[LinkCut] = []
        self.side: tuple[Node, ...] = ()
        self.deaths: list[Member] = []
        self.starting = False  # a process; meanwhile nobody's end is announced
        self.due: dict[Node, int] = {}  # signals to those that have not begun: only then do they end with this process
        self.selector = selectors.DefaultSelector()
        self.log = LogFile(directory, NETWORK, self.began)
        self.log.head(protocol=protocol.name, nodes=nodes, seed=seed, worker=self.scenario.worker)

    # --- the beginning and the end -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Form the group and start its nodes. Raises ProtocolError when the protocol cannot form it."""
        first = Semantics(self.protocol, self.scenario, frozenset({Installed})).initial()
        nodes = [Node(number) for number in range(1, self.scenario.nodes + 1)]
        ends: dict[Node, Ends] = {node: {} for node in nodes}
        pairs = [(source, target) for source in nodes for target in nodes if source != target]
        writers, readers = {}, {}
        for pair, (writer, reader) in zip(pairs, connections(len(pairs)), strict=True):
            writers[pair], readers[pair] = writer, reader
        for node in nodes:
            ends[node] = {other: (writers[node, other], readers[other, node]) for other in nodes if other != node}
        for node in nodes:
            self._start_founder(node, first, ends[node])
        for pair in pairs:
            writers[pair].close()
            readers[pair].close()

    def _start_founder(self, node: Node, first: System, ends: Ends) -> None:
        size, nodes = self.scenario.nodes, ends.keys() | {node}
        channels = {source: first.channels[(source - 1) * size + node - 1] for source in sorted(nodes)}

        def live(one: LiveNode) -> None:
            one.found(channels)

        process = first.processes[node - 1]
        if process.stored is not None:
            StableStorage(self.directory, node).write(process.stored)
        self.begin(node, process, ends, live)

    def begin(self, node: Node, process: Process, ends: Ends, begin: Callable[[LiveNode], None]) -> None:
        """Start the process of `node`, which has that state and these ends of connections, and does `begin` first."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        incarnation = self.members[node].incarnation + 1 if node in self.members else 0
        log = LogFile(self.directory, str(node), self.began, incarnation)
        semantics = Semantics(self.protocol, self.scenario)
        semantics.handle = Handlers(self.protocol, LARGEST, THOROUGH)

        def live() -> None:
            theirs.setblocking(False)
            mailbox = Mailbox(node, ends, self.epoch, self.cuts, self.side)
            chance = Random(f"{self.seed} {node}{f' {incarnation}' if incarnation else ''}")  # noqa: S311 - no secret
            one = LiveNode(node, process, semantics, mailbox, theirs, log, self.pace, chance)
            for peer, (writer, reader) in ends.items():
                one.connect(peer, writer, reader)
            begin(one)
            one.run()

        number = forked(live, log, theirs, [end for both in ends.values() for end in both])
        theirs.close()
        os.close(log.descriptor)
        ours.setblocking(False)
        member = Member(node, number, os.pidfd_open(number), ours, epoch=self.epoch, incarnation=incarnation)
        self.members[node] = member
        self.selector.register(ours, selectors.EVENT_READ, member)
        self.selector.register(member.pidfd, selectors.EVENT_READ, member)

    def stop(self) -> None:
        """Let all nodes end between two handlers; a node that does not is killed."""
        self.poll(0.0)
        for member in self.up():
            self._signal(member, signal.SIGCONT)
            self.tell(member, {"do": "stop"})
        until = time.monotonic() + PATIENCE
        while self.up() and time.monotonic() < until:
            self.look(0.05)
        self.deaths = [member for member in self.deaths if member.ended != ITSELF]  # the others have done as they were told
        self.bury()
        self.kill_all()

    def kill_all(self) -> None:
        """End every process, at once, and forget everything."""
        if not self.members:
            return
        for member in self.members.values():
            if member.up:
                self._signal(member, signal.SIGKILL)
                with suppress(ChildProcessError):
                    os.waitpid(member.process, 0)
                member.up = False
            member.control.close()
            if member.pidfd >= 0:
                os.close(member.pidfd)
                member.pidfd = -1
        self.members.clear()
        self.selector.close()
        os.close(self.log.descriptor)

    # --- what is done to the nodes -----------------------------------------------------------------------------------

    def member(self, node: Node) -> Member:
        """The node that is up. Raises UsageError when there is none of that name."""
        found = self.members.get(node)
        if found is None or not found.up:
            raise UsageError(f"{node} is not up; there are {', '.join(str(one.node) for one in self.up()) or 'none'}")
        return found

    def kill(self, node: Node) -> None:
        """End the process of `node` where it stands, by SIGKILL."""
        self._signal_begun(self.member(node), signal.SIGKILL)

    def doom(self, node: Node, after: int = 0) -> None:
        """Let `node` kill itself within its next broadcast, after so many messages; 0: chance decides."""
        self.tell(self.member(node), {"do": "die", "after": after})

    def freeze(self, node: Node) -> None:
        """Stop the process of `node`: it is slow, and not dead."""
        member = self.member(node)
        member.frozen = True
        self._signal_begun(member, signal.SIGSTOP)

    def go_on(self, node: Node) -> None:
        """Let a stopped process go on."""
        member = self.member(node)
        member.frozen = False
        if self.due.get(node) == signal.SIGSTOP:
            del self.due[node]
        self._signal(member, signal.SIGCONT)

    def thaw(self) -> None:
        """Let all stopped processes go on."""
        for member in self.up():
            if member.frozen:
                self.go_on(member.node)

    def steps(self) -> list[int]:
        """How many handlers each node has run, as far as it has told."""
        return [member.said.get("steps", 0) for member in self.members.values()]

    def multicast(self, node: Node) -> None:
        """Let the application of `node` ask for a multicast."""
        self.tell(self.member(node), {"do": "multicast"})

    def leave(self, node: Node) -> None:
        """Let `node` leave the group."""
        self.tell(self.member(node), {"do": "leave"})

    def slow(self, one: Node, other: Node, seconds: float) -> None:
        """Let what goes over the link between the two take so long."""
        self._link(one, other)
        self.tell(self.member(one), {"do": "slow", "peer": int(other), "seconds": seconds})
        self.tell(self.member(other), {"do": "slow", "peer": int(one), "seconds": seconds})

    def quiet(self, quiet: bool) -> None:
        """Let no application ask for anything by itself, or again."""
        for member in self.up():
            self.tell(member, {"do": "quiet", "quiet": quiet})

    def cut(self, one: Node, other: Node) -> None:
        """Cut the link between the two."""
        self._link(one, other)
        self.announce(LinkCut(min(one, other), max(one, other)))

    def part(self, nodes: Iterable[Node]) -> None:
        """Split the network into `nodes` and the rest."""
        known, named = set(self.members), set(nodes)
        if self.side:
            raise UsageError("the network is split already; heal it first")
        if not named or not named < known:
            raise UsageError(f"a side of a split is some of {', '.join(map(str, sorted(known)))}, and not all")
        side = named if Node(1) in named else known - named
        self.announce(Parted(tuple(sorted(side))))

    def heal(self) -> None:
        """Make the network whole again."""
        self.announce(Mended())

    def _link(self, one: Node, other: Node) -> None:
        if one == other:
            raise UsageError(f"{one} has no link to itself; name two processes")
        self.member(one), self.member(other)

    # --- the network -------------------------------------------------------------------------------------------------

    def announce(
        self, change: NetworkChange, ends: dict[Node, list[socket.socket]] | None = None, but: Member | None = None
    ) -> None:
        """Begin the next epoch, with `change`."""
        self.epoch += 1
        data = {**change_to_json(change), "epoch": self.epoch}
        process = change.node if isinstance(change, Joined | Gone | Restarted) else Node(1)
        self.log.write("note", process, **data)
        for member in self.up():
            if member is not but:
                self.tell_of(member, self.epoch, change, (ends or {}).get(member.node, []))
        match change:
            case LinkCut():
                self.cuts.append(change)
            case Parted(side):
                self.side = side
            case Mended():
                self.cuts.clear()
                self.side = ()

    def forget(self, former: Member) -> None:
        """Forget a process that has ended: another one takes its name."""
        if former.control in self.selector.get_map():
            self.selector.unregister(former.control)
        former.control.close()
        self.due.pop(former.node, None)

    def tell_of(self, member: Member, epoch: int, change: NetworkChange, ends: list[socket.socket]) -> None:
        self.tell(member, {**change_to_json(change), "epoch": epoch}, ends)

    def up(self) -> list[Member]:
        return [member for member in self.members.values() if member.up]

    def _signal(self, member: Member, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(member.process, number)

    def _signal_begun(self, member: Member, number: int) -> None:
        if member.said:
            self._signal(member, number)
        elif self.due.get(member.node) != signal.SIGKILL:
            self.due[member.node] = number

    def tell(self, member: Member, data: dict[str, Any], ends: Iterable[socket.socket] = ()) -> None:
        """Tell `member`; one that is stopped reads it when it goes on."""
        member.unsent.append((json.dumps(data).encode(), list(ends)))
        self._flush(member)

    def _flush(self, member: Member) -> None:
        while member.unsent:
            data, ends = member.unsent[0]
            try:
                socket.send_fds(member.control, [data], [end.fileno() for end in ends])
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno not in (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN):
                    raise
            member.unsent.popleft()
            for end in ends:
                end.close()

    # --- what the nodes say ------------------------------------------------------------------------------------------

    def poll(self, seconds: float) -> None:
        """Hear what the nodes say, waiting so long for it, and tell the others of those that have ended."""
        self.look(seconds)
        self.bury()

    def look(self, seconds: float) -> None:
        for key, _ in self.selector.select(seconds):
            member: Member | None = key.data
            if member is None:
                continue  # somebody else waits for this
            if key.fileobj is member.control:
                self._hear(member)
            elif member.up:
                self._hear(member)
                self._ended(member)
        for member in self.up():
            self._flush(member)

    def _hear(self, member: Member) -> None:
        """Read what `member` has said."""
        data = b"?"
        try:
            while data := member.control.recv(PACKET):
                said = json.loads(data)
                match said:
                    case {"epoch": epoch}:
                        member.epoch = epoch
                    case {"seen": [int(step), int(effect)]}:
                        member.seen = step, effect
                    case {"failed": why}:
                        member.failed = why
                    case _:
                        member.said = said
        except BlockingIOError:
            pass
        except OSError:
            data = b""
        if member.said and member.node in self.due:
            self._signal(member, self.due.pop(member.node))
        if not data and member.control in self.selector.get_map():
            self.selector.unregister(member.control)

    def _ended(self, member: Member) -> None:
        _, status = os.waitpid(member.process, 0)
        member.up, code = False, os.waitstatus_to_exitcode(status)
        member.ended = signal.Signals(-code).name if code < 0 else ITSELF
        self.selector.unregister(member.pidfd)
        os.close(member.pidfd)
        member.pidfd = -1
        self.deaths.append(member)

    def bury(self) -> None:
        """Tell the others of those that have ended."""
        while self.deaths and not self.starting:
            member = self.deaths.pop(0)
            self.announce(Gone(member.node))
            if member.crashed:
                self.log.write("crash", member.node, **which(member.incarnation))


def comes_back(protocol: Protocol) -> bool:
    """Whether a process of `protocol` that has crashed has a rule to come back."""
    semantics = Semantics(protocol, Scenario(nodes=1, messages=0, recoveries=1))
    (alone,) = semantics.initial().processes
    return semantics.fallen(Node(1), alone).may_return
