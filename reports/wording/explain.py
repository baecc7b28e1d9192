"""A violation in plain words: one paragraph made from the run and the witness alone, so that it fits every protocol."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from itertools import groupby

from groupy_check.groupy_model.actions import Crash, Duplicate, Handle, Heal, Lose, Partition, Suspect
from groupy_check.groupy_model.causality import is_fault, mentions, past
from groupy_check.groupy_model.effects import CancelTimer, Deliver, Demonitor, Effect, Install, Monitor, Send, SetTimer, View
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Installed, Status
from groupy_check.groupy_model.show import words
from groupy_check.groupy_model.trace import Fate, Flight, Trace, TraceStep
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.wording.phrases import Form, effect_phrase, flat, listed

SENTENCES = 7
EVERYTHING = Witness("")
# What a reader is told only of a step that does nothing else.
QUIET = (Monitor, Demonitor, SetTimer, CancelTimer)
GONE = {
    Status.UP: "was cut off",
    Status.CRASHED: "had crashed",
    Status.HALTED: "had ended itself",
    Status.ABSENT: "had not started",
}


def explain(trace: Trace, witness: Witness | None, sentence: str = "", at_rest: bool = False) -> str:
    """The story of `trace` as far as it bears on `witness` (None: all of it), in its order, then what `witness` says.

    `sentence` is what was required. `at_rest`: nothing more happens by itself after the last step, as where an "eventually"
    is violated, so that what is still unread stays unread.
    """
    story = _Story(trace, witness or EVERYTHING)
    parts = [story.opening(), *story.narrative()]
    if at_rest:
        parts.append(story.rest())
    if trace.loop is not None:
        parts.append(f"what comes after step {trace.loop} goes on like this for ever")
    if witness is not None:
        parts.append(f"so {_lowered(witness.text)}")
    if sentence:
        parts.append(f"what is required: {_lowered(sentence)}")
    return " ".join(_sentence(part) for part in parts if part)


def _sentence(text: str) -> str:
    """`text` with a capital, unless it begins with the name of a process, and with a full stop."""
    name = text[1:2].isdigit()
    begun = text if name else text[:1].upper() + text[1:]
    return begun if begun.endswith((".", "!", "?", ".)")) else f"{begun}."


def _lowered(text: str) -> str:
    """`text` to go on a sentence with: its first letter small, unless the word is in capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


# --- what matters ----------------------------------------------------------------------------------------------------


def relevant(trace: Trace, witness: Witness) -> frozenset[int]:
    """The steps that bear on `witness`, by number; all where it names neither processes nor payloads.

    These are the faults, the last step of each process that it names, the steps that send what stays in the queues of these,
    those that a payload that it names goes through, and whatever happened before.
    """
    if not (witness.processes or witness.payloads):
        return frozenset(step.number for step in trace.steps)
    last = {step.process: step.number for step in trace.steps}
    seeds = {last[node] for node in witness.processes if node in last}
    seeds |= {step.number for step in trace.steps if is_fault(step) or _touches(step, witness)}
    return past(trace, seeds | {flight.sent_at for flight in _unread(trace, witness)})


def _unread(trace: Trace, witness: Witness) -> list[Flight]:
    """The messages that are in the queues of those concerned at the end."""
    return [
        flight
        for flight in trace.flights
        if flight.fate is Fate.IN_FLIGHT and not flight.notice and (not witness.processes or flight.target in witness.processes)
    ]


def _touches(step: TraceStep, witness: Witness) -> bool:
    """A payload of `witness` occurs in `step`, which is more than a delivery to somebody whom it does not name."""
    about = [payload for payload in witness.payloads if mentions((step.action, step.done, step.undone), payload)]
    return bool(about) and (step.process in witness.processes or not any(Deliver(payload) in step.done for payload in about))


# --- the story -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Told:
    """One sentence: who, what they did, how much it matters, and how many steps it tells."""

    subjects: tuple[str, ...]
    text: str
    weight: int
    steps: int

    def joined(self, other: _Told) -> _Told:
        """Both in one sentence: their texts are equal."""
        subjects = (*self.subjects, *other.subjects)
        return _Told(subjects, self.text, max(self.weight, other.weight), self.steps + other.steps)


