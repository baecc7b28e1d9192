"""What another interpreter answers differently is refused, with the reason; what it cannot replay is never shown."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.inputs.other_interpreters.confirmation import confirm_runs
from groupy_check.checker.inputs.other_interpreters.interpreters import Interpreter
from groupy_check.checker.inputs.other_interpreters.run_from_nothing import divergence, retold
from groupy_check.checker.inputs.other_interpreters.set_orders import orders, undecided
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.api import check
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.trace import Trace
from groupy_check.specs.registry import PROPERTIES

CASES = Path(__file__).parent / "cases" / "hidden_state"
SMALL = ("--nodes", "2", "--messages", "1", "--crashes", "0", "--property", "integrity")
# Everything, `import *`, takes each interpreter longer than all else that it does.
HEAD = """import enum, os, sys, time
from dataclasses import dataclass
from groupy_check import Gms3, Receive, SetTimer, Step, broadcast
"""
ANNOUNCE = "class Mine(Gms3):\n    def announce(self, leader, message):\n        return "
# The leader sends a bag, and who gets it looks into it.
BAG = """@dataclass(frozen=True)
class Bag:
    items: frozenset
class Mine(Gms3):
    def announce(self, leader, message):
        return broadcast(Bag(frozenset({items})), leader.slaves)
    def step(self, state, event):
        match event:
            case Receive(_, Bag(items)):
                return Step(state, tuple(SetTimer(str(item)) for item in {taken}))
        return super().step(state, event)
