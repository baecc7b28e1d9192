"""All that the code of an object can reach and change: its attributes, classes, globals, closures, default arguments.

Whatever holds something that may be replaced is a `Holder`. What cannot change is none, but may lead to one: a tuple of lists.
Only what is the user's own is looked into, and containers everywhere: libraries keep caches, which are no state.
"""

from __future__ import annotations

import functools
import gc
import os
import sys
import types
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from functools import cache, partial
from pathlib import Path
from typing import Any

from groupy_check.checker.semantics.canonical import slots
from groupy_check.checker.semantics.deep_copy import ATOMS
from groupy_check.checker.semantics.purity.library_state import CACHING, held_by, is_keeper, is_opaque, reader
from groupy_check.checker.semantics.purity.program_state import (
    MISSING,
    Naming,
    attributes,
    containers,
    descent,
    imports,
    library,
    settings,
)
from groupy_check.checker.semantics.purity.users_code import is_users_class, is_users_module
from groupy_check.checker.semantics.step_cache import OURS
from groupy_check.groupy_model.show import show

PLACE = "\0"  # in a name, where that of a part of what it names is inserted
LARGEST = 20_000  # parts; of a larger container only the number is looked at, or each call of a handler would take too long
CACHE: Any = type(functools.cache(int))
ROUTINES = (types.FunctionType, types.BuiltinFunctionType)
MAPPINGS = (dict, types.MappingProxyType)
SEQUENCES = (list, set, deque, bytearray)
WRAPPERS = (
    staticmethod, classmethod, property, partial, functools.partialmethod, functools.cached_property,
    functools.singledispatchmethod,
)  # fmt: skip
WRAPPED = ("__func__", "fget", "fset", "func", "args", "keywords", "dispatcher")


@dataclass(frozen=True, slots=True)
class Holder:
    """Something that can change, called `name`; `read` lists what it holds, where it is `keyed` all keys and then all values.

    With `part`, which makes a name of a key, it is seen as its parts, else as a `whole` that is made of them. Of a part whose
    key is `late` it does not matter whether it has been computed already; one that is missing counts as `default` says. What is
    `made` anew by each `read` is compared by equality.
    """

    name: str
    read: Callable[[], list[Any]]
    keyed: bool = False
    part: Callable[[Any], str] | None = None
    whole: Callable[[list[Any]], Any] = list
    late: Callable[[Any], bool] = lambda _: False
    default: Callable[[Any], Any] = lambda _: MISSING
    made: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """What was found; `bare` are by name the attributes of functions that have none yet, `caches` are those of functools."""

    stores: list[Holder] = field(default_factory=list)
    functions: list[types.FunctionType] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)  # containers of all kinds
    bare: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    caches: list[Any] = field(default_factory=list)


def reachable(root: object, name: str) -> Reach:
    """All that can change and that the object `root`, which is called `name`, can reach."""
    walk = Walk(type(root).__mro__)
    walk.environment()
    return walk.from_root(root, name)


