"""A time limit holds whatever a user's code does, and what was found before is told; calls that do not return are named."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from groupy_check import check
from groupy_check.checker.errors import GroupyError, ProtocolError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.checker.limits import deadline
from groupy_check.checker.limits.deadline import TimeIsUp, calling, extra_time, time_is_up, time_limit
from groupy_check.checker.search.base import Limits, Progress
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Result, Verdict
from groupy_check.specs.registry import PROPERTIES

CASES = Path(__file__).parents[1] / "inputs" / "cases"
LIMIT = 0.3
LIMITS = (LIMIT, 1, 5, 20)  # on a busy machine the first ones are over before the file is loaded
EARLY = "the time limit is over before it is loaded"
ELECTION = """import itertools, re, threading, time
from groupy_check import Gms2

class Mine(Gms2):
    def election(self, slave):
{body}
"""
LOOP = "while True: pass"
SWALLOWING = """while True:
    try:
        while True: pass
    except BaseException: pass"""
ANSWERING = """try:
    while True: pass
except BaseException: return super().election(slave)"""
BODIES = {
    "loop": LOOP,
    "sleep": "time.sleep(1000)",
    "an exception that is caught": f"try:\n    {LOOP}\nexcept Exception: pass",
    "an interruption taken for an answer": ANSWERING,
    "a lock taken twice": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "a regular expression": "re.match('(a+)+$', 'a' * 60 + 'b')",
    "a huge power": "9 ** 9 ** 9",
    "an endless recursion of generators": "sum(1 for _ in itertools.count())",
    "ours, without end": "from groupy_check import broadcast; broadcast(1, itertools.count(1))",
}
ECHO = """from groupy_check import Gms2, Multicast, Node, Receive, Send, Step

class Mine(Gms2):
    def step(self, state, event):
        match event:
            case Multicast():
                return Step(state, (Send(Node(1), "echo"), Send(Node(2), "echo")))
            case Receive(source, "echo"):
                return Step(state, (Send(source, "echo"), Send(source, "echo")))
        return super().step(state, event)
"""
ELSEWHERE = {
    "initial": "    def initial(self, me):\n        while True: pass\n",
    "forming the group": "    def step(self, state, event):\n        while True: pass\n",
    "the constructor": "    def __init__(self):\n        while True: pass\n",
}
HASH = """from dataclasses import dataclass
from groupy_check import Gms2, Multicast, Step, broadcast

@dataclass(frozen=True)
class Message:
    payload: object
    def __hash__(self):
        while True: pass

class Mine(Gms2):
    def step(self, state, event):
        if isinstance(event, Multicast):
            return Step(state, broadcast(Message(event.payload), state.slaves))
        return super().step(state, event)
"""
PROPERTY = """from groupy_check import Kind, Requirement

class Mine(Requirement):
    \"\"\"Nothing.\"\"\"
    kind = Kind.SAFETY
    def judge(self, history):
        while True: pass
"""


CALM = """from groupy_check import Delivered, Kind, Requirement, Witness

class Calm(Requirement):
    \"\"\"Nobody delivers anything.\"\"\"
    kind = Kind.SAFETY
    def judge(self, history):
        loud = [life.node for life in history.lives if any(isinstance(entry, Delivered) for entry in life.log)]
        return Witness(f"{loud[0]} delivers", (loud[0],)) if loud else None
