"""A view has the number that the program gives it, and the founder's own view the one before the first of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from groupy_check.checker.erlang.adapter.node_state import Letter
from groupy_check.checker.erlang.adapter.protocol import ErlangProtocol
from groupy_check.checker.erlang.adapter.source import erlang_protocol
from groupy_check.checker.erlang.machine.site import Site
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.selection import select
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.effects import Install, View
from groupy_check.groupy_model.events import Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Installed
from groupy_check.groupy_model.protocol import Idle
from groupy_check.groupy_model.scenario import Beginning, Scenario
from groupy_check.groupy_model.verdict import Verdict
from tests.erlang.support import OURS

GMS3 = (OURS / "gms3.erl").read_text()
FOUNDER = "leader(Id, Master, 0, [], [Master])."
PEERS = Path(__file__).parent / "cases/peers.erl"
P1 = Node(1)


def numbers(impl: str) -> list[list[int]]:
    """The numbers of the views of p1, and of p2, which joins it, in a run in which nothing else happens."""
    protocol = load_protocol(impl)
    scenario = Scenario(nodes=2, messages=0, crashes=0, beginning=Beginning.JOINING)
    properties, _ = select(["monotonic-views"], scenario)  # for which views are written down
    explorer = Explorer(protocol, scenario, properties, Limits())
    explorer.run()
    logs = [process.log for process in explorer.states[-1].processes]
    return [[seen.view.id for seen in log if isinstance(seen, Installed)] for log in logs]


def first_steps(protocol: ErlangProtocol) -> list[Any]:
    """What the founder may do first."""
    found = protocol.step(Idle(P1), Start())
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("file", "seen"),
    [
        (OURS / "gms1.erl", [[0, 1], [1]]),  # the program numbers nothing, so an observer counts
        (OURS / "gms2.erl", [[0, 1], [1]]),
        (OURS / "gms3.erl", [[-1, 0], [0]]),
        (OURS / "gms3_fixed.erl", [[-1, 0], [0]]),
        (OURS / "gms4.erl", [[-1, 0], [0]]),  # the Master gets the view after the acknowledgements
        (PEERS, [[-1, 0], [0]]),
    ],
    ids=lambda found: found.stem if isinstance(found, Path) else "",
)
def test_views_have_the_numbers_of_the_program(file, seen):
    assert numbers(str(file)) == seen


@pytest.mark.parametrize("first", [-3, 0, 1, 7])
def test_a_program_may_begin_with_any_number(first, tmp_path):
    file = tmp_path / "gms3.erl"
    file.write_text(GMS3.replace(FOUNDER, FOUNDER.replace("0", str(first))))
    assert numbers(str(file)) == [[first - 1, first], [first]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        {join, Wrk, Peer} ->\n            Slaves2", "        {jion, Wrk, Peer} ->\n            Slaves2"),  # no answer
        (
            "            Slaves2 = lists:append(Slaves, [Peer]),",
            "            Slaves2 = ets:new(Slaves, [Peer]),",
        ),  # none that runs
        ("start(Id, Grp) ->\n", "start(Id, Grp) ->\n    ets:new(groups, []),\n"),  # nobody asks
    ],
)
def test_where_nobody_is_let_in_the_founders_view_is_before_all_that_a_program_counts(old, new, tmp_path):
    assert GMS3.count(old) == 1
    file = tmp_path / "gms3.erl"
    file.write_text(GMS3.replace(old, new))
    (step,) = first_steps(erlang_protocol(str(file)))
    assert step.effects == (Install(View(-1, (P1,))),)
    assert step.state.view == -1


def test_a_letter_with_the_number_0_says_so():
    assert (str(Letter(1, ())), str(Letter(1, (), 0))) == ("[]", "[] v0")


# --- numbers drawn by chance -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seeding", ["rand:seed(exsplus, {Rnd, Rnd, Rnd})", "random:seed(Rnd, Rnd, Rnd)", "rand:seed({exs1024, {Rnd, Rnd, Rnd}})"]
)
def test_a_number_that_only_seeds_is_drawn_once_and_not_tried_a_thousand_times(seeding, tmp_path, monkeypatch):
    file = tmp_path / "gms3.erl"
    file.write_text(GMS3.replace("rand:seed(exsplus, {Rnd, Rnd, Rnd})", seeding))
    protocol = erlang_protocol(str(file))
    assert protocol.first_view == -1
    drawn = []
    decide = Site.decide
    monkeypatch.setattr(Site, "decide", lambda site, option: drawn.append(1) or decide(site, option))
    assert len(first_steps(protocol)) == 1
    assert len(drawn) == 1


def test_what_is_repeated_for_the_last_leader_lends_its_number_to_no_new_view_with_the_same_members(tmp_path: Path) -> None:
    # Who forgets to take the dead leader out announces the same members twice, under two numbers.
    head = "election(Id, Master, N, Last, Slaves, {}) ->"
    assert GMS3.count(head.format("[_|Group]")) == 1
    file = tmp_path / "gms3.erl"
    file.write_text(GMS3.replace(head.format("[_|Group]"), head.format("Group")))
    scenario = Scenario(nodes=3, messages=0, crashes=1)
    properties, _ = select(["monotonic-views"], scenario)
    explorer = Explorer(load_protocol(str(file)), scenario, properties, Limits())
    assert explorer.run().finding("monotonic-views").verdict is Verdict.HOLDS
    seen = {entry.view for state in explorer.states for entry in state.processes[1].log if isinstance(entry, Installed)}
    everybody = (P1, Node(2), Node(3))
    assert seen == {View(1, everybody), View(2, everybody)}
