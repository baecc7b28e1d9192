"""Values that users put into messages, timers and states: a verdict whose files are valid and replay, or a reason."""

from __future__ import annotations

import ast
import json
import re
import runpy
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest
from _pytest.mark import ParameterSet

from groupy_check import check
from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.interfaces.cli import check_main, main

CASES = Path(__file__).parent / "cases"
DRIVER = "import sys; from groupy_check.checker.interfaces.cli import check_main; sys.exit(check_main())"
SMALL = ["--messages", "1", "--property", "agreement"]
WRAPPED = """from dataclasses import dataclass, replace
from groupy_check import *
from groupy_check import gms1

{before}

class Mine(Gms2):
    def step(self, state, event):
        match state, event:
            case gms1.Leader(), Multicast(p) | Receive(_, gms1.Mcast(p)):
                return Step(state, (*broadcast(self.made(p), state.slaves), Deliver(p)))
            case gms1.Slave(), Receive(_, W() as message):
                return Step(state, (Deliver(message.p),))
        return super().step(state, event)

    def made(self, p):
        {made}
"""
PLAIN = """@dataclass(frozen=True)
class W:
    p: object
    x: object
"""
METHOD = "@dataclass(frozen=True)\nclass W:\n    p: object\n    x: object = 1\n    def {method}"
FINE = {
    "line breaks and quotes": r"""return W(p, 'a\nb "q" \'s\' \\ ]]> </script> <b>&amp; # 1. p1 crashes')""",
    "control characters": r"return W(p, '\x00\x1b[31m\u2028\u202e\ud800\t\r')",
    "nothing": "return W(p, '')",
    "bytes": r"return W(p, b'\x00\xff\n')",
    "a class": "return W(p, int)",
    "an infinity": "return W(p, float('inf'))",
    "a complex number": "return W(p, (1j, ..., None))",
    "a set": "return W(p, frozenset({'a', 1, None}))",
    "the same in two types": "return W(p, (1, '1'))",
    "a number of four thousand digits": "return W(p, 10 ** 4000)",
    "a long text": "return W(p, 'x' * 20_000)",
    "a nest of ninety": "w = p\n        for _ in range(90): w = W(p, w)\n        return W(p, w)",
    "a subclass of str": "return W(p, S('x'))",
}
REFUSED = {
    "a list": ("return W(p, [1])", "cannot be hashed"),
    "a generator": ("return W(p, (i for i in (1, 2)))", "whose text is a memory address"),
    "an iterator": ("return W(p, iter((1, 2)))", "whose text is a memory address"),
    "a function": ("return W(p, lambda: 0)", "whose text is a memory address"),
    "nan": ("return W(p, float('nan'))", "holds nan, which equals nothing, not even itself"),
    "a hidden nan": ("return W(p, ((1, frozenset({float('nan')})),))", "holds nan"),
    "a huge number": ("return W(p, 10 ** 5000)", "no number may have more than 4300 digits"),
    "a huge negative number": ("return W(p, (-(10 ** 5000),))", "no number may have more than 4300 digits"),
    "a nest of three hundred": (
        "w = p\n        for _ in range(300): w = W(p, w)\n        return W(p, w)",
        "is nested more than 100 levels deep",
    ),
    "a nest of tuples": (
        "w = p\n        for _ in range(100_000): w = (w,)\n        return W(p, w)",
        "is nested more than 100 levels",
    ),
    "a list that holds itself": ("l = []; l.append(l); return W(p, l)", "or holds itself"),
}
METHODS = {
    "__hash__": ("__hash__(self): raise ValueError('no hash')", "cannot be hashed (no hash)"),
    "__eq__": ("__eq__(self, _): raise ValueError('no eq')\n    __hash__ = lambda self: 1", "no eq"),
    "__str__": ("__str__(self): raise ValueError('no str')", "cannot be shown (ValueError: no str); fix its __str__"),
    "__str__ of no text": ("__str__(self): return 3", "cannot be shown (TypeError: __str__ returned non-string"),
    "an endless __repr__": ("__str__(self): return f'{self}'", "cannot be shown (RecursionError"),
}
LATE = """COUNT = [0]
@dataclass(frozen=True)
class W:
    p: object
    x: object
    def {name}(self, *_):
        COUNT[0] += 1
        if COUNT[0] > {often}: raise ValueError("no more")
        return {answer}
"""


NAMES = ("a:b c/my file.py", "c:d.py", "x'y/q \"z.py", "ü/é.py", "-/--x.py", "a#b/%20.py")


def some_later(values: Mapping[str, str], now: int) -> list[ParameterSet]:
    """All of `values` as parameters; but for the first ones they are left to the slow tests."""
    slow = [()] * now + [(pytest.mark.slow,)] * (len(values) - now)
    return [pytest.param(value, id=name, marks=marks) for (name, value), marks in zip(values.items(), slow, strict=True)]


def written(directory: Path, made: str, before: str = PLAIN) -> str:
    path = directory / "mine.py"
    path.write_text(WRAPPED.format(before=f"class S(str):\n    pass\n\n{before}", made=made), encoding="utf-8")
    return str(path)


def valid(path: Path) -> None:
    """Raises when what is in the file is not what its name says."""
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".json":
            json.loads(text)
        case ".svg" | ".graphml":
            ElementTree.fromstring(text)  # noqa: S314 - our own
        case ".py":
            ast.parse(text)
        case ".html":
            found = re.findall(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL)
            assert all(json.loads(part) is not None for part in found)


