"""The API reference: which modules, in which order. Their text comes from their docstrings."""

from __future__ import annotations

from groupy_check.reports.site.sources import contents

# For each page: its name and title, a line about it, and its modules with the names to show ("": all).
PAGES: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "checker",
        "The checker",
        "What scripts, notebooks and tests call: `from groupy_check import check, judge, machine, replay_text`.",
        (
            ("groupy_check.checker.interfaces.api", "check, CheckResult, TraceView, judge, JudgedLog"),
            ("groupy_check.checker.counterexamples.trace_file", "replay_text"),
            ("groupy_check.checker.interfaces.hypothesis_machine", "machine"),
            ("groupy_check.checker.interfaces.assertions", ""),
            ("groupy_check.checker.errors", ""),
        ),
    ),
    (
        "protocols",
        "Writing a protocol",
        "A protocol is a pure function of one process's state and one event. This is all the vocabulary it needs.",
        (
            ("groupy_check.groupy_model.protocol", ""),
            ("groupy_check.groupy_model.events", ""),
            ("groupy_check.groupy_model.effects", ""),
            ("groupy_check.groupy_model.node", ""),
            ("groupy_check.groupy_model.payloads", ""),
            ("groupy_check.groupy_model.show", ""),
        ),
    ),
    (
        "properties",
        "Writing a property",
        "A property is data with a pure predicate over observations.",
        (
            ("groupy_check.specs.property", ""),
            ("groupy_check.groupy_model.observations", ""),
            ("groupy_check.specs.logs", ""),
            ("groupy_check.specs.registry", "Rung, rungs"),
        ),
    ),
    (
        "results",
        "Scenarios, runs and verdicts",
        "The input and the output of a check, as plain data.",
        (
            ("groupy_check.groupy_model.scenario", ""),
            ("groupy_check.groupy_model.verdict", ""),
            ("groupy_check.groupy_model.log_verdict", ""),
            ("groupy_check.groupy_model.trace", ""),
            ("groupy_check.groupy_model.actions", ""),
            ("groupy_check.groupy_model.system", ""),
            ("groupy_check.groupy_model.worker", ""),
        ),
    ),
)


def interface_pages() -> dict[str, str]:
    """Return the pages, by name."""
    pages = {f"api/{name}": _page(title, about, modules) for name, title, about, modules in PAGES}
    listed = "\n".join(f"- [{title}](/api/{name}.md): {about}" for name, title, about, _ in PAGES)
    pages["api/index"] = f"# From Python\n\n{listed}\n\n{contents([f'api/{name}' for name, *_ in PAGES])}"
    return pages


def _page(title: str, about: str, modules: tuple[tuple[str, str], ...]) -> str:
    parts = [f"# {title}\n\n{about}\n"]
    for module, names in modules:
        members = f"   :members: {names}".rstrip()
        parts.append(f"## {module}\n\n```{{eval-rst}}\n.. automodule:: {module}\n{members}\n```\n")
    return "\n".join(parts)
