"""What modules of libraries keep for the whole program: settings, and attributes that are set from outside.

Code changes only what it names. So a setting is looked at where the user's code names what sets it, an attribute of a module
or of a class of a library where the user's code sets one of that name, and a list or dictionary there where it is named.
"""

from __future__ import annotations

import abc
import dis
import sys
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any

from groupy_check.checker.semantics.purity.library_state import Reader, rounding
from groupy_check.checker.semantics.purity.users_code import is_users_class, is_users_module

MISSING = object()
IMPORT_NAME, STORE_ATTR, DELETE_ATTR, LOAD_GLOBAL = map(
    dis.opmap.__getitem__, ("IMPORT_NAME", "STORE_ATTR", "DELETE_ATTR", "LOAD_GLOBAL")
)
BY_TEXT = frozenset(
    {"setattr", "delattr", "__setattr__", "__dict__", "vars", "patch"}
)  # what sets an attribute named by a text
CACHES = frozenset({"modules", "cache"})  # of sys and of linecache: they grow by themselves
CODE = (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType)
Library = dict[str, types.ModuleType | type]  # modules and classes by name


@dataclass(frozen=True, slots=True)
class Naming:
    """What the code of functions names; the attributes that it may set; the modules that it imports."""

    names: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)

    def read(self, code: types.CodeType) -> None:
        """Add what `code` names."""
        for one in within(code):
            self.names.update(one.co_names)
            self.imported.update(imports(one))
            self.stored.update(_named_by(one, STORE_ATTR, DELETE_ATTR))
            if not BY_TEXT.isdisjoint(one.co_names):
                texts = {text for text in one.co_consts if isinstance(text, str)}
                self.names.update(texts)
                self.stored.update(texts)


