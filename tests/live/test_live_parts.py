"""The parts of a live run by themselves: values that travel, mailboxes, scripts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groupy_check.checker.errors import ProtocolError, UsageError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.interfaces.commands.live import SCRIPTS
from groupy_check.checker.live.afterwards.conclusion import _beyond
from groupy_check.checker.live.afterwards.reading import LoggedRun
from groupy_check.checker.live.mailbox import Envelope, Mailbox
from groupy_check.checker.live.network import (
    Gone,
    Joined,
    LinkCut,
    Mended,
    NetworkChange,
    Parted,
    change_of_json,
    change_to_json,
)
from groupy_check.checker.live.script import EXAMPLES, LiveCommand, chaos, parse_command, parse_script
from groupy_check.checker.live.values import decoded, encoded
from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.system import Notice

P1, P2, P3 = map(Node, (1, 2, 3))


class Kind(Enum):
    ONE = 1


class Pair(NamedTuple):
    left: int
    right: object


class Loose:
    def __init__(self, inner: object) -> None:
        self.inner = inner

    def __eq__(self, other: object) -> bool:
        return type(other) is Loose and self.inner == other.inner

    def __hash__(self) -> int:
        return hash(self.inner)


@dataclass(frozen=True, slots=True)
class Told:
    who: Node
    what: object


atoms = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.sampled_from([P1, Kind.ONE, View, 1.5])
values = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner).map(tuple)
        | st.frozensets(inner)
        | st.builds(Told, st.just(P2), inner)
        | st.builds(Pair, st.just(1), inner)
        | st.builds(Loose, inner)
    ),
    max_leaves=8,
)


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
@given(values)
def test_a_value_arrives_as_it_was_sent(value: object):
    arrived = decoded(encoded(value))
    assert (arrived, type(arrived), repr(type(arrived))) == (value, type(value), repr(type(value)))


def test_a_process_arrives_as_a_process():
    arrived = decoded(encoded(Change(P3, 2)))
    assert (str(arrived), type(arrived.origin)) == ("c2", Node)


def test_what_cannot_travel_is_refused():
    with pytest.raises(ProtocolError, match="a generator cannot be sent"):
        encoded(character for character in "ab")

    class Local:
        pass

    with pytest.raises(ProtocolError, match="define it at the top of its file"):
        encoded(Local())
    with pytest.raises(ValueError, match="no class os:system is loaded"):
        decoded(["object", "os:system", {}])


CHANGES = [Joined(P3, P1), Gone(P2), LinkCut(P1, P2), Parted((P1, P3)), Mended()]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_network_is_read_as_it_was_written(change: NetworkChange):
    assert change_of_json(change_to_json(change)) == change


def entries(mailbox: Mailbox) -> list[object]:
    mailbox.settle(now=1.0)
    return [envelope.entry for envelope in mailbox.envelopes]


def test_a_notice_comes_behind_everything_that_is_still_under_way():
    mailbox = Mailbox(P1, [P2])
    mailbox.monitor(P2)
    mailbox.apply(1, Gone(P2))
    assert entries(mailbox) == []
    mailbox.arrive(Envelope(P2, "last words"), now=0.0)
    mailbox.end(P2)
    assert entries(mailbox) == ["last words", Notice.DOWN]


def test_a_message_waits_for_its_epoch_and_one_from_before_a_cut_is_lost():
    mailbox = Mailbox(P1, [P2])
    mailbox.arrive(Envelope(P2, "before", epoch=0), now=0.0)
    mailbox.arrive(Envelope(P2, "after", epoch=2), now=0.0)
    mailbox.apply(1, LinkCut(P1, P2))
    assert (entries(mailbox), mailbox.reaches(P2)) == ([], False)
    mailbox.apply(2, Mended())
    assert (entries(mailbox), mailbox.reaches(P2)) == (["after"], True)


def test_a_slow_link_delays_the_end_too():
    mailbox = Mailbox(P1, [P2])
    mailbox.links[P2].delay = 5.0
    mailbox.monitor(P2)
    mailbox.arrive(Envelope(P2, "late"), now=0.0)
    mailbox.end(P2)
    mailbox.apply(1, Gone(P2))
    assert (entries(mailbox), mailbox.next_time()) == ([], 5.0)
    mailbox.settle(now=5.0)
    assert [envelope.entry for envelope in mailbox.envelopes] == ["late", Notice.DOWN]


def test_monitors_across_a_split_fire_once_and_a_new_one_at_once():
    mailbox = Mailbox(P1, [P2, P3])
    mailbox.monitor(P2)
    mailbox.apply(1, Parted((P1, P3)))
    assert (entries(mailbox), mailbox.watching) == ([Notice.DOWN], set())
    mailbox.monitor(P2)
    assert entries(mailbox) == [Notice.DOWN, Notice.DOWN]
    mailbox.demonitor(P2)
    assert entries(mailbox) == []


def test_a_cut_link_makes_a_suspicion_that_a_real_end_replaces():
    mailbox = Mailbox(P1, [P2])
    mailbox.monitor(P2)
    mailbox.apply(1, LinkCut(P1, P2))
    assert (mailbox.suspects, entries(mailbox)) == ({P2}, [])
    mailbox.end(P2)
    mailbox.apply(2, Gone(P2))
    assert (mailbox.suspects, entries(mailbox)) == (set(), [Notice.DOWN])


def test_a_script_is_read_in_the_order_of_its_times():
    text = "# first\nat 2s kill p1 mid-broadcast\nat 0.5 s go on p2\n\nat 3s slow p1 p2 0.2\nat 4s kill p3 after 2\nat 5s join"
    assert [(timed.at, timed.command) for timed in parse_script(text, "x")] == [
        (0.5, LiveCommand("go on", (P2,))),
        (2.0, LiveCommand("kill mid-broadcast", (P1,))),
        (3.0, LiveCommand("slow", (P1, P2), 0.2)),
        (4.0, LiveCommand("kill after", (P3,), 2.0)),
        (5.0, LiveCommand("join")),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kill p1", "x:1: a line is `at 2s kill p1`: at, a time, a command"),
        ("at 1s kil p1", "x:1: unknown command 'kil': did you mean kill?"),
        ("at 1s cut p1", "x:1: write `cut p1 p2`"),
        ("at 1s slow p1 p2", "x:1: write `slow p1 p2 0.2`"),
        ("at 1s part", "x:1: write `part p1 p2`"),
    ],
)
def test_a_line_that_means_nothing_is_named(text: str, told: str):
    with pytest.raises(UsageError) as error:
        parse_script(text, "x")
    assert str(error.value) == told


def test_the_help_names_every_command():
    assert [command for command in EXAMPLES.values() if command not in " ".join(SCRIPTS.split())] == []
    assert all(parse_command(command) for command in EXAMPLES.values())


def test_a_command_can_be_typed():
    assert parse_command("join through p2") == LiveCommand("join through", (P2,))


def test_a_run_that_was_split_or_cut_says_by_what_it_is_judged():
    protocol = load_protocol("gms1")
    runs: list[tuple[NetworkChange, ...]] = [(Parted((P1,)), Mended()), (LinkCut(P1, P2),), (Gone(P2),)]
    told = [_beyond(LoggedRun("gms1", 3, True, events, ()), protocol) for events in runs]
    begins = [[text.partition(", ")[0] for text in texts] for texts in told]
    assert begins == [["the network was split"], ["a link was cut"], []]
    assert "judged by what gms1 claims" in told[0][0]
    assert "--claims evs" in told[0][0]


def test_a_kind_of_system_that_is_not_known_is_refused_before_anything_runs(capsys):
    assert main(["live", "gms1", "--claims", "evss"]) == 151
    assert capsys.readouterr().err == "groupy: --claims: unknown kind of system 'evss': did you mean evs?\n"


def test_the_same_seed_draws_the_same_chaos():
    drawn = [chaos(5, 4.0, seed) for seed in (7, 7, 8)]
    assert drawn[0] == drawn[1] != drawn[2]
    # A process that is spared, and a time that is kept.
    assert all(0 < timed.at < 4.0 for timed in drawn[0])
