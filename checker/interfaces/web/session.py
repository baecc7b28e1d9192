"""`groupy explore`: the interactive page of a run, with the model behind it to go on with.

What the page asks for is untrusted. Whoever has the secret address can have runs executed and searched for: runs of the
built-in protocols and of the one named on the command line, in groups and searches of bounded size. Nothing else is loaded,
read or written on their behalf.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from http import HTTPStatus
from pathlib import Path
from typing import Any

from groupy_check.checker.counterexamples.timeline import exports, page_data, shown_in
from groupy_check.checker.counterexamples.trace_file import line_matchers, matched, read_run
from groupy_check.checker.errors import GroupyError, ProtocolError, TooLargeError, UsageError, unknown
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.inputs.scenario_flags import scenario_of_words
from groupy_check.checker.inputs.user_classes import is_own, path_and_class
from groupy_check.checker.interfaces.web.http_server import PageServer, Refused
from groupy_check.checker.interfaces.web.showing import show_until_stopped
from groupy_check.checker.search.bfs import Limits
from groupy_check.checker.search.nearest import nearest_violation
from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.reports.page.data import Light, PageData
from groupy_check.reports.page.html import page_html, page_json
from groupy_check.specs.property import Property

FIRST = "gms2"  # the protocol to begin with where none is named
LARGEST = 10  # processes
LONGEST = 200  # steps
SEARCH = Limits(states=30_000, seconds=5.0)
LOOK_EVERY = 0.5  # seconds between two looks at the user's file


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What the page asks for: the run that `lines` describe, of the protocol `impl` in the scenario of `flags`, or ("search")
    the nearest violation behind it, of `property` or of whatever is claimed.
    """

    lines: tuple[str, ...]
    impl: str
    flags: tuple[str, ...]
    want: str
    property: str


@dataclass(frozen=True, slots=True)
class ExploreRequest:
    """What to show first, and on which port (0: any that is free): the run in the file `replay`, of the protocol `impl` if
    that is not None; without a file the beginning of `impl` under `scenario`.
    """

    port: int
    impl: str | None
    scenario: Scenario = Scenario()
    replay: Path | None = None


def explore(request: ExploreRequest, *, browser: bool) -> int:
    """Serve the page of the run that `request` names until Ctrl-C. Returns the exit status. Raises GroupyError."""
    show_until_stopped(opened(request), browser=browser)
    return 0


def opened(request: ExploreRequest) -> PageServer:
    """The server for `request`, not serving yet. Raises GroupyError."""
    protocol, scenario, actions, loop = _beginning(request)
    first = document(told(protocol, scenario, actions, loop=loop))
    server = PageServer(request.port, "groupy explore")
    desk = Desk(protocol, server.publish)
    events = ""
    if desk.file is not None:
        events = server.events
        threading.Thread(target=_watch, args=[desk, server.closed], daemon=True).start()
    server.answer = desk.answer
    live = {"api": server.api, "token": server.token, "protocols": desk.known, "events": events}
    server.page = page_html({**first, "live": live}).encode("utf-8", "backslashreplace")
    return server


def _watch(desk: Desk, ended: threading.Event) -> None:
    """Let `desk` look at its file until the server has ended."""
    while not ended.wait(LOOK_EVERY):
        with desk.turn:
            desk.look()


def _beginning(request: ExploreRequest) -> tuple[Protocol, Scenario, Sequence[Action], int | None]:
    """The run to show first, the saved one or one of no steps, and after which step it repeats forever."""
    if request.replay is not None:
        trace, recorder = read_run(request.replay, request.impl, ())
        return recorder.protocol, trace.scenario, trace.actions, trace.loop
    return load_protocol(request.impl or FIRST), request.scenario, (), None


def told(
    protocol: Protocol, scenario: Scenario, actions: Sequence[Action], name: str = "", loop: int | None = None
) -> PageData:
    """The run, with the story of how it violates the property `name`; without a name, the first claim that it breaks.

    `loop` is as in Trace.
    """
    _check_size(scenario, actions)
    data = page_data(protocol, scenario, actions, name, loop)
    broken = [lamp.name for lamp in data.moments[-1].lamps if lamp.claimed and lamp.light is Light.VIOLATED]
    return page_data(protocol, scenario, actions, broken[0], loop) if broken and not name else data


def document(data: PageData) -> dict[str, Any]:
    """`data` as JSON for the page."""
    return page_json(data, exports(data))


