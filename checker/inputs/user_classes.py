"""From a file `./mine.py` or `module:Class` to a class of the user's: what --impl and --property have in common."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Generic, TypeVar

from groupy_check.checker.errors import GroupyError
from groupy_check.checker.inputs.former_names import understand_former_names

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sought(Generic[T]):
    """What a user's module is to hold: a `noun` that `flag` names, a class that derives from `base`.

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


def is_own(text: str) -> bool:
    """Whether `text` names a file or a module of the user's, and nothing built in."""
    path, colon, _ = text.partition(":")
    return path.endswith(".py") or "/" in path or bool(colon)


def class_named(text: str, sought: Sought[T]) -> type[T]:
    """The class that `text` names, a file `./mine.py`, `./mine.py:Class`, or `module:Class`. Raises what `sought` says.

    A file is executed, as `python mine.py` would execute it: load only what you would run.
    """
    path, _, name = text.partition(":")
    in_file = path.endswith(".py") or "/" in path
    understand_former_names()
    module = _from_file(Path(path), sought) if in_file else _imported(path, sought)
    return _class_in(module, name, path, sought)


def _from_file(path: Path, sought: Sought[T]) -> ModuleType:
    if "\0" in str(path) or not path.is_file():
        shown = str(path).replace("\0", "?")
        raise sought.error(
            f"there is no file {shown}; {sought.flag} takes a built-in name (groupy list), a file ./mine.py, or module:Class"
        )
    # A distinct name: a file called random.py must not replace the real module.
    name = f"{sought.flag.strip('-')}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise sought.error(f"{path} is not a Python file; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    beside = str(path.parent.resolve())
    if beside not in sys.path:
        sys.path.append(beside)  # a file may import its neighbours
    try:
        with redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except SyntaxError as error:
        file = Path(error.filename or path).name
        raise sought.error(f"{file}:{error.lineno}: {error.msg}: {(error.text or '').strip()}") from error
    except (Exception, SystemExit) as error:
        reason = f": {error}" if str(error) else ""
        raise sought.error(f"{place(error, path)}: {type(error).__name__} while loading{reason}") from error
    return module


def _imported(name: str, sought: Sought[T]) -> ModuleType:
    try:
        with redirect_stdout(sys.stderr):
            return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        hint = f"; for the file, write ./{name}.py" if Path(f"{name}.py").is_file() else ""
        raise sought.error(f"the module {name} cannot be imported: {type(error).__name__}: {error}{hint}") from error


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
        last = next(reversed(found))
        raise sought.error(f"{where} has several {plural(sought.noun)}: name one, for example {sought.flag} {where}:{last}")
    raise sought.error(f"{where}: {sought.missing()}")


def plural(noun: str) -> str:
    """`protocols`, `properties`."""
    return f"{noun.removesuffix('y')}ies" if noun.endswith("y") else f"{noun}s"
