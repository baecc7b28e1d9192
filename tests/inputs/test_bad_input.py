"""Whatever is handed in: one line on stderr that says what is wrong and what to do, the right exit status, no traceback."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from groupy_check.checker.interfaces import graph_export as graph
from groupy_check.checker.interfaces.cli import check_main, main

HEADLINE = ("--impl", "gms2", "--messages", "1", "--property", "agreement")
SMALL = ("--nodes", "2", "--messages", "1", "--crashes", "0")
HEAD = """from dataclasses import dataclass, replace
from groupy_check.groupy_model.effects import *
from groupy_check.groupy_model.events import *
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.protocol import Protocol, Step
"""
STEP = "class Mine(Protocol):\n    def step(self, state, event):\n        "
VIEWED = f"{STEP}return Step(state, (Install(View(0, (1,))), "
LEADER = "class Mine(Gms3):\n    def leader(self, state, event):\n        "
INIT = "class Mine(Gms3):\n    def __init__(self):\n        "
INITIAL = "class Mine(Gms3):\n    def initial(self, me):\n        "
GREETING = (
    "class Mine(Gms3):\n    def announce(self, leader, message):\n"
    "        return (*(Send(slave, {}) for slave in leader.slaves), Deliver(message.payload))\n"
)
SET_ORDER = (
    "class Mine(Gms3):\n    def announce(self, leader, message):\n"
    "        return tuple(SetTimer(name) for name in {f'timer {k}' for k in range(30)})\n"
)
# Without enough memory the system would end whatever it likes: a gigabyte is what this process may have.
DRIVER = """import resource, sys
from groupy_check.checker.interfaces.cli import check_main
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
sys.exit(check_main())"""

Refused = Callable[..., str]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In an empty directory, and with no module left behind."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run `groupy-check` with these words: it must end with `status` and one printable line, which is returned."""

    def run(status: int, *words: str) -> str:
        assert check_main(words) == status
        out, err = capsys.readouterr()
        assert out == ""
        return only_line(err)

    return run


def only_line(err: str, program: str = "groupy-check") -> str:
    """The one line of `err`."""
    assert err.startswith(f"{program}: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert err[:-1].isprintable()
    return err[:-1]


# --- words ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "status", "parts"),
    [
        ("", 151, ["which protocol? groupy-check gms2", "groupy list"]),
        ("--impl gsm2", 150, ["unknown protocol 'gsm2'", "did you mean gms2?"]),
        ("--impl paxos", 150, ["unknown protocol 'paxos'", "there are gms1, gms2, gms3", "./paxos.py"]),
        ("--impl nowhere:Mine", 150, ["the module nowhere cannot be imported"]),
        (
            "--impl groupy_check.groupy_model.protocols.groupy.gms2:Gms9",
            150,
            ["groupy_check.groupy_model.protocols.groupy.gms2: no protocol Gms9", "there is Gms2"],
        ),
        ("--impl gms2 --property agrement", 151, ["unknown property 'agrement'", "did you mean agreement?"]),
        ("--impl gms2 --property zzz", 151, ["unknown property 'zzz'", "there are integrity, validity, agreement"]),
        ("--impl gms2 --expect agreement", 151, ["--expect agreement:", "for example agreement:violated"]),
        ("--impl gms2 --expect agreement:maybe", 151, ["--expect agreement:maybe", "PROPERTY:holds or PROPERTY:violated"]),
        ("--impl gms2 --expect agrement:holds", 151, ["--expect agrement:holds", "did you mean agreement?"]),
        (f"--impl gms2 {' '.join(SMALL)} --expect state-transfer:holds", 151, ["--property state-transfer as well"]),
        ("--impl gms2 --nodes 0", 151, ["at least one process", "nodes is 0"]),
        ("--impl gms2 --nodes abc", 2, ["--nodes", "'abc' is not a whole number", "--help"]),
        ("--impl gms2 --nodes 2.5", 2, ["--nodes", "'2.5' is not a whole number"]),
        ("--impl gms2 --crashes -1", 151, ["crashes is -1", "cannot be negative"]),
        ("--impl gms2 --detector wrong", 151, ["--detector wrong: choose one of perfect, overtaking, suspecting"]),
        ("--impl gms2 --order wrong", 151, ["--order wrong: choose one of fifo, any"]),
        ("--impl gms2 --start wrong", 151, ["--start wrong: choose one of formed, joining"]),
        ("--impl gms2 --timeouts wrong", 151, ["--timeouts wrong: choose one of at-rest, any"]),
        ("--impl gms2 --timeouts any:x", 151, ["--timeouts any:x", "for example any:2"]),
        ("--impl gms2 --timeouts any:-1", 151, ["--timeouts any:-1", "for example any:2"]),
        ("--impl gms2 --timeouts any:", 151, ["for example any:2"]),
        ("--impl gms2 --detector ''", 151, ["choose one of perfect"]),
        ("--impl gms2 --out ''", 2, ["--out: '' is not the name of a file or directory"]),
        ("--replay a\0b", 2, ["--replay: 'a\\x00b' is not the name of a file or directory"]),
        ("--impl gms2 --depth 0", 151, ["at least 1, not 0", "leave it out"]),
        ("--impl gms2 --time-limit soon", 2, ["--time-limit", "'soon' is not a whole number"]),
        ("--impl gms2 --bogus", 2, ["--bogus", "groupy-check --help"]),
        ("gms2 gms3", 2, ["unrecognized arguments: gms3", "groupy-check --help"]),
        ("--impl", 2, ["--impl: expected one argument"]),
        ("--impl gms2 --format xml", 2, ["--format", "'xml'", "'text', 'json'"]),
        ("--impl gms2 --picture gif", 2, ["--picture", "'gif'", "'svg', 'png', 'pdf'"]),
        ("--impl gms2 --graph states.png", 151, ["--graph states.png", ".dot, .graphml, .aut"]),
        ("--impl gms1 --nodes 2 --graph missing/g.dot", 153, ["missing/g.dot", "No such file", "--graph"]),
    ],
)
def test_words_that_make_no_sense(words: str, status: int, parts: list[str], refused: Refused) -> None:
    line = refused(status, *shlex.split(words))
    assert [part for part in parts if part not in line] == []
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("words", "status", "part"),
    [
        ("--bogus", 2, "COMMAND"),
        ("chek", 2, "unknown command 'chek': did you mean check?"),
        ("replay", 2, "FILE"),
        ("replay gone.txt", 151, "cannot read gone.txt: No such file or directory; --replay takes a .txt or .itf.json file"),
        ("list gms2 gms3", 2, "unrecognized arguments: gms3"),
        ("check --impl gsm2", 150, "did you mean gms2?"),
        ("check --impl gms2 --bogus", 2, "groupy check --help"),
    ],
)
def test_subcommands_that_make_no_sense(words: str, status: int, part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(words)) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert part in only_line(err, "groupy")


