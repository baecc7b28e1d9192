"""`groupy diff`: the schedule that tells two protocols apart, where they part, and the two runs side by side."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from groupy_check.checker.comparing.diff import Diff, DiffResult, diff_status, told
from groupy_check.checker.comparing.lockstep import Player
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.judging.selection import select
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.groupy_model.actions import Crash, Handle
from groupy_check.groupy_model.effects import Deliver, Halt, Send
from groupy_check.groupy_model.events import Multicast, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Protocol, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Slave
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3, Msg
from groupy_check.groupy_model.scenario import Order, Scenario
from groupy_check.reports.tables.comparison import (
    drawing,
    halves,
    html_comparison,
    parting_phrase,
    print_comparison,
    what_happens,
)
from groupy_check.reports.wording.phrases import action_line

NO_LIMITS = Limits()


def differ(one: str | Protocol, other: str | Protocol, *names: str, limits: Limits = NO_LIMITS, **scenario: Any) -> DiffResult:
    protocols = [load_protocol(impl) if isinstance(impl, str) else impl for impl in (one, other)]
    world = Scenario(**scenario)
    properties, _ = select(names, world)
    return Diff((protocols[0], protocols[1]), world, properties, names, limits).run()


class Swallows(Gms1):
    """gms1 whose slaves throw away what their own applications ask for; it promises nothing."""

    name = "swallows"
    claims = ()

    def step(self, state, event):
        if isinstance(state, Slave) and isinstance(event, Multicast):
            return Step(state)
        return super().step(state, event)


class Repeats(Gms3):
    """gms3, but a leader sends every message twice; the second copy is dropped."""

    name = "repeats"

    def announce(self, leader, message):
        *sends, deliver = super().announce(leader, message)
        return (*sends, *sends, deliver)


# --- what is found -------------------------------------------------------------------------------------------------------


def test_gms2_loses_what_gms3_repeats():
    outcome = differ("gms2", "gms3", messages=1)
    comparison = outcome.comparison
    assert comparison is not None
    assert comparison.headline == "Under the same schedule gms2 violates agreement, which it claims, and gms3 does not."
    assert (comparison.common, comparison.parting) == (5, 3)
    assert [len(side.trace.steps) for side in comparison.sides] == [5, 6]
    assert comparison.left.verdict == "agreement is violated: p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}"
    assert (comparison.right.verdict, comparison.right.witness) == ("agreement holds in this run", None)
    assert diff_status(outcome) == 1


def test_it_does_not_matter_which_protocol_comes_first():
    one, other = differ("gms2", "gms3", messages=1), differ("gms3", "gms2", messages=1)
    assert one.comparison is not None
    assert other.comparison is not None
    assert (other.comparison.left, other.comparison.right) == (one.comparison.right, one.comparison.left)
    assert (one.pairs, one.depth) == (other.pairs, other.depth)


def test_the_orphan_view_is_what_the_mended_protocol_lacks():
    comparison = differ("gms3", "gms3-fixed", joins=1, messages=0).comparison
    assert comparison is not None
    assert comparison.left.witness is not None
    assert comparison.left.verdict.startswith("progress is violated: p3 asks for a multicast and never delivers it")
    # Until the 8th step both send and install the same; then the mended one goes on.
    assert (comparison.common, comparison.parting) == (8, 9)
    assert [len(side.trace.steps) for side in comparison.sides] == [8, 11]


def test_a_protocol_does_not_differ_from_itself_and_its_pairs_are_its_states():
    for scenario in ({"messages": 1}, {"crashes": 0, "drops": 1, "messages": 1}, {"crashes": 0, "order": Order.ANY}):
        outcome = differ("gms3", "gms3", **scenario)
        world = Scenario(**scenario)
        properties, _ = select([], world)
        states = Explorer(load_protocol("gms3"), world, properties).run().coverage
        assert (outcome.comparison, outcome.bound) == (None, "")
        assert (outcome.pairs, outcome.depth) == (states.distinct, states.depth)
        assert diff_status(outcome) == 0
    assert told(outcome, ("gms3", "gms3")).startswith("gms3 and gms3: no difference found, neither in verdicts nor in what is")


def test_what_is_not_claimed_is_second_best():
    comparison = differ("gms1", Swallows(), crashes=0, messages=1).comparison
    assert comparison is not None
    assert "swallows violates progress, which only gms1 claims" in comparison.headline
    comparison = differ("gms1", Swallows(), "validity", crashes=0, messages=1).comparison
    assert comparison is not None
    assert comparison.right.verdict == "validity is violated: p2 never delivered b1, which it multicast itself"


def test_two_that_do_the_same_can_be_judged_differently():
    comparison = differ("gms3", "gmp3", crashes=0).comparison
    assert comparison is not None
    assert comparison.headline == "Under the same schedule gmp3 violates progress, which only gms3 claims, and gms3 does not."
    assert [side.trace.steps for side in comparison.sides] == [(), ()]
    assert parting_phrase(comparison) == "Both do the same in every step."


def test_where_all_verdicts_are_the_same_what_is_observed_counts():
    comparison = differ("gms1", Swallows(), "integrity", crashes=0, messages=1).comparison
    assert comparison is not None
    assert comparison.headline == "Under the same schedule both keep the same promises, but what is observed differs."
    assert (comparison.common, comparison.parting) == (1, 1)
    assert comparison.left.verdict != comparison.right.verdict
    assert "delivered(b1)" in comparison.left.verdict
    assert "delivered(b1)" not in comparison.right.verdict


def test_messages_that_nobody_notices_are_no_difference():
    assert differ("gms3", Repeats(), crashes=0, messages=1).comparison is None


def test_a_bound_leaves_it_open():
    outcome = differ("gms3", "gms3", messages=1, limits=Limits(states=20))
    assert (outcome.comparison, outcome.bound) == (None, "20 pairs of states")
    assert diff_status(outcome) == 3
    assert told(outcome, ("gms3", "gms3")).endswith("; stopped by 20 pairs of states.")


def test_ctrl_c_says_what_is_known_so_far(monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Player, "end", interrupted)
    outcome = differ("gms2", "gms3", messages=1)
    assert (outcome.comparison, outcome.bound, outcome.pairs) == (None, "interrupted", 1)


class GivesUp(Gms1):
    """gms1 whose leader, rather than multicast, ends itself: why, it says in words of its own."""

    name, reason = "gives-up", "no"

    def step(self, state, event):
        return Step(state, (Halt(self.reason),)) if isinstance(event, Multicast) else super().step(state, event)


class GivesUpToo(GivesUp):
    name, reason = "gives-up-too", "function_clause at gms1.erl:31"


def test_that_both_end_is_compared_and_why_is_only_told():
    protocols = GivesUp(), GivesUpToo()
    outcome = differ(*protocols, messages=1, crashes=0)
    assert (outcome.comparison, diff_status(outcome)) == (None, 0)
    said = told(outcome, ("gives-up", "gives-up-too")).splitlines()
    assert said[1] == (
        "Both end there, for reasons in other words, which are not compared:"
        " gives-up: p1 no; gives-up-too: p1 function_clause at gms1.erl:31."
    )
    assert outcome.pairs == differ(protocols[0], protocols[0], messages=1, crashes=0).pairs


class Chatty(Gms3):
    """gms3, but a slave that delivers sends the next one a message that is late by then; and a new leader repeats nothing."""

    name = "chatty"

    def step(self, state, event):
        match super().step(state, event):
            case Step(after, (Deliver(payload), *rest)) if isinstance(event, Receive) and state.me == Node(2):
                return Step(after, (Send(Node(3), Msg(0, payload)), Deliver(payload), *rest))
            case other:
                return other

    def repeat(self, *_):
        return ()


def test_a_message_that_changes_nothing_is_not_where_they_part():
    comparison = differ(Chatty(), "gms3", "agreement", messages=1).comparison
    assert comparison is not None
    assert "sends msg 0: a1 to p3" in what_happens(comparison.left.trace, 2)
    assert comparison.left.trace.steps[2].action == comparison.right.trace.steps[2].action
    assert (comparison.common, comparison.parting) == (5, 3)


# --- the same schedule ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other"), [("gms2", "gms3"), ("gms3", "gms4-ack"), ("gms3~no-repeat", "gms3")])
def test_the_common_steps_are_the_same_but_for_what_messages_say(one, other):
    comparison = differ(one, other, messages=1).comparison
    assert comparison is not None
    for first, second in zip(*(side.trace.steps[: comparison.common] for side in comparison.sides), strict=True):
        if isinstance(first.action, Handle) and isinstance(first.action.event, Receive):
            assert isinstance(second.action, Handle)
            assert isinstance(second.action.event, Receive)
            assert (first.process, first.action.event.source) == (second.process, second.action.event.source)
        else:
            assert action_line(first.action) == action_line(second.action)
    for side in comparison.sides:
        alone = side.trace.steps[comparison.common :]
        assert not any(step.crashes for step in alone)


def test_a_crash_in_a_handler_is_the_same_only_after_the_same_effects():
    world = Scenario(messages=1)
    players = [Player(protocol, world, []) for protocol in (load_protocol("gms3"), Repeats())]
    names = []
    for player in players:
        moves = player.moves(player.semantics.initial())
        crashes = {a for a in moves.actions.values() if isinstance(a, Crash) or (isinstance(a, Handle) and a.cut is not None)}
        names.append({name for name, action in moves.actions.items() if action in crashes and action.process == Node(1)})
    # gms3 sends to p2, p3; the other one to p2, p3, p2, p3: after one and after two effects they have done the same.
    assert [len(found) for found in names] == [3, 5]
    assert len(names[0] & names[1]) == 3


# --- what a person sees --------------------------------------------------------------------------------------------------


def test_the_text_has_both_runs_in_columns():
    comparison = differ("gms2", "gms3", messages=1).comparison
    assert comparison is not None
    stream = io.StringIO()
    print_comparison(Console(file=stream, width=160), comparison)
    lines = [" ".join(line.split()) for line in stream.getvalue().splitlines()]
    assert "step gms2 gms3" in lines
    assert "> 3 p2 detects that p1 is down p2 detects that p1 is down" in lines
    assert "5 p3 receives view v3 [p2, p3] from p2 p3 receives msg 3: a1 from p2" in lines
    assert "6 p3 receives view v4 [p2, p3] from p2" in lines
    assert "First difference: step 3." in lines
    assert lines[-1] == "gms3: agreement holds in this run"


def test_the_picture_has_both_runs_and_frames_where_they_part():
    comparison = differ("gms2", "gms3", messages=1).comparison
    assert comparison is not None
    drawn = drawing(comparison)
    names = [box.id for box in drawn.boxes] + [line.id for line in drawn.lines]
    assert len(set(names)) == len(names)
    left, right = halves(comparison)
    assert max(box.right for box in drawn.boxes if box.id.startswith("left")) < left.width
    assert min(box.left for box in drawn.boxes if box.id.startswith("right")) > left.width
    assert drawn.width > left.width + right.width
    framed = {box.id for box in drawn.boxes if box.kind == "verdict violated flush-left"}
    assert framed == {"left-step-3", "right-step-3"}


def test_the_page_needs_nothing_else():
    comparison = differ("gms2", "gms3", messages=1).comparison
    assert comparison is not None
    page = html_comparison(comparison)
    assert page.count("<svg") == 2
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"(?!data:|#)", page.replace('xlink:href="', ""))
    assert '<tr class="parting"><th scope="row">3</th>' in page
    assert '<tr class="alone"><th scope="row">6</th><td></td>' in page


# --- the command -----------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_command_writes_pictures_a_page_and_two_runs_that_replay(capsys):
    assert main(["diff", "gms2", "gms3", "--messages", "1", "--picture", "svg", "--picture", "png"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("Under the same schedule gms2 violates agreement")
    names = {"gms2-and-gms3-m1.svg", "gms2-and-gms3-m1.png", "gms2-and-gms3-m1.html"}
    assert {path.name for path in Path("results").iterdir()} == names | {
        "gms2-and-gms3-m1-left.txt",
        "gms2-and-gms3-m1-right.txt",
    }
    assert all(f"results/{name}" in out for name in names)
    replay = ["replay", "--property", "agreement", "--quiet"]
    assert main([*replay, "results/gms2-and-gms3-m1-left.txt"]) == 13
    assert main([*replay, "results/gms2-and-gms3-m1-right.txt"]) == 3  # one run without a violation proves nothing


def test_quiet_prints_one_line_and_writes_nothing(capsys):
    assert main(["diff", "gms1", "gms2", "--crashes", "0", "--messages", "1", "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("gms1 and gms2: no difference found")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (["gms2"], 2, "the following arguments are required: PROTOCOL"),
        (["gms2", "gsm3"], 150, "did you mean gms3?"),
        (["gms2", "gms3", "--nodes", "0"], 151, "a group needs at least one process"),
        (["gms2", "gms3", "--property", "agrement"], 151, "did you mean agreement?"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(words, status, reason, capsys):
    assert main(["diff", *words]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert reason in err
    assert err.count("\n") == 1
