"""The interactive page: a run as one HTML file that works offline, and as the JSON it is made from.

Read `page_json` for the data, and the head of page.js for its use. `groupy explore` serves `page_html` of the same JSON with
"live" added, and sends more JSON whenever the reader chooses an action.
"""

from __future__ import annotations

import base64
import gzip
import html
import re
import shlex
from collections.abc import Mapping
from dataclasses import is_dataclass
from string import Template
from typing import Any

from groupy_check.groupy_model.actions import Action, Crash, Handle, Suspect
from groupy_check.groupy_model.causality import past
from groupy_check.groupy_model.events import Down, Event, Multicast, Receive, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import (
    Adopted,
    AskedToJoin,
    Delivered,
    Ended,
    Installed,
    Left,
    Observation,
    Recovered,
    Sent,
    Status,
)
from groupy_check.groupy_model.scenario_text import flags
from groupy_check.groupy_model.show import parts_of, role_of
from groupy_check.groupy_model.system import Notice, Process, System
from groupy_check.groupy_model.trace import Flight, TraceStep
from groupy_check.groupy_model.worker import Worker
from groupy_check.reports.page.data import Lamp, PageData, PageState, PossibleAction
from groupy_check.reports.page.head import embedded, head, resource
from groupy_check.reports.spacetime.graphviz_source import diagram, render
from groupy_check.reports.spacetime.palette import FONT
from groupy_check.reports.wording.focus import focus
from groupy_check.reports.wording.phrases import action_line, effect_phrases, flat, split_phrase
from groupy_check.reports.wording.trace_text import PROGRAM

Json = dict[str, Any]
REMARKS = re.compile(r"^/\*\* .* \*/\n", re.MULTILINE)  # above functions: for those who read the source, not for each page
SCRIPTS = (
    "page_diagram.js",
    "page_columns.js",
    "page_play.js",
    "page_reader.js",
    "page_branches.js",
    "events.js",
    "page_live.js",
    "page.js",
)

# --- the data -------------------------------------------------------------------------------------------------------


def page_json(data: PageData, exports: Mapping[str, str]) -> Json:
    """Return everything the page shows, as JSON-ready data.

    `exports` are the texts to copy: some of "text", "pytest", "itf" and "mermaid". `states[k]` is the state after step k,
    `steps[k - 1]` is step k; a flight's `sent` is 0 if it was there from the start, its `ended` is null while it is queued.
    """
    trace = data.trace
    return {
        "title": page_title(data),
        "protocol": trace.protocol,
        "flags": flags(trace.scenario),
        "command": shlex.join((PROGRAM, "--impl", trace.protocol, *flags(trace.scenario), *_wanted(data))),
        "property": data.property,
        "involved": _involved(data),
        "named": sorted(map(int, data.witness.processes)) if data.witness else [],
        "witness": data.witness.text if data.witness else "",
        "story": data.story,
        "loop": trace.loop,
        "sentences": _sentences(data),
        "labels": {lamp.name: lamp.label for lamp in data.moments[0].lamps if lamp.label},
        "steps": _steps(data),
        "flights": [_flight(flight) for flight in trace.flights],
        "states": _states(data),
        "counterfactuals": [{"text": text, "step": step} for text, step in data.counterfactuals],
        "svg": inline_svg(data),
        "exports": dict(exports),
    }


def _wanted(data: PageData) -> tuple[str, ...]:
    """Return the flags that let the command find this run, and no shorter one of another violation."""
    return ("--property", data.property) if data.property else ()


def _involved(data: PageData) -> list[int]:
    """Return the processes that take part in the violation; all if there is none."""
    bright = focus(data.trace, data.witness)
    taking = {step.process for step in data.trace.steps if step.process and step.number in bright}
    named = set(data.witness.processes) if data.witness else set(data.trace.nodes)
    return sorted(map(int, taking | named))


def _sentences(data: PageData) -> dict[str, str]:
    return {lamp.name: lamp.sentence for lamp in data.moments[0].lamps}


