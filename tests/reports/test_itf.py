"""Trace files: what they look like, that they lead back to the same run, and that no text whatever breaks the reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Crash, Handle, Heal, Lose
from groupy_check.groupy_model.events import Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES, Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from groupy_check.groupy_model.trace import Trace
from groupy_check.reports.formats.itf import encode, encode_system, match, read_itf, to_itf

P1, P2 = Node(1), Node(2)
KEEP = frozenset(OBSERVATION_TYPES)
ROOT = Path(__file__).parents[2]


def walk(protocol: Protocol, scenario: Scenario, picks: list[int]) -> Trace:
    """The run that takes, of the n actions that are enabled, always the one whose number is the next pick modulo n."""
    semantics = Semantics(protocol, scenario, KEEP)
    system, actions = semantics.initial(), []
    for pick in picks:
        enabled = semantics.enabled(system)
        if not enabled:
            break
        actions.append(enabled[pick % len(enabled)])
        system = semantics.apply(system, actions[-1])
    return Recorder(protocol, scenario, KEEP).record(actions)


PLAIN = Scenario(nodes=2, messages=1)
HOSTILE = Scenario(joins=1, drops=1, duplicates=2, suspicions=2, partitions=1, worker=True)
BAG = Scenario(joins=1, suspicions=1, timeouts=1, detector=Detector.OVERTAKING, order=Order.ANY, timing=Timing.ANY)
GROWING = Scenario(beginning=Beginning.JOINING, leaves=1, drops=1)
GOOD = to_itf(walk(Gms2(), PLAIN, [0, 0, 0]), "agreement")

# --- what a file looks like ------------------------------------------------------------------------------------------


def test_the_text_of_a_small_trace() -> None:
    trace = walk(Gms1(), Scenario(nodes=1, messages=1, crashes=0), [0])
    assert trace.actions == (Handle(P1, Multicast(Change(P1, 1))),)
    document = json.loads(to_itf(trace))
    spent = ("crashes", "messages", "drops", "duplicates", "joins", "leaves", "partitions", "suspicions")
    budget = {name: {"#bigint": "0"} for name in spent}
    change = {"tag": "Change", "origin": "p1", "seq": {"#bigint": "1"}}
    event = {"tag": "Multicast", "payload": change}
    action = {"tag": "Handle", "process": "p1", "event": event, "outcome": {"#bigint": "0"}, "cut": {"tag": "None"}}
    view = {"tag": "View", "id": {"#bigint": "0"}, "members": {"#tup": ["p1"]}}
    log = [{"tag": "Installed", "view": view}, {"tag": "Sent", "payload": change}, {"tag": "Delivered", "payload": change}]
    local = {"tag": "Leader", "me": "p1", "slaves": {"#tup": []}, "group": {"#tup": ["p1"]}, "view": {"#bigint": "0"}}
    process = {
        "tag": "Process", "status": {"tag": "Status", "value": "UP"}, "local": local, "log": {"#tup": log},
        "watching": {"#set": []}, "timers": {"#set": []}, "asked": {"#bigint": "1"}, "worker": {"tag": "None"},
        "asks": {"#tup": []},
    }  # fmt: skip
    assert document["#meta"] == {
        "format": "ITF", "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
        "description": "A run of gms1 in 1 step", "groupy": 1, "protocol": "gms1", "property": None,
        "scenario": {
            "nodes": 1, "messages": 1, "crashes": 0, "joins": 0, "leaves": 0, "drops": 0, "duplicates": 0, "suspicions": 0,
            "partitions": 0, "timeouts": None, "detector": "perfect", "order": "fifo", "timing": "at-rest",
            "beginning": "formed", "fairness": "mailbox", "worker": False, "recoveries": 0, "spurious": 0,
            "partition_kind": "complete", "cut_off": "lost",
        },
    }  # fmt: skip
    assert document["vars"] == ["action", "processes", "channels", "budget", "split"]
    assert len(document["states"]) == 2
    assert document["states"][1] == {
        "#meta": {"index": 1},
        "action": action,
        "processes": {"#map": [["p1", process]]},
        "channels": {"#map": []},
        "budget": {"tag": "Budget", **budget, "timeouts": {"tag": "None"}},
        "split": {"#set": []},
    }


def test_the_layout_is_indented_and_sorted() -> None:
    lines = GOOD.splitlines()
    assert lines[:3] == ["{", '  "#meta": {', '    "description": "A run of gms2 in 3 steps that violates agreement",']
    assert GOOD.endswith("\n}\n")
    assert json.dumps(json.loads(GOOD), indent=2, sort_keys=True) + "\n" == GOOD


def test_only_channels_with_something_in_them_are_written() -> None:
    document = json.loads(to_itf(walk(Gms1(), PLAIN, [0])))
    message = {"tag": "Msg", "payload": {"tag": "Change", "origin": "p1", "seq": {"#bigint": "1"}}}
    assert document["states"][1]["channels"] == {"#map": [[{"#tup": ["p1", "p2"]}, {"#tup": [message]}]]}


class Word(StrEnum):
    A = "a"


class Bits(IntFlag):
    ONE = 1


@dataclass(frozen=True)
class Tagged:
    tag: str
    _tag: int
    hidden: int = field(default=0, compare=False)


class Odd:
    def __repr__(self) -> str:
        return "odd"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (3, '{"#bigint": "3"}'),
        (-(10**20), '{"#bigint": "-100000000000000000000"}'),
        (P2, '"p2"'),
        ("p2", '"p2"'),
        (None, '{"tag": "None"}'),
        (Status.UP, '{"tag": "Status", "value": "UP"}'),
        (Word.A, '{"tag": "Word", "value": "A"}'),
        (Bits.ONE, '{"tag": "Bits", "value": "ONE"}'),
        (Bits(0), '{"tag": "Bits", "value": {"tag": "None"}}'),
        ((1, "a"), '{"#tup": [{"#bigint": "1"}, "a"]}'),
        (frozenset({"b", "a"}), '{"#set": ["a", "b"]}'),
        ({2: "x", 1: P1}, '{"#map": [[{"#bigint": "1"}, "p1"], [{"#bigint": "2"}, "x"]]}'),
        (Tagged("x", 1, 2), '{"tag": "Tagged", "_tag": "x", "__tag": {"#bigint": "1"}}'),
        (1.5, '{"tag": "repr", "text": "1.5"}'),
        (Odd(), '{"tag": "repr", "text": "odd"}'),
        (Heal, '{"tag": "repr", "text": "Heal"}'),
    ],
)
def test_encodings(value: object, text: str) -> None:
    assert json.dumps(encode(value)) == text


def test_the_text_does_not_depend_on_the_hash_seed() -> None:
    letters = "frozenset('abcdefgh')"
    code = f"from groupy_check.reports.formats.itf import encode; print(encode(({letters}, dict.fromkeys({letters}))))"
    command, seeds = [sys.executable, "-c", code], [{**os.environ, "PYTHONHASHSEED": seed} for seed in ("1", "2")]
    outputs = {subprocess.run(command, env=seed, check=True, capture_output=True, cwd=ROOT).stdout for seed in seeds}
    assert len(outputs) == 1


# --- that it is ITF: the rules of ADR-015, written down once more ------------------------------------------------------


def assert_itf(document: Any) -> None:
    """The shape of a trace in ADR-015; "params" and "loop" are optional there and not used here."""
    assert set(document) == {"#meta", "vars", "states"}
    assert all(isinstance(name, str) for name in document["vars"])
    for index, state in enumerate(document["states"]):
        assert set(state) == {"#meta", *document["vars"]}
        assert state["#meta"] == {"index": index}
        for name in document["vars"]:
            assert_expression(state[name])


def assert_expression(value: Any) -> None:
    if isinstance(value, bool | str):
        return
    assert isinstance(value, dict), f"{value!r} is a bare number, null or list"
    if not any(key.startswith("#") for key in value):
        for inner in value.values():
            assert_expression(inner)
        return
    ((special, content),) = value.items()
    if special == "#bigint":
        assert content == str(int(content))
        return
    assert special in {"#tup", "#set", "#map"}
    assert isinstance(content, list)
    for entry in content:
        assert special != "#map" or len(entry) == 2
        for inner in entry if special == "#map" else [entry]:
            assert_expression(inner)
    if special != "#tup":
        keys = [json.dumps(entry[0] if special == "#map" else entry, sort_keys=True) for entry in content]
        assert keys == sorted(set(keys)), "not sorted, or not distinct"


# --- that it leads back to the run -----------------------------------------------------------------------------------

WORLDS = [(Gms1(), GROWING), (Gms2(), BAG), (Gms3(), HOSTILE)]


def assert_replays(protocol: Protocol, trace: Trace) -> None:
    text = to_itf(trace, "agreement")
    assert_itf(json.loads(text))
    file = read_itf(text)
    assert (file.protocol, file.scenario, file.property) == (trace.protocol, trace.scenario, "agreement")
    semantics = Semantics(protocol, file.scenario, KEEP)
    system = semantics.initial()
    assert encode_system(system) == file.states[0]
    for wanted, expected, written in zip(trace.actions, file.states[1:], file.actions, strict=True):
        found = match(written, semantics.enabled(system))
        assert found == wanted
        system = semantics.apply(system, found)
        assert encode_system(system) == expected
    assert system == trace.states[-1]


@pytest.mark.parametrize(("protocol", "scenario"), WORLDS, ids=["gms1", "gms2", "gms3"])
@settings(max_examples=12, deadline=None, derandomize=True)
@given(picks=st.lists(st.integers(0, 10**4), max_size=14))
def test_every_walk_replays_from_its_file(protocol: Protocol, scenario: Scenario, picks: list[int]) -> None:
    assert_replays(protocol, walk(protocol, scenario, picks))


def test_walks_meet_every_kind_of_action() -> None:
    seen = set()
    for seed in range(6):
        trace = walk(Gms3(), HOSTILE, [seed * 31 + step * 17 for step in range(25)])
        assert_replays(Gms3(), trace)
        seen |= {type(action).__name__ for action in trace.actions}
        seen |= {"cut" for action in trace.actions if isinstance(action, Handle) and action.cut is not None}
    assert seen == {"Handle", "Suspect", "Crash", "Lose", "Duplicate", "Partition", "Heal", "cut"}


def test_what_stands_for_none_and_for_an_action_of_another_run() -> None:
    file = read_itf(GOOD)
    enabled = Semantics(Gms2(), PLAIN).enabled(Semantics(Gms2(), PLAIN).initial())
    assert match(file.actions[0], enabled) == enabled[0]
    assert match(encode(Crash(Node(9))), enabled) is None
    assert match(file.actions[0], []) is None
    assert match(file.actions[0], [*enabled, *enabled]) == enabled[0]


def test_two_actions_written_alike_are_refused() -> None:
    alike: list[Action] = [Lose(P1, P2, 0, Node(3)), Lose(P1, P2, 0, "p3")]
    with pytest.raises(ValueError, match=r'^"lose\(p1, p2, 0, p3\)" and "lose\(p1, p2, 0, p3\)" have the same encoding; give'):
        match(encode(alike[0]), alike)


# --- that no text breaks the reader ----------------------------------------------------------------------------------


def reason(text: str) -> str:
    """Why `text` is refused: one line."""
    with pytest.raises(ValueError) as caught:
        read_itf(text)
    assert type(caught.value) is ValueError
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 400
    return message


def edited(path: str, value: object) -> str:
    """The good file with what stands at `path`, such as `states/1/action`, replaced; by nothing where value is Ellipsis."""
    document = json.loads(GOOD)
    *way, last = path.split("/")
    place: Any = document
    for key in way:
        place = place[int(key)] if isinstance(place, list) else place[key]
    if value is ...:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("states", ..., 'the file: "states" is missing'),
        ("states", [], "states: expected a list of states, not []"),
        ("loop", True, "loop: expected the number of a state before the last, not true"),
        ("loop", 99, "loop: expected the number of a state before the last, not 99"),
        ("#meta", [], "#meta: expected an object, not []"),
        ("#meta/groupy", ..., '#meta: "groupy" is missing'),
        ("#meta/groupy", 2, "#meta.groupy: this version reads files of version 1, not 2"),
        ("#meta/protocol", None, "#meta.protocol: expected a text, not null"),
        ("#meta/scenario/nodes", ..., '#meta.scenario: "nodes" is missing'),
        ("#meta/scenario/nodes", 0, "#meta.scenario: a group needs at least one process: nodes is 0"),
        ("#meta/scenario/nodes", 10**9, "states[0].processes: expected a map of the scenario's 1000000000 processes"),
        ("#meta/scenario/nodes", 10**18, "#meta.scenario.nodes: the number is too long"),
        ("#meta/scenario/nodes", True, "#meta.scenario.nodes: expected a whole number, not true"),
        ("#meta/scenario/nodes", 2.0, "#meta.scenario.nodes: a fraction is not a value"),
        ("#meta/scenario/crashes", -1, "#meta.scenario: a budget cannot be negative: crashes is -1"),
        ("#meta/scenario/timeouts", "0", '#meta.scenario.timeouts: expected a whole number, not "0"'),
        ("#meta/scenario/order", "lifo", '#meta.scenario.order: expected one of fifo, any, not "lifo"'),
        ("#meta/scenario/order", [], "#meta.scenario.order: expected one of fifo, any, not []"),
        ("#meta/scenario/timing", "any", "#meta.scenario: timers that fire at any time need a bound: set timeouts"),
        ("#meta/scenario/worker", 0, "#meta.scenario.worker: expected true or false, not 0"),
        ("#meta/scenario/speed", 0, '#meta.scenario: "speed" does not belong there'),
        ("#meta/note", float("nan"), "#meta.note: NaN is not a value"),
        ("vars", ["x"], 'vars: expected ["action", "processes", "channels", "budget", "split"], not ["x"]'),
        ("states/1/#meta", {"index": 2}, 'states[1].#meta: expected {"index": 1}, not {"index": 2}'),
        ("states/1/action", {"tag": "None"}, "states[1].action: every state but the first needs an action that leads to it"),
        ("states/0/action", "x", "states[0].action: every state but the first needs an action that leads to it"),
        ("states/2/action/cut", 3, 'states[2].action.cut: a number is written as {"#bigint": "3"}, not as 3'),
        ("states/2/action/cut", None, "states[2].action.cut: null is not an ITF value"),
        ("states/2/action/outcome/#bigint", "07", 'states[2].action.outcome: "07" is not a whole number'),
        ("states/2/action/outcome/#bigint", "٣", 'states[2].action.outcome: "\\u0663" is not a whole number'),
        ("states/2/action/a\nb", [], 'states[2].action["a\\nb"]: [] is not an ITF value'),
        ("states/2/split", {"#set": {}}, 'states[2].split: {"#set": {}} is not an ITF value'),
        ("states/2/split/#set", [1], 'states[2].split[0]: a number is written as {"#bigint": "1"}, not as 1'),
        ("states/2/processes", {"#map": []}, "states[2].processes: expected a map of the scenario's 2 processes"),
        ("states/2/channels/#map", [["a"]], 'states[2].channels[0]: expected a key and a value, not ["a"]'),
        ("states/2/channels/#map", [["a", 0]], 'states[2].channels[0][1]: a number is written as {"#bigint": "0"}, not as 0'),
    ],
)
def test_edited_files_are_refused_with_the_place(path: str, value: object, message: str) -> None:
    assert reason(edited(path, value)) == message


def test_texts_that_are_no_object() -> None:
    assert reason("") == "line 1, column 1: not JSON: Expecting value"
    assert reason("[1, 2]") == "the file: expected an object, not [1, 2]"
    assert reason("1" * 5000) == "the file: the number is too long"
    assert reason("Infinity") == "the file: Infinity is not a value"
    assert reason(GOOD + "{}").endswith("not JSON: Extra data")
    assert reason("\ufeff" + GOOD).startswith("line 1, column 1: not JSON: Unexpected UTF-8 BOM")


def test_keys_given_twice_are_refused_with_the_place() -> None:
    twice = GOOD.replace('"outcome": {', '"cut": "x", "outcome": {', 1)
    assert reason(twice) == "states[1].action.cut: the key occurs twice in one object"


@pytest.mark.parametrize("depth", [1_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"#tup": [', "]}")])
def test_what_is_nested_too_deeply_is_refused(depth: int, opening: str, closing: str) -> None:
    assert reason(opening * depth + closing * depth) == "the file: nested too deeply to be a trace"
    inside = edited("states/1/split", "HERE").replace('"HERE"', opening * depth + closing * depth)
    assert reason(inside) == "the file: nested too deeply to be a trace"


def test_moderate_nesting_is_read() -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = {"#tup": [deep]}
    state: Any = read_itf(edited("states/1/split", deep)).states[1]
    assert state["split"] == deep


def parses_or_is_refused(text: str) -> None:
    with suppress(ValueError):
        read_itf(text)
        return
    reason(text)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, len(GOOD) - 3))
def test_truncated_files_are_refused(length: int) -> None:
    assert "not JSON" in reason(GOOD[:length])


TOKENS = ["", *'{}[]",:0\\\x00\ud800', "-1", "null", "true", "NaN", "1e999", '"#set"', '"tag"']


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data())
def test_mutated_texts_are_read_or_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 8)))
    parses_or_is_refused(GOOD[:start] + data.draw(st.sampled_from(TOKENS)) + GOOD[end:])


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("p1"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("#tup"), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(JSONS, st.data())
def test_documents_with_anything_anywhere_are_read_or_refused(value: object, data: st.DataObject) -> None:
    document: Any = json.loads(GOOD)
    place = document
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = value
    parses_or_is_refused(json.dumps(document))
