"""The content of a space-time diagram, before layout: the marks on lifelines, the words and colours of each step."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from groupy_check.groupy_model.actions import Crash, Duplicate, Handle, Heal, Lose, Partition, Suspect
from groupy_check.groupy_model.causality import is_fault, layers, mentions, past
from groupy_check.groupy_model.effects import Deliver, Effect, Halt, Install, Send, View
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Delivered, Installed, Status
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.trace import Fate, Flight, Trace, TraceStep
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.spacetime.palette import PAYLOAD_COLOURS, VIEW_COLOURS, pick, shorten
from groupy_check.reports.spacetime.shapes import LABEL_LIMIT, LABEL_SIZE

EXITS = ("multicast", "send", "down", "suspect", "timeout", "join", "leave")  # marks that messages can leave from
LONG = 16  # a longer message text goes on its own line
LINE_BREAK = "\n"


@dataclass(frozen=True, slots=True)
class Tones:
    """The colour of each payload and each view."""

    payloads: dict[Hashable, str]
    views: dict[View, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark on a lifeline; `beside` is a text next to it."""

    kind: str
    text: str = ""
    colour: str = ""
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Stub:
    """Sends of one message that a crash prevented, all to one `side` (-1 left, 1 right)."""

    text: str
    side: int


@dataclass(frozen=True, slots=True)
class StepMarks:
    """Step `step` of `node`: its marks from top to bottom; its k-th message leaves from mark `exits[k]`.

    `stubs` leave from mark `stub_exit`. `node` is None for a step of the network.
    """

    step: int
    row: int
    node: Node | None
    words: str
    marks: tuple[Mark, ...] = ()
    exits: tuple[int, ...] = ()
    stubs: tuple[Stub, ...] = ()
    stub_exit: int = 0
    dim: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A trace prepared for drawing: `cells[k]` is step k+1, `rows` the number of causal layers, `nodes` the participants."""

    trace: Trace
    nodes: tuple[Node, ...]
    cells: tuple[StepMarks, ...]
    rows: int
    view_colours: dict[View, str]
    diverging: frozenset[Node]

    def dim_flight(self, flight: Flight) -> bool:
        """Return whether the flight plays no part in the violation."""
        if flight.sent_at and self.cells[flight.sent_at - 1].dim:
            return True
        received = flight.fate in (Fate.RECEIVED, Fate.IGNORED)
        return received and flight.ended_at is not None and self.cells[flight.ended_at - 1].dim


def read(trace: Trace, witness: Witness | None) -> Reading:
    """Return what the diagram of `trace` shows, with everything dimmed that plays no part in `witness`."""
    tones, rows, bright = Tones(payload_colours(trace), view_colours(trace)), _rows(trace), focus(trace, witness)
    cells = tuple(
        _cell(trace, step, row, tones, step.number not in bright) for step, row in zip(trace.steps, rows, strict=True)
    )
    diverging = frozenset(witness.processes) if witness else frozenset()
    return Reading(trace, _taking_part(trace, diverging), cells, max(rows, default=0), tones.views, diverging)


def _rows(trace: Trace) -> tuple[int, ...]:
    """Return the row of each step: its causal layer, except that a loop stands below everything before it."""
    rows = layers(trace)
    if trace.loop is None:
        return rows
    before, after = rows[: trace.loop], rows[trace.loop :]
    gap = max(before, default=0) + 1 - min(after, default=0)
    return (*before, *(row + max(gap, 0) for row in after))


def _taking_part(trace: Trace, wanted: frozenset[Node]) -> tuple[Node, ...]:
    """Return the processes to draw: a process that never starts is left out, unless it is sent a message."""
    met = wanted | {node for flight in trace.flights for node in (flight.source, flight.target)}
    last = trace.states[-1].processes
    return tuple(node for node in trace.nodes if last[node - 1].status is not Status.ABSENT or node in met)


# --- colours --------------------------------------------------------------------------------------------------------


def payload_colours(trace: Trace) -> dict[Hashable, str]:
    """Return one colour per payload, in the order of their first multicast or delivery."""
    found: dict[Hashable, str] = {}
    for step in trace.steps:
        if isinstance(step.action, Handle) and isinstance(step.action.event, Multicast):
            found.setdefault(step.action.event.payload, pick(PAYLOAD_COLOURS, len(found)))
        for effect in step.done:
            if isinstance(effect, Deliver):
                found.setdefault(effect.payload, pick(PAYLOAD_COLOURS, len(found)))
    return found


def view_colours(trace: Trace) -> dict[View, str]:
    """Return one colour per view: initial views first, then in the order of installation."""
    found: dict[View, str] = {}
    views = [first_view(trace, node) for node in trace.nodes]
    views += [effect.view for step in trace.steps for effect in step.done if isinstance(effect, Install)]
    for view in views:
        if view is not None:
            found.setdefault(view, pick(VIEW_COLOURS, len(found)))
    return found


def first_view(trace: Trace, node: Node) -> View | None:
    """Return the initial view of `node`; None if it has none, or if the trace was recorded without views."""
    log = trace.states[0].processes[node - 1].log
    return next((entry.view for entry in reversed(log) if isinstance(entry, Installed)), None)


# --- what belongs to the violation ----------------------------------------------------------------------------------


def focus(trace: Trace, witness: Witness | None) -> frozenset[int]:
    """Return the steps that belong to the violation; all steps if the witness names no process and no payload.

    These are the causal past of: the last step of each process of the witness; each send to these that was never received;
    each step that touches its payloads; and every fault (in a shortest run, no fault is superfluous).
    """
    if witness is None or not (witness.processes or witness.payloads):
        return frozenset(step.number for step in trace.steps)
    last = {step.process: step.number for step in trace.steps}
    seeds = {last[node] for node in witness.processes if node in last}
    missed = (Fate.IN_FLIGHT, Fate.LOST, Fate.UNDELIVERABLE)
    seeds |= {f.sent_at for f in trace.flights if f.sent_at and f.target in witness.processes and f.fate in missed}
    seeds |= {step.number for step in trace.steps if is_fault(step)}
    seeds |= {step.number for step in trace.steps if any(mentions(step, payload) for payload in witness.payloads)}
    return past(trace, seeds)


# --- one step -------------------------------------------------------------------------------------------------------


def _cell(trace: Trace, step: TraceStep, row: int, tones: Tones, dim: bool) -> StepMarks:
    flight = trace.flights[step.received] if step.received is not None else None
    words = _words(step, flight)
    if step.process is None:
        return StepMarks(step.number, row, None, words, dim=dim)
    stubs = _stubs(step, step.process)
    marks, exits = _marks(step, flight, tones, apart=flight is not None and bool(stubs))
    if stubs and not any(mark.kind in EXITS for mark in marks):
        marks.append(Mark("send"))
    stub_exit = max((index for index, mark in enumerate(marks) if mark.kind in EXITS), default=0)
    if step.crashes:
        marks.append(Mark("crash", beside="crash"))
    return StepMarks(step.number, row, step.process, words, tuple(marks), exits, stubs, stub_exit, dim)


def _marks(step: TraceStep, flight: Flight | None, tones: Tones, apart: bool) -> tuple[list[Mark], tuple[int, ...]]:
    """Return the marks, and for each message sent the index of the mark it leaves from; equal messages in a row share one.

    `apart`: no message leaves from the mark where one arrives, since stubs would cover the arriving line.
    """
    marks = _first_mark(step, flight, tones)
    if apart and not marks:
        marks.append(Mark("send"))
    exits: list[int] = []
    run: tuple[Hashable, ...] = (apart,) if apart else ()
    for effect in _in_drawing_order(step):
        match effect:
            case Send(_, message):
                if not (marks and marks[-1].kind in EXITS and run in ((), (message,))):
                    marks.append(Mark("send"))
                run = (message,)
                exits.append(len(marks) - 1)
            case Deliver(payload):
                marks.append(Mark("delivery", show(payload), tones.payloads[payload]))
            case Install(view):
                marks.append(Mark("install", str(view), tones.views[view]))
            case Halt(reason):
                marks.append(Mark("halt", beside=f"ends itself: {reason}"))
    if not marks and not step.crashes:
        marks.append(Mark("send"))
    return marks, tuple(exits)


def _in_drawing_order(step: TraceStep) -> list[Effect]:
    """Return the effects in order, but sends last, so that no box of the same step covers their arrows.

    The difference is unobservable unless the process ends in between; then the original order is kept.
    """
    effects = list(step.done)
    if not step.crashes and not any(isinstance(effect, Halt) for effect in effects):
        effects.sort(key=lambda effect: isinstance(effect, Send))
    return effects


def _first_mark(step: TraceStep, flight: Flight | None, tones: Tones) -> list[Mark]:
    """Return the mark of the step's cause; a received message has no mark of its own, only those of its consequences."""
    match step.action:
        case Suspect(_, node):
            return [Mark("suspect", "?", beside=f"suspects {node}, which is up")]
        case Handle(_, event):
            if flight is not None and flight.fate is Fate.IGNORED:
                return [Mark("ignored", "ignored")]
            return _mark_of(event, tones)
    return []


