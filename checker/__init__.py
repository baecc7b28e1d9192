"""Model checking for group membership and atomic multicast: `from checker import check, machine, replay_text`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.api import check as check
    from checker.replay_file import replay_text as replay_text
    from checker.state_machine import machine as machine
else:
    # The command line imports this package, and `--help` has to answer at once: what is heavy is loaded when it is asked for.
    _HOMES = {"check": "checker.api", "replay_text": "checker.replay_file", "machine": "checker.state_machine"}

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module(_HOMES[name]), name)


__all__ = ["check", "machine", "replay_text"]
