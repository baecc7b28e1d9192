"""A class that was changed after its import is another one in a fresh interpreter: that is refused, and the way out is said."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.interfaces.api import check
from groupy_check.groupy_model.verdict import Verdict

MINE = """
from groupy_check import Gms3


class Mine(Gms3):
    '''gms3 whose new leader repeats the last message, or not.'''

    repeats = True

    def repeat(self, slave, others):
        return super().repeat(slave, others) if self.repeats else ()
"""


@pytest.mark.slow
def test_what_was_set_in_a_class_after_the_import_is_checked_in_an_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "set_after_import.py").write_text(MINE)
    monkeypatch.syspath_prepend(tmp_path)
    kind = importlib.import_module("set_after_import").Mine
    kind.repeats = False
    with pytest.raises(ProtocolError, match=r"what was set in its class after the import \(then check an instance, Mine\(\),"):
        check(kind, messages=1, properties=["agreement"])
    finding = check(kind(), messages=1, properties=["agreement"]).finding("agreement")
    assert (finding.verdict, finding.length) == (Verdict.VIOLATED, 4)
