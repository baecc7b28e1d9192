"""Processes that are killed and come back with what they had stored: such a run replays exactly, too."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.live.afterwards.reading import read_live_run
from groupy_check.checker.live.afterwards.replay import LiveReplay, replayed
from groupy_check.checker.live.mailbox import Envelope, Mailbox
from groupy_check.checker.live.network import Gone, Restarted
from groupy_check.checker.live.node import Pace
from groupy_check.checker.live.script import chaos, parse_script
from groupy_check.checker.live.stable_storage import NOTHING, StableStorage
from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.system import Notice
from tests.support.live_runs import SILENT, ran, scripted

P1, P2 = Node(1), Node(2)
ECHOES = str(Path(__file__).with_name("echoes.py"))
FAST = Pace(multicasts=0.05, timer=0.3)
RESTARTED = """
from groupy_check import Gms3, Recover, Start

class Restarted(Gms3):
    def step(self, state, event):
        return super().step(state, Start() if isinstance(event, Recover) else event)
"""


def hard(seed: int, seconds: float) -> str:
    """A script in which two of p1, p2 and p3 may be down at a time, wherever SIGKILL finds them."""
    chance, at, lines = Random(seed), 0.2, list[str]()  # noqa: S311 - no secret
    while at < seconds:
        one, other = chance.sample((1, 2, 3), 2)
        lines.append(f"at {at:.3f}s kill p{one}{chance.choice(['', '', ' mid-broadcast'])}")
        if chance.random() < 0.3:
            lines.append(f"at {at + chance.random() * 0.1:.3f}s kill p{other}")
        at += 0.1 + chance.random() * 0.3
        lines += [f"at {at:.3f}s recover p{one}", f"at {at + 0.01:.3f}s recover p{other}"]
        if chance.random() < 0.3:
            lines += [f"at {at + 0.05:.3f}s cut p1 p4", f"at {at + 0.2:.3f}s heal"]
        at += 0.1 + chance.random() * 0.2
    return "\n".join(lines)


def run_hard(seed: int, folder: Path, seconds: float) -> LiveReplay:
    told = ran(ECHOES, folder, parse_script(hard(seed, seconds - 0.4), "script"), seconds, FAST, 4, seed)
    assert all("has not crashed" in one or "is not up" in one for one in told), told
    return replayed(read_live_run(folder), load_protocol(ECHOES))


def test_a_run_in_which_processes_come_back_again_and_again_replays_exactly(tmp_path: Path):
    replay = run_hard(1, tmp_path, 1.6)
    assert replay.misfit is None
    assert replay.trace.scenario.recoveries >= 2


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 60))
def test_such_runs_replay_exactly(seed: int, tmp_path: Path):
    assert run_hard(seed, tmp_path, 4.5).misfit is None


@pytest.mark.long
@pytest.mark.parametrize("impl", ["gmp-promise", "gmp-promise~answers-first", ECHOES])
@pytest.mark.parametrize("seed", range(1, 20))
def test_chaotic_runs_with_recoveries_replay_exactly(impl: str, seed: int, tmp_path: Path):
    ran(impl, tmp_path, chaos(5, 1.5, seed, recovers=True), 1.5, FAST, 5, seed)
    assert replayed(read_live_run(tmp_path), load_protocol(impl)).misfit is None


def test_a_group_that_is_founded_once_more_goes_back_to_its_first_view(tmp_path: Path):
    (tmp_path / "restarted.py").write_text(RESTARTED)
    script = "at 0.1s kill p1\nat 1s recover p1"
    found = scripted(str(tmp_path / "restarted.py"), tmp_path, script, seconds=1.4, nodes=3)
    # As `groupy-check ./restarted.py --recoveries 1` finds: a crash and a recovery.
    assert found.result.finding("monotonic-views").length == 2
    assert (found.replay.misfit, found.replay.trace.scenario.worker) == (None, False)


def test_who_cannot_come_back_is_told_why(tmp_path: Path):
    script = parse_script("at 0.1s recover p2\nat 0.1s kill p1\nat 0.1s freeze p3\nat 1s recover p1", "script")
    assert ran("gmp-promise", tmp_path, script, 1.2, SILENT, 3) == [
        "at 0.1s: p2 has not crashed; those that have: none",
        "at 1s: p3 is frozen and cannot take new connections: go on p3 first",
    ]
    (none,) = ran("gms3", tmp_path, parse_script("at 0.1s recover p2", "script"), 0.2, SILENT, 3)
    assert none == "at 0.1s: the processes of gms3 do not come back: it has no rule for Recover"


def test_what_was_sent_before_the_crash_comes_first_then_its_notice_and_then_what_is_sent_after_the_recovery():
    mailbox = Mailbox(P1, [P2])
    mailbox.monitor(P2)
    mailbox.arrive(Envelope(P2, "before", 0), now=5.0)  # on a slow link
    mailbox.links[P2].waiting[0] = (9.0, mailbox.links[P2].waiting[0][1])
    mailbox.apply(1, Gone(P2))
    mailbox.end(P2)
    assert mailbox.last_sent(P2) == NOTHING
    mailbox.apply(2, Restarted(P2))
    mailbox.arrive(Envelope(P2, "after", 2), now=6.0)
    mailbox.settle(8.0)
    assert list(mailbox.offered()) == []
    mailbox.settle(9.0)
    assert [one.entry for one in mailbox.offered()] == ["before", Notice.DOWN, "after"]
    mailbox.monitor(P2)  # it is up again
    assert mailbox.watching == {P2}
    mailbox.demonitor(P2)
    assert [one.entry for one in mailbox.offered()] == ["before", "after"]


def test_stable_storage_says_who_has_written_it(tmp_path: Path):
    storage = StableStorage(tmp_path, P1)
    assert storage.read() == (None, NOTHING)
    storage.write(View(2, (P1, P2)), (7, 1))
    storage.write((1, "two"), (8, 0))
    assert StableStorage(tmp_path, P1).read() == ((1, "two"), (8, 0))
    assert [path.name for path in tmp_path.iterdir()] == ["p1.stored"]