"""


@pytest.fixture(autouse=True)
def _names_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "LONG", 0.0)
    monkeypatch.setattr(deadline, "EXTRA", 0.3)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return tmp_path / "mine.py"


def timely(began: float, limit: float = LIMIT) -> bool:
    """Much sooner than what is waited for, which never ends; the machine may be busy."""
    return time.monotonic() - began < limit + 60


def cut_short(name: str, properties: Sequence[str] = (), there: Callable[[Result], bool] = lambda _: True) -> Result:
    """The result with the shortest of LIMITS that leaves enough time to load `name` and to come `there`."""
    for limit in LIMITS:
        began = time.monotonic()
        try:
            result = check(name, properties=properties, time_limit=limit)
        except GroupyError as error:
            if EARLY not in str(error):
                raise
            continue
        assert timely(began, limit)
        assert result.coverage.bound == f"{limit} seconds"
        if there(result):
            break
    return result


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_handler_that_does_not_return_is_named_and_the_search_is_bounded(body: str, mine: Path) -> None:
    mine.write_text(ELECTION.format(body="\n".join(f"        {line}" for line in body.splitlines())))
    result = cut_short(str(mine), there=lambda result: "event=down(p1))" in result.warnings[0])
    assert result.coverage.distinct > 10
    assert "event=down(p1)) has not returned for" in result.warnings[0]
    assert {finding.verdict for finding in result.findings} <= {Verdict.NOT_FOUND, Verdict.VIOLATED}


@pytest.mark.parametrize("body", ELSEWHERE.values(), ids=ELSEWHERE)
def test_the_time_is_kept_before_the_search_begins(body: str, mine: Path) -> None:
    mine.write_text(f"from groupy_check import Gms2\n\nclass Mine(Gms2):\n{body}")
    if "__init__" in body:
        began = time.monotonic()
        with pytest.raises(ProtocolError, match=r"before anything could be known: .*Mine\(\) has not returned"):
            cut_short(str(mine))
        assert timely(began, sum(LIMITS))
    else:
        result = cut_short(str(mine))
        assert result.coverage.distinct == 0
        assert "the time was up before the group had formed" in result.warnings


def test_a_multicast_that_is_echoed_without_end_holds_nothing_up(mine: Path) -> None:
    mine.write_text(ECHO)
    began, told = time.monotonic(), list[Progress]()
    properties = [PROPERTIES["agreement"], PROPERTIES["progress"]]
    result = Explorer(load_protocol(str(mine)), Scenario(), properties, Limits(seconds=1), told.append).run()
    assert timely(began, 1)
    assert result.coverage.bound == "1 seconds"
    assert told[-1].note == "what comes of one more multicast?"


def test_a_file_that_never_loads_is_refused(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine.write_text(LOOP)
    assert check_main(["--impl", str(mine), "--time-limit", "1"]) == 150
    assert "the time limit is over before it is loaded" in capsys.readouterr().err
    with pytest.raises(ProtocolError, match="before it is loaded"):
        check(str(mine), time_limit=LIMIT)


def test_a_method_of_a_value_and_a_property_of_the_users_own_are_interrupted_too(mine: Path, tmp_path: Path) -> None:
    mine.write_text(HASH)
    told = "mine.py:8 (__hash__) has not returned when the time is up"
    assert cut_short(str(mine), there=lambda result: result.warnings[0] == told).warnings[0] == told
    own = tmp_path / "own.py"
    own.write_text(PROPERTY)
    told = "judge(history) has not returned"
    assert told in cut_short("gms2", [str(own)], lambda result: told in result.warnings[0]).warnings[0]


def test_what_was_found_before_is_told_with_its_run(mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine.write_text(ELECTION.format(body="        while True: pass"))
    own = tmp_path / "own.py"
    own.write_text(CALM)
    words = ["--impl", str(mine), "--property", str(own), "--continue", "--time-limit", "2", "--out", str(tmp_path / "out")]
    assert check_main(words) == 12
    told = capsys.readouterr().out
    assert "(stopped after 2 seconds)" in told
    assert "p1 delivers" in told
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".svg", ".dot", ".txt", ".json", ".html"}


def test_slow_handlers_are_what_the_time_went_into() -> None:
    result = cut_short(str(CASES / "slow_handler/mine.py"))
    assert any("s went into" in warning or "has not returned" in warning for warning in result.warnings)


def commands(path: str) -> Iterator[list[str]]:
    yield ["check", "--impl", path]
    yield ["check", "--impl", path, "--engine", "reference"]
    yield ["hunt", "--impl", path]
    yield ["diff", path, "gms3"]
    yield ["simulate", "--impl", path]
    yield ["catch", "agreement", "--correct", path, "--mutants", "gms2"]


def test_every_command_that_has_the_flag_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in commands(str(CASES / "loop_handler/mine.py")):
        for limit in LIMITS[1:]:
            began = time.monotonic()
            status = main([*words, "--time-limit", str(limit), "--quiet"])
            assert timely(began, limit), words
            if EARLY not in capsys.readouterr().err:
                break
        assert status == 3, words


@pytest.mark.slow
def test_the_cases_end_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    for case in ("loop_handler", "slow_handler"):
        began = time.monotonic()
        assert check_main(["--impl", str(CASES / case / "mine.py"), "--time-limit", "3"]) == 3
        assert timely(began, 3)
        assert "(stopped after 3 seconds)" in capsys.readouterr().out


# --- without a limit -----------------------------------------------------------------------------------------------------


def test_a_call_that_takes_long_is_named_even_without_a_limit(
    mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deadline, "NOTICED", 0.2)
    mine.write_text(ELECTION.format(body="        time.sleep(0.3)\n        return super().election(slave)"))
    calm = check("gms2", nodes=2, messages=1)
    result = check(str(mine), nodes=2, messages=1)
    assert (result.coverage.bound, result.coverage.distinct) == ("", calm.coverage.distinct)
    lines = [line for line in capsys.readouterr().err.splitlines() if "has not returned for " in line]
    assert lines
    assert all(line.startswith("step(state=slave(p2, p1,") and "event=down(p1))" in line for line in lines)


# --- the limits themselves -----------------------------------------------------------------------------------------------


def test_an_inner_limit_never_outlasts_an_outer_one() -> None:
    with time_limit(0.05), time_limit(100), pytest.raises(TimeIsUp), calling(lambda: "f()"):
        time.sleep(10)
    with time_limit(100), time_limit(0.0):
        assert time_is_up()
        with extra_time():
            assert not time_is_up()
    assert not time_is_up()


def test_somebody_elses_alarm_is_left_alone() -> None:
    rung = list[int]()
    before = signal.signal(signal.SIGALRM, lambda number, _: rung.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        wanted = [PROPERTIES["agreement"]]
        result = Explorer(PROTOCOLS["gms2"](), Scenario(nodes=4), wanted, Limits(seconds=0.3)).run()
        assert result.coverage.bound == "0.3 seconds"
        assert rung == [signal.SIGALRM]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
