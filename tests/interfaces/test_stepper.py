"""Stepping through a run in the terminal."""

from __future__ import annotations

import io
import re
import sys
from functools import cache

import pytest

from groupy_check.checker.counterexamples.timeline import page_data
from groupy_check.checker.counterexamples.trace_file import line_matchers, matched
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.checker.interfaces.stepper import KEYS, shown, step_through
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.reports.page.data import PageData

RUN = (
    "p1 multicasts a1 and crashes after 1 effect",
    "p2 receives msg a1 from p1",
    "p2 detects that p1 is down",
    "p3 detects that p1 is down",
    "p3 receives view v3 [p2, p3] from p2",
)
BEGINNING = """\
the beginning of a run of 5 steps
  state: p1: leader(p1, [p2, p3], [p1, p2, p3], 2)
         p2: slave(p2, p1, [p2, p3], [p1, p2, p3], 2)
         p3: slave(p3, p1, [p2, p3], [p1, p2, p3], 2)
  nothing more happens by itself
"""
STEP_1 = """\
step 1 of 5: p1 multicasts a1 and crashes after 1 effect
  done:  sends msg a1 to p2
  NEVER: sends msg a1 to p3; delivers a1
  queue: p1 to p2: msg a1, the notice that p1 is down
         p1 to p3: the notice that p1 is down
  light: validity, agreement, uniform-agreement, completeness, synchrony, progress: fine -> open
"""
STEP_2 = """\
step 2 of 5: p2 receives msg a1 from p1
  done:  delivers a1
  state: worker's colour: [0, 0, 0] -> [0, 0, 21]
  queue: p1 to p2: the notice that p1 is down
         p1 to p3: the notice that p1 is down
"""
STEP_5 = """\
step 5 of 5: p3 receives view v3 [p2, p3] from p2
  done:  installs v3 {p2,p3}
  light: validity, completeness, progress: open -> fine
         agreement: open -> VIOLATED: p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}
         uniform-agreement: open -> VIOLATED (not claimed): p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}
         virtual-synchrony: fine -> VIOLATED: p2 and p3 both moved from v2 to v3, but p2 delivered a1 in v2 and p3 did not
         synchrony: open -> VIOLATED: p2 shows 0.0.21, p3 shows 0.0.0
  nothing more happens by itself
  the run ends here
"""
OTHERS_2 = """\
in place of step 2, p2 receives msg a1 from p1, this could have happened
  by itself:
    p3 detects that p1 is down
"""


@cache
def run() -> PageData:
    """gms2's first violation of agreement, with no multicast left that could be asked for."""
    protocol, scenario = load_protocol("gms2"), Scenario(messages=1)
    return page_data(protocol, scenario, matched(protocol, scenario, line_matchers(RUN)), "agreement")


def answers(commands: str, stream: type[io.StringIO] = io.StringIO) -> list[str]:
    """What is shown for `commands`, block by block; the first one comes by itself."""
    output = io.StringIO()
    step_through(run(), stream(commands), output)
    return output.getvalue().split("\n\n")[:-1]


def test_the_beginning_is_shown_and_the_end_of_input_ends() -> None:
    assert answers("") == [BEGINNING[:-1]]


@pytest.mark.parametrize("key", ["", "j", "n", " n "])
def test_the_keys_for_the_next_step(key) -> None:
    assert answers(f"{key}\n{key}\n") == [BEGINNING[:-1], STEP_1[:-1], STEP_2[:-1]]


@pytest.mark.parametrize("key", ["k", "p"])
def test_the_keys_for_the_step_before(key) -> None:
    assert answers(f"2\n{key}\n{key}") == [BEGINNING[:-1], STEP_2[:-1], STEP_1[:-1], BEGINNING[:-1]]


def test_a_number_is_jumped_to_and_q_quits() -> None:
    assert answers("5\n0\nq\n1\n") == [BEGINNING[:-1], STEP_5[:-1], BEGINNING[:-1]]


@pytest.mark.parametrize("commands", ["k\n", "6\n", "-1\n"])
def test_there_is_nothing_outside_the_run(commands) -> None:
    assert answers(f"{commands}\n") == [BEGINNING[:-1], "steps go from 0, the beginning, to 5", STEP_1[:-1]]
    assert answers("5\n\nk")[2:] == ["steps go from 0, the beginning, to 5", "\n".join(shown(run(), 4))]


@pytest.mark.parametrize("command", ["help", "?", "1.5", "9" * 5000])
def test_what_is_no_command_gets_the_keys(command) -> None:
    assert answers(f"{command}\n\n") == [BEGINNING[:-1], KEYS, STEP_1[:-1]]


def test_what_else_could_have_happened() -> None:
    assert answers("2\nw\n\n")[2:] == [OTHERS_2[:-1], "\n".join(shown(run(), 3))]
    (first,) = answers("1\nw\n")[2:]
    assert [line for line in first.splitlines() if not line.startswith("    ")] == [
        "in place of step 1, p1 multicasts a1 and crashes after 1 effect, this could have happened",
        "  requested by an application:",
        "  as a fault:",
    ]
    assert "    p1 multicasts a1 and crashes after 2 effects" in first.splitlines()
    assert answers("5\nw\n")[2] == "in place of step 5, p3 receives view v3 [p2, p3] from p2, nothing else could have happened"
    assert answers("w\n")[1] == "nothing has happened yet; w at step 1 lists what else could have come first"


class Terminal(io.StringIO):
    """A stream that says that a person types there."""

    def isatty(self) -> bool:
        return True


def test_a_person_is_prompted() -> None:
    assert answers("\nq\n", Terminal) == [BEGINNING[:-1], f"[{KEYS}] {STEP_1[:-1]}"]


# --- from the command line -------------------------------------------------------------------------------------------


def test_the_flag_steps_through_the_violation_that_is_told(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n"))
    monkeypatch.chdir(tmp_path)
    assert check_main(["--impl", "gms2", "--messages", "1", "--property", "agreement", "--interactive"]) == 13
    printed = capsys.readouterr().out
    assert printed.endswith(f"\n\n{BEGINNING}\n{STEP_1}\n")
    assert printed.startswith("gms2: VIOLATED")
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n"))
    assert main(["replay", "results/gms2-m1-agreement.txt", "--interactive", "--quiet"]) == 12
    assert capsys.readouterr().out.endswith(f"\n\n{BEGINNING}\n{STEP_1}\n")


def test_where_nothing_is_violated_there_is_nothing_to_step_through(capsys) -> None:
    assert check_main(["--impl", "gms2", "--messages", "0", "--quiet", "--interactive"]) == 0
    assert capsys.readouterr().out.endswith("\n\nNothing is violated: there is no run to step through.\n")


def test_it_cannot_be_had_as_json(capsys) -> None:
    assert check_main(["--impl", "gms2", "--format", "json", "--interactive"]) == 2
    assert "--interactive: not allowed with argument --format" in capsys.readouterr().err


def test_a_run_that_never_ends_says_what_repeats(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("2\n"))
    words = "--impl tests.support.planted:Endless --nodes 1 --messages 1 --crashes 0 --property validity --quiet --interactive"
    assert check_main(words.split()) == 13
    assert re.sub(r" *at: +planted.py:\d+\n", "", capsys.readouterr().out).endswith(
        "\nstep 2 of 2: p1 receives again from p1\n  done:  sends again to p1\n  queue: p1 to p1: again\n"
        "  light: validity: open -> VIOLATED (not claimed): p1 never delivered a1, which it multicast itself\n"
        "  what comes after step 1 repeats forever\n\n"
    )
