"""Each file of the user's has an import world of its own, so that nobody is judged by another's helper modules.

What a file imports from its folder (or from its package, or from a folder that it adds to `sys.path`) is loaded afresh for that
file, under a private name: `rules` beside `good/mine.py` is `<mine>.rules`, that beside `bad/mine.py` is `<mine>2.rules`. Both
are in `sys.modules`, where dataclasses, `typing` and `inspect` look for the module of a class. The names are translated by the
`__import__` that the builtins of such modules hold, also when a handler imports something in the middle of a search. Nobody
else can import them: a module of the standard library that imports `queue` never gets the user's `queue.py`.

As with `python mine.py`, a file's neighbours come before everything but what Python itself has loaded by then. Everything else
(the standard library, what is installed, groupy_check) is shared. Sources are compiled each time: bytecode is taken for up to
date if the sources are of one size and were written in one second.

A property that judges a protocol may ask for the types of what that delivers. So its world takes over the modules of those
files that the protocol has loaded already, in its world or, if it is given as an object, elsewhere.
"""

from __future__ import annotations

import builtins
import importlib
import inspect
import os
import sys
import sysconfig
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.machinery import FrozenImporter, ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary, finalize

from groupy_check.checker.inputs.former_names import PACKAGES, imported, is_a_folder_of_ours, todays

if TYPE_CHECKING:
    from importlib.abc import Loader
else:
    Loader = object  # what it inherits is not needed, and to import it takes long

