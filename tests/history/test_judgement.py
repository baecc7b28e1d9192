"""What can be said of a log, and what cannot."""

from __future__ import annotations

import random

import pytest

from groupy_check.checker.history.gathering import gather
from groupy_check.groupy_model.verdict import Verdict
from tests.support.logs import Line, book_of, encoded, log_of, right_log, verdicts, violated

TRIO = ["p1 view 1 p1,p2,p3", "p2 view 1 p1,p2,p3", "p3 view 1 p1,p2,p3"]
SPLIT = [*TRIO, "p1 view 2 p1,p2", "p2 view 2 p1,p2", "p3 view 3 p3"]


def unjudged(name: str, *lines: Line | str, **how) -> str:
    finding = verdicts(log_of(*lines), name, **how).finding(name)
    assert (finding.verdict is None) == bool(finding.unjudged)
    return finding.unjudged


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("claims", ["primary", "evs", "atomic", "abcast", "weak"])
def test_a_system_that_does_everything_right_violates_nothing(seed: int, claims: str) -> None:
    result = verdicts(gather(book_of(encoded(right_log(seed)))), claims=claims)
    assert violated(result) == []
    assert all(
        finding.verdict is Verdict.HOLDS for finding in result.decisive if finding.name not in ("admission", "state-transfer")
    )


def test_what_is_missing_is_said() -> None:
    assert unjudged("validity", *TRIO, "p1 deliver a") == "the log has no multicast events"
    assert unjudged("fifo", *TRIO) == "the log has no multicast and no deliver events"
    assert unjudged("agreement", "p1 multicast a", "p1 deliver a", "p2 start") == "the log has no view events"
    assert unjudged("no-duplication", "p1 deliver a") == ""
    assert unjudged("admission", *TRIO) == "the log has no start events"
    assert unjudged("synchrony", *TRIO) == "a log does not show the colours of workers"
    assert "full flight" in unjudged("completeness", *TRIO, at_rest=False)
    assert "log1:1 has no `time`" in unjudged("completeness", *TRIO, at_rest=False, settle=3.0)


def test_a_fixed_group_without_views_owes_each_other_everything() -> None:
    lines = ["p1 multicast a", "p1 deliver a", "p2 start"]
    assert violated(verdicts(log_of(*lines), claims="atomic")) == ["agreement", "uniform-agreement"]
    assert unjudged("self-inclusion", *lines, claims="atomic") == "the log has no view events"


def test_whether_the_silent_have_crashed_is_never_guessed() -> None:
    crossed = [*TRIO, "p1 deliver a", "p1 deliver b", "p2 deliver b", "p2 deliver a"]
    assert violated(verdicts(log_of(*crossed), "total-order", silent="correct")) == ["total-order"]
    assert violated(verdicts(log_of(*crossed), "total-order", silent="crashed")) == []
    assert unjudged("total-order", *crossed, silent="unknown") == (
        "it depends on whether p1, p2, p3 crashed, which the log does not say; --silent crashed or correct"
    )
    assert violated(verdicts(log_of(*crossed), "uniform-total-order", silent="unknown")) == ["uniform-total-order"]
    straight = [*TRIO, "p1 deliver a", "p1 deliver b", "p2 deliver a", "p2 deliver b"]
    assert unjudged("total-order", *straight, silent="unknown") == ""


def test_completeness_may_depend_on_one_of_the_silent_alone() -> None:
    assert "depends" in unjudged("completeness", *TRIO, silent="unknown")
    assert unjudged("completeness", *TRIO, silent="correct") == ""


def test_what_is_old_enough_is_due() -> None:
    def at(time: float, text: str) -> Line:
        process, event, payload = text.split()
        return {"process": process, "event": event, "payload": payload, "time": time}

    group: list[Line] = [{"process": p, "event": "view", "view": 1, "members": ["p1", "p2"], "time": 0} for p in ("p1", "p2")]
    lines = [*group, at(1, "p1 multicast a"), at(1, "p1 deliver a"), at(10, "p1 multicast b"), at(10, "p1 deliver b")]
    missing = verdicts(log_of(*lines), "agreement", at_rest=False, settle=5).finding("agreement")
    assert missing.witness
    assert missing.witness.text == "p2 never delivered a, which p1 delivered in v1 {p1,p2}"
    young = [*lines, at(10, "p2 deliver a")]
    assert violated(verdicts(log_of(*young), "agreement", at_rest=False, settle=5)) == []
    assert violated(verdicts(log_of(*young), "agreement", at_rest=False, settle=0)) == ["agreement"]


def test_a_file_that_breaks_off_excuses_what_may_stand_in_the_rest() -> None:
    broken = book_of(encoded(["p1 view 1 p1,p2"]) + b"{", encoded(["p2 view 1 p1,p2", "p2 multicast b", "p2 deliver a"]))
    result = verdicts(gather(broken), "integrity", "agreement", "self-inclusion")
    assert [finding.verdict for finding in result.findings] == [None, None, Verdict.HOLDS]
    assert result.finding("integrity").unjudged == "a line that could not be read, or is still to come, may excuse it"


def test_components_may_go_on_side_by_side_in_a_partitionable_system() -> None:
    healed = [*SPLIT, *(f"{p} view 4 p1,p2,p3" for p in ("p1", "p2", "p3"))]
    assert violated(verdicts(log_of(*healed), claims="evs")) == ["primary-partition", "accuracy"]
    assert [f.name for f in verdicts(log_of(*healed), claims="evs").decisive if f.verdict is Verdict.VIOLATED] == []


