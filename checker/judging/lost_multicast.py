"""What has become of a multicast that is never delivered to who has asked for it: who has it, or where it was lost.

It is looked for where it shows: in what is queued, in local states, and in the steps that took a message with it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence

from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.listener import ChannelListener
from groupy_check.checker.semantics.source_lines.refusal import HELD, why_unread
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.causality import mentions
from groupy_check.groupy_model.effects import Deliver
from groupy_check.groupy_model.events import Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.scenario import PartitionKind
from groupy_check.groupy_model.show import Described, show
from groupy_check.groupy_model.system import System

GONE = {Status.CRASHED: "has crashed", Status.HALTED: "has ended itself", Status.ABSENT: "has not started"}


class LostMulticast(ChannelListener):
    """The multicast of `payload` for which `node` is asked by the first of `actions`, which start in `start`."""

    def __init__(self, semantics: Semantics, start: System, actions: Sequence[Handle], node: Node, payload: Hashable) -> None:
        self.semantics, self.node, self.payload = semantics, node, payload
        self.seen: list[tuple[Node, str]] = []  # in the order of the run, at whom it was lost or left, and how
        self.system, heard = start, semantics.heard_by(self)
        for action in actions:
            before, self.system = self.system, heard.apply(self.system, action)
            self._taken(before, action)

    def told(self) -> str:
        """What became of it, in a few words: first what happened at who has asked."""
        unread = [*self._unread()]
        mine = [what for who, what in unread if who == self.node]
        if not mine and self._holds(self.system, self.node):
            mine = [f"it keeps {show(self.payload)}"]
        mine += [what for who, what in reversed(self.seen) if who == self.node]
        others = [what for _, what in (*unread, *reversed(self.seen))]
        return next(iter([*mine, *others]), "it sends it to nobody")

    def _holds(self, system: System, node: Node) -> bool:
        local = system.processes[node - 1].local
        if isinstance(local, Described):  # what it holds it writes in its own way
            return re.search(rf"\b{re.escape(show(self.payload))}\b", show(local)) is not None
        return mentions(local, self.payload)

    def _unread(self) -> Iterator[tuple[Node, str]]:
        for source in self.semantics.nodes:
            for target in self.semantics.nodes:
                for message in self.semantics.channel(self.system, source, target):
                    if mentions(message, self.payload):
                        yield target, f"{target} never reads {show(message)} from {source}{self._why(source, target, message)}"

    def _why(self, source: Node, target: Node, message: Hashable) -> str:
        if self.semantics.holds(self.system, source, target):
            return f" ({HELD})"
        local, event = self.system.processes[target - 1].local, Receive(source, message)
        refusal = why_unread(self.semantics.protocol, self.semantics.handle, local, event, target)
        return f" ({refusal})" if refusal else ""

    def _taken(self, before: System, action: Handle) -> None:
        """Note who has taken a message with it, and what for."""
        if isinstance(action.event, Receive) and mentions(action.event.message, self.payload):
            who, message = action.process, f"{show(action.event.message)} from {action.event.source}"
            delivered = Deliver(self.payload) in self.semantics.effects(before, action)
            keeps = "keeps it" if self._holds(self.system, who) else "passes nothing on"
            what = "delivers it" if delivered else "does not deliver it" if who == self.node else keeps
            self.seen.append((who, f"{who} takes {message} and {what}"))

    def dropped(self, source: Node, target: Node, message: Hashable) -> None:
        """Note where it was lost."""
        if mentions(message, self.payload):
            split = self.system.split
            apart = split is None or split.kind is PartitionKind.COMPLETE
            why = GONE.get(self.system.processes[target - 1].status, "is cut off" if apart else f"does not hear {source}")
            self.seen.append((target, f"{show(message)} from {source} is lost: {target} {why}"))
