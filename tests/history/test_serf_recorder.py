"""The recorder of Serf, with a program called serf that says what a test wants; and what cannot be recorded."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from groupy_check.checker.history.recorders import cpg
from groupy_check.checker.interfaces.cli import main

SERF = """#!/bin/sh
cd {folder}
case $1 in
    info) cat info ;;
    members) cat members ;;
    monitor) cat monitor ;;
esac
"""
MEMBERS = [("n2", "alive"), ("n1", "alive"), ("n3", "failed"), ("n4", "left")]


@pytest.fixture
def serf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder whose files are what the agent says; the monitor ends with its file, as when the agent has gone."""
    program = tmp_path / "bin" / "serf"
    program.parent.mkdir()
    program.write_text(SERF.format(folder=tmp_path), "utf-8")
    program.chmod(0o755)
    (tmp_path / "info").write_text('{"agent": {"name": "n1"}, "tags": {}}', "utf-8")
    members = [{"name": name, "status": status, "tags": {}} for name, status in MEMBERS]
    (tmp_path / "members").write_text(json.dumps({"members": members}), "utf-8")
    (tmp_path / "monitor").write_text("serf: EventMemberJoin: n2 10.9.0.2\n", "utf-8")
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def recorded(folder: Path) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in (folder / "results" / "serf-n1.jsonl").read_bytes().splitlines()]
    return [{name: value for name, value in line.items() if name not in ("time", "process")} for line in lines[1:]]


VIEW = {"event": "view", "view": "ca3eeaaa", "members": ["n1", "n2"]}


def test_the_view_is_whom_the_agent_takes_for_alive(serf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "serf"]) == 0
    assert recorded(serf) == [{"event": "start"}, VIEW, {"event": "crash"}]
    assert capsys.readouterr().out.splitlines()[1:] == [
        "ended by itself: the agent has gone",
        "3 events: results/serf-n1.jsonl",
    ]


def test_an_agent_that_says_so_before_it_goes_has_left(serf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (serf / "monitor").write_text("agent: requesting graceful leave from Serf\n", "utf-8")
    assert main(["record", "serf"]) == 0
    assert recorded(serf) == [{"event": "start"}, VIEW, {"event": "leave"}]
    assert "ended by itself: the agent has left the cluster\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["serf"], 151, "groupy: results/serf-n1.jsonl is there already, of another run; move it away, or name another --out"),
        (["serf", "--rate", "5"], 2, "groupy: --rate is for corosync, not for serf; leave it out"),
        (["corosync", "--script", "x"], 2, "groupy: --script is for a FILE.erl, not for corosync; leave it out"),
        (["gms1.erl", "--group", "g"], 2, "groupy: --group is for corosync, not for gms1.erl; leave it out"),
        (["corosync", "--rate", "-1"], 2, "from 0 to 100,000 multicasts a second, not -1; see groupy record --help"),
        (["corosync", "--rate", "much"], 2, "'much' is not a number; see groupy record --help"),
        (["corosync", "--group", "x" * 128], 151, "': the name of a group has from 1 to 127 bytes"),
        (["corosync"], 151, "groupy: this needs Corosync, and its libnone.so is not found; install it (Debian and Ubuntu: apt"),
    ],
)
def test_what_it_refuses_is_one_line(
    words: list[str], status: int, says: str, serf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cpg, "LIBRARY", "libnone.so")
    monkeypatch.setattr(cpg, "NO_LIBRARY", cpg.NO_LIBRARY.replace("libcpg.so.4", "libnone.so"))
    (serf / "results").mkdir()
    (serf / "results" / "serf-n1.jsonl").touch()
    assert main(["record", *words]) == status
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


def test_without_an_agent_or_without_serf_nothing_is_recorded(
    serf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (serf / "info").unlink()
    assert main(["record", "serf"]) == 151
    assert "no agent of Serf answers at 127.0.0.1:7373; start one (serf agent), or name its --rpc" in capsys.readouterr().err
    (serf / "info").write_text("no JSON", "utf-8")
    assert main(["record", "serf"]) == 151
    assert "no agent of Serf answers" in capsys.readouterr().err
    monkeypatch.setenv("PATH", str(serf))
    assert main(["record", "serf"]) == 151
    assert "install it (Debian and Ubuntu: apt install serf)" in capsys.readouterr().err
    assert not (serf / "results").exists()
