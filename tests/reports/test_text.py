"""Traces as text: exact goldens, and what is printed can be replayed."""

from __future__ import annotations

import random
import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.inputs.scenario_flags import scenario_of_words
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Heal, Lose, Partition, Suspect
from groupy_check.groupy_model.effects import (
    CancelTimer,
    Deliver,
    Demonitor,
    Effect,
    Halt,
    Install,
    Monitor,
    Send,
    SetTimer,
    View,
)
from groupy_check.groupy_model.events import Down, Join, Leave, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from groupy_check.groupy_model.scenario_text import flags
from groupy_check.groupy_model.trace import Trace
from groupy_check.reports.wording.phrases import Form, action_line, effect_phrase, effect_phrases, listed, match_line
from groupy_check.reports.wording.trace_text import parse_trace, trace_text

P1, P2, P3 = Node(1), Node(2), Node(3)
ALL = frozenset(OBSERVATION_TYPES)

GMS2_TITLE = "agreement is violated: p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}"
GMS2 = """\
# agreement is violated: p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}
groupy-check --impl gms2 --nodes 3 --messages 1 --crashes 1

 1. p1 multicasts a1 and crashes after 1 effect
      done:  sends msg a1 to p2
      NEVER: sends msg a1 to p3; delivers a1
 2. p2 receives msg a1 from p1
      done:  delivers a1
 3. p2 detects that p1 is down
      done:  sends view v3 [p2, p3] to p3; installs v3 {p2,p3}; now leads
      state: slave -> leader; slaves: [p2, p3] -> [p3]; group: [p1, p2, p3] -> [p2, p3]; view: 2 -> 3
 4. p3 detects that p1 is down
      done:  monitors p2; now follows p2
      state: leader: p1 -> p2; slaves: [p2, p3] -> [p3]; group: [p1, p2, p3] -> [p2, p3]; view: 2 -> 3
 5. p3 receives view v3 [p2, p3] from p2
      done:  installs v3 {p2,p3}

# the end
    p1 crashed; delivered in v2 {p1,p2,p3}: nothing
    p2 up; delivered in v2 {p1,p2,p3}: a1; in v3 {p2,p3}: nothing
    p3 up; delivered in v2 {p1,p2,p3}: nothing; in v3 {p2,p3}: nothing
"""

ORPHAN_TITLE = "progress is violated: p3 asks for a multicast and never delivers it"
ORPHAN = """\
# progress is violated: p3 asks for a multicast and never delivers it
# ~ marks steps that do not bear on it
groupy-check --impl gms3 --nodes 3 --messages 1 --crashes 1 --joins 1

 1. p4 asks to join through p1
      done:  sends join p4 to p1; sets the timer join
      state: idle -> joining
 2. p1 receives join p4 from p4 and crashes after 1 effect
      done:  sends view v3 [p1, p2, p3, p4] to p2
      NEVER: sends view v3 [p1, p2, p3, p4] to p3 and p4; installs v3 {p1,p2,p3,p4}
 3. p2 receives view v3 [p1, p2, p3, p4] from p1
      done:  installs v3 {p1,p2,p3,p4}
      state: n: 3 -> 4; last: view v2 [p1, p2, p3] -> view v3 [p1, p2, p3, p4]; slaves: [p2, p3] -> [p2, p3, p4]
             group: [p1, p2, p3] -> [p1, p2, p3, p4]
 4. p2 detects that p1 is down
      done:  sends view v3 [p1, p2, p3, p4] to p3 and p4; sends view v4 [p2, p3, p4] to p3 and p4
             installs v4 {p2,p3,p4}; now leads
      state: slave -> leader; n: 4 -> 5; slaves: [p2, p3, p4] -> [p3, p4]; group: [p1, p2, p3, p4] -> [p2, p3, p4]
 5. p3 detects that p1 is down
      done:  monitors p2; now follows p2
      state: leader: p1 -> p2; slaves: [p2, p3] -> [p3]; group: [p1, p2, p3] -> [p2, p3]
~6. p4 receives view v3 [p1, p2, p3, p4] from p2
      done:  cancels the timer join; monitors p1; installs v3 {p1,p2,p3,p4}; now follows p1
      state: joining -> slave; leader: p1; n: 4; last: view v3 [p1, p2, p3, p4]; slaves: [p2, p3, p4]
             group: [p1, p2, p3, p4]
~7. p4 detects that p1 is down
      done:  monitors p2; now follows p2
      state: leader: p1 -> p2; slaves: [p2, p3, p4] -> [p3, p4]; group: [p1, p2, p3, p4] -> [p2, p3, p4]
~8. p4 receives view v4 [p2, p3, p4] from p2
      done:  installs v4 {p2,p3,p4}
      state: n: 4 -> 5; last: view v3 [p1, p2, p3, p4] -> view v4 [p2, p3, p4]

# the end
    p1 crashed; delivered in v2 {p1,p2,p3}: nothing
    p2 up; delivered in v2 {p1,p2,p3}: nothing; in v3 {p1,p2,p3,p4}: nothing; in v4 {p2,p3,p4}: nothing
    p3 up; delivered in v2 {p1,p2,p3}: nothing
    p4 up; delivered in v3 {p1,p2,p3,p4}: nothing; in v4 {p2,p3,p4}: nothing
    still queued for p3: view v3 [p1, p2, p3, p4] from p2
        its leader is p1, p3's leader is p2; gms3.py:137
    still queued for p3: view v4 [p2, p3, p4] from p2
        its n is 4, p3's n is 3; gms3.py:137
"""

