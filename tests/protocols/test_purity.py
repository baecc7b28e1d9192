"""The built-in protocols are pure functions on plain values. A search trusts them, so they are watched here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.semantics.step_cache import is_built_in
from groupy_check.groupy_model.protocols.registry import MUTANTS, PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario

SCENARIOS = (
    Scenario(messages=1, crashes=1),
    Scenario(nodes=2, messages=1, crashes=0, joins=1, duplicates=1),
    Scenario(messages=1, crashes=0, suspicions=1, drops=1),
)
STATES = 300  # of each scenario: new calls become few behind these
FORMS_NO_GROUP = "gms3~joiner-forgotten"


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in MUTANTS)) for name in PROTOCOLS])
def test_a_protocol_is_a_pure_function(name):
    protocol = type("Watched", (PROTOCOLS[name],), {"__module__": __name__})()
    assert not is_built_in(protocol)
    for scenario in SCENARIOS:
        if name == FORMS_NO_GROUP:
            with pytest.raises(ProtocolError, match="installs no view"):
                Explorer(protocol, scenario, []).run()
        else:
            Explorer(protocol, replace(scenario, worker=True), [], Limits(states=STATES)).run()
