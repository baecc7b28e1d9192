"""What is judged in some of the runs only is said below the table."""

from __future__ import annotations

from typing import Any

import pytest

from groupy_check.checker.interfaces.api import check

SAID = "Judged in part: admission, in runs in which nobody ends or leaves (for all runs, name it with --property)."


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ({"joins": 1, "crashes": 1}, True),
        ({"joins": 1, "crashes": 0, "leaves": 1}, True),
        ({"joins": 1, "crashes": 0}, False),  # nobody ends, so these are all runs
        ({"joins": 1, "crashes": 1, "properties": ["admission"]}, False),  # all are judged
        ({"joins": 0, "crashes": 1}, False),  # nobody waits
    ],
)
def test_admission_by_default_is_judged_in_part(scenario: dict[str, Any], said: bool) -> None:
    assert (SAID in str(check("gms3-fixed", nodes=2, messages=0, **scenario)).splitlines()) == said