FAULTS = (
    Scenario(3, 3, 2, joins=1, leaves=1, drops=2, duplicates=2, suspicions=1, partitions=1),
    Scenario(
        nodes=3,
        messages=2,
        crashes=1,
        joins=1,
        drops=1,
        duplicates=1,
        suspicions=1,
        partitions=1,
        timeouts=2,
        detector=Detector.OVERTAKING,
        order=Order.ANY,
        timing=Timing.ANY,
    ),
    Scenario(3, 2, 1, drops=1, suspicions=1, beginning=Beginning.JOINING, worker=True),
)


OVERTAKING = (
    "--nodes 3 --messages 0 --crashes 1 --drops 1 --duplicates 1 --suspicions 1 --joins 1 --partitions 1 "
    "--detector overtaking --order any --timeouts any:2"
)


def record(protocol: Protocol, scenario: Scenario, lines: tuple[str, ...]) -> Trace:
    """The run that `lines` describe."""
    semantics = Semantics(protocol, scenario, ALL)
    system, actions = semantics.initial(), []
    for line in lines:
        action = match_line(line, semantics.enabled(system))
        assert action is not None, line
        actions.append(action)
        system = semantics.apply(system, action)
    return Recorder(protocol, scenario, ALL).record(actions)


def replayed(text: str) -> Trace:
    """The run that a printed trace describes."""
    parsed = parse_trace(text)
    return record(load_protocol(parsed.protocol), scenario_of_words(parsed.flags), parsed.lines)


# --- goldens ---------------------------------------------------------------------------------------------------------


def test_the_broken_broadcast_of_gms2_as_text() -> None:
    assert trace_text(replayed(GMS2), GMS2_TITLE) == GMS2


def test_the_orphan_view_of_gms3_as_text_with_what_does_not_matter_marked() -> None:
    assert trace_text(replayed(ORPHAN), ORPHAN_TITLE, frozenset(range(1, 6))) == ORPHAN


def test_the_end_tells_who_ended_how_and_what_is_still_queued() -> None:
    trace = replayed(
        """groupy-check --impl gms2 --nodes 2 --messages 0 --crashes 1 --joins 1
1. p3 asks to join through p2
2. p2 crashes
3. p3 times out (join)"""
    )
    assert trace_text(trace, "").split("# the end\n")[1] == (
        "    p1 up; delivered in v1 {p1,p2}: nothing\n    p2 crashed; delivered in v1 {p1,p2}: nothing\n    p3 ended itself\n"
    )
    queued = replayed("groupy-check --impl gms2 --nodes 3 --messages 0 --crashes 2\n1. p1 crashes")
    assert trace_text(queued, "").endswith(
        "    still queued for p2: the notice that p1 is down\n    still queued for p3: the notice that p1 is down\n"
    )


def test_a_run_that_repeats_says_from_where() -> None:
    trace = replace(replayed(GMS2), loop=3)
    assert "\nrepeats forever: everything after step 3\n" in trace_text(trace, "")
    assert parse_trace(trace_text(trace, "")).loop == 3


# --- random runs -----------------------------------------------------------------------------------------------------


def walks(protocol: Protocol, scenario: Scenario, count: int) -> Iterator[list[Action]]:
    """`count` random runs; on the way, that no two of the actions possible in a state read the same."""
    semantics = Semantics(protocol, scenario, ALL)
    for seed in range(count):
        chance = random.Random(seed)  # noqa: S311
        system = semantics.initial()
        actions: list[Action] = []
        while len(actions) < 25 and (enabled := semantics.enabled(system)):
            assert len({action_line(action) for action in enabled}) == len(enabled)
            actions.append(chance.choice(enabled))
            system = semantics.apply(system, actions[-1])
        yield actions


