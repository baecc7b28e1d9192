"""From the text after --impl to a protocol: a built-in name, a file `./mine.py`, or `module:Class`, each with parameters."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from groupy_check.checker.errors import ProtocolError, is_there, unknown
from groupy_check.checker.inputs.import_worlds import keep_world_of, named_by
from groupy_check.checker.inputs.parameters import configured, settings_of, values_of
from groupy_check.checker.inputs.user_classes import NOT_PYTHON, Sought, class_named, is_own, path_and_class
from groupy_check.checker.limits.deadline import calling, extra_time
from groupy_check.checker.limits.user_output import marked_prints
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.show import printable
from groupy_check.specs.registry import PROPERTIES

SOUGHT = Sought(Protocol, "protocol", "--impl", "`class Mine(Protocol)` with a method `step`", ProtocolError)


def load_protocol(text: str, flag: str = SOUGHT.flag) -> Protocol:
    """The protocol that `text` names. Raises ProtocolError when there is no such name, file or class, or it cannot be used.

    `flag` is where `text` comes from, which its errors name; "" for none.

    A file is executed, as `python mine.py` would execute it: load only what you would run.
    """
    if text in PROTOCOLS:
        return PROTOCOLS[text]()
    named = configured(text)
    if named.text.endswith(".erl"):
        if named.settings:
            raise ProtocolError(f"{named.text}: a program in Erlang has no parameters to set; change its -define")
        from groupy_check.checker.erlang.adapter.source import erlang_protocol  # noqa: PLC0415 - a sixth of a short check

        return erlang_protocol(text)
    if named.text in PROTOCOLS:
        return _with_settings(PROTOCOLS[named.text], named.text, named.settings, named.text)
    if not is_own(text):
        raise ProtocolError(_no_such(text))
    # The name is what was typed: with it, saved traces can be replayed.
    return _with_settings(class_named(text, replace(SOUGHT, flag=flag)), path_and_class(text)[0], named.settings, named.text)


def _with_settings(kind: type[Protocol], where: str, settings: Mapping[str, str], name: str) -> Protocol:
    """An instance of `kind`, called `name` and whatever of `settings` differs from the defaults."""
    protocol = _instance(kind, where, values_of(kind, settings, where))
    return _named(protocol, name + ((settings and settings_of(protocol)) or ""))


def _no_such(text: str) -> str:
    """What to say of `text`, which is neither a built-in name nor clearly the user's own."""
    if is_there(f"{text}.py"):
        return f"unknown protocol {text!r}; for the file, write ./{printable(text)}.py"
    if "\0" not in text and (Path(text).suffix or is_there(text, Path.exists)):
        return f"{printable(text)}: {NOT_PYTHON}"
    return f"{unknown('protocol', text, PROTOCOLS)} Your own protocol: ./{printable(text)}.py"


def protocol_of(impl: str | Protocol | type[Protocol]) -> Protocol:
    """An instance of the protocol `impl`, given as an instance, a class, or a text as --impl takes it.

    Raises ProtocolError as `load_protocol` does.

    The name of a class that is not built in is `module:Class`, as --impl takes it; an instance that has been named keeps that.
    """
    if isinstance(impl, str):
        return load_protocol(impl)
    kind = impl if isinstance(impl, type) else type(impl)
    name = named_by(kind)
    if not issubclass(kind, Protocol):
        raise ProtocolError(f"{name}: {SOUGHT.missing()}")
    if isinstance(impl, type):
        protocol = _instance(impl, name, {})
    else:
        _check_class(kind, name)
        protocol = copy(impl)
    if "name" in vars(protocol):
        return _named(protocol, protocol.name)
    return _named(protocol, (kind.name if PROTOCOLS.get(kind.name) is kind else name) + (settings_of(protocol) or ""))


def _named(protocol: Protocol, name: str) -> Protocol:
    object.__setattr__(protocol, "name", name)  # a protocol with parameters may well be a frozen dataclass
    keep_world_of(protocol)
    return protocol


def _check_class(kind: type[Protocol], where: str) -> None:
    if kind.step is Protocol.step:
        raise ProtocolError(f"{where}: {kind.__name__} has no method `step(self, state, event)`")
    if not isinstance(kind.claims, tuple):
        raise ProtocolError(f"{where}: {kind.__name__}.claims must be a tuple of names; ('fifo',) needs its comma")
    for claim in kind.claims:
        if claim not in PROPERTIES:
            raise ProtocolError(f"{where}: {kind.__name__}.claims: {unknown('claim', str(claim), PROPERTIES)}")


def _instance(kind: type[Protocol], where: str, values: Mapping[str, Any]) -> Protocol:
    _check_class(kind, where)
    call = f"{kind.__name__}({', '.join(f'{name}={value!r}' for name, value in values.items())})"
    try:
        with extra_time(), calling(lambda: f"{where}: {call}"), marked_prints():
            protocol = kind(**values)
    except (Exception, SystemExit) as error:
        advice = "" if values else "; it must take no argument: give each parameter a default"
        raise ProtocolError(f"{where}: {call} raised {type(error).__name__}: {error}{advice}") from error
    return protocol
