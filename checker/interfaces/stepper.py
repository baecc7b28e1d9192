"""Step through a run in the terminal: one command per line, so that it works over a pipe as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.system import Notice, System
from groupy_check.reports.page.data import Cause, Lamp, Light, PageData
from groupy_check.reports.wording.phrases import action_line, flat
from groupy_check.reports.wording.trace_text import step_details

NEXT, BACK, OTHERS, QUIT = ("", "j", "n"), ("k", "p"), "w", "q"
KEYS = "Enter, j or n: next; k or p: back; a number: that step; w: what else could have happened; q: quit"
CAUSES = {Cause.OWED: "by itself:", Cause.ASKED: "requested by an application:", Cause.FAULT: "as a fault:"}


def step_through(run: PageData, commands: TextIO, output: TextIO) -> None:
    """Show `run` on `output` state by state, as the lines of `commands` say, until they end. Prompts only on a terminal."""
    prompt = f"[{KEYS}] " if commands.isatty() else ""
    here = 0
    _write(output, shown(run, here), prompt)
    for line in iter(commands.readline, ""):
        word = line.strip()
        if word == QUIT:
            return
        here, lines = _answer(run, here, word)
        _write(output, lines, prompt)


def _answer(run: PageData, here: int, word: str) -> tuple[int, Iterable[str]]:
    """The number of the state to which `word` leads from state `here`, and what is to be shown."""
    if word == OTHERS:
        return here, others(run, here)
    there = _target(word, here)
    if there is None:
        return here, [KEYS]
    if not 0 <= there < len(run.moments):
        return here, [f"steps go from 0, the beginning, to {len(run.moments) - 1}"]
    return there, shown(run, there)


def _target(word: str, here: int) -> int | None:
    """The number of the state that `word` asks for, None when it is not a command."""
    if word in NEXT:
        return here + 1
    if word in BACK:
        return here - 1
    try:
        return int(word)
    except ValueError:
        return None


def _write(output: TextIO, lines: Iterable[str], prompt: str) -> None:
    output.writelines(f"{line}\n" for line in lines)
    output.write(f"\n{prompt}")
    output.flush()


# --- one state -------------------------------------------------------------------------------------------------------


def shown(run: PageData, number: int) -> Iterator[str]:
    """The lines about step `number` of `run` and the state after it; 0 is the beginning."""
    trace, system = run.trace, run.trace.states[number]
    last = len(trace.steps)
    if number:
        step = trace.steps[number - 1]
        yield f"step {number} of {last}: {action_line(step.action)}"
        yield from (f"  {detail}" for detail in step_details(trace, step))
    else:
        yield f"the beginning of a run of {counted(last, 'step')}"
        yield from _labelled("state: ", [f"{node}: {flat(system.processes[node - 1].local)}" for node in trace.nodes])
    yield from _labelled("queue: ", queued(system))
    yield from _labelled("light: ", lights(run, number))
    if run.moments[number].at_rest:
        yield "  nothing more happens by itself"
    if number == last:
        yield "  the run ends here" if trace.loop is None else f"  what comes after step {trace.loop} repeats forever"


def queued(system: System) -> list[str]:
    """What is in each channel that is not empty, oldest first."""
    size = len(system.processes)
    channels = ((Node(index // size + 1), Node(index % size + 1), channel) for index, channel in enumerate(system.channels))
    return [
        f"{source} to {target}: "
        + ", ".join(f"the notice that {source} is down" if entry is Notice.DOWN else flat(entry) for entry in channel)
        for source, target, channel in channels
        if channel
    ]


def lights(run: PageData, number: int) -> list[str]:
    """The lights that changed in step `number`, grouped by change; at the beginning, those that are not fine."""
    before = {lamp.name: lamp.light.value for lamp in run.moments[number - 1].lamps} if number else {}
    changed: dict[str, list[str]] = {}
    for lamp in run.moments[number].lamps:
        was = before.get(lamp.name, Light.FINE.value)
        if was != lamp.light.value:
            changed.setdefault(f"{was} -> {_light(lamp)}", []).append(lamp.name)
    return [f"{', '.join(names)}: {change}" for change, names in changed.items()]


def _light(lamp: Lamp) -> str:
    if lamp.light is Light.VIOLATED:
        return f"VIOLATED{'' if lamp.claimed else ' (not claimed)'}: {lamp.text}"
    return str(lamp.light.value)


def others(run: PageData, number: int) -> Iterator[str]:
    """What else could have happened in place of step `number`."""
    if number == 0:
        yield "nothing has happened yet; w at step 1 lists what else could have come first"
        return
    taken = action_line(run.trace.steps[number - 1].action)
    choices = [choice for choice in run.moments[number - 1].choices if choice.line != taken]
    yield f"in place of step {number}, {taken}, {'this' if choices else 'nothing else'} could have happened"
    for cause, title in CAUSES.items():
        lines = [choice.line for choice in choices if choice.cause is cause]
        yield from ([f"  {title}", *(f"    {line}" for line in lines)] if lines else [])


def _labelled(label: str, items: list[str]) -> list[str]:
    """`items`, one per line, aligned behind `label`."""
    return [f"  {label if index == 0 else '':{len(label)}}{item}" for index, item in enumerate(items)]
