"""What a handler changes for the whole program, or in an object of a library, is noticed and called by its name.

The handlers of these protocols leave something behind that no attribute and no global of theirs holds: a limit, a level, a
filter, what is registered somewhere. They run in an interpreter of their own, since it stays changed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.specs.registry import PROPERTIES

SMALL = Scenario(nodes=2, messages=1, crashes=0)
MINE = """{before}
from groupy_check import Gms3
class Mine(Gms3):
    def announce(self, leader, message):
        {does}
        return super().announce(leader, message)
"""
ABSTRACT = "import abc\nclass Word(abc.ABC): pass\n"
METHOD = "import functools\nclass B:\n    @functools.singledispatchmethod\n    def f(self, x): return 0\n"
PARTS = "import xml.etree.ElementTree as T\nR = T.Element('a')\nT.SubElement(R, 'b')\n"
COROUTINE = "import types\n@types.coroutine\ndef wait():\n    while True: yield\nasync def f(): await wait()\nC = f()\n"
FROZEN = """import dataclasses
@dataclasses.dataclass(frozen=True)
class K:
    def __post_init__(self): object.__setattr__(self, 'm', 1)
"""
SHARED = "from multiprocessing import shared_memory\n"
# What is done before, what the handler does, and how that is called.
CHANGES = {
    "held_back": (
        "import logging.handlers as h\nH = h.MemoryHandler(100)\nL = h.logging.getLogger('m')\nL.addHandler(H)",
        "L.error('x')",
        "the global H of {name}.py;",
    ),
    # settings of the interpreter
    "recursion": ("import sys", "sys.setrecursionlimit(1234)", "sys.getrecursionlimit() from 1000 to 1234"),
    "by_another_name": ("from sys import setrecursionlimit as s", "s(1235)", "sys.getrecursionlimit() from 1234 to 1235"),
    "imported_late": ("", "import sys; sys.setrecursionlimit(1236)", "sys.getrecursionlimit() from 1235 to 1236"),
    "switches": ("import sys", "sys.setswitchinterval(0.25)", "sys.getswitchinterval() from 0.005 to 0.25"),
    "digits": ("import sys", "sys.set_int_max_str_digits(5000)", "sys.get_int_max_str_digits() from 4300 to 5000"),
    "path": ("import sys", "sys.path.append('/nowhere'); sys.path", "sys.path;"),
    "module": ("import sys", "sys.modules['left_behind'] = sys", "sys.modules;"),
    "error_hook": ("import sys", "sys.excepthook = print", "sys.excepthook from <built-in function excepthook> to"),
    "of_the_collector": ("import gc", "gc.callbacks.append(lambda *words: None)", "gc.callbacks from [] to a list"),
    "signal": ("import signal", "signal.signal(signal.SIGUSR1, signal.SIG_IGN)", "signal.getsignal();"),
    "thread": ("import threading", "threading.current_thread().left = 1", "threading.current_thread();"),
    # settings of the library
    "level": ("import logging\nL = logging.getLogger('x')", "L.setLevel(10)", "logging.getLogger();"),
    "level_of_another": ("import logging", "logging.getLogger('y').setLevel(10)", "logging.getLogger();"),
    "logged_to": ("import logging", "logging.getLogger('z').addHandler(logging.NullHandler())", "logging.getLogger();"),
    "not_logged": ("import logging", "logging.disable(50)", "logging.root.manager.disable from 0 to 50"),
    "name_of_a_level": ("import logging", "logging.addLevelName(7, 'left')", "logging.getLevelNamesMapping();"),
    "filters": ("import warnings", "warnings.simplefilter('ignore')", "warnings.filters;"),
    "filters_by_name": ("from warnings import simplefilter", "simplefilter('error')", "warnings.filters;"),
    "locale": ("import locale", "locale.setlocale(locale.LC_ALL, 'C.UTF-8')", "locale.setlocale(LC_ALL) from "),
    "precision": ("import decimal", "decimal.getcontext().prec = 5", "decimal.getcontext();"),
    "context": ("import decimal", "decimal.setcontext(decimal.Context(prec=7))", "decimal.getcontext();"),
    "flags_that_are_asked": (
        "import decimal as d", "d.Decimal(1) / d.Decimal(3); d.getcontext().flags", "decimal.getcontext().flags;",
    ),
    "how_to_pickle": ("import copyreg\nclass K: pass", "copyreg.pickle(K, str)", "copyreg.dispatch_table;"),
    "patience": ("import socket", "socket.setdefaulttimeout(3)", "socket.getdefaulttimeout() from None to 3.0"),
    "dialect": ("import csv", "csv.register_dialect('left', delimiter=';')", "csv.list_dialects();"),
    "width": ("import csv", "csv.field_size_limit(777)", "csv.field_size_limit() from 131072 to 777"),
    "type_of_a_file": ("import mimetypes\nmimetypes.init()", "mimetypes.add_type('a/b', '.left')", "mimetypes.types_map;"),
    "finalizer": ("import weakref\nclass K: pass\nk = K()", "weakref.finalize(k, int)", "weakref.finalize from "),
    "opener": ("import urllib.request as r", "r.install_opener(5); r._opener", "urllib.request._opener from None to 5"),
    "errors_of_numpy": ("import numpy as np", "np.seterr(all='ignore')", "numpy.geterr() from "),
    "width_of_numpy": ("import numpy as np", "np.set_printoptions(precision=2)", "numpy.get_printoptions();"),
    # attributes of modules and classes
    "attribute": ("import json", "json.left = 1", "json.left from nothing to 1"),
    "attribute_by_text": ("import json", "setattr(json, 'right', 1)", "json.right from nothing to 1"),
    "attribute_of_a_module_within": ("import os", "os.path.left = 1", "posixpath.left from nothing to 1"),
    "builtin": ("import builtins", "builtins.left = 1", "builtins.left from nothing to 1"),
    "number": ("import math", "math.pi = 3", "math.pi from 3.14159"),
    "class_in_a_module": ("import string", "string.Template.left = 1", "string.Template.left from nothing to 1"),
    "class": ("from string import Template", "Template.delimiter = '%'", "string.Template.delimiter from $ to %"),
    # what classes know of others
    "registered": (ABSTRACT, "Word.register(int)", "the registry of Word;"),
    "registered_in_the_library": ("import collections.abc as a\nclass K: pass", "a.Sequence.register(K)", "the registry of S"),
    "inheriting": ("class B: pass", "type('S', (B,), {}); B.__subclasses__()", "the subclasses of B;"),
    "dispatched": (METHOD, "vars(B)['f'].register(int, lambda self, x: 1)", "the registry of B.f;"),
    # objects of the library
    "mock": ("from unittest import mock\nM = mock.Mock()", "M(1)", "the global M._mock_"),
    "shared_number": ("import multiprocessing as m\nV = m.Value('i', 0)", "V.value = 1", "the global V._obj of {name}.py;"),
    "shared_numbers": ("import multiprocessing as m\nV = m.Array('i', 3)", "V[0] = 1", "the global V._obj"),
    "shared_memory": (f"{SHARED}S = shared_memory.SharedMemory('left', True, 8); S.unlink()", "S.buf[0] = 1", "the global S._"),
    "semaphore": ("import multiprocessing as m\nS = m.Semaphore(3)", "S.acquire(False)", "the global S._semlock of {name}.py;"),
    "digest": ("import hashlib\nH = hashlib.sha256()", "H.update(b'x')", "the global H of {name}.py;"),
    "packed": ("import zlib\nZ = zlib.compressobj()", "Z.compress(b'x')", "the global Z of {name}.py;"),
    "part": (PARTS, "R[0].text = 'left'", "the global R of {name}.py from "),
    "attribute_of_a_part": (PARTS, "R.set('k', 'v')", "the global R of {name}.py"),
    "own_context": ("import decimal\nC = decimal.Context(prec=5)", "C.prec = 9", "the global C of {name}.py;"),
    "own_variables": (
        "import contextvars as c\nV = c.ContextVar('v')\nC = c.copy_context()", "C.run(V.set, 1)", "the global C of {name}.py;",
    ),
    "future": (
        "import concurrent.futures as c\nF = c.Future()", "F.done() or F.set_result(1)", "the global F._state of {name}.py",
    ),
    "stack": ("import contextlib\nS = contextlib.ExitStack()", "S.callback(int)", "the global S._exit_callbacks of {name}.py"),
    "agenda": ("import sched\nS = sched.scheduler()", "S.enterabs(1, 1, print)", "the global S._queue of {name}.py from"),
    "graph": ("import graphlib as g\nS = g.TopologicalSorter()", "S.add(1, 2)", "the global S._node2info of {name}.py from"),
    "barrier": ("import threading\nB = threading.Barrier(2)", "B.abort()", "the global B._state of {name}.py from 0 to -2"),
    "letter": ("from email.message import Message as M\nE = M()", "E['x'] = '1'", "the global E._headers of {name}.py from"),
    "coroutine": (COROUTINE, "C.send(None)", "the global C of {name}.py;"),
    "table": ("import csv\nR = csv.reader('abcdefghijkl')", "next(R)", "the global R of {name}.py;"),
}  # fmt: skip
# What nothing would tell, or comes out the same in every interpreter of a machine: it is not to be called at all.
CALLS = {
    "collector": ("import gc", "gc.disable()", "gc.disable()"),
    "thresholds": ("from gc import set_threshold as s", "s(999)", "gc.set_threshold()"),
    "codec": ("import codecs", "codecs.register(lambda name: None)", "codecs.register()"),
    "error_of_a_codec": ("import codecs", "codecs.register_error('left', print)", "codecs.register_error()"),
    "at_the_end": ("import atexit", "atexit.register(int)", "atexit.register()"),
    "alarm": ("import signal", "signal.alarm(0)", "signal.alarm()"),
    "address": ("class A: pass\nclass B: pass", "id(A) < id(B)", "id()"),
}
CALM = {
    "decimal": ("import decimal\nC = decimal.Context(prec=5)", "C.divide(decimal.Decimal(1), 3); decimal.Decimal(1) / 3"),
    "decimal_for_a_while": ("import decimal", "\n        with decimal.localcontext() as c: c.prec = 50"),
    "warnings_for_a_while": (
        "import warnings", "\n        with warnings.catch_warnings(): warnings.simplefilter('ignore'); warnings.warn('x')",
    ),
    "numpy_for_a_while": ("import numpy as np", "\n        with np.errstate(all='ignore'): np.array([1.0]) / 0"),
    "logging": (
        "import logging\nlog = logging.getLogger('c'); log.setLevel(10); log.addHandler(logging.NullHandler())",
        "log.debug('x'); logging.getLogger('a.new.one').debug('y'); log.handlers; log.level",
    ),
    "registered_at_the_import": (f"{ABSTRACT}Word.register(int)", "import numbers; isinstance(message, Word)"),
    "addresses": (
        "import ipaddress as i\nN = i.ip_network('10.0.0.0/24')", "N.broadcast_address; N.hostmask; N.is_private; hash(N)",
    ),
    "digest": ("import hashlib\nB = hashlib.sha256(b'x')", "c = B.copy(); c.update(b'y'); c.digest(); B.hexdigest()"),
    "parts": (f"{PARTS}", "R.find('b').get('k'); [part.tag for part in R.iter()]; T.tostring(R)"),
    "arguments": ("import argparse\nP = argparse.ArgumentParser()", "P.parse_args([])"),
    "modules": ("import sys", "sys.modules[__name__].__doc__; import wave, colorsys; sys.path, sys.maxsize, sys.argv"),
    "frozen": (FROZEN, "K().m; vars(K())"),
    "attributes_of_its_own": ("class Box: pass", "b = Box(); b.left = 1; setattr(b, 'name', 2); b.path = 3"),
    "locks": ("import threading as t\nL = t.Lock(); C = t.Condition(); S = t.Semaphore(2)", "\n        with L, C, S: pass"),
    "shared": ("import multiprocessing as m\nV = m.Value('i', 3); A = m.Array('i', 3)", "V.value; list(A); V.get_lock()"),
    "result": ("from concurrent.futures import Future\nF = Future(); F.set_result(3)", "F.result(); F.done()"),
    "weak": (
        "import weakref\nclass K: pass\nk = K()\nW = weakref.WeakKeyDictionary({k: 1}); S = weakref.WeakSet([k])",
        "W[k]; k in S; list(W.items()); list(S)",
    ),
    "dispatch": (METHOD, "B().f(1); B().f('a')"),
    "printer": ("import pprint\nP = pprint.PrettyPrinter()", "P.pformat({1: [2]})"),
    "encoder": ("import json\nE = json.JSONEncoder(sort_keys=True)", "E.encode({'a': [1]}); json.dumps([1])"),
    "settings": (
        "import configparser\nC = configparser.ConfigParser(); C.read_string('[a]\\nb=1')", "C['a']['b']; C.getint('a', 'b')",
    ),
    "names_of_its_own": ("def id(n): return n\nclass V: id = 1", "id(1); V.id; getattr(V, 'id')"),
    "never_called": ("import sys, gc, atexit\ndef main(): sys.setrecursionlimit(9999); gc.disable()", "pass"),
}  # fmt: skip


def path_of(folder: Path, name: str) -> Path:
    return folder / f"{name}.py"


def tell(folder: str) -> None:
    """All that another interpreter does: by the name of each file what is said of it, "" for nothing."""
    said = {}
    for path in sorted(Path(folder).glob("*.py"), key=lambda path: path.stat().st_mtime_ns):
        said[path.stem] = ""
        try:
            Explorer(load_protocol(str(path)), SMALL, [PROPERTIES["integrity"]]).run()
        except ProtocolError as refused:
            said[path.stem] = str(refused)
    print(json.dumps(said), file=sys.__stdout__)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("program")
    for kind, cases in (("change", CHANGES), ("call", CALLS), ("calm", CALM)):
        for name, (before, does, *_) in cases.items():
            path_of(folder, f"{kind}_{name}").write_text(MINE.format(before=before, does=does), encoding="utf-8")
    asked = f"from tests.semantics.test_program_state import tell; tell({str(folder)!r})"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, timeout=120, check=True, cwd=Path(__file__).parents[2]
    )
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_for_the_whole_program_is_called_by_its_name(name: str, said: dict[str, str]) -> None:
    told = CHANGES[name][2].replace("{name}", f"change_{name}")
    line = said[f"change_{name}"]
    assert f"cannot be used: it changed {told}" in line
    assert "; whatever it keeps belongs into the state that it returns" in line
    assert "\n" not in line


@pytest.mark.parametrize("name", CALLS)
def test_what_nothing_tells_of_is_not_called(name: str, said: dict[str, str]) -> None:
    assert f"cannot be used: it calls {CALLS[name][2]} at call_{name}.py:" in said[f"call_{name}"]


@pytest.mark.parametrize("name", CALM)
def test_what_is_only_asked_or_set_for_a_while_is_let_through(name: str, said: dict[str, str]) -> None:
    assert said[f"calm_{name}"] == ""


COLLECTED = """
import gc, time
from groupy_check import Gms3
SEEN = []
def note(phase, info):
    SEEN.append(time.time())
