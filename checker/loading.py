"""From the text after --impl to a protocol: a built-in name, a file `./mine.py`, or `module:Class`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from contextlib import redirect_stdout
from copy import copy
from pathlib import Path
from types import ModuleType

from checker.errors import ProtocolError, unknown
from groupy_model.protocol import Protocol
from groupy_model.registry import PROTOCOLS
from specs.registry import PROPERTIES


def load_protocol(text: str) -> Protocol:
    """The protocol that `text` names. Raises ProtocolError when there is no such name, file or class, or it cannot be used.

    A file is executed, as `python mine.py` would execute it: load only what you would run.
    """
    if text in PROTOCOLS:
        return PROTOCOLS[text]()
    path, _, name = text.partition(":")
    if path.endswith(".py") or "/" in path:
        protocol = _instance(_protocol_in(_module_from_file(Path(path)), name, path), path)
    elif name:
        protocol = _instance(_protocol_in(_module_named(path), name, path), path)
    else:
        raise ProtocolError(f"{unknown('protocol', text, PROTOCOLS)} Your own protocol: --impl ./{text}.py")
    # What was typed is the name: with it, the traces that are written can be replayed.
    return _named(protocol, text)


def protocol_of(impl: str | Protocol | type[Protocol]) -> Protocol:
    """An instance of the protocol that `impl` is, or names as --impl does. Raises ProtocolError as `load_protocol` does.

    The name of a class that is not built in is `module:Class`, as --impl takes it; an instance that has been named keeps that.
    """
    if isinstance(impl, str):
        return load_protocol(impl)
    kind = impl if isinstance(impl, type) else type(impl)
    name = f"{kind.__module__}:{kind.__qualname__}"
    if not issubclass(kind, Protocol):
        raise ProtocolError(f"{name}: {_no_protocol()}")
    if isinstance(impl, type):
        protocol = _instance(impl, name)
    else:
        _check_class(kind, name)
        protocol = copy(impl)
    if "name" in vars(protocol):
        return protocol
    return _named(protocol, kind.name if PROTOCOLS.get(kind.name) is kind else name)


def _module_from_file(path: Path) -> ModuleType:
    if "\0" in str(path) or not path.is_file():
        shown = str(path).replace("\0", "?")
        raise ProtocolError(
            f"there is no file {shown}; --impl takes a built-in name (groupy list), a file ./mine.py, or module:Class"
        )
    # A name of its own: a file called random.py must not take the place of the real module.
    name = f"impl_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ProtocolError(f"{path} is no Python file; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    beside = str(path.parent.resolve())
    if beside not in sys.path:
        sys.path.append(beside)  # a file may import what lies beside it
    try:
        with redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except SyntaxError as error:
        file = Path(error.filename or path).name
        raise ProtocolError(f"{file}:{error.lineno}: {error.msg}: {(error.text or '').strip()}") from error
    except (Exception, SystemExit) as error:
        raise ProtocolError(f"{_where(error, path)}: {type(error).__name__} while loading: {error}") from error
    return module


def _module_named(name: str) -> ModuleType:
    try:
        with redirect_stdout(sys.stderr):
            return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        hint = f"; for the file, write ./{name}.py" if Path(f"{name}.py").is_file() else ""
        raise ProtocolError(f"the module {name} cannot be imported: {type(error).__name__}: {error}{hint}") from error


def _where(error: BaseException, path: Path) -> str:
    """The last line of the user's own file that the error passed through."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).name == path.name]
    return f"{path.name}:{frames[-1].lineno}" if frames else path.name


def _protocol_in(module: ModuleType, name: str, where: str) -> type[Protocol]:
    """The class `name` of `module`, or its only protocol."""
    found = {
        key: value
        for key, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Protocol) and value.__module__ == module.__name__
    }
    if name:
        candidate = vars(module).get(name)
        if isinstance(candidate, type) and issubclass(candidate, Protocol):
            return candidate
        raise ProtocolError(f"{where}: no protocol {name}; " + (f"there is {', '.join(found)}" if found else _no_protocol()))
    # Of a protocol and its mutants in one file, the one that nobody else derives from is not clear: the user says which.
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise ProtocolError(f"{where} has several protocols: name one, for example --impl {where}:{next(reversed(found))}")
    raise ProtocolError(f"{where}: {_no_protocol()}")


def _no_protocol() -> str:
    return "no class here derives from groupy_model.protocol.Protocol; write `class Mine(Protocol)` with a method `step`"


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
