"""Whatever the files of a user import: each file is judged by its own neighbours, and by nobody else's."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any, get_type_hints

import pytest

from groupy_check import check
from groupy_check.checker.errors import ProtocolError, UsageError
from groupy_check.checker.inputs import import_worlds
from groupy_check.checker.inputs.properties import load_property
from groupy_check.checker.inputs.protocols import load_protocol, protocol_of
from groupy_check.checker.interfaces.cli import main
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.verdict import Verdict

CASES = Path(__file__).parent / "cases" / "modules"
SMALL: Mapping[str, Any] = {"nodes": 2, "messages": 1, "crashes": 0}
MINE = "from groupy_check import Gms3\n{}\nclass Mine(Gms3):\n    source = {}\n"
LATE = "from groupy_check import Gms3\nclass Mine(Gms3):\n    def word(self):\n        {}\n        return {}\n"

Written = Callable[..., None]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _nothing_is_left():
    """Loading leaves `sys.path` alone, and in `sys.modules` only names that nobody can import."""
    path, before = list(sys.path), dict(sys.modules)
    yield
    assert sys.path == path
    new = {name for name in sys.modules if name not in before and not name.startswith("<")}
    here = str(Path.cwd())
    assert [name for name in new if str(getattr(sys.modules[name], "__file__", "")).startswith(here)] == []
    assert new.isdisjoint({"groupy_model", "specs", "checker"})


def write(**files: str) -> None:
    """Write files; of a name, `__` is a slash."""
    for name, text in files.items():
        path = Path(f"{name.replace('__', '/')}.py".replace("/init.py", "/__init__.py"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")


def source(path: str) -> str:
    return load_protocol(path).source


def word(protocol: Any) -> Any:
    return protocol.word()


# --- two files, two helpers of one name --------------------------------------------------------------------------------------


def test_diff_judges_each_by_its_own_helper(capsys: pytest.CaptureFixture[str]) -> None:
    """`bad/rules.py` leaves out what a new leader repeats, so agreement is broken as in gms3~no-repeat: in 4 steps."""
    assert main(["diff", str(CASES / "good/mine.py"), str(CASES / "bad/mine.py"), "--nodes", "3", "--messages", "1"]) == 1
    assert "violates agreement" in capsys.readouterr().out


@pytest.mark.parametrize("order", [("good", "bad"), ("bad", "good"), ("good", "bad", "good")])
def test_one_after_the_other_in_one_process(order: tuple[str, ...]) -> None:
    for name in order:
        found = check(str(CASES / name / "mine.py"), messages=1, properties=["agreement"]).finding("agreement")
        assert (found.verdict, found.length) == ((Verdict.HOLDS, None) if name == "good" else (Verdict.VIOLATED, 4))


@pytest.mark.parametrize(
    "helper",
    ["rules", "queue", "random", "typing", "dataclasses", "specs", "checker", "groupy_model", "enum", "numpy", "reports"],
)
def test_a_helper_may_have_any_name(helper: str) -> None:
    users = MINE.format(f"from {helper} import WORD", "WORD")
    write(**{f"a__{helper}": "WORD = 'a'\n", "a__mine": users, f"b__{helper}": "WORD = 'b'\n", "b__mine": users})
    before = sys.modules.get(helper)
    assert [source("./a/mine.py"), source("./b/mine.py"), source("a/mine.py")] == ["a", "b", "a"]
    assert sys.modules.get(helper) is before


@pytest.mark.parametrize("name", ["time", "sys", "os", "abc", "codecs"])
def test_what_python_has_loaded_before_any_file_comes_first(name: str) -> None:
    """As with `python mine.py`: a neighbour of that name is not found."""
    write(**{name: "WORD = 'the user'\n", "mine": MINE.format(f"import {name}", f"str(hasattr({name}, 'WORD'))")})
    assert source("./mine.py") == "False"


def test_the_standard_library_never_gets_a_file_of_the_user_s() -> None:
    """Here concurrent.futures.thread, not imported yet, imports `queue`; the user's has no SimpleQueue."""
    text = MINE.format("import queue\nfrom concurrent.futures.thread import ThreadPoolExecutor", "queue.WORD")
    write(queue="WORD = 'the user'\n", mine=text)
    code = "from groupy_check.checker.inputs.protocols import load_protocol as load; import sys; print('queue' in sys.modules)"
    code += "; print(load('./mine.py').source, sys.modules['queue'].SimpleQueue.__name__)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False\nthe user SimpleQueue\n", "")