class Walk:
    """From one value to all that can be reached from it, nearest first."""

    def __init__(self, lineage: tuple[type, ...]) -> None:
        self.lineage = lineage  # the classes of ours among these are looked at, too
        self.found = Reach()
        self.waiting: deque[tuple[Any, str]] = deque()
        self.classes: list[type] = []  # of the user's own
        self.entered: dict[str, Any] = {}  # what modules of the user's have of libraries, by name
        self.seen: dict[int, Any] = {}  # holds what it has seen, so that no number is used twice

    def from_root(self, root: object, name: str) -> Reach:
        """All that is reached from `root`, which is called `name`, and from its classes."""
        self.expect(root, name)
        for kind in type(root).__mro__[:-1]:
            self.expect(kind, kind.__qualname__)
        self._all_expected()
        self._program()
        self._all_expected()
        return self.found

    def _all_expected(self) -> None:
        while self.waiting:
            self.visit(*self.waiting.popleft())

    def _program(self) -> None:
        """Note what is kept for the whole program, so far as the functions found so far can change it."""
        naming = Naming()
        for function in self.found.functions:
            naming.read(function.__code__)
        routines = {key: value for key, value in self.entered.items() if isinstance(value, ROUTINES)}
        naming.names.update(value.__name__ for key, value in routines.items() if key in naming.names)  # it has another here
        code = library({key: value for key, value in self.entered.items() if key not in routines}, naming)
        if code:
            self._store(Holder("", attributes(code, naming), keyed=True, part=str))
        classes = [*self.classes, *(value for value in code.values() if isinstance(value, type))]
        for name, read in (*settings(naming), *descent(classes, naming)):
            self._store(Holder(name, read, made=True))
        for value, name in containers(code, naming):
            self.expect(value, name)

    def expect(self, value: Any, name: str) -> None:
        """Visit `value` later, once."""
        if type(value) not in ATOMS and id(value) not in self.seen:
            self.seen[id(value)] = value
            self.waiting.append((value, name))

    def expect_named(self, key: str, value: Any, name: str) -> None:  # noqa: ARG002 - see `named_code`
        """Visit later what code has to ask for as `key`: a global, or an attribute of a function."""
        self.expect(value, name)

    def environment(self) -> None:
        """Note the environment variables, which every code can reach."""
        held: dict[bytes, bytes] = vars(os.environ)["_data"]
        self._store(Holder("os.environ", partial(_pairs, held), keyed=True, part=_variable))

    def visit(self, value: Any, name: str) -> None:
        """Note `value` if it is a store, and expect what it leads to."""
        if isinstance(value, type):
            self._class(value)
        elif isinstance(value, types.ModuleType):
            self._module(vars(value))
            if value.__name__ in ("numpy", "numpy.random"):  # of `random`, `impure_calls` knows
                self.expect(getattr(sys.modules.get("numpy.random.mtrand"), "_rand", None), "numpy.random")
        elif isinstance(value, types.FunctionType):
            self._function(value)
        elif isinstance(value, types.MethodType | types.BuiltinMethodType):
            self.expect(value.__self__, name)
            self.expect(getattr(value, "__func__", None), name)
        elif isinstance(value, CACHE):
            self._cache(value, name)
        elif isinstance(value, WRAPPERS):
            for wrapped in WRAPPED:
                self.expect(getattr(value, wrapped, None), name)
        else:
            self._data(value, name)

    def _store(self, store: Holder) -> None:
        self.found.stores.append(store)

    # --- code ---------------------------------------------------------------------------------------------------------

    def _class(self, kind: type) -> None:
        ours = kind.__module__.startswith(OURS)
        if kind not in self.lineage if ours else not is_users_class(kind):
            return
        held, name = vars(kind), kind.__qualname__
        self.classes.append(kind)
        hidden = _private if issubclass(kind, Enum) else _dunder
        part = f"the class attribute {name}.{{}}".format
        self._store(Holder(name, partial(_pairs, held), keyed=True, part=part, late=hidden))
        self._store(Holder(f"the bases of {name}", lambda: [*kind.__bases__]))
        for key, value in held.items():
            if not ours and (callable(value) or isinstance(value, WRAPPERS) or not hidden(key)):
                self.expect(value, part(key))
        for base in kind.__mro__[1:-1]:
            self.expect(base, base.__qualname__)

    def _module(self, names: dict[str, Any]) -> None:
        if id(names) in self.seen or not is_users_module(names):
            return
        self.seen[id(names)] = names
        file = Path(str(names.get("__file__") or names.get("__name__"))).name
        part = f"the global {{}}{PLACE} of {file}".format
        self._store(Holder(file, partial(_pairs, names), keyed=True, part=part, late=_dunder))
        for key, value in names.items():
            if not _dunder(key):
                self.expect_named(key, value, part(key))
            if isinstance(value, (types.ModuleType, type, *ROUTINES)):
                self.entered[key] = value

    def _function(self, function: types.FunctionType) -> None:
        self.expect(getattr(function, "__wrapped__", None), function.__qualname__)
        self.expect(vars(function).get("registry"), f"the registry of {function.__qualname__}")  # of functools.singledispatch
        name, code, attributes = function.__qualname__, function.__code__, vars(function)
        generated = code.co_filename == "<string>" and _dunder(function.__name__)  # by dataclasses
        if generated or not is_users_module(function.__globals__):
            return
        self.found.functions.append(function)
        self._store(Holder(f"the code or the default arguments of {name}", partial(_replaceable, function)))
        self._module(function.__globals__)
        if attributes:
            self._attributes(attributes, name)
        else:
            self.found.bare.append((name, attributes))
        takes = code.co_varnames[: code.co_argcount]
        defaults = function.__defaults__ or ()
        named = zip(takes[len(takes) - len(defaults) :], defaults, strict=True)
        for key, value in (*named, *(function.__kwdefaults__ or {}).items()):
            self.expect(value, f"the default argument {key}{PLACE} of {name}")
        for key, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            if not _dunder(key):
                self._cell(cell, f"the variable {key}{PLACE} around {name}")
        world = str(function.__globals__.get("__name__")).partition(".")[0]  # see `inputs.import_worlds`
        for imported in imports(code):
            for module in filter(None, map(sys.modules.get, (imported, f"{world}.{imported}"))):
                self.expect(module, imported)

    def _attributes(self, held: dict[str, Any], name: str) -> None:
        """Those of a function."""
        part = f"the attribute {name}.{{}}".format
        self._store(Holder(name, partial(_pairs, held), keyed=True, part=part, late=_dunder))
        for key, value in held.items():
            if not _dunder(key):
                self.expect_named(key, value, part(key))

    def _cell(self, cell: types.CellType, name: str) -> None:
        if id(cell) in self.seen:
            return
        self.seen[id(cell)] = cell
        self._store(Holder(name, partial(_content, cell), whole=lambda held: held[0] if held else None))
        for value in _content(cell):
            self.expect(value, name)

    def _cache(self, function: Any, name: str) -> None:
        """A cache of functools is no state, but what it holds may be."""
        self.found.caches.append(function)
        self._attributes(vars(function), function.__wrapped__.__qualname__)
        self.expect(function.__wrapped__, name)
        for held in gc.get_referents(function):  # of a bounded cache the results themselves, else a dictionary of them
            if held is not vars(function) and not isinstance(held, type | types.FunctionType):
                for value in held.values() if type(held) is dict else (held,):
                    self.expect(value, f"what {function.__wrapped__.__qualname__} has cached")

    # --- data ---------------------------------------------------------------------------------------------------------

    def _data(self, value: Any, name: str) -> None:
        kind = type(value)
        if isinstance(value, tuple | frozenset | set | list | dict):
            self.found.constants.append(value)
        read = None
        if isinstance(value, tuple | frozenset):
            for number, item in enumerate(value):
                self.expect(item, _named(name, f"[{number}]"))
        elif isinstance(value, (*MAPPINGS, *SEQUENCES)):
            self._container(value, name)
        elif (read := reader(value)) is not None:
            self._store(Holder(name, read, made=True))
        if is_keeper(value) or kind.__module__.startswith(OURS) or any(map(is_users_class, kind.__mro__[:-1])):
            self._object(value, name)
        elif kind.__module__.partition(".")[0] not in CACHING and hasattr(value, "__dict__"):
            self._object_of_a_library(value, name)
        elif read is None and is_opaque(value):
            self._store(Holder(name, partial(held_by, value)))
            for part in held_by(value):
                self.expect(part, name)

    def _container(self, value: Any, name: str) -> None:
        if len(value) > LARGEST:
            self._store(Holder(name, lambda: [len(value)], made=True))
        elif isinstance(value, MAPPINGS):
            self._store(Holder(name, partial(_pairs, value), keyed=True))
            for key, item in value.items():
                self.expect(key, f"a key of {name}")
                self.expect(item, _named(name, f"[{show(key)}]") if type(key) in ATOMS else f"a value of {name}")
        else:
            self._store(Holder(name, lambda: [*value], whole=set if isinstance(value, set) else list))
            for number, item in enumerate(value):
                self.expect(item, _named(name, f"[{number}]"))

    def _object(self, value: Any, name: str) -> None:
        """An object with attributes of its own."""
        kind, held = type(value), getattr(value, "__dict__", None)

        def part(key: Any) -> str:
            return _named(name, f".{key}")

        if held is None and _is_frozen_of_ours(kind):  # type: ignore[arg-type]  # it can be hashed; only what it holds can change
            for key in slots(kind):
                self.expect(getattr(value, key, None), part(key))
            return
        self.expect(kind, kind.__qualname__)
        if held is not None:
            late, default = partial(_late, kind), partial(_default, kind)
            read = partial(_pairs_of_member, held) if isinstance(value, Enum) else partial(_pairs, held)
            self._store(Holder(name, read, keyed=True, part=part, late=late, default=default))
            for key, item in held.items():
                self.expect(item, part(key))
        self._store(Holder(f"the class of {name}", lambda: [type(value)]))
        slotted = list(slots(kind))
        if slotted:
            self._store(
                Holder(name, lambda: [*slotted, *(getattr(value, key, None) for key in slotted)], keyed=True, part=part)
            )
            for key in slotted:
                self.expect(getattr(value, key, None), part(key))

    def _object_of_a_library(self, value: Any, name: str) -> None:
        """One with public attributes: what a library keeps for itself, in others, is no state."""
        held = vars(value)

        def part(key: Any) -> str:
            return _named(name, f".{key}")

        self._store(Holder(name, partial(_public_pairs, held), keyed=True, part=part, late=partial(_late, type(value))))
        for key, item in held.items():
            if _is_public(key):
                self.expect(item, part(key))


