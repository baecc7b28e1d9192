"""Mutants that are planted in a running program do what the changed text says; those that cannot be planted are told."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.mutation.operators import mutants
from tests.mutation.planting import plant, same_program

PLACE = "box.py"
TEXT = '''"""A module."""
from functools import cache

LIMIT = 3
names = {n: n + 1 for n in range(LIMIT)}
above = lambda n: n > LIMIT


class Box:
    size = 7

    def fits(self, n):
        return n < self.size

    @property
    def spare(self):
        def largest(numbers):
            return max(numbers)

        return largest([n for n in (1, 2, 9) if self.fits(n)])


@cache
def doubled(n):
    return n * 2


def twice(function):
    def again(n):
        return function(n) + function(n)

    return again


quadrupled = twice(doubled)
'''


def loaded() -> ModuleType:
    module = ModuleType("box")
    exec(compile(TEXT, PLACE, "exec", dont_inherit=True), vars(module))  # noqa: S102 - the text above
    return module


def shown(module: ModuleType) -> list[object]:
    return [module.above(3), module.Box().fits(7), module.Box().spare, module.doubled(3), module.quadrupled(3)]


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("n > LIMIT", "n >= LIMIT", [True, False, 2, 6, 12]),
        ("n < self.size", "n <= self.size", [False, True, 2, 6, 12]),
        ("max(numbers)", "min(numbers)", [False, False, 1, 6, 12]),
        (" if self.fits(n)", "", [False, False, 9, 6, 12]),
        ("function(n) + function(n)", "function(n)", [False, False, 2, 6, 6]),
        ("n * 2", "n + 2", [False, False, 2, 5, 10]),
    ],
)
def test_a_function_gets_its_new_code_wherever_it_is(before: str, after: str, changed: list[object]) -> None:
    module = loaded()
    box = module.Box()
    assert shown(module) == [False, False, 2, 6, 12]
    module.doubled.cache_clear()
    assert plant(PLACE, TEXT, TEXT.replace(before, after))
    assert shown(module) == changed
    assert box.fits(7) == changed[1]


@pytest.mark.parametrize(
    ("before", "after"),
    [("LIMIT = 3", "LIMIT = 4"), ("n + 1", "n - 1"), ("size = 7", "size = 8"), ("@cache\n", "")],
)
def test_what_import_has_done_is_not_undone(before: str, after: str) -> None:
    module = loaded()
    assert not plant(PLACE, TEXT, TEXT.replace(before, after))
    assert shown(module) == [False, False, 2, 6, 12]


def test_what_is_compiled_alike_is_no_mutant() -> None:
    assert same_program(TEXT, TEXT.replace("n * 2", "(n * 2)  # twice").replace("import cache\n", "import cache\n\n"))
    assert not same_program(TEXT, TEXT.replace("n * 2", "2 * n"))
    assert not same_program("x = 1", "x = True")


def test_a_mutant_tells_its_function_and_its_statement() -> None:
    text = "def f(a, b):\n    return (\n        a and\n        b == 1\n    )\n\n\nkey = lambda a: a == 1\n"
    found = mutants("f.py", text)
    assert [(mutant.scope, mutant.line, mutant.lines, mutant.before, mutant.after) for mutant in found] == [
        ("f", 2, range(2, 3), "return ( a and b == 1 )", "return None"),
        ("f", 3, range(2, 4), "a and b == 1", "a or b == 1"),
        ("f", 3, range(2, 4), "a and b == 1", "b == 1"),
        ("f", 3, range(2, 4), "a and b == 1", "a"),
        ("f", 4, range(2, 5), "b == 1", "b != 1"),
        ("f", 4, range(2, 5), "1", "2"),
        ("import", 8, range(0), "a == 1", "a != 1"),
        ("import", 8, range(0), "1", "2"),
    ]
    assert found[0].name == "f.py: f: return ( a and b == 1 ) -> return None"