def test_a_neighbour_of_the_name_of_the_library_that_the_stdlib_uses() -> None:
    assert main(["check", "--impl", str(CASES / "stdlib_sibling/mine.py"), "--quiet"]) == 0


# --- in the middle of a search -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("from rules import WORD", "WORD"),
        ("import rules", "rules.WORD"),
        ("import rules as r", "r.WORD"),
        ("import importlib", "importlib.import_module('rules').WORD"),
        ("from importlib import import_module", "import_module('rules').WORD"),
        ("pass", "__import__('rules').WORD"),
        ("exec('from rules import WORD', globals())", "WORD"),
        ("import pkg.sub", "pkg.sub.WORD"),
        ("from pkg import sub", "sub.WORD"),
        ("import pkg.sub as s", "s.WORD"),
        ("from pkg.sub import WORD", "WORD"),
        ("from .rules import WORD", "WORD"),
    ],
)
def test_an_import_in_a_handler_finds_the_right_one(statement: str, answer: str) -> None:
    for who in "ab":
        write(**{f"{who}__rules": f"WORD = '{who}'\n", f"{who}__pkg__init": "", f"{who}__pkg__sub": "from rules import WORD\n"})
        write(**{f"{who}__mine": LATE.format(statement, answer)})
    one, other = load_protocol("./a/mine.py"), load_protocol("./b/mine.py")
    assert [word(one), word(other), word(one)] == ["a", "b", "a"]


def test_an_import_in_a_handler_is_judged_in_a_search() -> None:
    text = "from groupy_check import Gms3\nclass Mine(Gms3):\n    def repeat(self, slave, others):\n"
    text += "        from rules import AGAIN\n        return super().repeat(slave, others) if AGAIN else ()\n"
    write(a__mine=text, a__rules="AGAIN = True\n", b__mine=text, b__rules="AGAIN = False\n")
    found = [check(f"./{who}/mine.py", messages=1, properties=["agreement"]) for who in "ab"]
    assert [one.finding("agreement").length for one in found] == [None, 4]


def test_a_world_that_nobody_has_kept_comes_back_for_code_that_is_still_there() -> None:
    write(a__mine=LATE.format("import rules", "rules.WORD"), a__rules="WORD = 'a'\n", b__mine=MINE.format("", "'b'"))
    kind = type(load_protocol("./a/mine.py"))
    load_protocol("./b/mine.py")
    assert kind.__module__ not in sys.modules
    assert word(kind()) == "a"
    assert check(kind, **SMALL).protocol == "a/mine.py:Mine"


def test_worlds_do_not_pile_up() -> None:
    write(mine=MINE.format("import rules", "rules.WORD"), rules="WORD = 'a'\n")
    before = {name.partition(".")[0] for name in sys.modules}
    for _ in range(5):
        load_protocol("./mine.py")
    assert len({name.partition(".")[0] for name in sys.modules} - before) == 1


# --- edited, and checked again -----------------------------------------------------------------------------------------------


def test_a_helper_that_was_edited_is_loaded_again_though_it_has_the_same_size_and_second() -> None:
    write(mine=MINE.format("import rules", "rules.WORD"))
    for letter in "abcd":
        write(rules=f"WORD = '{letter}'\n")
        assert source("./mine.py") == letter
    assert list(Path().rglob("__pycache__")) == []


def test_the_older_one_goes_on_with_what_it_has_loaded() -> None:
    write(mine=LATE.format("import rules", "rules.WORD"), rules="WORD = 'a'\n")
    before = load_protocol("./mine.py")
    assert word(before) == "a"
    write(rules="WORD = 'b'\n")
    assert (word(load_protocol("./mine.py")), word(before)) == ("b", "a")


def test_a_module_by_name_is_loaded_again_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.syspath_prepend(".")
        for letter in "ab":
            write(mine=MINE.format("import rules", "rules.WORD"), rules=f"WORD = '{letter}'\n")
            assert source("mine:Mine") == letter


