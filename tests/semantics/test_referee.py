"""The reference semantics, the native engine and the judges against the referee, on protocols as users write them.

`python -m tests.semantics --systems 10000` tries as many as you like.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.effects import Install, View
from groupy_check.groupy_model.events import Event, Join, Multicast, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import (
    Adopted,
    Delivered,
    Ended,
    History,
    Installed,
    Left,
    Life,
    Observation,
    Sent,
    Status,
)
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Protocol, Step
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.specs.registry import PROPERTIES
from tests.semantics.agreement import JUDGED, NAMES, agree, agree_eventually
from tests.semantics.referee import explore, verdicts
from tests.semantics.sentences import VIOLATED, plain

pytestmark = pytest.mark.usefixtures("unwatched")


def test_the_engines_agree_with_the_referee() -> None:
    assert [agree(seed, 150) for seed in range(40)].count("agree") > 20
    assert {agree(seed, 100, "endless") for seed in range(20)} == {"agree"}


def test_the_engines_judge_what_comes_eventually_as_force_does() -> None:
    assert Counter(agree_eventually(seed, 60) for seed in range(12)) == {"a lasso": 5, "comes to rest": 3, "fair cycles": 4}


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100, 420, 40))
def test_the_engines_agree_with_the_referee_on_hundreds_of_systems(first: int) -> None:
    # With those by default and those judged eventually, 504 systems.
    assert [agree(seed, 150) for seed in range(first, first + 38)].count("agree") > 20
    assert [agree(seed, 100, "endless") for seed in range(first, first + 14)].count("agree") > 10


@pytest.mark.slow
def test_the_engines_judge_what_comes_eventually_as_force_does_in_more_systems() -> None:
    found = Counter(agree_eventually(seed, 100) for seed in range(100, 116))
    assert found == {"a lasso": 7, "comes to rest": 5, "fair cycles": 4}


def drawn_log(rng: random.Random, me: Node, founder: bool, views: list[View], payloads: list[Change]) -> list[Observation]:
    """What one process may have noted: views (a founder's first one twice, maybe), its own requests, and deliveries."""
    known = views if founder else views[1:]
    following = [view for view in known if rng.random() < (0.7 if me in view.members else 0.1)]
    if not founder and not following:
        return []
    log: list[Observation] = [Installed(views[0] if founder else following.pop(0))]
    if not founder and rng.random() < 0.4:
        log.insert(0, Adopted(tuple(rng.sample(payloads, rng.randint(0, 2)))))
    mine, rest = [payload for payload in payloads if payload.origin == me], rng.sample(payloads, len(payloads))
    todo = ["view"] * len(following) + ["sent"] * len(mine) + ["delivered"] * rng.randint(0, len(rest))
    for what in rng.sample(todo, len(todo)):
        match what:
            case "view":
                log.append(Installed(following.pop(0)))
            case "sent":
                log.append(Sent(mine.pop(0)))
            case _:
                log.append(Delivered(rest.pop()))
    return log + [Left()] * (rng.random() < 0.1)


def drawn_history(rng: random.Random) -> History:
    """Two or three processes of any fate."""
    nodes = [Node(number + 1) for number in range(rng.choice((2, 2, 3)))]
    founders = rng.randint(1, len(nodes))
    views = [View(1, tuple(nodes[:founders]))]
    views += [View(number, tuple(sorted(rng.sample(nodes, rng.randint(1, len(nodes)))))) for number in (2, 3, 4)]
    payloads = [Change(nodes[0], 1), Change(nodes[0], 2), Change(nodes[1], 1)]
    lives = []
    for me in nodes:
        log = drawn_log(rng, me, me <= founders, views, payloads)
        fates = (Status.UP, Status.UP, Status.UP, Status.CRASHED, Status.HALTED) if log else (Status.UP, Status.ABSENT)
        status = rng.choice(fates)
        lives.append(Life(me, status, (*log, *[Ended("drawn")] * (status is Status.HALTED)), me <= founders))
    return History(tuple(lives))


def test_the_judges_agree_with_the_sentences_on_histories_that_no_protocol_makes() -> None:
    rng, violated = random.Random(15), dict.fromkeys(NAMES, 0)  # noqa: S311 - no secret
    for number in range(1_500):
        history = drawn_history(rng)
        seen = [
            {"node": life.node, "status": life.status, "founder": life.founder, "log": [plain(entry) for entry in life.log]}
            | {"returns": life.returns}
            for life in history.lives
        ]
        for wanted in JUDGED:
            found = wanted.judge(history) is not None
            assert found == VIOLATED[wanted.name](seen), (number, wanted.name, history)
            violated[wanted.name] += found
    assert {name for name in NAMES if not violated[name]} == {"view-agreement"}  # views are drawn once


class Late(Protocol):
    """p1 goes from the first view to the fourth; p2 through all of them, one at each request."""

    def step(self, state: Any, event: Event) -> Step | None:
        """Requests install views, nothing is sent."""
        match event:
            case Start() | Join():
                return Step((state.me, 1), (Install(View(1, (Node(1), Node(2)))),))
            case Multicast() if state[1] < 4:
                following = 4 if state[0] == 1 else state[1] + 1
                return Step((state[0], following), (Install(View(following, (Node(1), Node(2)))),))
        return None


def forks(engine: type[Explorer] | type[NativeExplorer], messages: int) -> int | None:
    """How soon the engine sees a violation of primary-partition."""
    scenario = Scenario(nodes=2, messages=messages, crashes=0)
    (finding,) = engine(Late(), scenario, [PROPERTIES["primary-partition"]], Limits()).run().findings
    return finding.length


def test_a_process_that_lags_behind_makes_no_fork() -> None:
    space = explore(Late(), Scenario(nodes=2, messages=4, crashes=0), {Installed})
    assert verdicts(space, ["primary-partition"]) == {"primary-partition": None}


@pytest.mark.parametrize("engine", [Explorer, NativeExplorer])
def test_the_engines_let_it_catch_up(engine: type[Explorer] | type[NativeExplorer]) -> None:
    """p2 in view 3 is no violation, since none is left when p2 has come to view 4: a violation stays one."""
    assert forks(engine, messages=4) is None


def test_the_engines_agree_on_who_lags_behind() -> None:
    """p1 in view 4 and p2 in view 2, nothing is under way: the next request may still bring p2 to view 4."""
    assert forks(Explorer, messages=2) == forks(NativeExplorer, messages=2)
