"""The page of `groupy live`: the windows of the workers, the buttons, and "why?".

What the page asks for is untrusted. Whoever has the secret address can have done to this live run what a script can do to it,
and have it replayed; nothing else is started, read or written on their behalf.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from groupy_check.checker.counterexamples.timeline import exports, page_data
from groupy_check.checker.errors import GroupyError, ProtocolError
from groupy_check.checker.interfaces.web.http_server import PageServer, Refused
from groupy_check.checker.interfaces.web.showing import show_until_stopped
from groupy_check.checker.live.afterwards.conclusion import concluded
from groupy_check.checker.live.controller import Controller, Dialogue
from groupy_check.checker.live.session import LiveRequest
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.verdict import Finding, Verdict
from groupy_check.reports.page.html import html_page
from groupy_check.reports.page.windows import windows_html
from groupy_check.reports.wording.summary import story
from groupy_check.specs.property import Property

LONGEST = 60  # steps of a run that is shown as a page
LONGEST_COMMAND = 1000  # letters


@dataclass(frozen=True, slots=True)
class WindowsDesk:
    """Answers what the page asks: {"want": "do", "command": ...} or {"want": "why"}."""

    dialogue: Dialogue
    directory: Path
    protocol: Protocol
    names: Sequence[str]
    known: Mapping[str, Property]
    pages: dict[str, bytes]
    # The library that draws pictures is not safe for two threads at once.
    drawing: threading.Lock

    def answer(self, question: object) -> dict[str, Any]:
        """The answer, as JSON. Raises Refused for rubbish."""
        match question:
            case {"want": "do", "command": str(command), **rest} if not rest and len(command) <= LONGEST_COMMAND:
                return {"error": self.dialogue.ask(command)}
            case {"want": "why", **rest} if not rest:
                with self.drawing:
                    return self._why()
        raise Refused(HTTPStatus.BAD_REQUEST, 'want must be "do" with a command, or "why"')

    def _why(self) -> dict[str, Any]:
        """What the run so far violates: the first claim with its story and its page, and the names of the others."""
        try:
            found = concluded(self.directory, self.protocol, self.names, self.known, running=True)
        except GroupyError as error:
            return {"error": " ".join(str(error).split()), "steps": 0, "judged": 0, "story": "", "warnings": [], "findings": []}
        decisive = [one for one in found.result.findings if one.claimed or one.name in self.names]
        violated = [one for one in decisive if one.verdict is Verdict.VIOLATED]
        return {
            "error": "",
            "steps": len(found.replay.trace.steps),
            "judged": found.judged,
            "story": story(violated[0]) if violated else "",
            "warnings": list(found.result.warnings),
            "findings": [self._shown(one, first=place == 0) for place, one in enumerate(violated)],
        }

    def _shown(self, finding: Finding, *, first: bool) -> dict[str, Any]:
        """A violation as the page lists it. The first has been minimised, and has a page of its own from now on."""
        assert finding.trace is not None
        assert finding.witness is not None
        trace, page = finding.trace, ""
        with suppress(ProtocolError):  # it shows what could happen in each state, and a handler that raises cannot be shown
            if first and len(trace.steps) <= LONGEST:
                data = page_data(self.protocol, trace.scenario, trace.actions, finding.name, trace.loop, self.known)
                self.pages[f"why-{finding.name}"] = html_page(data, exports(data)).encode("utf-8", "backslashreplace")
                page = f"why-{finding.name}"
        return {"name": finding.name, "text": finding.witness.text, "steps": len(trace.steps), "page": page}


@dataclass(frozen=True, slots=True)
class OpenWindows:
    """A live run, and the server of its page."""

    dialogue: Dialogue
    server: PageServer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End both."""
        self.server.close()
        self.dialogue.close()


def open_windows(request: LiveRequest, names: Sequence[str], known: Mapping[str, Property], port: int) -> OpenWindows:
    """Begin the run of `request`, and open the server of its page, not serving yet. Raises GroupyError."""
    server = PageServer(port, "groupy live")
    try:
        dialogue = Dialogue(Controller(request), server.publish)
    except BaseException:
        server.close()
        raise
    server.answer = WindowsDesk(
        dialogue, request.directory, request.protocol, names, known, server.pages, threading.Lock()
    ).answer
    live = {"api": server.api, "token": server.token, "events": server.events, "protocol": request.protocol.name}
    server.page = windows_html(live).encode("utf-8", "backslashreplace")
    return OpenWindows(dialogue, server)


def show_windows(
    request: LiveRequest, names: Sequence[str], known: Mapping[str, Property], port: int, *, browser: bool
) -> bool:
    """Serve the page of a live run until it is stopped. Returns as `show_until_stopped`. Raises GroupyError."""
    with open_windows(request, names, known, port) as opened:
        return show_until_stopped(opened.server, browser=browser)
