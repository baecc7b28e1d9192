"""What `pairwise` promises, on hand-made histories: two processes at a time say what all together say, or it is not said."""

from __future__ import annotations

from itertools import combinations_with_replacement

import pytest

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Delivered, History, Installed, Life, Recovered, Status
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES
from groupy_check.specs.views import ADMISSION, ADMISSION_UNLESS_SOMEBODY_ENDS
from tests.specs.notation import Example, examples


def judging(example: Example) -> Property:
    """The property that is judged in such logs: `admission` in two forms, by whether they tell whom a joiner has asked."""
    waiting = [life for life in example.history.lives if life.up and not life.founder and not life.views]
    told = all(life.contact for life in waiting)
    return PROPERTIES[example.name] if told or example.name != "admission" else ADMISSION_UNLESS_SOMEBODY_ENDS


def excused(wanted: Property, history: History) -> bool:
    """The two exceptions of `pairwise`: a third process excuses who has ended itself, or more than two break it together."""
    return any(life.status is Status.HALTED for life in history.lives) or wanted.suspect is not None


def by_two(wanted: Property, history: History) -> bool:
    """Whether some two lives alone, or one, break the property."""
    nodes = frozenset(life.node for life in history.lives)
    pairs = [(one, other) if one != other else (one,) for one, other in combinations_with_replacement(history.lives, 2)]
    seen = (History(pair, history.at_rest, nodes - {life.node for life in pair}) for pair in pairs)
    return any(wanted.judge(each) is not None for each in seen)


JUDGED = [example for example in examples() if example.verdict in ("broken", "kept")]
UNEXCUSED = [example for example in JUDGED if not excused(judging(example), example.history)]


@pytest.mark.parametrize("example", UNEXCUSED, ids=lambda example: f"{example.name}-{example.place}")
def test_two_at_a_time_say_the_same_where_that_is_promised(example: Example) -> None:
    wanted = judging(example)
    assert not wanted.pairwise or by_two(wanted, example.history) == (example.verdict == "broken")


def test_it_is_not_promised_only_where_it_is_not_so() -> None:
    unlike = [example for example in UNEXCUSED if by_two(judging(example), example.history) != (example.verdict == "broken")]
    alone = {ADMISSION.sentence}  # because of processes that come back, which the examples do not have: see below
    assert {judging(example).sentence for example in unlike} | alone == {
        wanted.sentence for wanted in (*PROPERTIES.values(), ADMISSION_UNLESS_SOMEBODY_ENDS) if not wanted.pairwise
    }
    # Two at a time do not see whom it may have asked, and who has gone.
    assert [example.words for example in unlike if example.name == "admission"] == [
        "the log does not say whom it asked, and one has crashed",
        "the log does not say whom it asked, and one has left",
    ]


def test_of_one_that_has_come_back_two_at_a_time_do_not_know_whom_it_asks() -> None:
    view = Installed(View(1, (Node(1), Node(2), Node(3))))
    lives = (
        Life(Node(1), Status.UP, (view,)),
        Life(Node(2), Status.UP, (view, Recovered())),
        Life(Node(3), Status.CRASHED, (view,)),
    )
    history = History(lives, at_rest=True)
    assert ADMISSION.judge(history) is None  # it may have asked the one that has crashed
    assert by_two(ADMISSION, history)


def had_by(node: int, text: str) -> Life:
    return Life(Node(node), Status.UP, tuple(map(Delivered, text)))


@pytest.mark.parametrize(
    ("mine", "theirs", "possible"),
    [("ab", "ba", True), ("ab", "ac", True), ("ab", "bc", True), ("ab", "ab", False), ("a", "ab", False), ("", "ab", False)],
)
def test_two_may_be_part_of_a_circle_unless_one_has_had_all_that_the_other_has_in_its_order(
    mine: str, theirs: str, possible: bool
) -> None:
    suspect = PROPERTIES["total-order"].suspect
    assert suspect is not None
    assert suspect(History((had_by(1, mine), had_by(2, theirs)))) == possible
