"""The files of a judged log: each violation as a picture and as a page, all in one directory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from groupy_check.checker.counterexamples.output_files import errors_about, file_stem
from groupy_check.groupy_model.log_verdict import LogResult
from groupy_check.reports.atomic_write import write_text
from groupy_check.reports.page.log_page import log_page
from groupy_check.reports.spacetime.graphviz_source import write_diagram
from groupy_check.reports.tables.log_verdicts import witness_text


def write_log_findings(result: LogResult, directory: Path, formats: Sequence[str]) -> dict[str, str]:
    """Write the files of each violated property that decides. Returns the path of the first picture. Raises GroupyError."""
    pictures: dict[str, str] = {}
    name = Path(result.files[0]).stem if len(result.files) == 1 and "." in result.files[0] else "log"
    with errors_about(directory):
        for finding in result.decisive:
            if finding.neighbourhood is not None:
                directory.mkdir(parents=True, exist_ok=True)
                stem = directory / f"{file_stem(name)}-{file_stem(finding.name)}"
                title = f"{name}: {finding.name} violated"
                shown = finding.neighbourhood
                text = witness_text(finding)
                paths = write_diagram(shown.trace, shown.witness, title, text, stem, ("dot", *formats))
                write_text(Path(f"{stem}.html"), log_page(finding, title))
                pictures[finding.name] = str(paths[1])
    return pictures
