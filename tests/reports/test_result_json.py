"""The machine-readable result, and the files that reports are written to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from groupy_check.checker.runs.recorder import Recorder
from groupy_check.groupy_model.actions import Crash, Handle
from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.events import Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Coverage, Extent, Finding, Kind, Result, Verdict, Witness
from groupy_check.reports.atomic_write import write_bytes, write_text
from groupy_check.reports.formats.result_json import JsonExtras, result_to_json

P1, P2 = Node(1), Node(2)
SCENARIO = Scenario(nodes=2, messages=1, timeouts=3)
CHANGE = Change(P1, 1)
TRACE = Recorder(Gms2(), SCENARIO).record([Handle(P1, Multicast(CHANGE)), Crash(P1)])
WITNESS = Witness("p2 never delivers a1", (P1, P2), (CHANGE, "raw"), (View(1, (P1, P2)),))
RESULT = Result(
    "gms2",
    SCENARIO,
    Coverage(Extent.BOUNDED, 40, 20, 5, 9, 3, 0.25, "the time limit of 1 s"),
    (
        Finding("agreement", Kind.LIVENESS, True, Verdict.VIOLATED, True, WITNESS, TRACE),
        Finding("integrity", Kind.SAFETY, False, Verdict.NOT_FOUND, False),
        Finding("accuracy", Kind.SAFETY, True, Verdict.HOLDS, True),
    ),
    ("integrity was never put to the test.",),
)


def test_the_whole_document() -> None:
    text = result_to_json(RESULT, 13, JsonExtras(pictures={"z": "z.svg", "agreement": "results/agreement.svg"}))
    assert json.loads(text) == {
        "format": 2,
        "protocol": "gms2",
        "scenario": {
            "nodes": 2, "messages": 1, "crashes": 1, "joins": 0, "leaves": 0, "drops": 0, "duplicates": 0, "suspicions": 0,
            "partitions": 0, "timeouts": 3, "detector": "perfect", "order": "fifo", "timing": "at-rest", "beginning": "formed",
            "fairness": "mailbox", "worker": False, "recoveries": 0, "spurious": 0, "partition_kind": "complete",
            "cut_off": "lost",
        },
        "verdict": "VIOLATED",
        "exit_code": 13,
        "coverage": {
            "extent": "BOUNDED", "generated": 40, "distinct": 20, "left": 5, "depth": 9, "at_rest": 3, "seconds": 0.25,
            "bound": "the time limit of 1 s", "engine": "reference", "missed": 0.0, "fingerprint_bits": 0,
            "bytes_per_state": 0.0,
        },
        "findings": [
            {
                "name": "agreement", "kind": "liveness", "claimed": True, "verdict": "violated", "exercised": True,
                "witness": {
                    "text": "p2 never delivers a1", "processes": ["p1", "p2"], "payloads": ["a1", "raw"],
                    "views": ["v1 {p1,p2}"],
                },
                "length": 2, "steps": ["p1 multicasts a1", "p1 crashes"],
            },
            {
                "name": "integrity", "kind": "safety", "claimed": False, "verdict": "not_found", "exercised": False,
                "witness": None, "length": None, "steps": None,
            },
            {
                "name": "accuracy", "kind": "safety", "claimed": True, "verdict": "holds", "exercised": True,
                "witness": None, "length": None, "steps": None,
            },
        ],
        "warnings": ["integrity was never put to the test."],
        "pictures": {"agreement": "results/agreement.svg", "z": "z.svg"},
    }  # fmt: skip
    assert text.startswith('{\n  "format": 2,\n  "protocol": "gms2",\n')
    assert text.endswith('  "pictures": {\n    "agreement": "results/agreement.svg",\n    "z": "z.svg"\n  }\n}\n')


def test_the_other_verdict() -> None:
    findings = (RESULT.findings[0], replace(RESULT.findings[1], verdict=Verdict.HOLDS))
    result = Result("gms2", SCENARIO, Coverage(Extent.EXHAUSTED, 1, 1, 0, 0, 1, 0.0), findings)
    document = json.loads(result_to_json(result, 12, JsonExtras(("integrity",), expected={"agreement": Verdict.HOLDS})))
    assert (document["verdict"], document["coverage"]["bound"], document["warnings"]) == ("OK", "", [])
    assert document["coverage"]["extent"] == "EXHAUSTED"
    assert document["expectations"] == [{"property": "agreement", "expected": "holds", "found": "violated", "met": False}]


# --- files appear whole or not at all --------------------------------------------------------------------------------


def test_a_written_file_reads_back_and_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text("old", encoding="utf-8")
    write_text(path, "a\r\né\ud800\n")
    assert path.read_bytes() == "a\r\né\\ud800\n".encode()
    write_bytes(path, b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write_bytes(tmp_path / "folder", b"x")
    with pytest.raises(FileNotFoundError):
        write_bytes(tmp_path / "missing" / "file", b"x")
    with pytest.raises(NotADirectoryError):
        write_bytes(Path(__file__) / "file", b"x")
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    write_bytes(tmp_path / "new", b"x")
    assert (tmp_path / "new").stat().st_mode == usual.stat().st_mode