def _check_size(scenario: Scenario, steps: Sequence[object]) -> None:
    if scenario.size > LARGEST:
        raise TooLargeError(f"{scenario.size} processes are too many for the page; it shows up to {LARGEST}")
    if len(steps) > LONGEST:
        raise TooLargeError(f"{len(steps)} steps are too many for the page; it shows up to {LONGEST}")


# --- what the page asks for ------------------------------------------------------------------------------------------


class Desk:
    """Answers the page's questions, one at a time; `own` is the one protocol besides those built in.

    When the file of `own` has changed, it is loaded again, which `publish` is told of: `edition` counts that. What is wrong
    with the file is `broken`, and the answer to every question about it, until it is mended.
    """

    def __init__(self, own: Protocol, publish: Callable[[object], None]) -> None:
        self.own, self.publish = own, publish
        self.file = Path(path_and_class(own.name)[0]) if own.name not in PROTOCOLS and is_own(own.name) else None
        self.stamp = stamp(self.file)
        self.edition = 0
        self.broken = ""
        # The library that draws pictures is not safe for use by two threads at once.
        self.turn = threading.Lock()

    @property
    def known(self) -> list[str]:
        """The protocols that may be asked for."""
        return list(dict.fromkeys([*PROTOCOLS, self.own.name]))

    def answer(self, question: object) -> dict[str, Any]:
        """The page's data for a PageRequest in JSON, or one line that says why there is none. Raises Refused for rubbish."""
        request = read_page_request(question)
        with self.turn:
            self.look()
            try:
                return {"document": document(self._data(request)), "error": "", "edition": self.edition}
            except GroupyError as error:
                return {"document": None, "error": one_line(error), "edition": self.edition}

    def look(self) -> None:
        """Load the file of `own` again if it has changed, and tell of that. It has to be one's turn."""
        now = stamp(self.file)
        if now == self.stamp:
            return
        self.stamp = now
        self.edition += 1
        try:
            self.own, self.broken = load_protocol(self.own.name), ""
        except GroupyError as error:
            self.broken = one_line(error)
        self.publish({"error": self.broken, "edition": self.edition})

    def _data(self, request: PageRequest) -> PageData:
        protocol, scenario = self._protocol(request.impl), scenario_of_words(request.flags)
        _check_size(scenario, request.lines)
        scenario, shown = shown_in(scenario, request.property)
        try:
            actions = matched(protocol, scenario, line_matchers(request.lines))
        except ValueError as error:
            raise UsageError(str(error)) from error
        if request.want == "run":
            return told(protocol, scenario, actions, request.property)
        finding = nearest_violation(protocol, scenario, actions, wanted(protocol, shown, request.property), SEARCH)
        assert finding.trace is not None
        return page_data(protocol, scenario, finding.trace.actions, finding.name, finding.trace.loop)

    def _protocol(self, impl: str) -> Protocol:
        if impl == self.own.name:
            if self.broken:
                raise ProtocolError(self.broken)
            return self.own
        if impl not in PROTOCOLS:
            raise ProtocolError(unknown("protocol", impl, self.known))
        return load_protocol(impl)


def stamp(file: Path | None) -> tuple[int, int] | None:
    """What changes with the contents of `file`; None while there is none."""
    with suppress(OSError):
        if file is not None:
            found = file.stat()
            return found.st_mtime_ns, found.st_size
    return None


def one_line(error: GroupyError) -> str:
    """What `error` says, on one line."""
    return " ".join(str(error).split())


def wanted(protocol: Protocol, shown: Sequence[Property], name: str) -> list[Property]:
    """What a search looks for: the property `name`; without a name, all that is claimed; all that is shown if nothing is."""
    chosen = [candidate for candidate in shown if candidate.name == name or (not name and candidate.name in protocol.claims)]
    return chosen or list(shown)


def read_page_request(question: object) -> PageRequest:
    """`question` as a PageRequest. Raises Refused unless it is an object with just its fields, of their types."""
    names = [field.name for field in fields(PageRequest)]
    if not isinstance(question, dict) or sorted(question) != sorted(names):
        raise Refused(HTTPStatus.BAD_REQUEST, f"the body must be an object with {', '.join(names)}")
    for name in ("lines", "flags"):
        value = question[name]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise Refused(HTTPStatus.BAD_REQUEST, f"{name} must be a list of strings")
    if not all(isinstance(question[name], str) for name in ("impl", "want", "property")):
        raise Refused(HTTPStatus.BAD_REQUEST, "impl, want and property must be strings")
    if question["want"] not in ("run", "search"):
        raise Refused(HTTPStatus.BAD_REQUEST, 'want must be "run" or "search"')
    return PageRequest(**{**question, "lines": tuple(question["lines"]), "flags": tuple(question["flags"])})