def test_a_state_graph_that_is_too_large(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "LARGEST", 50)
    assert "more than 50 states; lower --messages, --crashes or --nodes" in refused(152, *HEADLINE, "--graph", "states.aut")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("words", [["--impl", "gms2", "--nodes", "100000"], ["--replay", "huge.txt"]])
def test_a_group_that_no_memory_can_hold_is_refused(words: list[str]) -> None:
    Path("huge.txt").write_text("groupy-check --impl gms2 --nodes 100000 --messages 1 --crashes 0\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", DRIVER, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in {151, 152}
    assert "nodes" in only_line(done.stderr)


# --- a user's own file ---------------------------------------------------------------------------------------------------


def own(body: str | bytes, name: str = "mine.py") -> tuple[str, ...]:
    """Write `body` to a file of the user's; the words that check it in a small scenario."""
    Path(name).write_bytes(body if isinstance(body, bytes) else f"{HEAD}{body}".encode())
    return ("--impl", f"./{name}", *SMALL)


def test_a_file_that_is_not_there(refused: Refused) -> None:
    assert "there is no file mine.py; --impl takes a built-in name (groupy list), a file" in refused(150, "--impl", "./mine.py")


LONG = "x" * 5000


@pytest.mark.parametrize(
    ("status", "words", "told"),
    [
        (150, ["--impl", LONG], "unknown protocol 'xxx"),
        (150, ["--impl", f"./{LONG}.py"], "x.py; --impl takes a built-in name"),
        (150, ["--impl", f"./{LONG}.erl"], "x.erl'; groupy list shows what is built in"),
        (150, ["--impl", f"{LONG}(patience=2)"], "unknown protocol 'xxx"),
        (150, ["--impl", f"./{'y/' * 3000}z.py"], "/z.py; --impl takes a built-in name"),
        (151, ["gms2", "--property", LONG], "unknown property 'xxx"),
        (151, ["gms2", "--property", f"./{LONG}.py"], "x.py; --property takes a built-in name"),
        (151, ["gms2", "--resume", LONG], "there is no checkpoint"),
    ],
)
def test_no_file_has_a_name_that_is_too_long(status: int, words: list[str], told: str, refused: Refused) -> None:
    assert told in refused(status, *words)


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("def step(:\n", ["mine.py:6: invalid syntax: def step(:"]),
        ("def step():\npass\n", ["mine.py:7: expected an indented block"]),
        (b"x = '\xe9'\n", ["mine.py:1:", "utf-8"]),
        ("def table():\n    return 1 / 0\ntable()\n", ["mine.py:7: ZeroDivisionError while loading: division by zero"]),
        ("import nowhere\n", ["mine.py:6: ModuleNotFoundError while loading: No module named 'nowhere'"]),
        ("raise SystemExit(7)\n", ["mine.py:6: SystemExit while loading: 7"]),
        (b"\0\n", ["mine.py"]),
        ("x = 1\n", ["no class here derives from groupy_check.Protocol", "class Mine(Protocol)"]),
        ("class A(Gms3): pass\nclass B(Gms3): pass\n", ["./mine.py has several protocols", "--impl ./mine.py:B"]),
        ("class Mine(Protocol): pass\n", ["Mine has no method `step(self, state, event)`"]),
        ("class Mine(Gms3):\n    claims = ('agrement',)\n", ["Mine.claims", "'agrement'", "did you mean agreement?"]),
        ("class Mine(Gms3):\n    claims = ('fifo')\n", ["'fifo'"]),
        ("class Mine(Gms3):\n    claims = None\n", ["claims"]),
        (f"{INIT}raise ValueError('no luck')\n", ["ValueError: no luck"]),
        ("class Mine(Gms3):\n    def __init__(self, n):\n        pass\n", ["TypeError", "'n'", "it must take no argument"]),
        (f"{INIT}raise SystemExit(0)\n", ["Mine()", "SystemExit"]),
        (f"{INITIAL}return {{}}[me]\n", ["initial(p1) raised KeyError: p1 at mine.py:8"]),
        (f"{INITIAL}return [me]\n", ["initial(p1)", "unhashable type: 'list'"]),
        (f"{INITIAL}return [me]\n", ["frozen"]),
        (f"{INITIAL}return object()\n", ["initial(p1) returned two states that differ", "frozen dataclass"]),
        (f"{INITIAL}raise SystemExit(0)\n", ["initial(p1)", "SystemExit"]),
    ],
)
def test_a_file_that_cannot_be_loaded(body: str | bytes, parts: list[str], refused: Refused) -> None:
    line = refused(150, *own(body))
    assert "mine.py" in line
    assert [part for part in parts if part not in line] == []


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (f"{STEP}return 'x'\n", "it returned x; allowed are None, a Step, or a list of Steps"),
        (f"{STEP}return 3\n", "it returned 3; allowed are None, a Step, or a list of Steps"),
        (f"{STEP}return [1, 2]\n", "it returned [1, 2]; allowed are None"),
        (f"{STEP}yield Step(state)\n", "allowed are None, a Step, or a list of Steps"),
        (f"{STEP}return []\n", "it returned an empty list of Steps; return None when"),
        (f"{STEP}return None\n", "p1 refuses start; step(initial(p1), start) must be a Step"),
        (f"{STEP}return Step(state)\n", "p1 installs no view after start"),
        (f"{STEP}return Step(state, [Halt('x')])\n", "effects of a Step must be a tuple, not [halt(x)]"),
        (f"{STEP}return Step(state, (Halt('x')))\n", "must be a tuple, not halt(x) at mine.py:8; (effect,) needs its comma"),
        (f"{STEP}return Step(state, (3,))\n", "3 at mine.py:8 is not an effect; allowed are Send, Deliver, Install"),
        (
            f"{STEP}return Step(state, (Send(9, 'x'),))\n",
            "send(p9, x) at mine.py:8 names a process that does not exist; there are p1 to p2",
        ),
        (f"{STEP}return Step(state, (Monitor(0),))\n", "monitor(p0) at mine.py:8 names a process that does not exist"),
        (f"{STEP}return Step(state, (Install(3),))\n", "install(3) at mine.py:8 is not a view"),
        (f"{STEP}return Step(state, (Install(View(0, (1, 9))),))\n", "is not a view"),
        (f"{STEP}return Step(state, (Install(View(0, 1)),))\n", "is not a view"),
        (f"{STEP}return Step(state, (Install(View('v', (1,))),))\n", "is not a view"),
        (f"{VIEWED}SetTimer(1), SetTimer('x')))\n", "set_timer(1)"),
        (f"{STEP}return Step(state, (Send(1, ['x']),))\n", "cannot be hashed (unhashable type: 'list'); use frozen"),
        (f"{STEP}return Step([1])\n", "cannot be hashed (unhashable type: 'list'); use frozen dataclasses and tuples"),
        (f"{LEADER}raise KeyError('boom')\n", "it raised KeyError: 'boom' at mine.py:8"),
        (f"{LEADER}raise ValueError('two\\nlines')\n", "it raised ValueError: two lines at mine.py:8"),
        (f"{LEADER}return self.leader(state, event)\n", "it raised RecursionError: maximum recursion depth exceeded"),
        (f"{LEADER}raise SystemExit(0)\n", "it raised SystemExit"),
        (f"{LEADER}raise GeneratorExit\n", "it raised GeneratorExit at mine.py:8"),
        (f"{INITIAL}raise GeneratorExit\n", "initial(p1) raised GeneratorExit at mine.py:8"),
        (
            f"@dataclass(frozen=True, eq=False)\nclass S:\n    n: int\n{STEP}return Step(S(1))\n",
            "a S is equal to nothing but itself; use frozen dataclasses",
        ),
        (
            f"@dataclass(frozen=True, eq=False)\nclass S:\n    n: int\n{STEP}return Step(state, (Deliver((1, S(2))),))\n",
            "a S is equal to nothing but itself; use frozen dataclasses",
        ),
        (f"{LEADER}self.n = getattr(self, 'n', 0) + 1; return Step(state)\n", "it changed self.n from nothing to 1"),
        (f"{LEADER}import random; return Step(replace(state, n=random.random()))\n", "it calls random.random"),
        (f"{LEADER}object.__setattr__(state, 'n', 7); return Step(state)\n", "it changed its input; return a new state"),
        (SET_ORDER, "depending on the hash seed: sort what comes out of a set"),
        (f"{LEADER}return Step(state, (Send(state.me, 'x'),))\n", "messages still go round; a group that never rests"),
    ],
)
def test_a_handler_that_breaks_the_rules(body: str, part: str, refused: Refused) -> None:
    line = refused(150, *own(body))
    assert "./mine.py: " in line
    assert part in line