def page_title(data: PageData) -> str:
    """Return the title: `gms2: agreement violated`, or the length of a run that violates nothing."""
    if data.property:
        labels = {lamp.name: lamp.label for lamp in data.moments[0].lamps}
        return f"{data.trace.protocol}: {labels.get(data.property) or data.property} violated"
    count = len(data.trace.steps)
    run = "a run of 1 step" if count == 1 else f"a run of {count} steps"
    return f"{data.trace.protocol}: {run if count else 'initial state'}"


def _steps(data: PageData) -> list[Json]:
    trace, bright = data.trace, focus(data.trace, data.witness)
    pasts = {step.number: past(trace, (step.number,)) - {step.number} for step in trace.steps}
    return [
        {
            "number": step.number,
            "line": action_line(step.action),
            "process": int(step.process or 0),
            "kinds": step_kinds(step),
            "done": effect_phrases(step.done),
            "undone": effect_phrases(step.undone),
            "aside": step.number not in bright,
            "past": sorted(pasts[step.number]),
            "future": [later for later, before in pasts.items() if step.number in before],
        }
        for step in trace.steps
    ]


def step_kinds(step: TraceStep) -> list[str]:
    """Return the kinds by which a step can be filtered: its own, plus "crash" if a process crashes in it."""
    kind = _kind(step.action)
    return [kind, "crash"] if step.crashes and kind != "crash" else [kind]


def _kind(action: Action) -> str:
    match action:
        case Handle(_, event):
            return _event_kind(event)
        case Suspect():
            return "notice"
        case Crash():
            return "crash"
    return "network"


def _event_kind(event: Event) -> str:
    match event:
        case Multicast():
            return "multicast"
        case Receive():
            return "receive"
        case Down():
            return "notice"
        case Timeout():
            return "timer"
    return "membership"


def _flight(flight: Flight) -> Json:
    return {
        "source": int(flight.source),
        "target": int(flight.target),
        "sent": flight.sent_at,
        "ended": flight.ended_at,
        "text": flight_words(flight),
        "refusal": str(flight.refusal or ""),
    }


def flight_words(flight: Flight) -> str:
    """Return what flies, as in the channels of a state."""
    return "notice that it has ended" if flight.notice else flat(flight.message)


# --- one state ------------------------------------------------------------------------------------------------------


def _states(data: PageData) -> list[Json]:
    found: list[Json] = []
    for system, moment in zip(data.trace.states, data.moments, strict=True):
        before = found[-1]["processes"] if found else []
        found.append(_state(system, moment, before))
    return found


def _state(system: System, moment: PageState, before: list[Json]) -> Json:
    processes = [_process(Node(index), process) for index, process in enumerate(system.processes, 1)]
    for process, old in zip(processes, before or processes, strict=True):
        process["changed"] = _changed(old, process)
    return {
        "processes": processes,
        "channels": _channels(system),
        "split": split_phrase(system.split, map(Node, range(1, len(processes) + 1))) if system.split else "",
        "lamps": [_lamp(lamp) for lamp in moment.lamps],
        "choices": [_choice(choice) for choice in moment.choices],
        "at_rest": moment.at_rest,
    }


def _process(node: Node, process: Process) -> Json:
    return {
        "node": str(node),
        "status": process.status.value,
        "role": role_of(process.local) if is_dataclass(process.local) and process.status is not Status.CRASHED else "",
        "colour": list(process.worker.colour) if process.worker and process.worker.colour else None,
        "fields": {**_fields(process), **_worker_fields(process.worker)},
        "watching": [str(Node(other)) for other in sorted(process.watching)],
        "timers": sorted(process.timers),
        "log": [_observed(entry) for entry in process.log],
    }


def _fields(process: Process) -> dict[str, str]:
    """Return the fields of the local state as texts, and what is stored; `me` only repeats the process's name."""
    value, stored = process.local, {} if process.stored is None else {"stored": flat(process.stored)}
    if value is None or process.status is Status.CRASHED:
        return stored
    if not is_dataclass(value):
        return {"state": flat(value), **stored}
    return {**{name: flat(part) for name, part in parts_of(value).items() if name != "me"}, **stored}


def _worker_fields(worker: Worker | None) -> dict[str, str]:
    """Return the worker's colour; while there is none, also what the worker keeps until the colour arrives."""
    if worker is None:
        return {}
    if worker.colour is not None:
        return {"worker's colour": flat(worker.colour)}
    waits = "none yet, requested" if worker.requested else "none yet"
    return {"worker's colour": waits} if worker.kept is None else {"worker's colour": waits, "worker keeps": flat(worker.kept)}


