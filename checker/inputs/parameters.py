"""Parameters of a protocol: plain fields of its dataclass. Those that differ from their defaults are part of its name,
`./mine.py(patience=2)`, so whatever names the protocol, a file, a checkpoint, another interpreter, names them too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Any, get_type_hints

from groupy_check.checker.errors import ProtocolError, UsageError, is_there, unknown
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import PROTOCOLS

NAMED = re.compile(r"(?P<text>.+?)\((?P<settings>\w+=[\w.-]+(?:,\w+=[\w.-]+)*)\)")
BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class NamedProtocol:
    """What a text such as `./mine.py(patience=2)` names: a protocol, `text`, and its parameters, as they were typed."""

    text: str
    settings: Mapping[str, str]


def configured(text: str) -> NamedProtocol:
    """`text` taken apart. A file whose name only looks like that is a file."""
    found = None if is_there(text) else NAMED.fullmatch(text)
    if found is None:
        return NamedProtocol(text, {})
    return NamedProtocol(found["text"], dict(_pair(one) for one in found["settings"].split(",")))


def names_built_in(text: str) -> bool:
    """Whether `text` names a built-in protocol, with parameters or without."""
    return configured(text).text in PROTOCOLS


def with_settings(text: str, settings: Iterable[str]) -> str:
    """The name `text` with `settings`, each `name=value`, as --set takes them. Raises UsageError for anything else."""
    own = configured(text)
    merged = {**own.settings, **dict(map(_setting, settings))}
    return f"{own.text}({','.join(f'{name}={value}' for name, value in merged.items())})" if merged else text


def _setting(text: str) -> tuple[str, str]:
    if not re.fullmatch(r"\w+=[\w.-]+", text):
        raise UsageError(f"--set {text}: write a name, =, and a number, a word, true or false, for example --set patience=2")
    return _pair(text)


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def values_of(kind: type[Protocol], settings: Mapping[str, str], where: str) -> dict[str, Any]:
    """The arguments of `kind` that `settings` say. Raises ProtocolError for what is no parameter, or no value of it."""
    known = _parameters(kind)
    for name in settings:
        if not known and names_built_in(where):
            raise ProtocolError(f"{where}: it has no parameters")
        if not known:
            advice = f"make it a `@dataclass(frozen=True)` with a field `{name}: int = 1`"
            raise ProtocolError(f"{where}: {kind.__name__} has no parameters; {advice}")
        if name not in known:
            raise ProtocolError(f"{where}: {unknown('parameter', name, known)}")
    hints = get_type_hints(kind) if settings else {}
    return {name: _value(f"{where}: {kind.__name__}.{name}", hints[name], text) for name, text in settings.items()}


def settings_of(protocol: Protocol) -> str | None:
    """`(patience=2)`: the parameters of `protocol` that differ from their defaults, "" where none does.

    None where a value has no plain text, or where the object holds something else: then no name can bring it back.
    """
    known = _parameters(type(protocol))
    held = {name: value for name, value in vars(protocol).items() if name != "name"}
    if held.keys() - known.keys():
        return None
    differing = {name: getattr(protocol, name) for name, field in known.items() if not _is_default(protocol, field)}
    texts = {name: _text(value) for name, value in differing.items()}
    if None in texts.values():
        return None
    return f"({','.join(f'{name}={text}' for name, text in texts.items())})" if texts else ""


def _parameters(kind: type[Protocol]) -> dict[str, Field[Any]]:
    return {field.name: field for field in fields(kind) if field.init} if is_dataclass(kind) else {}


def _is_default(protocol: Protocol, field: Field[Any]) -> bool:
    value = getattr(protocol, field.name)
    return field.default is not MISSING and type(value) is type(field.default) and value == field.default


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value) if type(value) in (int, str) else ""
    return text if re.fullmatch(r"[\w.-]+", text) else None


def _value(where: str, kind: object, text: str) -> object:
    """`text` as a value of the type `kind`. Raises ProtocolError."""
    readings: dict[object, tuple[str, Callable[[str], object]]] = {
        bool: ("true or false", lambda word: BOOLEANS[word.lower()]),
        int: ("a whole number", int),
        str: ("a word", str),
    }
    if kind not in readings:
        raise ProtocolError(f"{where} is neither int, bool nor str, so it cannot be set from outside")
    noun, read = readings[kind]
    try:
        return read(text)
    except (ValueError, KeyError):
        raise ProtocolError(f"{where} is {noun}, not {text!r}") from None