def test_a_state_that_cannot_be_copied(refused: Refused) -> None:
    state = "class S:\n    def __deepcopy__(self, memo): raise ValueError('no copies')\n"
    equal = "    def __eq__(self, other): return True\n    def __hash__(self): return 1\n"
    line = refused(150, *own(f"{state}{equal}{INITIAL}return S()\n    def step(self, state, event): return Step(state)\n"))
    assert "./mine.py" in line
    assert "frozen" in line


@pytest.mark.parametrize("message", ["'\\0'", "'\\ud800'", "'y' * 20_000"])
def test_messages_that_are_hard_to_draw_are_drawn(message: str) -> None:
    assert check_main([*own(GREETING.format(message))[:-2], "--property", "agreement"]) == 13
    assert Path("results/mine-n2-m1-agreement.svg").exists()


def test_a_message_whose_text_raises() -> None:
    hello = "@dataclass(frozen=True)\nclass Hello:\n    def __str__(self): raise ValueError('no text')\n"
    assert check_main(own(hello + GREETING.format("Hello()"))) in {13, 150}


def test_an_error_in_a_file_that_the_users_file_imports_names_that_file(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(".")
    Path("helper.py").write_text("def broken(:\n", encoding="utf-8")
    assert "helper.py:1" in refused(150, *own("import helper\n"))


def test_a_file_may_import_what_lies_beside_it() -> None:
    Path("beside.py").write_text("from groupy_check import Gms3\n", encoding="utf-8")
    assert check_main([*own("from beside import Gms3\nclass Mine(Gms3): pass\n"), "--quiet"]) == 0


@pytest.mark.parametrize(
    "body", ["print('loaded')\nclass Mine(Gms3): pass\n", f"{LEADER}print('x'); return super().leader(state, event)\n"]
)
def test_what_a_protocol_prints_does_not_spoil_the_result(body: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_main([*own(body), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["exit_code"] == 0


def test_what_a_protocol_prints_does_not_blind_the_second_interpreter(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_main(own(f"print('loaded')\n{SET_ORDER}")) == 150
    assert "depending on the hash seed" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["graphviz.py", "random.py"])
def test_a_file_may_have_the_name_of_a_module(name: str) -> None:
    words = own("class Mine(Gms3):\n    def announce(self, leader, message): return ()\n", name)[:-2]
    driver = "import sys; from groupy_check.checker.interfaces.cli import check_main; sys.exit(check_main())"
    done = subprocess.run([sys.executable, "-P", "-c", driver, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert done.returncode == 11


# --- traces --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a check has written: the text and the ITF file of one counterexample, by suffix."""
    directory = tmp_path_factory.mktemp("saved")
    with redirect_stdout(io.StringIO()):
        assert check_main([*HEADLINE, "--out", str(directory)]) == 13
    return {kind: (directory / f"gms2-m1-agreement.{kind}").read_text(encoding="utf-8") for kind in ("txt", "itf.json")}


@pytest.mark.parametrize(
    ("kind", "old", "new", "parts"),
    [
        ("txt", "2. p2 receives msg a1 from p1", "2. p2 receives msg a9 from p1", ["step 2 is not possible there"]),
        ("txt", "p2 detects that p1 is down", "p2 dances", ["step 3 is not possible there"]),
        ("txt", " 3. ", " 4. ", ["line 9: this is step 4, but step 3 should come here"]),
        ("txt", "# the end", "the end", ["neither a numbered step nor a comment (#): the end"]),
        ("txt", "groupy-check --impl gms2", "# nothing", ["no line of this text begins with 'groupy-check --impl'"]),
        ("txt", "--nodes 3", "--nodes 0", ["nodes is 0"]),
        ("txt", "--nodes 3", "--nodes 4", ["step 5 is not possible there"]),
        ("txt", "--nodes 3", "--bogus 3", ["--bogus is not a flag of a scenario"]),
        ("txt", "--impl gms2", "--impl gms1", ["step 3 is not possible there", "another version of gms1"]),
        ("itf.json", '"protocol": "gms2"', '"protocol": "gms3"', ["step 2 is not possible", "another version of gms3"]),
        ("itf.json", '"value": "CRASHED"', '"value": "UP"', ["states[1] is not the state that the run leads to", "edited"]),
        ("itf.json", '"groupy": 1', '"groupy": 2', ["#meta.groupy", "version 1, not 2"]),
        ("itf.json", '"nodes": 3', '"nodes": 1000000000', ["states[0].processes", "1000000000 processes"]),
        ("itf.json", '"nodes": 3', '"nodes": "3"', ["#meta.scenario.nodes", "a whole number"]),
        ("itf.json", '"messages": 1', '"messages": 2', ["states[0] is not the state that the run leads to"]),
    ],
)
def test_a_trace_that_was_edited(
    kind: str, old: str, new: str, parts: list[str], saved: dict[str, str], refused: Refused
) -> None:
    name = f"edited.{kind}"
    assert old in saved[kind]
    Path(name).write_text(saved[kind].replace(old, new), encoding="utf-8")
    line = refused(151, "--replay", name)
    assert [part for part in [name, *parts] if part not in line] == []


@pytest.mark.parametrize("kind", ["txt", "itf.json"])
def test_a_trace_of_an_unknown_protocol(kind: str, saved: dict[str, str], refused: Refused) -> None:
    Path(f"other.{kind}").write_text(saved[kind].replace("gms2", "gsm2"), encoding="utf-8")
    assert "unknown protocol 'gsm2': did you mean gms2?" in refused(150, "--replay", f"other.{kind}")


@pytest.mark.parametrize("part", [0.999, 0.5, 0.01])
def test_a_truncated_itf_file(part: float, saved: dict[str, str], refused: Refused) -> None:
    text = saved["itf.json"]
    Path("cut.itf.json").write_text(text[: int(len(text) * part)], encoding="utf-8")
    line = refused(151, "--replay", "cut.itf.json")
    assert "cut.itf.json: line " in line
    assert "not JSON" in line


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "no line of this text begins with 'groupy-check --impl'"),
        (b"\n \n", "no line of this text begins with 'groupy-check --impl'"),
        (b"[]", "line 1: neither a numbered step nor a comment (#): []"),
        (b"{}", '"#meta" is missing'),
        (b"\x80\x81\xff", "'utf-8' codec can't decode byte 0x80"),
        (b"\x89PNG\r\n\x1a\n", "--replay takes a .txt or .itf.json file"),
        (b"\x1b[2Jtrace", "line 1"),
        (b"\xef\xbb\xbfgroupy-check --impl gsm2", "gsm2"),
    ],
)
def test_a_file_that_is_no_trace(content: bytes, part: str, refused: Refused) -> None:
    Path("some.txt").write_bytes(content)
    line = refused(150 if b"gsm2" in content else 151, "--replay", "some.txt")
    assert part in line


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (".", "cannot read .: Is a directory; --replay takes a .txt or .itf.json file"),
        ("gone.txt", "cannot read gone.txt: No such file or directory; --replay takes"),
    ],
)
def test_a_trace_that_cannot_be_read(path: str, reason: str, refused: Refused) -> None:
    assert reason in refused(151, "--replay", path)