gc.callbacks.append(note)
class Mine(Gms3):
    def announce(self, leader, message):
        for _ in range(2000): [].append([[]] * 3)
        kept = [[n] for n in range(3000)]
        return super().announce(leader, message)
    def main(self): time.time()
"""


def test_what_the_collector_calls_is_no_doing_of_a_handler(tmp_path: Path) -> None:
    """It collects whenever there is much to collect, in whatever call that is."""
    path_of(tmp_path, "collected").write_text(COLLECTED, encoding="utf-8")
    asked = f"from tests.semantics.test_program_state import tell; import gc; gc.set_threshold(50); tell({str(tmp_path)!r})"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, timeout=120, check=True, cwd=Path(__file__).parents[2]
    )
    assert json.loads(done.stdout.splitlines()[-1]) == {"collected": ""}


def test_a_refusal_is_seen_though_a_handler_has_replaced_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = MINE.format(before="import io, sys", does="sys.stderr = io.StringIO()")
    Path("mine.py").write_text(text, encoding="utf-8")
    assert check_main(["--impl", "./mine.py", "--nodes", "2", "--messages", "1", "--crashes", "0"]) == 150
    out, err = capsys.readouterr()
    assert "it changed sys.stderr from " in err
    assert (out, err.count("\n")) == ("", 1)
