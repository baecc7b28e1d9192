"""Files written for version 0.1 import `groupy_model.gms3`, `specs.requirement` or `checker`: these names still work."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

PACKAGES = {"groupy_model": "groupy_check.groupy_model", "specs": "groupy_check.specs", "checker": "groupy_check"}
PROTOCOLS = tuple(f"groupy_check.groupy_model.protocols.{family}" for family in ("groupy", "membership", "multicast"))
OURS = "../checker/interfaces/groupy_check.py"  # in a checkout, this lies beside each of our folders


def understand_former_names() -> None:
    """Let imports of the former names find today's modules, but for names that a file of the user's answers to."""
    if not any(isinstance(finder, _FormerNames) for finder in sys.meta_path):
        sys.meta_path.insert(0, _FormerNames())


class _FormerNames(MetaPathFinder):
    """Finds the module that had a name once."""

    def find_spec(self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """Where that module is today, None if it is none of ours."""
        package, _, rest = fullname.partition(".")
        home = PACKAGES.get(package)
        if home is None:
            return None
        users = PathFinder.find_spec(package)
        if not rest:
            return None if users and _is_users(users) else spec_from_loader(fullname, _Alias(home), is_package=True)
        if sys.modules.get(package) is not sys.modules.get(home):
            return None
        homes = (f"groupy_check.{fullname}", *(f"{family}.{rest}" for family in PROTOCOLS))
        found = next(filter(_exists, homes), None)
        if found:
            return spec_from_loader(fullname, _Alias(found))
        # A folder of the user's may bear our name and hold other modules.
        return PathFinder.find_spec(fullname, users.submodule_search_locations) if users else None


def _is_users(spec: ModuleSpec) -> bool:
    """What `spec` finds has code, and is not what a file in the root of a checkout finds beside itself."""
    folders = spec.submodule_search_locations or ()
    return spec.origin is not None and not any(Path(folder, OURS).is_file() for folder in folders)


class _Alias(Loader):
    """Gives a module that exists already a second name."""

    def __init__(self, home: str) -> None:
        self.home = home

    def create_module(self, _spec: ModuleSpec) -> ModuleType:
        module = import_module(self.home)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # importing has put that of the second name there


def _exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