@pytest.mark.parametrize("scenario", FAULTS)
@pytest.mark.parametrize("protocol", [Gms1(), Gms2(), Gms3()], ids=lambda protocol: protocol.name)
def test_what_is_printed_is_replayed_to_the_same_run(protocol: Protocol, scenario: Scenario) -> None:
    for actions in walks(protocol, scenario, count=12):
        trace = Recorder(protocol, scenario, ALL).record(actions)
        assert replayed(trace_text(trace, "a random run", frozenset({1}))) == trace


class Counter(Protocol):
    """Its states are numbers and its messages are texts, some of which look like a part of a trace."""

    name = "counter"

    def initial(self, me: Node) -> Hashable:
        return int(me)

    def step(self, state: Any, event: object) -> Outcome:
        match event:
            case Start() | Join():
                return Step(state, (Install(View(state, (P1,))),))
            case Multicast():
                return Step(state + 1, (Send(P1, "9. p1 crashes\n1. p1 crashes"), Send(P1, " # [outcome 2]")))
            case Receive(_, str() as message):
                return [Step(state + 1), Step(state + 1, (Halt(message),))]
        return None


def test_states_and_messages_of_any_kind_are_told_on_one_line() -> None:
    lines = (
        "p1 multicasts a1",
        r"p1 receives 9. p1 crashes\n1. p1 crashes from p1",
        "p1 receives  # [outcome 2] from p1 [outcome 2]",
    )
    trace = record(Counter(), Scenario(1, 1, 0), lines)
    text = re.sub(r" *at: .*\n", "", trace_text(trace, "two\nlines"))  # lines of this file
    assert text == (
        "# two\n# lines\ngroupy-check --impl counter --nodes 1 --messages 1 --crashes 0\n\n"
        " 1. p1 multicasts a1\n"
        "      done:  sends 9. p1 crashes\\n1. p1 crashes to p1; sends  # [outcome 2] to p1\n"
        "      state: 1 -> 2\n"
        " 2. p1 receives 9. p1 crashes\\n1. p1 crashes from p1\n"
        "      state: 2 -> 3\n"
        " 3. p1 receives  # [outcome 2] from p1 [outcome 2]\n"
        "      done:  ends itself ( # [outcome 2])\n\n"
        "# the end\n    p1 ended itself; delivered in v1 {p1}: nothing\n"
    )
    assert parse_trace(text).lines == lines


# --- the command line --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        (Scenario(), "--nodes 3 --messages 2 --crashes 1"),
        (
            FAULTS[0],
            "--nodes 3 --messages 3 --crashes 2 --drops 2 --duplicates 2 --suspicions 1 --joins 1 --leaves 1 --partitions 1",
        ),
        (replace(FAULTS[1], messages=0), OVERTAKING),
        (FAULTS[2], "--nodes 3 --messages 2 --crashes 1 --drops 1 --suspicions 1 --start joining --worker"),
        (Scenario(timeouts=0), "--nodes 3 --messages 2 --crashes 1 --timeouts at-rest:0"),
    ],
)
def test_flags_say_the_scenario_and_the_command_line_understands_them(scenario: Scenario, expected: str) -> None:
    assert " ".join(flags(scenario)) == expected
    assert scenario_of_words(flags(scenario)) == scenario


def other(name: str, default: Any) -> Any:
    """A value for that field of a Scenario that is not its default."""
    if isinstance(default, bool):
        return not default
    if isinstance(default, int):
        return default + 1
    return {"timeouts": 4}.get(name) or [*default.__class__][1]


@pytest.mark.parametrize(("name", "default"), [(field.name, field.default) for field in fields(Scenario)])
def test_no_field_of_the_scenario_is_forgotten(name: str, default: object) -> None:
    changed = replace(Scenario(timeouts=7, joins=1), **{name: other(name, default)})
    assert scenario_of_words(flags(changed)) == changed


# --- reading ---------------------------------------------------------------------------------------------------------


