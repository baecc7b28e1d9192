"""`groupy record`: the files that it writes, and what it refuses."""

from __future__ import annotations

import json
import shutil

import pytest

from groupy_check.checker.interfaces.cli import main
from tests.erlang.test_teaching_files import FILES

needs_erlang = pytest.mark.skipif(not (shutil.which("erl") and shutil.which("erlc")), reason="needs Erlang (erlang-base)")


@needs_erlang
def test_the_message_that_gms2_loses_is_in_the_log(tmp_path, capsys):
    out = tmp_path / "new" / "results"
    assert main(["record", str(FILES["gms2"]), "--out", str(out)]) == 0
    log, order = (out / "gms2-real.jsonl", out / "gms2-real-order.jsonl")
    events = [json.loads(line) for line in order.read_text().splitlines()]
    assert capsys.readouterr().out == f"{len(events)} events: {log}, {order}\nNext: groupy judge {log}\n"
    assert events[2] == {"number": 3, "event": "start", "process": "p2", "contact": "p1"}
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    delivered = [(line["process"], line["payload"]) for line in lines[1:] if line["event"] == "deliver"]
    assert delivered == [("p2", "a1"), ("p2", "b1"), ("p3", "b1")]
    assert [line["process"] for line in lines[1:] if line["event"] == "crash"] == ["p1"]


@needs_erlang
def test_a_script_of_ones_own(tmp_path, capsys):
    script = tmp_path / "script.txt"
    script.write_text("start p1\nmulticast p1 a1\n")
    assert main(["record", str(FILES["gms1"]), "--script", str(script), "--out", str(tmp_path)]) == 0
    assert [json.loads(line)["event"] for line in (tmp_path / "gms1-real.jsonl").read_text().splitlines()[1:]] == [
        "start", "multicast", "deliver",
    ]  # fmt: skip
    capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["./nowhere.erl"], 151, "groupy: cannot read nowhere.erl: No such file or directory; check the name"),
        (["{gms1}", "--script", "{bad}"], 151, "groupy: line 1 of the script: 'begin' is none of: start p1 · "),
        (["{gms1}", "--out", "{bad}"], 151, "is a file; name a directory"),
        ([], 2, "groupy: the following arguments are required: FILE.erl"),
    ],
)
def test_what_it_refuses_is_one_line(words, status, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad").write_text("begin\n")
    assert main(["record", *(word.format(gms1=FILES["gms1"], bad=tmp_path / "bad") for word in words)]) == status
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
