"""The pytest plugin: the fixture `groupy`.

pytest loads this file in every run, so all else is imported when a test asks for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from groupy_check.checker.interfaces.assertions import Groupy


@pytest.fixture
def groupy(tmp_path: Path) -> Groupy:
    """As `check`; its result has `assert_holds` and `assert_violated`. A failure's files lie under `tmp_path`.

    def test_the_order_survives_a_crash(groupy):
        groupy("./mine.py", nodes=3).assert_holds("total-order")
        groupy("gms2").assert_violated("agreement", steps=5)

    `groupy.judge("app.log", claims="evs")` is as `judge`, with the same assertions.
    """
    from groupy_check.checker.inputs.import_worlds import keep_our_imports_apart  # noqa: PLC0415

    keep_our_imports_apart()
    from groupy_check.checker.interfaces.api import check  # noqa: PLC0415
    from groupy_check.checker.interfaces.assertions import Groupy, asserting  # noqa: PLC0415

    return Groupy(asserting(check, tmp_path / "groupy"), tmp_path / "groupy")
