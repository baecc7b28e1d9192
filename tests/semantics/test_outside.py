"""What a handler does outside the program, or asks there, is refused by name, also where no two calls of it would differ."""

from __future__ import annotations

import cProfile
import sys
import time
from pathlib import Path

import pytest

from groupy_check.checker.errors import ProtocolError, UsageError
from groupy_check.checker.inputs.properties import load_property
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.semantics.purity.impure_calls import impure_call
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from tests.semantics.test_hidden_state import SMALL, searched, written

TOUCHES = {
    # files that are there already: what is in them outlives each search, and is the same for every interpreter
    "append": ("", "open('there.txt', 'a').write('x')", "opened there.txt for writing"),
    "append_by_number": ("", "os.open('there.txt', os.O_WRONLY)", "opened there.txt for writing"),
    "path": ("", "pathlib.Path('there.txt').write_text('x')", "opened there.txt for writing"),
    "read": ("", "open('there.txt').read()", "opened there.txt for reading"),
    "read_in_a_helper": ("def seen(): return open('there.txt').read()\n", "seen()", "opened there.txt for reading"),
    "swallowed": ("", "\n        with suppress(BaseException): open('there.txt', 'a')", "opened there.txt for writing"),
    "database": ("import sqlite3\n", "sqlite3.connect('there.db')", "called sqlite3.connect(there.db)"),
    "times": ("", "os.utime('there.txt')", "called os.utime(there.txt)"),
    "folder": ("", "os.chdir('.')", "called os.chdir(.)"),
    "listing": ("", "os.listdir('.')", "called os.listdir(.)"),
    "temporary": ("import tempfile\n", "tempfile.mkstemp()", "called tempfile.mkstemp("),
    "removed": ("", "os.remove('there.txt')", "called os.remove(there.txt)"),
    "environment_of_children": ("", "os.putenv('GROUPY_TEST', '1')", "called os.putenv(GROUPY_TEST)"),
    # others
    "process": ("import subprocess\n", "subprocess.run(['true'])", "called subprocess.Popen(true)"),
    "shell": ("", "os.system('true')", "called os.system(true)"),
    "signal": ("", "os.kill(os.getpid(), 0)", "called os.kill"),
    "network": ("import socket\n", "socket.socket()", "called socket.__new__"),
    "host": ("import socket\n", "socket.gethostname()", "called socket.gethostname"),
    "shared_memory": ("import mmap\n", "mmap.mmap(-1, 8)", "called mmap.__new__"),
    "question": ("", "input()", "called builtins.input"),
}
ASKS = {
    "clock": ("import time\n", "time.time_ns() % 10 ** 9 == 7", "time.time_ns()"),
    "clock_by_name": ("from time import monotonic\n", "monotonic() < 0", "time.monotonic()"),
    "clock_imported_late": ("", "__import__('sys'); import time; time.perf_counter()", "time.perf_counter()"),
    "date": ("import datetime\n", "datetime.datetime.now().year < 2000", "datetime.now()"),
    "seldom": ("", "random.random() < 1e-9", "random.random()"),
    "seeded_for_all": ("", "random.seed(1); random.random()", "random.seed()"),
    "entropy": ("", "os.urandom(8) == bytes(8)", "os.urandom()"),
    "secrets": ("import secrets\n", "secrets.token_bytes(8) == bytes(8)", "os.urandom()"),
    "uuid": ("import uuid\n", "uuid.uuid4().int == 0", "os.urandom()"),
    "process_number": ("", "os.getpid() == 1", "os.getpid()"),
    "file_is_there": ("", "os.path.exists('there.txt')", "os.stat()"),
    "path_is_there": ("", "pathlib.Path('there.txt').exists()", "os.stat()"),
    "thread": ("import threading\n", "threading.Thread(target=int).start()", "_thread.start_new_thread()"),
    "counter_of_a_cache": (
        "import functools\n@functools.cache\ndef f(n): return n\n",
        "f(1); f.cache_info().hits > 1000",
        "f.cache_info()",
    ),
    "mask": ("", "os.umask(0o22)", "os.umask()"),
    "number_of_a_file": ("FD = os.open('there.txt', os.O_RDWR)\n", "os.pwrite(FD, b'1', 0)", "os.pwrite()"),
    "back_at_its_place": ("F = open('there.txt', 'r+')\n", "F.seek(0); F.write('1'); F.seek(0)", "seek() of an open file"),
    "read_to_the_end": ("F = open('there.txt', buffering=1 << 9); F.read()\n", "F.read()", "read() of an open file"),
}
KEEPS = {
    "file": ("F = open('there.txt', 'w')\n", "print('x', file=F)", "the global F of {name}.py;"),
    "table": (
        "import sqlite3\nC = sqlite3.connect(':memory:')\nC.execute('create table t (x)')\n",
        "C.execute('insert into t values (1)')",
        "the global C of {name}.py;",
    ),
    "mapped": ("import mmap\nM = mmap.mmap(-1, 8)\n", "M[0] = 1", "the global M of {name}.py"),
    "view": ("M = memoryview(bytearray(1))\n", "M[0] = 1", "the global M of {name}.py"),
    "number_of_c": ("import ctypes\nN = ctypes.c_int(0)\n", "N.value = 1", "the global N of {name}.py"),
    "flag": ("import threading\nE = threading.Event()\n", "E.set()", "the global E._flag of {name}.py from False to True"),
    "lock": ("import threading\nL = threading.Lock()\n", "L.acquire(blocking=False)", "the global L of {name}.py"),
    "queue": ("import queue\nQ = queue.SimpleQueue()\n", "Q.put(1)", "the global Q of {name}.py;"),
}
CALM = {
    "read_at_the_import": ("TABLE = pathlib.Path('there.txt').read_text()\n", "len(TABLE)"),
    "imports": ("", "import colorsys, wave"),
    "source": ("import linecache\n", "linecache.clearcache(); linecache.getline(__file__, 1)"),
    "traceback": ("import traceback\n", "\n        try: 1 / 0\n        except ZeroDivisionError: traceback.format_exc()"),
    "log_file": ("logging.getLogger('m').addHandler(logging.FileHandler('log.txt'))\n", "logging.getLogger('m').error('sent')"),
    "standard_streams": ("import sys\nERR = sys.__stderr__\n", "print('sent', file=ERR); ERR.write(''); os.write(2, b'')"),
    "terminal": ("", "open('/dev/stderr', 'w').close()"),
    "seeded": ("", "random.Random(len(leader.slaves)).random()"),
    "names": ("class Clock:\n    time = 1\n", "Clock.time, leader"),
    "paths": ("", "os.path.join('a', 'b'), pathlib.Path('a') / 'b'"),
    "never_called": ("import time\ndef main(): print(time.time(), random.random(), open('there.txt'))\n", "pass"),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.txt").write_text("1", encoding="utf-8")
    Path("there.db").touch()


def refusal(folder: Path, name: str, before: str, does: str) -> str:
    protocol = written(folder, name, before=f"from contextlib import suppress\n{before}", does=does)
    with pytest.raises(ProtocolError) as refused:
        searched(protocol)
    for kept in vars(sys.modules[type(protocol).__module__]).values():
        if hasattr(kept, "fileno") or hasattr(kept, "total_changes"):
            kept.close()
    line = str(refused.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize("name", TOUCHES)
def test_what_is_done_outside_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    before, does, told = TOUCHES[name]
    line = refusal(tmp_path, f"touches_{name}", before, does)
    assert f"cannot be used: it {told}" in line
    assert f"at touches_{name}.py:" in line
    assert "; a handler is a pure function of its state and event" in line
    assert Path("there.txt").read_text() == "1"


@pytest.mark.parametrize("name", ASKS)
def test_what_a_handler_must_not_ask_is_refused_though_its_answer_is_always_the_same(name: str, tmp_path: Path) -> None:
    before, does, told = ASKS[name]
    line = refusal(tmp_path, f"asks_{name}", before, does)
    assert f"it calls {told} at asks_{name}.py:" in line
    assert "; a handler is a pure function of its state and event: delays are timers" in line


@pytest.mark.parametrize("name", KEEPS)
def test_what_an_object_of_the_library_keeps_is_refused(name: str, tmp_path: Path) -> None:
    before, does, told = KEEPS[name]
    assert f"it changed {told.format(name=f'keeps_{name}')}" in refusal(tmp_path, f"keeps_{name}", before, does)


@pytest.mark.parametrize("name", CALM)
def test_what_is_pure_is_let_through(name: str, tmp_path: Path) -> None:
    before, does = CALM[name]
    searched(written(tmp_path, f"calm_{name}", before=before, does=does))


def test_the_initial_state_is_made_of_nothing_outside(tmp_path: Path) -> None:
    fields = "def initial(self, me): open('there.txt'); return super().initial(me)"
    with pytest.raises(ProtocolError, match=r"initial\(p1\) opened there.txt for reading, at first.py:\d+; .* when it is imp"):
        searched(written(tmp_path, "first", fields=fields))


OWN = """import random
from groupy_check import *
class Mine(Requirement):
    "it holds"
    kind = Kind.SAFETY
    def judge(self, history):
        {does}
"""


@pytest.mark.parametrize(
    ("does", "told"),
    [
        ("open('there.txt')", "it opened there.txt for reading, at property.py:7"),
        ("random.random()", "it calls random.random() at property.py:7"),
    ],
)
def test_a_property_asks_nothing_outside_either(does: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "property.py").write_text(OWN.format(does=does), encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        Explorer(Gms2(), SMALL, [load_property(str(tmp_path / "property.py"))]).run()
    assert told in str(refused.value)


def asks_the_clock() -> float:
    return time.time()


def test_where_a_program_is_profiled_its_profiler_goes_on() -> None:
    """Handlers that name a clock are watched by a profiler, of which an interpreter has but one at a time."""
    with cProfile.Profile() as profile:
        assert impure_call(asks_the_clock).startswith("time.time() at test_outside.py:")
        sorted("after")
    assert "sorted" in " ".join(str(entry.code) for entry in profile.getstats())