def test_what_one_file_does_to_its_helper_is_not_seen_by_the_next() -> None:
    write(a=MINE.format("import rules\nrules.WORD = 'a'", "rules.WORD"), b=MINE.format("import rules", "rules.WORD"))
    write(rules="WORD = 'as it is'\n")
    assert [source("./a.py"), source("./b.py")] == ["a", "as it is"]


# --- places ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["my protocol", "my-protocol", "v1.2", "random", "class", "groupy_check", "mine", "ünïcode"])
def test_a_file_and_its_folder_may_have_any_name(name: str) -> None:
    folder = Path(f"the {name} folder")
    folder.mkdir()
    (folder / f"{name}.py").write_text(MINE.format("import rules", "rules.WORD"), encoding="utf-8")
    (folder / "rules.py").write_text(f"WORD = '{name}'\n", encoding="utf-8")
    assert source(str(folder / f"{name}.py")) == name


def test_files_of_one_content_in_two_folders() -> None:
    for who in "ab":
        write(**{f"{who}__mine": MINE.format("from pathlib import Path", "Path(__file__).parent.name")})
    assert [source("./a/mine.py"), source("./b/mine.py")] == ["a", "b"]


def test_a_symbolic_link_is_followed_as_python_does() -> None:
    write(a__mine=MINE.format("import rules", "rules.WORD"), a__rules="WORD = 'a'\n", b__rules="WORD = 'b'\n")
    Path("b/mine.py").symlink_to(Path("a/mine.py").resolve())
    assert source("./b/mine.py") == "a"


@pytest.mark.parametrize(
    "helper",
    [
        "from .rules import WORD",
        "from rules import WORD",
        "from pkg.rules import WORD",
        "from . import rules; WORD = rules.WORD",
        "from ..pkg.rules import WORD",
    ],
)
def test_a_file_in_a_package(helper: str) -> None:
    for who in "ab":
        write(
            **{
                f"{who}__pkg__init": "",
                f"{who}__pkg__rules": f"WORD = '{who}'\n",
                f"{who}__pkg__mine": MINE.format(helper, "WORD"),
            }
        )
        write(**{f"{who}__init": ""})
    first, other = [source(f"./{who}/pkg/mine.py") for who in "ab"]
    assert (first, other) == ("a", "b")


def test_what_a_package_does_when_it_is_imported_is_done_once() -> None:
    write(pkg__init="from .mine import Mine\nfrom . import rules\nrules.COUNT.append(1)\n", pkg__rules="COUNT = []\n")
    write(pkg__mine=MINE.format("from . import rules", "property(lambda self: str(len(rules.COUNT)))"))
    assert source("./pkg/mine.py") == "1"


def test_helpers_that_import_each_other_and_the_file() -> None:
    write(mine=MINE.format("import rules\nWORD = 'mine'", "property(lambda self: rules.word())"))
    write(rules="import mine\ndef word():\n    return mine.Mine.__name__ + mine.WORD\n")
    assert source("./mine.py") == "Minemine"


def test_a_folder_that_a_file_adds_to_the_path_is_searched_for_that_file_alone() -> None:
    head = "import sys, pathlib\nsys.path.insert(0, str(pathlib.Path(__file__).parent / 'lib'))\nimport words"
    for who in "ab":
        write(**{f"{who}__lib__words": f"WORD = '{who}'\n", f"{who}__mine": MINE.format(head, "words.WORD")})
    write(c__mine=MINE.format("import words", "words.WORD"))
    assert [source("./a/mine.py"), source("./b/mine.py")] == ["a", "b"]
    with pytest.raises(ProtocolError, match="No module named 'words'"):
        source("./c/mine.py")


def test_a_folder_without_code_hides_no_module() -> None:
    write(json__data="x = 1\n", mine=MINE.format("import json", "json.dumps('x')"))
    assert source("./mine.py") == '"x"'


# --- what looks for the module of a class ------------------------------------------------------------------------------------

