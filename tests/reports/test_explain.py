"""Violations in plain words: exact paragraphs, for built-in protocols and for one with a vocabulary of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from groupy_check.checker.runs.recorder import Recorder
from groupy_check.groupy_model.effects import Deliver, Install, Monitor, Send, View
from groupy_check.groupy_model.events import Down, Join, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.wording.explain import SENTENCES, explain, relevant
from tests.reports.test_text import ALL, FAULTS, GMS2, ORPHAN, record, replayed, walks

P1, P2, P3 = map(Node, (1, 2, 3))
A1, B1 = Change(P1, 1), Change(P2, 1)


def run(command: str, *lines: str) -> Trace:
    """The run that `lines` describe, of the protocol and in the scenario of `command`."""
    steps = [f"{number}. {line}" for number, line in enumerate(lines, 1)]
    return replayed("\n".join([f"groupy-check --impl {command}", *steps]))


def paragraph(text: str) -> str:
    """`text` without the line breaks that it has in this file."""
    return " ".join(text.split())


def test_the_broken_broadcast_of_gms2() -> None:
    text = "p2 and p3 both moved from v2 to v3, but p2 delivered a1 in v2 and p3 did not"
    sentence = "two processes that both go from view V to view W delivered the same set of payloads in V"
    assert explain(replayed(GMS2), Witness(text, (P2, P3), (A1,)), sentence) == paragraph("""
        The run starts in view v2 {p1,p2,p3}, with p1 as leader and p2 and p3 as slaves.
        p1 multicast a1: it sent msg a1 to p2, but crashed before it could send msg a1 to p3 or deliver a1.
        p2 received msg a1 from p1 and delivered a1 in v2, then detected p1's crash, became the leader, sent view v3 [p2, p3]
        to p3, and installed v3 {p2,p3}.
        p3 detected p1's crash and took p2 as its leader, then received view v3 [p2, p3] from p2 and installed v3 {p2,p3}.
        So p2 and p3 both moved from v2 to v3, but p2 delivered a1 in v2 and p3 did not.
        Required: two processes that both go from view V to view W delivered the same set of payloads in V.
    """)


def test_the_orphan_view_of_gms3_without_what_happens_to_the_joiner() -> None:
    witness = Witness("p3 asks for a multicast and never delivers it", (P3,))
    trace = replayed(ORPHAN)
    assert relevant(trace, witness) == {1, 2, 3, 4, 5}
    assert explain(trace, witness, at_rest=True) == paragraph("""
        The run starts in view v2 {p1,p2,p3}, with p1 as leader and p2 and p3 as slaves.
        p4 asked to join through p1 and sent join p4 to p1.
        p1 received join p4 from p4, sent view v3 [p1, p2, p3, p4] to p2, but crashed before it could send
        view v3 [p1, p2, p3, p4] to p3 and p4, or install v3 {p1,p2,p3,p4}.
        p2 received view v3 [p1, p2, p3, p4] from p1 and installed v3 {p1,p2,p3,p4}, then detected p1's crash, became
        the leader, sent view v3 [p1, p2, p3, p4] and view v4 [p2, p3, p4] to p3 and p4, and installed v4 {p2,p3,p4}.
        p3 detected p1's crash and took p2 as its leader.
        From here on, nothing more happens on its own;
        p3 never reads view v3 [p1, p2, p3, p4] (its leader is p1, p3's leader is p2; gms3.py:137) and
        view v4 [p2, p3, p4] (its n is 4, p3's n is 3; gms3.py:137) from p2.
        So p3 asks for a multicast and never delivers it.
    """)


def test_a_queue_that_the_witness_tells_of_is_not_told_twice() -> None:
    text = "p3 is stuck; unread: view v3 [p1, p2, p3, p4] from p2, view v4 [p2, p3, p4] from p2"
    trace = replayed(ORPHAN)
    told = replace(trace, flights=tuple(replace(flight, refusal=None) for flight in trace.flights))
    ending = f" From here on, nothing more happens on its own. So {text}."
    assert explain(told, Witness(text, (P3,)), at_rest=True).endswith(ending)
    assert "p3 never reads" in explain(trace, Witness(text, (P3,)), at_rest=True)  # with the reasons, which it does not tell


def test_a_leader_whom_nobody_watches() -> None:
    trace = run("gms1 --nodes 3", "p1 crashes")
    assert explain(trace, Witness("p2 asks for a multicast and never delivers it", (P2,)), at_rest=True) == paragraph("""
        The run starts in view v2 {p1,p2,p3}, with p1 as leader and p2 and p3 as slaves.
        p1 crashed; no process was monitoring it. From here on, nothing more happens on its own.
        So p2 asks for a multicast and never delivers it.
    """)


def test_one_lost_message_and_not_what_others_made_of_their_copies() -> None:
    trace = run(
        "gms3 --nodes 3 --drops 1",
        "p1 multicasts a1",
        "p2 receives msg 3: a1 from p1",
        "the network loses msg 3: a1 from p1 to p3 (position 1 in the queue)",
    )
    witness = Witness("p3 never delivered a1, which p1 delivered in v2 {p1,p2,p3}", (P3, P1), (A1,))
    assert relevant(trace, witness) == {1, 3}
    assert explain(trace, witness, at_rest=True) == paragraph("""
        The run starts in view v2 {p1,p2,p3}, with p1 as leader and p2 and p3 as slaves.
        p1 multicast a1: it sent "msg 3: a1" to p2 and p3, and delivered a1 in v2.
        The network lost "msg 3: a1" from p1 to p3. From here on, nothing more happens on its own.
        So p3 never delivered a1, which p1 delivered in v2 {p1,p2,p3}.
    """)


def test_one_false_suspicion() -> None:
    trace = run("gms3 --nodes 3 --suspicions 1", "p2 wrongly suspects p1", "p2 multicasts b1")
    witness = Witness("p3 never delivered b1, which p2 delivered in v3 {p2,p3}", (P3, P2), (B1,))
    assert explain(trace, witness, at_rest=True) == paragraph("""
        The run starts in view v2 {p1,p2,p3}, with p1 as leader and p2 and p3 as slaves.
        p2 wrongly suspected p1 of having crashed, became a leader, sent view v2 [p1, p2, p3] and view v3 [p2, p3] to p3,
        and installed v3 {p2,p3}.
        p2 multicast b1: it sent "msg 4: b1" to p3 and delivered b1 in v3.
        From here on, nothing more happens on its own;
        p3 never reads view v2 [p1, p2, p3] (its n is 2, p3's n is 3; gms3.py:137),
        view v3 [p2, p3] (its leader is p2, p3's leader is p1; gms3.py:137)
        and "msg 4: b1" (its n is 4, p3's n is 3; gms3.py:131) from p2.
        So p3 never delivered b1, which p2 delivered in v3 {p2,p3}.
    """)


def test_a_split_is_told_as_what_it_is() -> None:
    trace = run(
        "gms3 --nodes 3 --partitions 1",
        "p1 multicasts a1",
        "the network cuts p1 and p3 off from the others",
        "p2 detects that p1 is down",
        "the network heals",
    )
    assert explain(trace, None) == paragraph("""
        The run starts in view v2 {p1,p2,p3}, with p1 as leader and p2 and p3 as slaves.
        p1 multicast a1: it sent "msg 3: a1" to p2 and p3, and delivered a1 in v2.
        The network cut p1 and p3 off from p2, and lost "msg 3: a1" from p1 to p2.
        p2 concluded that p1 was down (it was only cut off), became a leader, sent view v2 [p1, p2, p3] and view v3 [p2, p3]
        to p3 (but p3 was cut off), and installed v3 {p2,p3}.
        The network healed.
    """)


def test_several_who_are_out_of_reach_share_a_reason_and_a_message_with_a_by_is_quoted() -> None:
    trace = run(
        "gmp-naive --nodes 3 --partitions 1",
        "the network cuts p1 and p2 off from the others",
        "p3 detects that p1 is down",
        "p3 detects that p2 is down",
        "p1 detects that p3 is down",
    )
    assert explain(trace, None) == paragraph("""
        The run starts in view v2 {p1,p2,p3}. The network cut p1 and p2 off from p3.
        p3 concluded that p1 was down (it was only cut off) and sent report({p1}) to p2 (but p2 was cut off), then concluded
        that p2 was down (it was only cut off), installed v3 {p3}, and sent expelled(3) to p1 and p2 (but p1 and p2 were cut
        off).
        p1 concluded that p3 was down (it was only cut off) and sent "propose v3 {p1,p2} by p1" to p2.
    """)


def test_a_request_that_dies_with_the_leader_and_a_timer() -> None:
    trace = run(
        "gms2 --nodes 2 --joins 1",
        "p3 asks to join through p1",
        "p1 crashes",
        "p2 multicasts b1",
        "p2 detects that p1 is down",
        "p3 times out (join)",
    )
    assert explain(trace, None) == paragraph("""
        The run starts in view v1 {p1,p2}, with p1 as leader and p2 as slave.
        p3 asked to join through p1 and sent join p3 to p1.
        p1 crashed with join p3 from p3 still unread.
        p2 multicast b1: it sent mcast b1 to p1 (but p1 had crashed), then detected p1's crash, became the leader, and
        installed v2 {p2}.
        p3 timed out (join) and ended itself (no reply from the leader).
    """)


def test_two_who_do_the_same_share_a_sentence() -> None:
    trace = run("gms2 --nodes 3", "p1 multicasts a1", "p2 receives msg a1 from p1", "p3 receives msg a1 from p1")
    assert explain(trace, None).endswith(" p2 and p3 received msg a1 from p1 and delivered a1 in v2.")


@pytest.mark.parametrize(
    ("protocol", "message", "consequence"),
    [("gms2", "msg a1", "delivered a1 in v1"), ("gms3", "msg 2: a1", "ignored it")],
)
def test_a_copy_is_called_a_copy(protocol: str, message: str, consequence: str) -> None:
    trace = run(
        f"{protocol} --nodes 2 --duplicates 1",
        "p1 multicasts a1",
        f"the network duplicates {message} from p1 to p2 (position 1 in the queue)",
        f"p2 receives {message} from p1",
        f"p2 receives {message} from p1",
    )
    quoted = f'"{message}"' if ":" in message else message
    assert explain(trace, None) == paragraph(f"""
        The run starts in view v1 {{p1,p2}}, with p1 as leader and p2 as slave.
        p1 multicast a1: it sent {quoted} to p2 and delivered a1 in v1. The network duplicated {quoted} from p1 to p2.
        p2 received {quoted} from p1 and delivered a1 in v1, then received the copy of {quoted} from p1 and {consequence}.
    """)


def test_a_run_that_repeats_is_said_to_go_on() -> None:
    told = explain(replace(replayed(GMS2), loop=3), Witness("Nobody is served", (P3,)))
    assert told.endswith(" Everything after step 3 repeats forever. So nobody is served.")


def test_of_a_long_run_the_weightiest_sentences_are_kept() -> None:
    rounds = [line for n in range(1, 6) for line in (f"p1 multicasts a{n}", f"p2 receives msg a{n} from p1")]
    told = explain(run("gms1 --nodes 2 --messages 5", *rounds), Witness("p2 is tired", (P2,)))
    assert told.count("p1 multicast a") + told.count("p2 received msg ") == SENTENCES
    assert told.count("p2 received msg ") == 5
    assert told.endswith(" (3 further steps omitted.) So p2 is tired.")


@pytest.mark.parametrize("scenario", FAULTS)
@pytest.mark.parametrize("protocol", [Gms1(), Gms2(), Gms3()], ids=lambda protocol: protocol.name)
def test_any_run_can_be_explained_in_one_line(protocol: Protocol, scenario: Scenario) -> None:
    for actions in walks(protocol, scenario, count=4):
        trace = Recorder(protocol, scenario, ALL).record(actions)
        told = explain(trace, Witness("p3 is unhappy", (P3,), (A1,)), "be happy", at_rest=True)
        assert told.endswith(" So p3 is unhappy. Required: be happy.")
        assert len(told.splitlines()) == 1


# --- a protocol that knows nothing of leaders and slaves -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Peer:
    """Passes what it gets on to the next one."""

    me: Node
    next_peer: Node


@dataclass(frozen=True, slots=True)
class Token:
    """A payload on its way round."""

    payload: object


class Ring(Protocol):
    """p1 to p3 in a ring; whoever gets something tells both others and turns around."""

    name = "ring"

    def step(self, state: Any, event: object) -> Outcome:
        match state, event:
            case Idle(me), Start() | Join():
                return Step(Peer(me, Node(me % 3 + 1)), (Install(View(0, (P1, P2, P3))),))
            case Peer(_, after), Multicast(payload):
                return Step(state, (Send(after, Token(payload)),))
            case Peer(me, after), Receive(_, Token(payload)):
                before = Node(6 - me - after)
                return Step(Peer(me, before), (*broadcast(Token((payload,)), (after, before)), Deliver(payload)))
        return None


def test_the_words_are_those_of_the_protocol() -> None:
    lines = (
        "p1 multicasts a1",
        "p2 receives token(a1) from p1",
        "p3 receives token([a1]) from p2 and crashes after 1 effect",
    )
    assert explain(record(Ring(), Scenario(), lines), Witness("a1 goes round forever", (P3,), (A1,))) == paragraph("""
        The run starts in view v0 {p1,p2,p3}.
        p1 multicast a1: it sent token(a1) to p2.
        p2 received token(a1) from p1, took p1 as its next peer, sent token([a1]) to p3 and p1, and delivered a1 in v0.
        p3 received token([a1]) from p2, sent token([[a1]]) to p1, but crashed before it could send token([[a1]]) to p2 or
        deliver [a1]; no process was monitoring it.
        So a1 goes round forever.
    """)


# --- how it begins -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lead:
    me: Node


@dataclass(frozen=True, slots=True)
class Follows:
    me: Node


class Verbs(Protocol):
    """A group whose states are not called by nouns; who follows takes the lead when the other one is down."""

    name = "verbs"

    def step(self, state, event):
        match state, event:
            case Idle(me), Start():
                return Step(Lead(me), (Install(View(1, (me,))),))
            case Idle(me), Join(contact):
                return Step(Follows(me), (Install(View(2, (contact, me))), Monitor(contact)))
            case Follows(me), Down():
                return Step(Lead(me), (Install(View(3, (me,))),))
        return None


def test_any_class_name_reads_well_and_views_that_differ_are_told() -> None:
    trace = record(Verbs(), Scenario(nodes=2), ("p1 crashes", "p2 detects that p1 is down"))
    assert explain(trace, None) == paragraph("""
        The run starts with p1 in view v1 {p1} and p2 in view v2 {p1,p2}, and with p1 in Lead and p2 in Follows.
        p1 crashed. p2 detected p1's crash, moved to Lead, and installed v3 {p2}.
    """)