@pytest.mark.parametrize("names", ["-", "ring"])
def test_views_without_numbers_are_ordered_by_what_follows_what(names: str) -> None:
    def named(text: str) -> str:
        process, event, number, members = text.split()
        return f"{process} {event} {'-' if names == '-' else names + number} {members}"

    healed = [*SPLIT, *(f"{p} view 4 p1,p2,p3" for p in ("p1", "p2", "p3"))]
    result = verdicts(log_of(*map(named, SPLIT)), "primary-partition", "monotonic-views", "view-agreement")
    assert violated(result) == ["primary-partition"]
    witness = result.finding("primary-partition").witness
    number = {"-": ("1", "2", "3"), "ring": ("ring1", "ring2", "ring3")}[names]
    assert witness
    assert witness.text == "p1 went from v{} {{p1,p2,p3}} to v{} {{p1,p2}}, but p3 to v{} {{p3}}".format(*number)
    ordered = log_of(*map(named, [*TRIO, "p1 view 2 p1,p2", "p2 view 2 p1,p2"]))
    assert violated(verdicts(ordered, "primary-partition")) == []
    apart = verdicts(log_of(*map(named, ["p1 view 1 p1", "p2 view 2 p2"])), "primary-partition")
    assert "the log does not tell their order" in apart.finding("primary-partition").unjudged
    if names == "ring":
        assert violated(verdicts(log_of(*map(named, healed)), "view-agreement", "self-inclusion")) == []


def test_a_joiner_begins_with_the_view_that_others_went_to() -> None:
    joined = ["p1 view - p1", "p1 view - p1,p2", "p2 view - p1,p2", "p1 multicast a", "p1 deliver a", "p2 deliver a"]
    log = log_of(*joined)
    assert log.history.lives[0].views[-1] == log.history.lives[1].views[0]
    assert violated(verdicts(log, "same-view-delivery")) == []


def test_where_it_is_unclear_which_views_are_the_same_nothing_depends_on_it() -> None:
    lines = ["p1 view - p1,p2", "p1 view - p1", "p1 view - p1,p2", "p2 view - p1,p2", "p1 deliver a", "p2 deliver a"]
    assert unjudged("same-view-delivery", *lines) == (
        "there are several views {p1,p2}, and which of them are the same is not said; log an identity (`view`)"
    )
    assert unjudged("self-inclusion", *lines) == ""


def test_two_components_that_meet_again_may_meet_in_one_view_or_not() -> None:
    pair = ["p1 view - p1,p2", "p2 view - p1,p2"]
    met = [*pair, "p1 view - p1", "p2 view - p2", "p1 view - p1,p2", "p2 view - p1,p2", "p1 deliver a", "p2 deliver a"]
    assert "log an identity" in unjudged("same-view-delivery", *met)
    named = [text.replace(" - ", f" {name} ") for text, name in zip(met, "uuxzww--", strict=True)]
    assert violated(verdicts(log_of(*named), "same-view-delivery", "virtual-synchrony")) == []


def test_who_ends_itself_is_excused_by_a_later_view_if_it_is_known_which_is_later() -> None:
    lines = [*SPLIT, "p3 end alone"]
    assert violated(verdicts(log_of(*lines[:-2], "p3 end alone"), "termination")) == []
    unordered = [each.replace(" view ", " view r") for each in lines]
    assert unjudged("termination", *unordered) == "the views have no numbers, and the log does not tell their order"


def test_the_witness_names_file_and_line() -> None:
    log = log_of(*TRIO, "p1 multicast a", "p1 deliver a", "p1 deliver a")
    places = verdicts(log, "no-duplication").finding("no-duplication").places
    assert list(map(str, places)) == ["log1:4: p1 multicast a", "log1:5: p1 delivered a", "log1:6: p1 delivered a"]


# --- mutations ---------------------------------------------------------------------------------------------------------------


def swapped(chance: random.Random, lines: list[Line]) -> None:
    """Swap two deliveries of one process."""
    process = chance.choice(["p1", "p2", "p3"])
    places = [at for at, each in enumerate(lines) if each["process"] == process and each["event"] == "deliver"]
    one, other = chance.sample(places, 2)
    lines[one], lines[other] = lines[other], lines[one]


def dropped(chance: random.Random, lines: list[Line]) -> None:
    del lines[chance.choice([at for at, each in enumerate(lines) if each["event"] == "deliver"])]


def doubled(chance: random.Random, lines: list[Line]) -> None:
    at = chance.choice([at for at, each in enumerate(lines) if each["event"] == "deliver"])
    lines.insert(chance.randint(at, len(lines)), lines[at])


def exchanged(chance: random.Random, lines: list[Line]) -> None:
    """Exchange two views of one process."""
    process = chance.choice(["p1", "p2", "p3"])
    places = [at for at, each in enumerate(lines) if each["process"] == process and each["event"] == "view"]
    one, other = chance.sample(places, 2)
    lines[one], lines[other] = lines[other], lines[one]


MUTATIONS = {swapped: "total-order", dropped: "agreement", doubled: "no-duplication", exchanged: "monotonic-views"}


def found(seed: int) -> bool:
    """Whether a random mutation of a random log is noticed, by the property that is about such things."""
    chance = random.Random(seed)  # noqa: S311 - no secrets
    lines = right_log(seed, rounds=12)
    mutation = chance.choice(
        [each for each in MUTATIONS if each is not exchanged or sum(e["event"] == "view" for e in lines) > 3]
    )
    mutation(chance, lines)
    return MUTATIONS[mutation] in violated(verdicts(gather(book_of(encoded(lines))), MUTATIONS[mutation]))


def test_a_mutation_of_a_log_is_found_each_time() -> None:
    assert [seed for seed in range(60) if not found(seed)] == []


@pytest.mark.slow
def test_a_thousand_mutations_of_logs_are_found_each_time() -> None:
    assert [seed for seed in range(1000) if not found(seed)] == []
