"""What the code of an object may use of its own module and of the others that it imports: what it asks for by name.

A file of tests beside a protocol is in reach of its handlers, and no handler calls the tests.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

from groupy_check.checker.semantics.purity.reachable import Reach, Walk

# With one of these, code may ask for anything.
LOOKUPS = frozenset({"getattr", "attrgetter", "methodcaller", "globals", "vars", "locals", "__dict__"})
BY_ANY_NAME = LOOKUPS | {"eval", "exec", "compile", "__import__", "import_module", "modules"}


def used(root: object, name: str) -> Reach:
    """All that can be reached from `root`, as `reachable` finds it, of which the code reached so far gives the name."""
    return _NamedWalk(type(root).__mro__).from_root(root, name)


class _NamedWalk(Walk):
    def __init__(self, lineage: tuple[type, ...]) -> None:
        super().__init__(lineage)
        self.names: set[str] = set()
        self.later: dict[str, list[tuple[Any, str]]] = {}  # by the name that nobody has asked for

    def expect_named(self, key: str, value: Any, name: str) -> None:
        if key in self.names or not self.names.isdisjoint(BY_ANY_NAME):
            self.expect(value, name)
        else:
            self.later.setdefault(key, []).append((value, name))

    def visit(self, value: Any, name: str) -> None:
        super().visit(value, name)
        if isinstance(value, types.FunctionType):
            self._ask(set(_names(value.__code__)) - self.names)

    def _ask(self, names: set[str]) -> None:
        self.names |= names
        anything = not names.isdisjoint(BY_ANY_NAME)
        for key in sorted(self.later if anything else names & self.later.keys()):
            for value, name in self.later.pop(key):
                self.expect(value, name)


def _names(code: types.CodeType) -> Iterator[str]:
    """What `code`, and the code in it, may ask for; a text may be the name of an attribute."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)
        elif isinstance(constant, str):
            yield constant
