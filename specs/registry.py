"""The built-in properties by name, in the order in which they are listed, and the ladder of multicasts that they make up.

PROPERTIES are judged in every check; PARTITIONABLE in the logs of real systems, and elsewhere when they are named, if models
have what they are about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from groupy_check.specs.delivery import AGREEMENT, INTEGRITY, UNIFORM_AGREEMENT, VALIDITY
from groupy_check.specs.order import CAUSAL, FIFO, PREFIX_ORDER, TOTAL_ORDER, UNIFORM_TOTAL_ORDER
from groupy_check.specs.partitionable.causal_in_view import CAUSAL_IN_VIEW
from groupy_check.specs.partitionable.initial_view import INITIAL_VIEW
from groupy_check.specs.partitionable.no_duplication import NO_DUPLICATION
from groupy_check.specs.partitionable.precision import PRECISION
from groupy_check.specs.partitionable.reliable_causal import RELIABLE_CAUSAL
from groupy_check.specs.partitionable.reliable_fifo import RELIABLE_FIFO
from groupy_check.specs.partitionable.reliable_total_order import RELIABLE_TOTAL_ORDER
from groupy_check.specs.partitionable.safe_indication import SAFE_INDICATION
from groupy_check.specs.partitionable.transitional_set import TRANSITIONAL_SET
from groupy_check.specs.partitionable.weak_total_order import WEAK_TOTAL_ORDER
from groupy_check.specs.property import Property
from groupy_check.specs.running import PROGRESS, TERMINATION
from groupy_check.specs.synchrony import SAME_VIEW_DELIVERY, SENDING_VIEW_DELIVERY, STATE_TRANSFER, SYNCHRONY, VIRTUAL_SYNCHRONY
from groupy_check.specs.views import (
    ACCURACY,
    ADMISSION,
    COMPLETENESS,
    MONOTONIC_VIEWS,
    PRIMARY_PARTITION,
    SELF_INCLUSION,
    VIEW_AGREEMENT,
)

_IN_ORDER = (
    INTEGRITY, VALIDITY, AGREEMENT, UNIFORM_AGREEMENT,
    TOTAL_ORDER, PREFIX_ORDER, UNIFORM_TOTAL_ORDER, FIFO, CAUSAL,
    VIEW_AGREEMENT, MONOTONIC_VIEWS, SELF_INCLUSION, PRIMARY_PARTITION, ACCURACY, COMPLETENESS, ADMISSION,
    VIRTUAL_SYNCHRONY, SAME_VIEW_DELIVERY, SENDING_VIEW_DELIVERY, STATE_TRANSFER, SYNCHRONY,
    PROGRESS, TERMINATION,
)  # fmt: skip


_OF_COMPONENTS = (
    NO_DUPLICATION, INITIAL_VIEW, RELIABLE_FIFO, RELIABLE_CAUSAL, CAUSAL_IN_VIEW, WEAK_TOTAL_ORDER, RELIABLE_TOTAL_ORDER,
    PRECISION, TRANSITIONAL_SET, SAFE_INDICATION,
)  # fmt: skip

PROPERTIES: Mapping[str, Property] = MappingProxyType({entry.name: entry for entry in _IN_ORDER})
PARTITIONABLE: Mapping[str, Property] = MappingProxyType({entry.name: entry for entry in _OF_COMPONENTS})
BUILT_IN: Mapping[str, Property] = MappingProxyType({**PROPERTIES, **PARTITIONABLE})


@dataclass(frozen=True, slots=True)
class Rung:
    """A kind of multicast that textbooks name; a run provides it if all of `properties` hold."""

    name: str
    properties: frozenset[str]


def _ladder() -> tuple[Rung, ...]:
    best_effort = frozenset({INTEGRITY.name, VALIDITY.name})
    # Orders and views constrain only what is delivered: a lost multicast breaks validity alone.
    atomic = frozenset({INTEGRITY.name, AGREEMENT.name})
    views = frozenset({VIEW_AGREEMENT.name, MONOTONIC_VIEWS.name, SELF_INCLUSION.name})
    synchronous = atomic | views | {VIRTUAL_SYNCHRONY.name, SAME_VIEW_DELIVERY.name}
    return (
        Rung("best-effort", best_effort),
        Rung("reliable", best_effort | atomic),
        Rung("uniform reliable", best_effort | atomic | {UNIFORM_AGREEMENT.name}),
        Rung("fifo", atomic | {FIFO.name}),
        Rung("causal", atomic | {FIFO.name, CAUSAL.name}),
        Rung("total", atomic | {TOTAL_ORDER.name}),
        Rung("virtual synchrony", synchronous),
        Rung("uniform virtual synchrony", synchronous | {UNIFORM_AGREEMENT.name}),
    )


LADDER = _ladder()


def rungs(held: frozenset[str]) -> tuple[Rung, ...]:
    """The strongest rungs of LADDER that the properties named in `held` provide: those that no other one implies."""
    reached = [rung for rung in LADDER if rung.properties <= held]
    return tuple(rung for rung in reached if not any(rung.properties < other.properties for other in reached))
