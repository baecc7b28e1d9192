"""The simulation relation between gmp2, gmp3 and their relational model.

The model permits more than the protocols do: a request may never arrive, and anybody may be suspected. So every message in a
queue must be permitted by the model, but the model requires none to be there.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from itertools import combinations
from typing import Any

from groupy_check.checker.proof.finite_structures import RelationTable, RigidTable, Structure, TableRow, TableStore
from groupy_check.checker.proof.language import Symbol
from groupy_check.checker.proof.links.refinement import DifferenceError, PermissiveRelation, Take
from groupy_check.checker.proof.model import Model
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.effects import Send, View
from groupy_check.groupy_model.events import Event, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Installed, Status
from groupy_check.groupy_model.protocols.membership.gmp2 import Commit, Member, Ok, Proposal, Propose
from groupy_check.groupy_model.protocols.membership.gmp3 import Answer, Candidate, Inquire
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import System


class GmpRelation(PermissiveRelation):
    """Relates gmp2 or gmp3 to `model`. Views older than the first one in force are ignored."""

    def __init__(self, model: Model, semantics: Semantics, store: TableStore) -> None:
        super().__init__(model, semantics, store)
        nodes = semantics.nodes
        self.start = 0
        self.values: dict[tuple[Node, ...], None] = {}
        self.quorums = [frozenset(some) for size in range(len(nodes)) for some in combinations(nodes, size + 1)]
        # Each view admits or drops a process, which never comes back; so these are enough.
        versions = range(4 * semantics.size)
        self.universe: dict[str, Collection[Any]] = {
            "Process": nodes,
            "Age": nodes,
            "Version": versions,
            "Quorum": self.quorums,
            "Value": self.values,
        }
        self.has, self.before, self.major = RigidTable(), RigidTable(), RigidTable()
        rigid = {
            "has": self.has,
            "before": self.before,
            "major": self.major,
            "of": store.table("of", ((some, node) for some in self.quorums for node in some)),
            "is": store.table("is", ((node, node) for node in nodes)),
            "next": store.table("next", ((x, x + 1) for x in versions[:-1])),
            "Version order": store.table("Version order", ((x, y) for x in versions for y in versions if x < y)),
        }
        self.rigid: dict[Symbol, RelationTable] = {self.symbols[name]: table for name, table in rigid.items()}

    def value(self, view: View) -> tuple[Node, ...]:
        """The members of `view`, which the rigid relations now cover."""
        members = view.members
        if members not in self.values:
            self.values[members] = None
            self.has.add((members, node) for node in members)
            self.before.add((members, one, other) for one, other in combinations(members, 2))
            self.major.add((some, members) for some in self.quorums if 2 * len(some & frozenset(members)) > len(members))
        return members

    def begin(self, system: System) -> Structure:
        rows: dict[str, set[TableRow]] = {name: set() for name, symbol in self.symbols.items() if not symbol.rigid}
        for node in self.semantics.nodes[: self.semantics.scenario.founders]:
            local = system.processes[node - 1].local
            if not isinstance(local, Member):
                raise DifferenceError(f"{node} is {show(local)}, which is not a state of gmp2 or gmp3")
            x, v = local.view.id, self.value(local.view)
            self.start = x
            rows["cur"].add((node, x, v))
            rows["installed"].add((node, x, v))
            rows["decided"].add((x, v))
            rows["reached"].add((x,))
        self.rigid[self.symbols["start"]] = self.store.table("start", [(self.start,)])
        return Structure(
            self.universe, {**self.rigid, **{self.symbols[name]: self.store.table(name, found) for name, found in rows.items()}}
        )

    # --- which transitions an executed action stands for --------------------------------------------------------------

    def handled(self, structure: Structure, system: System, node: Node, event: Event, outcome: int, take: Take) -> Structure:
        old = system.processes[node - 1].local
        outcomes = self.semantics.handle(old, event)
        assert outcomes is not None
        new = outcomes[outcome].state
        if not isinstance(new, Member):
            return structure
        known = old if isinstance(old, Member) else Member(node, ())
        for other in sorted(new.cut - known.cut):
            structure = take(structure, ("suspect", (node, other)))
        heard, told = self.heard(known, node, event)
        for view in new.views[len(known.views) :]:
            if view not in told:
                structure = self.decided(structure, node, view, heard, take)
                heard = frozenset({node})
            structure = self.installed(structure, node, view, take)
        for effect in outcomes[outcome].effects:
            match effect, event:
                case Send(to, Ok(number)), Receive(_, Propose(proposal)) if number == proposal.view.id:
                    structure = self.accepted(structure, node, to, proposal, take)
                case Send(to, Answer(x)), _:
                    structure = take(structure, ("answer", (node, to, x, x + 1, self.in_force(structure, node)[1])))
        return self.asking(structure, node, new, heard, take)

    def heard(self, known: Member, node: Node, event: Event) -> tuple[frozenset[Node], tuple[View, ...]]:
        """The processes that agree with what `node` asked, and the views that the event reports as decided."""
        match event:
            case Receive(source, Ok() | Answer()):
                return known.heard | {source}, ()
            case Receive(_, Commit(views)):
                return frozenset({node}), views
        return frozenset({node}), ()

    def in_force(self, structure: Structure, node: Node) -> tuple[int, tuple[Node, ...]]:
        """The number and the members of the view in force at `node`. Raises DifferenceError if there is none."""
        for _, x, v in self.where(structure, "cur", p0=node):
            return x, v
        raise DifferenceError(f"{node} acts as a member, but has no view in the model")

    def asking(self, structure: Structure, node: Node, new: Member, heard: frozenset[Node], take: Take) -> Structure:
        """The structure after the inquiry or the proposal that `node` has begun as a leader, if any."""
        x, v = self.in_force(structure, node)
        if isinstance(new, Candidate):
            inquired = (node, x) in self.rows(structure, "cand")
            return structure if inquired else take(structure, ("inquire", (node, node, x, x + 1, v)))
        if new.proposing and new.pending is not None:
            return self.proposed(structure, node, new.pending.view, heard, take)
        return structure

    def proposed(self, structure: Structure, node: Node, view: View, heard: frozenset[Node], take: Take) -> Structure:
        if (node, view.id) in self.rows(structure, "proposed"):
            return structure
        x, v = self.in_force(structure, node)
        given, w = (x, x + 1, v, self.value(view)), frozenset(heard)
        if view.id != x + 1:
            raise DifferenceError(f"{node} proposes {view} in view {x}")
        if v[0] == node:
            return take(structure, ("propose", (node, node, *given)))
        if (node, x) not in self.rows(structure, "cand") and self.model.knows("inquire"):
            structure = take(structure, ("inquire", (node, node, x, x + 1, v)))
        found = [row for row in self.where(structure, "ans", p1=node, p2=x) if row[0] in w]
        if not found:
            return take(structure, ("propose freely", (node, node, *given, w)))
        teller, _, _, youngest = max(found, key=lambda row: v.index(row[3]) if row[3] in v else -1)
        return take(structure, ("propose again", (node, node, teller, youngest, *given, w)))

    def decided(self, structure: Structure, node: Node, view: View, heard: frozenset[Node], take: Take) -> Structure:
        structure = self.proposed(structure, node, view, heard, take)
        x, v = self.in_force(structure, node)
        return take(structure, ("commit", (node, node, x, view.id, v, self.value(view), heard)))

    def installed(self, structure: Structure, node: Node, view: View, take: Take) -> Structure:
        if not self.where(structure, "cur", p0=node):
            return take(structure, ("enter", (node, node, view.id, self.value(view))))
        x, v = self.in_force(structure, node)
        return take(structure, ("install", (node, node, x, view.id, v, self.value(view))))

    def accepted(self, structure: Structure, node: Node, to: Node, proposal: Proposal, take: Take) -> Structure:
        x, v = self.in_force(structure, node)
        return take(structure, ("accept", (node, node, to, x, proposal.view.id, v, self.value(proposal.view))))

    # --- what must be permitted, and what must agree ------------------------------------------------------------------

    def compare(self, structure: Structure, system: System) -> None:
        for node, process in zip(self.semantics.nodes, system.processes, strict=True):
            if process.status is Status.UP:
                self.compare_local(structure, node, process.local)
            shown = {
                (node, e.view.id, e.view.members) for e in process.log if isinstance(e, Installed) and e.view.id >= self.start
            }
            says = set(self.where(structure, "installed", p0=node))
            if not shown <= says or (isinstance(process.local, Member) and shown != says):
                raise DifferenceError(f"{node} has installed {show(process.log)}, but in the model {sorted(map(str, says))}")
            for other in self.semantics.nodes:
                for entry in system.channels[(node - 1) * self.semantics.size + other - 1]:
                    if not self.permitted(structure, node, other, entry):
                        raise DifferenceError(f"the model does not let {node} send {show(entry)} to {other}")

    def compare_local(self, structure: Structure, node: Node, local: Hashable) -> None:
        if not isinstance(local, Member):
            return
        if self.in_force(structure, node) != (local.view.id, local.view.members):
            raise DifferenceError(f"{node} is in {local.view}, but in the model in {self.in_force(structure, node)}")
        cut = {row[1] for row in self.where(structure, "cut", p0=node)}
        if cut != local.cut:
            raise DifferenceError(f"{node} has cut {show(local.cut)}, but in the model {show(frozenset(cut))}")
        if isinstance(local, Candidate):
            found = {row[3] for row in self.where(structure, "ans", p1=node, p2=local.view.id) if row[0] in local.heard}
        else:
            found = {row[1] for row in self.where(structure, "acc", p0=node, p2=local.view.id + 1)}
        if local.pending != self.youngest(structure, local.view.id, found):
            raise DifferenceError(f"{node} has accepted {show(local.pending)}, but in the model from {sorted(map(str, found))}")

    def youngest(self, structure: Structure, number: int, found: set[Node]) -> Proposal | None:
        """The proposal of the youngest of `found` in view `number`, if any."""
        order = [row[1] for row in self.where(structure, "decided", p0=number)]
        if not found or not order:
            return None
        by = max(found, key=lambda one: order[0].index(one) if one in order[0] else -1)
        values = [row[2] for row in self.where(structure, "prop", p0=by, p1=number + 1)]
        return Proposal(View(number + 1, values[0]), by) if values else None

    def permitted(self, structure: Structure, source: Node, target: Node, message: Hashable) -> bool:
        """Whether the model permits `message` in the queue from `source` to `target`."""
        match message:
            case Propose(Proposal(view, by)):
                return by == source and (by, target, view.id, view.members) in self.rows(structure, "asked")
            case Ok(number):
                return bool(self.where(structure, "acc", p0=source, p1=target, p2=number))
            case Inquire(number):
                return (source, target, number) in self.rows(structure, "inq")
            case Answer(number, pending):
                told = {row[3] for row in self.where(structure, "ans", p0=source, p1=target, p2=number)}
                heard = (source, target, number) in self.rows(structure, "heard")
                return heard and pending == self.youngest(structure, number, told)
            case Commit(views):
                later = {(view.id, view.members) for view in views if view.id >= self.start}
                return later <= self.rows(structure, "decided")
        return True
