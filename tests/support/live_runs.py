"""Live runs for the tests: real processes, for a second or two."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.live.afterwards.conclusion import LiveConclusion, concluded
from groupy_check.checker.live.afterwards.reading import read_live_run
from groupy_check.checker.live.afterwards.replay import LiveReplay, replayed
from groupy_check.checker.live.controller import run_live
from groupy_check.checker.live.node import Pace
from groupy_check.checker.live.script import TimedCommand, chaos, parse_script
from groupy_check.checker.live.session import LiveRequest
from groupy_check.specs.registry import PROPERTIES

QUICK = Pace(multicasts=0.15, timer=0.3)
SILENT = Pace(multicasts=None, timer=0.3)


def ran(
    impl: str, folder: Path, script: Sequence[TimedCommand], seconds: float, pace: Pace, nodes: int, seed: int = 1
) -> list[str]:
    """Let it run. Returns what could not be done."""
    told: list[str] = []
    run_live(LiveRequest(load_protocol(impl), nodes, seconds, script, folder, pace, seed), told.append)
    return told


def scripted(impl: str, folder: Path, script: str, seconds: float = 1.0, pace: Pace = SILENT, nodes: int = 5) -> LiveConclusion:
    """The conclusion on a run under `script`."""
    assert ran(impl, folder, parse_script(script, "script"), seconds, pace, nodes) == []
    return concluded(folder, load_protocol(impl), (), PROPERTIES)


def chaotic(impl: str, folder: Path, seed: int, seconds: float = 1.2, nodes: int = 5) -> LiveReplay:
    """The replay of a run under the chaos with this seed."""
    ran(impl, folder, chaos(nodes, seconds, seed), seconds, QUICK, nodes, seed)
    return replayed(read_live_run(folder), load_protocol(impl))
