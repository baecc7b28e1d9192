"""The files of a check: each counterexample as picture, text, ITF trace and interactive page, all in one directory."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from groupy_check.checker.counterexamples.timeline import exports, page_data
from groupy_check.checker.errors import GroupyError, UsageError
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Finding, Verdict
from groupy_check.reports.atomic_write import write_bytes, write_text
from groupy_check.reports.formats.itf import to_itf
from groupy_check.reports.formats.pytest_file import pytest_text
from groupy_check.reports.page.html import html_page
from groupy_check.reports.spacetime.graphviz_source import write_diagram
from groupy_check.reports.tables.comparison import Comparison, draw, html_comparison
from groupy_check.reports.wording.summary import run_text, story
from groupy_check.reports.wording.trace_text import trace_text
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

PICTURES = ("svg", "png", "pdf")


def check_directory(path: Path) -> None:
    """Check before a long search that its files can be written. Raises UsageError when they cannot."""
    try:
        existing = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
    except OSError as error:
        raise UsageError(f"--out {path}: {error.strerror}; name another directory") from error
    if not existing.is_dir():
        raise UsageError(f"--out {path}: {existing} is a file; name a directory")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UsageError(f"--out {path}: {existing} cannot be written to; name another directory")


def write_findings(findings: Sequence[Finding], directory: Path, formats: Sequence[str]) -> dict[str, str]:
    """Write the files of each violated finding. Returns the path of the first picture, by property. Raises GroupyError."""
    pictures = {}
    with errors_about(directory):
        for finding in findings:
            if finding.verdict is Verdict.VIOLATED:
                directory.mkdir(parents=True, exist_ok=True)
                pictures[finding.name] = str(_write(finding, directory, formats))
    return pictures


def write_pages(
    findings: Sequence[Finding],
    directory: Path,
    protocol: Protocol,
    mended: Mapping[str, Sequence[tuple[str, int]]],
    known: Mapping[str, Property] = PROPERTIES,
) -> None:
    """Write the interactive page of each violated finding on `protocol`, beside its picture. Raises GroupyError.

    `mended` holds, by property, what would have prevented the violation, and from which step on; `known` has their properties.
    """
    with errors_about(directory):
        for finding in findings:
            if finding.trace is not None:
                directory.mkdir(parents=True, exist_ok=True)
                trace = finding.trace
                data = page_data(protocol, trace.scenario, trace.actions, finding.name, trace.loop, known)
                data = replace(data, counterfactuals=tuple(mended.get(finding.name, ())))
                write_text(Path(f"{_stem(finding.name, trace, directory)}.html"), html_page(data, exports(data)))


def write_comparison(comparison: Comparison, directory: Path, formats: Sequence[str]) -> list[Path]:
    """Write both runs side by side, as pictures and as a page, and each as a text that replays. Returns the paths.

    Raises GroupyError.
    """
    left, right = (file_stem(side.name) for side in comparison.sides)
    stem = directory / f"{left}-and-{right}"
    with errors_about(directory):
        directory.mkdir(parents=True, exist_ok=True)
        paths = [stem.with_name(f"{stem.name}.{kind}") for kind in (*formats, "html")]
        for path, kind in zip(paths, formats, strict=False):
            write_bytes(path, draw(comparison, kind))
        write_text(paths[-1], html_comparison(comparison))
        for side, where in zip(comparison.sides, ("left", "right"), strict=True):
            paths.append(stem.with_name(f"{stem.name}-{where}.txt"))
            write_text(paths[-1], trace_text(side.trace, f"{side.name}: {side.verdict}"))
    return paths


@contextmanager
def errors_about(directory: Path) -> Iterator[None]:
    """Turn an error in writing to `directory` into a GroupyError of one line."""
    try:
        yield
    except OSError as error:
        raise GroupyError(
            f"cannot write to {directory}: {error.strerror or error}; name another directory with --out"
        ) from error


def write_test(finding: Finding | None, path: Path) -> None:
    """Write the run of a violated `finding` to `path` as a regression test, or say that there is none. Raises GroupyError."""
    if finding is None or finding.trace is None:
        print(f"nothing is violated: {path} is not written", file=sys.stderr)
        return
    try:
        write_text(path, pytest_text(finding.trace, finding.name))
    except OSError as error:
        raise GroupyError(f"cannot write {path}: {error.strerror or error}; name another file with --export-pytest") from error


def file_stem(impl: str) -> str:
    """The name of a file for `impl`: `gms3-no-repeat` for `gms3~no-repeat`, `mine-Mine` for `./mine.py:Mine`."""
    path, _, name = impl.partition(":")
    words = [Path(path).stem if path.endswith(".py") else path, name]
    return "-".join(re.sub(r"[^\w.-]+", "-", word) for word in words if word)


def _stem(name: str, trace: Trace, directory: Path) -> Path:
    return directory / f"{file_stem(trace.protocol)}-{file_stem(name)}"


def _write(finding: Finding, directory: Path, formats: Sequence[str]) -> Path:
    assert finding.trace is not None
    assert finding.witness is not None
    stem = _stem(finding.name, finding.trace, directory)
    write_text(stem.with_name(f"{stem.name}.txt"), f"{run_text(finding)}\n# {story(finding)}\n")
    write_text(stem.with_name(f"{stem.name}.itf.json"), to_itf(finding.trace, finding.name))
    title = f"{finding.trace.protocol}: {finding.name} violated"
    paths = write_diagram(finding.trace, finding.witness, title, finding.witness.text, stem, ("dot", *formats))
    return paths[1]
