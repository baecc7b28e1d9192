"""The content of a space-time diagram, before layout: the marks on lifelines, the words and colours of each step."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from groupy_check.groupy_model.actions import Handle, SpuriousNotice, Suspect, recovers
from groupy_check.groupy_model.causality import causes
from groupy_check.groupy_model.effects import Adopt, Deliver, Effect, Halt, Install, Send, View
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Recover, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Adopted, Delivered, Status
from groupy_check.groupy_model.payloads import Gap
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.trace import Fate, Flight, Trace, TraceStep
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.spacetime.palette import shorten
from groupy_check.reports.spacetime.shapes import LABEL_LIMIT, LABEL_SIZE
from groupy_check.reports.spacetime.step_words import step_words
from groupy_check.reports.spacetime.tones import Tones, first_view, payload_colours, view_colours, view_text
from groupy_check.reports.wording.allegiance import LEADER, allegiance
from groupy_check.reports.wording.focus import focus, refused
from groupy_check.reports.wording.phrases import flat, found_stored

# Marks that messages can leave from.
EXITS = ("multicast", "send", "down", "suspect", "spurious", "timeout", "join", "leave", "recover")
LONG = 16  # a longer message text goes on its own line
LINE_BREAK = "\n"
NO_VIEW_YET = "no view"


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
    """A trace prepared for drawing: `cells[k]` is step k+1, `rows` the number of causal layers, `nodes` the participants.

    `refused` are the messages that stay unread for a reason which is shown.
    """

    trace: Trace
    nodes: tuple[Node, ...]
    cells: tuple[StepMarks, ...]
    rows: int
    view_colours: dict[View, str]
    diverging: frozenset[Node]
    refused: Sequence[Flight]

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
    refusing = _refusing(trace)
    cells = tuple(
        _following(cell, allegiance(trace, step)) if cell.node in refusing else cell
        for cell, step in zip(cells, trace.steps, strict=True)
    )
    diverging = frozenset(witness.processes) | missing_out(trace, witness) if witness else frozenset()
    return Reading(
        trace, _taking_part(trace, diverging), cells, max(rows, default=0), tones.views, diverging, refused(trace, witness)
    )


def _rows(trace: Trace) -> tuple[int, ...]:
    """Return the row of each step: below its causes, and no higher than the step before, so that numbers read downwards.

    A loop stands below everything before it.
    """
    rows: list[int] = []
    for step, before in zip(trace.steps, causes(trace), strict=True):
        begins = trace.loop is not None and step.number == trace.loop + 1
        above = max(rows, default=0)
        rows.append(max(above + begins, 1 + max((rows[number - 1] for number in before), default=0)))
    return tuple(rows)


def _taking_part(trace: Trace, wanted: frozenset[Node]) -> tuple[Node, ...]:
    """Return the processes to draw: a process that never starts is left out, unless it is sent a message."""
    met = wanted | {node for flight in trace.flights for node in (flight.source, flight.target)}
    last = trace.states[-1].processes
    return tuple(node for node in trace.nodes if last[node - 1].status is not Status.ABSENT or node in met)


# --- what belongs to the violation ----------------------------------------------------------------------------------


def missing_out(trace: Trace, witness: Witness) -> frozenset[Node]:
    """Return who never has the payload of the witness, if it is about that: the witness names only the first of them.

    They are up, and members of the view that it names.
    """
    if len(witness.payloads) != 1:
        return frozenset()
    payload = witness.payloads[0]
    last = trace.states[-1].processes
    bound = frozenset(witness.views[0].members) if witness.views else frozenset(trace.nodes)
    known = bound & set(trace.nodes)  # a log need not tell of every member
    lacking = {node for node in known if last[node - 1].status is Status.UP and payload not in _gained(trace, node)}
    return frozenset(lacking) if lacking & set(witness.processes) else frozenset()


def _gained(trace: Trace, node: Node) -> frozenset[Hashable]:
    """Return what `node` has delivered or adopted."""
    done = [effect for step in trace.steps if step.process == node for effect in step.done]
    logged = [payload for entry in trace.states[0].processes[node - 1].log for payload in _payloads(entry)]
    return frozenset([*logged, *(payload for effect in done for payload in _payloads(effect))])


def _payloads(entry: object) -> tuple[Hashable, ...]:
    match entry:
        case Delivered(payload) | Deliver(payload):
            return (payload,)
        case Adopted(payloads) | Adopt(payloads):
            return payloads
    return ()


def _refusing(trace: Trace) -> frozenset[Node]:
    """Return who leaves a message unread for a reason that speaks of the leader: one asks since when it follows that one."""
    return frozenset(flight.target for flight in trace.flights if flight.refusal and LEADER in str(flight.refusal).lower())


def _following(cell: StepMarks, changed: str) -> StepMarks:
    """Return `cell` with what has `changed` beside its first mark: `now follows p2`."""
    if not (changed and cell.marks):
        return cell
    first, *others = cell.marks
    return replace(cell, marks=(replace(first, beside="; ".join(filter(None, (first.beside, f"now {changed}")))), *others))


# --- one step -------------------------------------------------------------------------------------------------------


def _cell(trace: Trace, step: TraceStep, row: int, tones: Tones, dim: bool) -> StepMarks:
    flight = trace.flights[step.received] if step.received is not None else None
    words = step_words(step, flight)
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
            case Deliver(Gap() as gap):
                marks.append(Mark("ignored", str(gap)))
            case Deliver(payload):
                marks.append(Mark("delivery", show(payload), tones.payloads[payload]))
            case Install(view):
                marks.append(Mark("install", view_text(view), tones.views[view]))
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
        case SpuriousNotice(_, node):
            return [Mark("spurious", "?", beside=f"spurious notice: {node} has ended")]
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
            return [Mark("timeout", beside=f"timer {flat(timer)}")]
        case Leave():
            return [Mark("leave", beside="asks to leave")]
        case Start() | Join():
            return [Mark("join")]
        case Recover(stored):
            return [Mark("recover", beside=f"comes back, stored: {found_stored(stored)}")]
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
    rest = f"to {', '.join(map(show, to))}: never sent"
    return f"{text}{LINE_BREAK if len(text) > LONG or len(text + rest) > 2 * LONG else ' '}{rest}"


# --- deliveries by view ---------------------------------------------------------------------------------------------


def delivered_by_view(trace: Trace, node: Node) -> tuple[str, ...]:
    """Return one text per view of `node`: `v2: a1, b1`, or `v2: -` if it delivered nothing in it."""
    view = first_view(trace, node)
    held: list[tuple[str, list[str]]] = [(f"v{view.id}" if view else NO_VIEW_YET, [])]
    log = trace.states[0].processes[node - 1].log
    held[0][1].extend(_brief(entry.payload) for entry in log if isinstance(entry, Delivered))
    for step in trace.steps:
        if step.process == node:
            held += [(NO_VIEW_YET, [])] if recovers(step.action) else []
            for effect in step.done:
                match effect:
                    case Deliver(payload):
                        held[-1][1].append("..." if isinstance(payload, Gap) else _brief(payload))
                    case Install(installed):
                        held[-1:] = [] if held[-1] == (NO_VIEW_YET, []) else held[-1:]
                        held.append((f"v{installed.id}", []))
    return tuple(f"{name}: {', '.join(texts) or '-'}" for name, texts in held)


def _brief(payload: Hashable) -> str:
    return shorten(show(payload), LABEL_SIZE, LABEL_LIMIT)
