"""The fixture `groupy`, used as a user's own tests would use it; and the Python code in the README."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from groupy_check import check
from groupy_check.checker.errors import UsageError
from groupy_check.checker.interfaces.assertions import Checked, asserting
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from groupy_check.groupy_model.verdict import Verdict

pytest_plugins = ["pytester"]
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
_, *BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)  # the first one is the file mine.py, see test_documents
TESTS = [block for block in BLOCKS if block.startswith("def test_")]
SCRIPTS = [block for block in BLOCKS if block not in TESTS]


def test_installing_the_package_installs_the_plugin() -> None:
    (found,) = entry_points(group="pytest11", name="groupy")
    assert found.value == "groupy_check.checker.interfaces.pytest_plugin"


def test_a_user_s_tests_pass_and_fail_with_the_story(pytester) -> None:
    pytester.makepyfile(
        """
        from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2

        def test_passes(groupy):
            groupy(Gms2, messages=1).assert_violated("agreement", "virtual-synchrony", steps=5)
            groupy("gms2", messages=1, crashes=0).assert_holds()

        def test_fails(groupy):
            groupy("gms2", messages=1).assert_holds("agreement", "integrity")
        """
    )
    result = pytester.runpytest("--basetemp=files", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    directory = pytester.path / "files" / "test_fails0" / "groupy"
    result.stdout.fnmatch_lines(
        [
            "E *AssertionError: gms2: agreement is violated after 5 steps, and should hold",
            "E *The run starts in view v2 *",
            "E **p3 never delivered a1, which p2 delivered in v2*",
            "E *groupy-check --impl gms2 --nodes 3 --messages 1 --crashes 1",
            "E * 1. p1 multicasts a1 and crashes after 1 effect",
            f"E *the picture: {directory / 'gms2-m1-agreement.svg'}",
            "E *gms2: VIOLATED 4 of 13 claimed properties (all reachable states seen)",
        ]
    )
    # Of our own code the user sees nothing.
    result.stdout.no_fnmatch_line("*assertions.py*")
    assert {path.suffix for path in directory.iterdir()} == {".dot", ".json", ".svg", ".txt"}


def test_a_run_that_uses_nothing_of_it_loads_nothing_of_it(pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_modules():
            ours = {name for name in sys.modules if name.partition(".")[0] == "groupy_check"}
            wings = {"groupy_check", "groupy_check.checker", "groupy_check.checker.interfaces"}
            assert ours == wings | {"groupy_check.checker.interfaces.pytest_plugin"}
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_tests_in_the_readme_pass(pytester) -> None:
    assert len(TESTS) == 1
    pytester.makepyfile("\n".join(TESTS))
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=len(TESTS))


def test_the_scripts_in_the_readme_run() -> None:
    assert len(SCRIPTS) == 1
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        for script in SCRIPTS:
            exec(script, {})  # noqa: S102  (our own words)
    assert output.getvalue() == "p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}\n"


# --- what the assertions say -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gms2(tmp_path_factory) -> Checked:
    return asserting(check, tmp_path_factory.mktemp("gms2"))("gms2", messages=1)


def said(error: pytest.ExceptionInfo[AssertionError]) -> str:
    """The first line of the message."""
    return str(error.value).splitlines()[0]


def test_what_is_as_expected_passes(gms2) -> None:
    gms2.assert_holds("integrity", "monotonic-views")
    gms2.assert_violated("agreement")
    gms2.assert_violated("agreement", "virtual-synchrony", steps=5)


def test_what_holds_but_should_not_is_said(gms2) -> None:
    with pytest.raises(AssertionError) as error:
        gms2.assert_violated("integrity")
    assert said(error) == "gms2: integrity: holds, and should be violated"


def test_a_run_of_another_length_is_said_and_shown(gms2) -> None:
    with pytest.raises(AssertionError) as error:
        gms2.assert_violated("agreement", steps=4)
    assert said(error) == "gms2: agreement is violated after 5 steps, and should be violated after 4 steps"
    picture = Path(re.findall(r"the picture: (.*)", str(error.value))[0])
    assert picture.read_text(encoding="utf-8").startswith("<?xml")


def test_everything_that_is_not_as_expected_is_said(gms2) -> None:
    with pytest.raises(AssertionError) as error:
        gms2.assert_holds()
    surprises = re.findall(r"gms2: (\S+) is violated after", str(error.value))
    assert surprises == ["agreement", "virtual-synchrony", "same-view-delivery", "synchrony"]


def test_what_was_never_put_to_the_test_does_not_hold(gms2, tmp_path) -> None:
    with pytest.raises(AssertionError) as error:
        gms2.assert_holds("integrity", "total-order")  # there is one multicast
    assert said(error) == (
        "gms2: total-order: holds (not put to the test), and should hold; it needs a scenario in which this can be said: "
        "two correct processes delivered the same two payloads"
    )
    silent = asserting(check, tmp_path)("gms2", nodes=1, messages=0, crashes=0, properties=["total-order", "integrity"])
    with pytest.raises(AssertionError, match=r"total-order: holds \(not put to the test(.|\n)*integrity: holds \(not put"):
        silent.assert_holds()
    asserting(check, tmp_path)("gms1", messages=1, crashes=0).assert_holds()  # of the claims, some were


def test_what_a_bound_left_open_does_not_hold(tmp_path) -> None:
    checked = asserting(check, tmp_path)("gms2", max_states=30)
    assert checked.result.finding("integrity").verdict is Verdict.NOT_FOUND
    with pytest.raises(AssertionError) as error:
        checked.assert_holds("integrity")
    assert said(error) == "gms2: integrity: no violation found, and should hold"
    assert "(stopped at 30 distinct states)" in str(error.value)


class Modest(Gms2):
    """Promises nothing."""

    claims = ()


def test_nothing_can_be_asserted_about_what_was_not_judged(gms2, tmp_path) -> None:
    with pytest.raises(UsageError, match=r"^state-transfer was not judged here"):
        gms2.assert_holds("state-transfer")
    with pytest.raises(UsageError, match=r"^unknown property 'agrement': did you mean agreement"):
        gms2.assert_violated("agrement")
    with pytest.raises(UsageError, match=rf"^{__name__}:Modest claims nothing: name the properties that should hold$"):
        asserting(check, tmp_path)(Modest, nodes=1).assert_holds()


def test_ctrl_c_stops_the_test_and_not_only_its_search(tmp_path) -> None:
    def interrupted(impl: str):
        result = check(impl, nodes=1)
        return replace(result, coverage=replace(result.coverage, bound="interrupted"))

    with pytest.raises(KeyboardInterrupt):
        asserting(interrupted, tmp_path)("gms2")
