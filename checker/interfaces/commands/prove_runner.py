"""`groupy prove`: a proof for any number of processes, its link to the executed protocol, or a bounded cross-check."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console

from groupy_check.checker.errors import UsageError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.proof.bounded.unrolling import BoundedResult, bounded
from groupy_check.checker.proof.links.refinement import LinkResult
from groupy_check.checker.proof.proving import Proof, prove
from groupy_check.checker.proof.registry import at_most, linked, provable
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.search.progress_line import ticking
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.reports.tables.proof import print_counterexample, print_groups
from groupy_check.reports.wording.trace_text import trace_text

FAILED, BOUNDED = 12, 3


@dataclass(frozen=True, slots=True)
class ProveRequest:
    """Prove the protocol `impl` safe for at most `processes`, None for any number.

    With `link`, explore that protocol under `scenario`, at most `states` of it, and check its steps against the model. With
    `bounded`, unroll that many steps of `impl` under `scenario`.
    """

    impl: str
    processes: int | None = None
    link: str | None = None
    bounded: int | None = None
    scenario: Scenario = Scenario()
    states: int | None = None


def run_proof(request: ProveRequest, console: Console) -> int:
    """Prove, link, or unroll; print. Returns the exit status."""
    if request.bounded is not None:
        return _bounded(request, request.bounded, console)
    model = at_most(provable(request.impl).model(), request.processes)
    if request.link is None:
        with ticking(quiet=False) as tick:
            proof = prove(model, tick)
        return _conclude(console, proof, request.processes)
    protocol, scenario = load_protocol(request.link), request.scenario
    with ticking(quiet=False) as tick:
        found = linked(request.impl, protocol, scenario, request.states, tick)
    return _conclude_link(console, request.impl, protocol, scenario, found)


def _bounded(request: ProveRequest, depth: int, console: Console) -> int:
    if request.link is not None or request.processes is not None:
        raise UsageError("--bounded cannot be combined with --link or --processes; --nodes sets the size of the group")
    protocol, scenario = load_protocol(request.impl), request.scenario
    with ticking(quiet=False) as tick:
        found = bounded(protocol, scenario, depth, tick)
    return _conclude_bounded(console, protocol, scenario, found)


def _conclude_bounded(console: Console, protocol: Protocol, scenario: Scenario, found: BoundedResult) -> int:
    size = f"{found.states:,} local states, {found.transitions:,} local transitions"
    console.print(f"{protocol.name}: within {found.depth} steps, by z3; {size}", markup=False, soft_wrap=True)
    for name in found.judged:
        run = found.violations.get(name)
        verdict = "not violated" if run is None else f"VIOLATED in {len(run)} steps"
        console.print(f"  {name}: {verdict}{'' if name in protocol.claims else ' (not claimed)'}", markup=False)
    first = min((name for name in found.violations if name in protocol.claims), key=found.length, default=None)
    if first is None:
        return BOUNDED
    trace = Recorder(protocol, scenario, frozenset(OBSERVATION_TYPES)).record(found.violations[first])
    console.print(trace_text(trace, f"{first} is violated"), markup=False, soft_wrap=True)
    return FAILED


def _conclude(console: Console, proof: Proof, processes: int | None) -> int:
    size = "any number of processes" if processes is None else f"at most {processes} processes"
    verdict = "NOT PROVED" if proof.failed else "UNKNOWN" if proof.unknown else "PROVED"
    console.print(f"{proof.model.name}: {verdict} for {size}: {proof.model.sentence}", markup=False, soft_wrap=True)
    print_groups(console, proof.groups)
    if proof.counterexample is not None:
        print_counterexample(console, proof.counterexample)
    if proof.failed:
        return FAILED
    if proof.unknown:
        console.print(
            "The solver gave up on what is UNKNOWN: the machine is too slow, or the clauses are outside the decidable fragment."
        )
        return BOUNDED
    return 0


def _conclude_link(console: Console, model: str, protocol: Protocol, scenario: Scenario, found: LinkResult) -> int:
    looked = f"{found.pairs:,} states, {found.structures:,} of the model, {found.steps:,} steps"
    if found.difference:
        console.print(f"{protocol.name}: NOT LINKED to the model of {model}: {looked}", markup=False)
        trace = Recorder(protocol, scenario, frozenset(OBSERVATION_TYPES)).record(found.actions)
        console.print(trace_text(trace, found.difference), markup=False, soft_wrap=True)
        return FAILED
    whole = (
        "every step is a step of the model, and every clause holds"
        if found.whole
        else "a bound was hit, and nothing differs so far"
    )
    console.print(f"{protocol.name}: LINKED to the model of {model}: {whole}; {looked}", markup=False, soft_wrap=True)
    return 0 if found.whole else BOUNDED