def within(code: types.CodeType) -> Iterator[types.CodeType]:
    """`code`, and that of the functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from within(constant)


def imports(code: types.CodeType) -> Iterator[str]:
    """The names of the modules that a function, or one within it, imports."""
    for one in within(code):
        yield from _named_by(one, IMPORT_NAME)


def global_names(code: types.CodeType) -> set[str]:
    """What `code` itself asks for in its module, or among the builtins."""
    return set(_named_by(code, LOAD_GLOBAL))


def _named_by(code: types.CodeType, *operations: int) -> Iterator[str]:
    """What instructions of `code` name that are one of these."""
    if not set(operations).isdisjoint(code.co_code[::2]):  # or it would have to be disassembled
        yield from (str(one.argval) for one in dis.get_instructions(code) if one.opcode in operations)


def library(entered: dict[str, Any], naming: Naming) -> Library:
    """The modules and classes of libraries that the code names; `entered` is what its own modules have, by name."""
    found: Library = {}
    waiting = [value for key, value in entered.items() if key in naming.names]
    waiting += [module for name in naming.imported if (module := sys.modules.get(name)) is not None]
    while waiting:
        value = waiting.pop()
        name = f"{value.__module__}.{value.__qualname__}" if isinstance(value, type) else value.__name__
        if name in found or (is_users_class(value) if isinstance(value, type) else is_users_module(vars(value))):
            continue
        found[name] = value
        if isinstance(value, types.ModuleType):
            named = [vars(value)[key] for key in naming.names & vars(value).keys()]
            waiting += [one for one in named if isinstance(one, types.ModuleType | type)]
    return dict(sorted(found.items()))


def attributes(code: Library, naming: Naming) -> Reader:
    """What tells of the attributes of `code` that users, or a routine of its own, may set: the names, then the values."""
    parts = [(f"{name}.{key}", vars(value), key) for name, value in code.items() for key in sorted(_settable(value, naming))]
    names = [name for name, *_ in parts]
    return lambda: names + [held.get(key, MISSING) for _, held, key in parts]


def _settable(value: types.ModuleType | type, naming: Naming) -> set[str]:
    if isinstance(value, type):
        return naming.stored
    kept = vars(value)
    return naming.stored | {key for key in naming.names & kept.keys() if not isinstance(kept[key], CODE)}


def containers(code: Library, naming: Naming) -> Iterator[tuple[Any, str]]:
    """The lists and the like in modules of libraries that the code names, each with its name."""
    for name, value in code.items():
        for key in sorted(naming.names & vars(value).keys() - CACHES) if isinstance(value, types.ModuleType) else ():
            if isinstance(vars(value)[key], list | dict | set | deque) and not key.startswith("_"):
                yield vars(value)[key], f"{name}.{key}"


def descent(classes: Iterable[type], naming: Naming) -> Iterator[tuple[str, Reader]]:
    """What is registered with abstract `classes`, and who inherits from them, where the code speaks of that."""
    for kind in classes:
        if "register" in naming.names and isinstance(kind, abc.ABCMeta):
            yield f"the registry of {kind.__qualname__}", partial(_registered, kind)
        if "__subclasses__" in naming.names and is_users_class(kind):
            yield f"the subclasses of {kind.__qualname__}", partial(_inheriting, kind)


def _registered(kind: type) -> list[Any]:
    return [len(abc._get_dump(kind)[0])]  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way to ask


def _inheriting(kind: type) -> list[Any]:
    return [len(kind.__subclasses__())]


# --- settings ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    """What `read` tells of a module, called `name`; it can be changed by code only that names one of `setters`."""

    name: str
    setters: frozenset[str]
    read: Callable[[Any], object]

    @property
    def module(self) -> str:
        """The name of the module that keeps it."""
        return self.name.partition(".")[0]


def settings(naming: Naming) -> Iterator[tuple[str, Reader]]:
    """Of the settings that the code may change the names and what tells of them."""
    for setting in SETTINGS:
        if not naming.names.isdisjoint(setting.setters):
            wanted = setting.module
            module = sys.modules.get(wanted) or (wanted in naming.imported and import_module(wanted))
            if module:
                yield setting.name, partial(_told, setting.read, module)


def _told(read: Callable[[Any], object], module: Any) -> list[Any]:
    with suppress(Exception):  # what is left of a module may be anything
        told = read(module)
        return [[*told] if isinstance(told, list) else str(told)]
    return []


def _levels(logging: Any) -> list[Any]:
    """All that was set of loggers: of none is more known than its name until something is."""
    loggers = {"root": logging.root, **logging.root.manager.loggerDict}
    told = [
        (name, logger.level, logger.propagate, logger.disabled, *map(id, logger.handlers), *map(id, logger.filters))
        for name, logger in loggers.items()
        if isinstance(logger, logging.Logger)
        and (logger.level, logger.propagate, logger.disabled, logger.handlers, logger.filters) != (0, True, False, [], [])
    ]
    handlers = [(handler.level, *map(id, handler.filters)) for logger in loggers.values() for handler in _handlers(logger)]
    return [told, handlers]


def _handlers(logger: Any) -> list[Any]:
    return getattr(logger, "handlers", [])


def _under_another_name(sys: Any) -> list[str]:
    """The modules that nobody has imported as what they are called."""
    own = {name: getattr(getattr(module, "__spec__", None), "name", None) for name, module in [*sys.modules.items()]}
    return [f"{name}: {id(sys.modules[name])}" for name, spec in own.items() if spec != name]


def _set_by(name: str, setters: str, read: Callable[[Any], object]) -> Setting:
    return Setting(name, frozenset(setters.split()), read)


LOGGERS = (
    "setLevel addHandler removeHandler addFilter removeFilter basicConfig dictConfig fileConfig captureWarnings "
    "level propagate disabled handlers filters"
)
CONTEXT = "prec rounding Emin Emax capitals clamp traps getcontext setcontext"
SETTINGS = (
    _set_by("sys.getrecursionlimit()", "setrecursionlimit", lambda sys: sys.getrecursionlimit()),
    _set_by("sys.getswitchinterval()", "setswitchinterval", lambda sys: sys.getswitchinterval()),
    _set_by("sys.get_int_max_str_digits()", "set_int_max_str_digits", lambda sys: sys.get_int_max_str_digits()),
    _set_by("sys.gettrace()", "settrace", lambda sys: sys.gettrace()),
    _set_by("sys.getprofile()", "setprofile", lambda sys: sys.getprofile()),
    _set_by("sys.modules", "modules", _under_another_name),
    _set_by("logging.getLogger()", LOGGERS, _levels),
    _set_by("logging.root.manager.disable", "disable dictConfig", lambda logging: logging.root.manager.disable),
    _set_by("logging.getLevelNamesMapping()", "addLevelName", lambda logging: sorted(logging.getLevelNamesMapping().items())),
    _set_by("warnings.filters", "simplefilter filterwarnings resetwarnings", lambda warnings: warnings.filters),
    _set_by("locale.setlocale(LC_ALL)", "setlocale", lambda locale: locale.setlocale(locale.LC_ALL)),
    _set_by("decimal.getcontext()", CONTEXT, lambda decimal: rounding(decimal.getcontext())),
    _set_by("decimal.getcontext().flags", "flags clear_flags", lambda decimal: decimal.getcontext()),
    _set_by("copyreg.dispatch_table", "pickle", lambda copyreg: [*copyreg.dispatch_table]),
    _set_by("signal.getsignal()", "signal", lambda signal: [*map(signal.getsignal, sorted(signal.valid_signals()))]),
    _set_by("socket.getdefaulttimeout()", "setdefaulttimeout", lambda socket: socket.getdefaulttimeout()),
    _set_by("threading.current_thread()", "current_thread main_thread", lambda threading: vars(threading.main_thread())),
    _set_by("csv.list_dialects()", "register_dialect unregister_dialect", lambda csv: csv.list_dialects()),
    _set_by("csv.field_size_limit()", "field_size_limit", lambda csv: csv.field_size_limit()),
    _set_by("mimetypes.types_map", "add_type", lambda mimetypes: mimetypes.types_map),
    _set_by("weakref.finalize", "finalize", lambda weakref: len(vars(weakref.finalize)["_registry"])),
    _set_by("numpy.geterr()", "seterr", lambda numpy: numpy.geterr()),
    _set_by("numpy.get_printoptions()", "set_printoptions", lambda numpy: numpy.get_printoptions()),
)  # fmt: skip
