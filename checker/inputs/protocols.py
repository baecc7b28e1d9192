"""From the text after --impl to a protocol: a built-in name, a file `./mine.py`, or `module:Class`."""

from __future__ import annotations

from copy import copy

from groupy_check.checker.errors import ProtocolError, unknown
from groupy_check.checker.inputs.user_classes import Sought, class_named, is_own
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.specs.registry import PROPERTIES

SOUGHT = Sought(Protocol, "protocol", "--impl", "`class Mine(Protocol)` with a method `step`", ProtocolError)


def load_protocol(text: str) -> Protocol:
    """The protocol that `text` names. Raises ProtocolError when there is no such name, file or class, or it cannot be used.

    A file is executed, as `python mine.py` would execute it: load only what you would run.
    """
    if text in PROTOCOLS:
        return PROTOCOLS[text]()
    if not is_own(text):
        raise ProtocolError(f"{unknown('protocol', text, PROTOCOLS)} Your own protocol: --impl ./{text}.py")
    # The name is what was typed: with it, saved traces can be replayed.
    return _named(_instance(class_named(text, SOUGHT), text.partition(":")[0]), text)


def protocol_of(impl: str | Protocol | type[Protocol]) -> Protocol:
    """An instance of the protocol `impl`, given as an instance, a class, or a text as --impl takes it.

    Raises ProtocolError as `load_protocol` does.

    The name of a class that is not built in is `module:Class`, as --impl takes it; an instance that has been named keeps that.
    """
    if isinstance(impl, str):
        return load_protocol(impl)
    kind = impl if isinstance(impl, type) else type(impl)
    name = f"{kind.__module__}:{kind.__qualname__}"
    if not issubclass(kind, Protocol):
        raise ProtocolError(f"{name}: {SOUGHT.missing()}")
    if isinstance(impl, type):
        protocol = _instance(impl, name)
    else:
        _check_class(kind, name)
        protocol = copy(impl)
    if "name" in vars(protocol):
        return protocol
    return _named(protocol, kind.name if PROTOCOLS.get(kind.name) is kind else name)


def _named(protocol: Protocol, name: str) -> Protocol:
    object.__setattr__(protocol, "name", name)  # a protocol with parameters may well be a frozen dataclass
    return protocol


def _check_class(kind: type[Protocol], where: str) -> None:
    if kind.step is Protocol.step:
        raise ProtocolError(f"{where}: {kind.__name__} has no method `step(self, state, event)`")
    if not isinstance(kind.claims, tuple):
        raise ProtocolError(f"{where}: {kind.__name__}.claims must be a tuple of names; ('fifo',) needs its comma")
    for claim in kind.claims:
        if claim not in PROPERTIES:
            raise ProtocolError(f"{where}: {kind.__name__}.claims: {unknown('property', str(claim), PROPERTIES)}")


def _instance(kind: type[Protocol], where: str) -> Protocol:
    _check_class(kind, where)
    try:
        protocol = kind()
    except (Exception, SystemExit) as error:
        raise ProtocolError(
            f"{where}: {kind.__name__}() raised {type(error).__name__}: {error}; it must take no argument"
        ) from error
    return protocol
