"""The regression test that `--export-pytest` writes: it is run, moved about, turned round, and its text is taken apart."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
from groupy_check import check, replay_text
from groupy_check.checker.errors import ProtocolError, UsageError
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.reports.formats.pytest_file import pytest_text
from groupy_check.reports.wording.trace_text import trace_text
from hypothesis import assume, given
from hypothesis import strategies as st

MINE = """
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3


class Mine(Gms3):
    def repeat(self, slave, others):
        return ()
"""
REPAIRED = MINE.replace("return ()", "return super().repeat(slave, others)")


@pytest.fixture(scope="module")
def agreement() -> Trace:
    """The run of gms2 that violates agreement."""
    trace = check("gms2", messages=1, properties=["agreement"]).show().finding.trace
    assert trace is not None
    return trace


def executed(text: str, path: Path) -> None:
    """Run the one test of the file `path` with this text."""
    names: dict[str, object] = {"__file__": str(path)}
    exec(compile(text, str(path), "exec"), names)  # noqa: S102
    (test,) = [value for name, value in names.items() if name.startswith("test_")]
    assert callable(test)
    test()


# --- the file --------------------------------------------------------------------------------------------------------


def test_the_whole_file(agreement) -> None:
    text = pytest_text(agreement, "agreement")
    run = trace_text(agreement, "agreement is violated")
    assert text == (
        '"""gms2 violates agreement. Made by groupy-check, which the test needs installed."""\n\n'
        "from groupy_check import Verdict, replay_text\n\n"
        'IMPL = "gms2"\n'
        'PROPERTY = "agreement"\n'
        f'RUN = """\\\n{run}"""\n\n\n'
        "def test_agreement_is_violated():\n"
        "    # When the protocol is repaired, this run violates nothing any more, or a step of it is impossible now:\n"
        "    # then replay_text raises UsageError. To test the repair, try every run of the scenario instead of this one:\n"
        "    #     from groupy_check import check\n"
        "    #     result = check(IMPL, nodes=3, messages=1, crashes=1, properties=[PROPERTY])\n"
        "    #     assert result.finding(PROPERTY).verdict is Verdict.HOLDS\n"
        "    assert replay_text(RUN, IMPL, [PROPERTY]).finding(PROPERTY).verdict is Verdict.VIOLATED\n"
    )


def turned_round(text: str) -> str:
    """The file after what its comment says has been done."""
    *head, last = text.splitlines()
    assert last.startswith("    assert replay_text(")
    code = [
        line.replace("    #     ", "    ") for line in head if not line.startswith("    # ") or line.startswith("    #     ")
    ]
    return "\n".join(code)


@pytest.mark.parametrize("impl", ["./mine.py", "./mine.py:Mine"])
def test_the_file_finds_the_user_s_own_protocol_and_can_be_turned_round(impl, tmp_path, monkeypatch, capsys) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    (project / "mine.py").write_text(MINE, encoding="utf-8")
    monkeypatch.chdir(project)
    words = ["--impl", impl, "--messages", "1", "--property", "agreement", "--quiet", "--export-pytest", "test_mine.py"]
    assert check_main(words) == 13
    text = (project / "test_mine.py").read_text(encoding="utf-8")
    executed(text, project / "test_mine.py")
    executed(text, elsewhere / "test_mine.py")  # found in the working directory
    monkeypatch.chdir(elsewhere)
    executed(text, project / "test_mine.py")  # found beside the test
    with pytest.raises(ProtocolError, match=r"there is no file mine\.py"):
        executed(text, elsewhere / "test_mine.py")
    turned = turned_round(text)
    with pytest.raises(AssertionError):
        executed(turned, project / "test_mine.py")
    (project / "mine.py").write_text(REPAIRED, encoding="utf-8")
    executed(turned, project / "test_mine.py")
    with pytest.raises(AssertionError):
        executed(text, project / "test_mine.py")
    assert capsys.readouterr().err == ""


def test_a_run_that_never_ends_is_executed_too(tmp_path) -> None:
    finding = check("planted:Endless", nodes=1, messages=1, crashes=0, properties=["validity"]).show().finding
    assert finding.trace is not None
    assert finding.trace.loop == 1
    text = pytest_text(finding.trace, "validity")
    executed(text, tmp_path / "test_endless.py")
    with pytest.raises(AssertionError):
        executed(text.replace("for ever again what comes after step 1\n", ""), tmp_path / "test_endless.py")


def test_the_search_in_the_comment_is_that_of_the_same_scenario() -> None:
    """The arguments in the comment, given to `check`, make the scenario of the run."""
    odd = Scenario(
        2, 0, 0, 1, 2, 3, 4, 5, 6, 7, Detector.OVERTAKING, Order.ANY, Timing.ANY, Beginning.JOINING, worker=True
    )  # fmt: skip
    for scenario in (odd, Scenario(), Scenario(nodes=1, timeouts=0)):
        text = pytest_text(Recorder(Gms1(), scenario).record([]), "agreement")
        (words,) = re.findall(r"check\(IMPL, (.*), properties", text)
        assert check("gms1", **eval(f"dict({words})"), properties=["agreement"], max_states=1).scenario == scenario  # noqa: S307


# What a message, or the name of a file, may have in it.
ANY_TEXT = st.text(st.characters() | st.sampled_from("\"'\\\n\r\t\0{}"), max_size=12)
SHORT = Recorder(Gms1(), Scenario()).record([])


@given(ANY_TEXT)
def test_any_text_survives_in_the_file(name) -> None:
    """A protocol is named by what was typed, so its name can be anything."""
    assume(not name.partition(":")[0].endswith(".py"))
    trace = replace(SHORT, protocol=f"x{name}")
    # As `write_text` writes it, and as Python reads it.
    tree = ast.parse(pytest_text(trace, "fifo").encode("utf-8", "strict"))
    values = {ast.unparse(node.targets[0]): ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)}
    assert values == {"IMPL": f"x{name}", "PROPERTY": "fifo", "RUN": trace_text(trace, "fifo is violated")}
    assert ast.get_docstring(tree, clean=False).startswith(f"x{name} violates fifo. ")


# --- from the command line -------------------------------------------------------------------------------------------


def test_it_is_written_from_a_replayed_run_as_well(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert check_main(["--impl", "gms2", "--messages", "1", "--export-pytest", "first.py"]) == 12
    assert main(["replay", "reports/gms2-agreement.txt", "--quiet", "--export-pytest", "second.py"]) == 12
    first, second = ((tmp_path / name).read_text(encoding="utf-8") for name in ("first.py", "second.py"))
    assert first == second
    executed(first, tmp_path / "first.py")
    assert capsys.readouterr().err == ""


def test_where_nothing_is_violated_no_file_appears(tmp_path, capsys) -> None:
    path = tmp_path / "test_none.py"
    assert check_main(["--impl", "gms2", "--messages", "0", "--quiet", "--export-pytest", str(path)]) == 0
    assert capsys.readouterr().err == f"nothing is violated: {path} is not written\n"
    assert not path.exists()


def test_a_file_that_cannot_be_written_is_an_error(tmp_path, capsys) -> None:
    path = tmp_path / "missing" / "test_x.py"
    assert check_main(["--impl", "gms2", "--messages", "1", "--quiet", "--export-pytest", str(path)]) == 153
    assert capsys.readouterr().err == (
        f"groupy-check: cannot write {path}: No such file or directory; name another file with --export-pytest\n"
    )


# --- replaying a text ------------------------------------------------------------------------------------------------


def test_a_text_is_replayed_with_the_protocol_that_it_names_or_with_another(agreement) -> None:
    text = trace_text(agreement, "")
    assert replay_text(text, names=["agreement"]).finding("agreement").trace == agreement
    assert replay_text(text, names=["agreement"]).findings == replay_text(text, Gms2, ["agreement"]).findings
    assert replay_text(text, Gms2(), ["integrity"]).finding("integrity").verdict is Verdict.NOT_FOUND
    with pytest.raises(UsageError, match=r"^step 2 is not possible there; was it made with another version of gms3\?$"):
        replay_text(text, Gms3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: no line of this text begins with 'groupy-check --impl', so the protocol is not known"),
        ("{", "line 1, column 2: not JSON: "),
        ("groupy-check --impl gms2\n1. p9 crashes", "step 1 is not possible there"),
        ("groupy-check --impl gms2 --nodes 0", "a group needs at least one process: nodes is 0"),
    ],
)
def test_a_text_that_cannot_be_replayed_is_refused(text, message) -> None:
    with pytest.raises(UsageError) as error:
        replay_text(text)
    assert str(error.value).startswith(message)
