"""The pytest plugin: the fixture `groupy`.

pytest loads this file in every run, so all else is imported when a test asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from groupy_check.checker.interfaces.assertions import Checked


@pytest.fixture
def groupy(tmp_path: Path) -> Callable[..., Checked]:
    """As `checker.check`; its result has `assert_holds` and `assert_violated`. A failure's files lie under `tmp_path`.

    def test_the_order_survives_a_crash(groupy):
        groupy("./mine.py", nodes=3).assert_holds("total-order")
        groupy("gms2").assert_violated("agreement", steps=5)
    """
    from groupy_check.checker.interfaces.api import check  # noqa: PLC0415
    from groupy_check.checker.interfaces.assertions import asserting  # noqa: PLC0415

    return asserting(check, tmp_path / "groupy")
