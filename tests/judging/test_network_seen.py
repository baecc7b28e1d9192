"""What a history says of the network, where the partition in force is not over yet, and of a loop, all the way round."""

from __future__ import annotations

from dataclasses import replace

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.observer import Observer, network
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Partition
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import Budget


@pytest.mark.parametrize(
    ("left", "split", "healed"),
    [(2, False, 0), (1, True, 0), (1, False, 1), (0, True, 1), (0, False, 2)],
)
def test_partitions_that_are_over_are_counted(left: int, split: bool, healed: int) -> None:
    scenario = Scenario(partitions=2)
    partition = Partition((Node(1),)) if split else None
    assert network(scenario, replace(Budget.of(scenario), partitions=left), partition) == (partition, healed)


def test_on_a_loop_who_is_stuck_in_all_of_its_states_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    semantics = Semantics(load_protocol("gms2"), Scenario(nodes=3))
    busy, idle, later = Node(1), Node(2), Node(3)
    probed = iter([{busy: "busy", idle: "here", later: ""}, {busy: "", idle: "there", later: "now"}])
    observer = Observer(semantics, probe=True)
    monkeypatch.setattr(observer, "stuck", lambda _: next(probed))
    assert observer.stuck_all_along([semantics.initial()] * 2) == {idle: "here"}
