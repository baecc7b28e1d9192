"""The runs in the pictures under `reports/gallery`: one table, for the tests that redraw them and for the site."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from groupy_check.groupy_model.scenario import Scenario

DIRECTORY = Path(__file__).parent.parent / "gallery"


@dataclass(frozen=True, slots=True)
class Case:
    """A violation to find and draw: the shortest run of `protocol` in `scenario` that violates the property `wanted`."""

    protocol: str
    wanted: str
    scenario: Scenario = field(default_factory=Scenario)


PICTURES = {
    "gms1-agreement": Case("gms1", "agreement"),
    "gms2-virtual-synchrony": Case("gms2", "virtual-synchrony"),
    "gms2-total-order": Case("gms2", "total-order"),
    "gms3-orphan-view": Case("gms3", "progress", Scenario(joins=1, messages=0)),
    "gms3-loss": Case("gms3", "agreement", Scenario(crashes=0, drops=1)),
    "gms3-duplicate": Case("gms3", "integrity", Scenario(crashes=0, duplicates=1)),
    "gms3-suspicion": Case("gms3", "prefix-order", Scenario(crashes=0, suspicions=1)),
    "gms3-partition": Case("gms3", "prefix-order", Scenario(crashes=0, partitions=1)),
}
