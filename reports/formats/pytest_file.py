"""A violation as a regression test: a file for pytest that holds the run as text, executes it again and judges it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from enum import Enum

from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.trace import Trace
from groupy_check.reports.wording.trace_text import trace_text

ALWAYS = ("nodes", "messages", "crashes")  # said also where they are the default, as on the command line


def pytest_text(trace: Trace, property: str) -> str:  # noqa: A002  (the word for it everywhere else)
    """A test file that passes as long as `trace`, which ends where `property` is violated, can be executed and violates it."""
    text = trace_text(trace, f"{property} is violated")
    name = re.sub(r"\W+", "_", property).strip("_")
    title = _escaped(f"{trace.protocol} violates {property}")
    own = trace.protocol.partition(":")[0].endswith(".py")
    lines = [
        f'"""{title}. Made by groupy-check, which the test needs installed."""',
        "",
        *(["from pathlib import Path", ""] if own else []),
        "from groupy_check import Verdict, replay_text",
        "",
        *(_file(trace.protocol) if own else [f"IMPL = {_literal(trace.protocol)}"]),
        f"PROPERTY = {_literal(property)}",
        f'RUN = """\\\n{_escaped(text)}"""',
        "",
        "",
        f"def test_{name}_is_violated():",
        *_body(trace.scenario),
    ]
    return "\n".join(lines) + "\n"


def _file(name: str) -> Iterator[str]:
    """The lines that find the protocol in the user's own file."""
    path, colon, kind = name.partition(":")
    yield "# The protocol's file is looked for beside this one, then in the working directory: say so here when you move it."
    yield f"FILE = Path({_literal(path)})"
    yield "BESIDE = Path(__file__).parent / FILE"
    yield f'IMPL = f"{{BESIDE if BESIDE.exists() else FILE}}{colon}{kind}"'


def _body(scenario: Scenario) -> Iterator[str]:
    yield "    # When the protocol is repaired, this run violates nothing any more, or a step of it is impossible now:"
    yield "    # then replay_text raises UsageError. To test the repair, try every run of the scenario instead of this one:"
    yield "    #     from groupy_check import check"
    yield f"    #     result = check(IMPL, {_keywords(scenario)}, properties=[PROPERTY])"
    yield "    #     assert result.finding(PROPERTY).verdict is Verdict.HOLDS"
    yield "    assert replay_text(RUN, IMPL, [PROPERTY]).finding(PROPERTY).verdict is Verdict.VIOLATED"


def _keywords(scenario: Scenario) -> str:
    """`nodes=3, messages=2, crashes=1, order="any"`: the arguments of `check` that make `scenario`."""
    return ", ".join(
        f"{field.name}={_literal(value.value) if isinstance(value, Enum) else value}"
        for field in fields(scenario)
        if (value := getattr(scenario, field.name)) != field.default or field.name in ALWAYS
        # Where nobody can join, workers only watch, and `check` runs them where a property needs them.
        if field.name != "worker" or scenario.joinable
    )


def _literal(text: str) -> str:
    inner = _escaped(text, '"').replace("\n", "\\n")
    return f'"{inner}"'


def _escaped(text: str, quotes: str = '"""') -> str:
    """`text` as it stands between `quotes` in a Python file, line by line."""
    plain = text.replace("\\", "\\\\").replace(quotes, quotes.replace('"', '\\"'))
    return "".join(
        character if character == "\n" or character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in plain
    )