PYTHON = frozenset({*sys.builtin_module_names, "encodings"})  # loaded before any file, as are those that are frozen
OURS = "groupy_check"
CHECKER = str(Path(__file__).parents[2])  # the folder of our package
INSTALLED = frozenset({"site-packages", "dist-packages"})  # folders, wherever they are
STANDARD = frozenset({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
_worlds: WeakValueDictionary[str, World] = WeakValueDictionary()  # by the first part of the names of their modules
_named: Counter[str] = Counter()


class World:
    """What the file or the package `entry` imports; `given` are modules that it takes over, by file.

    `home` is the folder in which it looks first.
    """

    def __init__(self, entry: Path, given: Mapping[str, ModuleType]) -> None:
        _drop_unused()
        real = entry.resolve()
        self.home, packages, root = real.parent, list[str](), real.parent
        while (root / "__init__.py").is_file() and root.name.isidentifier():
            packages.insert(0, root.name)
            root = root.parent
        self.name = _unused_name(real.stem)
        self.path = list(sys.path)
        top = ModuleType(self.name)
        top.__path__ = list(dict.fromkeys((str(root), *_working_directory())))
        top.__spec__ = ModuleSpec(self.name, None, is_package=True)
        self.package = ".".join((self.name, *packages))
        above = zip((self.home, *self.home.parents), range(len(packages), 0, -1), strict=False)
        packed = {".".join((self.name, *packages[:depth])): [str(folder)] for folder, depth in above}
        self.folders = {**packed, self.name: top.__path__}  # in the order in which they are searched
        self.modules: dict[str, ModuleType] = {self.name: top}
        self.given = given
        self.named: dict[str, str] = {}  # files that were named, by the names of their modules
        self.sources: dict[str, bytes] = {}  # by file
        self.by_file: dict[str, ModuleType] = {}
        self.loading = 0
        self.users = 0
        self.former: dict[str, ModuleType] = {}
        self.importlib = _Importlib(self)
        self.builtins = {**vars(builtins), "__import__": self._import}
        _worlds[self.name] = self
        self.enter()

    # --- loading ---------------------------------------------------------------------------------------------------------

    def load(self, file: Path) -> ModuleType:
        """The module in `file`. Raises what its code raises."""
        stem = file.resolve().stem
        name = self.package if stem == "__init__" and self.package != self.name else f"{self.package}.{stem.replace('.', '_')}"
        self.named[name] = str(file.absolute())
        return self.loaded(name.removeprefix(f"{self.name}."))

    def loaded(self, name: str) -> ModuleType:
        """The module `name` of this world. Raises what its code raises."""
        importlib.invalidate_caches()
        before = list(sys.path)
        self.loading += 1
        try:
            return importlib.import_module(f"{self.name}.{name}")
        finally:
            self.loading -= 1
            sys.path[:] = before

    def find(self, name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        """Where the module `name` of this world is."""
        if name in self.named:
            folder = [str(self.home)] if name in self.folders else None
            loader = _Loader(name, self.named[name], self)
            spec = spec_from_file_location(name, loader.path, loader=loader, submodule_search_locations=folder)
        else:
            spec = PathFinder.find_spec(name, path)
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return spec
        file = os.path.realpath(spec.loader.path)
        if file in self.given:
            self.by_file[file] = self.given[file]
            spec.loader = _Given(self.given[file])
        else:
            spec.loader = _Loader(name, spec.loader.path, self)
        return spec

    # --- imports ---------------------------------------------------------------------------------------------------------

    def _import(
        self, name: str, globals: Mapping[str, object] | None = None, locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] = (), level: int = 0,
    ) -> ModuleType:  # fmt: skip
        """`__import__` for the modules of this world."""
        self.enter()
        home = "" if level else self.home_of(name)
        try:
            if home:
                module = builtins.__import__(f"{home}.{name}", globals, locals, fromlist)
                return module if fromlist else sys.modules[f"{home}.{name.partition('.')[0]}"]
            if not level and self._is_former(name):
                return imported(name, fromlist, self.former)
            return self._elsewhere(name, globals, locals, fromlist, level)
        except ImportError as error:
            error.msg = self.plain(str(error.msg))
            error.args = (error.msg,)
            raise

    def _elsewhere(self, name: str, names: Any, local: Any, fromlist: Any, level: int) -> ModuleType:
        """A module that is shared: it does not see the folders that the user's file has added to sys.path."""
        added = [entry for entry in sys.path if entry not in self.path] if self.loading else []
        before = list(sys.path)
        if added and not level:
            sys.path[:] = [entry for entry in before if entry in self.path]
        try:
            module = builtins.__import__(name, names, local, fromlist, level)
        finally:
            if added and not level:
                sys.path[:] = before
        return self.importlib if module is importlib else module

    def home_of(self, name: str) -> str:
        """The package of this world in which `name`, as its files write it, is found; "" if it is none of the user's."""
        head, _, rest = name.partition(".")
        if head == OURS or head in PYTHON or FrozenImporter.find_spec(head) is not None:
            return ""
        if self.loading:
            self._follow_path()
        for home, folders in self.folders.items():
            spec = PathFinder.find_spec(f"{home}.{head}", folders)
            if spec is None or (head in PACKAGES and is_a_folder_of_ours(spec)):
                continue
            if spec.origin is None and self._is_nothing_but_a_folder(spec, head, rest):
                continue
            return home
        return ""

    def _is_nothing_but_a_folder(self, spec: ModuleSpec, head: str, rest: str) -> bool:
        """A folder without __init__.py hides no module of its name elsewhere."""
        if head not in PACKAGES:
            found = PathFinder.find_spec(head, self.path)
            return found is not None and found.origin is not None
        inside = rest and PathFinder.find_spec(rest.partition(".")[0], list(spec.submodule_search_locations or ()))
        return not inside

    def _is_former(self, name: str) -> bool:
        """`name` is a former name of ours, and no installed module has it."""
        found = PathFinder.find_spec(name.partition(".")[0], self.path) if todays(name) else None
        installed = found is not None and found.origin is not None and not is_a_folder_of_ours(found)
        return bool(todays(name)) and not installed

    def _follow_path(self) -> None:
        """What the user's files add to sys.path is looked through by them alone."""
        folders = self.folders[self.name]
        for entry in (entry for entry in sys.path if entry not in self.path and entry not in folders):
            folders.insert(0 if entry == sys.path[0] else len(folders), entry)

    # --- the whole ---------------------------------------------------------------------------------------------------------

    def plain(self, text: str) -> str:
        """`text` with the names of modules as the user's files write them."""
        return text.replace(f"{self.name}.", "")

    def place(self, error: BaseException) -> str:
        """The last line of the user's that `error` passed through, as `rules.py:3`; "" if there is none."""
        frames = [(os.path.realpath(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
        places = [f"{self.shown(file)}:{line}" for file, line in frames if file in self.sources]
        return places[-1] if places else ""

    def shown(self, file: str) -> str:
        """The name of `file`, with its folders below the home of this world."""
        path = Path(file)
        return path.relative_to(self.home).as_posix() if path.is_relative_to(self.home) else path.name

    def is_up_to_date(self, file: str) -> bool:
        """Whether `file` is as it was when it was loaded."""
        with suppress(OSError):
            return self.sources.get(file) == Path(file).read_bytes()
        return False

    def enter(self) -> None:
        """Let its modules be found by name, also when it has left."""
        if self.name not in sys.modules:
            sys.modules.update(self.modules)

    def leave(self) -> None:
        """Be found no more, until code that is still there asks for it."""
        if self.name not in sys.modules:
            return
        mine = [name for name in sys.modules if name.partition(".")[0] == self.name]
        self.modules.update({name: sys.modules.pop(name) for name in mine})

    def released(self) -> None:
        """One of its users is gone."""
        self.users -= 1


class _Loader(SourceFileLoader):
    """Loads a file of the user's into a world."""

    def __init__(self, name: str, path: str, world: World) -> None:
        super().__init__(name, path)
        self.world = world

    def get_code(self, _name: str) -> CodeType:
        source = self.world.sources[os.path.realpath(self.path)] = self.get_data(self.path)
        code: CodeType = self.source_to_code(source, self.path)
        return code

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = self.world.builtins
        self.world.by_file[os.path.realpath(self.path)] = module
        super().exec_module(module)


class _Given(Loader):
    """Gives a module that exists already a second name."""

    def __init__(self, module: ModuleType) -> None:
        self.module, self.spec = module, module.__spec__

    def create_module(self, _spec: ModuleSpec) -> ModuleType:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # importing has put that of the second name there


class _Importlib(ModuleType):
    """`importlib`, as the modules of `world` see it."""

    def __init__(self, world: World) -> None:
        super().__init__("importlib", importlib.__doc__)
        self.world = world

    def __getattr__(self, name: str) -> object:
        return getattr(importlib, name)

    def import_module(self, name: str, package: str | None = None) -> ModuleType:
        """As the real one."""
        home = "" if name.startswith(".") else self.world.home_of(name)
        return importlib.import_module(f"{home}.{name}" if home else name, package)


class _Finder:
    """Finds the modules of worlds, which all others do not know, and for our own code what is installed."""

    def find_spec(self, name: str, path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """Where the module `name` is, None if somebody else has to look."""
        world = _worlds.get(name.partition(".")[0])
        if world is not None:
            return world.find(name, path)
        if path is None and _is_for_us():
            return PathFinder.find_spec(name, [entry for entry in sys.path if _is_installed(entry)])
        return None


def keep_our_imports_apart() -> None:
    """Let nothing that this checker imports, now or later, be a file of the user's that has the name of an installed module."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _is_for_us() -> bool:
    """What is imported now is imported by our own code, or for it by what is installed, and not by the user's."""
    frame = inspect.currentframe()
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(CHECKER) and file != __file__:
            return True
        if file != __file__ and not file.startswith("<frozen ") and not _is_installed(file):
            return False
        frame = frame.f_back
    return False


@cache
def _is_installed(path: str) -> bool:
    return bool(INSTALLED.intersection(Path(path).parts)) or any(Path(path).is_relative_to(folder) for folder in STANDARD)


def world_of(thing: object) -> World | None:
    """The world that the class of `thing` was loaded into."""
    return _worlds.get(str(type(thing).__module__).partition(".")[0])


def modules_of(thing: object) -> Mapping[str, ModuleType]:
    """By file, the modules that were loaded for the class of `thing`, if it is the user's, and that are up to date."""
    world = world_of(thing)
    if world is not None:
        return {file: module for file, module in world.by_file.items() if world.is_up_to_date(file)}
    if thing is None or type(thing).__module__.partition(".")[0] == OURS:
        return {}
    files = ((getattr(module, "__file__", None), module) for module in list(sys.modules.values()))
    return {os.path.realpath(file): module for file, module in files if isinstance(file, str) and file.endswith(".py")}


def in_common(*things: object) -> str:
    """The name of a file that the worlds of all of them have loaded, "" if there is none."""
    worlds = [world for world in map(world_of, things) if world is not None]
    if len(worlds) < len(things):
        return ""
    return next((worlds[0].shown(file) for file in worlds[0].by_file if all(file in world.by_file for world in worlds)), "")


def named_by(kind: type) -> str:
    """The text with which --impl finds the class `kind`: `module:Class`, of a module in a world `./file.py:Class`."""
    if str(kind.__module__).partition(".")[0] not in _worlds:
        return f"{kind.__module__}:{kind.__qualname__}"
    file = os.path.relpath(sys.modules[kind.__module__].__file__ or "")
    return f"{file if '/' in file else f'./{file}'}:{kind.__qualname__}"


def keep_world_of(thing: object) -> None:
    """As long as there is `thing`, which a class of the user's has made, the modules of its world are found by name."""
    world = world_of(thing)
    if world is None:
        return
    world.enter()
    world.users += 1
    with suppress(TypeError):  # its class has slots and none for weak references: then its world stays
        finalize(thing, world.released).atexit = False


def users_module(name: str) -> Path | None:
    """The file of the module, or of the package, with which `name` begins; None if it is not the user's."""
    head = name.partition(".")[0]
    spec = None if todays(name) or not head else PathFinder.find_spec(head)
    if head == OURS or spec is None or not isinstance(spec.loader, SourceFileLoader):
        return None
    file = Path(spec.loader.path)
    return None if _is_installed(str(file)) else file


def _drop_unused() -> None:
    for world in list(_worlds.values()):
        if not world.users and not world.loading:
            world.leave()


def _unused_name(stem: str) -> str:
    keep_our_imports_apart()
    _named[stem] += 1
    return f"<{stem.replace('.', '_')}>{'' if _named[stem] == 1 else _named[stem]}"


def _working_directory() -> list[str]:
    """The working directory, if this interpreter looks for modules there."""
    with suppress(FileNotFoundError):  # somebody has removed it
        here = Path.cwd()
        return [str(here)] if any(Path(entry).absolute() == here for entry in sys.path) else []
    return []
