"""`groupy site`: the course and its reference as a static site, built without a network."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from groupy_check.checker.counterexamples.output_files import check_directory, errors_about
from groupy_check.checker.counterexamples.timeline import exports, page_data
from groupy_check.checker.errors import GroupyError, UsageError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.command_line_page import command_line_page
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.search.progress_line import Ticker
from groupy_check.reports.page.html import html_page
from groupy_check.reports.site.building import MARK, build
from groupy_check.reports.site.course import add_course, documents
from groupy_check.reports.site.gallery import Case
from groupy_check.reports.site.interface import interface_pages
from groupy_check.reports.site.matrix_pages import matrix_page
from groupy_check.reports.site.reference import add_reference
from groupy_check.reports.site.runs import Runs, SiteRun, cases, examples
from groupy_check.reports.site.sources import Sources
from groupy_check.reports.spacetime.graphviz_source import diagram, render
from groupy_check.specs.manifest import ManifestRow, read_manifest
from groupy_check.specs.registry import PROPERTIES

NEEDS = {"Sphinx": "sphinx", "furo": "furo", "myst-parser": "myst_parser"}
BESIDE = Path(__file__).resolve().parents[2]  # the checkout, where this is installed from one in place


def write_site(out: Path, documented: ArgumentParser, tick: Ticker) -> None:
    """Build the site into the directory `out`, in the place of an older one. Raises GroupyError.

    `documented` reads the command line that the site describes.
    """
    _check(out)
    manifest, runs = read_manifest(), dict[Case, SiteRun]()
    wanted, shown = cases(manifest), examples(manifest)
    for case in wanted:
        tick(f"{len(runs)} of {len(wanted)} runs; next {case.protocol}, {case.wanted}")
        runs[case] = run_of(case, drawn=case in shown)
    tick("writing the pages")
    with errors_about(out):
        warnings = build(sources_of(manifest, runs, documented), runs, out)
    if warnings:
        raise GroupyError(f"the site was not written, because it has errors ({len(warnings)}): {'; '.join(warnings)}")


def _check(out: Path) -> None:
    """Fail early if the site cannot be built. Raises UsageError."""
    check_directory(out)
    missing = [name for name, module in NEEDS.items() if find_spec(module) is None]
    if missing:
        raise UsageError(f"building the site needs {missing[0]}, which is not installed: pip install '.[site]'")
    checkout()
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        raise UsageError(f"--out {out}: it has files that are not a site; name another directory")


def checkout() -> Path:
    """The checkout whose documents make the site: around this package, or else the current directory. Raises UsageError."""
    for root in (BESIDE, Path.cwd()):
        if (root / "README.md").is_file() and (root / "reports" / "lessons").is_dir():
            return root
    raise UsageError("the site is made of the documents of a checkout: go to the root of one, and run groupy site again")


def sources_of(manifest: Mapping[str, ManifestRow], runs: Runs, documented: ArgumentParser) -> Sources:
    """All pages as Markdown."""
    root = checkout()
    sources = Sources(root, documents(root))
    add_course(sources, runs)
    add_reference(sources, manifest, runs)
    sources.pages["matrix"] = matrix_page(manifest, runs)
    sources.pages["command-line"] = command_line_page(documented)
    sources.pages.update(interface_pages())
    return sources


def run_of(case: Case, *, drawn: bool) -> SiteRun:
    """The shortest run of `case`, with its interactive page, and if it is to be `drawn` with its picture."""
    protocol = load_protocol(case.protocol)
    explorer = Explorer(protocol, case.scenario, [PROPERTIES[case.wanted]], Limits(all_verdicts=False))
    result = explorer.run()
    if result.coverage.interrupted:
        raise KeyboardInterrupt
    finding = result.finding(case.wanted)
    assert finding.trace is not None
    assert finding.witness is not None
    trace, witness = finding.trace, finding.witness
    data = page_data(protocol, trace.scenario, trace.actions, case.wanted, trace.loop)
    picture = diagram(trace, witness, f"{case.protocol}: {case.wanted} violated", witness.text)
    return SiteRun(
        len(trace.steps), witness.text, html_page(data, exports(data)), render(picture.source, "svg") if drawn else b""
    )
