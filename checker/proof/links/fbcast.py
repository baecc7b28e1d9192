"""The simulation relation between fbcast and its relational model.

The model permits more than the protocol does: a message may be read or not, and a process echoes to everybody whom it does not
know to have a copy. So every message in a queue must be permitted by the model, but the model requires none to be there. A
handler cut short by a crash counts as whole, since its process takes no more steps. What must agree, for each process that is
up: what it has delivered in each of its views, which views it has installed, and whose FLUSH it has read.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from groupy_check.checker.proof.finite_structures import RelationTable, RigidTable, Structure, TableRow, TableStore
from groupy_check.checker.proof.language import Symbol
from groupy_check.checker.proof.links.refinement import DifferenceError, PermissiveRelation, Take
from groupy_check.checker.proof.model import Model
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.effects import Effect, Install, Send, View
from groupy_check.groupy_model.events import Event, Multicast, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Delivered, Installed, Status
from groupy_check.groupy_model.protocols.multicast.fbcast_state import Data, Echo, Flush, Label, Member, State
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import System


@dataclass(frozen=True, slots=True, order=True)
class ReportedView:
    """A view, ordered as in the model. `rank` is the age of its reporter: the first view that it is in, and its place there."""

    rank: tuple[int, int]
    number: int
    members: tuple[Node, ...]

    def __str__(self) -> str:
        return str(View(self.number, self.members))


@dataclass(frozen=True, slots=True)
class LabelledMulticast:
    """A multicast of `payload` in `view`, with its `label`."""

    label: Label
    payload: Hashable
    view: ReportedView

    def __str__(self) -> str:
        return f"{self.label}: {show(self.payload)}"


class FbcastRelation(PermissiveRelation):
    """Relates fbcast to `model`. Of the formation of the group, only the first view in force remains."""

    def __init__(self, model: Model, semantics: Semantics, store: TableStore) -> None:
        super().__init__(model, semantics, store)
        self.views: dict[ReportedView, None] = {}
        self.messages: dict[LabelledMulticast, None] = {}
        self.universe: dict[str, Collection[Any]] = {
            "Process": semantics.nodes,
            "View": self.views,
            "Message": self.messages,
        }
        self.members, self.order, self.of = RigidTable(), RigidTable(), RigidTable()
        self.rigid: dict[Symbol, RelationTable] = {
            self.symbols["member"]: self.members,
            self.symbols["View order"]: self.order,
            self.symbols["of"]: self.of,
        }

    def view(self, structure: Structure, view: View) -> ReportedView:
        """`view` with the rank of its reporter; the rigid relations now cover it."""
        before = {row[1] for row in self.rows(structure, "flushed")}
        head = view.members[0]
        ranks = [(other.number, other.members.index(head)) for other in before if head in other.members]
        return self.known(ReportedView(min(ranks, default=(view.id, 0)), view.id, view.members))

    def known(self, view: ReportedView) -> ReportedView:
        if view not in self.views:
            self.order.add((view, other) if view < other else (other, view) for other in self.views)
            self.views[view] = None
            self.members.add((node, view) for node in view.members)
        return view

    def message(self, structure: Structure, source: Node, data: Data) -> LabelledMulticast:
        """The multicast that `source` has sent as `data`. Raises DifferenceError if it has sent none in the model."""
        sent: set[LabelledMulticast] = {row[2] for row in self.where(structure, "sent", p0=source)}
        for message in sent:
            if (message.label, message.payload) == (data.label, data.payload):
                return message
        raise DifferenceError(f"the model does not let {source} send {show(data)}")

    def begin(self, system: System) -> Structure:
        rows: dict[str, set[TableRow]] = {name: set() for name, symbol in self.symbols.items() if not symbol.rigid}
        for node in self.semantics.nodes[: self.semantics.scenario.founders]:
            local = system.processes[node - 1].local
            if not isinstance(local, Member) or local.view is None:
                raise DifferenceError(f"{node} is {show(local)}, which is not a state of a member of fbcast")
            rows["flushed"].add((node, self.known(ReportedView((local.view.id, 0), local.view.id, local.view.members))))
        tables = {self.symbols[name]: self.store.table(name, found) for name, found in rows.items()}
        return Structure(self.universe, {**self.rigid, **tables})

    # --- which transitions an executed action stands for --------------------------------------------------------------

    def handled(self, structure: Structure, system: System, node: Node, event: Event, outcome: int, take: Take) -> Structure:
        old = system.processes[node - 1].local
        outcomes = self.semantics.handle(old, event)
        assert outcomes is not None
        new, effects = outcomes[outcome].state, outcomes[outcome].effects
        if not isinstance(new, Member) or new == old:
            return structure
        steps = HandlerTranslation(self, structure, node, old if isinstance(old, Member) else None, take)
        match event:
            case Multicast(payload):
                steps.multicast(payload)
            case Receive(source, (Data() as data) | Echo(data)):
                steps.received(source, data)
        steps.flush_all(effects, new)
        match event:
            case Receive(source, Flush(view)):
                steps.heard(source, view)
            case Receive(source, State()):
                steps.take("adopt", node, source)
        steps.install_all(effects)
        return steps.structure

    # --- what must be permitted, and what must agree ------------------------------------------------------------------

    def compare(self, structure: Structure, system: System) -> None:
        for node, process in zip(self.semantics.nodes, system.processes, strict=True):
            if isinstance(process.local, Member):
                self.compare_local(structure, node, process.local)
            self.compare_log(structure, node, process.log, ended=process.status is not Status.UP)
            for other in self.semantics.nodes:
                for entry in system.channels[(node - 1) * self.semantics.size + other - 1]:
                    self.check_permitted(structure, node, other, entry)

    def compare_local(self, structure: Structure, node: Node, local: Member) -> None:
        latest = self.latest(structure, node)
        if latest is None or self.view(structure, local.group.latest) != latest:
            raise DifferenceError(f"{node} has last flushed for {local.group.latest}, but in the model for {latest}")
        says = {row[1] for row in self.where(structure, "heard", p0=node, p2=latest)}
        shown = {source for source, _ in local.flushed}
        if local.wedged and shown != says:
            raise DifferenceError(f"{node} has FLUSH from {listed(shown)}, but in the model from {listed(says)}")
        missed = [copy for copy in local.copies if not self.has(structure, node, copy.data)]
        if missed:
            raise DifferenceError(f"{node} has a copy of {missed[0].data}, but in the model it has none")

    def latest(self, structure: Structure, node: Node) -> ReportedView | None:
        """The last view that `node` has flushed for in the model."""
        return max((row[1] for row in self.where(structure, "flushed", p0=node)), default=None)

    def has(self, structure: Structure, node: Node, data: Data) -> bool:
        return any(row[1].label == data.label for row in self.where(structure, "has", p0=node))

    def compare_log(self, structure: Structure, node: Node, log: Iterable[object], *, ended: bool) -> None:
        """Check that `node` went from view to view as in the model, and delivered in each the messages that it has there.

        If it `ended` within a handler, the model may be ahead.
        """
        views: list[ReportedView] = []
        delivered: dict[ReportedView, list[str]] = {}
        for entry in log:
            if isinstance(entry, Installed):
                views.append(self.view(structure, entry.view))
                delivered[views[-1]] = []
            elif isinstance(entry, Delivered):
                if not views:
                    raise DifferenceError(f"{node} has delivered {show(entry.payload)} before its first view")
                delivered[views[-1]].append(show(entry.payload))
        went, shown = {row[1:] for row in self.where(structure, "went", p0=node)}, set(pairwise(views))
        if shown != went and not (ended and shown < went):
            raise DifferenceError(f"{node} has installed {listed(views)}, but in the model it went {listed(went)}")
        for view, payloads in delivered.items():
            says = sorted(show(row[1].payload) for row in self.where(structure, "has", p0=node) if row[1].view == view)
            cut_short = ended and view == views[-1] and set(payloads) < set(says)
            if sorted(payloads) != says and not cut_short:
                raise DifferenceError(
                    f"{node} has delivered {listed(payloads)} in {view}, but in the model it has {listed(says)}"
                )

    def check_permitted(self, structure: Structure, source: Node, target: Node, entry: Hashable) -> None:
        """Raises DifferenceError unless the model permits `entry` in the queue from `source` to `target`."""
        match entry:
            case (Data() as data) | Echo(data):
                permitted = target in {
                    row[1] for row in self.where(structure, "sent", p2=self.message(structure, source, data))
                }
            case Flush(view):
                permitted = (source, self.view(structure, view)) in self.rows(structure, "flushed")
            case _:
                permitted = True
        if not permitted:
            raise DifferenceError(f"the model does not let {source} send {show(entry)} to {target}")


@dataclass(slots=True)
class HandlerTranslation:
    """Takes the transitions that one handler of `node` stands for. `old` is its state before, None if it was no member."""

    relation: FbcastRelation
    structure: Structure
    node: Node
    old: Member | None
    taking: Take

    def take(self, name: str, *values: Hashable) -> None:
        self.structure = self.taking(self.structure, (name, values))

    def view(self, view: View) -> ReportedView:
        return self.relation.view(self.structure, view)

    def multicast(self, payload: Hashable) -> None:
        assert self.old is not None
        if self.old.view is None:
            raise DifferenceError(f"{self.node} multicasts {show(payload)} before its first view")
        label = Label(self.old.view.id, self.old.count(self.node) + 1, self.node)
        view = self.view(self.old.view)
        message = LabelledMulticast(label, payload, view)
        self.relation.messages[message] = None
        self.relation.of.add([(message, view)])
        self.take("multicast", self.node, message, view)

    def received(self, source: Node, data: Data) -> None:
        message = self.relation.message(self.structure, source, data)
        self.take("receive", self.node, source, message, message.view)

    def flush_all(self, effects: Iterable[Effect], new: Member) -> None:
        """Flush for each view reported in this handler; for the last one no FLUSH is sent if nobody else is in it."""
        for effect in effects:
            match effect:
                case Send(_, Flush(view)):
                    self.flush(view)
        self.flush(new.group.latest)

    def flush(self, view: View) -> None:
        wanted = self.view(view)
        if (self.node, wanted) not in self.relation.rows(self.structure, "flushed"):
            self.take("flush", self.node, wanted)

    def heard(self, source: Node, view: View) -> None:
        """Read FLUSH from `source`, unless it reports `view` and a later report follows at once, which makes it useless."""
        reported = self.old is None or self.old.group.latest != view
        if not reported or self.relation.latest(self.structure, self.node) == self.view(view):
            self.take("hear", self.node, source, self.view(view))

    def install_all(self, effects: Iterable[Effect]) -> None:
        """Install each view that this handler installs."""
        before = self.old.view if self.old else None
        for effect in effects:
            match effect:
                case Install(view):
                    if before is not None:
                        self.install(self.view(before), self.view(view))
                    before = view

    def install(self, before: ReportedView, view: ReportedView) -> None:
        latest = self.relation.latest(self.structure, self.node)
        assert latest is not None
        if view == latest:
            self.take("install", self.node, before, view)
            return
        told = {row[0] for row in self.relation.rows(self.structure, "told") if row[1:] == (latest, before, view)}
        if not told:
            raise DifferenceError(f"{self.node} goes on from {before} to {view}, but nobody has told it of that")
        source = min(told, key=lambda node: (node not in before.members, node))
        name = "follow" if source in before.members else "follow a joiner"
        self.take(name, self.node, source, before, view, latest)


def listed(things: Iterable[object]) -> str:
    """`things` as text, sorted, or "nothing"."""
    return ", ".join(sorted(map(show, things))) or "nothing"
