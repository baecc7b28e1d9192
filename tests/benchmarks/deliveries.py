"""The search that is measured, in a process of its own: gms3, of which no more than deliveries is observed.

total-order wants to see views and ends, too; without them its verdict on a formed group is the same, and the states are those
of the peers (see `tests/semantics/test_referees.py`, which compares them one by one). Prints the result as JSON.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from groupy_check.checker.checking.engine import Choice, Means
from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.search.base import Limits
from groupy_check.groupy_model.observations import Delivered
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.reports.formats.result_json import JsonExtras, result_to_json
from groupy_check.specs.registry import PROPERTIES


def main() -> None:
    """Search as the arguments say."""
    parser = argparse.ArgumentParser()
    for name in ("nodes", "messages", "crashes", "workers"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--exact", action="store_true")
    asked = parser.parse_args()
    scenario = Scenario(nodes=asked.nodes, messages=asked.messages, crashes=asked.crashes)
    watched = replace(PROPERTIES["total-order"], needs=frozenset({Delivered}))
    means = Means(engine=Choice.NATIVE, workers=asked.workers, exact=asked.exact)
    result = SearchRequest(load_protocol("gms3"), scenario, [watched], Limits(all_verdicts=False), means).run()
    print(result_to_json(result, 0, JsonExtras()))


if __name__ == "__main__":
    main()