@dataclass(frozen=True, slots=True)
class _Story:
    """The sentences about `trace`, chosen for `witness`."""

    trace: Trace
    witness: Witness

    def opening(self) -> str:
        """The view in force when the run begins, and the roles, which are the names of the local states' classes."""
        founders = [
            (node, self.trace.states[0].processes[node - 1]) for node in self.trace.nodes[: self.trace.scenario.founders]
        ]
        views = {entry.view for _, process in founders for entry in process.log if isinstance(entry, Installed)}
        roles: dict[str, list[Node]] = {}
        for node, process in founders:
            roles.setdefault(_role(process.local), []).append(node)
        view = f" in view {views.pop()}" if len(views) == 1 else ""
        cast = "; ".join(f"{', '.join(map(str, nodes))}: {role}" for role, nodes in roles.items()) if len(roles) > 1 else ""
        return f"the run begins{view}{cast and f' ({cast})'}" if view or cast else ""

    def narrative(self) -> list[str]:
        """The relevant steps in their order; where several processes in a row did just the same, they share a sentence."""
        chosen = relevant(self.trace, self.witness)
        told: list[_Told] = []
        for subject, steps in groupby((step for step in self.trace.steps if step.number in chosen), _subject):
            for new in self.sentences(subject, list(steps)):
                same = bool(told) and told[-1].text == new.text
                told.append(told.pop().joined(new) if same else new)
        return _shortened(told)

    def sentences(self, subject: str, steps: list[TraceStep]) -> Iterator[_Told]:
        """Steps of one process that follow one another, two to a sentence; a multicast begins a new one."""
        while steps:
            pair = steps[: 1 if any(map(_multicasts, steps[1:2])) else 2]
            yield _Told((subject,), ", then ".join(map(self.step, pair)), max(map(self.weight, pair)), len(pair))
            steps = steps[len(pair) :]

    def weight(self, step: TraceStep) -> int:
        if is_fault(step):
            return 4
        concerned = step.process in self.witness.processes or _touches(step, self.witness)
        return 2 * concerned + any(isinstance(effect, Deliver | Install) for effect in step.done)

    def rest(self) -> str:
        """That nothing more happens, and what therefore stays in the queues of those concerned."""
        left: dict[Node, dict[Node, list[str]]] = {}
        for flight in _unread(self.trace, self.witness):
            if flat(flight.message) not in self.witness.text:
                left.setdefault(flight.target, {}).setdefault(flight.source, []).append(_quoted(flight.message))
        stays = [
            f"; {target} never reads {listed(f'{listed(messages)} from {source}' for source, messages in queues.items())}"
            for target, queues in left.items()
        ]
        return f"nothing more happens by itself now{''.join(stays)}"

    # --- one step, without its subject ---------------------------------------------------------------------------------

    def step(self, step: TraceStep) -> str:
        match step.action:
            case Lose(source, target, _, message):
                return f"lost {_quoted(message)} from {source} to {target}"
            case Duplicate(source, target, _, message):
                return f"repeated {_quoted(message)} from {source} to {target}"
            case Partition(side):
                others = [node for node in self.trace.nodes if node not in side]
                lost = [f"lost {listed(map(_path, self.swept(step)))}"] if self.swept(step) else []
                return _clauses([f"cut {listed(side)} off from {listed(others)}", *lost])
            case Heal():
                return "healed"
            case Crash(node):
                return f"crashed{self.unread(step)}{self.unwatched(node)}"
            case Suspect(node, other, _, cut):
                return _clauses([f"wrongly took {other} for dead", *self.reaction(step, node, cut)])
            case Handle(node, event, _, cut):
                reaction = self.reaction(step, node, cut)
                if _multicasts(step) and reaction:
                    return f"{self.cause(step, event)}: it {_clauses(reaction)}"
                return _clauses([self.cause(step, event), *reaction])

    def cause(self, step: TraceStep, event: Event) -> str:
        match event:
            case Start():
                return "started the group"
            case Join(contact):
                return f"asked to join through {contact}"
            case Leave():
                return "asked to leave"
            case Multicast(payload):
                return f"multicast {flat(payload)}"
            case Receive(source, message):
                flight = self.trace.flights[step.received or 0]
                ignored = " and ignored it" if flight.fate is Fate.IGNORED else ""
                return f"received {'the copy of ' if flight.copy else ''}{_quoted(message)} from {source}{ignored}"
            case Down(node):
                up = self.status(step.number, node) is Status.UP
                return f"heard that {node} was down{' (it was only cut off)' if up else ''}"
            case Timeout(timer):
                return f"waited until its timer {timer} ran out"

    def reaction(self, step: TraceStep, node: Node, cut: int | None) -> list[str]:
        """What `node` did in its handler, and how it changed; or what its crash kept it from."""
        if cut is not None:
            missed = _clauses(list(self.effects(step, node, _loud(step.undone) or step.undone, Form.BASE)))
            crash = f"crashed{self.unread(step)} before it could {missed}{self.unwatched(node)}"
            return [*self.effects(step, node, _loud(step.done)), crash]
        reaction = [*self.turns(step.number, node), *self.effects(step, node, _loud(step.done))]
        return reaction or list(self.effects(step, node, step.done))

    def effects(self, step: TraceStep, node: Node, effects: Iterable[Effect], form: Form = Form.PAST) -> Iterator[str]:
        """One clause per effect, several sends in a row folded; those that happened with what came of them."""
        view = self.view(step.number, node)
        for sends, group in groupby(effects, lambda effect: isinstance(effect, Send)):
            if sends:
                yield from self.sends(step, [effect for effect in group if isinstance(effect, Send)], form)
                continue
            for effect in group:
                happened = isinstance(effect, Deliver) and form is Form.PAST
                yield effect_phrase(effect, form) + (f" in v{view.id}" if view and happened else "")
                view = effect.view if isinstance(effect, Install) else view

    def sends(self, step: TraceStep, sends: list[Send], form: Form) -> Iterator[str]:
        """One clause per group of receivers, with all that they are sent in a row."""
        broadcasts = [
            (message, [Node(send.to) for send in group]) for message, group in groupby(sends, lambda send: send.message)
        ]
        for targets, same in groupby(broadcasts, lambda broadcast: broadcast[1]):
            what = listed(_quoted(message) for message, _ in same)
            yield f"{form.value} {what} to {listed(targets)}{self.in_vain(step, targets) if form is Form.PAST else ''}"

    def turns(self, number: int, node: Node) -> Iterator[str]:
        """A new role, or somebody else in a field of the local state that names one process."""
        before, after = (self.trace.states[k].processes[node - 1].local for k in (number - 1, number))
        if self.status(number - 1, node) is Status.ABSENT:
            return
        if type(before) is not type(after):
            if after is not None:
                yield f"became {_role(after)}"
        elif is_dataclass(before) and is_dataclass(after):
            for field in fields(after):
                old, new = getattr(before, field.name), getattr(after, field.name)
                if isinstance(old, Node) and isinstance(new, Node) and old != new:
                    yield f"took {new} as {field.name.replace('_', ' ')}"

    def in_vain(self, step: TraceStep, targets: list[Node]) -> str:
        """Which of `targets` nothing that is sent in `step` can reach, and why."""
        vanished = {flight.target for flight in self.trace.flights if flight.sent_at == flight.ended_at == step.number}
        gone = [f"{node} {GONE[self.status(step.number, node)]}" for node in targets if node in vanished]
        return f" (but {listed(gone)})" if gone else ""

    def unread(self, step: TraceStep) -> str:
        """What the process that crashes in `step` had not read, as far as it matters."""
        payloads = self.witness.payloads
        matter = [
            f"{_quoted(flight.message)} from {flight.source}"
            for flight in self.swept(step)
            if not payloads or any(mentions(flight.message, payload) for payload in payloads)
        ]
        return f" with {listed(matter)} unread" if matter else ""

    def unwatched(self, node: Node) -> str:
        told = any(flight.notice and flight.source == node for flight in self.trace.flights)
        return "" if told else "; nobody was watching it"

    def swept(self, step: TraceStep) -> list[Flight]:
        """The messages that were under way before `step` and that it took away."""
        return [
            flight
            for flight in self.trace.flights
            if flight.fate is Fate.UNDELIVERABLE and flight.ended_at == step.number != flight.sent_at and not flight.notice
        ]

    def view(self, number: int, node: Node) -> View | None:
        """The view of `node` just before step `number`."""
        before = [entry.view for entry in self.trace.states[0].processes[node - 1].log if isinstance(entry, Installed)]
        for step in self.trace.steps[: number - 1]:
            if step.process == node:
                before += [effect.view for effect in step.done if isinstance(effect, Install)]
        return before[-1] if before else None

    def status(self, number: int, node: Node) -> Status:
        return self.trace.states[number].processes[node - 1].status


