"""What people type: it works, or the answer says what to type instead."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from groupy_check.checker.checking.engine import Means
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.checker.interfaces.commands.check import tell_how_to_go_on

QUICK = ["-n", "2", "-m", "1", "-c", "0", "-q"]
FINE = "gms1: OK, 13 of 13 claimed properties hold, 3 not put to the test (all reachable states seen)\n"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("words", [["gms1"], ["--impl", "gms1"], ["GMS1"], ["--impl", "Gms1"]])
def test_a_protocol_is_named_in_these_ways(words, capsys):
    assert check_main([*words, *QUICK]) == 0
    assert main(["check", *QUICK, *words]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert first.startswith("gms1: OK, ")


def test_names_of_properties_and_words_are_known_whatever_their_case(capsys):
    words = ["gms1", *QUICK, "--property", "Agreement", "--expect", "AGREEMENT:Holds", "--order", "FIFO", "--format", "JSON"]
    assert check_main(words) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "OK"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["chekc", "gms2"], "groupy: unknown command 'chekc': did you mean check? See groupy --help\n"),
        (["gms2"], "groupy: gms2 is a protocol: type groupy check gms2 to check it; see groupy --help\n"),
        (["check", "gsm2"], "groupy: unknown protocol 'gsm2': did you mean gms2? Your own protocol: ./gsm2.py\n"),
        (
            ["check", "gms2", "--mesages", "1"],
            "groupy: unrecognized arguments: --mesages 1 (did you mean --messages?); see groupy check --help\n",
        ),
        (["hunt", "gms2", "-nodes", "3"], "groupy: -nodes: did you mean --nodes? see groupy hunt --help\n"),
        (["hunt"], "groupy: which protocol? groupy hunt gms2, for example; groupy list shows them all\n"),
        (
            ["check", "gms2", "--impl", "gms3"],
            "groupy: which protocol? gms2 and --impl gms3 are two; leave one of them out\n",
        ),
        (["list", "agreemnt"], "groupy: unknown name 'agreemnt': did you mean agreement?\n"),
    ],
)
def test_what_is_mistyped_is_answered_with_the_likeliest_word(words, answer, capsys):
    assert main(words) in (2, 150, 151)
    assert capsys.readouterr() == ("", answer)


@pytest.mark.parametrize("name", ["gms2.rb", "./gms2.rb"])
def test_a_file_that_is_not_python_is_answered_by_what_one_can_do(name, capsys):
    Path("gms2.rb").write_text("module GMS2", encoding="utf-8")
    assert check_main([name]) == 150
    err = capsys.readouterr().err
    assert "gms2.rb: this is not a Python file, and only those can be read" in err
    assert "`class Mine(Gms2)`" in err


def test_a_file_named_without_its_ending(capsys):
    Path("mine.py").write_text("", encoding="utf-8")
    assert check_main(["mine"]) == 150
    assert capsys.readouterr().err == "groupy-check: unknown protocol 'mine'; for the file, write ./mine.py\n"


def test_without_a_word_the_five_commands_to_try_are_shown(capsys):
    assert main([]) == 0
    out = capsys.readouterr().out
    commands = [line.split()[:2] for line in out.splitlines() if line.startswith("  groupy ")]
    assert commands == [["groupy", name] for name in ("check", "explore", "hunt", "diff", "list")]


@pytest.mark.parametrize("command", ["check", "hunt", "prove", "list", "simulate"])
def test_help_begins_with_three_examples(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    usage, empty, meaning, empty_too, *examples = capsys.readouterr().out.splitlines()[:7]
    assert usage.startswith("usage: ")
    assert (empty, empty_too) == ("", "")
    assert meaning.endswith("For example:")
    assert all(line.startswith(f"  groupy {command}") for line in examples)


def test_the_version_is_told(capsys):
    for command in (main, check_main):
        with pytest.raises(SystemExit) as end:
            command(["--version"])
        assert end.value.code == 0
        assert capsys.readouterr().out.startswith("groupy-check ")


def test_the_shell_completes_names_of_protocols(tmp_path):
    # As argcomplete's shell function calls it: the answer comes on descriptor 8.
    line = "groupy-check gms3-f"
    environment = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE_IFS": "\n"}
    code = "import sys; sys.argv[0] = 'groupy-check'; from groupy_check.checker.interfaces.cli import check_main; check_main()"
    script = 'exec 8>"$0"; exec "$@" 8>&8 9>/dev/null'
    words = ["sh", "-c", script, str(tmp_path / "answer"), sys.executable, "-c", code]
    subprocess.run(words, env={**__import__("os").environ, **environment}, timeout=60, check=False, capture_output=True)
    assert (tmp_path / "answer").read_text(encoding="utf-8").split() == ["gms3-fixed"]


# --- expectations ----------------------------------------------------------------------------------------------------------


def test_expectations_are_answered_one_by_one_and_in_the_last_line(capsys):
    words = ["gms2", "-m", "1", "-e", "agreement:violated", "-e", "integrity:holds"]
    assert check_main(words) == 0
    *_, first, second, last = capsys.readouterr().out.splitlines()
    assert first == "met:     agreement is violated, as expected"
    assert second == "met:     integrity holds, as expected"
    assert last == "2 of 2 expectations met"
    assert check_main([*words[:3], "-e", "agreement:holds", "-e", "integrity:holds", "-q"]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == ["1 of 2 expectations met"]


def test_what_was_never_put_to_the_test_is_not_what_was_expected(capsys):
    assert check_main(["gms2", "-m", "1", "-e", "total-order:holds"]) == 1  # of one message there is but one order
    *_, told, last = capsys.readouterr().out.splitlines()
    assert told == "NOT MET: total-order was expected to hold, but was never put to the test"
    assert last == "0 of 1 expectation met"


def test_what_was_expected_is_not_red(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    check_main(["gms2", "-m", "1", "-p", "agreement", "-e", "agreement:violated"])
    assert "\x1b[1;31mVIOLATED" not in capsys.readouterr().out
    check_main(["gms2", "-m", "1", "-p", "agreement"])
    assert "\x1b[1;31mVIOLATED" in capsys.readouterr().out


def test_quiet_json_is_json(capsys):
    assert check_main(["gms2", "-m", "1", "-q", "--format", "json", "-e", "agreement:holds"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["verdict"], document["coverage"]["extent"], document["exit_code"]) == ("VIOLATED", "EXHAUSTED", 1)
    assert document["expectations"] == [{"property": "agreement", "expected": "holds", "found": "violated", "met": False}]


# --- the first line --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["gms2"], "gms2: VIOLATED 6 of 13 claimed properties (all reachable states seen)"),
        (["gms3"], "gms3: OK, 13 of 13 claimed properties hold (all reachable states seen)"),
        (["gms3", "--max-states", "1000"], "gms3: NOT DECIDED, no violation found (stopped at 1,000 distinct states)"),
        (["gms2", "--depth", "5"], "gms2: VIOLATED 5 of 13 claimed properties, 8 left open (stopped at depth 5)"),
        (["gms2", "-p", "agreement"], "gms2: VIOLATED agreement (stopped there, not all states seen)"),
        (["gms3", "-p", "agreement", "-m", "1"], "gms3: OK, agreement holds (all reachable states seen)"),
        (
            ["gms1", "-n", "1", "-p", "total-order"],
            "gms1: OK, total-order holds, not put to the test (all reachable states seen)",
        ),
    ],
)
def test_it_says_pass_or_fail_and_how_much_was_seen(words, line, capsys):
    check_main([*words, "-q"])
    assert capsys.readouterr().out == f"{line}\n"


# --- files -----------------------------------------------------------------------------------------------------------------


def test_two_scenarios_have_files_of_their_own_and_older_pictures_are_told(capsys):
    check_main(["gms2", "-m", "1", "-p", "agreement"])
    check_main(["gms2", "-p", "agreement"])
    assert {path.name for path in Path("results").glob("*.svg")} == {"gms2-m1-agreement.svg", "gms2-agreement.svg"}
    Path("results/gms3-m1-agreement.svg").write_text("", encoding="utf-8")  # as if gms3 had been mended since
    capsys.readouterr()
    check_main(["gms3", "-m", "1", "-p", "agreement"])
    told = "Left from an earlier run (this one does not violate it): results/gms3-m1-agreement.svg."
    assert told in capsys.readouterr().out.splitlines()
    check_main(["gms3", "-m", "1", "-p", "agreement", "--max-states", "5"])
    assert told.replace("does not violate", "did not find") in capsys.readouterr().out.splitlines()
    Path("results/gms2-m1-fifo.svg").write_text("", encoding="utf-8")
    main(["replay", "results/gms2-m1-agreement.txt", "-p", "fifo"])  # of other runs it knows nothing
    assert "older" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("check", "nope"), "unknown protocol 'nope': there are gms1, gms2, "),
        (("judge", "--claims", "EVSS", "x.log"), "--claims: unknown kind of system 'EVSS': did you mean evs?"),
        (("prove", "GMS3-fixd"), "unknown proof of 'GMS3-fixd': did you mean gms3-fixed? groupy check explores any protocol"),
        (("check", "gms2", "-P", "agreement"), "unrecognized arguments: -P agreement (did you mean -p?)"),
    ],
)
def test_advice_is_short_and_whatever_the_case(words, told, capsys):
    assert main(words) in (2, 150, 151)
    said = capsys.readouterr().err
    assert said.startswith(f"groupy: {told}")
    assert len(said) < 250  # and not all of 76 names


def test_what_is_saved_says_how_to_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One process or many: both have left something there that a search can go on from."""
    for means, told in (
        (Means(checkpoint=tmp_path), f"--resume {tmp_path} instead of --checkpoint {tmp_path}."),
        (Means(resume=tmp_path, cluster="local:2"), f"--resume {tmp_path} again."),
    ):
        for name in ("checkpoint.json", "cluster.json"):
            (tmp_path / name).touch()
            tell_how_to_go_on(means)
            assert capsys.readouterr().out == f"The search is saved: go on with the same command, with {told}\n"
            (tmp_path / name).unlink()
        tell_how_to_go_on(means)  # nothing was saved yet
    tell_how_to_go_on(Means())
    assert capsys.readouterr().out == ""