def _mark_of(event: Event, tones: Tones) -> list[Mark]:
    match event:
        case Multicast(payload):
            return [Mark("multicast", colour=tones.payloads[payload])]
        case Down():
            return [Mark("down")]
        case Timeout(timer):
            return [Mark("timeout", beside=f"timer {timer}")]
        case Leave():
            return [Mark("leave", beside="asks to leave")]
        case Start() | Join():
            return [Mark("join")]
    return []


def _stubs(step: TraceStep, me: Node) -> tuple[Stub, ...]:
    """Return the sends that a crash prevented: one stub per message and side."""
    groups: dict[tuple[str, int], list[Node]] = {}
    for effect in step.undone:
        if isinstance(effect, Send):
            text, side = shorten(show(effect.message), LABEL_SIZE, LABEL_LIMIT), 1 if effect.to >= me else -1
            groups.setdefault((text, side), []).append(Node(effect.to))
    return tuple(Stub(_never_sent(text, to), side) for (text, side), to in groups.items())


def _never_sent(text: str, to: list[Node]) -> str:
    return f"{text}{LINE_BREAK if len(text) > LONG else ' '}to {', '.join(map(show, to))}: never sent"


# --- words ----------------------------------------------------------------------------------------------------------


def _words(step: TraceStep, flight: Flight | None) -> str:
    """Return the margin text of the step."""
    match step.action:
        case Crash(node):
            return f"{node} crashes"
        case Lose(_, target, _, message):
            return f"lost: {show(message)} to {target}"
        case Duplicate(_, target, _, message):
            return f"copied: {show(message)} to {target}"
        case Partition():
            return "partition"
        case Heal():
            return "partition heals"
        case Suspect(node, other):
            return f"{node} wrongly suspects {other}{_consequences(step, ', ')}"
        case Handle(node, event):
            return f"{node} {_event_words(event, step, flight)}"


