"""A run as a Mermaid sequence diagram, for READMEs and chats (https://mermaid.js.org/syntax/sequenceDiagram.html).

Time runs down. Mermaid has only horizontal arrows, so a message is drawn where it ARRIVES: solid for messages, dotted for the
failure detector's notices, with a cross for lost messages; messages still queued come last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Lose, Suspect
from groupy_check.groupy_model.effects import Deliver, Effect, Halt, Install, Send
from groupy_check.groupy_model.events import Down, Receive
from groupy_check.groupy_model.trace import Fate, Flight, Trace, TraceStep
from groupy_check.reports.wording.phrases import action_line, effect_phrases, flat

# Characters that end a statement, start an entity, comment, formula or markup, or turn a label into a directive.
_SPECIAL = re.compile(r"[;#%&<>$]|(?<=wrap):")


def mermaid(trace: Trace, title: str) -> str:
    """Return the diagram of `trace` with `title` above it. Equal traces give equal text."""
    lines = [f"title: {escaped(title)}"] if title.strip() else []
    lines += [f"participant {node}" for node in trace.nodes]
    for step in trace.steps:
        lines += ["loop forever"] if step.number - 1 == trace.loop else []
        lines += _step(trace, step)
    lines += ["end"] if trace.loop is not None else []
    lines += [_arrow(flight, "--)", "still queued") for flight in trace.flights if flight.fate is Fate.IN_FLIGHT]
    return "\n".join(("sequenceDiagram", *(f"    {line}" for line in lines))) + "\n"


def escaped(text: str) -> str:
    """Return `text` as a label: on one line, with everything escaped that Mermaid would interpret."""
    return _SPECIAL.sub(lambda match: f"#{ord(match[0])};", " ".join(text.split()))


def _step(trace: Trace, step: TraceStep) -> Iterator[str]:
    """Yield the arrival, then the reaction to it, then the messages that it destroys."""
    if step.received is not None:
        yield _reception(trace.flights[step.received])
    notes = [*_cause(step.action), *_effects(step)]
    if notes:
        yield f"Note over {_place(trace, step)}: {'<br/>'.join(map(escaped, notes))}"
    for flight in trace.flights:
        if flight.ended_at == step.number and flight.fate is Fate.UNDELIVERABLE and not flight.notice:
            yield _arrow(flight, "-x", "never received")


def _reception(flight: Flight) -> str:
    if flight.fate is Fate.LOST:
        return _arrow(flight, "-x", "lost")
    return _arrow(flight, "-->>" if flight.notice else "->>")


def _place(trace: Trace, step: TraceStep) -> str:
    match step.action:
        case Duplicate(source, target):
            return f"{source},{target}"
    return str(step.process or f"{trace.nodes[0]},{trace.nodes[-1]}")


def _arrow(flight: Flight, arrow: str, remark: str = "") -> str:
    text = f"{flight.source} is down" if flight.notice else flat(flight.message)
    return f"{flight.source}{arrow}{flight.target}: {escaped(text)}{f' ({remark})' if remark else ''}"


def _cause(action: Action) -> Iterator[str]:
    """Yield the action, if no arrow shows it."""
    match action:
        case Lose() | Handle(_, Receive() | Down()):
            return
        case Handle(node) | Suspect(node):
            yield action_line(replace(action, cut=None)).removeprefix(f"{node} ")
        case Crash():
            yield "crashes"
        case _:
            yield action_line(action)


def _effects(step: TraceStep) -> Iterator[str]:
    """Yield what is done apart from sending, and what a crash prevents; bookkeeping is left out."""
    yield from effect_phrases(effect for effect in step.done if _is_shown(effect))
    if isinstance(step.action, Handle | Suspect) and step.crashes:
        yield "crashes"
        undone = [effect for effect in step.undone if _is_shown(effect) or isinstance(effect, Send)]
        yield from (f"never {phrase}" for phrase in effect_phrases(undone))


def _is_shown(effect: Effect) -> bool:
    return isinstance(effect, Deliver | Install | Halt)