TYPES = """
    from __future__ import annotations
    from dataclasses import dataclass, field, InitVar
    from enum import Enum
    from typing import ClassVar, NamedTuple
    import inspect

    class Kind(Enum):
        GO = 1

    class Pair(NamedTuple):
        left: Kind
        right: int

    @dataclass(frozen=True, slots=True)
    class Note:
        kind: Kind
        pair: Pair | None = None
        COUNT: ClassVar[int] = 3
        more: tuple[Note, ...] = field(default_factory=tuple)
"""


def test_types_are_found_by_name_in_either_world() -> None:
    for who in "ab":
        write(
            **{
                f"{who}__rules": f"# {who}\n{dedent(TYPES)}",
                f"{who}__mine": MINE.format("from rules import Note, Kind", "Note"),
            }
        )
    one, other = (load_protocol(f"./{who}/mine.py") for who in "ab")
    for protocol in (one, other):
        note: Any = protocol.source
        hints = get_type_hints(note)
        assert hints["kind"] is sys.modules[note.__module__].Kind
        assert note(hints["kind"].GO) == note(hints["kind"].GO)
    assert one.source is not other.source
    assert [Path(inspect.getfile(type(protocol))).parent.name for protocol in (one, other)] == ["a", "b"]
    assert "class Note" in inspect.getsource(other.source)  # type: ignore[arg-type]


# --- a property and a protocol -----------------------------------------------------------------------------------------------

NOTES = "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Note:\n    payload: object\n"
WRAPS = """
    from groupy_check import Deliver, Gms3, broadcast
    {}

    class Mine(Gms3):
        def announce(self, leader, message):
            return (*broadcast(message, leader.slaves), Deliver(Note(message.payload)))
"""
NO_NOTE = """
    from groupy_check import Kind, Requirement, Witness
    {}

    class NoNote(Requirement):
        '''no note is delivered'''

        kind = Kind.SAFETY

        def judge(self, history):
            {}
            for life in history.lives:
                for payload in life.delivered:
                    if isinstance(payload, Note):
                        return Witness("a note", (life.node,))
            return None
"""
NOTE = "from rules import Note"


def verdict(impl: Any, name: str) -> Verdict:
    return check(impl, **SMALL, properties=[name]).finding(name).verdict


@pytest.mark.parametrize("late", [False, True])
def test_a_property_knows_the_types_of_the_protocol_that_it_judges(late: bool) -> None:
    write(rules=NOTES, mine=WRAPS.format(NOTE), no_note=NO_NOTE.format(*(("", NOTE) if late else (NOTE, "pass"))))
    write(one=f"{dedent(WRAPS).format(NOTE)}\n{dedent(NO_NOTE).format('', 'pass')}")
    assert verdict("./mine.py", "./no_note.py") is Verdict.VIOLATED
    assert verdict("./one.py", "./one.py") is Verdict.VIOLATED
    assert verdict(load_protocol("./mine.py"), "./no_note.py") is Verdict.VIOLATED


def test_a_property_knows_the_types_of_a_class_that_is_given_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    write(notes_of_a_test=NOTES, mine_of_a_test=WRAPS.format("from notes_of_a_test import Note"))
    write(no_note=NO_NOTE.format("from notes_of_a_test import Note", "pass"))
    with monkeypatch.context() as patched:
        patched.syspath_prepend(".")
        kind = importlib.import_module("mine_of_a_test").Mine
        assert verdict(kind, "./no_note.py") is Verdict.VIOLATED
    for name in ("mine_of_a_test", "notes_of_a_test"):
        del sys.modules[name]


def test_a_property_in_another_folder_has_its_own_helper() -> None:
    write(a__rules=NOTES, a__mine=WRAPS.format(NOTE), b__rules=NOTES, b__no_note=NO_NOTE.format(NOTE, "pass"))
    assert verdict("./a/mine.py", "./b/no_note.py") is Verdict.HOLDS


def test_diff_refuses_a_property_that_knows_the_types_of_one_of_the_two(capsys: pytest.CaptureFixture[str]) -> None:
    write(rules=NOTES, mine=WRAPS.format(NOTE), yours=WRAPS.format(NOTE), no_note=NO_NOTE.format(NOTE, "pass"))
    words = ["--nodes", "2", "--messages", "1", "--crashes", "0"]
    assert main(["diff", "./mine.py", "./yours.py", *words, "--property", "./no_note.py"]) == 151
    assert "both protocols and ./no_note.py import rules.py, and each" in capsys.readouterr().err
    assert main(["diff", "./mine.py", "./yours.py", *words, "--quiet"]) == 0
    assert main(["diff", "./mine.py", "gms3", *words, "--property", "./no_note.py", "--quiet"]) == 1


