"""The files of a check: each counterexample as picture, text, ITF trace and interactive page, all in one directory."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path

from groupy_check.checker.counterexamples.timeline import exports, page_data
from groupy_check.checker.errors import GroupyError, UsageError
from groupy_check.checker.inputs.parameters import configured
from groupy_check.checker.inputs.user_classes import path_and_class
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.scenario_text import short_name
from groupy_check.groupy_model.verdict import Finding
from groupy_check.reports.atomic_write import write_text
from groupy_check.reports.formats.itf import to_itf
from groupy_check.reports.formats.pytest_file import pytest_text
from groupy_check.reports.page.html import html_page
from groupy_check.reports.spacetime.graphviz_source import write_diagram
from groupy_check.reports.wording.summary import run_text, story
from groupy_check.reports.wording.trace_text import PROGRAM
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

PICTURES = ("svg", "png", "pdf")
ENDINGS = (*PICTURES, "dot", "html", "itf.json", "txt")


@dataclass(frozen=True, slots=True)
class Beside:
    """The other `protocols` and `properties` of a command, whose files go to the same directory and shall differ in name."""

    protocols: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()

    def stem(self, name: str, protocol: str, scenario: Scenario, directory: Path) -> Path:
        """The files on property `name` of `protocol` in `scenario`, without their endings: `out/gms3-m1-j1-progress`."""
        first, second = file_stems([*self.protocols, protocol])[protocol], file_stems([*self.properties, name])[name]
        return directory / "-".join(filter(None, (first, short_name(scenario), second)))

    def and_of(self, findings: Sequence[Finding]) -> Beside:
        """These, and the properties of `findings`."""
        return replace(self, properties=(*self.properties, *(finding.name for finding in findings)))


ALONE = Beside()


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


def write_findings(
    findings: Sequence[Finding], directory: Path, formats: Sequence[str], beside: Beside = ALONE
) -> dict[str, str]:
    """Write the files of each finding that has a run. Returns the path of the first picture, by property. Raises GroupyError.

    Besides those of `findings`, there are the files `beside`. A run that is too long for a picture is written as text alone.
    """
    pictures = {}
    with errors_about(directory):
        for finding in findings:
            if finding.has_run or finding.too_long:
                directory.mkdir(parents=True, exist_ok=True)
                assert finding.trace is not None
                stem = beside.and_of(findings).stem(finding.name, finding.trace.protocol, finding.trace.scenario, directory)
                pictures[finding.name] = str(_write(finding, stem, formats))
    return pictures


def write_pages(
    findings: Sequence[Finding],
    directory: Path,
    protocol: Protocol,
    mended: Mapping[str, Sequence[tuple[str, int]]],
    known: Mapping[str, Property] = PROPERTIES,
    beside: Beside = ALONE,
) -> dict[str, str]:
    """Write the interactive page of each finding on `protocol` that has a run, beside its picture.

    Returns their paths, by property. Raises GroupyError.

    `mended` holds, by property, what would have prevented the violation, and from which step on; `known` has their properties;
    `beside` is as for the pictures.
    """
    pages = {}
    with errors_about(directory):
        for finding in findings:
            if finding.has_run:
                directory.mkdir(parents=True, exist_ok=True)
                trace = finding.trace
                assert trace is not None
                data = page_data(protocol, trace.scenario, trace.actions, finding.name, trace.loop, known)
                data = replace(data, counterfactuals=tuple(mended.get(finding.name, ())))
                stem = beside.and_of(findings).stem(finding.name, trace.protocol, trace.scenario, directory)
                pages[finding.name] = f"{stem}.html"
                write_text(Path(pages[finding.name]), html_page(data, exports(data)))
    return pages


def older_files(
    protocol: str, unbroken: Iterable[tuple[str, Scenario]], directory: Path, beside: Beside = ALONE
) -> tuple[str, ...]:
    """The pictures and pages in `directory` that an older run of `protocol` left: on properties that are `unbroken` now, in
    these scenarios.
    """
    stems = (beside.stem(name, protocol, scenario, directory) for name, scenario in unbroken)
    return tuple(path for stem in stems for path in pictures_and_pages(stem))


def pictures_and_pages(stem: Path) -> Iterator[str]:
    """The files that a person would open, those of them that are there."""
    return (str(path) for kind in (*PICTURES, "html") if (path := Path(f"{stem}.{kind}")).is_file())


def remove_runs(directory: Path) -> None:
    """Remove what `write_findings` and `write_pages` have left in `directory`, and that too if nothing else is in it.

    What has no text that tells how to have its run again is somebody else's. Raises OSError.
    """
    if directory.is_symlink() or not directory.is_dir():
        return
    for text in sorted(directory.glob("*.txt")):
        if not text.is_symlink() and f"\n{PROGRAM} " in text.read_text(encoding="utf-8", errors="replace"):
            for ending in ENDINGS:
                text.with_name(f"{text.stem}.{ending}").unlink(missing_ok=True)
    with suppress(OSError):  # there is more in it
        directory.rmdir()


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


SOURCES = (".py", ".erl")


def file_stem(impl: str, folders: int = 0) -> str:
    """The name of a file for `impl`: `gms3-no-repeat` for `gms3~no-repeat`, `mine-Mine-k2` for `./mine.py:Mine(k=2)`.

    A file that is called like a built-in protocol is no less somebody else's: `gms2-erl` for `./gms2.erl`. So many of its
    `folders` come in front: with one, `a-mine` for `./a/mine.py`.
    """
    path, name = path_and_class(impl)
    settings = [f"{parameter}{value}" for parameter, value in configured(impl).settings.items()]
    words = [*_file_name(path), name, *settings]
    if folders and path.endswith(SOURCES):
        words = [*[part for part in Path(path).parts[:-1] if part.strip("./")][-folders:], *words]
    return "-".join(re.sub(r"[^\w.-]+", "-", word) for word in words if word)


def _file_name(path: str) -> tuple[str, ...]:
    if not path.endswith(SOURCES):
        return (path,)
    name, _, ending = Path(path).name.rpartition(".")
    return (name, ending) if name in PROTOCOLS else (name,)


def file_stems(impls: Iterable[str]) -> dict[str, str]:
    """A name for each of `impls`, as `file_stem`; where some have the same, with their folders in front, or else a number."""
    stems = {impl: file_stem(impl) for impl in impls}
    for folders in range(1, 1 + max((impl.count("/") for impl in stems), default=0)):
        times = Counter(stems.values())
        stems = {impl: stem if times[stem] == 1 else file_stem(impl, folders) for impl, stem in stems.items()}
    taken = set[str]()
    for impl, stem in stems.items():
        numbered = (f"{stem}-{number}" for number in count(2))
        stems[impl] = next(name for name in (stem, *islice(numbered, len(stems))) if name not in taken)
        taken.add(stems[impl])
    return stems


def _write(finding: Finding, stem: Path, formats: Sequence[str]) -> Path:
    assert finding.trace is not None
    assert finding.witness is not None
    text = stem.with_name(f"{stem.name}.txt")
    if finding.too_long:
        write_text(text, run_text(finding))
        return text
    write_text(text, f"{run_text(finding)}\n{commented(story(finding))}\n")
    write_text(stem.with_name(f"{stem.name}.itf.json"), to_itf(finding.trace, finding.name))
    title = f"{finding.trace.protocol}: {finding.called} violated"
    paths = write_diagram(finding.trace, finding.witness, title, finding.witness.text, stem, ("dot", *formats))
    return paths[1]


def commented(text: str) -> str:
    """`text` as comments of a trace file, whatever breaks its lines."""
    return "\n".join(f"# {line}" for line in text.splitlines())
