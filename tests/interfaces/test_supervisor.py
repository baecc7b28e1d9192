"""What Python cannot interrupt is ended from outside: the exit status, the one line, and what was found before are right."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

DRIVER = "import sys; from groupy_check.checker.interfaces.cli import check_main; sys.exit(check_main())"
ELECTION = """import atexit, ctypes, itertools, os, sys, threading, time
from groupy_check import Gms2

class Mine(Gms2):
    def election(self, slave):
        {body}
"""
CALL = "step(state=slave(p2, p1, [p2, p3], [p1, p2, p3], 2), event=down(p1))"
ENDLESS = "sum(itertools.repeat(1))"


def start(directory: Path, body: str, *words: str) -> subprocess.Popen[str]:
    """`groupy-check` on a protocol whose election is `body`, as a process of its own."""
    (directory / "mine.py").write_text(ELECTION.format(body=body))
    command = [sys.executable, "-c", DRIVER, "--impl", "./mine.py", "--property", "agreement", *words]
    return subprocess.Popen(command, cwd=directory, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_a_loop_in_c_is_ended_and_the_verdict_so_far_printed(tmp_path: Path) -> None:
    began = time.monotonic()
    status, out, err = ended(start(tmp_path, ENDLESS, "--time-limit", "2", "--format", "json"))
    assert time.monotonic() - began < 8
    assert status == 3
    assert err.startswith(f"groupy-check: {CALL} has not returned for ")
    assert err.endswith(" s and cannot be interrupted; it was ended\n")
    document = json.loads(out)
    assert (document["coverage"]["extent"], document["coverage"]["bound"], document["exit_code"]) == ("BOUNDED", "2 seconds", 3)
    assert document["coverage"]["distinct"] > 1
    assert CALL in document["warnings"][0]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("os._exit(0)", f"the program was ended from within {CALL}, with status 0, before any verdict; it was ended"),
        ("__import__('signal').raise_signal(9)", f"the program died of SIGKILL in {CALL}; it was ended"),
        ("__import__('faulthandler')._sigsegv()", f"the program died of SIGSEGV in {CALL}; it was ended"),
    ],
)
def test_a_handler_that_ends_the_program_is_no_pass(body: str, why: str, tmp_path: Path) -> None:
    assert ended(start(tmp_path, body)) == (150, "", f"groupy-check: {why}\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "os.abort()",
        "os._exit(3)",
        "os.execv('/bin/true', ['true'])",
        "threading.Thread(target=os._exit, args=(0,)).start(); time.sleep(5)",
        "signal = __import__('signal'); os.kill(os.getpid(), signal.SIGALRM); os.kill(os.getpid(), signal.SIGBUS)",
    ],
)
def test_nor_is_any_other_way_to_end_it(body: str, tmp_path: Path) -> None:
    status, out, err = ended(start(tmp_path, body))
    assert (status, out) == (150, "")
    assert err.count("\n") == 1
    assert CALL in err


@pytest.mark.slow
def test_memory_is_limited_also_within_a_call(tmp_path: Path) -> None:
    status, out, err = ended(start(tmp_path, "list(itertools.count())", "--memory-limit", "400", "--quiet"))
    assert (status, out) == (3, "./mine.py: NOT DECIDED, no violation of agreement found (stopped at 400 MB of memory)\n")
    assert "takes more memory than --memory-limit allows" in err


@pytest.mark.slow
def test_a_loop_in_c_is_named_after_a_while_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    process = start(tmp_path, ENDLESS)
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith(f"{CALL} has not returned for 1")
    process.send_signal(signal.SIGINT)
    status, out, err = ended(process)
    assert status == 3
    assert "(interrupted)" in out
    assert err.endswith("cannot be interrupted; it was ended\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "return super().election(slave)\n\nthreading.Thread(target=time.sleep, args=(1000,)).start()",
        "atexit.register(time.sleep, 1000); return super().election(slave)",
        "atexit.register(os._exit, 77); return super().election(slave)",
        "sys.setrecursionlimit(200); return super().election(slave)",
    ],
)
def test_what_a_user_has_left_behind_changes_nothing(body: str, tmp_path: Path) -> None:
    began = time.monotonic()
    status, out, _ = ended(start(tmp_path, body, "--nodes", "3", "--messages", "1"))
    assert status == 13
    assert time.monotonic() - began < 20
    assert "agreement  VIOLATED      5" in out


@pytest.mark.slow
def test_no_process_is_left_when_the_command_is_killed(tmp_path: Path) -> None:
    process = start(tmp_path, ENDLESS)
    assert process.stderr is not None
    assert process.stderr.readline().startswith(f"{CALL} has not returned for 1")
    (child,) = map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())
    process.kill()
    process.communicate()
    for _ in range(50):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("it goes on")


@pytest.mark.parametrize(
    "body",
    [
        "os.fork(); return super().election(slave)",
        pytest.param("os.fork() or print('me too'); return super().election(slave)", marks=pytest.mark.slow),
        pytest.param("os.close(os.forkpty()[1]); return super().election(slave)", marks=pytest.mark.slow),
        pytest.param(
            "mp = __import__('multiprocessing'); mp.get_context('fork').Process(target=print, args=('me',)).start(); "
            "return super().election(slave)",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "one = threading.Thread(target=os.fork); one.start(); one.join(); return super().election(slave)",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_handler_makes_no_copy_of_the_program(body: str, tmp_path: Path) -> None:
    process = start(tmp_path, body, "--nodes", "3", "--messages", "1", "--quiet")
    status, out, err = ended(process)
    assert (status, out, err.count("\n")) == (150, "", 1)
    assert "cannot be used: it call" in err
