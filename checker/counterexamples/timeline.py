"""The timeline of a run: from a list of actions to everything that the interactive page shows, moment by moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.selection import select, with_workers
from groupy_check.checker.judging.whole_run import first_violations, settled
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.traffic import bare
from groupy_check.groupy_model.actions import Action, Crash, Handle, Suspect
from groupy_check.groupy_model.events import Join, Leave, Multicast, Timeout
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.reports.formats.itf import to_itf
from groupy_check.reports.formats.mermaid import mermaid
from groupy_check.reports.formats.pytest_file import pytest_text
from groupy_check.reports.page.data import Cause, Lamp, Light, PageData, PageState, PossibleAction
from groupy_check.reports.wording.explain import explain, relevant
from groupy_check.reports.wording.phrases import action_line
from groupy_check.reports.wording.trace_text import trace_text
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

ALL = frozenset(OBSERVATION_TYPES)


def page_data(
    protocol: Protocol,
    scenario: Scenario,
    actions: Sequence[Action],
    property: str = "",  # noqa: A002  (the field's word)
    loop: int | None = None,
    known: Mapping[str, Property] = PROPERTIES,
) -> PageData:
    """The run that `actions` make, explained by the violation of `property` if there is one; `loop` is as in Trace.

    `known` has all properties.

    Raises UsageError when an action is not possible or no property has that name, ProtocolError when a handler breaks a rule.
    """
    scenario, shown = shown_in(scenario, property, known)
    recorder = Recorder(protocol, scenario, ALL)
    semantics = recorder.semantics
    trace = replace(recorder.record(actions), loop=loop)
    judge = first_violations(semantics, trace, shown)
    witness = judge.witnesses.get(property)
    told = known[property] if witness else None
    story = _story(semantics, _part(recorder, trace, judge.states[property]) if told else trace, witness, told)
    moments = (_moment(within, trace.states[number], number, shown, judge) for number, within in _in_each(semantics, trace))
    return PageData(trace, told.name if told else "", witness, story, tuple(moments))


def _in_each(semantics: Semantics, trace: Trace) -> Iterator[tuple[int, Semantics]]:
    """The semantics that says what could happen in each state of `trace`, by its number.

    Timers that fire beside traffic that goes round for ever are looked for where one fires, and where the run comes back to.
    """
    before = set[System]()
    for number, system in enumerate(trace.states):
        known = len(before)
        before.add(bare(system))
        taken = trace.actions[number] if number < len(trace.steps) else None
        fires = isinstance(taken, Handle) and isinstance(taken.event, Timeout)
        yield number, semantics.impatient() if fires or len(before) == known else semantics


def shown_in(scenario: Scenario, name: str = "", known: Mapping[str, Property] = PROPERTIES) -> tuple[Scenario, list[Property]]:
    """The scenario with what the properties shown need, and these properties: the usual ones and the one called `name`.

    Raises UsageError when there is no property `name`.
    """
    asked, _ = select([name] if name else [], scenario, known)
    scenario = with_workers(scenario, asked)
    shown, _ = select([], scenario)
    shown += [wanted for wanted in asked if wanted not in shown]
    return with_workers(scenario, shown), shown


def exports(data: PageData) -> dict[str, str]:
    """The run in each form that can be copied from the page, by its name in `reports.page.html`."""
    trace, witness = data.trace, data.witness
    title = f"{data.property} is violated: {witness.text}" if witness else f"a run of {trace.protocol}"
    texts = {
        "text": trace_text(trace, title, relevant(trace, witness) if witness else None),
        "itf": to_itf(trace, data.property or None),
        "mermaid": mermaid(trace, title),
    }
    return {**texts, "pytest": pytest_text(trace, data.property)} if data.property else texts


# --- the story -------------------------------------------------------------------------------------------------------


def _part(recorder: Recorder, trace: Trace, end: int) -> Trace:
    """`trace` up to state number `end`; all of it if it is a lasso, which shows how the run goes on."""
    return trace if trace.loop is not None or end == len(trace.steps) else recorder.record(trace.actions[:end])


def _story(semantics: Semantics, trace: Trace, witness: Witness | None, wanted: Property | None) -> str:
    rests = trace.loop is None and settled(semantics, trace.states[-1])
    if wanted is None:
        return explain(trace, None, at_rest=rests)
    return explain(trace, witness, wanted.sentence, rests and wanted.kind is Kind.LIVENESS)


# --- one state -------------------------------------------------------------------------------------------------------


def _moment(semantics: Semantics, system: System, number: int, shown: Sequence[Property], judge: Judge) -> PageState:
    final = settled(semantics, system)
    lamps = tuple(_lamp(semantics.protocol, wanted, number, final, judge) for wanted in shown)
    return PageState(lamps, tuple(_choices(semantics, system)), semantics.at_rest(system))


def _lamp(protocol: Protocol, wanted: Property, number: int, final: bool, judge: Judge) -> Lamp:
    light, text = Light.FINE, ""
    if judge.states.get(wanted.name, number + 1) <= number:
        light, text = Light.VIOLATED, judge.witnesses[wanted.name].text
    elif wanted.kind is Kind.LIVENESS and not final:
        light = Light.OPEN
    return Lamp(wanted.name, wanted.kind, wanted.name in protocol.claims, light, wanted.sentence, text, wanted.label)


def _choices(semantics: Semantics, system: System) -> Iterator[PossibleAction]:
    for action in semantics.owed(system):
        yield PossibleAction(action_line(action), Cause.OWED, action.process)
    for free in semantics.free(system):
        process = free.process if isinstance(free, Handle | Suspect | Crash) else 0
        yield PossibleAction(action_line(free), _cause(free), process)


def _cause(free: Action) -> Cause:
    """Why the free action happens: an application asks for it, or it is a fault."""
    asked = isinstance(free, Handle) and free.cut is None and isinstance(free.event, Multicast | Join | Leave)
    return Cause.ASKED if asked else Cause.FAULT
