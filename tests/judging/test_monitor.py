"""The monitor: when it judges which property, and what it keeps of the first violation."""

from __future__ import annotations

from groupy_check.checker.judging.monitor import Judge
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Delivered, History, Life, Status
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.property import Property

P1 = Node(1)


def counting(name: str, kind: Kind, most: int) -> Property:
    """Violated by more than `most` deliveries; put to the test by one."""

    def judge(history: History) -> Witness | None:
        number = len(history.lives[0].delivered)
        return Witness(f"{number} deliveries") if number > most else None

    return Property(name, kind, "", "", frozenset(), judge, lambda history: bool(history.lives[0].delivered), "")


def seen(number: int, at_rest: bool = False) -> History:
    return History((Life(P1, Status.UP, tuple(map(Delivered, range(number)))),), at_rest)


ALWAYS, IN_THE_END = counting("always", Kind.SAFETY, 1), counting("in the end", Kind.LIVENESS, 1)


def test_safety_is_judged_in_every_state_and_what_is_eventual_at_rest() -> None:
    judge = Judge([ALWAYS, IN_THE_END])
    assert judge.undecided
    judge.look(seen(2), 7)
    assert (judge.witnesses, judge.states, judge.undecided) == ({"always": Witness("2 deliveries")}, {"always": 7}, True)
    judge.look(seen(3, at_rest=True), 8)
    assert judge.witnesses == {"always": Witness("2 deliveries"), "in the end": Witness("3 deliveries")}
    assert (judge.states, judge.undecided) == ({"always": 7, "in the end": 8}, False)


def test_a_property_is_exercised_once_some_history_puts_it_to_the_test() -> None:
    judge = Judge([ALWAYS, IN_THE_END])
    judge.look(seen(0), 1)
    assert judge.exercised == set()
    judge.look(seen(1), 2)
    assert judge.exercised == {"always", "in the end"}


def test_a_history_that_was_seen_is_not_judged_again() -> None:
    asked = list[History]()

    def judged(history: History) -> Witness | None:
        asked.append(history)
        return None

    judge = Judge([Property("noted", Kind.SAFETY, "", "", frozenset(), judged, lambda _: False, "")])
    for number, history in enumerate((seen(1), seen(1), seen(1, at_rest=True), seen(2), seen(1))):
        judge.look(history, number)
    assert asked == [seen(1), seen(1, at_rest=True), seen(2)]


def test_a_run_that_goes_round_violates_what_all_that_comes_again_violates() -> None:
    judge = Judge([IN_THE_END])
    judge.look_round((seen(2, at_rest=True), seen(1, at_rest=True)), 3)
    assert (judge.witnesses, judge.exercised) == ({}, {"in the end"})
    judge.look_round((seen(1, at_rest=True), seen(2, at_rest=True)), 4)
    assert judge.witnesses == {}
    judge.look_round((seen(3, at_rest=True), seen(2, at_rest=True)), 5)
    assert (judge.witnesses, judge.states) == ({"in the end": Witness("3 deliveries")}, {"in the end": 5})


def test_one_history_of_a_round_puts_a_property_to_the_test() -> None:
    judge = Judge([IN_THE_END])
    judge.look_round((seen(0, at_rest=True), seen(1, at_rest=True)), 1)
    assert judge.exercised == {"in the end"}
