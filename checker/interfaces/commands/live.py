"""`groupy live`: let real processes run a protocol, break them, and judge what has happened."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from groupy_check.checker.errors import GroupyError, UsageError
from groupy_check.checker.interfaces.commands.flags import (
    EXIT_STATUS,
    Command,
    add_impl,
    add_verdict_flags,
    file_path,
    impl_of,
    limit,
    number,
)

if TYPE_CHECKING:
    from groupy_check.checker.live.script import TimedCommand
    from groupy_check.checker.live.session import LiveRequest
    from groupy_check.groupy_model.protocol import Protocol


SCRIPTS = """a script has a line for each command, such as `at 2s kill p1`. The commands: kill p1; kill p1 mid-broadcast;
kill p1 after 2 (messages of its next broadcast); recover p1 (a rule for Recover brings it back); freeze p2; go on p2;
multicast p3; join; join through p2; leave p3; cut p1 p2 (their link); slow p1 p2 0.2 (seconds); part p1 p2 (from the others);
heal; quiet (no more multicasts)."""


def seconds(text: str) -> float:
    """A time above zero."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds") from None
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"a time must be above 0 seconds, not {text}")
    return value


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy live`."""
    add_impl(parser)
    parser.add_argument("--nodes", type=limit, default=5, metavar="N", help="processes of the group (default 5)")
    parser.add_argument("--headless", action="store_true", help="no page: run for --seconds, then judge")
    parser.add_argument(
        "--seconds", type=seconds, default=10.0, metavar="S", help="how long it runs without a page (default 10)"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--script", type=file_path, metavar="FILE", help="what to do, in lines such as: at 2s kill p1")
    what.add_argument("--chaos", action="store_true", help="kill, recover, freeze, cut, part and join at random")
    parser.add_argument(
        "--seed", type=number, default=1, metavar="N", help="of the chaos, and of the nodes' chances (default 1)"
    )
    parser.add_argument(
        "--every", type=seconds, default=1.0, metavar="S", help="mean time between two multicasts of a node (default 1)"
    )
    parser.add_argument("--silent", action="store_true", help="nodes multicast on command only")
    parser.add_argument("--port", type=number, default=0, metavar="N", help="port on this machine (default: any free one)")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="only print the address of the page")
    parser.add_argument(
        "--timer", type=seconds, default=0.5, metavar="S", help="how long a protocol's timers run (default 0.5)"
    )
    parser.add_argument(
        "--claims", metavar="KIND",
        help="judge by what such a system promises: primary, evs, weak, atomic, or a protocol (default: what this one claims)",
    )  # fmt: skip
    add_verdict_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Run it, judge, print, write."""
    from groupy_check.checker.counterexamples.output_files import check_directory
    from groupy_check.checker.exit_status import NOTHING_FOUND
    from groupy_check.checker.history.claims import claims_named
    from groupy_check.checker.inputs.protocols import load_protocol
    from groupy_check.checker.interfaces.commands.verdicts import conclude, verdict_request
    from groupy_check.checker.interfaces.program.output import say
    from groupy_check.checker.live.afterwards.conclusion import concluded
    from groupy_check.checker.live.controller import run_live

    protocol = load_protocol(impl_of(options))
    request = verdict_request(options, protocol)
    if options.claims is not None:
        request = replace(request, names=request.names or claims_named(options.claims).properties)
    check_directory(options.out)
    live = _request(options, protocol)
    if options.headless:
        tell = say if options.format == "text" and not options.quiet else _unsaid
        run_live(live, tell)
        tell("judging the run; Ctrl-C ends that, too")
    elif live.script:
        raise UsageError("--script and --chaos need --headless; on the page, the buttons do it")
    else:
        from groupy_check.checker.interfaces.web.windows import show_windows

        if not show_windows(live, request.judged, request.known, options.port, browser=options.browser):
            return NOTHING_FOUND
        print("judging the run; Ctrl-C ends that, too", file=sys.stderr, flush=True)
    # A run with a page may have been long, and whoever has ended it waits.
    found = concluded(live.directory, protocol, request.judged, request.known, running=not options.headless)
    status = conclude(request, protocol, found.result, raises=bool(found.run.ended))
    if found.replay.misfit is not None:
        event, why = found.replay.misfit.event, found.replay.misfit.why
        raise GroupyError(f"{live.directory}: the run is none of the model: {event}: {why}; please report it")
    return status


def _request(options: argparse.Namespace, protocol: Protocol) -> LiveRequest:
    from groupy_check.checker.counterexamples.output_files import file_stem
    from groupy_check.checker.live.node import Pace
    from groupy_check.checker.live.session import LiveRequest

    pace = Pace(None if options.silent else options.every, options.timer)
    directory = options.out / f"live-{file_stem(impl_of(options))}"
    seconds = options.seconds if options.headless else None
    return LiveRequest(protocol, options.nodes, seconds, _script(options, protocol), directory, pace, options.seed)


def _script(options: argparse.Namespace, protocol: Protocol) -> list[TimedCommand]:
    from groupy_check.checker.live.cluster import comes_back
    from groupy_check.checker.live.script import chaos, parse_script

    if options.chaos:
        return chaos(options.nodes, options.seconds, options.seed, recovers=comes_back(protocol))
    if options.script is None:
        return []
    try:
        text = options.script.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"--script {options.script}: cannot be read ({reason}); name a file of lines such as: at 2s kill p1"
        ) from error
    return parse_script(text, str(options.script))


def _unsaid(_: str) -> None:
    """JSON stands alone."""


EXAMPLES = (
    ("gms2", "a page with five workers, and buttons that break the run"),
    ("gms2 --headless --chaos --seconds 5", "five seconds of crashes, and the verdict"),
    ("gms3 --headless --script faults.txt", "with the faults of a script"),
)
HELP = "let real processes run a protocol, and judge what happens"
COMMAND = Command("live", HELP, add_flags, run, EXAMPLES, status=f"{SCRIPTS}\n\n{EXIT_STATUS}", forks=True)