def test_catch_loads_a_property_for_each_protocol_of_the_user_s(capsys: pytest.CaptureFixture[str]) -> None:
    write(rules=NOTES, mine=WRAPS.format(NOTE), no_note=NO_NOTE.format(NOTE, "pass"))
    words = ["--nodes", "2", "--messages", "1", "--crashes", "0"]
    assert main(["catch", "./no_note.py", "--correct", "gms3", "--mutants", "./mine.py", *words, "--quiet"]) == 0
    assert "catches 1 of 1 mutant" in capsys.readouterr().out


# --- errors ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("helper", "line"),
    [
        ("x = 1\nx = 1 / 0\n", "rules.py:2: ZeroDivisionError while loading: division by zero"),
        ("def broken(:\n", "rules.py:1: invalid syntax: def broken(:"),
        ("import nowhere\n", "rules.py:1: ModuleNotFoundError while loading: No module named 'nowhere'"),
        ("from pkg.words import X\n", "pkg/words.py:3: KeyError while loading: 'x'"),
        ("import pkg.nothing\n", "rules.py:1: ModuleNotFoundError while loading: No module named 'pkg.nothing'"),
        ("WRONG = 1\n", "mine.py:2: ImportError while loading: cannot import name 'WORD' from 'rules'"),
        ("import json\njson.loads('{')\n", "rules.py:2: JSONDecodeError while loading"),
        ("raise SystemExit(3)\n", "rules.py:1: SystemExit while loading: 3"),
    ],
)
def test_an_error_in_a_helper_is_one_line(helper: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(rules=helper, mine=MINE.format("from rules import WORD", "WORD"), pkg__init="", pkg__words="\n\n{}['x']\n")
    assert main(["check", "--impl", "./mine.py"]) == 150
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert line in err
    assert "<mine>" not in err


def test_an_import_in_a_handler_that_finds_nothing_is_told_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    text = "from groupy_check import Gms3\nclass Mine(Gms3):\n    def repeat(self, slave, others):\n"
    write(mine=f"{text}        import pkg.nowhere\n", pkg__init="")
    assert main(["check", "--impl", "./mine.py", "--messages", "1"]) == 150
    assert "it raised ModuleNotFoundError: No module named 'pkg.nowhere' at mine.py:4\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("Gms3.repeat = lambda self, slave, others: ()", "Gms3.repeat"),
        ("Gms3.announce.__code__ = (lambda self, leader, message: ()).__code__", "Gms3.announce"),
        ("import groupy_check.specs.delivery as d; d._integrity = None", "groupy_check.specs.delivery._integrity"),
        ("Gms3.fresh = 1", "Gms3.fresh"),
    ],
)
def test_a_file_must_not_change_what_others_are_judged_by(change: str, name: str) -> None:
    write(mine=MINE.format(change, "''"))
    with pytest.raises(
        ProtocolError, match=rf"^\./mine\.py: it changes \S*{name}, by which others are judged as well"
    ) as error:
        load_protocol("./mine.py")
    assert str(error.value).isprintable()
    assert check("gms2", messages=1, properties=["agreement"]).finding("agreement").length == 5
    assert not hasattr(Gms3, "fresh")


def test_a_class_of_a_world_is_named_by_its_file() -> None:
    write(mine=MINE.format("", "'x'"))
    kind = type(load_protocol("./mine.py"))
    assert protocol_of(kind).name == "./mine.py:Mine"
    assert import_worlds.named_by(Gms3) == f"{Gms3.__module__}:Gms3"


def test_a_property_with_an_error_in_its_helper() -> None:
    write(rules="x = [][0]\n", no_note=NO_NOTE.format(NOTE, "pass"))
    with pytest.raises(UsageError, match=r"^rules\.py:1: IndexError while loading: list index out of range$"):
        load_property("./no_note.py")
