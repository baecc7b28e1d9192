"""A violation in plain words: one paragraph built from the run and its witness alone, so it works for every protocol."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, is_dataclass
from itertools import groupby

from groupy_check.groupy_model.actions import Crash, Duplicate, Handle, Heal, Lose, Partition, Suspect, recovers
from groupy_check.groupy_model.causality import is_down, is_fault_or_healing, mentions, past
from groupy_check.groupy_model.effects import CancelTimer, Deliver, Demonitor, Effect, Install, Monitor, Send, SetTimer, View
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Recover, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Installed, Status
from groupy_check.groupy_model.scenario import PartitionKind
from groupy_check.groupy_model.show import Described, counted, parts_of, role_of
from groupy_check.groupy_model.system import Notice
from groupy_check.groupy_model.trace import Fate, Flight, Trace, TraceStep
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.wording.focus import refused
from groupy_check.reports.wording.opening import opening, turned
from groupy_check.reports.wording.phrases import Form, effect_phrase, flat, found_stored, listed, mistake_of_the_detector

SENTENCES = 7
EVERYTHING = Witness("")
# Bookkeeping: mentioned only where a step does nothing else.
QUIET = (Monitor, Demonitor, SetTimer, CancelTimer)
GONE = {
    Status.UP: "was cut off",
    Status.CRASHED: "had crashed",
    Status.HALTED: "had ended itself",
    Status.ABSENT: "had not started",
}
ALL_GONE = GONE | {Status.UP: "were cut off", Status.HALTED: "had ended themselves"}
# Messages with these would blur into the sentence around them.
BLURRED = re.compile(r": | (?:and|by|from|in|to) ")


def explain(trace: Trace, witness: Witness | None, sentence: str = "", at_rest: bool = False) -> str:
    """Return the story of `trace`, reduced to what matters for `witness` (None: all of it), followed by what `witness` says.

    `sentence` states the requirement. `at_rest`: nothing more happens on its own after the last step, as where an
    "eventually" is violated, so unread messages stay unread. Why one is left unread is told wherever the picture shows it.
    """
    story = _Story(trace, witness or EVERYTHING)
    parts = [opening(trace), *story.narrative()]
    parts.append(story.rest() if at_rest else story.left())
    if trace.loop is not None:
        parts.append(f"everything after step {trace.loop} repeats forever")
    if witness is not None:
        parts.append(f"so {_lowered(witness.text)}")
    if sentence:
        parts.append(f"required: {_lowered(sentence)}")
    return " ".join(_sentence(part) for part in parts if part)


def _sentence(text: str) -> str:
    """Return `text` with a full stop and a capital letter, unless it begins with the name of a process."""
    name = text[1:2].isdigit()
    begun = text if name else text[:1].upper() + text[1:]
    return begun if begun.endswith((".", "!", "?", ".)")) else f"{begun}."


def _lowered(text: str) -> str:
    """Return `text` as the continuation of a sentence: its first letter in lower case, unless the word is all capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


# --- what matters ----------------------------------------------------------------------------------------------------


def relevant(trace: Trace, witness: Witness) -> frozenset[int]:
    """Return the numbers of the steps that bear on `witness`; all steps if it names neither processes nor payloads.

    These are: every fault and every healing; the last step of each process it names; the steps that send what stays in the
    queues of these processes; the steps that handle a payload it names; and the causal past of all of them.
    """
    if not (witness.processes or witness.payloads):
        return frozenset(step.number for step in trace.steps)
    last = {step.process: step.number for step in trace.steps}
    seeds = {last[node] for node in witness.processes if node in last}
    seeds |= {step.number for step in trace.steps if is_fault_or_healing(step) or _touches(step, witness)}
    return past(trace, seeds | {flight.sent_at for flight in unread(trace, witness)})


def unread(trace: Trace, witness: Witness) -> list[Flight]:
    """Return the messages left at the end in the queues of the processes concerned."""
    return [
        flight
        for flight in trace.flights
        if flight.fate is Fate.IN_FLIGHT and not flight.notice and (not witness.processes or flight.target in witness.processes)
    ]


def _touches(step: TraceStep, witness: Witness) -> bool:
    """Return whether a payload of `witness` occurs in `step`, and not merely in a delivery to a process it does not name."""
    about = [payload for payload in witness.payloads if mentions((step.action, step.done, step.undone), payload)]
    return bool(about) and (step.process in witness.processes or not any(Deliver(payload) in step.done for payload in about))


