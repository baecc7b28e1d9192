"""The interactive page without a browser: its data, and that the file is whole, safe and small."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from groupy_check.checker.counterexamples.timeline import exports, page_data
from groupy_check.checker.counterexamples.trace_file import line_matchers, matched
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Heal, Lose, Partition, Suspect
from groupy_check.groupy_model.effects import Deliver, Install, View
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.trace import TraceStep
from groupy_check.reports.page.data import PageData
from groupy_check.reports.page.html import html_page, page_html, page_json, page_title, step_kinds
from groupy_check.specs.registry import PROPERTIES

P1, P2 = Node(1), Node(2)
TEXTS = {"text": "replay me", "itf": '{"vars": []}', "mermaid": "sequenceDiagram", "pytest": "def test_run(): ..."}
HALF = (
    "p1 multicasts a1 and crashes after 1 effect",
    "p2 receives msg a1 from p1",
    "p2 detects that p1 is down",
    "p3 detects that p1 is down",
    "p3 receives view v3 [p2, p3] from p2",
)
ORPHAN = (
    "p4 asks to join through p1",
    "p1 receives join p4 from p4 and crashes after 1 effect",
    "p2 receives view v3 [p1, p2, p3, p4] from p1",
    "p2 detects that p1 is down",
    "p3 detects that p1 is down",
    "p4 receives view v3 [p1, p2, p3, p4] from p2",
    "p4 detects that p1 is down",
    "p4 receives view v4 [p2, p3, p4] from p2",
)


def told(impl: str, lines: tuple[str, ...], wanted: str = "", **scenario: Any) -> PageData:
    protocol, world = load_protocol(impl), Scenario(**scenario)
    return page_data(protocol, world, matched(protocol, world, line_matchers(lines)), wanted)


def broken_broadcast() -> PageData:
    """gms2: p1 crashes between its two sends, so p2 delivers a1 and p3 does not."""
    data = told("gms2", HALF, "virtual-synchrony")
    return replace(data, counterfactuals=(("p1 sends a1 to p3 too before it crashes", 1), ("p1 does not crash", 1)))


def orphan_view() -> PageData:
    """gms3: p3 turns to the new leader too early, and is deaf forever."""
    return told("gms3", ORPHAN, "progress", joins=1, messages=0)


def long_run(steps: int) -> PageData:
    """gms3, five processes, many messages at once and some lost: more than a reader would look at."""
    protocol, scenario = load_protocol("gms3"), Scenario(nodes=4, messages=9, crashes=1, joins=1, drops=2)
    semantics, chance = Semantics(protocol, scenario), random.Random(3)  # noqa: S311
    system, actions = semantics.initial(), list[Action]()
    while len(actions) < steps:
        actions.append(chance.choice(semantics.enabled(system)))
        system = semantics.apply(system, actions[-1])
    return page_data(protocol, scenario, actions)


class Page(HTMLParser):
    """The elements of a page, and the text within each style and script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[dict[str, str | None], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:
            self.raw.append((self.elements[-1][1], data))

    def text(self, name: str) -> str:
        """What stands within the script element with the id `name`."""
        return next(text for attributes, text in self.raw if attributes.get("id") == name)

    @property
    def policy(self) -> dict[str, list[str]]:
        meta = next(attributes for _, attributes in self.elements if attributes.get("http-equiv") == "Content-Security-Policy")
        rules = (rule.split() for rule in (meta["content"] or "").split(";"))
        return {name: sources for name, *sources in rules}


# --- the data ----------------------------------------------------------------------------------------------------------


def test_the_data_tell_the_whole_run():
    run = page_json(broken_broadcast(), TEXTS)
    assert json.loads(json.dumps(run)) == run
    assert run["title"] == "gms2: virtual-synchrony violated"
    assert run["command"] == "groupy-check --impl gms2 --nodes 3 --messages 2 --crashes 1 --property virtual-synchrony"
    assert run["flags"] == ["--nodes", "3", "--messages", "2", "--crashes", "1"]
    assert run["witness"] == "p2 and p3 both moved from v2 to v3, but p2 delivered a1 in v2 and p3 did not"
    assert run["story"].startswith("The run starts in view v2 {p1,p2,p3}")
    assert run["sentences"]["agreement"] == PROPERTIES["agreement"].sentence
    assert run["counterfactuals"][1] == {"text": "p1 does not crash", "step": 1}
    assert run["exports"] == TEXTS
    assert [step["line"] for step in run["steps"]] == list(HALF)
    assert len(run["states"]) == len(run["steps"]) + 1


def test_a_step_tells_what_it_did_and_what_it_depends_on():
    first, delivery, takeover, turn, view = page_json(broken_broadcast(), TEXTS)["steps"]
    assert (first["process"], first["kinds"]) == (1, ["multicast", "crash"])
    assert first["done"] == ["sends msg a1 to p2"]
    assert first["undone"] == ["sends msg a1 to p3", "delivers a1"]
    assert (first["past"], first["future"]) == ([], [2, 3, 4, 5])
    assert (delivery["past"], delivery["future"]) == ([1], [3, 5])
    assert (takeover["past"], takeover["future"]) == ([1, 2], [5])
    assert (turn["past"], turn["future"]) == ([1], [5])
    assert (view["past"], view["future"]) == ([1, 2, 3, 4], [])


def test_past_and_future_are_two_sides_of_the_same():
    for step in (steps := page_json(long_run(30), {})["steps"]):
        assert all(step["number"] in steps[before - 1]["future"] for before in step["past"])
        assert all(step["number"] in steps[after - 1]["past"] for after in step["future"])


def test_a_state_shows_every_process_and_what_has_changed():
    states = page_json(broken_broadcast(), TEXTS)["states"]
    crashed, leader, slave = states[3]["processes"]
    assert (crashed["node"], crashed["status"], crashed["role"], crashed["fields"]) == ("p1", "crashed", "", {})
    assert crashed["log"] == ["installs v2 {p1,p2,p3}", "multicasts a1"]
    assert (leader["status"], leader["role"], leader["watching"], leader["timers"]) == ("up", "leader", [], [])
    assert leader["log"] == ["installs v2 {p1,p2,p3}", "delivers a1", "installs v3 {p2,p3}"]
    assert leader["fields"]["group"] == "[p2, p3]"
    assert leader["changed"] == ["role", "log", "slaves", "group", "view"]
    assert (slave["role"], slave["changed"]) == ("slave", [])
    assert [process["changed"] for process in states[0]["processes"]] == [[], [], []]


def test_a_state_shows_what_is_queued_and_what_could_happen():
    states = page_json(broken_broadcast(), TEXTS)["states"]
    assert states[0]["channels"] == []
    assert states[1]["channels"] == [
        {"source": "p1", "target": "p2", "items": ["msg a1", "notice that it has ended"]},
        {"source": "p1", "target": "p3", "items": ["notice that it has ended"]},
    ]
    assert {"line": HALF[1], "cause": "owed", "process": 2} in states[1]["choices"]
    assert {"line": "p2 multicasts b1", "cause": "asked", "process": 2} in states[0]["choices"]
    assert {"line": HALF[0], "cause": "fault", "process": 1} in states[0]["choices"]
    assert [state["at_rest"] for state in states] == [True, False, False, False, False, True]


def test_the_lamps_turn_where_the_property_breaks():
    states = page_json(broken_broadcast(), TEXTS)["states"]
    lamps = [next(lamp for lamp in state["lamps"] if lamp["name"] == "virtual-synchrony") for state in states]
    assert [lamp["light"] for lamp in lamps] == ["fine"] * 5 + ["violated"]
    assert lamps[-1]["text"].startswith("p2 and p3 both moved from v2 to v3")
    assert (lamps[0]["kind"], lamps[0]["claimed"], lamps[0]["text"]) == ("safety", True, "")


def test_flights_tell_between_which_steps_they_are_under_way():
    flights = page_json(orphan_view(), TEXTS)["flights"]
    assert flights[0] == {"source": 4, "target": 1, "sent": 1, "ended": 2, "text": "join p4", "refusal": ""}
    assert [flight["ended"] for flight in flights if flight["target"] == 3] == [5, None, None]


def test_the_workers_colour_is_one_of_the_fields():
    lines = ("p3 asks to join through p1", "p1 receives join p3 from p3", "p3 receives view v2 [p1, p2, p3] from p1")
    states = page_json(told("gms2", lines, "state-transfer", nodes=2, joins=1), {})["states"]
    colours = [[process["fields"].get("worker's colour") for process in state["processes"]] for state in states]
    assert colours == [
        ["[0, 0, 0]", "[0, 0, 0]", None],
        ["[0, 0, 0]", "[0, 0, 0]", "none yet"],
        ["[0, 0, 0]", "[0, 0, 0]", "none yet"],
        ["[0, 0, 0]", "[0, 0, 0]", "none yet, requested"],
    ]


class Plain(Protocol):
    """Local states need not be dataclasses."""

    name = "plain"

    def step(self, state: object, event: Event) -> Outcome:  # noqa: ARG002
        match event:
            case Start():
                return Step("quiet", (Install(View(0, (P1,))),))
            case Multicast(payload):
                return Step("loud", (Deliver(payload),))
        return None


def test_a_local_state_of_any_kind_is_shown():
    run = page_json(page_data(Plain(), Scenario(nodes=1), [Handle(P1, Multicast(Change(P1, 1)))]), {})
    shown = [(process["role"], process["fields"]["state"]) for state in run["states"] for process in state["processes"]]
    assert shown == [("", "quiet"), ("", "loud")]
    assert run["states"][1]["processes"][0]["changed"] == ["log", "state", "worker's colour"]


@pytest.mark.parametrize(
    ("action", "kinds"),
    [
        (Handle(P1, Multicast("a")), ["multicast"]),
        (Handle(P1, Multicast("a"), cut=1), ["multicast", "crash"]),
        (Handle(P1, Receive(P2, "a"), cut=1), ["receive", "crash"]),
        (Handle(P1, Down(P2)), ["notice"]),
        (Suspect(P1, P2), ["notice"]),
        (Handle(P1, Timeout("join")), ["timer"]),
        (Handle(P1, Start()), ["membership"]),
        (Handle(P1, Join(P2)), ["membership"]),
        (Handle(P1, Leave()), ["membership"]),
        (Crash(P1), ["crash"]),
        (Lose(P1, P2, 0, "a"), ["network"]),
        (Duplicate(P1, P2, 0, "a"), ["network"]),
        (Partition((P1,)), ["network"]),
        (Heal(), ["network"]),
    ],
)
def test_every_step_has_a_kind(action, kinds):
    assert step_kinds(TraceStep(1, action)) == kinds


def test_a_run_that_violates_nothing_has_a_title_too():
    assert [page_title(told("gms2", HALF[:count])) for count in (0, 1, 2)] == [
        "gms2: initial state",
        "gms2: a run of 1 step",
        "gms2: a run of 2 steps",
    ]


# --- the diagram -------------------------------------------------------------------------------------------------------


def test_the_diagram_is_an_image_with_a_name_and_keeps_its_ids():
    svg = page_json(orphan_view(), TEXTS)["svg"]
    root = ElementTree.fromstring(svg)  # noqa: S314
    space = "{http://www.w3.org/2000/svg}"
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == root[0].attrib["id"]
    assert (root[0].tag, root[0].text) == (f"{space}title", "Space-time diagram. gms3: progress violated")
    ids = {element.attrib.get("id") for element in root.iter(f"{space}g")}
    assert {f"step-{number}" for number in range(1, 9)} <= ids
    flights = enumerate(orphan_view().trace.flights)
    assert {f"flight-{index}" for index, flight in flights if not flight.notice} <= ids
    tips = {element.text for element in root.iter(f"{space}title")}
    assert "join p4 from p4 to p1: received" in tips
    assert not any("->" in (tip or "") for tip in tips)


def test_the_diagram_carries_nothing_that_the_page_forbids():
    svg = page_json(orphan_view(), TEXTS)["svg"]
    assert not re.search(r"\bstyle=|<style|<script|<a |href|<!--|<\?xml|<!DOCTYPE|\son\w+=", svg)


# --- the file ----------------------------------------------------------------------------------------------------------


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_allows_this_style_and_this_script_and_nothing_else():
    page = Page(html_page(broken_broadcast(), TEXTS))
    style = next(text for attributes, text in page.raw if not attributes)
    script = next(text for attributes, text in page.raw if attributes.get("type") == "module")
    assert page.policy == {
        "default-src": ["'none'"],
        "style-src": [digest(style)],
        "script-src": [digest(script)],
        "img-src": ["data:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    assert "await request(" in script


def test_nothing_is_fetched_and_nothing_is_inline():
    page = Page(html_page(broken_broadcast(), TEXTS))
    assert [tag for tag, _ in page.elements if tag in ("iframe", "img", "object", "embed", "base")] == []
    for tag, attributes in page.elements:
        assert not {"src", "style", "srcset"} & attributes.keys(), tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert attributes.get("href") in (None, "data:,", "#"), tag


def test_only_a_live_page_may_talk_to_its_server():
    live = {"api": "/secret/api", "token": "secret", "protocols": ["gms2"]}
    page = Page(page_html({**page_json(broken_broadcast(), TEXTS), "live": live}))
    assert page.policy["connect-src"] == ["'self'"]
    assert json.loads(page.text("run-data"))["live"] == live


def test_the_file_holds_all_the_data():
    data = broken_broadcast()
    page, run = Page(html_page(data, TEXTS)), page_json(data, TEXTS)
    packed = gzip.decompress(base64.b64decode(page.text("run-exports")))
    assert json.loads(page.text("run-data")) | {"exports": json.loads(packed)} == run


NASTY = "</script><script>alert(1)</script><!--<script> $title ${x} & ' \" \u2028 \ud800"


def test_no_text_can_break_out_of_its_place():
    data = replace(broken_broadcast(), story=NASTY, counterfactuals=((NASTY, 1),), property=NASTY[:-2])
    page = Page(html_page(data, TEXTS))
    assert json.loads(page.text("run-data"))["story"] == NASTY
    assert [tag for tag, _ in page.elements].count("script") == 3


def test_equal_runs_give_equal_pages():
    assert html_page(orphan_view(), TEXTS) == html_page(orphan_view(), TEXTS)


def test_a_page_of_thirty_steps_is_small():
    data = long_run(30)
    texts = {**exports(data), "pytest": "def test_run():\n    ...\n" * 100}
    assert len(texts["itf"]) > 400_000
    assert len(html_page(data, texts).encode()) < 300_000


def test_every_control_of_the_page_is_there_once_and_has_a_name():
    page = Page(html_page(broken_broadcast(), TEXTS))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    buttons = [attributes for tag, attributes in page.elements if tag == "button" and attributes.get("id") in STEPPERS]
    assert [button["aria-label"] for button in buttons] == list(STEPPERS.values())


STEPPERS = {"first": "To the start", "previous": "One step back", "next": "One step forward", "last": "To the end"}
