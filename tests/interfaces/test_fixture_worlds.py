"""The fixture `groupy` in a class's folder: files and helpers of equal names, and names that the standard library has."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

MINE = """
from rules import REPEATS
from queue import Urgent
from groupy_check import Gms3

class Mine(Gms3):
    word = Urgent

    def repeat(self, slave, others):
        import rules
        assert rules.REPEATS == REPEATS
        return super().repeat(slave, others) if REPEATS else ()
"""
TESTS = """
import rules
from groupy_check import Gms3

class Given(Gms3):
    def repeat(self, slave, others):
        import rules
        return super().repeat(slave, others) if rules.REPEATS is None else ()

def test_good(groupy):
    groupy("./good/mine.py", messages=1, properties=["agreement"]).assert_holds("agreement")

def test_bad(groupy):
    groupy("./bad/mine.py", messages=1, properties=["agreement"]).assert_violated("agreement", steps=4)

def test_a_class_has_the_modules_of_the_test(groupy):
    groupy(Given, messages=1, properties=["agreement"]).assert_holds("agreement")
    assert rules.REPEATS is None
"""


NATIVE = """
import sys

def test_native(groupy):
    groupy("./mine.py", nodes=2, messages=1, crashes=0, engine="native").assert_holds("agreement")
    assert not hasattr(sys.modules["numpy"], "WORD")
    import networkx
    assert networkx.WORD == "the user"
"""


@pytest.mark.slow
def test_what_we_import_is_not_taken_from_the_folder_of_a_test(pytester) -> None:
    """Neighbours called as the libraries that the compiled engine needs, which it imports in the middle of a test."""
    names = ("llvmlite", "numpy", "scipy", "networkx")
    pytester.makepyfile(**dict.fromkeys(names, "WORD = 'the user'\n"))
    imports = "".join(f"from {name} import WORD\n" for name in names)
    pytester.makepyfile(mine=f"{imports}from groupy_check import Gms3\nclass Mine(Gms3):\n    source = WORD\n", test_it=NATIVE)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_each_file_has_its_own_helpers_and_the_test_has_its_own(pytester) -> None:
    for name, repeats in (("good", True), ("bad", False)):
        folder = pytester.mkdir(name)
        folder.joinpath("mine.py").write_text(MINE, encoding="utf-8")
        folder.joinpath("rules.py").write_text(f"REPEATS = {repeats}\n", encoding="utf-8")
        folder.joinpath("queue.py").write_text("class Urgent: pass\n", encoding="utf-8")
    pytester.makepyfile(rules="REPEATS = None\n", checker="raise SystemExit('not me')\n", test_three=TESTS)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)
