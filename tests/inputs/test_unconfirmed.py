"""Where no time is left to replay a violation from nothing, that is said on stderr, quiet or not, and is in the result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from groupy_check.checker.inputs.other_interpreters.hash_seed import OtherSeeds
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.checker.limits.deadline import TimeIsUp

MINE = """
from groupy_check import Gms2


class Mine(Gms2):
    '''gms2.'''
"""
SAID = "no time was left for a fresh interpreter to replay the runs that were found; groupy replay does so"


@pytest.mark.parametrize("words", [["--quiet"], ["--format", "json"]], ids=["quiet", "json"])
def test_an_unconfirmed_violation_is_called_so(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def late(*_: object) -> None:
        raise TimeIsUp("")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(OtherSeeds, "confirm", late)
    Path("mine.py").write_text(MINE)
    assert check_main(["--impl", "./mine.py", "--messages", "1", "--property", "agreement", *words]) == 13
    out, err = capsys.readouterr()
    assert err == f"{SAID}\n"
    assert words == ["--quiet"] or SAID in json.loads(out)["warnings"]