def test_hand_written_text_is_read_too() -> None:
    parsed = parse_trace(
        "# why\n\ngroupy-check --impl './my own.py' --nodes 4\n1. p1 crashes  \n   anything\n\t2. p2 crashes\n~ 2. p3 crashes\n"
    )
    assert (parsed.protocol, parsed.flags, parsed.lines) == ("./my own.py", ("--nodes", "4"), ("p1 crashes", "p3 crashes"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: no line of this text begins with 'groupy-check --impl', so the protocol is unknown"),
        ("1. p1 crashes", "line 1: no line of this text begins with 'groupy-check --impl', so the protocol is unknown"),
        ("# x\ngroupy-check gms2", "line 2: the command should begin like this: groupy-check --impl gms2 --nodes 3"),
        ("groupy-check --impl 'gms2", "line 1: the command should begin like this: groupy-check --impl gms2 --nodes 3"),
        ("groupy-check --impl gms2\n1. p1 crashes\n3. p2 crashes", "line 3: this is step 3, but step 2 should come here"),
        ("groupy-check --impl gms2\np1 crashes", "line 2: neither a numbered step nor a comment (#): p1 crashes"),
        (
            "groupy-check --impl a\ngroupy-check --impl b",
            "line 2: neither a numbered step nor a comment (#): groupy-check --impl b",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ValueError) as error:
        parse_trace(text)
    assert str(error.value) == message


def test_a_line_that_describes_nothing_possible_is_no_action() -> None:
    assert match_line("p3 crashes", [Crash(P1), Crash(P2)]) is None
    assert match_line("p2 crashes", [Crash(P1), Crash(P2)]) == Crash(P2)


@dataclass(frozen=True, slots=True)
class Mute:
    """A message whose text says too little."""

    number: int

    def __str__(self) -> str:
        return "mute"


def test_messages_that_read_alike_are_not_guessed_at() -> None:
    with pytest.raises(
        ValueError, match=r"'p1 receives mute from p2' describes 2 possible actions; give each message its own text"
    ):
        match_line("p1 receives mute from p2", [Handle(P1, Receive(P2, Mute(n))) for n in (1, 2)])


# --- phrases ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "line"),
    [
        (Handle(P1, Start()), "p1 starts the group"),
        (Handle(P2, Join(P1)), "p2 asks to join through p1"),
        (Handle(P2, Leave()), "p2 asks to leave"),
        (Handle(P1, Multicast("x"), 0, 1), "p1 multicasts x and crashes after 1 effect"),
        (Handle(P1, Receive(P2, ("x", 1)), 2, 3), "p1 receives [x, 1] from p2 and crashes after 3 effects [outcome 3]"),
        (Handle(P1, Down(P2)), "p1 detects that p2 is down"),
        (Suspect(P1, P2, 1), "p1 wrongly suspects p2 [outcome 2]"),
        (Handle(P1, Timeout("join")), "p1 times out (join)"),
        (Crash(P3), "p3 crashes"),
        (Lose(P1, P2, 0, "x"), "the network loses x from p1 to p2 (position 1 in the queue)"),
        (Duplicate(P1, P2, 1, "x"), "the network duplicates x from p1 to p2 (position 2 in the queue)"),
        (Partition((P1, P3)), "the network cuts p1 and p3 off from the others"),
        (Heal(), "the network heals"),
    ],
)
def test_the_line_of_each_kind_of_action(action: Action, line: str) -> None:
    assert action_line(action) == line


@pytest.mark.parametrize(
    ("effect", "base", "present", "past"),
    [
        (Send(2, "x"), "send x to p2", "sends x to p2", "sent x to p2"),  # type: ignore[arg-type]
        (Deliver("x"), "deliver x", "delivers x", "delivered x"),
        (Install(View(3, (P2, P3))), "install v3 {p2,p3}", "installs v3 {p2,p3}", "installed v3 {p2,p3}"),
        (Monitor(2), "monitor p2", "monitors p2", "monitored p2"),  # type: ignore[arg-type]
        (Demonitor(2), "stop monitoring p2", "stops monitoring p2", "stopped monitoring p2"),  # type: ignore[arg-type]
        (SetTimer("t"), "set the timer t", "sets the timer t", "set the timer t"),
        (CancelTimer("t"), "cancel the timer t", "cancels the timer t", "cancelled the timer t"),
        (Halt("why"), "end itself (why)", "ends itself (why)", "ended itself (why)"),
    ],
)
def test_the_phrases_of_each_kind_of_effect(effect: Effect, base: str, present: str, past: str) -> None:
    assert [effect_phrase(effect, form) for form in Form] == [base, present, past]


def test_a_broadcast_is_one_phrase_and_everything_else_is_told_as_often_as_it_happens() -> None:
    effects = (Send(P1, "x"), Send(P2, "x"), Send(P3, "y"), Send(P1, "x"), Deliver("x"), Deliver("x"))
    assert effect_phrases(effects) == ["sends x to p1 and p2", "sends y to p3", "sends x to p1", "delivers x", "delivers x"]
    assert [listed("a"), listed("ab"), listed("abc")] == ["a", "a and b", "a, b and c"]
