"""`groupy prove`: a proof for any number of processes, its link to the executed protocol, or a bounded cross-check."""

from __future__ import annotations

import argparse

from groupy_check.checker.errors import UsageError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.inputs.scenario_flags import scenario_of
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
from rich.console import Console

FAILED, BOUNDED = 12, 3


def command(options: argparse.Namespace, console: Console) -> int:
    """Prove, link or unroll, as `options` say, and print the result. Returns the exit status."""
    if options.bounded is not None:
        return _bounded(options, console)
    model = at_most(provable(options.impl).model(), options.processes)
    if options.link is None:
        with ticking(quiet=False) as tick:
            proof = prove(model, tick)
        return _conclude(console, proof, options.processes)
    name = options.link or options.impl
    protocol, scenario = load_protocol(name), scenario_of(options)
    with ticking(quiet=False) as tick:
        found = linked(options.impl, protocol, scenario, options.max_states, tick)
    return _conclude_link(console, options, protocol, scenario, found)


def _bounded(options: argparse.Namespace, console: Console) -> int:
    if options.link is not None or options.processes is not None:
        raise UsageError("--bounded cannot be combined with --link or --processes; --nodes sets the size of the group")
    protocol, scenario = load_protocol(options.impl), scenario_of(options)
    with ticking(quiet=False) as tick:
        found = bounded(protocol, scenario, options.bounded, tick)
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


def _conclude_link(
    console: Console, options: argparse.Namespace, protocol: Protocol, scenario: Scenario, found: LinkResult
) -> int:
    looked = f"{found.pairs:,} states, {found.structures:,} of the model, {found.steps:,} steps"
    if found.difference:
        console.print(f"{protocol.name}: NOT LINKED to the model of {options.impl}: {looked}", markup=False)
        trace = Recorder(protocol, scenario, frozenset(OBSERVATION_TYPES)).record(found.actions)
        console.print(trace_text(trace, found.difference), markup=False, soft_wrap=True)
        return FAILED
    whole = (
        "every step is a step of the model, and every clause holds"
        if found.whole
        else "a bound was hit, and nothing differs so far"
    )
    console.print(f"{protocol.name}: LINKED to the model of {options.impl}: {whole}; {looked}", markup=False, soft_wrap=True)
    return 0 if found.whole else BOUNDED
