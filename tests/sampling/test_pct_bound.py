"""The bound of PCT holds for the depth that its change points are for, as measured; it is printed for no other depth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import permutations, product

import pytest

from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.sampling.sampler import Sampler
from groupy_check.checker.sampling.strategies import END, ENVIRONMENT, Pct, RandomDice, Track
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.effects import Deliver, Install, SetTimer, View
from groupy_check.groupy_model.events import Event, Multicast, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.reports.tables.sampling import Sampling, sampling_text


class Timers(Protocol):
    """One process whose timers fire `times` times each, in any order: threads without any other choice."""

    name = "timers"
    claims = ()

    def __init__(self, names: str, times: int) -> None:
        self.names, self.times = names, times

    def step(self, state, event: Event) -> Outcome:
        match event:
            case Start():
                return Step("", (Install(View(1, (Node(1),))),))
            case Multicast(payload):
                return Step(state, (*map(SetTimer, self.names), Deliver(payload)))
            case Timeout(timer):
                fired = state + timer
                return Step(fired, (SetTimer(timer),) if fired.count(timer) < self.times else ())
        return None


SYSTEMS = [("ab", 3), ("abc", 3), ("abcd", 2), ("ab", 5), ("abcde", 1), ("abc", 2)]
DRAWS = 400
ONE_SIDED = 4  # standard deviations


@cache
def orders(names: str, times: int, changes: int) -> tuple[list[str], int, int]:
    """The orders in which the timers fired in so many runs; the most tracks, and the most steps."""
    sampler = Sampler(Timers(names, times), Scenario(nodes=1, messages=1, crashes=0), [], 100)
    steps = 1 + len(names) * times
    runs = [sampler.draw(Pct(changes, steps), RandomDice(str(seed)), Judge([])) for seed in range(DRAWS)]
    fired = ["".join(_timer(action) for action in run.actions) for run in runs]
    return fired, max(run.tracks for run in runs), max(len(run.actions) for run in runs)


def _timer(action: object) -> str:
    return action.event.timer if isinstance(action, Handle) and isinstance(action.event, Timeout) else ""


def places(order: str, name: str) -> list[int]:
    return [place for place, timer in enumerate(order) if timer == name]


def least_often(fired: Sequence[str], names: str, times: int, depth: int) -> float:
    """How often the rarest bug of this depth was shown: one event before another; one just between two; two such."""
    pairs, turns = list(permutations(names, 2)), range(times)
    rates = []
    for (one, other), first, second in product(pairs, turns, turns):
        seen = [(places(order, one), places(order, other)) for order in fired]
        if depth == 1:
            hits = sum(ones[first] < others[second] for ones, others in seen)
        elif first + 1 < times and depth == 2:
            hits = sum(ones[first] < others[second] < ones[first + 1] for ones, others in seen)
        elif first + 1 < times and second + 1 < times:
            hits = sum(ones[first] < others[second] < ones[first + 1] < others[second + 1] for ones, others in seen)
        else:
            continue
        rates.append(hits / len(fired))
    return min(rates, default=1.0)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize(("names", "times"), SYSTEMS)
def test_the_bound_holds_for_one_change_point_less_than_the_depth(names, times, depth):
    fired, tracks, steps = orders(names, times, depth - 1)
    assert steps == 1 + len(names) * times
    bound = Sampling(1, 1, {}, tracks, depth - 1, steps, steps).least
    assert bound == pytest.approx(1 / (tracks * steps ** (depth - 1)))
    slack = ONE_SIDED * (bound * (1 - bound) / DRAWS) ** 0.5
    assert least_often(fired, names, times, depth) >= bound - slack


def test_with_more_change_points_it_is_false_for_less_depth():
    """All of one timer behind all others is a matter of one priority, which every change point may undo."""
    rates = []
    for changes in range(4):
        fired, tracks, _ = orders("abc", 3, changes)
        rates.append(sum(order.endswith("bbb") for order in fired) / DRAWS)
    assert tracks == 5  # the timers, the multicast, and the end
    assert rates[0] > 1 / tracks
    assert rates == sorted(rates, reverse=True)
    assert rates[3] < 0.75 / tracks


# --- a change point is not spent on who cannot move ------------------------------------------------------------------------

CRASH: Track = (ENVIRONMENT, "crashes", "1")
LOSS: Track = (ENVIRONMENT, "drops", "1")
CHANNEL: Track = (Node(1), "channel", "p2")
OTHER: Track = (Node(2), "channel", "p1")


@pytest.mark.parametrize(
    "idle", [{LOSS}, {CRASH}, {LOSS, CRASH}, {(ENVIRONMENT, "joins", "1")}, {(ENVIRONMENT, "leaves", "2")}]
)
def test_a_change_point_takes_the_priority_of_a_track_that_can_move(idle):
    policy = Pct(1, 1).begin(Sampler(Timers("a", 1), Scenario(nodes=1), [], 1).first, RandomDice("1"))[1]
    policy.priorities.update({CHANNEL: 20, OTHER: 10, **dict.fromkeys(idle, 30)})  # type: ignore[attr-defined]
    assert policy.choose([*idle, CHANNEL, OTHER], 0, lambda track: track not in idle) == OTHER
    assert policy.priorities[CHANNEL] == -1  # type: ignore[attr-defined]
    assert {policy.priorities[track] for track in idle} == {30}  # type: ignore[attr-defined]


def test_where_nobody_can_move_nobody_is_chosen():
    policy = Pct(1, 5).begin(Sampler(Timers("a", 1), Scenario(nodes=1), [], 1).first, RandomDice("1"))[1]
    assert policy.choose([LOSS, CRASH], 0, lambda _: False) is None
    assert policy.choose([LOSS, END], 0, lambda track: track == END) == END


# --- what is said ----------------------------------------------------------------------------------------------------------

PCT = Sampling(200, 12, {}, 10, 1, 50, 50)


@pytest.mark.parametrize("changes", [1, 2, 3, 4, 7])
def test_it_is_printed_for_one_depth_only(changes):
    text = sampling_text(replace(PCT, changes=changes))
    assert re.findall(r"for d = (\d+)", text) == [str(changes + 1)]
    assert f"Let d = {changes + 1} be the depth of a bug" in text
    assert "For no other depth is there a bound." in text


@pytest.mark.parametrize(
    ("sampling", "missed"),
    [
        (PCT, "0.6701"),  # 0.67006...
        (replace(PCT, runs=100_000), "0.0001"),  # not 0.0000: nothing is impossible
        (replace(PCT, runs=1), "0.9980"),
        (replace(PCT, changes=3), "0.9999"),
        (replace(PCT, runs=2, changes=9), "1.0000"),
    ],
)
def test_a_chance_is_rounded_up(sampling, missed):
    assert f"with probability at most {missed} for d = {sampling.depth}" in sampling_text(sampling)


@pytest.mark.parametrize(("runs", "share"), [(1, "0.95"), (3, "0.64"), (40, "0.073"), (200, "0.015"), (500, "0.006")])
def test_a_share_is_rounded_up(runs, share):
    text = sampling_text(replace(PCT, runs=runs))
    assert f"for every p above {share}." in text
    assert (1 - float(share)) ** runs <= 0.05 + 1e-9


@pytest.mark.parametrize("longest", [51, 60, 1_000])
def test_there_is_none_where_a_run_was_longer_than_what_change_points_were_drawn_from(longest):
    text = sampling_text(replace(PCT, longest=longest))
    assert "No bound of PCT: change points were drawn from the first 50 steps" in text
    assert "d = " not in text


def test_runs_that_are_cut_off_might_have_been_longer(tmp_path, capsys):
    words = ["simulate", "--impl", "gms2", "--runs", "5", "--seed", "1", "--property", "integrity", "--out", str(tmp_path)]
    assert main([*words, "--depth", "4"]) == 3
    assert "No bound of PCT" in capsys.readouterr().out


def test_a_protocol_that_promises_nothing_violates_nothing(tmp_path, capsys):
    path = tmp_path / "mine.py"
    path.write_text("from groupy_check import Gms1\n\n\nclass Mine(Gms1):\n    claims = ()\n", encoding="utf-8")
    words = ["simulate", "--impl", str(path), "--runs", "5", "--seed", "1", "--strategy", "uniform", "--out", str(tmp_path)]
    main(words)
    out = capsys.readouterr().out
    assert "(drawn at random: 5 runs, uniform, seed 1)" in out
    assert "every property is violated" not in out
