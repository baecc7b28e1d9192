"""A run as text, to read and to replay: the numbered lines say exactly which action was taken.

The layout, and what each line is for:

    # agreement is violated: ...                                  comments: the title on top, the outcome at the end
    groupy-check --impl gms2 --nodes 3 --messages 1 --crashes 1   the protocol and the scenario
     1. p1 multicasts a1 and crashes after 1 effect               one numbered line per action
          done:  sends msg a1 to p2                               indented: its consequences, for the reader only
    ~2. p3 detects that p1 is down                                ~: this step does not bear on the violation
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, is_dataclass

from groupy_check.groupy_model.actions import recovers
from groupy_check.groupy_model.effects import Deliver, Install, View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Installed, Left
from groupy_check.groupy_model.scenario_text import flags
from groupy_check.groupy_model.show import parts_of, role_of
from groupy_check.groupy_model.trace import Fate, Trace, TraceStep
from groupy_check.reports.wording.allegiance import allegiance
from groupy_check.reports.wording.phrases import action_line, effect_phrases, flat

PROGRAM = "groupy-check"
WIDTH = 110
LOOP = "repeats forever: everything after step "
# Deeper indentation marks text for the reader, whatever it looks like.
_ACTION = re.compile(r"[ ~]{0,2}(\d+)\. +(.+)")

# --- writing ---------------------------------------------------------------------------------------------------------


def trace_text(trace: Trace, title: str, relevant: frozenset[int] | None = None) -> str:
    """Return `trace` as text that `parse_trace` can read. Steps outside `relevant` (None: all) are marked `~`."""
    dimmed = relevant is not None and len(relevant) < len(trace.steps)
    head = [*title.splitlines(), *(["~ marks steps that do not bear on it"] if dimmed else [])]
    command = shlex.join((PROGRAM, "--impl", trace.protocol, *flags(trace.scenario)))
    lines = [*(f"# {line}" for line in head), command, "", *step_lines(trace, relevant)]
    return "\n".join([*lines, "", "# the end", *(f"    {line}" for line in _ending(trace))]) + "\n"


def step_lines(trace: Trace, relevant: frozenset[int] | None, *, states: bool = True) -> Iterator[str]:
    """Yield the numbered steps, with what each did and, with `states` or where its line is known, changed in the state.

    `relevant` is as in `trace_text`.
    """
    width = len(str(len(trace.steps)))
    for step in trace.steps:
        mark = " " if relevant is None or step.number in relevant else "~"
        yield f"{mark}{f'{step.number}.':<{width + 1}} {action_line(step.action)}"
        details = step_details(trace, step) if states or step.place else _seen(trace, step)
        yield from (f"{'':{width + 5}}{detail}" for detail in details)
    if trace.loop is not None:
        yield f"{LOOP}{trace.loop}"


def step_details(trace: Trace, step: TraceStep) -> Iterator[str]:
    """Yield the lines that say what happened in `step`, what a crash prevented, and what changed in the state."""
    yield from _listed("at:    ", [step.place] if step.place else [])
    yield from _seen(trace, step)
    if step.process is not None and not step.crashes:
        yield from _listed("state: ", state_changes(trace, step.number, step.process))


def _seen(trace: Trace, step: TraceStep) -> Iterator[str]:
    changed = allegiance(trace, step)
    yield from _listed("done:  ", [*effect_phrases(step.done), *([f"now {changed}"] if changed else [])])
    yield from _listed("NEVER: ", effect_phrases(step.undone))


def _listed(label: str, items: list[str]) -> list[str]:
    """Return `items` after `label`, on as many lines as they need; no lines if there are no items."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(item) < WIDTH:
            lines[-1] += f"; {item}"
        else:
            lines.append(f"{'' if lines else label:{len(label)}}{item}")
    return lines


def state_changes(trace: Trace, number: int, node: Node) -> list[str]:
    """Return what step `number` changed in the local state and the worker of `node`: `n: 2 -> 3`, `slave -> leader`."""
    before, after = (trace.states[k].processes[node - 1] for k in (number - 1, number))
    if after.local is None:
        return []
    changed = _changes(before.local, after.local)
    if before.worker is not None:
        changed += [f"worker's {change}" for change in _changes(before.worker, after.worker)]
    return changed


