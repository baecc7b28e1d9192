"""Parameters of a protocol are part of its name, so that whatever names it can make it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from groupy_check.checker.errors import GroupyError
from groupy_check.checker.inputs.parameters import configured, settings_of, with_settings
from groupy_check.checker.inputs.protocols import load_protocol, protocol_of
from groupy_check.checker.interfaces.api import check
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.protocols.groupy.heartbeat import Heartbeat

MINE = """from dataclasses import dataclass

from groupy_check import Gms3


@dataclass(frozen=True)
class Mine(Gms3):
    repeats: bool = True
    copies: int = 1
    tag: str = "plain"
    often: float = 0.5

    def __post_init__(self):
        if self.copies < 0:
            raise ValueError("copies must be at least 0")

    def repeat(self, slave, others):
        return super().repeat(slave, others) * self.copies if self.repeats else ()
"""


@pytest.fixture(autouse=True)
def _file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(MINE, encoding="utf-8")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("./mine.py", "./mine.py"),
        ("./mine.py(repeats=false)", "./mine.py(repeats=false)"),
        ("./mine.py:Mine(copies=2,repeats=False)", "./mine.py:Mine(repeats=false,copies=2)"),  # in the order of the fields
        ("mine.py(copies=1,tag=x-1)", "mine.py(tag=x-1)"),  # 1 is the default
        ("heartbeat(patience=2)", "heartbeat(patience=2)"),
        ("heartbeat-patient(patience=1)", "heartbeat-patient"),
    ],
)
def test_a_name_says_what_differs_from_the_defaults(typed: str, name: str) -> None:
    protocol = load_protocol(typed)
    assert protocol.name == name
    assert load_protocol(name).name == name


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("./mine.py(repeat=false)", "./mine.py: unknown parameter 'repeat': did you mean repeats?"),
        ("./mine.py(repeats=no)", "./mine.py: Mine.repeats is true or false, not 'no'"),
        ("./mine.py(copies=1.5)", "./mine.py: Mine.copies is a whole number, not '1.5'"),
        ("./mine.py(often=0.5)", "./mine.py: Mine.often is neither int, bool nor str, so it cannot be set from outside"),
        ("./mine.py(copies=-1)", "./mine.py: Mine(copies=-1) raised ValueError: copies must be at least 0"),
        ("gms2(patience=2)", "gms2: it has no parameters"),
        ("gms9(patience=2)", "unknown protocol 'gms9(patience=2)'"),
        ("./gms3.erl(timeout=2)", "./gms3.erl: a program in Erlang has no parameters to set; change its -define"),
        ("./mine.py()", "there is no file mine.py()"),
    ],
)
def test_what_cannot_be_set_is_told_in_a_line(typed: str, reason: str) -> None:
    with pytest.raises(GroupyError) as caught:
        load_protocol(typed)
    assert str(caught.value).startswith(reason)
    assert "\n" not in str(caught.value)


def test_a_class_without_parameters_is_told_how_to_get_some() -> None:
    Path("plain.py").write_text("from groupy_check import Gms3\n\n\nclass Plain(Gms3):\n    pass\n", encoding="utf-8")
    with pytest.raises(GroupyError, match="Plain has no parameters; make it a `@dataclass"):
        load_protocol("plain.py(k=1)")


def test_a_file_with_such_a_name_is_a_file() -> None:
    Path("mine(k=2)").mkdir()
    Path("mine(k=2)/mine.py").write_text(MINE, encoding="utf-8")
    assert load_protocol("./mine(k=2)/mine.py").name == "./mine(k=2)/mine.py"
    assert configured("./mine(k=2)/mine.py").settings == {}


@dataclass(frozen=True)
class Own(Gms3):
    repeats: bool = True
    what: tuple[int, ...] = ()


def test_an_object_is_named_by_its_parameters() -> None:
    assert protocol_of(Own()).name == f"{__name__}:Own"
    assert protocol_of(Own(repeats=False)).name == f"{__name__}:Own(repeats=false)"
    assert settings_of(Own(what=(1,))) is None  # no name can bring it back
    assert protocol_of(Heartbeat(patience=3)).name == "heartbeat(patience=3)"
    assert load_protocol("heartbeat(patience=3)") == Heartbeat(patience=3)


def test_settings_are_merged_into_the_name() -> None:
    assert with_settings("./mine.py(copies=2)", ["copies=3", "repeats=false"]) == "./mine.py(copies=3,repeats=false)"
    for wrong in ("copies", "=3", "copies=", "copies=a b", "copies=(1)", "a,b=1"):
        with pytest.raises(GroupyError, match="write a name, =, and a number"):
            with_settings("./mine.py", [wrong])


def test_patience_survives_a_lost_ping() -> None:
    """With one ping, one loss makes p1 time out and remove p2: 3 steps. With two, no run of 54 states does."""
    hasty, patient = (check(Heartbeat(patience=n), messages=0, crashes=0, drops=1, properties=["accuracy"]) for n in (1, 2))
    assert hasty.finding("accuracy").length == 3
    assert patient.finding("accuracy").verdict.value == "holds"
    assert patient.coverage.distinct == 54


def test_what_is_written_names_the_parameters_and_replays(capsys: pytest.CaptureFixture[str]) -> None:
    """A new leader that repeats nothing: p3 never delivers what only p2 got, 4 steps as in gms3~no-repeat."""
    status = check_main(["./mine.py", "--set", "repeats=false", "-p", "agreement", "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert (status, found["protocol"]) == (13, "./mine.py(repeats=false)")
    run = Path("results/mine-repeatsfalse-agreement.txt")
    assert run.read_text(encoding="utf-8").count("groupy-check --impl './mine.py(repeats=false)'") >= 1
    assert main(["replay", str(run), "--impl", "./mine.py", "--set", "repeats=false", "-p", "agreement", "-q"]) == 13
    assert main(["replay", str(run), "--impl", "./mine.py(repeats=false)", "-p", "agreement", "-q"]) == 13
    assert main(["replay", str(run), "-q"]) == 150  # a file never loads a user's protocol


def test_a_built_in_one_is_replayed_by_the_name_in_the_file() -> None:
    scenario = ["-m", "0", "-c", "0", "-d", "2"]
    assert check_main(["heartbeat", "--set", "patience=2", *scenario, "-p", "accuracy", "-q"]) == 12
    assert check_main(["heartbeat", "--set", "patience=2", *scenario, "-p", "accuracy"]) == 12
    assert main(["replay", "results/heartbeat-patience2-m0-c0-d2-accuracy.txt", "-p", "accuracy", "-q"]) == 12


def test_a_setting_needs_a_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "--set", "patience=2"]) != 0
    assert "of which protocol?" in capsys.readouterr().err
