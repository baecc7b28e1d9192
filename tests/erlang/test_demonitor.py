"""A monitor that is given up without a flush: the 'DOWN' that was under way comes all the same, and no other does."""

from __future__ import annotations

import pytest

from tests.erlang.messy import TEACHING
from tests.support.exploring import explored, violated

ALONE = """-module(alone).
-export([start/1, start/2]).
start(_) -> M = self(), spawn_link(fun() -> first(M) end).
start(_, Grp) -> M = self(), spawn_link(fun() -> second(M, Grp) end).
first(M) ->
    receive {join, W, P} -> ok end,
    Ref = monitor(process, P), P ! {view, [M, W]}, M ! {view, [M, W]},
    receive {mcast, _} -> UNWATCH end,
    loop(M, P).
second(M, Grp) -> Grp ! {join, M, self()}, receive {view, G} -> M ! {view, G} end, loop(M, Grp).
loop(M, P) ->
    receive
        {'DOWN', _, process, P, _} -> M ! {down, P}, loop(M, P);
        {mcast, again} -> loop(M, P)
    end.
"""
PLAIN, FLUSHED = "demonitor(Ref)", "demonitor(Ref, [flush])"
TWICE = "demonitor(Ref), monitor(process, P)"
AFTER, BEFORE = ("p2 crashes", "p1 multicasts a1"), ("p1 multicasts a1", "p2 crashes")


@pytest.mark.parametrize(
    ("unwatch", "start", "delivered"),
    [
        # it comes with the second of two notices, so that the run is four steps long
        (PLAIN, AFTER, 4), (PLAIN, BEFORE, None), (FLUSHED, AFTER, None), (FLUSHED, BEFORE, None),
        # the monitor that is taken anew sends one, too
        (TWICE, AFTER, 3), (TWICE, BEFORE, 3),
    ],
)  # fmt: skip
def test_a_down_comes_if_the_process_had_ended_before(unwatch, start, delivered, tmp_path):
    file = tmp_path / "alone.erl"
    file.write_text(ALONE.replace("UNWATCH", unwatch))
    found = explored(str(file), "integrity", nodes=2, messages=1, start=start)
    assert violated(found) == ({} if delivered is None else {"integrity": delivered})


@pytest.mark.slow
def test_a_monitor_given_up_for_each_message_leaves_the_states_finite(tmp_path):
    file = tmp_path / "gms4.erl"
    text = (TEACHING / "gms4.erl").read_text()
    file.write_text(text.replace("erlang:demonitor(Ref, [flush])", "erlang:demonitor(Ref)"))
    found, wanted = explored(str(file), messages=1), explored(str(TEACHING / "gms4.erl"), messages=1)
    # a notice of which nothing comes is a step, without which a run is not at rest
    assert violated(found) == {**violated(wanted), "completeness": 2}
    assert (found.coverage.distinct, wanted.coverage.distinct) == (385, 278)