def _changes(before: object, after: object) -> list[str]:
    if before == after:
        return []
    if not (is_dataclass(before) and is_dataclass(after)):
        return [f"{flat(before)} -> {flat(after)}"]
    kinds = [role_of(value).replace(" ", "_") for value in (before, after)]
    changed = [] if kinds[0] == kinds[1] else [" -> ".join(kinds)]
    known = parts_of(before)
    for name, new in parts_of(after).items():
        if name not in known:
            changed.append(f"{name}: {flat(new)}")
        elif known[name] != new:
            changed.append(f"{name}: {flat(known[name])} -> {flat(new)}")
    return changed


# --- how it ended ----------------------------------------------------------------------------------------------------


def deliveries(trace: Trace, node: Node) -> list[tuple[View | None, list[Hashable]]]:
    """Return what `node` delivered in each view, in order; deliveries before the first known view come under None."""
    log = trace.states[0].processes[node - 1].log
    seen: list[tuple[View | None, list[Hashable]]] = [(None, [])]
    seen += [(entry.view, []) for entry in log if isinstance(entry, Installed)]
    for step in trace.steps:
        seen += [(None, [])] if step.process == node and recovers(step.action) else []
        for effect in step.done if step.process == node else ():
            if isinstance(effect, Install):
                seen.append((effect.view, []))
            elif isinstance(effect, Deliver):
                seen[-1][1].append(effect.payload)
    return [(view, payloads) for view, payloads in seen if view or payloads]


def _ending(trace: Trace) -> Iterator[str]:
    for node in trace.nodes:
        process = trace.states[-1].processes[node - 1]
        left = ", has asked to leave" if Left() in process.log else ""
        told = "; ".join(
            f"{f'in {view}' if view else 'before any view'}: {', '.join(map(flat, payloads)) or 'nothing'}"
            for view, payloads in deliveries(trace, node)
        )
        yield f"{node} {process.status.value}{left}{'; delivered ' if told else ''}{told}"
    for flight in trace.flights:
        if flight.fate is Fate.IN_FLIGHT:
            what = (
                f"the notice that {flight.source} is down" if flight.notice else f"{flat(flight.message)} from {flight.source}"
            )
            yield f"still queued for {flight.target}: {what}"
            if flight.refusal:
                yield f"    {flight.refusal}"


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ParsedTrace:
    """A trace as written: the protocol's name, the scenario's flags, one line per action (see `phrases.match_line`), `loop`."""

    protocol: str
    flags: tuple[str, ...]
    lines: tuple[str, ...]
    loop: int | None = None


def parse_trace(text: str) -> ParsedTrace:
    """Return the trace that `trace_text` wrote as `text`. Indented explanations, comments and blank lines are skipped.

    Raises ValueError with the line number if there is anything else, or if a step or the command is missing.
    """
    command: list[str] | None = None
    actions: list[str] = []
    loop: int | None = None
    for number, line in enumerate(text.splitlines(), 1):
        action = _ACTION.fullmatch(line.rstrip())
        if line.startswith(f"{PROGRAM} ") and command is None:
            command = _command(number, line)
        elif action:
            if int(action[1]) != len(actions) + 1:
                raise ValueError(f"line {number}: this is step {action[1]}, but step {len(actions) + 1} should come here")
            actions.append(action[2])
        elif line.startswith(LOOP) and line[len(LOOP) :].isdecimal():
            loop = int(line[len(LOOP) :])
        elif line.strip() and not line.startswith((" ", "\t", "#")):
            raise ValueError(f"line {number}: neither a numbered step nor a comment (#): {line[:60]}")
    if command is None:
        raise ValueError(f"line 1: no line of this text begins with '{PROGRAM} --impl', so the protocol is unknown")
    return ParsedTrace(command[0], tuple(command[1:]), tuple(actions), loop)


def _command(number: int, line: str) -> list[str]:
    """Return the protocol and then the flags of the command in `line`."""
    try:
        _, flag, protocol, *others = shlex.split(line)
    except ValueError:
        flag, protocol, others = "", "", []
    if flag != "--impl":
        raise ValueError(f"line {number}: the command should begin like this: {PROGRAM} --impl gms2 --nodes 3")
    return [protocol, *others]
