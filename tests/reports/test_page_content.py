"""The interactive page: the command that finds its run, who is involved, and colours for dark pages."""

from __future__ import annotations

import re
import shlex
from importlib import resources

from groupy_check.checker.counterexamples.timeline import page_data
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.reports.page.html import page_json
from groupy_check.reports.spacetime import palette
from groupy_check.reports.wording.trace_text import parse_trace
from tests.reports.test_page import TEXTS, orphan_view
from tests.support.exploring import explored


def test_the_command_on_the_page_finds_this_very_run(tmp_path, capsys):
    """The shortest violation of THIS property; without --property, a search stops with the shortest of any."""
    finding = explored("gms3", "progress", joins=1, messages=0).finding("progress")
    run = page_json(page_data(load_protocol("gms3"), finding.trace.scenario, finding.trace.actions, "progress"), {})
    _, *arguments = shlex.split(run["command"])
    assert check_main([*arguments, "--out", str(tmp_path)]) == 11
    capsys.readouterr()
    found = parse_trace((tmp_path / "gms3-m0-j1-progress.txt").read_text(encoding="utf-8"))
    assert list(found.lines) == [step["line"] for step in run["steps"]]


def test_the_data_say_who_is_involved_and_what_is_aside():
    run = page_json(orphan_view(), TEXTS)
    assert run["involved"] == [1, 2, 3, 4]
    assert [step["number"] for step in run["steps"] if step["aside"]] == [6, 7, 8]
    refused = [flight["refusal"] for flight in run["flights"] if flight["refusal"]]
    assert refused == ["its leader is p1, p3's leader is p2; gms3.py:137", "its n is 4, p3's n is 3; gms3.py:137"]


def test_every_colour_that_a_dark_page_changes_is_one_of_the_palette():
    css = resources.files("groupy_check.reports.page").joinpath("page.css").read_text(encoding="utf-8")
    changed = set(re.findall(r'\[(?:fill|stroke)="(#\w+)"\]', css))
    neutral = {palette.INK, palette.PALE, palette.FAINT, palette.PAPER, palette.PANEL, palette.ALARM, palette.ALARM_PANEL}
    known = {colour.lower() for colour in (*neutral, palette.NOTE, palette.NOTE_PANEL, *palette.VIEW_COLOURS)}
    assert changed <= known
    assert {colour.lower() for colour in neutral} <= changed