def assert_all_is_valid_and_replays(impl: str, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--impl", impl, *SMALL, "--out", str(directory / "out"), "--format", "json"]
    assert check_main([*words, "--export-pytest", str(directory / "test_it.py")]) in (12, 13)
    document = json.loads(capsys.readouterr().out)
    assert [one["verdict"] for one in document["findings"]] == ["violated"]
    files = [directory / "test_it.py", *(directory / "out").iterdir()]
    assert len(files) == 6
    for path in files:
        valid(path)
    for kind in ("txt", "itf.json"):
        replay = ["replay", str(directory / "out" / f"mine-m1-agreement.{kind}"), "--impl", impl, "--property", "agreement"]
        assert main([*replay, "--quiet"]) in (12, 13), capsys.readouterr().err


@pytest.mark.parametrize("made", some_later(FINE, 4))
def test_odd_values_get_their_verdict_and_every_file_is_valid(
    made: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_all_is_valid_and_replays(written(tmp_path, made), tmp_path, capsys)


@pytest.mark.parametrize(("made", "reason"), REFUSED.values(), ids=REFUSED)
def test_values_that_nothing_could_handle_are_refused_for_what_they_are(made: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ProtocolError) as caught:
        check(written(tmp_path, made), messages=1, properties=["agreement"])
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("method", "reason"), METHODS.values(), ids=METHODS)
def test_methods_that_fail_are_named(method: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ProtocolError) as caught:
        check(written(tmp_path, "return W(p)", METHOD.format(method=method)), messages=1, properties=["agreement"])
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("name", "answer"), [("__hash__", "hash(self.p)"), ("__eq__", "True"), ("__str__", "'w'"), ("__repr__", "'w'")]
)
@pytest.mark.parametrize("often", [60, *(pytest.param(often, marks=pytest.mark.slow) for often in (20, 300))])
def test_methods_that_fail_late_are_an_error_of_one_line_or_do_not_matter(
    name: str, answer: str, often: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = LATE.format(name=name, answer=answer, often=often)
    if name == "__eq__":
        before += "    __hash__ = lambda self: hash(self.p)\n"
    status = check_main(["--impl", written(tmp_path, "return W(p, 1)", before), *SMALL, "--out", str(tmp_path / "out")])
    assert status in (12, 13, 150)
    assert capsys.readouterr().err.count("\n") == (status == 150)


# --- the cases -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", ["150", "350", "600", "20000"])
def test_deep_messages_are_refused_before_the_search(
    depth: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEPTH", depth)
    assert check_main(["--impl", str(CASES / "deep/mine.py"), "--quiet"]) == 150
    assert "nested more than 100 levels deep" in capsys.readouterr().err


def test_messages_that_are_not_so_deep_get_their_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEPTH", "90")
    assert_all_is_valid_and_replays(str(CASES / "deep/mine.py"), tmp_path, capsys)


TIMERS = (
    r"resend\nto p2", "a)b", "", " lead", r"\ud800", "x" * 300, r"\'q\' \"d\" \\", "1. p1 crashes", "# c", r"\u2028",
    r"\x1b[31mred",
    "repeats forever: everything after step 1",
)  # fmt: skip


@pytest.mark.parametrize("timer", some_later({timer[:15]: timer for timer in TIMERS}, 3))
def test_timers_may_have_any_name(timer: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (CASES / "timers_text/mine.py").read_text(encoding="utf-8").replace(r"resend\nto p2", timer)
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    assert_all_is_valid_and_replays(str(tmp_path / "mine.py"), tmp_path, capsys)


@pytest.mark.parametrize("format_", ["json", "text"])
def test_nothing_that_a_user_prints_is_on_standard_output(format_: str, tmp_path: Path) -> None:
    extra = 'import atexit, os\nos.write(1, b"raw\\n")\nos.system("echo system")\natexit.register(print, "at exit")\n'
    extra += 'atexit.register(os.write, 1, b"raw at exit\\n")\nimport sys\nsys.__stdout__.write("dunder\\n")\n'
    text = (CASES / "json_pollution/mine.py").read_text(encoding="utf-8")
    (tmp_path / "mine.py").write_text(text.replace("from dataclasses", f"{extra}from dataclasses", 1), encoding="utf-8")
    words = [sys.executable, "-c", DRIVER, "--impl", "./mine.py", *SMALL, "--format", format_]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 13
    for noise in ("hash of", "str of", "raw\n", "system", "at exit", "raw at exit", "dunder"):
        assert noise not in done.stdout
        assert noise in done.stderr
    if format_ == "json":
        assert json.loads(done.stdout)["exit_code"] == 13


# --- where files lie -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", some_later({name: name for name in NAMES}, 2))
def test_files_may_lie_anywhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("from groupy_check import Gms2\n\nclass Mine(Gms2):\n    pass\n")
    for impl in (f"./{name}", f"./{name}:Mine"):
        assert check_main(["--impl", impl, *SMALL, "--out", "o:ut d", "--export-pytest", "test_it.py"]) == 13
        (trace,) = Path("o:ut d").glob("*.txt")
        assert main(["replay", str(trace), "--impl", impl, "--quiet", "--property", "agreement"]) == 13
        trace.unlink()
        runpy.run_path("test_it.py")["test_agreement_is_violated"]()
    capsys.readouterr()
