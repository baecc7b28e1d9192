"""The simulation relation between gms3, gms3-fixed and their relational model.

Each executed action stands for at most one transition of the model. Local states, logs and queues must agree exactly, so a step
that sends less than the model is a difference too.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from groupy_check.checker.proof.finite_structures import RelationTable, RigidTable, Structure, TableRow, TableStore
from groupy_check.checker.proof.language import Symbol
from groupy_check.checker.proof.links.refinement import DifferenceError, RelationBase, Take, TransitionInstance
from groupy_check.checker.proof.model import Model
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Crash, Handle, Suspect
from groupy_check.groupy_model.effects import Deliver, Effect, Halt, Install, Send
from groupy_check.groupy_model.events import Down, Event, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Delivered, Installed, Status
from groupy_check.groupy_model.protocols.groupy.gms3 import Leader, Msg, Slave, ViewMsg
from groupy_check.groupy_model.protocols.groupy.gms3_fixed import Welcome
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import System

NO_AGE = -1  # the age of a process that was not admitted yet; it precedes all others and means nothing


@dataclass(frozen=True, slots=True)
class PlainContent:
    """The content of a numbered message that delivers `payload`."""

    payload: Hashable

    def __str__(self) -> str:
        return f"msg {show(self.payload)}"


@dataclass(frozen=True, slots=True)
class ViewContent:
    """The content of a numbered message that brings the view of these `ages` and welcomes the process of the age `greets`."""

    ages: tuple[int, ...]
    greets: int | None = None

    def __str__(self) -> str:
        return f"view {list(self.ages)}{'' if self.greets is None else f', welcome {self.greets}'}"


Content = PlainContent | ViewContent


@dataclass(frozen=True, slots=True)
class NumberedSend:
    """A numbered message and its target."""

    to: Node
    message: Msg | ViewMsg


class Gms3Relation(RelationBase):
    """Relates gms3-fixed to `model`. Processes get ages in the order in which they are admitted."""

    def __init__(self, model: Model, semantics: Semantics, store: TableStore) -> None:
        super().__init__(model, semantics, store)
        size, scenario = semantics.size, semantics.scenario
        self.contents: dict[Content, None] = {}
        # Each take-over and each join uses a number; a worker that joins asks for the state, and everybody answers.
        numbers = range(1 + 3 * size + scenario.messages + scenario.joins * (size + 2))
        self.universe: dict[str, Collection[Any]] = {
            "Process": semantics.nodes,
            "Age": range(NO_AGE, size),
            "Number": numbers,
            "Content": self.contents,
        }
        self.named, self.headed, self.greeted = RigidTable(), RigidTable(), RigidTable()
        self.rigid: dict[Symbol, RelationTable] = {
            self.symbols["names"]: self.named,
            self.symbols["head"]: self.headed,
            self.symbols["greets"]: self.greeted,
            self.symbols["oldest"]: store.table("oldest", [(0,)]),
            self.symbols["next"]: store.table("next", ((x, x + 1) for x in numbers[:-1])),
        }
        for sort, symbol in model.vocabulary.orders.items():
            self.rigid[symbol] = store.table(
                symbol.name, ((a, b) for a in self.universe[sort] for b in self.universe[sort] if a < b)
            )

    # --- what the model sees ------------------------------------------------------------------------------------------

    def value(self, structure: Structure, name: str, node: Node) -> int:
        """The value of the function `name` for `node`: its age, or its number."""
        found: int = structure.tables[self.symbols[name]].value[node,]
        return found

    def ages(self, structure: Structure, nodes: Iterable[Node]) -> tuple[int, ...]:
        """The ages of `nodes`, which must be in order of admission."""
        found = tuple(self.value(structure, "age", node) for node in nodes)
        if NO_AGE in found or list(found) != sorted(set(found)):
            raise DifferenceError(f"{show(tuple(nodes))} is not in order of admission")
        return found

    def content(self, structure: Structure, message: Msg | ViewMsg) -> Content:
        """The content of `message`."""
        if isinstance(message, Msg):
            return self.known(PlainContent(message.payload))
        if message.processes != message.group:
            raise DifferenceError(f"{show(message)} lists applications that do not match its processes")
        ages = self.ages(structure, message.processes)
        return self.known(ViewContent(ages, ages[-1] if isinstance(message, Welcome) else None))

    def known(self, content: Content) -> Content:
        """`content`, which the rigid relations now cover."""
        if content not in self.contents:
            self.contents[content] = None
            if isinstance(content, ViewContent):
                self.named.add((content, age) for age in content.ages)
                self.headed.add([(content, content.ages[0])])
                self.greeted.add([(content, content.greets)] if content.greets is not None else [])
        return content

    def begin(self, system: System) -> Structure:
        rows: dict[str, set[TableRow]] = {name: set() for name, symbol in self.symbols.items() if not symbol.rigid}
        nodes, founders = self.semantics.nodes, self.semantics.scenario.founders
        rows["up"] = {(node,) for node in nodes}
        rows["age"] = {(node, node - 1 if node <= founders else NO_AGE) for node in nodes}
        rows["n"] = {(node, 0) for node in nodes[founders:]}
        ages = self.store.table("age", rows["age"])
        start = Structure(self.universe, {**self.rigid, self.symbols["age"]: ages})
        # The axioms and the initial condition mention the view of the founders even if one process is alone and has taken none.
        self.known(ViewContent(tuple(range(founders))))
        for node in nodes[:founders]:
            local = system.processes[node - 1].local
            if not isinstance(local, Leader | Slave):
                raise DifferenceError(f"{node} is {show(local)}, which is not a state of gms3")
            leader = local.leader if isinstance(local, Slave) else node
            rows["member"].add((node,))
            rows["admitted"].add((node,))
            rows["used"].add((node - 1,))
            rows["n"].add((node, local.n))
            rows["led"].add((node, leader - 1))
            rows["list"] |= {(node, slave - 1) for slave in local.slaves}
        last = system.processes[founders - 1].local
        if isinstance(last, Slave):
            content = self.content(start, last.last)
            rows["log"] = {(node, last.n - 1, content) for node in nodes[:founders]}
        tables = {self.symbols[name]: self.store.table(name, found) for name, found in rows.items()}
        return Structure(self.universe, {**self.rigid, **tables})

    # --- which transition an executed action stands for ---------------------------------------------------------------

    def follow(self, structure: Structure, system: System, action: Action, take: Take) -> Structure:
        for instance in self.instances(structure, system, action):
            structure = take(structure, instance)
        return structure

    def instances(self, structure: Structure, system: System, action: Action) -> list[TransitionInstance]:
        """The one transition that `action` stands for, if any."""
        match action:
            case Crash(node):
                return [("crash", (node,))]
            case Handle(node, event, outcome, cut):
                return self.handled(structure, system, node, event, outcome, cut)
            case Suspect(node, other, outcome, cut):
                return self.handled(structure, system, node, Down(other), outcome, cut)
        return []

    def handled(
        self, structure: Structure, system: System, node: Node, event: Event, outcome: int, cut: int | None
    ) -> list[TransitionInstance]:
        old = system.processes[node - 1].local
        outcomes = self.semantics.handle(old, event)
        assert outcomes is not None
        step = outcomes[outcome]
        sends = numbered(step.effects[:cut])
        if any(isinstance(effect, Halt) for effect in step.effects) or (cut is not None and not sends):
            return [("crash", (node,))]
        last = sends[-1].to if cut is not None else None
        match old, step.state, event:
            case Leader(), Leader() as new, _ if new.n != old.n:
                return [self.announced(structure, old, new, step.effects, last)]
            case Slave(), Leader(), Down():
                return [self.taken_over(structure, old, last, sends)]
            case Slave(), Slave() as new, Down():
                b = self.value(structure, "age", new.leader)
                return [("follow", (node, old.leader, self.value(structure, "age", old.leader), b))]
            case Slave(), Slave() as new, Receive(source, Msg() | ViewMsg() as message) if new != old:
                return [self.received(structure, old, source, message)]
            case _, Slave(), Receive(source, ViewMsg() as message) if not isinstance(old, Slave):
                return [self.entered(structure, node, source, message)]
        return []

    def announced(
        self, structure: Structure, old: Leader, new: Leader, effects: Sequence[Effect], last: Node | None
    ) -> TransitionInstance:
        s, r, x = old.me, self.value(structure, "age", old.me), old.n
        fresh = [node for node in new.slaves if node not in old.slaves]
        if not fresh:
            c = self.content(structure, next(said for effect in effects if (said := self.message(effect, x)) is not None))
            if last is None:
                return "multicast", (s, r, x, c, x + 1)
            return "multicast cut", (s, r, x, c, self.value(structure, "age", last))
        j, b = fresh[0], 1 + max(age for (age,) in self.rows(structure, "used"))
        ages = (*self.ages(structure, (old.me, *old.slaves)), b)
        c = self.known(ViewContent(ages, b))
        if last is None:
            return "admit", (s, j, r, b, x, c, x + 1)
        return "admit cut", (s, j, r, b, x, c, b if last == j else self.value(structure, "age", last))

    def message(self, effect: Effect, number: int) -> Msg | ViewMsg | None:
        """The numbered message that `effect` sends, installs or delivers, if any; the last two as number `number`."""
        match effect:
            case Send(_, Msg() | ViewMsg() as message):
                return message
            case Install(view):
                return ViewMsg(number, view.members, view.members)
            case Deliver(payload):
                return Msg(number, payload)
        return None

    def taken_over(
        self, structure: Structure, old: Slave, last: Node | None, sends: Sequence[NumberedSend]
    ) -> TransitionInstance:
        b, r = self.value(structure, "age", old.me), self.value(structure, "age", old.leader)
        x, d = old.n, self.content(structure, old.last)
        c = self.known(ViewContent(self.ages(structure, old.slaves)))
        given = (old.me, old.leader, r, b, x, x - 1)
        if last is None:
            return "take over", (*given, c, d, x + 1)
        a = self.value(structure, "age", last)
        if any(send.message.n == x for send in sends):
            return "take over cut in view", (*given, c, d, a)
        return "take over cut in repeat", (*given, d, a)

    def received(self, structure: Structure, old: Slave, source: Node, message: Msg | ViewMsg) -> TransitionInstance:
        r, c = self.value(structure, "age", source), self.content(structure, message)
        given, x, m = (old.me, source, r), message.n, message.n + 1
        if isinstance(c, PlainContent):
            return "take message", (*given, x, c, m)
        return "take view", (*given, c.ages[0], x, c, m)

    def entered(self, structure: Structure, node: Node, source: Node, message: ViewMsg) -> TransitionInstance:
        c = self.content(structure, message)
        assert isinstance(c, ViewContent)
        r, b = self.value(structure, "age", source), self.value(structure, "age", node)
        return "enter", (node, source, r, c.ages[0], b, message.n, c, message.n + 1)

    # --- what must agree ----------------------------------------------------------------------------------------------

    def compare_step(self, old: Structure, new: Structure, system: System, action: Action) -> None:
        sent: set[TableRow] = set()
        if isinstance(action, Handle | Suspect):
            effects = self.semantics.effects(system, action)[: action.cut]
            r = self.value(new, "age", action.process)
            sent = {(r, send.to, send.message.n, self.content(new, send.message)) for send in numbered(effects)}
        gained = self.rows(new, "sent") - self.rows(old, "sent")
        if not gained <= sent <= self.rows(new, "sent"):
            raise DifferenceError(f"it sends {listed(sent)}, but the model sends {listed(gained)}")

    def compare(self, structure: Structure, system: System) -> None:
        for node, process in zip(self.semantics.nodes, system.processes, strict=True):
            up = process.status in (Status.UP, Status.ABSENT)
            if up != ((node,) in self.rows(structure, "up")):
                raise DifferenceError(f"{node} is {process.status.value}, but not in the model")
            if up:
                self.compare_local(structure, node, process.local)
                self.compare_queues(structure, system, node)
            self.compare_logs(structure, node, process.log)

    def compare_local(self, structure: Structure, node: Node, local: Hashable) -> None:
        member = isinstance(local, Leader | Slave)
        if member != ((node,) in self.rows(structure, "member")):
            raise DifferenceError(f"{node} is {'' if member else 'not '}a member, but the model disagrees")
        if not isinstance(local, Leader | Slave):
            return
        leader = local.leader if isinstance(local, Slave) else node
        listing = self.where(structure, "list", p0=node)
        led = self.where(structure, "led", p0=node)
        shown = (local.n, [self.value(structure, "age", leader)], list(self.ages(structure, local.slaves)))
        says = (self.value(structure, "n", node), [row[1] for row in led], sorted(row[1] for row in listing))
        if shown != says:
            raise DifferenceError(f"{node} has (number, leader, list) {shown}, but in the model {says}")
        if local.group != (leader, *local.slaves):
            raise DifferenceError(
                f"{node} shows its application the group {show(local.group)}, which does not match its list of processes"
            )
        if isinstance(local, Slave):
            row = (node, local.n - 1, self.content(structure, local.last))
            if local.last.n != local.n - 1 or row not in self.rows(structure, "log"):
                raise DifferenceError(f"{node} would repeat {show(local.last)}, which is not the last message that it took")

    def compare_queues(self, structure: Structure, system: System, node: Node) -> None:
        """Check that every message in the queues of `node` was sent, and that every one that it has yet to take is there."""
        queued = set()
        for source in self.semantics.nodes:
            for entry in system.channels[(source - 1) * self.semantics.size + node - 1]:
                if isinstance(entry, Msg | ViewMsg):
                    r = self.value(structure, "age", source)
                    queued.add((r, node, entry.n, self.content(structure, entry)))
        sent = set(self.where(structure, "sent", p1=node))
        member, n = (node,) in self.rows(structure, "member"), self.value(structure, "n", node)
        due = {row for row in sent if not member or row[2] >= n}
        if not due <= queued <= sent:
            odd = (queued - sent) | (due - queued)
            raise DifferenceError(f"the queues to {node} differ from the model: {listed(odd)}")

    def compare_logs(self, structure: Structure, node: Node, log: Sequence[object]) -> None:
        """Check that `node` has delivered and installed what it has taken in the model."""
        table = self.where(structure, "log", p0=node)
        says = [(row[1], row[2]) for row in sorted(table, key=lambda row: row[1])]
        first = says[0][0] if says else 0
        shown: list[tuple[int, Content]] = []
        for entry in log:
            if isinstance(entry, Installed) and entry.view.id > 0:
                shown.append((entry.view.id, ViewContent(self.ages(structure, entry.view.members))))
            elif isinstance(entry, Delivered):
                shown.append((shown[-1][0] + 1 if shown else first, PlainContent(entry.payload)))
        plain = [(x, ViewContent(c.ages) if isinstance(c, ViewContent) else c) for x, c in says]
        if shown != plain:
            raise DifferenceError(f"{node} has delivered and installed {show(shown)}, but in the model {show(plain)}")


def numbered(effects: Sequence[Effect]) -> list[NumberedSend]:
    """The numbered messages that `effects` send."""
    return [
        NumberedSend(effect.to, effect.message)
        for effect in effects
        if isinstance(effect, Send) and isinstance(effect.message, Msg | ViewMsg)
    ]


def listed(rows: Iterable[TableRow]) -> str:
    """The text `age 0 to p2: 3, msg a1` for each of `rows`, which are sent messages."""
    return "; ".join(sorted(f"age {r} to {i}: {x}, {c}" for r, i, x, c in rows)) or "nothing"
