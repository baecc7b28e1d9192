"""From a file `./mine.py` or `module:Class` to a class of the user's: what --impl and --property have in common."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Generic, TypeVar

from groupy_check.checker.errors import GroupyError, is_there
from groupy_check.checker.inputs.former_names import todays
from groupy_check.checker.inputs.import_worlds import World, modules_of, users_module
from groupy_check.checker.inputs.own_code import OwnCode
from groupy_check.checker.inputs.parameters import configured
from groupy_check.checker.limits.deadline import TimeIsUp, calling, extra_time
from groupy_check.checker.limits.user_output import marked_prints

T = TypeVar("T")
NOT_PYTHON = (
    "this is not a Python file, and only those can be read: its name must end in .py; write the rules as a class there (start "
    "from `class Mine(Gms2)`), or take a built-in one (groupy list)"
)


@dataclass(frozen=True, slots=True)
class Sought(Generic[T]):
    """What a user's module is to hold: a `noun` that `flag` names, a class that derives from `base`.

    `flag` is "" where no flag names it: where a whole folder is judged, what is wrong can only be mended in the file.
    `advice` says what to write where there is none; `error` is what is raised.
    """

    base: type[T]
    noun: str
    flag: str
    advice: str
    error: type[GroupyError]

    def missing(self) -> str:
        """The message that there is no such class."""
        return f"no class here derives from groupy_check.{self.base.__name__}; write {self.advice}"

    def several(self, where: str, found: Sequence[str]) -> str:
        """The message that `found` are too many."""
        choice = f"name one, for example {self.flag} {where}:{found[-1]}" if self.flag else "leave only the one to judge"
        return f"{where} has several {plural(self.noun)}: {choice}"


def is_own(text: str) -> bool:
    """Whether `text` names a file or a module of the user's, and nothing built in."""
    text = configured(text).text
    return text.endswith((".py", ".erl")) or "/" in text or ":" in text


def path_and_class(text: str) -> tuple[str, str]:
    """`./mine.py` and `Mine` of `./mine.py:Mine`, "" for no class. A colon may also be in the name of a file or a folder."""
    text = configured(text).text
    path, colon, name = text.rpartition(":")
    return (path, name) if colon and (not name or name.isidentifier()) and not is_there(text) else (text, "")


def class_named(text: str, sought: Sought[T], *protocols: object) -> type[T]:
    """The class that `text` names, a file `./mine.py`, `./mine.py:Class`, or `module:Class`. Raises what `sought` says.

    A file is executed, as `python mine.py` would execute it: load only what you would run. It is loaded into an import world of
    its own, which has the modules of `protocols`, if it is to judge these.
    """
    path, name = path_and_class(text)
    in_file = path.endswith(".py") or "/" in path
    given = {file: module for protocol in protocols for file, module in modules_of(protocol).items()}
    ours = OwnCode()
    try:
        with extra_time():  # the time may be up only because our own modules took so long to import
            module = _from_file(Path(path), sought, given) if in_file else _imported(path, sought, given)
    finally:
        changed = ours.restored()
    if changed:
        raise sought.error(f"{path}: it changes {changed}, by which others are judged as well; derive a class from it")
    return _class_in(module, name, path, sought)


def _from_file(path: Path, sought: Sought[T], given: Mapping[str, ModuleType]) -> ModuleType:
    if not is_there(path):
        shown = str(path).replace("\0", "?")
        takes = f"; {sought.flag} takes a built-in name (groupy list), a file ./mine.py, or module:Class"
        raise sought.error(f"there is no file {shown}{takes if sought.flag else ''}")
    if path.suffix != ".py":
        raise sought.error(f"{path}: {NOT_PYTHON}")
    world = World(path, given)
    try:
        with calling(lambda: f"loading {path}"), marked_prints():
            return world.load(path)
    except SyntaxError as error:
        file = world.shown(error.filename or str(path))
        raise sought.error(f"{file}:{error.lineno}: {error.msg}: {(error.text or '').strip()}") from error
    except TimeIsUp as late:
        raise sought.error(f"{path}: the time limit is over before it is loaded; a module only defines things") from late
    except (Exception, SystemExit) as error:
        reason = f": {world.plain(str(error))}" if str(error) else ""
        where = world.place(error) or path.name
        raise sought.error(f"{where}: {type(error).__name__} while loading{reason}") from error


def _imported(name: str, sought: Sought[T], given: Mapping[str, ModuleType]) -> ModuleType:
    first = users_module(name)
    world = None if first is None else World(first, given)
    try:
        with calling(lambda: f"importing {name}"), marked_prints():
            if world is None or first is None:
                return importlib.import_module(todays(name) or name)
            return world.loaded(name) if "." in name else world.load(first)
    except TimeIsUp as late:
        raise sought.error(f"{name}: the time limit is over before it is imported; a module only defines things") from late
    except (Exception, SystemExit) as error:
        hint = f"; for the file, write ./{name}.py" if is_there(f"{name}.py") else ""
        reason = str(error) if world is None else world.plain(str(error))
        raise sought.error(f"the module {name} cannot be imported: {type(error).__name__}: {reason}{hint}") from error


def place(error: BaseException, path: Path) -> str:
    """The last line of the user's own file `path` that the error passed through."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).name == path.name]
    return f"{path.name}:{frames[-1].lineno}" if frames else path.name


def _class_in(module: ModuleType, name: str, where: str, sought: Sought[T]) -> type[T]:
    """The class `name` of `module`, or its only one of the kind that is sought."""
    found = {
        key: value
        for key, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, sought.base) and value.__module__ == module.__name__
    }
    if name:
        candidate = vars(module).get(name)
        if isinstance(candidate, type) and issubclass(candidate, sought.base):
            return candidate
        there = f"there is {', '.join(found)}" if found else sought.missing()
        raise sought.error(f"{where}: no {sought.noun} {name}; {there}")
    # Among a class and its subclasses in one file, the user must say which one is meant.
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise sought.error(sought.several(where, list(found)))
    raise sought.error(f"{where}: {sought.missing()}")


def plural(noun: str) -> str:
    """`protocols`, `properties`."""
    return f"{noun.removesuffix('y')}ies" if noun.endswith("y") else f"{noun}s"
