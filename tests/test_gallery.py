"""The gallery under reports/gallery: every picture is drawn again and compared with the one that is kept, by its .dot text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checker.explorer import Explorer, Limits
from checker.loading import load_protocol
from groupy_model.scenario import Scenario
from reports.diagram import diagram, write_diagram
from specs.registry import PROPERTIES

GALLERY = Path(__file__).parent.parent / "reports" / "gallery"
PICTURES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "gms1-agreement": ("gms1", "agreement", {}),
    "gms2-virtual-synchrony": ("gms2", "virtual-synchrony", {}),
    "gms2-total-order": ("gms2", "total-order", {}),
    "gms3-orphan-view": ("gms3", "progress", {"joins": 1, "messages": 0}),
    "gms3-loss": ("gms3", "agreement", {"crashes": 0, "drops": 1}),
    "gms3-duplicate": ("gms3", "integrity", {"crashes": 0, "duplicates": 1}),
    "gms3-suspicion": ("gms3", "prefix-order", {"crashes": 0, "suspicions": 1}),
    "gms3-partition": ("gms3", "prefix-order", {"crashes": 0, "partitions": 1}),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_gallery_shows_what_the_checker_finds(name, updating):
    impl, wanted, scenario = PICTURES[name]
    limits = Limits(all_verdicts=False)
    finding = Explorer(load_protocol(impl), Scenario(**scenario), [PROPERTIES[wanted]], limits).run().finding(wanted)
    assert finding.trace is not None
    assert finding.witness is not None
    drawn = (finding.trace, finding.witness, f"{impl}: {wanted} violated", finding.witness.text)
    if updating:
        write_diagram(*drawn, GALLERY / name, ("dot", "svg"))
    kept = GALLERY / f"{name}.dot"
    assert kept.exists(), f"no golden {kept.name}: look at the picture after `python -m pytest --update-goldens`"
    assert kept.read_text(encoding="utf-8") == diagram(*drawn).source


def test_the_gallery_holds_nothing_else():
    assert {path.stem for path in GALLERY.iterdir()} == set(PICTURES)
