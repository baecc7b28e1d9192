"""The referee on systems so small that their states were counted by hand; each test names the states."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from groupy_check.groupy_model.effects import CancelTimer, Deliver, Halt, Install, Monitor, Send, SetTimer, View
from groupy_check.groupy_model.events import Down, Join, Leave, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Delivered, Installed, Sent, Status
from groupy_check.groupy_model.protocol import Protocol, Step
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from tests.semantics import user_like
from tests.semantics.referee import explore, verdicts
from tests.semantics.sentences import VIOLATED
from tests.semantics.world import NOTICE, kept, key

P1, P2 = Node(1), Node(2)
TOGETHER = Install(View(1, (P1, P2)))
ALL = {Sent, Delivered, Installed}


class ByRules(Protocol):
    """`rules` maps (state, event) to a Step; both processes install one view and are then in the states 1 and 2."""

    def __init__(self, rules, joining=()):
        self.rules = rules
        self.joining = joining

    def step(self, state, event):
        match event:
            case Start():
                return Step(1, (TOGETHER,))
            case Join():
                return Step(2, (TOGETHER, *self.joining))
            case Multicast() if ("multicast", state) in self.rules:
                return self.rules["multicast", state]
            case Leave():
                return self.rules.get((state, "leave"))
            case Receive(_, message):
                return self.rules.get((state, message))
            case Down():
                return self.rules.get((state, "down"))
            case Timeout():
                return self.rules.get((state, "timeout"))
        return None


def counts(protocol, scenario, keep=()):
    """(distinct, generated, at rest, depth)"""
    return explore(protocol, scenario, set(keep))[:4]


def test_keys_tell_types_apart():
    assert key((1, frozenset({2}))) == key((1, frozenset({2})))
    assert len({key(1), key(True), key(1.0), key((1,)), key(((1,),)), key(P1)}) == 6
    assert key(Sent(1)) != key(Delivered(1)) != key(Delivered(True))


def test_one_process():
    rules = {("multicast", 1): Step(1, (Deliver("x"),))}
    # Untouched, asked; with a crash also: crashed before, crashed after.
    assert counts(ByRules(rules), Scenario(nodes=1, messages=1, crashes=0), ALL) == (2, 2, 2, 1)
    assert counts(ByRules(rules), Scenario(nodes=1, messages=1, crashes=1), ALL) == (4, 4, 4, 2)


def test_a_crash_between_two_effects():
    rules = {("multicast", 1): Step(1, (Send(P2, "m"), Deliver("x"))), (2, "m"): Step(2, (Deliver("x"),))}
    # A beginning; after one step B asked, C cut, D p1 crashed, E p2 crashed; F received, G p1 crashed on B, H p2 crashed on B
    # and asked in E, I received after the cut; K p1 crashed on F and received in G, L p2 crashed on F. Owed in B, C, G.
    assert counts(ByRules(rules), Scenario(nodes=2, messages=1, crashes=1), ALL) == (11, 13, 8, 3)


def test_a_bag_tells_1_from_true():
    sends = (Send(P2, 1), Send(P2, True), Send(P2, 1))
    rules = {("multicast", 1): Step(1, sends), (2, 1): Step(2)}  # which a dict finds for True as well
    # In a bag (ones, trues): the beginning, 21, 20, 11, 10, 01, 00. In a queue the beginning and what is left: 3, 2, 1, 0.
    assert counts(ByRules(rules), Scenario(nodes=2, messages=1, crashes=0, order=Order.ANY)) == (7, 9, 2, 4)
    assert counts(ByRules(rules), Scenario(nodes=2, messages=1, crashes=0)) == (5, 5, 2, 4)


def test_selective_receive_behind_a_notice():
    rules = {("multicast", 1): Step(1, (Send(P2, "m"),)), (2, "down"): Step("alone"), ("alone", "m"): Step("alone")}
    # A; B asked (m waits: at rest), C p1 crashed, D p2 crashed; E p1 crashed on B, F p2 crashed on B and asked in D, G told
    # in C; H told in E; I received in H.
    protocol = ByRules(rules, joining=(Monitor(P1),))
    assert counts(protocol, Scenario(nodes=2, messages=1, crashes=1)) == (9, 10, 6, 4)
    # With a rule for m at once: owed in B is J, received, from where a crash of p1 leads to K, where E leads too, and one of p2
    # to F; K leads to L, told. There is no H. Where the notice may overtake m, E leads to H as well, and H to L.
    rules[2, "m"] = Step(2)
    assert counts(protocol, Scenario(nodes=2, messages=1, crashes=1)) == (10, 13, 6, 4)
    assert counts(protocol, Scenario(nodes=2, messages=1, crashes=1, detector=Detector.OVERTAKING)) == (11, 15, 6, 4)


def test_timers_at_rest_and_early():
    rules = {
        ("multicast", 1): Step(1, (Send(P1, "m"), SetTimer("t"))),
        (1, "m"): Step(1),
        (1, "timeout"): Step(1, (Halt("t"),)),
    }
    # A; B asked; C received; D halted, early too.
    at_rest = Scenario(nodes=1, messages=1, crashes=0)
    early = Scenario(nodes=1, messages=1, crashes=0, timing=Timing.ANY, timeouts=1)
    assert counts(ByRules(rules), at_rest, ALL) == (4, 4, 2, 3)
    assert counts(ByRules(rules), early, ALL) == (4, 5, 2, 2)
    assert verdicts(explore(ByRules(rules), at_rest, ALL), ["termination"]) == {"termination": 3}
    assert verdicts(explore(ByRules(rules), early, ALL), ["termination"]) == {"termination": 2}


def test_a_partition_and_a_suspicion():
    protocol = ByRules({(2, "down"): Step("alone")}, joining=(Monitor(P1),))
    # A; B split, a notice waits; C told; D healed before; E both.
    assert counts(protocol, Scenario(nodes=2, messages=0, crashes=0, partitions=1)) == (5, 6, 3, 3)
    assert counts(protocol, Scenario(nodes=2, messages=0, crashes=0, suspicions=1)) == (2, 2, 2, 1)


def test_loss_and_duplication():
    rules = {("multicast", 1): Step(1, (Send(P2, "m"),)), (2, "m"): Step(2)}
    # The beginning, and (copies, drops, duplicates left): 111, 011, 001, 210, 110, 100, 010, 000. Of two copies either may be
    # lost.
    assert counts(ByRules(rules), Scenario(nodes=2, messages=1, crashes=0, drops=1, duplicates=1)) == (9, 11, 5, 4)


def test_a_duplicate_may_come_anywhere_behind_its_original():
    # Asked, nothing is received; then m m n, m n m, or m n n. Of two equal ones the first is duplicated, and m m m is m m m.
    once_more = Scenario(nodes=2, messages=1, crashes=0, duplicates=1)
    assert counts(ByRules({("multicast", 1): Step(1, (Send(P2, "m"), Send(P2, "n")))}), once_more) == (5, 5, 5, 2)
    assert counts(ByRules({("multicast", 1): Step(1, (Send(P2, "m"), Send(P2, "m")))}), once_more) == (3, 3, 3, 2)
    # In a bag the copy is one more, whichever it is of; of two equal ones either may be lost.
    any_order = replace(once_more, order=Order.ANY)
    assert counts(ByRules({("multicast", 1): Step(1, (Send(P2, "m"), Send(P2, "n")))}), any_order) == (4, 4, 4, 2)
    assert counts(ByRules({("multicast", 1): Step(1, (Send(P2, "m"), Send(P2, "m")))}), any_order) == (3, 3, 3, 2)
    once_less = Scenario(nodes=2, messages=1, crashes=0, drops=1, order=Order.ANY)
    assert counts(ByRules({("multicast", 1): Step(1, (Send(P2, "m"), Send(P2, "m")))}), once_less) == (3, 4, 3, 2)


def test_a_notice_divides_a_bag():
    rules = {
        ("multicast", 1): Step(1, (Send(P2, "m"), Halt("done"))),
        (2, "m"): Step(2),
        (2, "down"): Step("alone"),
        ("alone", "m"): Step("alone"),
    }
    protocol, queue = ByRules(rules, joining=(Monitor(P1),)), Scenario(nodes=2, messages=1, crashes=0, duplicates=1)
    # The beginning, mN; C N, D mNm (the copy comes behind the notice, which waits for the first m alone); E nothing, told;
    # F Nm; G N, H m, told; I nothing, told.
    bag = replace(queue, order=Order.ANY)
    assert counts(protocol, bag) == (9, 10, 3, 5)
    # In a queue there is mmN beside mNm, which leads to another mN, and there to G; and Nm leads to H alone.
    assert counts(protocol, queue) == (11, 12, 3, 5)
    # Where notices have no place, p2 may be told in mN, J, in D, K, and in F; J leads to E and K, K to H.
    assert counts(protocol, replace(bag, detector=Detector.OVERTAKING)) == (11, 15, 3, 5)


def test_which_channels_are_the_same():
    m, n, o = (("message", word) for word in "mno")
    channels = [(m, NOTICE, n, o), (m, NOTICE, o, n), (m, n, NOTICE, o)]
    for order, detector, distinct in [
        (Order.FIFO, Detector.PERFECT, 3),
        (Order.FIFO, Detector.OVERTAKING, 3),
        (Order.ANY, Detector.PERFECT, 2),
        (Order.ANY, Detector.OVERTAKING, 1),
    ]:
        assert len({kept(entries, Scenario(order=order, detector=detector)) for entries in channels}) == distinct


def test_timers_beside_endless_traffic():
    serve, again = (SetTimer("t"), Send(P1, "ball")), Send(P1, "ball")
    rules = {("multicast", 1): Step(1, serve), (1, "ball"): Step(1, (again,)), (1, "timeout"): Step("fired")}
    alone = Scenario(nodes=1, messages=1, crashes=0)
    # A; B asked, the ball comes back to B; C fired, it waits. Without a budget there is no C, and none if each ball, or one of
    # two that take turns, sets the timer, or cancels it.
    assert counts(ByRules(rules), alone) == (3, 4, 2, 2)
    assert counts(ByRules(rules), replace(alone, timeouts=0)) == (2, 3, 1, 1)
    assert counts(ByRules({**rules, (1, "ball"): Step(1, (again, SetTimer("t")))}), alone) == (2, 3, 1, 1)
    turns = {
        (1, "ball"): Step("1'", (again,)),
        ("1'", "ball"): Step(1, (again, SetTimer("t"))),
        ("1'", "timeout"): Step("fired"),
    }
    assert counts(ByRules({**rules, **turns}), alone) == (3, 4, 1, 2)
    # Another timer is none of its business; one more state in which the ball may wait when it fires.
    turns["1'", "ball"] = Step(1, (again, SetTimer("u"), CancelTimer("u")))
    assert counts(ByRules({**rules, **turns}), alone) == (4, 6, 2, 2)


def test_a_cycle_that_starves_something_holds_timers_back():
    serve = (SetTimer("t"), Send(P1, "ball"), Send(P1, "other"))
    rules = {
        ("multicast", 1): Step(1, serve),
        (1, "ball"): Step(1, (Send(P1, "ball"),)),
        (1, "other"): Step(1),
        (1, "timeout"): Step("fired"),
    }
    # In a bag: A; B both there, or again after the ball; C the other one is taken, or again; D fired in C alone.
    bag = Scenario(nodes=1, messages=1, crashes=0, order=Order.ANY)
    assert counts(ByRules(rules), bag) == (4, 6, 2, 3)
    # Without a rule for it, it holds nothing back: A, B, fired.
    del rules[1, "other"]
    assert counts(ByRules(rules), bag) == (3, 4, 2, 2)


def test_joining_and_leaving():
    # A p1 alone; B p2 joined, C p2 crashed between its two effects or on B, D p1 crashed; E p1 crashed on B.
    joining = Scenario(nodes=2, messages=0, beginning=Beginning.JOINING)
    assert counts(ByRules({}, joining=(Monitor(P1),)), joining, ALL) == (5, 6, 5, 2)
    # A; B p1 left, C cut before the Halt, D p1 crashed, E p2 crashed; F p2 crashed on B and left in E. Nobody reads "bye".
    rules = {(1, "leave"): Step(1, (Send(P2, "bye"), Halt("left"), Deliver("x")))}
    assert counts(ByRules(rules), Scenario(nodes=2, messages=0, leaves=1), ALL) == (6, 7, 6, 2)


class Eager(Protocol):
    """Delivers its own at once, and what others send when it comes."""

    def step(self, state, event):
        match event:
            case Start() | Join():
                return Step(P1 if event == Start() else P2, (TOGETHER,))
            case Multicast(payload):
                return Step(state, (Deliver(payload), Send(P1 if state == P2 else P2, payload)))
            case Receive(_, payload):
                return Step(state, (Deliver(payload),))
        return None


def test_orders():
    names = ["integrity", "total-order", "prefix-order", "fifo", "causal", "virtual-synchrony", "view-agreement"]
    found = verdicts(explore(Eager(), Scenario(nodes=2, messages=2, crashes=0), ALL), names)
    # Both ask: prefixes differ. Both receive: orders differ.
    assert found == {**dict.fromkeys(names), "total-order": 4, "prefix-order": 2}
    found = verdicts(explore(Eager(), Scenario(nodes=2, messages=2, crashes=0, order=Order.ANY), ALL), names)
    # p1 asks twice, p2 receives the second.
    assert found == {**dict.fromkeys(names), "total-order": 4, "prefix-order": 2, "fifo": 3, "causal": 3}
    found = verdicts(explore(Eager(), Scenario(nodes=2, messages=1, crashes=0, duplicates=1), ALL), names)
    assert found == {**dict.fromkeys(names), "integrity": 4}


def life(node, text, status=Status.UP, founder=True):
    """A life, its log in words: `>a` asked for a, `a` delivered, `2:13` installed view 2 of p1 and p3, `+ab` adopted both."""
    log = []
    for word in text.split():
        number, colon, members = word.partition(":")
        if colon:
            log.append(("installed", (int(number), tuple(map(int, members)))))
        elif word in ("left", "ended"):
            log.append((word, True))
        elif word[0] in ">+":
            log.append(("sent", word[1:]) if word[0] == ">" else ("adopted", tuple(word[1:])))
        else:
            log.append(("delivered", word))
    status = Status.HALTED if "ended" in text else status
    return {"node": node, "status": status, "founder": founder, "log": log, "returns": False}


SENTENCES = [  # property, is it violated, logs; a log that begins with x is of a process that has crashed,
    # with j of a joiner, with - of one that has not started
    ("integrity", True, (">a a", "a a")),
    ("integrity", True, ("", "a")),
    ("integrity", False, ("a", ">a")),
    ("integrity", True, (">a", "j +a a")),
    ("integrity", True, ("", "j +a")),
    ("total-order", True, ("a b", "b c", "c a")),
    ("uniform-total-order", True, ("a b", "xj +ba")),
    ("fifo", True, (">a >b", "j +ba")),
    ("causal", True, ("1:12 >a >b", "j +ba")),
    ("causal", False, ("1:12 a >b >c", "1:12 >a", "j 2:123 a c")),
    ("accuracy", False, ("1:1 2:12 3:1", "-")),
    ("termination", False, ("1:12 ended", "1:12 2:2")),
    ("termination", True, ("1:12 3:1 ended", "1:12 2:2")),
    ("virtual-synchrony", True, ("1:12 1:12", "1:12 a 1:12")),
    ("primary-partition", True, ("1:1 3:1", "j 2:12")),
    ("primary-partition", True, ("1:1 2:1", "2:12")),
    ("primary-partition", True, ("1:12 4:12", "x 1:12 3:12")),
    ("primary-partition", False, ("1:12 4:12", "1:12 2:12 3:12")),
    ("primary-partition", True, ("1:12 3:12", "1:12 2:12 4:12")),
    ("total-order", True, ("a b", "b c a")),
    ("total-order", False, ("a b a", "a c b")),
    ("total-order", False, ("a b", "x b a")),
    ("total-order", False, ("a b", "b a left")),
    ("uniform-total-order", True, ("a b", "x b a")),
    ("prefix-order", True, ("1:12 a b", "1:12 b")),
    ("prefix-order", False, ("1:12 a b", "1:12 a")),
    ("prefix-order", False, ("1:1 a 2:12 b", "j 2:12 b c")),
    ("prefix-order", False, ("1:1 a", "1:2 b")),
    ("total-order", True, ("1:12 a b ended", "1:12 b a")),
    ("total-order", False, ("1:12 a b ended", "1:12 2:2 b a")),
    ("prefix-order", False, ("1:12 a ended", "1:12 2:2 b")),
    ("fifo", True, (">a >b a b", "b")),
    ("fifo", False, (">a >b a b", "j b")),
    ("fifo", True, (">a >b >c", "j a c")),
    ("fifo", True, ("1:1 >a 2:12 >b >c", "j 2:12 c")),
    ("fifo", False, ("1:1 >a 2:12 >b >c", "j 2:12 b")),
    ("fifo", True, ("", "j 2:2 >a >b b")),
    ("causal", True, ("1:12 >a a", "1:12 a >b b", "1:12 b")),
    ("causal", True, ("1:12 >a a", "1:12 a >b b", "j b a")),
    ("causal", False, ("1:12 >a a", "1:12 a 2:123 >b b", "j 2:123 b")),
    ("causal", True, ("1:12 >a a", "1:12 2:123 a >b b", "j 2:123 b")),
    ("causal", True, ("1:12 >a >b >c", "", "j a c")),
    ("view-agreement", True, ("1:12 2:12", "x 2:21")),
    ("view-agreement", False, ("1:12 2:12", "2:12")),
    ("monotonic-views", True, ("2:1 2:1",)),
    ("monotonic-views", False, ("2:1 4:1", "1:2")),
    ("self-inclusion", True, ("1:12", "1:1")),
    ("accuracy", True, ("1:12 2:1", "")),
    ("accuracy", False, ("1:12 2:1", "x")),
    ("accuracy", False, ("1:12 2:1", "left")),
    ("accuracy", False, ("1:12 2:1", "ended")),
    ("primary-partition", True, ("1:12 2:1", "x")),
    ("primary-partition", True, ("1:123 2:12", "1:123 3:23", "")),
    ("primary-partition", False, ("1:123 2:12", "1:123 2:12 3:12", "1:123 3:12")),
    ("primary-partition", True, ("1:1 2:12 3:123", "j 3:123 2:12", "j ")),
    ("primary-partition", False, ("1:1", "j 2:12")),
    ("primary-partition", True, ("1:1 2:12", "j 3:2")),
    ("virtual-synchrony", True, ("1:12 a 2:12", "x 1:12 2:12 a")),
    ("virtual-synchrony", False, ("1:12 a b 2:12", "1:12 b a 2:12 c")),
    ("virtual-synchrony", False, ("1:12 a 2:12", "1:12 3:12")),
    ("same-view-delivery", True, ("1:12 a 2:12", "1:12 2:12 a")),
    ("same-view-delivery", True, ("1:12 a", "a 1:12")),
    ("sending-view-delivery", True, ("1:1 >a 2:1 a",)),
    ("sending-view-delivery", False, ("1:12 >a", "1:12 a b")),
    ("state-transfer", True, ("1:1 a 2:12 b", "j +ab 2:12")),
    ("state-transfer", False, ("1:1 a c 2:12 b", "j +ca 2:12")),
    ("state-transfer", True, ("j +a b 3:12", "j +a 3:12")),
    ("termination", True, ("1:1 ended",)),
    ("termination", False, ("1:1 left ended", "j ended")),
]


@pytest.mark.parametrize(("name", "violated", "logs"), SENTENCES)
def test_a_sentence(name, violated, logs):
    fates = {"x": {"status": Status.CRASHED}, "j": {"founder": False}, "-": {"status": Status.ABSENT}}
    fates["xj"] = fates["x"] | fates["j"]
    marks = [re.match("[xj-]*", log)[0] for log in logs]
    found = [life(node + 1, log.lstrip("xj-"), **fates.get(marks[node], {})) for node, log in enumerate(logs)]
    assert VIOLATED[name](found) is violated


DRAWN = "[user_like.drawn(seed, kind)[0].knobs for seed in range(9) for kind in ('', 'endless')]"


def test_a_seed_says_it_all():
    again = subprocess.run(
        [sys.executable, "-c", f"from tests.semantics import user_like; print({DRAWN})"],
        cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    drawn = [user_like.drawn(seed, kind)[0].knobs for seed in range(9) for kind in ("", "endless")]
    assert again.stdout.strip() == str(drawn)
    assert user_like.Drawn3 is type(user_like.case(3).protocol)
    assert user_like.Endless3 is type(user_like.case(3, kind="endless").protocol)
