"""The gallery under reports/gallery: every picture is drawn again and compared with the one that is kept, by its .dot text."""

from __future__ import annotations

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.reports.site.gallery import DIRECTORY, PICTURES
from groupy_check.reports.spacetime.graphviz_source import diagram, write_diagram
from groupy_check.specs.registry import PROPERTIES


@pytest.mark.parametrize("name", PICTURES)
def test_the_gallery_shows_what_the_checker_finds(name, updating):
    case = PICTURES[name]
    explorer = Explorer(load_protocol(case.protocol), case.scenario, [PROPERTIES[case.wanted]], Limits(all_verdicts=False))
    finding = explorer.run().finding(case.wanted)
    assert finding.trace is not None
    assert finding.witness is not None
    drawn = (finding.trace, finding.witness, f"{case.protocol}: {case.wanted} violated", finding.witness.text)
    if updating:
        write_diagram(*drawn, DIRECTORY / name, ("dot", "svg"))
    kept = DIRECTORY / f"{name}.dot"
    assert kept.exists(), f"no golden {kept.name}: look at the picture after `python -m pytest --update-goldens`"
    assert kept.read_text(encoding="utf-8") == diagram(*drawn).source


def test_the_gallery_holds_nothing_else():
    assert {path.stem for path in DIRECTORY.iterdir()} == set(PICTURES)
