"""Properties of the user's own: loaded from a file, judged by every engine, and refused when they are no pure functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from groupy_check import check, replay_text
from groupy_check.checker.errors import ProtocolError, UsageError
from groupy_check.checker.exit_status import split_expectation
from groupy_check.checker.inputs.properties import known_properties, load_property
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.checker.judging.selection import select
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent, Kind, Verdict
from groupy_check.specs.registry import PARTITIONABLE, PROPERTIES
from tests.support.own_properties import AGREE, CLASS, HEAD, JUDGE, SMALL, Run, elsewhere, own, run

__all__ = ["elsewhere", "run"]  # fixtures

# Three processes are looked at together, and nothing but the crash makes it violated: no entry of a log comes with that.
MOURNING = """    def judge(self, history):
        gone = [life.node for life in history.lives if life.status is Status.CRASHED]
        if gone and all(life.delivered for life in history.lives):
            return Witness(f"{gone[0]} crashed when all had delivered", tuple(gone))
"""


# --- one property ----------------------------------------------------------------------------------------------------------


def test_a_property_from_a_file_is_judged_and_drawn(run: Run) -> None:
    words = ("--impl", "gms2", "--property", own(AGREE, "agree.py"), *SMALL, "--export-pytest", "test_it.py")
    status, out = run(*words, command=check_main)
    assert status == 13
    assert "agree     VIOLATED      5  results/gms2-m1-agree.svg" in out
    assert "So p3 never delivered a1, which p2 delivered. Required: if a correct process delivers m," in " ".join(out.split())
    assert sorted(path.name for path in Path("results").iterdir()) == [
        f"gms2-m1-agree.{kind}" for kind in ("dot", "html", "itf.json", "svg", "txt")
    ]
    assert "\ndef test_agree_py_is_violated():" in Path("test_it.py").read_text(encoding="utf-8")


def test_what_is_loaded_says_what_the_class_says() -> None:
    wanted = load_property(own(AGREE))
    assert (wanted.name, wanted.kind, wanted.worker, wanted.pairwise) == ("./mine.py", Kind.LIVENESS, False, False)
    assert wanted.sentence == "if a correct process delivers m, every correct process delivers m"
    assert {kind.__name__ for kind in wanted.needs} == {"Sent", "Delivered", "Installed", "Adopted", "AskedToJoin"}


@pytest.mark.parametrize(
    ("impl", "text", "steps"),
    [
        ("gms2", AGREE, 5),
        ("gms3", AGREE, None),
        ("gms2", CLASS + MOURNING, 4),
    ],  # three deliveries of one multicast, and a crash
)
def test_every_engine_gives_the_verdict_of_the_reference(impl: str, text: str, steps: int | None) -> None:
    name = own(text)
    ways = (("reference", 1), ("native", 1), ("native", 2))
    found = [check(impl, messages=1, properties=[name], engine=engine, workers=workers) for engine, workers in ways]
    assert len({(one.finding(name).verdict, one.finding(name).length, one.finding(name).witness) for one in found}) == 1
    assert found[0].finding(name).length == steps
    assert [one.coverage.engine for one in found] == ["reference", "native", "native"]


def test_it_agrees_with_the_built_in_property_that_says_the_same() -> None:
    found = check("gms2", properties=[own(AGREE), "agreement"])
    assert found.finding("./mine.py").length == found.finding("agreement").length == 5


def test_it_is_judged_beside_built_in_ones_and_what_it_finds_does_not_depend_on_them() -> None:
    name = own(AGREE)
    alone, beside = (check("gms2", properties=[name, *more]) for more in ([], ["progress", "total-order"]))
    assert alone.finding(name).witness == beside.finding(name).witness
    assert [finding.name for finding in beside.findings] == [name, "progress", "total-order"]


def test_a_run_that_was_saved_is_judged_again_and_minimised(run: Run) -> None:
    name = own(AGREE)
    run("--impl", "gms2", "--property", name, *SMALL, command=check_main)
    text = Path("results/gms2-m1-mine.txt").read_text(encoding="utf-8")
    assert replay_text(text, "gms2", [name]).finding(name).length == 5
    status, out = run("replay", "results/gms2-m1-mine.txt", "--property", name, "--minimise")
    assert status == 13
    assert "agree     VIOLATED      5" in out


def test_loading_it_changes_nothing_for_others() -> None:
    before, name = dict(PROPERTIES), own(AGREE)
    assert [*known_properties([name, "agreement", name])] == [*before, *PARTITIONABLE, name]
    assert dict(PROPERTIES) == before
    with pytest.raises(UsageError, match="unknown property"):
        select([name], Scenario())


@pytest.mark.parametrize(
    ("words", "status", "part"),
    [
        (("hunt", "--impl", "gms2", "--nodes", "3", "--crashes", "1", "--messages", "1", "--joins", "0", "--drops", "0",
          "--suspicions", "0"), 13, "3 processes, up to 1 multicast, 1 crash"),
        (("diff", "gms2", "gms3", "--messages", "1"), 1, "gms2 violates agree"),
        (("simulate", "--impl", "gms2", "--seed", "1", "--runs", "50"), 13, "agree     VIOLATED      5"),
    ],
)  # fmt: skip
def test_other_commands_take_it_too(words: tuple[str, ...], status: int, part: str, run: Run) -> None:
    found, out = run(*words, "--property", own(AGREE, "agree.py"))
    assert found == status
    assert part in out
    assert "p3 never delivered a1, which p2 delivered" in " ".join(out.split())


def test_what_is_expected_of_it_decides_the_status(run: Run) -> None:
    name = own(AGREE)
    words = ("--impl", "gms2", *SMALL, "--quiet", "--property", name, "--expect")
    assert run(*words, f"{name}:violated", command=check_main)[0] == 0
    assert run(*words, f"{name}:Agree:violated", command=check_main)[0] == 0
    assert run(*words, f"{name}:holds", command=check_main)[0] == 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("agreement:holds", ("agreement", "holds")),
        ("agreement", ("agreement", "")),
        ("./mine.py:holds", ("./mine.py", "holds")),
        ("./mine.py:Mine:holds", ("./mine.py:Mine", "holds")),
        ("mine:Mine:violated", ("mine:Mine", "violated")),
        ("agreement:holds:holds", ("agreement", "holds:holds")),
    ],
)
def test_an_expectation_is_split_behind_the_name(text: str, parts: tuple[str, str]) -> None:
    assert split_expectation(text) == parts


def test_a_pass_that_was_not_put_to_the_test_says_so(run: Run) -> None:
    goal = "    def goal(self, history):\n        return len(history.lives) > 3\n"
    name = own(f"{JUDGE}return None\n{goal}")
    _, out = run("--impl", "gms2", "--property", name, *SMALL, command=check_main)
    assert "mine      holds (not put to the test)" in out


# --- what cannot be used -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("class Mine(:\n", ["mine.py:1: invalid syntax"]),
        ("raise ValueError('no')\n", ["mine.py:1: ValueError while loading: no"]),
        ("raise SystemExit\n", ["mine.py:1: SystemExit while loading"]),
        ("import nowhere\n", ["mine.py:1: ModuleNotFoundError"]),
        (HEAD, ["no class here derives from groupy_check.Requirement", "`class Mine(Requirement)` with a docstring"]),
        (CLASS, ["Mine has no method `judge(self, history)`"]),
        (f"{JUDGE}return None\nclass Other(Mine): pass\n", ["several properties", "--property ./mine.py:Other"]),
        (f"{HEAD}class Mine(Requirement):\n    def judge(self, history): pass\n", ["Mine has no docstring"]),
        (f"{HEAD}class Mine(Requirement):\n    'x'\n    def judge(self, h): pass\n", ["Mine needs a `kind`: Kind.SAFETY"]),
        (f"{CLASS.replace('Kind.SAFETY', '3')}    def judge(self, h): pass\n", ["Mine needs a `kind`: Kind.SAFETY"]),
        (f"{CLASS}    worker = 1\n    def judge(self, history): pass\n", ["worker must be True or False, not 1"]),
        (f"{CLASS}    def __init__(self, x): pass\n    def judge(self, h): pass\n", ["Mine() raised TypeError", "no argument"]),
        (f"{JUDGE}return history.lives[0].stuck or None\n", ["reads Life.stuck", "--property progress"]),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_property(text: str, parts: list[str], run: Run) -> None:
    status, line = run("--impl", "gms2", "--property", own(text), command=check_main)
    assert status == 151
    assert [part for part in ["groupy-check: ", "mine.py", *parts] if part not in line] == []


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ("return 'bad'\n", "it returned bad; allowed are None and"),
        ("return True\n", "it returned True; allowed are None and"),
        ("return Witness('')\n", "a Witness without a sentence"),
        ("return Witness(3)\n", "a Witness without a sentence"),
        ("return Witness('x', history.lives[0].node)\n", "whose processes are p1; they must be a tuple: (life.node,)"),
        ("return Witness('x', (history.lives[0],))\n", "they must be a tuple: (life.node,) needs"),
        ("return Witness('x', (), 'a1')\n", "whose payloads are a1; they must be a tuple"),
        ("return Witness('x', (), (), (3,))\n", "whose views are [3]; they must be a tuple"),
        ("return Witness('x', (), ([],))\n", "a Witness that cannot be hashed"),
        ("return history.lives[17]\n", "it raised IndexError: tuple index out of range at mine.py:9"),
        ("raise SystemExit\n", "it raised SystemExit at mine.py:9"),
        ("return self.judge(history)\n", "it raised RecursionError"),
        ("import random; return Witness(str(random.random()))\n", "two different answers about one history"),
        ("self.n = getattr(self, 'n', 0) + 1; return Witness(str(self.n))\n", "it changed self.n from nothing to 2; it must"),
    ],
)  # fmt: skip
def test_a_judge_that_breaks_the_rules(body: str, part: str, run: Run) -> None:
    status, line = run("--impl", "gms2", *SMALL, "--property", own(JUDGE + body), command=check_main)
    assert status == 151
    assert "./mine.py: judge(history) cannot be used: it " in line
    assert part in line
    assert line.endswith(" [mine.py:5]\n")


def test_the_native_engine_refuses_the_same(run: Run) -> None:
    words = ("--impl", "gms2", *SMALL, "--engine", "native", "--property")
    status, line = run(*words, own(f"{JUDGE}return history.lives[17]\n"), command=check_main)
    assert (status, line.count("it raised IndexError: tuple index out of range at mine.py:9")) == (151, 1)


def test_a_judge_that_depends_on_the_hash_seed_is_refused(run: Run) -> None:
    body = "return Witness(' '.join({f'name {k}' for k in range(30)})) if history.lives[0].delivered else None\n"
    status, line = run("--impl", "gms2", *SMALL, "--property", own(JUDGE + body), command=check_main)
    assert status == 151
    assert "./mine.py: judge(history) gives witness(name " in line
    assert "depending on the hash seed: sort what comes out of a set before use [mine.py:5]" in line


def test_a_judge_that_depends_on_the_order_of_two_strings_is_never_found_by_luck(run: Run) -> None:
    body = "return Witness(' '.join({'one', 'other'})) if history.lives[0].delivered else None\n"
    status, line = run("--impl", "gms2", *SMALL, "--property", own(JUDGE + body), command=check_main)
    assert status == 151
    assert "depending on the hash seed: sort what comes out of a set before use [mine.py:5]" in line


def test_what_a_judge_prints_does_not_spoil_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    name = own(f"print('loaded')\n{JUDGE}print('judged')\n")
    assert check_main(["--impl", "gms2", *SMALL, "--property", name, "--quiet"]) == 0
    assert capsys.readouterr().out == "gms2: OK, mine holds (all reachable states seen)\n"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("./gone.py", "there is no file gone.py; --property takes a built-in name"),
        ("nowhere:Mine", "the module nowhere cannot be imported"),
        ("./mine.py:Gone", "./mine.py: no property Gone; there is Agree"),
        ("mine", "unknown property 'mine': there are integrity"),
        ("mine", "; for the file, write ./mine.py"),
        ("agrement", "did you mean agreement?"),
    ],
)
def test_a_name_of_nothing(name: str, part: str, run: Run) -> None:
    own(AGREE)
    status, line = run("--impl", "gms2", "--property", name, command=check_main)
    assert status == 151
    assert part in line


def test_a_search_that_a_changed_property_could_go_on_with_is_not_saved(run: Run) -> None:
    words = ("--impl", "gms2", "--property", own(AGREE), "--checkpoint", "saved")
    status, line = run(*words, command=check_main)
    assert status == 151
    assert "./mine.py may change before the search is resumed; leave out --checkpoint and --resume" in line


def test_nothing_but_a_front_end_loads_a_file() -> None:
    """What names a property in a request or in a trace file does not have it executed."""
    own("raise SystemExit('executed')\n")
    from groupy_check.checker.counterexamples.timeline import shown_in  # noqa: PLC0415

    with pytest.raises(UsageError, match="unknown property"):
        shown_in(Scenario(), "./mine.py")


def test_both_sides_of_a_bound() -> None:
    """A violation that is found counts, however small the part that was seen."""
    name = own(AGREE)
    result = check("gms2", properties=[name], messages=1, max_states=200)
    assert result.coverage.extent is Extent.BOUNDED
    assert result.finding(name).verdict is Verdict.VIOLATED


def test_a_protocol_that_cannot_be_used_is_still_a_matter_of_the_protocol() -> None:
    own(
        "from groupy_check import Gms3\nclass Bad(Gms3):\n    def announce(self, leader, message): return 3\n",
        "bad.py",
    )
    with pytest.raises(ProtocolError, match=r"\./bad\.py"):
        check("./bad.py", properties=[own(AGREE)], messages=1)


def test_two_of_one_name_and_one_named_like_ours_keep_their_paths() -> None:
    """What is called by its name is called by the name of its class, as ours are."""
    names = [own(AGREE, "one.py"), own(AGREE, "two.py"), own(AGREE.replace("Agree", "TotalOrder"), "three.py")]
    assert [known_properties([name])[name].label for name in names] == ["agree", "agree", ""]
    assert {known_properties(names)[name].label for name in names} == {""}
    own(AGREE.replace("Agree", "AllAgreeOnA1"), "four.py")
    assert known_properties(["./four.py"])["./four.py"].label == "all-agree-on-a1"


def test_it_may_be_asked_for_by_what_it_is_called() -> None:
    result = check("gms2", properties=[own(AGREE)], messages=1)
    assert result.finding("agree") is result.finding("./mine.py") is result.judged("agree")
    with pytest.raises(KeyError):
        result.finding("agre")
