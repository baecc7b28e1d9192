"""Whatever a log says, it is judged, told and drawn."""

from __future__ import annotations

import io
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from groupy_check.checker.exit_status import log_exit_status
from groupy_check.checker.history.gathering import gather
from groupy_check.checker.history.shiviz.export import shiviz_text
from groupy_check.reports.formats.log_json import log_result_to_json
from groupy_check.reports.spacetime.graphviz_source import diagram
from groupy_check.reports.tables.log_verdicts import print_log_result
from tests.support.logs import Line, book_of, encoded, verdicts

NAMES = st.sampled_from(["p1", "p2", "p3", "p9"])
PAYLOADS = st.sampled_from(["a", "b", 1, True, None, {"x": [1.0]}, "\u202e", ""])


def events(views: st.SearchStrategy[object]) -> st.SearchStrategy[Line]:
    members = st.lists(NAMES, min_size=1, max_size=3, unique=True)
    kinds: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "multicast": {"payload": PAYLOADS}, "deliver": {"payload": PAYLOADS},
        "view": {"view": views, "members": members, "transitional": st.one_of(st.none(), st.lists(NAMES, max_size=2))},
        "state": {"payload": st.lists(PAYLOADS, max_size=3)}, "end": {"reason": st.just("so")},
        "safe": {"payload": PAYLOADS}, "start": {}, "leave": {}, "crash": {}, "note": {},
    }  # fmt: skip
    common: dict[str, st.SearchStrategy[Any]] = {"process": NAMES}
    rows = [st.fixed_dictionaries({**common, "event": st.just(name), **more}) for name, more in kinds.items()]
    often = [rows[0], rows[1], rows[1], rows[1], rows[2], rows[2]]
    return st.one_of(*rows, *often)


IDENTITIES: list[st.SearchStrategy[object]] = [st.integers(1, 4), st.sampled_from(["x", "y", 1.5, True, 1]), st.none()]
LOGS = st.one_of(*(st.lists(events(views), max_size=25) for views in IDENTITIES))


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(LOGS, st.sampled_from(["primary", "evs", "atomic"]), st.sampled_from(["unknown", "correct", "crashed"]), st.booleans())
def test_any_log_is_judged_told_and_drawn(lines: list[Line], claims: str, silent: str, at_rest: bool) -> None:
    log = gather(book_of(encoded(lines)))
    result = verdicts(log, claims=claims, silent=silent, at_rest=at_rest)
    print_log_result(Console(file=io.StringIO()), result, {})
    assert json.loads(log_result_to_json(result, log_exit_status(result), {}))["events"] == result.events
    assert shiviz_text(log).isascii()
    for finding in result.findings:
        assert (finding.verdict is None) == bool(finding.unjudged)
        if finding.witness is not None:
            assert finding.neighbourhood is not None
            assert (
                len(diagram(finding.neighbourhood.trace, finding.neighbourhood.witness, "title", finding.witness.text).source)
                > 500
            )
            assert all(place.line <= len(lines) for place in finding.places)
