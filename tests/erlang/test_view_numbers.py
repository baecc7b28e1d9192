"""The number that a program gives to a view, wherever it is in the message, and whenever the view is handed over."""

from __future__ import annotations

import pickle

import pytest

from groupy_check.checker.erlang.adapter.node_state import MASTER, ErlangNode
from groupy_check.checker.erlang.adapter.view_numbers import numbered_group
from groupy_check.checker.erlang.machine.processes import SiteState
from groupy_check.checker.erlang.terms.values import Atom, Pid, Term, Tuple
from groupy_check.groupy_model.node import Node

GROUP = (Pid(2, MASTER), Pid(3, MASTER))
PROCESSES = (Pid(2, 1), Pid(3, 1))
VIEW = Tuple((Atom("view"), PROCESSES, GROUP))


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (Tuple((Atom("view"), 3, PROCESSES, GROUP)), (GROUP, 3)),
        (Tuple((Atom("seq"), 3, Pid(2, 1), VIEW)), (GROUP, 3)),
        (VIEW, None),
        (Tuple((Atom("msg"), 3, Atom("a1"))), None),
        (Tuple((Atom("join"), Pid(4, MASTER), Pid(4, 1))), None),
        (Atom("stop"), None),
    ],
)
def test_a_group_is_found_with_its_number(message: Term, found: tuple[Term, int] | None):
    assert numbered_group(message) == found


def test_a_state_is_the_same_in_another_interpreter():
    node = ErlangNode(Node(2), SiteState(2), 1, 3, numbered=True, ticking=False, due=(GROUP, 3))
    assert pickle.loads(pickle.dumps(node)) == node  # noqa: S301 - made here
    assert pickle.loads(pickle.dumps(node)).due == (GROUP, 3)  # noqa: S301 - made here