"""
WORD = "class W(enum.Enum):\n    A = 'a'\n    B = 'b'\n"
KEY = "@dataclass(frozen=True)\nclass K:\n    name: str\n    n: int\n"
ORDERS = {
    "two": f"{ANNOUNCE}tuple(SetTimer(name) for name in {{'alpha', 'beta'}})\n",
    "three": f"{ANNOUNCE}tuple(SetTimer(name) for name in {{'alpha', 'beta', 'gamma'}})\n",
    "the_first": f"{ANNOUNCE}(SetTimer(next(iter({{'alpha', 'beta', 'gamma'}}))),)\n",
    "whether_it_is_first": f"{ANNOUNCE}(SetTimer(str(next(iter({{'alpha', 'beta', 'gamma'}})) == 'beta')),)\n",
    "enumeration": WORD + BAG.format(items="W", taken="items"),
    "strings_in_a_message": BAG.format(items="{f'x{message.payload}', 'y'}", taken="items"),
    "dataclasses_in_a_global": f"{KEY}KEYS = frozenset({{K('a', 1), K('b', 2)}})\n"
    f"{ANNOUNCE}tuple(SetTimer(k.name) for k in KEYS)\n",
    "a_set_of_a_tuple": BAG.format(items="{'once'}", taken="set(('left', 'right', state.me))"),
    "keys": f"D = {{'alpha': 1, 'beta': 2}}\n{ANNOUNCE}tuple(SetTimer(name) for name in D.keys() & {{'alpha', 'beta'}})\n",
    "a_comprehension": f"{ANNOUNCE}tuple(SetTimer(name) for name in {{name.lower() for name in ('ALPHA', 'BETA')}})\n",
    "thirty": f"{ANNOUNCE}tuple(SetTimer(name) for name in {{f'timer {{k}}' for k in range(30)}})\n",
}
FINE = {
    "sorted": f"{ANNOUNCE}tuple(SetTimer(name) for name in sorted({{'alpha', 'beta'}}))\n",
    "numbers": f"{ANNOUNCE}broadcast(message, frozenset(leader.slaves))\n",
    "membership": f"{ANNOUNCE}(SetTimer('alpha'),) if 'alpha' in {{'alpha', 'beta'}} else ()\n",
    "sent_as_it_is": BAG.format(items="{'x', 'y', 'z'}", taken="sorted(items)"),
    "largest": f"{ANNOUNCE}(SetTimer(max({{'alpha', 'beta'}})),)\n",
}
REASONS = {
    "hash": (
        f"{ANNOUNCE}(SetTimer(str(hash(str(message.payload)) % 1000)),)\n",
        "depending on the hash seed: it calls hash(), which gives another number for a text in each interpreter",
    ),
    "id": (f"X = object()\n{ANNOUNCE}(SetTimer(str(id(X))),)\n", "it calls id() at mine.py:7; a handler is a pure"),
    "text_of_an_object": (
        f"X = object()\n{ANNOUNCE}(SetTimer(repr(X)[-9:]),)\n",
        "even with the same hash seed: it uses a memory address",
    ),
    "process": (f"{ANNOUNCE}(SetTimer(str(os.getpid())),)\n", "it calls os.getpid() at mine.py:6; a handler is a pure"),
    "when_it_was_loaded": (
        f"BEGAN = time.time()\n{ANNOUNCE}(SetTimer(str(BEGAN)),)\n",
        "even with the same hash seed: it uses a memory address (id(), or the text or the hash of an object), time, or chance",
    ),
    "where_it_runs": (
        f"{ANNOUNCE}(SetTimer(sys.argv[0]),)\n",
        "whatever the hash seed: it depends on something besides its state",
    ),
}


def sample(names: Iterable[str], *fast: str) -> list[ParameterSet]:
    """All `names`, of which those that are not `fast` are tried by CI alone: each starts several interpreters."""
    return [pytest.param(name, marks=() if name in fast else pytest.mark.slow) for name in names]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    before, path = set(sys.modules), list(sys.path)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def own(body: str) -> tuple[str, ...]:
    Path("mine.py").write_text(HEAD + body, encoding="utf-8")
    return ("--impl", "./mine.py", *SMALL)


# --- the order of sets -------------------------------------------------------------------------------------------------


def test_interpreters_are_started_until_each_member_of_a_small_set_was_first_and_last() -> None:
    orders = [{"a b c": order.split()} for order in ("a b c", "c b a", "b a c", "a c b")]
    assert [undecided(orders[:number]) for number in (1, 2, 3, 4)] == [True, True, True, False]


@pytest.mark.parametrize("name", sample(ORDERS, "two", "a_comprehension"))
def test_the_order_of_a_set_is_never_found_by_luck(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_main(own(ORDERS[name])) == 150
    line = capsys.readouterr().err
    assert (
        "depending on the hash seed: sort what comes out of a set" in line or "it depends on the order of a set: sort" in line
    )
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("two", marks=pytest.mark.slow),
        *(pytest.param(name, marks=pytest.mark.long) for name in ("three", "enumeration", "dataclasses_in_a_global")),
    ],
)
def test_whatever_the_first_seed(name: str) -> None:
    words = own(ORDERS[name])
    command = [
        sys.executable,
        "-c",
        "import sys; from groupy_check.checker.interfaces.cli import check_main; sys.exit(check_main())",
    ]
    for seed in range(8):
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        done = subprocess.run([*command, *words], env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, "of a set" in done.stderr) == (150, True), seed


@pytest.mark.parametrize("name", sample(FINE, "sorted"))
def test_what_depends_on_no_order_is_not_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_main(own(FINE[name])) in {0, 12}
    assert capsys.readouterr().err == ""


def test_an_order_that_is_the_same_everywhere_is_undecided() -> None:
    here = orders([frozenset({"a", "b"}), frozenset({1, 2}), ("c", "d")], [])
    assert list(here) == ["a b"]  # those of numbers have one order, and nobody makes a set of the tuple
    assert undecided([here, here])
    assert not undecided([here, {"a b": here["a b"][::-1]}])


def test_equal_sets_that_are_iterated_differently_are_told_from_time_and_chance(capsys: pytest.CaptureFixture[str]) -> None:
    """8, 16 and 24 have one place in a small table: a set of them is iterated in the order in which it was made."""
    assert check_main(own(BAG.format(items="[8, 16, 24]", taken="items"))) == 150
    assert "gave different outcomes; it depends on the order of a set: sort what comes out" in capsys.readouterr().err


# --- the reason is the reason --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sample(REASONS, "hash", "id"))
def test_the_reason_given_is_the_reason(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["groupy-check"])  # a user's; in a worker of xdist it is "-c", as in the others
    body, reason = REASONS[name]
    assert check_main(own(body)) == 150
    line = capsys.readouterr().err
    assert reason in line
    assert line.count("\n") == 1


# --- what is found is replayed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("slaves", "it changed self.slaves from [] to [p2]"),
        ("classlist", "it changed the class attribute Shared.known from {} to {p2}"),
        (
            "elsewhere",
            "depending on what was called before: whatever it keeps belongs into the state",
        ),
    ],
)
def test_state_outside_the_state_is_the_protocols_fault(case: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_main(["--impl", str(CASES / f"{case}.py")]) == 150
    out, err = capsys.readouterr()
    assert told in err
    assert out == ""


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("hunt", "--impl", "{}", "--nodes", "3", "--time-limit", "20"), marks=pytest.mark.slow),
        pytest.param(("simulate", "--impl", "{}", "--runs", "20", "--seed", "1"), marks=pytest.mark.slow),
        ("diff", "{}", "gms3"),
        pytest.param(("diff", "gms3", "{}"), marks=pytest.mark.slow),
    ],
)
def test_all_doors_replay(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word.format(CASES / "elsewhere.py") for word in words]) == 150
    out, err = capsys.readouterr()
    assert "elsewhere.py: " in err
    assert "depend" in err
    assert "violated" not in out.lower()


@pytest.mark.slow
def test_the_api_and_grading_replay(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ProtocolError, match="depending on what was called before"):
        check(str(CASES / "elsewhere.py"))
    Path("class").mkdir()
    Path("class", "one.py").write_text((CASES / "elsewhere.py").read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["grade", "class", "--expect", "agreement:holds"]) == 0
    assert "not judged" in capsys.readouterr().out


def found(name: str = "agreement") -> Trace:
    trace = Explorer(Gms2(), Scenario(), [PROPERTIES[name]]).run().finding(name).trace
    assert trace is not None
    return trace


def test_a_run_that_is_one_is_replayed() -> None:
    run = retold(Gms2(), found(), "agreement")
    assert divergence(Gms2(), run) == ""
    assert len(run.steps) == 5


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda run: replace(run, steps=((99, run.steps[0][1]), *run.steps[1:])), "step 1, p1: "),
        (lambda run: replace(run, states=(("x",) * 4, *run.states[1:])), "the beginning leaves p1 in another state"),
        (
            lambda run: replace(run, states=(*run.states[:2], (*run.states[2][:1], "x", *run.states[2][2:]), *run.states[3:])),
            "leaves p2 in another state",
        ),
        (
            lambda run: replace(run, states=(*run.states[:2], (*run.states[2][:3], "x"), *run.states[3:])),
            "leaves the network in another state",
        ),
        (lambda run: replace(run, name="integrity"), "integrity is not violated at its end"),
    ],
)
def test_the_first_step_that_differs_is_named(change, told: str) -> None:
    run = change(retold(Gms2(), found(), "agreement"))
    assert told in divergence(Gms2(), run)


class Twin(Gms2):
    """gms2 as a user would hand it in."""

    name = "twin"


def test_the_line_that_acted_there_is_named_too() -> None:
    trace = Explorer(Twin(), Scenario(), [PROPERTIES["agreement"]]).run().finding("agreement").trace
    assert trace is not None
    run = retold(Twin(), trace, "agreement")
    told = divergence(Twin(), replace(run, states=(run.states[0], ("x",) * 4, *run.states[2:])))
    assert told.startswith(f"step 1, {run.steps[0][1]}, answered at gms1.py:")


def test_the_run_of_another_protocol_is_none() -> None:
    difference = divergence(Gms3(), retold(Gms2(), found(), "agreement"))
    assert difference != ""


def test_what_cannot_be_loaded_elsewhere_is_replayed_here() -> None:
    """A class within a function: its violations are shown when a copy of it repeats them, and only then."""

    class Local(Gms2):
        pass

    assert check(Local, properties=["agreement"]).finding("agreement").length == 5
    with pytest.raises(ProtocolError, match="was found, but when it is replayed from nothing, "):
        confirm_runs(type("Other", (Gms3,), {"__module__": __name__})(), "", [("agreement", found())])


def test_a_users_own_violation_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text("from groupy_check import Gms3\nclass Mine(Gms3): pass\n", encoding="utf-8")
    words = ("--impl", "./mine.py", "--joins", "1", "--messages", "1", "--property", "progress")
    assert check_main(words) == 11
    assert "progress  VIOLATED      8" in capsys.readouterr().out


def test_a_property_that_keeps_something_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    body = (
        "from groupy_check import *\nclass Mine(Requirement):\n    '''nothing ever'''\n    kind = Kind.SAFETY\n    seen = 0\n"
    )
    judge = (
        "    def judge(self, history):\n        self.seen += 1\n        return Witness('late') if self.seen > 500 else None\n"
    )
    Path("late.py").write_text(body + judge, encoding="utf-8")
    assert check_main(["--impl", "gms2", "--messages", "1", "--property", "./late.py"]) == 151
    assert "it changed self.seen from 0 to" in capsys.readouterr().err


# --- the other interpreters ------------------------------------------------------------------------------------------------


def test_one_that_cannot_load_the_protocol_does_not_answer() -> None:
    with Interpreter("./gone.py", 1) as one:
        assert one.answer() is None


def test_what_the_user_prints_there_does_not_matter(capfd: pytest.CaptureFixture[str]) -> None:
    body = f"os.write(1, b'x' * 100)\nprint('y')\n{ANNOUNCE}(print(message), os.write(1, b'z'))[2:]\n"
    Path("mine.py").write_text(HEAD + body, encoding="utf-8")
    confirm_runs(load_protocol("./mine.py"), "./mine.py", [])
    assert check_main(own(f"{ANNOUNCE}(print(message), SetTimer('a'))[1:]\n")) == 0
    assert "Traceback" not in capfd.readouterr().err
