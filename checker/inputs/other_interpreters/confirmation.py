"""No run is shown before it was replayed from nothing: by a fresh interpreter, or else by a copy of the protocol.

Built-in protocols are trusted. What a class that another interpreter cannot import keeps in globals is found by nothing but
`semantics.purity.hidden_state`; its runs are replayed in this interpreter.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.inputs.other_interpreters.interpreters import Errand, Interpreter, may_start
from groupy_check.checker.inputs.other_interpreters.run_from_nothing import RetoldRun, divergence, retold
from groupy_check.checker.inputs.properties import is_users
from groupy_check.checker.semantics.source_lines.places import names_line, where_defined
from groupy_check.checker.semantics.step_cache import is_built_in
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Finding
from groupy_check.specs.property import Property

SEED = 1
UNCONFIRMED = "a fresh interpreter to replay the runs that were found; groupy replay does so"


def confirm(protocol: Protocol, impl: str, findings: Iterable[Finding], properties: Sequence[Property] = ()) -> None:
    """Raises ProtocolError, naming the first step that differs, when the run of one of `findings` is no run of `protocol`.

    `impl` is what another interpreter loads; "" if none can. `properties` are those of the findings that are the user's own.
    """
    confirm_runs(protocol, impl, [(found.name, found.trace) for found in findings if found.trace is not None], properties)


def confirm_runs(
    protocol: Protocol, impl: str, traces: Iterable[tuple[str, Trace]], properties: Sequence[Property] = ()
) -> None:
    """As `confirm`, of runs that violate the property named beside them; "" for none."""
    runs = runs_to_replay(protocol, traces, properties)
    if not runs:
        return
    answer = None
    if impl and may_start():
        with Interpreter(impl, SEED) as fresh:
            fresh.ask(Errand(runs[0].scenario, tuple(runs)))
            answer = fresh.answer()
    refuse_differing(protocol, runs, replayed_here(protocol, runs, properties) if answer is None else answer.runs)


def runs_to_replay(protocol: Protocol, traces: Iterable[tuple[str, Trace]], properties: Sequence[Property]) -> list[RetoldRun]:
    """`traces` of `protocol`, each with the property that it violates, so far as they are to be replayed."""
    own = {wanted.name for wanted in properties if is_users(wanted)}
    return [
        retold(protocol, trace, name, name if name in own else "")
        for name, trace in traces
        if name in own or not is_built_in(protocol)
    ]


def replayed_here(protocol: Protocol, runs: Sequence[RetoldRun], properties: Sequence[Property]) -> list[str]:
    """Where the replay of each of `runs` differs in this interpreter, "" where it does not."""
    own = {wanted.name: wanted for wanted in properties if is_users(wanted)}
    return [divergence(_fresh(protocol), run, own.get(run.own)) for run in runs]


def refuse_differing(protocol: Protocol, runs: Sequence[RetoldRun], differences: Sequence[str]) -> None:
    """Raises ProtocolError when the replay of one of `runs` differs."""
    for run, difference in zip(runs, differences, strict=True):
        if difference:
            found = f"a run that violates {run.name}" if run.name else "a run"
            reason = f"{found} was found, but when it is replayed from nothing, {difference}"
            advice = "a handler must depend on its state and event alone"
            where = "" if names_line(difference, type(protocol)) else f" [{where_defined(type(protocol))}]"
            raise ProtocolError(f"{protocol.name}: {reason}; {advice}{where}")


def _fresh(protocol: Protocol) -> Protocol:
    try:
        return copy.deepcopy(protocol)
    except Exception:  # noqa: BLE001 - a user's attributes may be anything
        return protocol