@cache
def _is_frozen_of_ours(kind: type) -> bool:
    return kind.__module__.startswith(OURS) and is_dataclass(kind) and bool(kind.__dataclass_params__.frozen)  # type: ignore[attr-defined]


def _pairs(held: Mapping[Any, Any]) -> list[Any]:
    """The keys, and then the values."""
    return [*held, *held.values()]


def _public_pairs(held: Mapping[Any, Any]) -> list[Any]:
    return _pairs({key: value for key, value in held.items() if _is_public(key)})


def _is_public(key: Any) -> bool:
    return not str(key).startswith("_")


def _pairs_of_member(held: Mapping[Any, Any]) -> list[Any]:
    """Those of a member of an enumeration, without what `~` keeps there."""
    return _pairs({key: value for key, value in held.items() if key != "_inverted_"})


def _variable(key: bytes) -> str:
    return f"the environment variable {os.fsdecode(key)}"


def _named(name: str, part: str) -> str:
    """The name of a part of what is called `name`."""
    return name.replace(PLACE, f"{part}{PLACE}") if PLACE in name else f"{name}{part}"


def _default(kind: type, key: Any) -> Any:
    """What an attribute is as long as an object of this class has none of its own."""
    return getattr(kind, key, MISSING) if isinstance(key, str) else MISSING


def _replaceable(function: types.FunctionType) -> list[Any]:
    """What a function is made of, and may be given anew."""
    named = function.__kwdefaults__ or {}
    return [function.__code__, *(function.__defaults__ or ()), *named, *named.values()]


def _content(cell: types.CellType) -> list[Any]:
    try:
        return [cell.cell_contents]
    except ValueError:  # nothing yet
        return []


def _dunder(key: Any) -> bool:
    return isinstance(key, str) and (key == "_abc_impl" or (key.startswith("__") and key.endswith("__")))


def _private(key: Any) -> bool:
    return isinstance(key, str) and key.startswith("_")


def _late(kind: type, key: Any) -> bool:
    """Whether an attribute `key` of an object of this class is computed when it is asked for, as its fields are not."""
    if isinstance(getattr(kind, str(key), None), functools.cached_property):
        return True
    frozen = is_dataclass(kind) and kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    return frozen and key not in {one.name for one in fields(kind)}
