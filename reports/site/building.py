"""Runs Sphinx on the sources of the site. Only this module needs Sphinx."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from groupy_check.reports.site.runs import DIRECTORY, Runs, stem
from groupy_check.reports.site.sources import Sources

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
MARK = ".buildinfo"  # a file that Sphinx leaves in a site


def build(sources: Sources, runs: Runs, directory: Path) -> list[str]:
    """Replace the contents of `directory` by the site. Returns Sphinx's warnings; if there are any, nothing is written."""
    with TemporaryDirectory(prefix="groupy-site-") as work:
        source, built = Path(work, "source"), Path(work, "built")
        _write(sources, runs, source)
        warnings = _run_sphinx(source, built, Path(work, "doctrees"))
        if not warnings:
            for case, run in runs.items():
                _put(built / DIRECTORY / f"{stem(case)}.html", run.html.encode())
            _empty(directory)
            shutil.copytree(built, directory, dirs_exist_ok=True)
    return warnings


def _empty(directory: Path) -> None:
    """Remove an older site. Hidden files stay: they may be the repository from which the site is published."""
    for entry in directory.iterdir() if directory.exists() else ():
        if entry.is_dir() and not entry.name.startswith("."):
            shutil.rmtree(entry)
        elif not entry.name.startswith("."):
            entry.unlink()


def _write(sources: Sources, runs: Runs, directory: Path) -> None:
    for name, text in sources.pages.items():
        _put(directory / f"{name}.md", text.encode())
    for name, file in sources.files.items():
        _put(directory / name, file.read_bytes())
    for case, run in runs.items():
        if run.svg:
            _put(directory / DIRECTORY / f"{stem(case)}.svg", run.svg)


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _run_sphinx(source: Path, built: Path, doctrees: Path) -> list[str]:
    from sphinx.application import Sphinx  # noqa: PLC0415 - an optional dependency
    from sphinx.util.docutils import docutils_namespace, patch_docutils  # noqa: PLC0415

    said = io.StringIO()
    configuration = str(Path(__file__).parent)
    with patch_docutils(configuration), docutils_namespace():
        Sphinx(str(source), configuration, str(built), str(doctrees), "html", status=None, warning=said).build()
    lines = COLOUR.sub("", said.getvalue()).replace(f"{source}/", "").splitlines()
    return [line for line in lines if line.strip()]
