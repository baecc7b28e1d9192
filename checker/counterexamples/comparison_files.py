"""The files of `groupy diff`: both runs side by side, as pictures and as a page, and each as a text that replays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from groupy_check.checker.counterexamples.output_files import errors_about, file_stem, pictures_and_pages
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.scenario_text import short_name
from groupy_check.reports.atomic_write import write_bytes, write_text
from groupy_check.reports.tables.comparison import Comparison, draw, html_comparison
from groupy_check.reports.wording.trace_text import trace_text


def older_comparison(names: tuple[str, str], scenario: Scenario, directory: Path) -> tuple[str, ...]:
    """The pictures and the page that an older comparison of these two protocols left in `directory`."""
    return tuple(pictures_and_pages(_compared(names, scenario, directory)))


def _compared(names: tuple[str, str], scenario: Scenario, directory: Path) -> Path:
    return directory / "-".join(filter(None, ("-and-".join(map(file_stem, names)), short_name(scenario))))


def write_comparison(comparison: Comparison, directory: Path, formats: Sequence[str]) -> list[Path]:
    """Write both runs side by side, as pictures and as a page, and each as a text that replays. Returns the paths.

    Raises GroupyError.
    """
    left, right = comparison.sides
    stem = _compared((left.name, right.name), left.trace.scenario, directory)
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
