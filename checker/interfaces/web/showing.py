"""A page on the user's screen, until the user has seen enough of it."""

from __future__ import annotations

import signal
import threading
import webbrowser
from types import FrameType

from groupy_check.checker.interfaces.program.output import say, stdout
from groupy_check.checker.interfaces.web.http_server import PageServer

STOPPING = (signal.SIGTERM, signal.SIGHUP)


class StreamStopped(KeyboardInterrupt):
    """Nobody waits for what else could be told."""


def show_until_stopped(server: PageServer, *, browser: bool) -> bool:
    """Serve, and print the address, until Ctrl-C, SIGTERM or the end of the terminal; open it in the `browser`.

    Returns whether it was Ctrl-C: then somebody is there.
    """
    before = {number: signal.signal(number, _interrupt) for number in STOPPING}
    try:
        with server:
            say(f"{server.address}\nCtrl-C ends it")
            stdout().flush()
            if browser:
                # Some browsers run in the terminal, and come back only when the user leaves them.
                threading.Thread(target=webbrowser.open, args=[server.address], daemon=True).start()
            server.wait()
    except StreamStopped:
        return False
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return True


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise StreamStopped
