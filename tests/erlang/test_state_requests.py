"""Files whose group process asks its Master for the state, `request`; the Master of a joiner gets it, `{ok, State}`."""

from __future__ import annotations

from pathlib import Path

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.reports.wording.trace_text import trace_text
from tests.support.exploring import explored, violated

REQUESTS = Path(__file__).parent / "cases/requests.erl"
BASIC = {"validity": 3, "agreement": 8, "uniform-agreement": 8, "primary-partition": 2, "completeness": 1,
         "same-view-delivery": 8, "sending-view-delivery": 5}  # fmt: skip


def test_the_state_is_what_the_application_has_applied_when_it_is_asked():
    found = explored(str(REQUESTS), nodes=2, messages=1, joins=1, worker=True)
    assert (found.coverage.distinct, found.coverage.generated) == (721, 1262)
    assert violated(found) == {**BASIC, "state-transfer": 8, "synchrony": 8}
    trace = found.finding("state-transfer").trace
    assert trace is not None
    text = trace_text(trace, "a joiner without a1")
    # p1 has asked when it had delivered a1, and dies before p3 has that; the next leader gives it nothing
    assert "sends {ok,[a1]} to p1" in text
    assert "adopts the state []" in text


def test_a_message_for_the_application_is_no_delivery_when_it_asks():
    found = explored(str(REQUESTS), messages=1)
    assert violated(found) == {
        "validity": 5, "agreement": 5, "uniform-agreement": 5, "completeness": 1, "same-view-delivery": 4,
        "sending-view-delivery": 4, "synchrony": 5,
    }  # fmt: skip
    assert (found.coverage.distinct, found.coverage.generated) == (153, 229)


def test_a_state_that_no_application_has_given_is_refused(tmp_path):
    file = tmp_path / "requests.erl"
    file.write_text(REQUESTS.read_text().replace("Master ! {ok, State}", "Master ! {ok, State ++ none}"))
    with pytest.raises(ProtocolError, match="the Master gets none as its state; it must be what another Master has given"):
        explored(str(file), messages=0)
