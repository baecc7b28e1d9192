"""Inputs that were once judged by the wrong fairness, each with the right answer; and where the flag for it is written down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from groupy_check.checker.errors import UsageError
from groupy_check.checker.inputs.scenario_flags import scenario_of_words
from groupy_check.checker.interfaces.api import check
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.groupy_model.scenario import Fairness, Scenario
from groupy_check.groupy_model.scenario_text import flags
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.reports.wording.summary import scenario_phrase

CASES = Path(__file__).parent / "cases" / "fairness"
PAIR = "--nodes 2 --messages 1 --crashes 0 --property agreement"
THREE = "--messages 1 --crashes 0 --property agreement"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("engine", ["reference", "native"])
@pytest.mark.parametrize(
    ("words", "row"),
    [
        # Multicast, the timer fires, ping, pong: then no timer can fire any more, whether or not the play might also end.
        (f"narrow.py {PAIR}", "agreement VIOLATED 4"),
        (f"wide.py {PAIR}", "agreement VIOLATED 4"),
        (f"wide.py {PAIR} --fairness weak", "agreement VIOLATED 4"),
        (f"chat.py {PAIR} --order any", "agreement holds"),
        (f"chat.py {PAIR} --order any --fairness weak", "agreement holds"),
        (f"weak_fair.py {THREE}", "agreement holds"),
        # Two steps begin the ping-pong, and in four p2 is busy and free again.
        (f"weak_fair.py {THREE} --fairness weak", "agreement VIOLATED 6"),
    ],
)
def test_the_right_answer(words: str, row: str, engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    path, *given = words.split()
    check_main(["--impl", str(CASES / path), *given, "--engine", engine])
    told = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert any(line.startswith(row) for line in told), told


@pytest.mark.parametrize("ending", ["txt", "itf.json"])
def test_a_replay_judges_by_the_fairness_of_the_file(here: Path, ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    protocol = str(CASES / "weak_fair.py")
    check_main(["--impl", protocol, *THREE.split(), "--fairness", "weak"])
    capsys.readouterr()
    (file,) = (here / "results").glob(f"weak_fair-*-agreement.{ending}")
    assert main(["replay", str(file), "--impl", protocol, "--property", "agreement", "--quiet"]) == 13
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("--fairness weak", "").replace('"fairness": "weak"', '"fairness": "mailbox"'), encoding="utf-8"
    )
    assert main(["replay", str(file), "--impl", protocol, "--quiet"]) == 151
    assert "do not repeat forever in a fair run (--fairness mailbox)" in capsys.readouterr().err


def test_the_lasso_of_fewer_runs_is_one_of_more_runs(here: Path) -> None:
    check_main(["--impl", str(CASES / "narrow.py"), *PAIR.split()])
    (file,) = (here / "results").glob("narrow-*-agreement.txt")
    assert main(["replay", str(file), "--impl", str(CASES / "wide.py"), "--property", "agreement", "--quiet"]) == 13


@pytest.mark.usefixtures("here")
def test_the_fairness_is_part_of_the_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    weak = Scenario(fairness=Fairness.WEAK)
    assert scenario_of_words(flags(weak)) == weak
    assert "--fairness" not in flags(Scenario())
    assert scenario_phrase(weak).endswith("FIFO channels, weak fairness")
    check_main(["--impl", "gms1", "--nodes", "2", "--crashes", "0", "--fairness", "weak", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["scenario"]["fairness"] == "weak"


def test_the_python_api_takes_it_too() -> None:
    protocol = str(CASES / "weak_fair.py")
    assert check(protocol, messages=1, crashes=0, properties=["agreement"]).finding("agreement").verdict is Verdict.HOLDS
    for weak in ("weak", Fairness.WEAK):
        result = check(protocol, messages=1, crashes=0, fairness=weak, properties=["agreement"])
        assert result.finding("agreement").verdict is Verdict.VIOLATED
    with pytest.raises(UsageError, match="mailbox, weak"):
        check(protocol, fairness="strong")


def test_a_checkpoint_goes_on_only_under_the_same_fairness(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = ["--impl", "gms1", "--nodes", "2", "--crashes", "0", "--quiet"]
    assert check_main([*saved, "--checkpoint", str(here / "saved")]) == 0
    assert check_main([*saved, "--resume", str(here / "saved"), "--fairness", "weak"]) == 151
    assert "fairness" in capsys.readouterr().err
