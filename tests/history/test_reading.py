"""Lines of a log: what they mean, and what is said of those that cannot be read."""

from __future__ import annotations

import io
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from groupy_check.checker.history import reading
from groupy_check.checker.history.book import Book
from groupy_check.checker.history.gathering import gather
from groupy_check.checker.history.log_format import EVENTS, LONGEST_LINE, schema
from groupy_check.checker.history.payload_text import payload_text
from groupy_check.checker.history.reading import FileReader, read_file
from groupy_check.groupy_model.observations import Status
from tests.support.logs import Line, book_of, encoded, line, log_of, verdicts

SCHEMA = Draft202012Validator(json.loads(schema()))
GOOD = b'{"process": "p1", "event": "start"}\n'
BAD: dict[str, tuple[bytes, str]] = {
    "cut off": (b'{"process": "p1", "ev', "log1:2: the line is cut off: Input data was truncated"),
    "UTF-16": ('{"process": "p1"}\n'.encode("utf-16"), "log1:2: the file is not UTF-8 without a byte order mark; convert it"),
    "Latin-1": (b'{"process": "p\xe4", "event": "start"}\n', "log1:2: the line is not UTF-8 (byte 15); convert the file"),
    "no members": (encoded([{"process": "p1", "event": "view"}]), "log1:2: a view without members"),
    "empty view": (encoded([{"process": "p1", "event": "view", "members": []}]), "log1:2: a view without members"),
    "a member twice": (encoded(["p1 view 1 p1,p1"]), "log1:2: a view with a member that has no name, or that is there twice"),
    "no name": (encoded([{"process": "", "event": "start"}]), "log1:2: the name of the process is empty"),
    "no payload": (encoded(["p1 deliver"]), "log1:2: a delivery without a payload"),
    "multicast of nothing": (encoded(["p1 multicast"]), "log1:2: a multicast without a payload"),
    "state of what": (
        encoded([{"process": "p1", "event": "state", "payload": 3}]),
        "log1:2: a state without a payload that lists the payloads that make it",
    ),
    "unknown event": (
        encoded(["p1 recieve a1"]),
        "log1:2: not an event of groupy-log 1: Invalid enum value 'recieve' - at `$.event` (there are start,",
    ),
    "not JSON": (b"p1 delivered a1\n", "log1:2: not JSON: JSON is malformed"),
    "a list": (b"[]\n", "log1:2: not an event of groupy-log 1: Expected `object`, got `array`"),
    "another version": (b'{"groupy-log": 2}\n', "log1:1: the log has version 2; this program knows version 1"),
    "after the end": (encoded(["p1 end", "p1 deliver a1"]), "log1:3: p1 goes on after its end; if it came back, log a start"),
    "some views named": (encoded(["p1 view 1 p1", "p1 view - p1"]), "log1:3: some views have an identity (`view`), and others"),
    "too deep": (
        b'{"process": "p1", "event": "multicast", "payload": ' + b"[" * 3000 + b"]" * 3000 + b"}\n",
        "log1:2: ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_line_that_cannot_be_read_is_named_and_what_came_before_is_kept(name: str) -> None:
    text, reason = BAD[name]
    book = book_of(text if name == "another version" else GOOD + text + GOOD * text.endswith(b"\n"), GOOD.replace(b"p1", b"p2"))
    assert [str(fault)[: len(reason)] for fault in book.faults] == [reason]
    assert "\n" not in str(book.faults[0])
    assert {track.name for track in book.tracks.values()} >= {"p2"}


def test_a_line_that_is_too_long_is_not_read_into_memory() -> None:
    book = book_of(GOOD + b"x" * (LONGEST_LINE + 5))
    assert [str(fault) for fault in book.faults] == ["log1:2: the line is longer than 16 MiB"]


def test_two_processes_with_one_name_are_noticed_but_others_may_log_a_crash() -> None:
    book = book_of(encoded(["p1 start", "p2 crash"]), encoded(["p2 start", "p1 note", "p1 deliver a1"]))
    assert [str(fault) for fault in book.faults] == [
        "log2:3: two processes are called p1: log1 has one, too; name incarnations"
    ]
    assert [life.status for life in gather(book).history.lives] == [Status.UP, Status.CRASHED]


def test_a_clock_that_runs_backwards_is_a_warning_and_what_it_says_is_kept() -> None:
    events: list[Line] = [
        {"process": "p1", "event": "start", "time": 5, "clock": {"p1": 2}},
        {"process": "p1", "event": "multicast", "payload": 1, "time": 4, "clock": {"p1": 1}},
    ]
    book = book_of(encoded(events))
    assert [str(warning) for warning in book.warnings] == [
        "log1:2: the time of p1 runs backwards, from 5.0 to 4.0",
        "log1:2: the vector clock of p1 runs backwards, from 2 to 1",
    ]
    assert book.read == {"start": 1, "multicast": 1}


SAME = [
    ("1", "1.0"),
    ("1", "10e-1"),
    ('{"a":1,"b":2}', '{"b": 2.0, "a": 1}'),
    ('"a"', '"\\u0061"'),
    ("0", "-0.0"),
    ("1e2", "100"),
]
OTHERS = ["1", "true", '"1"', '"true"', "null", '"null"', "[1]", '"[1]"', '""', '" "', '"\\n"', '"\\\\n"', "1e400",
          "10000000000000001",
          "10000000000000000", "0.1", '"\\"1\\""']  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_equal_values_are_one_payload(one: str, other: str) -> None:
    assert payload_text(one.encode()) == payload_text(other.encode())


def test_other_values_are_other_payloads_and_no_text_controls_a_terminal() -> None:
    texts = [payload_text(value.encode()) for value in OTHERS]
    assert len(set(texts)) == len(OTHERS)
    assert all(text.isprintable() and text.strip() for text in texts)


def test_long_payloads_are_told_apart_by_a_hash() -> None:
    one, other = (payload_text(json.dumps("x" * 500 + end).encode()) for end in "ab")
    assert one != other
    assert max(len(one), len(other)) < 90


def test_who_comes_back_is_another_life_and_views_mean_the_one_that_installed_them() -> None:
    log = log_of(
        "p1 view 1 p1,p2", "p2 view 1 p1,p2", "p1 crash", "p2 view 2 p2", "p1 start", "p1 view 3 p1,p2", "p2 view 3 p1,p2"
    )
    assert [str(life.node) for life in log.history.lives] == ["p1", "p1#2", "p2"]
    assert [str(view) for view in log.history.lives[2].views] == ["v1 {p1,p2}", "v2 {p2}", "v3 {p1#2,p2}"]
    assert [life.founder for life in log.history.lives] == [True, False, True]
    assert verdicts(log, "self-inclusion", "accuracy", "virtual-synchrony").faults == ()


def test_incarnations_of_any_kind_tell_lives_apart() -> None:
    events: list[Line] = [{"process": "p1", "event": "start", "incarnation": value} for value in (1, True, "1", 2)]
    assert [str(life.node) for life in log_of(*events).history.lives] == ["p1", "p1#2", "p1#3", "p1#4"]


def test_a_header_may_say_that_members_are_a_set() -> None:
    text = b'{"groupy-log": 1, "ordered": false, "more": 3}\n' + encoded(["p1 view 1 p2,p1", "p2 view 1 p1,p2"])
    (one, other) = gather(book_of(text)).history.lives
    assert one.views == other.views


def test_processes_are_in_natural_order_whatever_the_order_of_the_files() -> None:
    files = [encoded([f"n{number} start"]) for number in (10, 9, 1)]
    assert [str(life.node) for life in gather(book_of(*files)).history.lives] == ["n1", "n9", "n10"]


ACCEPTED: list[Line] = [
    line("p1 start"), line("p1 multicast a"), line("p1 deliver a"), line("p1 view 3 p1"), line("p1 view - p1"),
    line("p1 state a b"), line("p1 safe a"), line("p1 view 3 p1 p1"),
    line("p1 leave"), line("p1 crash"), line("p1 end so"), line("p1 note"), {**line("p1 start"), "time": 1, "clock": {"p1": 1}},
    {**line("p1 start"), "incarnation": 1.5, "whatever": [1]}, {"groupy-log": 1}, {"groupy-log": 1, "ordered": False},
]  # fmt: skip
REFUSED: list[Line] = [
    {"process": "p1"}, {"event": "start"}, line("p1 recieve a"), {**line("p1 start"), "time": "now"}, {"groupy-log": 2},
    {**line("p1 view 1 p1"), "members": []}, {"process": "p1", "event": "deliver"}, {"process": "p1", "event": "multicast"},
    {"process": "p1", "event": "state", "payload": 1}, {"process": "p1", "event": "view"},
    {**line("p1 start"), "clock": {"p1": 1.5}},
    {"process": "p1", "event": "safe"}, {**line("p1 view 1 p1"), "transitional": "p1"},
    {"process": 1, "event": "start"}, {**line("p1 view 1 p1,p1")}, {"process": "", "event": "start"},
]  # fmt: skip


@pytest.mark.parametrize(("event", "fine"), [*((e, True) for e in ACCEPTED), *((e, False) for e in REFUSED)], ids=str)
def test_the_schema_and_the_reader_accept_the_same_lines(event: Line, fine: bool) -> None:
    assert SCHEMA.is_valid(event) == fine
    assert (not book_of(encoded([event])).faults) == fine


def test_the_schema_is_one_and_knows_all_events() -> None:
    Draft202012Validator.check_schema(json.loads(schema()))
    assert json.loads(schema())["$defs"]["event"]["properties"]["event"]["enum"] == list(EVENTS)


def test_a_file_is_read_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_LINE", 50)
    book = Book()
    read_file(FileReader(book, "log"), io.BytesIO(GOOD + b"x" * 200 + b"\n"))
    assert [fault.line for fault in book.faults] == [2]


ODD = [
    GOOD, b'{"process":"p1","event":"deliver","payload":1}\n', b'{"process":"p1","event":"deliver","payload":{"payload":1}}\n',
    b"\n", b" \n", GOOD[:-1] + GOOD, GOOD.replace(b",", b",\n"), GOOD[:-1] + b"\r\n", b'{"groupy-log": 1}\n', GOOD[:-1],
    b'{"process":"p1","event":"deliver","payload":1,"payload":2}\n', b'{"process":"p1","event":"deliver","p\\u0061yload":1}\n',
    b'{"process":"p1","event":"view","view":1,"members":["p1"]}\n', b'{"process":"p1","event":"view","members":["view"]}\n',
    b'{"process":"p1","event":"view","view":1,"view":2,"members":["p1"]}\n', b'{"process":"p1","event":"deliver"}\n',
    b'{"process":"p2","event":"start","incarnation":1,"incarnation":2}\n',
    b'{"process":"p2","event":"start","incarnation":1}\n',
    b'{"process":"p1","event":"view","view":1,"members":["p1"],"members":["p2"]}\n', b'{"process":"p\xe4","event":"start"}\n',
]  # fmt: skip


@given(st.lists(st.sampled_from(ODD), max_size=9), st.lists(st.integers(0, 400)))
def test_a_file_is_read_at_once_as_it_is_line_by_line(lines: list[bytes], cuts: list[int]) -> None:
    text, places = b"".join(lines), [0, *sorted(cuts), None]
    fed, alone = Book(), Book()
    in_pieces = FileReader(fed, "log")
    for begin, end in pairwise(places):
        in_pieces.feed(text[begin:end])
    in_pieces.finish()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "plain_lines", lambda _: None)
        read_file(FileReader(alone, "log"), io.BytesIO(text))
    assert repr(fed) == repr(alone)  # with times that are no numbers
