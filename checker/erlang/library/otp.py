"""Which functions real Erlang has: `otp25.txt` lists its modules, and the functions of those that students' programs call.

A call of a function that is not there is the error `undef`; one that is there and not modelled must never look like that.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

EVERYWHERE = frozenset({"module_info/0", "module_info/1"})


@cache
def _modules() -> Mapping[str, frozenset[str]]:
    """The functions of each module; none, where they are not listed."""
    text = files(__package__).joinpath("otp25.txt").read_text(encoding="utf-8")
    lines = (line.split() for line in text.splitlines())
    return {module: frozenset(functions) for module, *functions in lines}


def is_known(module: str, name: str, arity: int) -> bool:
    """Whether Erlang has this function, or may have it: it has the module, whose functions are not listed."""
    if module not in _modules():
        return False
    listed = _modules()[module]
    return not listed or f"{name}/{arity}" in listed | EVERYWHERE