def _event_words(event: Event, step: TraceStep, flight: Flight | None) -> str:
    match event:
        case Multicast(payload):
            return f"multicasts {show(payload)}{', crashes' if step.crashes else ''}"
        case Receive(_, message):
            ignored = flight is not None and flight.fate is Fate.IGNORED
            plain = f"{'ignores' if ignored else 'receives'} {show(message)}"
            return _consequences(step) if any(map(_is_seen, step.done)) else plain + _consequences(step, ", ")
        case Down(node):
            return f"detects {node} is down{_consequences(step, ', ')}"
        case Join(contact):
            return f"joins through {contact}{_consequences(step, ', ')}"
        case Leave():
            return f"asks to leave{_consequences(step, ', ')}"
        case Timeout(timer):
            return f"times out ({timer}){_consequences(step, ', ')}"
        case Start():
            return f"starts{_consequences(step, ', ')}"


def _is_seen(effect: Effect) -> bool:
    return isinstance(effect, Deliver | Install | Halt)


def _consequences(step: TraceStep, before: str = "") -> str:
    """Return what the applications see of the step: `delivers a1, crashes`."""
    found = []
    for effect in step.done:
        match effect:
            case Deliver(payload):
                found.append(f"delivers {show(payload)}")
            case Install(view):
                found.append(f"installs v{view.id}")
            case Halt():
                found.append("ends itself")
    if step.crashes:
        found.append("crashes")
    return before + ", ".join(found) if found else ""


# --- deliveries by view ---------------------------------------------------------------------------------------------


def delivered_by_view(trace: Trace, node: Node) -> tuple[str, ...]:
    """Return one text per view of `node`: `v2: a1, b1`, or `v2: -` if it delivered nothing in it."""
    view = first_view(trace, node)
    held: list[tuple[str, list[str]]] = [(f"v{view.id}" if view else "no view", [])]
    log = trace.states[0].processes[node - 1].log
    held[0][1].extend(_brief(entry.payload) for entry in log if isinstance(entry, Delivered))
    for step in trace.steps:
        if step.process == node:
            for effect in step.done:
                match effect:
                    case Deliver(payload):
                        held[-1][1].append(_brief(payload))
                    case Install(installed):
                        held.append((f"v{installed.id}", []))
    if held[0] == ("no view", []) and len(held) > 1:
        del held[0]
    return tuple(f"{name}: {', '.join(texts) or '-'}" for name, texts in held)


def _brief(payload: Hashable) -> str:
    return shorten(show(payload), LABEL_SIZE, LABEL_LIMIT)
