"""Inputs about which a property once said the wrong thing, and others of their kinds. The files are in `cases/properties/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from groupy_check import check
from groupy_check.groupy_model.verdict import Verdict

CASES = Path(__file__).parent / "cases" / "properties"
JOIN = {"nodes": 2, "joins": 1, "messages": 1, "crashes": 0}
ALONE = {"nodes": 1, "joins": 1, "messages": 2, "crashes": 0}
LEFT_OUT = {"nodes": 2, "messages": 1, "crashes": 0}
OPEN_DOOR = {"nodes": 3, "joins": 1, "messages": 0, "crashes": 1}
SPLIT = {"nodes": 2, "messages": 0, "crashes": 0, "partitions": 1}

# The file, what it reads from its surroundings, the scenario, the property, and the length of its shortest violation (0: none).
WANTED = [
    # What was adopted counts as had, before or after the view.
    ("state_after_view", {}, JOIN, "agreement", 0),
    ("state_after_view", {}, JOIN, "state-transfer", 0),
    ("state_after_view", {}, ALONE, "prefix-order", 0),
    ("state_after_view", {}, ALONE, "fifo", 0),
    ("state_after_view", {}, ALONE, "virtual-synchrony", 0),
    ("state_after_view", {}, ALONE, "integrity", 0),
    # Join, asked, viewed; a1; asked for the state, and it comes: what was delivered before the view is missing.
    ("state_after_view", {"GIVES": "none"}, JOIN, "state-transfer", 6),
    ("state_after_view", {"GIVES": "none"}, JOIN, "agreement", 0),
    # Two multicasts more, one of which the state lacks.
    ("state_after_view", {"GIVES": "last"}, ALONE, "state-transfer", 7),
    ("state_after_view", {"AGAIN": "1"}, ALONE, "integrity", 7),
    # Somebody's broken promise: p4 asks, and p1 hears it.
    ("no_entry", {}, OPEN_DOOR, "admission", 2),
    ("no_entry", {"ANSWER": "no"}, {**OPEN_DOOR, "crashes": 0}, "admission", 0),
    ("no_entry", {"ANSWER": "view"}, {**JOIN, "messages": 0}, "admission", 3),
    ("gms1", {}, OPEN_DOOR, "admission", 3),  # p2 forwards the request to p1, which crashes
    ("gms3-fixed", {}, OPEN_DOOR, "admission", 0),
    ("fbcast", {}, {**OPEN_DOOR, "nodes": 2}, "admission", 4),  # as gms1, and p2 has to notice
    # One sequence of views: who skips one breaks nothing, who founds a group of its own does.
    ("skipper", {}, {"nodes": 5, "messages": 2, "crashes": 0}, "primary-partition", 0),
    ("founder_of_its_own", {}, {**JOIN, "messages": 0}, "primary-partition", 1),
    ("founder_of_its_own", {"NUMBER": "0"}, {**JOIN, "messages": 0}, "primary-partition", 1),
    ("founder_of_its_own", {"NUMBER": "1"}, {**JOIN, "messages": 0}, "primary-partition", 1),
    ("founder_of_its_own", {"NUMBER": "1"}, {**JOIN, "messages": 0}, "view-agreement", 1),
    ("gms3-fixed", {}, {**JOIN, "messages": 0}, "primary-partition", 0),
    # None skipped, since the view that adds the joiner: it joins (3 steps), a1 and a2, two receipts.
    ("fifo_joiner", {}, ALONE, "fifo", 7),
    ("fifo_joiner", {}, ALONE, "causal", 7),
    # Left out and told so: as good as crashed. But not if it ends itself before anybody has gone on without it.
    ("excluded", {}, LEFT_OUT, "termination", 0),
    ("excluded", {}, LEFT_OUT, "agreement", 0),
    ("excluded", {}, LEFT_OUT, "accuracy", 1),
    ("excluded", {"EARLY": "1"}, LEFT_OUT, "termination", 2),
    # An order in which any two agree.
    ("circle", {}, {"nodes": 3, "messages": 3, "crashes": 0}, "total-order", 6),
    ("circle", {}, {"nodes": 3, "messages": 2, "crashes": 0}, "total-order", 0),
    # After the network has healed: each side has gone on alone, and stays apart. In gmp3 the smaller side is blocked instead;
    # that its view differs while the network is split (8 steps) says nothing, only that it still does when that is over.
    ("gms1", {}, SPLIT, "one_view", 0),
    ("gms1", {"ALWAYS": "1"}, SPLIT, "one_view", 0),
    ("heartbeat", {}, SPLIT, "one_view", 6),
    ("gmp3", {}, {**SPLIT, "nodes": 3}, "one_view", 9),
    ("gmp3", {"ALWAYS": "1"}, {**SPLIT, "nodes": 3}, "one_view", 8),
    ("gms1", {}, SPLIT, "never_split", 1),
    ("gms1", {"ASKS": "healed"}, SPLIT, "never_split", 2),
]


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize(("impl", "surroundings", "scenario", "name", "steps"), WANTED)
@pytest.mark.parametrize("engine", ["reference", "native"])
def test_the_right_answer(
    impl: str, surroundings: dict[str, str], scenario: dict[str, Any], name: str, steps: int, engine: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for variable, value in surroundings.items():
        monkeypatch.setenv(variable, value)
    files = {path.stem: str(path) for path in CASES.glob("*.py")}
    path, wanted = files.get(impl, impl), files.get(name, name)
    finding = check(path, properties=[wanted], engine=engine, **scenario).findings[0]
    assert (finding.length or 0) == steps
    assert (finding.verdict is Verdict.VIOLATED) == (steps > 0)
