"""`groupy prove`: a proof for any number of processes, and the link to the protocol that is executed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from groupy_check.checker.errors import UsageError, unknown
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.proof.bounded.unrolling import Bounded, bounded
from groupy_check.checker.proof.link.finite_structures import Store
from groupy_check.checker.proof.link.refinement import LOGS, Linked, Linker, Relation
from groupy_check.checker.proof.model import Model
from groupy_check.checker.proof.models.fbcast_link import FbcastRelation
from groupy_check.checker.proof.models.fbcast_model import fbcast
from groupy_check.checker.proof.models.gmp_link import GmpRelation
from groupy_check.checker.proof.models.gmp_model import gmp2, gmp3
from groupy_check.checker.proof.models.gms3_link import Gms3Relation
from groupy_check.checker.proof.models.gms3_model import gms3, gms3_fixed
from groupy_check.checker.proof.models.relay_link import RelayRelation
from groupy_check.checker.proof.models.relay_model import gms3_relay
from groupy_check.checker.proof.proving import Proof, prove
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.search.progress_line import ticking
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.reports.tables.proof import print_counterexample, print_groups
from groupy_check.reports.wording.trace_text import trace_text
from rich.console import Console

FAILED, BOUNDED = 12, 3


@dataclass(frozen=True, slots=True)
class Provable:
    """A protocol with a relational model, and how the two are related."""

    model: Callable[[], Model]
    relation: Callable[[Model, Semantics, Store], Relation]


PROOFS = {
    "gms3": Provable(gms3, Gms3Relation),
    "gms3-fixed": Provable(gms3_fixed, Gms3Relation),
    "gms3-relay": Provable(gms3_relay, RelayRelation),
    "gmp2": Provable(gmp2, GmpRelation),
    "gmp3": Provable(gmp3, GmpRelation),
    "fbcast": Provable(fbcast, FbcastRelation),
}


def provable(name: str) -> Provable:
    """The model of the protocol called `name`, and its relation. Raises UsageError where there is no proof."""
    if name not in PROOFS:
        raise UsageError(f"{unknown('proof of', name, PROOFS)}; groupy check explores any protocol")
    return PROOFS[name]


def at_most(model: Model, processes: int | None) -> Model:
    """`model` for groups of at most `processes`; None is any number."""
    sorts = [sort for sort in ("Process", "Age") if sort in model.vocabulary.variables]
    return model if processes is None else replace(model, sizes=dict.fromkeys(sorts, processes))


def linked(
    name: str,
    protocol: Protocol,
    scenario: Scenario,
    limit: int | None = None,
    tick: Callable[[str], None] = lambda _: None,
) -> Linked:
    """Whether every step of `protocol` under `scenario` is a step of the model of the protocol called `name`."""
    known, store = provable(name), Store()
    relation = known.relation(known.model(), Semantics(protocol, scenario, LOGS), store)
    return Linker(relation, store, protocol, scenario).run(limit, tick)


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
        raise UsageError("--bounded goes with neither --link nor --processes; say --nodes for the size of the group")
    protocol, scenario = load_protocol(request.impl), request.scenario
    with ticking(quiet=False) as tick:
        found = bounded(protocol, scenario, depth, tick)
    return _conclude_bounded(console, protocol, scenario, found)


def _conclude_bounded(console: Console, protocol: Protocol, scenario: Scenario, found: Bounded) -> int:
    size = f"{found.states:,} states of single processes, {found.moves:,} moves"
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
        console.print("The solver gave up on what is UNKNOWN: the machine is busy, or the clauses left what can be decided.")
        return BOUNDED
    return 0


def _conclude_link(console: Console, model: str, protocol: Protocol, scenario: Scenario, found: Linked) -> int:
    looked = f"{found.pairs:,} states, {found.structures:,} of the model, {found.steps:,} steps"
    if found.difference:
        console.print(f"{protocol.name}: NOT LINKED to the model of {model}: {looked}", markup=False)
        trace = Recorder(protocol, scenario, frozenset(OBSERVATION_TYPES)).record(found.actions)
        console.print(trace_text(trace, found.difference), markup=False, soft_wrap=True)
        return FAILED
    whole = (
        "every step is a step of the model, and every clause holds"
        if found.whole
        else "a bound was hit, nothing differs so far"
    )
    console.print(f"{protocol.name}: LINKED to the model of {model}: {whole}; {looked}", markup=False, soft_wrap=True)
    return 0 if found.whole else BOUNDED
