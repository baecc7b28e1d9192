"""`python -m tests.benchmarks.erlang`: what a program in Erlang costs, beside its Python twin, in processor time.

The steps of a program are what differs: the engines ask for each of them once, whatever the number of states.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.erlang.adapter.source import erlang_protocol
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.selection import select
from groupy_check.checker.search.base import Limits
from groupy_check.groupy_model.scenario import Scenario

OURS = Path(__file__).parents[2] / "groupy_model/protocols/erlang"
TWINS = (str(OURS / "gms3.erl"), "gms3")
SMALL: tuple[dict[str, Any], ...] = ({"messages": 2}, {"messages": 2, "joins": 1})
LARGE: dict[str, Any] = {"nodes": 4, "messages": 1, "joins": 1, "crashes": 2}


def main(arguments: Sequence[str] | None = None) -> int:
    """Load the longest of our programs, and explore the twins. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.erlang", description=__doc__)
    parser.add_argument("--large", action="store_true", help="four processes and one that joins, too: half a minute")
    options = parser.parse_args(arguments)
    longest = max(OURS.glob("**/*.erl"), key=lambda file: len(file.read_bytes()))
    began = time.process_time()
    erlang_protocol(str(longest))
    lines = longest.read_text(encoding="utf-8").count("\n")
    print(f"{longest.name}, {lines} lines: loaded in {time.process_time() - began:.3f} s")
    for scenario in (*SMALL, *((LARGE,) if options.large else ())):
        for name in TWINS:
            print(f"{Path(name).name:9} {_explored(name, Scenario(**scenario))}")
    return 0


def _explored(name: str, scenario: Scenario) -> str:
    """The states, the seconds, and those in the steps of the protocol."""
    protocol = load_protocol(name)
    step, spent = protocol.step, [0.0, 0.0]

    def timed(state: Any, event: Any) -> Any:
        began = time.process_time()
        try:
            return step(state, event)
        finally:
            spent[0] += time.process_time() - began
            spent[1] += 1

    protocol.step = timed  # type: ignore[method-assign]
    properties, _ = select([], scenario)
    began = time.process_time()
    coverage = SearchRequest(protocol, scenario, properties, Limits(), impl=name).run().coverage
    seconds = time.process_time() - began
    return (
        f"{coverage.distinct:>9,} states, {coverage.extent.name.lower()}: {seconds:6.2f} s,"
        f" {spent[0]:.2f} s of it in {spent[1]:.0f} steps"
    )


if __name__ == "__main__":
    raise SystemExit(main())
