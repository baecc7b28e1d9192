"""What changes, told to every page that listens, as server-sent events (WHATWG, "HTML", 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

PAUSE = 0.1  # seconds between two events
STILL_HERE = 15.0  # seconds without news after which that is said, so that nobody takes the connection for dead
AGAIN = 1000  # milliseconds after which a browser asks anew


class News:
    """The last that was published. Who listens hears it, and then what is published after it: the newest, not each.

    So a page that reads slowly keeps nothing waiting, neither the others nor in memory.
    """

    def __init__(self) -> None:
        self.text = ""
        self.loop: asyncio.AbstractEventLoop | None = None
        self.changed = asyncio.Event()

    def begin(self) -> None:
        """From now on, listeners can be woken: they run where this is called."""
        self.loop = asyncio.get_running_loop()

    def publish(self, text: str) -> None:
        """Tell `text`, one line, from any thread."""
        self.text = text  # before the loop is looked at: who begins to listen afterwards, sees it
        if self.loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self.loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    async def heard(self) -> AsyncIterator[str]:
        """The events, without end."""
        yield f"retry: {AGAIN}\n\n"
        told = ""
        while True:
            changed, text = self.changed, self.text
            if text != told:
                told = text
                yield f"data: {text}\n\n"
                await asyncio.sleep(PAUSE)
                continue
            try:
                async with asyncio.timeout(STILL_HERE):
                    await changed.wait()
            except TimeoutError:
                yield ": still here\n\n"
