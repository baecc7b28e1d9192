"""Text broken into lines for a terminal: what stays whole, and where the next part of a line stands."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from groupy_check.reports.wording.lines import folded, tell


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("nobody reads view v3 [p1, p2, p3] from p2", ["nobody reads view v3", "[p1, p2, p3] from p2"]),
        ("they go on in v12 {p1,p2,p3}", ["they go on in", "v12 {p1,p2,p3}"]),
        ("# progress is violated: p3 is deaf", ["# progress is violated:", "# p3 is deaf"]),
        (
            "      done:  sends a1 to p2; delivers a1",
            ["      done:  sends a1 to", "             p2;", "             delivers a1"],
        ),
        ("  a condition that takes two lines", ["  a condition that takes", "  two lines"]),
        ("~8. p1 receives msg 3: a1 from p2", ["~8. p1 receives msg 3: a1 from p2"]),  # to be read again by --replay
        ("  groupy-check gms2 --nodes 3 --crashes 1", ["  groupy-check gms2 --nodes 3 --crashes 1"]),  # to be typed
    ],
)
def test_lines_are_broken_where_a_reader_would(text: str, lines: list[str]) -> None:
    assert folded(text, 24).split("\n") == lines
    assert folded(text, 100) == text


def test_what_goes_on_stands_behind_the_first_line() -> None:
    text = "Warning: nobody reads view v3 [p1, p2, p3] from p2.\n  one that is indented goes on further in"
    assert folded(text, 32, "  ").split("\n") == [
        "Warning: nobody reads view v3", "  [p1, p2, p3] from p2.", "  one that is indented goes on", "    further in",
    ]  # fmt: skip


@pytest.mark.parametrize(("terminal", "lines"), [(True, 2), (False, 1)])
def test_a_pipe_with_room_gets_whole_lines(terminal: bool, lines: int) -> None:
    stream = io.StringIO()
    tell(Console(file=stream, width=160, force_terminal=terminal), "word " * 40)
    assert len(stream.getvalue().splitlines()) == lines