# --- the story -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Told:
    """One sentence: its subjects, what they did, how much it matters, and how many steps it covers."""

    subjects: tuple[str, ...]
    text: str
    weight: int
    steps: int

    def joined(self, other: _Told) -> _Told:
        """Return both as one sentence; their texts must be equal."""
        subjects = (*self.subjects, *other.subjects)
        return _Told(subjects, self.text, max(self.weight, other.weight), self.steps + other.steps)


@dataclass(frozen=True, slots=True)
class _Story:
    """Chooses the sentences about `trace` that matter for `witness`."""

    trace: Trace
    witness: Witness

    def narrative(self) -> list[str]:
        """Return the relevant steps in order; consecutive processes that did exactly the same share a sentence."""
        chosen = relevant(self.trace, self.witness)
        told: list[_Told] = []
        for subject, steps in groupby((step for step in self.trace.steps if step.number in chosen), _subject):
            for new in self.sentences(subject, list(steps)):
                same = bool(told) and told[-1].text == new.text
                told.append(told.pop().joined(new) if same else new)
        return _shortened(told)

    def sentences(self, subject: str, steps: list[TraceStep]) -> Iterator[_Told]:
        """Yield consecutive steps of one process, two to a sentence; a multicast starts a new sentence."""
        while steps:
            pair = steps[: 1 if any(map(_multicasts, steps[1:2])) else 2]
            yield _Told((subject,), ", then ".join(map(self.step, pair)), max(map(self.weight, pair)), len(pair))
            steps = steps[len(pair) :]

    def weight(self, step: TraceStep) -> int:
        """Return how much `step` matters: faults and healings most, then steps that concern the witness."""
        if is_fault_or_healing(step):
            return 4
        concerned = step.process in self.witness.processes or _touches(step, self.witness)
        return 2 * concerned + any(isinstance(effect, Deliver | Install) for effect in step.done)

    def rest(self) -> str:
        """Return that nothing more happens, and which messages are never read, and why they are not."""
        known = [flight for flight in unread(self.trace, self.witness) if flat(flight.message) not in self.witness.text]
        stays = [f"; {target} never reads {what}" for target, what in self.queued([*self.refused(), *known])]
        return f"from here on, nothing more happens on its own{''.join(stays)}"

    def left(self) -> str:
        """Return which messages are left unread where the run is broken off, and why."""
        return "; ".join(f"{target} leaves {what} unread" for target, what in self.queued(self.refused()))

    def refused(self) -> list[Flight]:
        return refused(self.trace, None if self.witness is EVERYTHING else self.witness)

    def queued(self, flights: list[Flight]) -> Iterator[tuple[Node, str]]:
        """Yield for each receiver what of `flights` it does not read, from whom and why, in the order in which it was sent."""
        left: dict[Node, dict[Node, list[str]]] = {}
        for flight in self.trace.flights:
            if flight in flights:
                why = f" ({flight.refusal})" if flight.refusal else ""
                what = f"the notice that {flight.source} is down" if flight.notice else _quoted(flight.message)
                left.setdefault(flight.target, {}).setdefault(flight.source, []).append(what + why)
        for target, queues in left.items():
            yield target, listed(f"{listed(messages)} from {source}" for source, messages in queues.items())

    # --- one step, without its subject ---------------------------------------------------------------------------------

    def step(self, step: TraceStep) -> str:
        match step.action:
            case Lose(source, target, _, message):
                down = ", which was down" if is_down(self.trace, target, step.number) else ""
                return f"lost {_quoted(message)} from {source} to {target}{down}"
            case Duplicate(source, target, _, message):
                return f"duplicated {_quoted(message)} from {source} to {target}{self.ahead(step)}"
            case Partition():
                lost = [f"lost {listed(map(_path, self.swept(step)))}"] if self.swept(step) else []
                return _clauses([_cut_off(step.action, self.trace.nodes), *lost])
            case Heal():
                return "healed"
            case Crash(node):
                return f"crashed{self.unread(step)}{self.unwatched(node)}"
            case Suspect(node, cut=cut):
                return _clauses([mistake_of_the_detector(step.action), *self.reaction(step, node, cut)], _link(cut))
            case Handle(node, event, _, cut):
                reaction = self.reaction(step, node, cut)
                if _multicasts(step) and reaction:
                    return f"{self.cause(step, event)}: it {_clauses(reaction, _link(cut))}"
                return _clauses([self.cause(step, event), *reaction], _link(cut))

    def ahead(self, step: TraceStep) -> str:
        """Return which entry the copy that `step` makes overtakes, "" when it comes last."""
        action = step.action
        if not isinstance(action, Duplicate) or action.place is None:
            return ""
        channels = self.trace.states[step.number - 1].channels
        entry = channels[(action.source - 1) * len(self.trace.nodes) + action.target - 1][action.place]
        what = f"the notice that {action.source} is down" if entry is Notice.DOWN else _quoted(entry)
        return f", ahead of {what}"

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
                return self.detection(step, node)
            case Timeout(timer):
                return f"timed out ({flat(timer)})"
            case Recover(stored):
                return f"came back with {found_stored(stored)} stored"

    def detection(self, step: TraceStep, node: Node) -> str:
        """Return what a notice that `node` is down amounts to in `step`: it may be back, or only cut off."""
        back = any(recovers(one.action) and one.process == node for one in self.trace.steps[: step.number])
        match self.status(step.number, node):
            case Status.CRASHED:
                return f"detected {node}'s crash"
            case Status.UP if back:
                return f"learned of {node}'s crash, from which it had come back"
            case Status.UP:
                return f"concluded that {node} was down (it was only cut off)"
        return f"detected that {node} was down"

    def reaction(self, step: TraceStep, node: Node, cut: int | None) -> list[str]:
        """Return what `node` did in its handler and how it changed, or what its crash kept it from doing."""
        if cut is not None:
            missed = _clauses(list(self.effects(step, node, _loud(step.undone) or step.undone, Form.BASE)), "or")
            crash = f"crashed{self.unread(step)} before it could {missed}{self.unwatched(node)}"
            return [*self.effects(step, node, _loud(step.done)), crash]
        reaction = [*self.turns(step.number, node), *self.effects(step, node, _loud(step.done))]
        return reaction or list(self.effects(step, node, step.done))

    def effects(self, step: TraceStep, node: Node, effects: Iterable[Effect], form: Form = Form.PAST) -> Iterator[str]:
        """Yield one clause per effect, folding consecutive sends; past effects say in which view, or that they were in vain."""
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
        """Yield one clause per group of receivers, with everything sent to them in a row."""
        broadcasts = [
            (message, [Node(send.to) for send in group]) for message, group in groupby(sends, lambda send: send.message)
        ]
        for targets, same in groupby(broadcasts, lambda broadcast: broadcast[1]):
            what = listed(_quoted(message) for message, _ in same)
            yield f"{form.value} {what} to {listed(targets)}{self.in_vain(step, targets) if form is Form.PAST else ''}"

    def turns(self, number: int, node: Node) -> Iterator[str]:
        """Yield a change of role, and each field of the local state that now names another process."""
        before, after = (self.trace.states[k].processes[node - 1].local for k in (number - 1, number))
        if self.status(number - 1, node) is not Status.UP:
            return
        if role_of(before) != role_of(after):
            if after is not None:
                article = self.article(number, node, after)
                yield after.turn(article) if isinstance(after, Described) else turned(after, article)
        elif is_dataclass(before) and is_dataclass(after):
            known = parts_of(before)
            for name, new in parts_of(after).items():
                old = known.get(name)
                if isinstance(old, Node) and isinstance(new, Node) and old != new:
                    yield f"took {new} as its {name.replace('_', ' ')}"

    def article(self, number: int, node: Node, local: object) -> str:
        """Return `the` if, after step `number`, only `node` plays the role of `local`, otherwise `a` or `an`."""
        others = [process for other, process in enumerate(self.trace.states[number].processes, 1) if other != node]
        if not any(process.status is Status.UP and role_of(process.local) == role_of(local) for process in others):
            return "the"
        return "an" if role_of(local).startswith(tuple("aeiou")) else "a"

    def in_vain(self, step: TraceStep, targets: list[Node]) -> str:
        """Return which of `targets` the messages sent in `step` cannot reach, and why."""
        vanished = {flight.target for flight in self.trace.flights if flight.sent_at == flight.ended_at == step.number}
        gone: dict[Status, list[Node]] = {}
        for node in targets:
            if node in vanished:
                gone.setdefault(self.status(step.number, node), []).append(node)
        reasons = [f"{listed(nodes)} {GONE[status] if len(nodes) == 1 else ALL_GONE[status]}" for status, nodes in gone.items()]
        return f" (but {listed(reasons)})" if reasons else ""

    def unread(self, step: TraceStep) -> str:
        """Return the relevant messages that the process crashing in `step` had not read."""
        payloads = self.witness.payloads
        matter = [
            f"{_quoted(flight.message)} from {flight.source}"
            for flight in self.swept(step)
            if not payloads or any(mentions(flight.message, payload) for payload in payloads)
        ]
        return f" with {listed(matter)} still unread" if matter else ""

    def unwatched(self, node: Node) -> str:
        """Return the remark that no process monitored `node`, or "" if one did."""
        told = any(flight.notice and flight.source == node for flight in self.trace.flights)
        return "" if told else "; no process was monitoring it"

    def swept(self, step: TraceStep) -> list[Flight]:
        """Return the messages in transit before `step` that it destroyed."""
        return [
            flight
            for flight in self.trace.flights
            if flight.fate is Fate.UNDELIVERABLE and flight.ended_at == step.number != flight.sent_at and not flight.notice
        ]

    def view(self, number: int, node: Node) -> View | None:
        """Return the view of `node` just before step `number`."""
        before = [entry.view for entry in self.trace.states[0].processes[node - 1].log if isinstance(entry, Installed)]
        for step in self.trace.steps[: number - 1]:
            if step.process == node:
                before = [] if recovers(step.action) else before
                before += [effect.view for effect in step.done if isinstance(effect, Install)]
        return before[-1] if before else None

    def status(self, number: int, node: Node) -> Status:
        """Return the status of `node` after step `number`."""
        return self.trace.states[number].processes[node - 1].status


