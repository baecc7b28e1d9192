"""Files written for version 0.1 import `groupy_model.gms3`, `specs.requirement` or `checker`: these names still work."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

PACKAGES = {"groupy_model": "groupy_check.groupy_model", "specs": "groupy_check.specs", "checker": "groupy_check"}
PROTOCOLS = tuple(f"groupy_check.groupy_model.protocols.{family}" for family in ("groupy", "membership", "multicast"))
OURS = "../checker/interfaces/groupy_check.py"  # in a checkout, this lies beside each of our folders


def todays(name: str) -> str:
    """The name that the module which was once called `name` has today, "" if it is none of ours."""
    package, _, rest = name.partition(".")
    if package not in PACKAGES or not rest:
        return PACKAGES.get(package, "")
    homes = (f"groupy_check.{name}", *(f"{family}.{rest}" for family in PROTOCOLS))
    return next(filter(_exists, homes), "")


def is_a_folder_of_ours(spec: ModuleSpec) -> bool:
    """`spec` was found beside a file that lies in the root of a checkout."""
    return any(Path(folder, OURS).is_file() for folder in spec.submodule_search_locations or ())


def imported(name: str, fromlist: Sequence[str], facades: dict[str, ModuleType]) -> ModuleType:
    """What an import of `name`, which was once a name of ours, binds.

    It is a module that shows ours, one for each name in `facades`: `sys.modules` learns no former name, since the user may have
    a module of that name elsewhere.
    """
    module = _facade(name, facades)
    for part in fromlist or ():
        if not hasattr(module, part) and todays(f"{name}.{part}"):
            setattr(module, part, import_module(todays(f"{name}.{part}")))
    if fromlist:
        return module
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        above = _facade(".".join(parts[:length]), facades)
        setattr(above, parts[length], _facade(".".join(parts[: length + 1]), facades))
    return _facade(parts[0], facades)


def _facade(name: str, facades: dict[str, ModuleType]) -> ModuleType:
    if name not in facades:
        facades[name] = _Facade(import_module(todays(name)))
    return facades[name]


class _Facade(ModuleType):
    """A module of ours under its former name, with those below it that were there once."""

    def __init__(self, ours: ModuleType) -> None:
        super().__init__(ours.__name__, ours.__doc__)
        self.__dict__.update((name, value) for name, value in vars(ours).items() if name == "__all__" or name[:2] != "__")
        self.ours = ours

    def __getattr__(self, name: str) -> object:
        return getattr(self.ours, name)


def _exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
