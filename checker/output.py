"""The files of a check: for each counterexample its picture, text, ITF trace and interactive page, all under one directory."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from checker.errors import GroupyError, UsageError
from checker.moments import exports, page_data
from groupy_model.protocol import Protocol
from groupy_model.trace import Trace
from groupy_model.verdict import Finding, Verdict
from reports.diagram import write_diagram
from reports.files import write_text
from reports.itf import to_itf
from reports.page import html_page
from reports.pytest_file import pytest_text
from reports.summary import run_text, story

PICTURES = ("svg", "png", "pdf")


def check_directory(path: Path) -> None:
    """Fail before a long search when nothing could be written after it. Raises UsageError."""
    try:
        existing = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
    except OSError as error:
        raise UsageError(f"--out {path}: {error.strerror}; name another directory") from error
    if not existing.is_dir():
        raise UsageError(f"--out {path}: {existing} is a file; name a directory")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UsageError(f"--out {path}: {existing} cannot be written to; name another directory")


def write_findings(findings: Sequence[Finding], directory: Path, formats: Sequence[str]) -> dict[str, str]:
    """Write the files of every violated finding. Returns the first picture's path by property name. Raises GroupyError."""
    pictures = {}
    with _errors_about(directory):
        for finding in findings:
            if finding.verdict is Verdict.VIOLATED:
                directory.mkdir(parents=True, exist_ok=True)
                pictures[finding.name] = str(_write(finding, directory, formats))
    return pictures


def write_pages(
    findings: Sequence[Finding], directory: Path, protocol: Protocol, mended: Mapping[str, Sequence[tuple[str, int]]]
) -> None:
    """Write the interactive page of every violated finding on `protocol`, beside its picture. Raises GroupyError.

    `mended`: by property, what would have prevented the violation, and from which step on.
    """
    with _errors_about(directory):
        for finding in findings:
            if finding.trace is not None:
                directory.mkdir(parents=True, exist_ok=True)
                trace = finding.trace
                data = page_data(protocol, trace.scenario, trace.actions, finding.name, trace.loop)
                data = replace(data, counterfactuals=tuple(mended.get(finding.name, ())))
                write_text(Path(f"{_stem(finding.name, trace, directory)}.html"), html_page(data, exports(data)))


@contextmanager
def _errors_about(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GroupyError(
            f"cannot write to {directory}: {error.strerror or error}; name another directory with --out"
        ) from error


def write_test(finding: Finding | None, path: Path) -> None:
    """Write the run of a violated `finding` to `path` as a regression test; where there is none, say so. Raises GroupyError."""
    if finding is None or finding.trace is None:
        print(f"nothing is violated: {path} is not written", file=sys.stderr)
        return
    try:
        write_text(path, pytest_text(finding.trace, finding.name))
    except OSError as error:
        raise GroupyError(f"cannot write {path}: {error.strerror or error}; name another file with --export-pytest") from error


def file_stem(impl: str) -> str:
    """`gms3~no-repeat` as `gms3-no-repeat`, `./mine.py:Mine` as `mine-Mine`."""
    path, _, name = impl.partition(":")
    words = [Path(path).stem if path.endswith(".py") else path, name]
    return "-".join(re.sub(r"[^\w.-]+", "-", word) for word in words if word)


def _stem(name: str, trace: Trace, directory: Path) -> Path:
    return directory / f"{file_stem(trace.protocol)}-{name}"


def _write(finding: Finding, directory: Path, formats: Sequence[str]) -> Path:
    assert finding.trace is not None
    assert finding.witness is not None
    stem = _stem(finding.name, finding.trace, directory)
    write_text(stem.with_name(f"{stem.name}.txt"), f"{run_text(finding)}\n# {story(finding)}\n")
    write_text(stem.with_name(f"{stem.name}.itf.json"), to_itf(finding.trace, finding.name))
    title = f"{finding.trace.protocol}: {finding.name} violated"
    paths = write_diagram(finding.trace, finding.witness, title, finding.witness.text, stem, ("dot", *formats))
    return paths[1]