# --- words -----------------------------------------------------------------------------------------------------------


def _subject(step: TraceStep) -> str:
    return "the network" if step.process is None else str(step.process)


def _multicasts(step: TraceStep) -> bool:
    return isinstance(step.action, Handle) and isinstance(step.action.event, Multicast)


def _quoted(message: Hashable) -> str:
    """Return `message` as part of a sentence: in quotes if parts of it could be mistaken for the sentence's own."""
    text = flat(message)
    return f'"{text}"' if BLURRED.search(text) else text


def _cut_off(partition: Partition, nodes: Iterable[Node]) -> str:
    """Return what the network did by `partition`, without its subject."""
    sides = [listed(side) for side in partition.sides(nodes)]
    match partition.kind:
        case PartitionKind.COMPLETE:
            return f"cut {sides[0]} off from {sides[1]}"
        case PartitionKind.MULTIWAY:
            return f"split into {' | '.join(sides)}"
        case PartitionKind.PARTIAL:
            return f"cut {sides[0]} off from {sides[1]} only"
        case PartitionKind.SIMPLEX:
            return f"cut the links from {sides[1]} to {sides[0]}, but not those back"


def _path(flight: Flight) -> str:
    return f"{_quoted(flight.message)} from {flight.source} to {flight.target}"


def _loud(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """Return `effects` without bookkeeping."""
    return tuple(effect for effect in effects if not isinstance(effect, QUIET))


def _link(cut: int | None) -> str:
    """Return the conjunction before the last clause of a step: a crash in mid-handler contrasts with what came before."""
    return "and" if cut is None else "but"


def _clauses(clauses: list[str], conjunction: str = "and") -> str:
    """Like `listed`, with a comma before the conjunction where the sentence would be hard to read without it."""
    *head, last = clauses
    comma = len(head) > 1 or " and " in "".join(head) or (conjunction == "but" and bool(head))
    return f"{', '.join(head)}, {conjunction} {last}" if comma else listed(clauses, conjunction)


def _shortened(told: list[_Told]) -> list[str]:
    """Return the most important sentences, in order; among equals the earliest ones."""
    ranked = sorted(range(len(told)), key=lambda index: (-told[index].weight, index))
    kept = [f"{listed(told[index].subjects)} {told[index].text}" for index in sorted(ranked[:SENTENCES])]
    left_out = sum(told[index].steps for index in ranked[SENTENCES:])
    return [*kept, f"({counted(left_out, 'further step')} omitted.)"] if left_out else kept
