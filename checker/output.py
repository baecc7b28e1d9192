"""The files of a check: for each counterexample its picture, its text and its ITF trace, all under one directory."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from checker.errors import GroupyError, UsageError
from groupy_model.verdict import Finding, Verdict
from reports.diagram import write_diagram
from reports.files import write_text
from reports.itf import to_itf
from reports.summary import run_text, story

PICTURES = ("svg", "png", "pdf")


def check_directory(path: Path) -> None:
    """Fail before a long search when nothing could be written after it. Raises UsageError."""
    existing = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
    if not existing.is_dir():
        raise UsageError(f"--out {path}: {existing} is a file; name a directory")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UsageError(f"--out {path}: {existing} cannot be written to; name another directory")


def write_findings(findings: Sequence[Finding], directory: Path, formats: Sequence[str]) -> dict[str, str]:
    """Write the files of every violated finding. Returns the first picture's path by property name. Raises GroupyError."""
    pictures = {}
    try:
        for finding in findings:
            if finding.verdict is Verdict.VIOLATED:
                directory.mkdir(parents=True, exist_ok=True)
                pictures[finding.name] = str(_write(finding, directory, formats))
    except OSError as error:
        raise GroupyError(
            f"cannot write to {directory}: {error.strerror or error}; name another directory with --out"
        ) from error
    return pictures


def file_stem(impl: str) -> str:
    """`gms3~no-repeat` as `gms3-no-repeat`, `./mine.py:Mine` as `mine-Mine`."""
    path, _, name = impl.partition(":")
    words = [Path(path).stem if path.endswith(".py") else path, name]
    return "-".join(re.sub(r"[^\w.-]+", "-", word) for word in words if word)


def _write(finding: Finding, directory: Path, formats: Sequence[str]) -> Path:
    assert finding.trace is not None
    assert finding.witness is not None
    stem = directory / f"{file_stem(finding.trace.protocol)}-{finding.name}"
    write_text(stem.with_name(f"{stem.name}.txt"), f"{run_text(finding)}\n# {story(finding)}\n")
    write_text(stem.with_name(f"{stem.name}.itf.json"), to_itf(finding.trace, finding.name))
    title = f"{finding.trace.protocol}: {finding.name} violated"
    paths = write_diagram(finding.trace, finding.witness, title, finding.witness.text, stem, ("dot", *formats))
    return paths[1]
