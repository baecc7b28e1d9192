"""The protocols with a proof, by name: the relational model of each, and how the protocol is linked to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from groupy_check.checker.errors import UsageError, unknown
from groupy_check.checker.proof.finite_structures import TableStore
from groupy_check.checker.proof.links.fbcast import FbcastRelation
from groupy_check.checker.proof.links.gmp import GmpRelation
from groupy_check.checker.proof.links.gms3 import Gms3Relation
from groupy_check.checker.proof.links.refinement import LOGS, Linker, LinkResult, SimulationRelation
from groupy_check.checker.proof.links.relay import RelayRelation
from groupy_check.checker.proof.model import Model
from groupy_check.checker.proof.models.fbcast import fbcast
from groupy_check.checker.proof.models.gmp import gmp2, gmp3
from groupy_check.checker.proof.models.gms3 import gms3, gms3_fixed
from groupy_check.checker.proof.models.relay import gms3_relay
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Provable:
    """A function that makes the model of a protocol, and one that makes the simulation relation between the two."""

    model: Callable[[], Model]
    relation: Callable[[Model, Semantics, TableStore], SimulationRelation]


PROOFS = {
    "gms3": Provable(gms3, Gms3Relation),
    "gms3-fixed": Provable(gms3_fixed, Gms3Relation),
    "gms3-relay": Provable(gms3_relay, RelayRelation),
    "gmp2": Provable(gmp2, GmpRelation),
    "gmp3": Provable(gmp3, GmpRelation),
    "fbcast": Provable(fbcast, FbcastRelation),
}


def provable(name: str) -> Provable:
    """The proof of the protocol `name`. Raises UsageError if there is none."""
    if name not in PROOFS:
        raise UsageError(f"{unknown('proof of', name, PROOFS)} groupy check explores any protocol")
    return PROOFS[name]


def at_most(model: Model, processes: int | None) -> Model:
    """`model` for groups of at most so many `processes`; None means any number."""
    sorts = [sort for sort in ("Process", "Age") if sort in model.vocabulary.variables]
    return model if processes is None else replace(model, sizes=dict.fromkeys(sorts, processes))


def linked(
    name: str,
    protocol: Protocol,
    scenario: Scenario,
    limit: int | None = None,
    tick: Callable[[str], None] = lambda _: None,
) -> LinkResult:
    """Whether each step of `protocol` under `scenario` is a step of the model of the protocol `name`; see Linker.run."""
    known, store = provable(name), TableStore()
    relation = known.relation(known.model(), Semantics(protocol, scenario, LOGS), store)
    return Linker(relation, store, protocol, scenario).run(limit, tick)
