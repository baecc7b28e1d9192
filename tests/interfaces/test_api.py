"""The checker as a function, what it refuses, and what its results show in a notebook."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import json
import subprocess
import sys
from dataclasses import astuple, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import groupy_check
import groupy_check.checker.interfaces.api
from groupy_check import check
from groupy_check.checker.errors import GroupyError, ProtocolError, UsageError
from groupy_check.checker.interfaces.api import CheckResult, TraceView
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.scenario import Beginning, CutOff, Detector, Fairness, Order, PartitionKind, Scenario, Timing
from groupy_check.groupy_model.verdict import Extent, Verdict, simplest_violation


@cache
def gms2() -> CheckResult:
    return check("gms2", messages=1)


@dataclass(frozen=True)
class Patient(Gms3):
    """A protocol with a parameter."""

    repeats: bool = True

    def repeat(self, slave, others):
        return super().repeat(slave, others) if self.repeats else ()


# --- the function ----------------------------------------------------------------------------------------------------


def test_the_example_in_the_documentation_is_true() -> None:
    assert doctest.testmod(groupy_check.checker.interfaces.api) == (0, 4)


def test_every_field_of_the_scenario_is_an_argument_with_the_same_default() -> None:
    arguments = {p.name: p.default for p in inspect.signature(check).parameters.values() if p.kind is p.KEYWORD_ONLY}
    scenario = {field.name: field.default for field in fields(Scenario)}
    assert list(arguments)[: len(scenario)] == list(scenario)
    assert {name: arguments[name] for name in scenario} == scenario
    means = ["engine", "workers", "exact", "fingerprint_bits"]
    assert list(arguments)[len(scenario) :] == ["properties", "depth", "max_states", "time_limit", "memory_limit", *means]


def test_every_argument_reaches_the_scenario() -> None:
    numbers: Any = dict(zip([field.name for field in fields(Scenario)][:10], range(2, 12), strict=True))
    result = check(
        "gms1", **numbers, detector="overtaking", order="any", timing="any", beginning="joining", fairness="weak", worker=True,
        partition_kind="partial", cut_off="held", depth=1,
    )  # fmt: skip
    everything = (*range(2, 12), Detector.OVERTAKING, Order.ANY, Timing.ANY, Beginning.JOINING, Fairness.WEAK, True)
    assert astuple(result.scenario) == (*everything, 0, 0, PartitionKind.PARTIAL, CutOff.HELD)  # the worker does not come back
    assert check("gms1", nodes=1, recoveries=2).scenario == Scenario(1, recoveries=2)
    assert check("gms1", nodes=1, order=Order.ANY).scenario == Scenario(1, order=Order.ANY, worker=True)


def test_the_command_line_finds_the_same(capsys, tmp_path) -> None:
    check_main(["--impl", "gms2", "--messages", "1", "--format", "json", "--out", str(tmp_path)])
    printed = json.loads(capsys.readouterr().out)
    assert [(f["name"], f["verdict"], f["length"]) for f in printed["findings"]] == [
        (f.name, f.verdict.name.lower(), f.length) for f in gms2().findings
    ]
    assert printed["coverage"]["distinct"] == gms2().coverage.distinct == 157


def test_only_what_is_asked_for_is_judged_and_limits_bound_the_search() -> None:
    result = check("gms2", properties=["agreement", "integrity"], depth=3)
    assert [(finding.name, finding.verdict) for finding in result.findings] == [
        ("agreement", Verdict.NOT_FOUND),
        ("integrity", Verdict.NOT_FOUND),
    ]
    assert (result.coverage.extent, result.coverage.bound) == (Extent.BOUNDED, "depth 3")
    assert check("gms2", max_states=40).coverage.bound == "40 distinct states"
    assert check("gms3", joins=1, max_states=1).left_out == ("state-transfer", "synchrony")


def test_ctrl_c_ends_the_search_with_what_is_known(monkeypatch) -> None:
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Explorer, "_bound", interrupted)
    assert check("gms2").coverage.bound == "interrupted"


@pytest.mark.parametrize(
    ("impl", "arguments", "message"),
    [
        ("gsm2", {}, "unknown protocol 'gsm2': did you mean gms2? Your own protocol: ./gsm2.py"),
        ("gms2", {"order": "fito"}, "unknown order 'fito': did you mean fifo?"),
        ("gms2", {"beginning": "x"}, "unknown beginning 'x': there are formed, joining"),
        ("gms2", {"nodes": 0}, "a group needs at least one process: nodes is 0"),
        ("gms2", {"timing": "any"}, "timers that fire at any time need a bound: set timeouts"),
        ("gms2", {"time_limit": 0}, "a limit must be above zero, not 0: time_limit; leave it out for no limit"),
        ("gms2", {"properties": ["agrement"]}, "unknown property 'agrement': did you mean agreement?"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(impl, arguments, message) -> None:
    with pytest.raises(GroupyError) as error:
        check(impl, **arguments)
    assert str(error.value) == message


# --- protocols in the same program -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_class_is_named_so_that_it_can_be_found_again() -> None:
    class Local(Gms2):
        """gms2 under another roof."""

    assert [check(impl, nodes=1).protocol for impl in (Gms2, Gms2(), Patient)] == ["gms2", "gms2", f"{__name__}:Patient"]
    assert check(Local, nodes=1).protocol.endswith(".<locals>.Local")
    assert check(f"{__name__}:Patient", messages=1).findings == check(Patient, messages=1).findings


def test_an_instance_keeps_its_parameters_and_is_not_changed() -> None:
    hasty = Patient(repeats=False)
    result = check(hasty, messages=1)
    assert (result.protocol, result.finding("agreement").length) == (f"{__name__}:Patient(repeats=false)", 4)
    assert vars(hasty) == {"repeats": False}
    assert check(Patient(), messages=1).finding("agreement").verdict is Verdict.HOLDS


def test_an_instance_that_has_a_name_keeps_it() -> None:
    own = Gms2()
    own.name = "mine"
    assert check(own, nodes=1).protocol == "mine"


class Claiming(Gms2):
    claims = ("agrement",)


class Empty(Protocol):
    """Nothing yet."""


@pytest.mark.parametrize(
    ("impl", "message"),
    [
        (Claiming, f"{__name__}:Claiming: Claiming.claims: unknown claim 'agrement': did you mean agreement?"),
        (Claiming(), f"{__name__}:Claiming: Claiming.claims: unknown claim 'agrement': did you mean agreement?"),
        (Empty, f"{__name__}:Empty: Empty has no method `step(self, state, event)`"),
        (
            dict,
            "builtins:dict: no class here derives from groupy_check.Protocol; write `class Mine(Protocol)` with a",
        ),
        (7, "impl must be a name, a file, or the class of a protocol, not 7"),
    ],
)
def test_what_is_no_protocol_is_refused(impl, message) -> None:
    with pytest.raises(ProtocolError) as error:
        check(impl)
    assert str(error.value).startswith(message)


SEEDED = """
from groupy_check.groupy_model.effects import Deliver
from groupy_check.groupy_model.events import Multicast
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Leader
from groupy_check.groupy_model.protocol import Step


