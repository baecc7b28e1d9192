"""Arguments of `check` that make no sense: an error of one line names the argument. Whole numbers may be numpy's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from groupy_check import GroupyError, Kind, Requirement, check
from groupy_check.checker.errors import ProtocolError, UsageError
from groupy_check.groupy_model.verdict import Extent
from groupy_check.specs.registry import PROPERTIES

NUMBERS = ("nodes", "messages", "crashes", "joins", "leaves", "drops", "duplicates", "suspicions", "partitions", "workers")
NO_NUMBERS: tuple[Any, ...] = (None, "3", True, 3.0, float("nan"), [], Decimal(3), np.float64(3), np.bool_(True), 1j)


class Alone(Requirement):
    """a property that is given itself, instead of its name"""

    kind = Kind.SAFETY


NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
@pytest.mark.parametrize("name", [*NUMBERS, "timeouts", "depth", "max_states", "memory_limit"])
def test_what_must_be_a_whole_number(name: str, value: Any) -> None:
    if value is None and name not in NUMBERS:
        pytest.skip("that is no limit")
    with pytest.raises(UsageError, match=rf"^(a limit .*: )?{name} must be a whole number, not "):
        check("gms2", **{name: value})


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"nodes": -1}, "a group needs at least one process: nodes is -1"),
        ({"crashes": -1}, "a budget cannot be negative: crashes is -1"),
        ({"nodes": 10**30}, "processes are too many; take at most 64"),
        ({"workers": 0}, "workers must be at least 1, not 0"),
        ({"depth": 0}, "a limit must be above zero, not 0: depth"),
        ({"max_states": -3}, "a limit must be above zero, not -3: max_states"),
        ({"time_limit": "3"}, "time_limit must be a number of seconds, not '3'"),
        ({"time_limit": NAN}, "time_limit must be a number of seconds, not nan"),
        ({"time_limit": True}, "time_limit must be a number of seconds, not True"),
        ({"time_limit": -1}, "a limit must be above zero, not -1: time_limit"),
        ({"time_limit": INFINITY}, "a limit must be above zero, not inf: time_limit; leave it out for no limit"),
        ({"properties": "agreement"}, r"properties must be a list of names: \['agreement'\]"),
        ({"properties": None}, "properties must be a list of names, such as"),
        ({"properties": [1]}, "properties must be a list of names, such as"),
        ({"properties": [Alone]}, r"not Alone itself; type \['tests\.interfaces\.test_arguments:Alone'\]$"),
        ({"properties": Alone()}, r"not Alone itself; type \['tests\.interfaces\.test_arguments:Alone'\]$"),
        ({"properties": [PROPERTIES["fifo"]]}, r"not the property itself; type \['fifo'\]$"),
        ({"properties": ["a\nb"]}, r"unknown property 'a\\nb'"),
        ({"detector": None}, "unknown detector 'None': there are"),
        ({"order": []}, r"unknown order '\[\]': there are"),
        ({"worker": 1}, r"worker must be True or False, not 1 \(int\)"),
        ({"exact": "yes"}, "exact must be True or False, not 'yes'"),
        ({"engine": 3}, "unknown choice '3': there are"),
    ],
)
def test_what_else_makes_no_sense(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(GroupyError, match=reason) as caught:
        check("gms2", **given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("impl", [None, 3, [], object()])
def test_what_is_no_protocol(impl: Any) -> None:
    with pytest.raises(ProtocolError, match=r"^impl must be a name, a file, or the class of a protocol, not "):
        check(impl)


def test_a_name_with_a_line_break_is_told_in_one_line() -> None:
    with pytest.raises(ProtocolError, match=r"^unknown protocol 'x\\ny': ") as caught:
        check("x\ny")
    assert "\n" not in str(caught.value)


def test_numbers_of_numpy_and_sets_of_names_are_fine() -> None:
    plain = check("gms2", nodes=2, messages=1, properties=["agreement"])
    assert plain.coverage.extent is Extent.EXHAUSTED
    same = check("gms2", nodes=np.int64(2), messages=np.uint8(1), properties={"agreement"}, time_limit=np.float64(60))  # type: ignore[arg-type]
    assert (same.scenario, same.coverage.distinct) == (plain.scenario, plain.coverage.distinct)
    assert type(same.scenario.nodes) is int


def test_budgets_that_no_search_exhausts_are_fine() -> None:
    assert check("gms2", nodes=2, messages=10**30, max_states=300).coverage.bound == "300 distinct states"
