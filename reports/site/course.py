"""The pages to read: the start page and "Using groupy-check" (both from the README), the lessons and the gallery."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from groupy_check.reports.site.gallery import PICTURES, Case
from groupy_check.reports.site.runs import Runs, command_of, page_of
from groupy_check.reports.site.sources import Sources, contents, figure
from groupy_check.reports.wording.summary import scenario_phrase
from groupy_check.specs.registry import PROPERTIES

LESSONS = "reports/lessons"
README = "README.md"
USE = "using"  # the page with the rest of the README, after its first commands
PARTS = {
    "The course": ("lessons/index", "gallery", "matrix"),
    "Reference": ("properties", "protocols/index", "command-line", "api/index"),
    "The tool": (USE, "own-protocol", "gms3-fixed", "assumptions", "architecture", "contributing"),
}
WHAT = {
    "lessons/index": "The course: from a protocol that dies with its leader to virtual synchrony, with every command executed",
    "gallery": "Famous bugs, each as its shortest run: look, guess, then step through it",
    "matrix": "What each protocol survives, under every fault model",
    "properties": "What a run can be required to satisfy, in the words of the textbooks, each with an example violation",
    "protocols/index": "The protocols and their planted bugs: what each does, promises and survives",
    "command-line": "Every command and every flag",
    "api/index": "The checker from Python, and the vocabulary for writing your own protocol",
    USE: "The first five minutes, your own protocol, scripts, pytest and notebooks",
    "gms3-fixed": "What breaks gms3, what fixes it, and how far the fix was checked",
    "own-protocol": "Your own protocol, for those who know it in Erlang: what corresponds to what",
    "assumptions": "What is assumed, and what lifts it",
    "architecture": "How it works, and why",
    "contributing": "How to add a protocol, a property, a planted bug or a lesson",
}


def documents(root: Path) -> dict[str, str]:
    """Return the documents of the repository under `root`, and the sections with their own page, each with its page name."""
    fixed = {
        README: "index",
        "ARCHITECTURE.md": "architecture",
        "CONTRIBUTING.md": "contributing",
        "reports/gms3-fixed.md": "gms3-fixed",
        "reports/assumptions.md": "assumptions",
        "reports/own-protocol.md": "own-protocol",
        f"{LESSONS}/README.md": "lessons/index",
        f"{LESSONS}/teachers.md": "lessons/teachers",
        "reports/gallery": "gallery",
    }
    lessons = sorted(path.parent.name for path in (root / LESSONS).glob("*/README.md"))
    titles = re.findall(r"^## (.+)", (root / README).read_text(encoding="utf-8"), re.MULTILINE)
    used = {f"{README}#{slug(title)}": USE for title in titles[1:]}
    return fixed | used | {f"{LESSONS}/{name}/README.md": f"lessons/{name}" for name in lessons}


def slug(title: str) -> str:
    """Return the anchor of a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def add_course(sources: Sources, runs: Runs) -> None:
    """Add all pages to read to `sources`."""
    for path in (
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "reports/gms3-fixed.md",
        "reports/assumptions.md",
        "reports/own-protocol.md",
        f"{LESSONS}/README.md",
        f"{LESSONS}/teachers.md",
    ):
        sources.add_document(path)
    lessons = sorted(path for path in sources.documents if re.fullmatch(rf"{LESSONS}/[^/]+/README\.md", path))
    for path in lessons:
        sources.add_document(path)
        names = [path.replace("README.md", f"exercise.{kind}") for kind in ("erl", "py")]
        exercise = next(name for name in names if (sources.root / name).exists())
        told = f"[{exercise.rpartition('/')[2]}]({sources.link(exercise)})"
        sources.pages[sources.documents[path]] += f"\n---\n\nStarting point for the exercise: {told}\n"
    sources.pages["lessons/index"] += "\n" + contents([*(sources.documents[path] for path in lessons), "lessons/teachers"])
    _add_start(sources)
    sources.pages["gallery"] = "\n".join(_gallery(sources, runs))


def _add_start(sources: Sources) -> None:
    """Add the start page, the README up to its first commands, and the page with the rest of the README."""
    text = (sources.root / README).read_text(encoding="utf-8")
    head, first, *others = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    parts = [f"## {title}\n\n" + "\n".join(f"- [{WHAT[name]}](/{name}.md)" for name in names) for title, names in PARTS.items()]
    trees = [contents(list(names), title) for title, names in PARTS.items()]
    sources.pages["index"] = sources.moved(head + first, README) + "\n\n".join(["", *parts, *trees])
    sources.pages[USE] = f"# Using groupy-check\n\n{sources.moved(''.join(others), README)}"


def _gallery(sources: Sources, runs: Runs) -> list[str]:
    lines = [
        "# Gallery",
        "",
        "Each of these runs is the shortest of its kind: no run with fewer steps shows the violation.",
        "",
    ]
    for name, case in PICTURES.items():
        lines += ["", f"## {name}", ""]
        lines += [f"[{case.protocol}](#protocol-{case.protocol}), {scenario_phrase(case.scenario)}.", ""]
        lines += [f"[{case.wanted}](#property-{case.wanted}) requires: {PROPERTIES[case.wanted].sentence}.", ""]
        lines += ["Here " + found(case, runs, "") + ".", ""]
        lines += [figure(sources.link(f"reports/gallery/{name}.svg"), f"{case.protocol}: {case.wanted} violated"), ""]
        lines += ["```console", f"$ {command_of(case)}", "```", ""]
    return lines


def found(case: Case, runs: Runs, up: str) -> str:
    """Return the sentence that says what is violated, with a link to the run's page; `up` is the path to the site's root."""
    run = runs[case]
    link = f'<a class="run" href="{up}{page_of(case)}">{run.length} step{"" if run.length == 1 else "s"}</a>'
    return f"{escape(run.sentence, quote=False)}, after {link}"