class Seeded(Gms1):
    def step(self, state, event):
        match state, event:
            case Leader(), Multicast():
                return Step(state, (Deliver(hash("north")),))
        return super().step(state, event)
"""


def test_a_class_of_another_module_is_run_by_a_second_interpreter_too(tmp_path, monkeypatch) -> None:
    (tmp_path / "seeded.py").write_text(SEEDED, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("seeded")
    with pytest.raises(ProtocolError, match="depending on the hash seed"):
        check(module.Seeded, nodes=1, messages=1)
    # Its parameters are known here alone, so nobody else can run an instance.
    assert check(module.Seeded(), nodes=1, messages=1).finding("validity").verdict is Verdict.VIOLATED


SELF_CHECKING = """
from pathlib import Path
from groupy_check import check
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2


class Mine(Gms2):
    pass


with Path(__file__).with_name("loads").open("a") as file:
    file.write("loaded\\n")
check(Mine, nodes=1)
"""


def test_a_module_that_checks_its_own_protocol_when_imported_does_not_breed_interpreters(tmp_path, monkeypatch) -> None:
    (tmp_path / "breeding.py").write_text(SELF_CHECKING, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("breeding")
    # Here, and in the second interpreter, whose own check at loading starts none.
    assert (tmp_path / "loads").read_text(encoding="utf-8") == "loaded\n" * 2


# --- what it costs ---------------------------------------------------------------------------------------------------


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = ("groupy_check.checker.interfaces.api", "rich", "networkx", "dataclasses", "typing")
    script = f"import sys, groupy_check; print([name for name in {heavy} if name in sys.modules])"
    root = Path(groupy_check.__file__).parent.parent
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "[]\n"


def test_the_package_has_what_it_says_and_nothing_else() -> None:
    tree = ast.parse(inspect.getsource(groupy_check))
    typed = [alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names if alias.asname]
    assert sorted(typed) == sorted(groupy_check.__all__)
    assert {"check", "machine", "replay_text", "Protocol", "Step", "Send", "Gms3", "gms3"} <= set(groupy_check.__all__)
    assert all(getattr(groupy_check, name) for name in groupy_check.__all__)
    with pytest.raises(AttributeError, match=r"^module 'groupy_check' has no attribute 'chekc'$"):
        _ = groupy_check.chekc  # type: ignore[attr-defined]


# --- what results show -----------------------------------------------------------------------------------------------


def test_a_result_is_short_as_a_value_and_complete_as_text() -> None:
    violated = "agreement, virtual-synchrony, same-view-delivery, synchrony"
    assert repr(gms2()) == f"<gms2: VIOLATED 4 of 13 claimed properties (all reachable states seen); violated: {violated}>"
    assert repr(check("gms2", crashes=0, messages=0)).endswith("violated: nothing>")
    lines = [" ".join(line.split()) for line in str(gms2()).splitlines()]
    assert lines[0] == "gms2: VIOLATED 4 of 13 claimed properties (all reachable states seen)"
    assert {
        "agreement VIOLATED 5",
        "Not claimed, so not counted: nobody promised these",
        "same-view-delivery VIOLATED 4",
        "1. p1 crashes",
    } <= {*lines}
    assert not {line for line in lines if line.startswith("5. ")}  # the shortest run
    assert "\x1b" not in str(gms2())


def test_a_notebook_shows_the_verdicts_and_the_picture_of_the_shortest_run() -> None:
    html = gms2()._repr_html_()
    page = ElementTree.fromstring(f"<div>{html.replace('<br>', '<br/>')}</div>")  # noqa: S314
    rows = [[cell.text or "" for cell in row] for row in page.iter("tr")]
    assert rows[0] == ["property", "verdict", "steps"]
    assert rows[1:3] == [["integrity", "holds", ""], ["agreement", "VIOLATED", "5"]]
    assert rows.index(["Not claimed, so not counted: nobody promised these"]) < rows.index(["validity", "VIOLATED", "5"])
    assert html.count("<svg") == 1
    assert "gms2: same&#45;view&#45;delivery violated" in html
    assert "So p2 delivered b1 in v3 {p2,p3}, but p3 delivered it in v2 {p1,p2,p3}." in html


def test_where_nothing_is_violated_there_is_no_picture() -> None:
    html = check("gms3", messages=0, crashes=0)._repr_html_()
    assert "<svg" not in html
    assert "Not covered: crashes (--crashes 1), " in html
    assert ", anything beyond these bounds.</p>" in html


def test_what_comes_from_a_user_is_escaped() -> None:
    finding = gms2().finding("agreement")
    assert finding.trace is not None
    assert finding.witness is not None
    nasty = "<script>&"
    hostile = replace(
        gms2(),
        protocol=nasty,
        warnings=(nasty,),
        findings=(
            replace(finding, witness=replace(finding.witness, text=nasty), trace=replace(finding.trace, protocol=nasty)),
        ),
    )
    html = hostile._repr_html_()
    assert "<script>" not in html
    assert html.count("&lt;script&gt;&amp;") >= 6


def test_the_run_of_a_violation_shows_itself() -> None:
    view = gms2().show("virtual-synchrony")
    assert repr(view) == "<the run of 5 steps that violates virtual-synchrony>"
    assert str(view).startswith("# virtual-synchrony is violated: ")
    svg = view._repr_svg_()
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314
    assert svg.startswith("<svg ")
    assert svg in view._repr_html_()
    assert gms2().show("agreement") == TraceView(gms2().finding("agreement"))
    shortest = gms2().show()
    assert shortest == gms2().show("same-view-delivery")
    tied = [gms2().finding("virtual-synchrony"), gms2().finding("agreement"), gms2().finding("integrity")]
    assert simplest_violation(tied) is tied[0]
    surprising = {"agreement": Verdict.HOLDS, "same-view-delivery": Verdict.VIOLATED}
    assert simplest_violation(gms2().findings, surprising) == gms2().finding("agreement")
    assert shortest.finding.length == min(one.length for one in gms2().findings if one.claimed and one.length)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("integrity", "integrity is not violated here: there is no run to show"),
        ("state-transfer", "state-transfer was not judged here; ask for it with properties=['state-transfer']"),
        ("agrement", "unknown property 'agrement': did you mean agreement?"),
    ],
)
def test_what_has_no_run_cannot_be_shown(name, message) -> None:
    with pytest.raises(UsageError) as error:
        gms2().show(name)
    assert str(error.value) == message


def test_by_default_only_what_is_claimed_is_shown() -> None:
    with pytest.raises(UsageError, match=r"^what the protocol claims is not violated here"):
        check("gms2", messages=0).show()
    assert check("gms2", messages=0, properties=["completeness"]).show().finding.length == 1


def test_a_notebook_cell_shows_both(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()
    shell.run_cell("from groupy_check import check\nresult = check('gms2', messages=1)").raise_error()
    shown, _ = shell.display_formatter.format(shell.user_ns["result"])
    assert shown == {"text/plain": repr(gms2()), "text/html": shown["text/html"]}
    assert "<svg" in shown["text/html"]
    shown, _ = shell.display_formatter.format(shell.user_ns["result"].show())
    assert {"text/plain", "text/html", "image/svg+xml"} == set(shown)
    shell.run_cell("from groupy_check import Gms2\nclass Mine(Gms2): pass\nmine = check(Mine, nodes=1)").raise_error()
    assert shell.user_ns["mine"].protocol == "__main__:Mine"