def _changed(old: Json, new: Json) -> list[str]:
    """Return the names of everything that differs from the state before."""
    parts = [name for name in ("status", "role", "watching", "timers", "log") if old[name] != new[name]]
    return parts + [name for name, text in new["fields"].items() if old["fields"].get(name) != text]


def _observed(entry: Observation) -> str:
    match entry:
        case Sent(payload):
            return f"multicasts {flat(payload)}"
        case Delivered(payload):
            return f"delivers {flat(payload)}"
        case Installed(view):
            return f"installs {flat(view)}"
        case Adopted(payloads):
            return f"adopts the state {flat(payloads)}"
        case AskedToJoin(contact):
            return f"asks {contact} to let it in"
        case Left():
            return "asks to leave"
        case Recovered():
            return "comes back"
        case Ended(reason):
            return f"ends itself ({flat(reason)})"
    raise AssertionError(entry)  # models have no others


def _channels(system: System) -> list[Json]:
    size = len(system.processes)
    return [
        {
            "source": str(Node(index // size + 1)),
            "target": str(Node(index % size + 1)),
            "items": ["notice that it has ended" if entry is Notice.DOWN else flat(entry) for entry in channel],
        }
        for index, channel in enumerate(system.channels)
        if channel
    ]


def _lamp(lamp: Lamp) -> Json:
    return {
        "name": lamp.name,
        "kind": lamp.kind.value,
        "claimed": lamp.claimed,
        "light": lamp.light.value,
        "text": lamp.text,
    }


def _choice(choice: PossibleAction) -> Json:
    return {"line": choice.line, "cause": choice.cause.value, "process": int(choice.process)}


# --- the diagram ----------------------------------------------------------------------------------------------------

# What graphviz writes around the drawing, what it repeats in every text, and how it wraps elements with a tooltip.
_PROLOGUE = re.compile(r"\A.*?(?=<svg\b)", re.DOTALL)
_NOISE = re.compile(r"<!--.*?-->\n?|<title>.*?</title>\n?| xml:space=\"preserve\"| font-family=\"[^\"]*\"", re.DOTALL)
_TIP = re.compile(r'<g id="a_[^"]*"><a xlink:title="([^"]*)">\n(.*?)</a>\n</g>\n', re.DOTALL)
_OPENING = re.compile(r'<svg width="[\d.]+pt" height="[\d.]+pt"')


def inline_svg(data: PageData) -> str:
    """Return the diagram as an HTML element: a named image; every mark and line has its id, class and tooltip."""
    drawn = render(diagram(data.trace, data.witness, page_title(data), "").source, "svg").decode()
    bare = _NOISE.sub("", _PROLOGUE.sub("", drawn)).replace("&#45;", "-")
    name = html.escape(f"Space-time diagram. {page_title(data)}", quote=False)
    opening = f'<svg role="img" aria-labelledby="diagram-name" font-family="{html.escape(FONT)}"'
    named = bare.replace(">\n", f'>\n<title id="diagram-name">{name}</title>\n', 1)
    return _OPENING.sub(opening, _TIP.sub(r"<title>\1</title>\n\2", named), count=1)


# --- the file -------------------------------------------------------------------------------------------------------


def html_page(data: PageData, exports: Mapping[str, str]) -> str:
    """Return the page of `data` as one HTML file; `exports` as in `page_json`."""
    return page_html(page_json(data, exports))


def page_html(document: Mapping[str, Any]) -> str:
    """Return the page for `document`: the result of `page_json`, plus "live" when a server sends it (see page.js)."""
    style, script = resource("page.css"), REMARKS.sub("", "".join(map(resource, SCRIPTS)))
    shown = {name: value for name, value in document.items() if name != "exports"}
    return Template(resource("page.html")).substitute(
        head=head(document["title"], style, script, live="live" in document),
        script=script,
        document=embedded(shown),
        exports=base64.b64encode(gzip.compress(embedded(document["exports"]).encode(), mtime=0)).decode(),
    )
