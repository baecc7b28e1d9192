"""`groupy judge`, `judge` from Python, and the fixture: logs of real systems from the outside."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from groupy_check import UsageError, judge
from groupy_check.checker.history.log_format import schema
from groupy_check.checker.interfaces.assertions import Groupy
from groupy_check.checker.interfaces.cli import main
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.reports.tables.log_verdicts import print_log_result
from tests.support.logs import encoded, right_log

TRIO = ["p1 view 1 p1,p2,p3", "p2 view 1 p1,p2,p3", "p3 view 1 p1,p2,p3"]
CUT = [*TRIO, "p1 multicast a", "p1 deliver a", "p2 deliver a", "p1 crash", "p2 view 2 p2,p3", "p3 view 2 p2,p3"]
PROGRAM = [sys.executable, "-c", "import sys; from groupy_check.checker.interfaces.cli import main; sys.exit(main())", "judge"]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("cut.jsonl")
    path.write_bytes(encoded(CUT))
    return path


def test_a_violation_is_told_by_file_and_line_and_drawn(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", str(log), "--property", "virtual-synchrony"]) == 12
    out = capsys.readouterr().out
    first, second, *_ = out.splitlines()
    assert first == "cut.jsonl: VIOLATED virtual-synchrony, judged as primary (primary-partition virtual synchrony)"
    assert second == "9 events of 3 processes"
    assert "p2 and p3 both moved from v1 to v2, but p2 delivered a in v1 and p3 did not" in out
    assert "  cut.jsonl:6: p2 delivered a\n" in out
    assert sorted(path.name for path in Path("results").iterdir()) == [
        f"cut-virtual-synchrony.{kind}" for kind in ("dot", "html", "svg")
    ]
    page = Path("results/cut-virtual-synchrony.html").read_text("utf-8")
    assert "<svg" in page
    assert "<td>cut.jsonl</td><td>6</td><td>p2 delivered a</td>" in page
    assert "<script" not in page


def test_what_the_kind_of_system_does_not_promise_is_not_in_red(log: Path) -> None:
    log.write_bytes(encoded(["p2 multicast b" if line == "p1 crash" else line for line in [*CUT, "p2 deliver b"]]))  # in view 2
    shown = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=120)
    print_log_result(shown, judge(log), {})
    assert isinstance(shown.file, io.StringIO)
    claimed, _, others = shown.file.getvalue().partition("Not claimed, so not counted: nobody promised these")
    others, _, told = others.partition("Violated, but not claimed")
    assert "31mVIOLATED" in claimed
    assert "VIOLATED" in others
    assert "31m" not in others  # however bold or dim
    assert "31m" in told


def test_the_exit_status_is_the_verdict(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", str(log), "--quiet", "--property", "self-inclusion"]) == 0
    assert main(["judge", str(log), "--quiet", "--property", "agreement"]) == 3
    assert main(["judge", str(log), "--quiet", "--property", "agreement", "--at-rest", "--silent", "correct"]) == 13
    assert main(["judge", str(log), "--quiet", "--claims", "nonsense"]) == 151
    assert main(["judge", "--quiet"]) == 151
    assert main(["judge", "none.jsonl"]) == 151
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("groupy: --claims: unknown kind of system 'nonsense': ")
    assert told[1:] == [
        "groupy: which log? name its files, or - for standard input",
        "groupy: none.jsonl: No such file or directory; name the files of a log",
    ]


def test_a_line_that_cannot_be_read_is_told_and_the_rest_is_judged(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.jsonl").write_bytes(b"{}\n")
    assert main(["judge", str(log), "bad.jsonl", "--quiet", "--property", "self-inclusion"]) == 151
    assert main(["judge", str(log), "bad.jsonl", "--quiet", "--property", "virtual-synchrony"]) == 12
    reason = "not an event of groupy-log 1: Object missing required field `process`; groupy judge --schema prints the format"
    assert capsys.readouterr().err.splitlines() == [f"groupy judge: bad.jsonl:1: {reason}"] * 2


def test_json_has_every_verdict_with_its_lines(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", str(log), "--format", "json", "--claims", "atomic"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert (document["format"], document["events"], document["processes"], document["exit_code"]) == (1, 9, 3, 3)
    found = {finding["name"]: finding for finding in document["findings"]}
    assert len(found) == 33
    assert found["virtual-synchrony"]["places"][-1] == {"file": "cut.jsonl", "line": 9, "words": "p3 installed v2 {p2,p3}"}
    assert found["progress"]["verdict"] is None
    assert found["progress"]["unjudged"] == "a log does not show what would become of a further multicast"


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "--schema"]) == 0
    assert capsys.readouterr().out == schema()


def test_what_is_exported_for_shiviz_is_read_again(log: Path) -> None:
    (log.parent / "right.jsonl").write_bytes(encoded(right_log(1)))
    for name in (str(log), "right.jsonl"):
        assert main(["judge", name, "--quiet", "--export-shiviz", "shiviz.log"]) in (0, 3, 12)
        one, other = (judge(path, silent="correct", at_rest=True) for path in (name, "shiviz.log"))
        assert (one.events, one.processes) == (other.events, other.processes)
        assert [(f.verdict, f.witness) for f in one.findings] == [(f.verdict, f.witness) for f in other.findings]
    event, words = re.findall(r"(.*)\n(.*)\n", Path("shiviz.log").read_text("utf-8"))[3]
    assert (event, words) == ('p3 {"p3": 2}', '{"event": "multicast", "payload": "m1"}')


def test_clocks_say_what_happened_before(log: Path) -> None:
    assert main(["judge", str(log), "--quiet", "--export-shiviz", "shiviz.log"]) == 12
    lines = Path("shiviz.log").read_text("utf-8").splitlines()
    delivered = lines[lines.index('{"event": "deliver", "payload": "a"}', lines.index('p2 {"p2": 1}')) - 1]
    clocks = {lines[at - 1] for at, words in enumerate(lines) if words == '{"event": "deliver", "payload": "a"}'}
    assert delivered in clocks
    assert clocks == {'p1 {"p1": 3}', 'p2 {"p2": 2, "p1": 2}'}


def test_other_logs_for_shiviz_are_notes(log: Path) -> None:
    Path("other.log").write_text('p1 {"p1": 1}\nsent a message\np2 {"p2": 1, "p1": 1}\n', "utf-8")
    assert judge("other.log").events == 1
    assert log.exists()


def test_from_python_a_result_is_as_on_the_command_line(log: Path) -> None:
    result = judge(log, silent="correct", at_rest=True)
    assert result.finding("agreement").witness.text == "p3 never delivered a, which p2 delivered in v1 {p1,p2,p3}"
    assert repr(result).endswith("; violated: agreement, virtual-synchrony>")
    assert "  cut.jsonl:6: p2 delivered a\n" in str(result)
    with pytest.raises(UsageError, match="ask for it with properties="):
        judge(log, properties=["integrity"]).judged("agreement")
    with pytest.raises(UsageError, match="unknown silence 'maybe'"):
        judge(log, silent="maybe")


def test_the_fixture_judges_logs(log: Path, groupy: Groupy) -> None:
    Path("short.jsonl").write_bytes(encoded(CUT[:5]))
    checked = groupy.judge(log, silent="correct", at_rest=True)
    checked.assert_violated("agreement", "virtual-synchrony")
    checked.assert_holds("self-inclusion")
    with pytest.raises(AssertionError, match=r"cut.jsonl:6: p2 delivered a"):
        checked.assert_holds()
    with pytest.raises(AssertionError, match=r"sending-view-delivery: holds \(not put to the test\), and should hold"):
        groupy.judge("short.jsonl").assert_holds("sending-view-delivery")
    with pytest.raises(AssertionError, match="full flight"):
        groupy.judge(log).assert_holds("agreement")


def test_a_user_s_own_property_judges_a_log(log: Path) -> None:
    Path("mine.py").write_text(
        "from groupy_check import Kind, Requirement, Witness\n\n\n"
        "class Quiet(Requirement):\n"
        '    """nobody crashes"""\n\n'
        "    kind = Kind.SAFETY\n\n"
        "    def judge(self, history):\n"
        "        gone = [life.node for life in history.lives if not life.up]\n"
        '        return Witness(f"{gone[0]} has gone", tuple(gone)) if gone else None\n',
        "utf-8",
    )
    finding = judge(log, properties=["./mine.py"], silent="correct").findings[0]
    assert (finding.verdict, finding.witness.text) == (Verdict.VIOLATED, "p1 has gone")


def test_a_growing_log_is_followed_until_it_ends(log: Path) -> None:
    with subprocess.Popen([*PROGRAM, "-", "--follow", "--quiet"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as following:
        assert following.stdin
        assert following.stdout
        following.stdin.write(log.read_bytes())
        following.stdin.flush()
        assert following.stdout.readline().startswith(b"virtual-synchrony VIOLATED: p2 and p3 both moved")
        following.stdin.close()
        rest = following.stdout.read().decode()
    assert "  standard input:6: p2 delivered a\n" in rest
    headline = "VIOLATED 1 of 10 properties, judged as primary (primary-partition virtual synchrony)"
    assert rest.endswith(f"standard input: {headline}\n")
    assert following.returncode == 12


def test_ctrl_c_ends_the_following_of_a_file_with_its_verdicts(log: Path) -> None:
    with subprocess.Popen([*PROGRAM, str(log), "--follow", "--quiet"], stdout=subprocess.PIPE) as following:
        assert following.stdout
        assert following.stdout.readline().startswith(b"virtual-synchrony VIOLATED")
        with log.open("ab") as more:
            more.write(encoded(["p2 deliver a"]))
        while b"no-duplication" not in following.stdout.readline():
            pass
        os.kill(following.pid, signal.SIGINT)
        rest = following.stdout.read().decode()
    assert rest.endswith("cut.jsonl: VIOLATED 3 of 10 properties, judged as primary (primary-partition virtual synchrony)\n")
    assert following.returncode == 12
