"""`groupy prove`: a proof for any number of processes, its link to the executed protocol, or a bounded cross-check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from rich.console import Console

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.program.output import say
from groupy_check.checker.proof.bounded.unrolling import BoundedResult, bounded
from groupy_check.checker.proof.links.refinement import LinkResult
from groupy_check.checker.proof.proving import Proof, prove
from groupy_check.checker.proof.registry import at_most, linked, provable
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.search.progress_line import ticking
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.scenario_text import Json
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import INTERRUPTED
from groupy_check.reports.formats.result_json import command_json
from groupy_check.reports.tables.proof import print_counterexample, print_groups, print_premises, proof_json
from groupy_check.reports.wording.lines import tell
from groupy_check.reports.wording.phrases import action_line
from groupy_check.reports.wording.summary import scenario_phrase
from groupy_check.reports.wording.trace_text import trace_text

NOT_PROVED, FAILED, BOUNDED = 14, 12, 3
ENDLESS = 10_000  # columns


@dataclass(frozen=True, slots=True)
class ProveRequest:
    """Prove the protocol `impl` safe for at most `processes`, None for any number.

    With `link`, explore that protocol under `scenario`, at most `states` of it, and check its steps against the model. With
    `bounded`, unroll that many steps of `impl` under `scenario`. `json`: print that instead of text; `quiet`: one line only.
    """

    impl: str
    processes: int | None = None
    link: str | None = None
    bounded: int | None = None
    scenario: Scenario = Scenario()
    states: int | None = None
    json: bool = False
    quiet: bool = False


def run_proof(request: ProveRequest, console: Console) -> int:
    """Prove, link, or unroll; print. Returns the exit status."""
    if not request.quiet or request.json:
        return _run(request, console)
    text = StringIO()
    status = _run(request, Console(file=text, width=ENDLESS))
    say(text.getvalue().partition("\n")[0])
    return status


def _run(request: ProveRequest, console: Console) -> int:
    if request.bounded is not None:
        return _bounded(request, request.bounded, console)
    model = at_most(provable(request.impl).model(), request.processes)
    if request.link is None:
        with ticking(request.quiet) as tick:
            proof = prove(model, tick)
        return _conclude_json(proof, request) if request.json else _conclude(console, proof, request.processes)
    protocol, scenario = load_protocol(request.link), request.scenario
    with ticking(request.quiet) as tick:
        found = linked(request.impl, protocol, scenario, request.states, tick)
    if request.json:
        return _link_json(request.impl, protocol, found)
    return _conclude_link(console, request.impl, protocol, scenario, found)


def _bounded(request: ProveRequest, depth: int, console: Console) -> int:
    protocol, scenario = load_protocol(request.impl), request.scenario
    with ticking(request.quiet) as tick:
        found = bounded(protocol, scenario, depth, tick)
    if request.json:
        return _bounded_json(protocol, found)
    return _conclude_bounded(console, protocol, scenario, found)


def _conclude_bounded(console: Console, protocol: Protocol, scenario: Scenario, found: BoundedResult) -> int:
    size = f"{counted(found.states, 'local state')}, {counted(found.transitions, 'local transition')}"
    within = f"within {counted(found.depth, 'step')}{', then interrupted' if found.interrupted else ''}"
    broken = [name for name in found.judged if name in found.violations and name in protocol.claims]
    verdict = f"VIOLATED {', '.join(broken)}" if broken else "NOT DECIDED, nothing claimed is violated"
    tell(console, f"{protocol.name}: {verdict} {within}, by z3; {size}")
    tell(console, scenario_phrase(scenario))
    for name in found.judged:
        run = found.violations.get(name)
        told = "not violated" if run is None else f"VIOLATED in {counted(len(run), 'step')}"
        tell(console, f"  {name}: {told}{'' if name in protocol.claims else ' (not claimed)'}")
    _print_unjudged(console, protocol, found.unjudged)
    if found.held:
        tell(console, "Not followed: timers that fire beside traffic that goes round forever. groupy-check follows them.")
    first = min((name for name in found.violations if name in protocol.claims), key=found.length, default=None)
    if first is None:
        return BOUNDED
    trace = Recorder(protocol, scenario, frozenset(OBSERVATION_TYPES)).record(found.violations[first])
    tell(console, trace_text(trace, f"{first} is violated"))
    return FAILED


def _print_unjudged(console: Console, protocol: Protocol, names: Sequence[str]) -> None:
    claimed = [name for name in names if name in protocol.claims]
    others = [name for name in names if name not in claimed]
    why = "only safety that two logs decide is judged here, and that of colours with --worker"
    lines = [("Not judged, though claimed", claimed), ("Not judged, nor claimed", others)]
    for head, listed in lines:
        if listed:
            tell(console, f"{head}: {', '.join(listed)} ({why}).")


def _conclude(console: Console, proof: Proof, processes: int | None) -> int:
    size = "any number of processes" if processes is None else f"at most {counted(processes, 'process')}"
    verdict, status = _verdict(proof)
    tell(console, f"{proof.model.name}: {verdict} for {size}: {proof.model.sentence}")
    print_groups(console, proof.groups)
    if proof.unfinished:
        tell(console, f"Not finished: {', '.join(proof.unfinished)}.")
    if proof.counterexample is not None:
        print_counterexample(console, proof.counterexample, proof.model.vocabulary.meanings)
    if proof.unknown and not proof.failed:
        why = "the machine is too slow, or the clauses are outside the decidable fragment"
        tell(console, f"The solver gave up on what is UNKNOWN: {why}.")
    if not status:
        print_premises(console, proof.model.name, proof.model.covered, proof.model.assumed)
    return status


def _verdict(proof: Proof) -> tuple[str, int]:
    """The verdict in a word, and the exit status."""
    if proof.failed:
        return "NOT PROVED", NOT_PROVED
    if proof.unfinished:
        return f"NOT DECIDED ({INTERRUPTED})", BOUNDED
    return ("UNKNOWN", BOUNDED) if proof.unknown else ("PROVED", 0)


# --- for programs ----------------------------------------------------------------------------------------------------------


def _conclude_json(proof: Proof, request: ProveRequest) -> int:
    verdict, status = _verdict(proof)
    model = proof.model
    fields: dict[str, Json] = {
        "protocol": model.name, "processes": request.processes, "proved": model.sentence,
        "allowed_for": [*model.covered], "assumed": [*model.assumed], "unfinished": [*proof.unfinished],
    }  # fmt: skip
    say(proof_json(proof.groups, verdict, status, fields), end="")
    return status


def _link_json(model: str, protocol: Protocol, found: LinkResult) -> int:
    whole = ("LINKED", 0) if found.whole else ("NOT DECIDED", BOUNDED)
    verdict, status = ("NOT LINKED", FAILED) if found.difference else whole
    fields: dict[str, Json] = {
        "protocol": protocol.name, "model": model, "states": found.pairs, "steps": found.steps,
        "difference": found.difference, "run": [action_line(action) for action in found.actions],
        "not_exercised": [*found.untaken], "interrupted": found.interrupted,
    }  # fmt: skip
    say(command_json("prove", verdict, status, fields), end="")
    return status


def _bounded_json(protocol: Protocol, found: BoundedResult) -> int:
    violated = [name for name in found.violations if name in protocol.claims]
    verdict, status = ("VIOLATED", FAILED) if violated else ("NOT DECIDED", BOUNDED)
    runs: dict[str, Json] = {name: [action_line(action) for action in run] for name, run in found.violations.items()}
    judged: dict[str, Json] = {"judged": [*found.judged], "not_judged": [*found.unjudged], "violations": runs}
    fields: dict[str, Json] = {"protocol": protocol.name, "depth": found.depth, "interrupted": found.interrupted, **judged}
    say(command_json("prove", verdict, status, fields), end="")
    return status


def _conclude_link(console: Console, model: str, protocol: Protocol, scenario: Scenario, found: LinkResult) -> int:
    looked = f"{counted(found.pairs, 'state')}, {found.structures:,} of the model, {counted(found.steps, 'step')}"
    if found.difference:
        tell(console, f"{protocol.name}: NOT LINKED to the model of {model}: {looked}")
        trace = Recorder(protocol, scenario, frozenset(OBSERVATION_TYPES)).record(found.actions)
        tell(console, trace_text(trace, found.difference))
        return FAILED
    whole = f"LINKED to the model of {model}: every step is a step of the model, and every clause holds"
    ended = INTERRUPTED if found.interrupted else "a bound was hit"
    partly = f"NOT DECIDED ({ended}), and nothing differs from the model of {model} so far"
    tell(console, f"{protocol.name}: {whole if found.whole else partly}; {looked}")
    tell(console, scenario_phrase(scenario))
    if found.untaken:
        untaken = ", ".join(found.untaken)
        tell(console, f"Not exercised here, so not linked: {untaken}. Another scenario may.")
    return 0 if found.whole else BOUNDED
