"""Files as ten students would write them, each with habits of its own: Erlang compiles them, and each gets its verdict."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from groupy_check.groupy_model.observations import Ended
from groupy_check.reports.wording.explain import explain
from tests.support.exploring import explored, violated

STUDENTS = Path(__file__).parent / "cases/students"
ONE = {"messages": 1}

# Each with the scenario, how many states it has, and the lengths of the violations of what it claims.
EXPECTED: dict[str, tuple[dict[str, Any], int, dict[str, int]]] = {
    # gms3 with its state in a map, as many states as with pairs; the messages are maps, too
    "maps_gms": (ONE, 179, {}),
    # everybody watches everybody, so that there are more states, and the members are pairs
    "pairs": (ONE, 353, {}),
    # a view is not repeated: p3 has it from p2, which dies before p4 has it, and waits for the number
    "records": ({"nodes": 4, "messages": 0, "crashes": 2}, 112, {"progress": 7}),
    # a message for each slave in a process of its own: the leader delivers before any is sent
    "forwarders": (ONE, 294, {"agreement": 8, "virtual-synchrony": 8, "same-view-delivery": 7, "synchrony": 8}),
    # a gen_server throws away what comes too early
    "callbacks": (ONE, 210, {"agreement": 7, "synchrony": 7, "progress": 5}),
    # a print with ~s ends the slave that gets the next leader's messages early
    "chatty": (ONE, 170, {"agreement": 4, "synchrony": 3, "termination": 3}),
    # what is prepared by a leader that dies is forgotten
    "phases": (ONE, 274, {"agreement": 11, "virtual-synchrony": 11, "synchrony": 11}),
    # a slave that hears nothing in time takes over from a leader that is alive
    "heartbeats": ({"nodes": 2, "messages": 1, "crashes": 0, "timeouts": 2}, 46, {"accuracy": 1}),
    # no process of a slave's node is registered as the leader
    "registered": (ONE, 32, {"agreement": 2, "synchrony": 1, "progress": 0, "termination": 1}),
    # gms2 with links instead of monitors, and names at nodes instead of pids
    "on_nodes": (ONE, 239, {"agreement": 6, "virtual-synchrony": 5, "same-view-delivery": 4, "synchrony": 6}),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_a_student_gets_the_verdict_that_the_file_deserves(name):
    scenario, distinct, lengths = EXPECTED[name]
    found = explored(str(STUDENTS / f"{name}.erl"), **scenario)
    claimed = {finding.name for finding in found.findings if finding.claimed}
    assert {broken: length for broken, length in violated(found).items() if broken in claimed} == lengths
    assert found.coverage.distinct == distinct


@pytest.mark.skipif(shutil.which("erlc") is None, reason="needs Erlang (Debian's erlang-base)")
def test_erlang_compiles_them_all(tmp_path):
    files = sorted(STUDENTS.glob("*.erl"))
    assert {file.stem for file in files} == set(EXPECTED)
    subprocess.run(["erlc", "-o", tmp_path, *files], check=True)


def ending(name: str) -> str:
    """The reason of the end that `termination` shows."""
    scenario, _, _ = EXPECTED[name]
    trace = explored(str(STUDENTS / f"{name}.erl"), **scenario).finding("termination").trace
    return next(entry.reason for life in trace.states[-1].processes for entry in life.log if isinstance(entry, Ended))


def test_an_end_says_in_words_what_badarg_does_not_say():
    assert ending("registered").endswith(": error badarg (no process of this node is registered as gms_leader)")
    assert ending("chatty").endswith(": error badarg (the format does not fit its arguments)")


def test_an_account_says_went_on_where_a_function_is_no_role():
    finding = explored(str(STUDENTS / "phases.erl"), messages=1).finding("agreement")
    assert finding.trace is not None
    text = explain(finding.trace, finding.witness)
    assert "p1 multicast a1: it went on to agree and sent" in text
    assert "became the leader" in text
