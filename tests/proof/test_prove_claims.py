"""`groupy prove` claims no more than z3 was asked: what is vacuous, assumed, ignored or not exercised is said or refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from groupy_check.checker.errors import UsageError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.interfaces.commands import prove_runner
from groupy_check.checker.proof.bounded.unrolling import bounded
from groupy_check.checker.proof.model import Model, Transition
from groupy_check.checker.proof.models.fbcast import fbcast
from groupy_check.checker.proof.models.gmp import PARSER, gmp2, gmp3
from groupy_check.checker.proof.models.gms3 import gms3, gms3_fixed
from groupy_check.checker.proof.models.relay import gms3_relay
from groupy_check.checker.proof.proving import Proof, prove
from groupy_check.checker.proof.registry import PROOFS, Provable, linked
from groupy_check.checker.proof.solving import INITIATION, Prover
from groupy_check.groupy_model.proof_result import Possibility
from groupy_check.groupy_model.scenario import Order, Scenario
from groupy_check.specs.registry import PROPERTIES

# --- what is proved of nothing ---------------------------------------------------------------------------------------------


def beginning(*texts: str) -> Model:
    """gmp2, whose initial states satisfy `texts` as well."""
    extra = PARSER.transition("begin(x, v)", texts, []).guard
    return replace(gmp2(), init=replace(gmp2().init, guard=(*gmp2().init.guard, *extra)))


def with_axiom(text: str) -> Model:
    return replace(gmp2(), axioms=(*gmp2().axioms, *PARSER.clauses({"one more": text})))


def impossible(proof: Proof) -> list[str]:
    return [group.name for group in proof.groups if group.possible is Possibility.NEVER]


@pytest.mark.parametrize(
    "wanted",
    [
        beginning("x < x"),
        beginning("all y. ~start(y)"),
        beginning("decided(x, v)", "all y, w. ~decided(y, w)"),
        beginning("exists p, a. is(p, a) & cur(p, x, v) & ~has(v, a)"),
        beginning("exists y. x < y & reached(y)"),
        with_axiom("~start(x)"),
    ],
    ids=["order", "no start", "decided and not", "outside the view", "reached later", "axioms"],
)
def test_without_an_initial_state_nothing_is_proved(wanted):
    assert Prover(wanted).possible(INITIATION) is False


def test_contradictory_axioms_make_everything_impossible():
    proof = prove(with_axiom("x < x"))
    assert impossible(proof) == [group.name for group in proof.groups]
    assert sum(group.proved for group in proof.groups) == 107  # all of them, of nothing
    assert proof.failed


def never(transition: Transition) -> Transition:
    """`transition`, with a guard that nothing satisfies."""
    extra = PARSER.transition("never(x)", ["x < x"], [])
    parameters = tuple(dict.fromkeys((*transition.parameters, *extra.parameters)))
    return replace(transition, guard=(*transition.guard, *extra.guard), parameters=parameters)


def test_every_action_that_can_never_happen_is_named():
    names = ["suspect", "propose", "accept", "commit", "install"]
    changed = tuple(never(one) if one.name in names else one for one in gmp2().transitions)
    proof = prove(replace(gmp2(), transitions=changed))
    assert impossible(proof) == names
    assert proof.failed


IDLE = {
    "nothing precedes itself": "x < x -> v = w",
    "nobody cuts itself": "cut(p, a) & is(p, a) -> has(v, a)",
    "there are no two decisions": "decided(x, v) & decided(x, w) & v != w -> reached(x)",
    "nobody installs without itself": "installed(p, x, v) & is(p, a) & ~has(v, a) -> a = a",
    "nothing precedes the start": "reached(y) & start(x) & y < x -> reached(x)",
}


def test_a_property_about_what_never_arises_is_not_proved():
    proof = prove(replace(gmp2(), safety=(*gmp2().safety, *PARSER.clauses(IDLE))))
    assert proof.groups[-1].proved == len(gmp2().safety) + len(IDLE)
    assert proof.groups[-1].vacuous == tuple(IDLE)
    assert proof.failed


def test_the_command_names_them(capsys, monkeypatch):
    broken = replace(beginning("x < x"), safety=PARSER.clauses({"idle": "x < x -> v = w"}))
    monkeypatch.setattr(prove_runner, "provable", lambda _: Provable(lambda: broken, PROOFS["gmp2"].relation))
    assert main(["prove", "gmp2"]) == 14
    shown = capsys.readouterr().out
    assert shown.startswith("gmp2: NOT PROVED")
    assert "FAILS  initial states: there is no initial state" in shown
    assert "FAILS  safety: what 'idle' is about can never arise" in shown
    assert "Assumed" not in shown


def test_in_a_small_group_less_can_happen_and_that_is_no_failure(capsys):
    """Alone, nobody has anybody whose proposal to repeat; that is said, and does not refute the proof."""
    assert main(["prove", "gmp3", "--processes", "1"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("gmp3: PROVED for at most 1 process: ")
    assert "Cannot happen in so small a group: propose again." in shown
    assert "FAILS" not in shown


# --- what is assumed -------------------------------------------------------------------------------------------------------

MODELS = {"gms3": gms3, "gms3-fixed": gms3_fixed, "gms3-relay": gms3_relay, "gmp2": gmp2, "gmp3": gmp3, "fbcast": fbcast}
LOSS = "no message is lost, duplicated or overtaken"


@dataclass(frozen=True, slots=True)
class Excess:
    """`name` under a scenario with `faults` does what its model does not; `assumed` says that it does not happen."""

    name: str
    assumed: str
    faults: dict[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize(
    "excess",
    [
        Excess("gms3", LOSS, {"drops": 1}),
        Excess("gms3", "the network does not split", {"partitions": 1}),
        Excess("gms3", "the detector suspects nobody who is up", {"suspicions": 1}),
        Excess("gms3", "nobody joins", {"joins": 1, "nodes": 2}),
        Excess("gms3-fixed", LOSS, {"drops": 1}),
        Excess("gms3-fixed", "the detector suspects nobody who is up", {"suspicions": 1}),
        Excess("gms3-relay", "the network does not split", {"partitions": 1}),
        Excess("fbcast", "none is lost or overtaken", {"drops": 1}),
        Excess("fbcast", "none is lost or overtaken", {"order": Order.ANY}),
    ],
    ids=lambda excess: f"{excess.name}-{'-'.join(excess.faults)}",
)
def test_what_the_model_cannot_do_is_assumed_not_to_happen(excess):
    scenario = Scenario(**{"nodes": 3, "messages": 1, "crashes": 1, **excess.faults})
    found = linked(excess.name, load_protocol(excess.name), scenario, 400)
    assert found.difference
    assert any(excess.assumed in text for text in MODELS[excess.name]().assumed)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_model_says_what_it_allows_for_and_what_it_assumes(name):
    model = MODELS[name]()
    assert model.covered
    assert any("crash" in text for text in model.covered)
    assert any(text.startswith("a handler is atomic") for text in model.assumed)
    assert any("begins" in text for text in model.assumed)


def test_a_proof_prints_its_premises(capsys):
    assert main(["prove", "gmp2"]) == 0
    shown = capsys.readouterr().out
    assert "Allowed for, any number of times: crashes; joins; false suspicions; lost, duplicated and reordered" in shown
    for text in gmp2().assumed:
        assert f"\n  {text}\n" in shown
    assert "is checked for small groups: groupy prove gmp2 --link.\n" in shown


# --- what would be ignored -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "flags",
    [
        ["--drops", "1"],
        ["--duplicates", "1"],
        ["--suspicions", "1"],
        ["--partitions", "1"],
        ["--leaves", "1"],
        ["--joins", "1"],
        ["--nodes", "3"],
        ["--messages", "2"],
        ["--crashes", "0"],
        ["--order", "any"],
        ["--detector", "overtaking"],
        ["--timeouts", "any:1"],
        ["--start", "joining"],
        ["--worker"],
    ],
    ids=" ".join,
)
def test_a_scenario_means_nothing_to_a_proof_and_is_refused(flags, capsys):
    assert main(["prove", "gms3-fixed", *flags]) == 151
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"groupy: {flags[0]}: a proof is not about one scenario")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--max-states", "9"], "--max-states is for --link"),
        (["--max-states", "9", "--bounded", "2"], "--max-states is for --link"),
        (["--link", "--processes", "2"], "--processes is for a proof"),
        (["--bounded", "2", "--processes", "2"], "--bounded cannot be combined"),
        (["--bounded", "2", "--link"], "--bounded cannot be combined"),
    ],
)
def test_a_flag_that_another_one_makes_meaningless_is_refused(words, said, capsys):
    assert main(["prove", "gms3-fixed", *words]) == 151
    assert said in capsys.readouterr().err


# --- the link --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "untaken"),
    [
        (Scenario(nodes=1, messages=0, crashes=0), 12),  # all of them
        (Scenario(nodes=1, messages=1, crashes=0), 11),  # but multicast
        (Scenario(nodes=2, messages=1, crashes=0), 10),  # and take message
        (Scenario(nodes=2, messages=1, crashes=1), 7),  # and crash, multicast cut, take over
        (Scenario(nodes=2, messages=1, crashes=1, joins=1), 2),  # a take over that is cut needs four
    ],
    ids=["nothing", "multicast", "take", "crash", "join"],
)
def test_the_link_names_what_no_step_stood_for(scenario, untaken):
    found = linked("gms3-fixed", load_protocol("gms3-fixed"), scenario)
    assert found.whole
    assert len(found.untaken) == untaken


def test_the_link_prints_its_scenario_and_what_it_did_not_exercise(capsys):
    assert main(["prove", "gms3-fixed", "--link", "--nodes", "1", "--messages", "1", "--crashes", "0"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].endswith("every clause holds; 2 states, 2 of the model, 1 step")
    assert shown[1] == "1 process, up to 1 multicast; formed group, perfect detector, FIFO channels"
    assert shown[2].startswith("Not exercised here, so not linked: crash, multicast cut, admit,")


def test_a_link_that_a_bound_cut_short_is_not_called_one(capsys):
    assert main(["prove", "gms3-fixed", "--link", "--max-states", "20"]) == 3
    shown = capsys.readouterr().out
    assert shown.startswith(
        "gms3-fixed: NOT DECIDED (a bound was hit), and nothing differs from the model of gms3-fixed so far;"
    )
    assert "LINKED" not in shown


# --- the unrolling ---------------------------------------------------------------------------------------------------------


def test_the_unrolling_names_its_scenario_and_what_it_does_not_judge(capsys):
    assert main(["prove", "gms2", "--bounded", "1", "--nodes", "2", "--messages", "1"]) == 3
    shown = capsys.readouterr().out
    assert re.match(
        r"gms2: NOT DECIDED, nothing claimed is violated within 1 step, by z3; \d+ local states, \d+ local transitions\n", shown
    )
    assert "2 processes, up to 1 multicast, 1 crash; formed group, perfect detector, FIFO channels\n" in shown
    claimed, others = re.findall(r"^Not judged, (?:though|nor) claimed: (.*) \(only safety", shown, re.MULTILINE)
    judged = re.findall(r"^  (\S+): ", shown, re.MULTILINE)
    assert {"agreement", "progress"} <= set(claimed.split(", "))
    assert sorted([*judged, *claimed.split(", "), *others.split(", ")]) == sorted(PROPERTIES)


def test_the_unrolling_judges_colours_only_where_the_worker_runs():
    world = Scenario(nodes=1, messages=0, crashes=0)
    without, along = (bounded(load_protocol("gms2"), replace(world, worker=worker), 1) for worker in (False, True))
    assert set(without.unjudged) - set(along.unjudged) == {"state-transfer"}


@pytest.mark.parametrize("faults", [{"drops": 1}, {"duplicates": 1}, {"partitions": 1}, {"drops": 1, "partitions": 1}])
def test_the_unrolling_refuses_what_it_does_not_know(faults):
    with pytest.raises(UsageError, match=f"--bounded does not support {' or '.join(faults)}"):
        bounded(load_protocol("gms2"), Scenario(**faults), 1)
