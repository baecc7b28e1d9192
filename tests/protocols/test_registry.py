"""The registry names every built-in protocol once, and finds it without importing the others."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pkgutil import walk_packages

from groupy_check.groupy_model import protocols
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import PROTOCOLS

ONE = """
import sys
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
assert "gms2" in PROTOCOLS and "gbcast" in PROTOCOLS and "gms9" not in PROTOCOLS
print(PROTOCOLS["gms2"].name, *sorted(name.rpartition(".")[2] for name in sys.modules if ".protocols.groupy." in name))
"""


def test_every_protocol_with_a_name_of_its_own_is_registered_where_it_is():
    modules = [import_module(found.name) for found in walk_packages(protocols.__path__, f"{protocols.__name__}.")]
    kinds = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type)]
    found = {vars(kind)["name"]: kind for kind in kinds if issubclass(kind, Protocol) and "name" in vars(kind)}
    del found[Protocol.name]
    assert found == dict(PROTOCOLS)


def test_a_lookup_imports_one_protocol_and_what_that_builds_on():
    answer = subprocess.run([sys.executable, "-c", ONE], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["gms2", "gms1", "gms2"]