# --- words -----------------------------------------------------------------------------------------------------------


def _subject(step: TraceStep) -> str:
    return "the network" if step.process is None else str(step.process)


def _role(local: object) -> str:
    return words(type(local).__name__).replace("_", " ")


def _multicasts(step: TraceStep) -> bool:
    return isinstance(step.action, Handle) and isinstance(step.action.event, Multicast)


def _quoted(message: Hashable) -> str:
    """`message` as a part of a sentence: in quotes where its own punctuation would be taken for the sentence's."""
    text = flat(message)
    return f'"{text}"' if ": " in text else text


def _path(flight: Flight) -> str:
    return f"{_quoted(flight.message)} from {flight.source} to {flight.target}"


def _loud(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """`effects` without bookkeeping."""
    return tuple(effect for effect in effects if not isinstance(effect, QUIET))


def _clauses(clauses: list[str]) -> str:
    """As `listed`, with a comma before the last where the reader would go astray without."""
    *head, last = clauses
    return f"{', '.join(head)}, and {last}" if len(head) > 1 or " and " in "".join(head) else listed(clauses)


def _shortened(told: list[_Told]) -> list[str]:
    """The weightiest sentences, in order; of equal weight the first ones."""
    ranked = sorted(range(len(told)), key=lambda index: (-told[index].weight, index))
    kept = [f"{listed(told[index].subjects)} {told[index].text}" for index in sorted(ranked[:SENTENCES])]
    left_out = sum(told[index].steps for index in ranked[SENTENCES:])
    return [*kept, f"(Left out here: {left_out} more steps.)"] if left_out else kept
