"""`groupy record`: write down what a real group does: an Erlang program on the Erlang that is installed, Corosync, Serf."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from groupy_check.checker.errors import UsageError
from groupy_check.checker.interfaces.commands.flags import Command, CommandLineError, file_path

if TYPE_CHECKING:
    from groupy_check.checker.history.recorders.stopping import LogRecorder

STATUS = """a line of the script is one of: start p1 · join p2 at p1 · multicast p2 a1 · crash p1 · crash p1 after 3 sends ·
settle · wait 1200 ms. Without a script, three processes form a group, and p1 dies behind its first send of a multicast.

On each node of a cluster, groupy record corosync joins a closed process group and multicasts, and groupy record serf listens to
the agent. Both go on until Ctrl-C. Then groupy judge results/corosync-*.jsonl --claims evs, and groupy judge
results/serf-*.jsonl --claims weak.

exit status: 0 recorded; errors as in groupy check"""
COROSYNC, SERF = "corosync", "serf"
MOST = 100_000
FLAGS = {"script": "a FILE.erl", "group": COROSYNC, "rate": COROSYNC, "rpc": SERF}  # what each is for


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy record`."""
    parser.add_argument("what", metavar="FILE.erl", type=file_path, help="a program, run as it is with your rights")
    parser.add_argument(
        "--out", type=file_path, default=Path("results"), metavar="DIR", help="where files go (default ./results)"
    )
    parser.add_argument("--script", metavar="FILE", type=file_path, help="FILE.erl: what happens to it, a line each (below)")
    parser.add_argument("--group", metavar="NAME", help="corosync: the closed process group (default groupy)")
    parser.add_argument("--rate", metavar="N", type=rate, help="corosync: multicasts a second, 0 for none (default 10)")
    parser.add_argument("--rpc", metavar="ADDRESS", help="serf: where the agent answers (default 127.0.0.1:7373)")


def rate(text: str) -> float:
    """Multicasts a second."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number") from None
    if not 0 <= value <= MOST:
        raise argparse.ArgumentTypeError(f"from 0 to {MOST:,} multicasts a second, not {text}")
    return value


def run(options: argparse.Namespace) -> int:
    """Record, and say where the files are."""
    from groupy_check.checker.counterexamples.output_files import check_directory

    check_directory(options.out)
    kind = str(options.what) if str(options.what) in (COROSYNC, SERF) else "a FILE.erl"
    for flag, meant in FLAGS.items():
        if getattr(options, flag) is not None and meant != kind:
            raise CommandLineError(f"--{flag} is for {meant}, not for {options.what}; leave it out")
    if kind == COROSYNC:
        return _record_system(lambda: _corosync(options), options.out)
    if kind == SERF:
        return _record_system(lambda: _serf(options), options.out)
    return _record_erlang(options)


def _corosync(options: argparse.Namespace) -> LogRecorder:
    from groupy_check.checker.history.recorders.corosync import CorosyncRecorder

    return CorosyncRecorder(options.group or "groupy", 10.0 if options.rate is None else options.rate)


def _serf(options: argparse.Namespace) -> LogRecorder:
    from groupy_check.checker.history.recorders.serf import SerfRecorder

    return SerfRecorder(options.rpc or "127.0.0.1:7373")


def _record_system(connected: Callable[[], LogRecorder], out: Path) -> int:
    from groupy_check.checker.counterexamples.output_files import errors_about
    from groupy_check.checker.history.recorders.stopping import RecorderError, record_until_stopped
    from groupy_check.checker.interfaces.program.output import say

    try:
        recorder = connected()
        path = out / f"{recorder.file_stem}.jsonl"
        if path.exists():
            raise UsageError(f"{path} is there already, of another run; move it away, or name another --out")
        with errors_about(out):
            out.mkdir(parents=True, exist_ok=True)
            done = record_until_stopped(recorder, path, lambda: say(f"recording {path}; Ctrl-C ends it"))
    except RecorderError as error:
        raise UsageError(str(error)) from error
    if done.ended:
        say(f"ended by itself: {done.ended}")
    say(f"{done.events:,} events: {path}")
    return 0


def _record_erlang(options: argparse.Namespace) -> int:
    from groupy_check.checker.counterexamples.output_files import errors_about
    from groupy_check.checker.erlang.recorder.real_runs import RealRunError, record
    from groupy_check.checker.erlang.recorder.script import CUT_BROADCAST, ScriptError
    from groupy_check.checker.interfaces.program.output import say
    from groupy_check.reports.atomic_write import write_text

    script = CUT_BROADCAST if options.script is None else _text(options.script).splitlines()
    _text(options.what)
    try:
        (real,) = record([(options.what, script)])
    except (RealRunError, ScriptError) as error:
        raise UsageError(str(error)) from error
    log, order = (options.out / f"{options.what.stem}-real{ending}.jsonl" for ending in ("", "-order"))
    with errors_about(options.out):
        options.out.mkdir(parents=True, exist_ok=True)
        write_text(log, real.log)
        write_text(order, real.order_text())
    say(f"{len(real.order)} events: {log}, {order}")
    say(f"Next: groupy judge {shlex.quote(str(log))}")
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}; check the name") from error


EXAMPLES = (
    ("gms2.erl", "three processes; the leader dies behind its first send"),
    ("gms2.erl --script faults.txt", "with the faults of a script"),
    ("corosync --rate 200", "a group of Corosync, as the daemon of this node serves it"),
    ("serf", "the members of a cluster, as Serf's agent on this node sees them"),
)

COMMAND = Command(
    "record",
    "write down what a real group does: an Erlang program, Corosync, Serf",
    add_flags,
    run,
    EXAMPLES,
    usage="FILE.erl|corosync|serf [flags]",
    status=STATUS,
)
