"""No two public classes have one name, so that a name says what it means wherever it is read. (Protocols may repeat names.)"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("checker", "reports", "specs", "groupy_model")
APART = {"lessons", "protocols"}  # each file here is read by itself
# These still have two meanings, most of them in the proofs and the native engine.
TWICE = {"Change", "Group", "Growing", "Message", "Move", "Performer", "Store", "Turn"}


def test_each_public_class_has_a_name_of_its_own():
    homes = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            names = [node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
            for name in names if APART.isdisjoint(path.relative_to(ROOT).parts) else ():
                homes[name].append(str(path.relative_to(ROOT)))
    twice = {name: paths for name, paths in homes.items() if len(paths) > 1 and not name.startswith("_")}
    assert {name: paths for name, paths in twice.items() if name not in TWICE} == {}
