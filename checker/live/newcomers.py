"""Processes that are started while a live run goes on: those that join, and those that come back after a crash."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from groupy_check.checker.errors import TooLargeError, UsageError
from groupy_check.checker.live.afterwards.reading import former_life
from groupy_check.checker.live.cluster import PATIENCE, Cluster, Ends
from groupy_check.checker.live.links import connections
from groupy_check.checker.live.network import Joined, Restarted
from groupy_check.checker.live.processes import Member
from groupy_check.checker.live.stable_storage import NOTHING, StableStorage
from groupy_check.checker.semantics.step_cache import Handlers
from groupy_check.checker.semantics.transitions import LARGEST
from groupy_check.groupy_model.events import Recover
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.system import Process


class Links:
    """Connections of a process that is to be started with `others`, which are up: both ends of each, to be given away."""

    def __init__(self, others: Sequence[Member]) -> None:
        made = list(connections(2 * len(others)))
        there, back = made[::2], made[1::2]
        self.own: Ends = {one.node: (to[0], fro[1]) for one, to, fro in zip(others, there, back, strict=True)}
        self.others = {one.node: [fro[0], to[1]] for one, to, fro in zip(others, there, back, strict=True)}

    def close_own(self) -> None:
        """Close the ends of the process that has been started: it has copies of them."""
        for end in (end for both in self.own.values() for end in both):
            end.close()

    def close(self) -> None:
        """Close all ends."""
        self.close_own()
        for end in (end for both in self.others.values() for end in both):
            end.close()


@contextmanager
def _nobody_buried(cluster: Cluster) -> Iterator[None]:
    """Within, no process's end is announced; afterwards those that have ended meanwhile are."""
    cluster.starting = True
    try:
        yield
    finally:
        cluster.starting = False
        cluster.bury()


def join(cluster: Cluster, through: Node | None = None) -> Node:
    """Start a process that joins the group through a process, by default the oldest that is awake. Returns its name.

    Raises UsageError where nobody can let it in.
    """
    if len(cluster.members) == LARGEST:
        raise TooLargeError(f"there are {LARGEST} processes already, more cannot join")
    awake = [member for member in cluster.up() if not member.frozen and (through is None or member.node == through)]
    if not awake:
        raise UsageError(f"nobody can let a process in: {through or 'no process'} is awake")
    contact, node = awake[0], Node(len(cluster.members) + 1)
    links, change = Links(cluster.up()), Joined(node, contact.node)
    with _nobody_buried(cluster):
        epoch = cluster.epoch + 1
        cluster.tell_of(contact, epoch, change, links.others[contact.node])
        answered = _waited(cluster, contact, lambda: contact.epoch >= epoch)
        if answered or contact.up:
            # One that has gone on to this epoch cannot have ended in the one before.
            cluster.announce(change, links.others, but=contact)
            absent = Process(Status.ABSENT, Handlers(cluster.protocol, LARGEST).initial(node))
            cluster.begin(node, absent, links.own, lambda one: one.join(contact.node))
            links.close_own()
            return node
        links.close()
    return join(cluster)


def recover(cluster: Cluster, node: Node) -> None:
    """Start the crashed process `node` again, with what it has stored. Raises UsageError where it cannot come back now."""
    former = _fallen(cluster, node)
    storage = StableStorage(cluster.directory, node)
    stored, place = storage.read()
    first = Handlers(cluster.protocol, LARGEST)
    initial = first.initial(node)
    if initial is None or first(initial, Recover(stored)) is None:
        raise UsageError(f"{node} does not come back: the protocol has no rule for Recover of what it has stored")
    place = max(place, _last_seen(cluster, node))
    steps, asked = former_life(cluster.directory, node, place)
    cluster.bury()  # or it would take those that have just ended for gone before the others do
    links = Links(cluster.up())
    with _nobody_buried(cluster):
        cluster.announce(Restarted(node, place), links.others)
        cluster.forget(former)
        process = Process(Status.CRASHED, initial, asked=asked, stored=stored)
        cluster.begin(node, process, links.own, lambda one: one.recover(stored, steps))
        links.close_own()


def _fallen(cluster: Cluster, node: Node) -> Member:
    """The crashed process `node`. Raises UsageError."""
    if not cluster.recovers:
        raise UsageError(f"the processes of {cluster.protocol.name} do not come back: it has no rule for Recover")
    former = cluster.members.get(node)
    if former is None or not former.crashed:
        crashed = [one.node for one in cluster.members.values() if one.crashed]
        raise UsageError(f"{node} has not crashed; those that have: {', '.join(map(str, crashed)) or 'none'}")
    frozen = next((one.node for one in cluster.up() if one.frozen), None)
    if frozen is not None:
        raise UsageError(f"{frozen} is frozen and cannot take new connections: go on {frozen} first")
    return former


def _last_seen(cluster: Cluster, node: Node) -> tuple[int, int]:
    """The last step and effect of `node` of which others have received something, as far as that is not in their logs."""
    asked = cluster.up()
    for member in asked:
        member.seen = None
        cluster.tell(member, {"do": "tell last sent", "of": int(node)})
    for member in asked:
        if not _waited(cluster, member, partial(_has_seen, member)) and member.up:
            raise UsageError(f"{member.node} does not answer; try again")
    return max((member.seen for member in asked if member.seen is not None), default=NOTHING)


def _has_seen(member: Member) -> bool:
    return member.seen is not None


def _waited(cluster: Cluster, member: Member, done: Callable[[], bool]) -> bool:
    """Wait until `done`, in time or at all: one that has ended never will. Returns whether it is done."""
    until = time.monotonic() + PATIENCE
    while not done() and member.up and time.monotonic() < until:
        cluster.look(0.05)
    return done()
