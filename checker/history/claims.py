"""Kinds of systems, and what each promises, by the names that the literature has for them.

Extended virtual synchrony is that of Moser, Amir, Melliar-Smith and Agarwal (1994), as far as a log shows it: components go on
side by side, so that nothing is said of those that are apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from groupy_check.checker.errors import UsageError, unknown
from groupy_check.groupy_model.protocols.registry import PROTOCOLS

UNKNOWABLE = {
    "progress": "a log does not show what would become of a further multicast",
    "synchrony": "a log does not show the colours of workers",
}


@dataclass(frozen=True, slots=True)
class Claims:
    """A kind of system: its `meaning` in a few words, and the names of the properties that it promises.

    `indicated` are further ones, which it promises where it tells its applications what they are about. `fixed_group`: where a
    log has no views, all its processes make one group from the beginning.
    """

    name: str
    meaning: str
    properties: tuple[str, ...]
    indicated: tuple[str, ...] = ()
    fixed_group: bool = False


_VIEWS = ("self-inclusion", "monotonic-views", "view-agreement")
_IN_ORDER = (
    Claims(
        "primary",
        "primary-partition virtual synchrony",
        ("no-duplication", "integrity", "agreement", "virtual-synchrony", "same-view-delivery", *_VIEWS, "primary-partition",
         "completeness"),
    ),
    Claims(
        "evs",
        "extended virtual synchrony, partitionable",
        ("no-duplication", "integrity", "validity", "virtual-synchrony", "same-view-delivery", *_VIEWS, "causal-in-view",
         "weak-total-order", "uniform-total-order", "precision"),
        indicated=("transitional-set", "safe-indication"),
    ),
    Claims("weak", "gossip membership", ("self-inclusion", "completeness", "precision")),
    Claims(
        "atomic",
        "total order broadcast, no views",
        ("no-duplication", "integrity", "validity", "agreement", "total-order"),
        fixed_group=True,
    ),
)  # fmt: skip
KINDS: Mapping[str, Claims] = MappingProxyType({claims.name: claims for claims in _IN_ORDER})


def claims_named(name: str) -> Claims:
    """The kind of system, or the claims of a built-in protocol, with this name. Raises UsageError."""
    if name in KINDS:
        return KINDS[name]
    if name not in PROTOCOLS:
        raise UsageError(f"--claims: {unknown('kind of system', name, [*KINDS, *PROTOCOLS])}")
    return Claims(name, "as that protocol", tuple(claim for claim in PROTOCOLS[name].claims if claim not in UNKNOWABLE))
