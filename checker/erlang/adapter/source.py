"""From the text after --impl to a protocol: `./gms3.erl`, whose other modules are files beside it."""

from __future__ import annotations

from pathlib import Path

from groupy_check.checker.erlang import library as our_library
from groupy_check.checker.erlang.adapter.conventions import CONVENTIONS, MASTER_GETS, MULTICAST, Conventions
from groupy_check.checker.erlang.adapter.neighbours import LARGEST, group_processes, taken_beside
from groupy_check.checker.erlang.adapter.protocol import ErlangProtocol, NoGroupError
from groupy_check.checker.erlang.library.otp import is_known
from groupy_check.checker.erlang.library.table import FUNCTIONS
from groupy_check.checker.erlang.machine.compiling.loading import loaded, numbers_in
from groupy_check.checker.erlang.machine.library_calls import Library
from groupy_check.checker.erlang.machine.processes import CannotRun
from groupy_check.checker.erlang.machine.program import ModuleCode, Program
from groupy_check.checker.erlang.syntax.parser import parse
from groupy_check.checker.erlang.syntax.places import ErlangSyntaxError
from groupy_check.checker.erlang.syntax.reading import text_of
from groupy_check.checker.errors import ProtocolError, is_there

PRELUDE = Path(our_library.__file__).parent / "prelude"


def erlang_protocol(text: str) -> ErlangProtocol:
    """The protocol in the file `text`. Raises ProtocolError where there is none, or where Erlang would refuse it."""
    path = Path(text)
    if not is_there(path):
        raise ProtocolError(f"there is no file {text!r}; groupy list shows what is built in")
    try:
        protocol = ErlangProtocol(*_Modules(path).first(), text)
    except CannotRun as reason:
        raise ProtocolError(str(reason)) from None
    except NoGroupError as reason:
        raise ProtocolError(f"{reason}{_others(path)}") from None
    # Which of its neighbours it calls or includes shows only when it runs.
    protocol.files = tuple(str(file) for suffix in ("erl", "hrl") for file in sorted(path.parent.glob(f"*.{suffix}")))
    return protocol


def _others(path: Path) -> str:
    """Which files beside `path` may be the group process that it is not: a worker's, for instance."""
    found = group_processes(path)
    return f". Is it in ./{' or ./'.join(found)}?" if found else ""


class _Modules:
    """The modules of a program: the file `path`, those beside it, and the library's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.program = Program(lambda _, name: self.supplied(name))
        self.program.together = False
        self.library = Library(self.program, FUNCTIONS, is_known)

    def first(self) -> tuple[Library, str, Conventions]:
        """The library, the name of the module in the file, and how that talks to its application."""
        name = self._loaded(self.path).name
        said = self.program.module(CONVENTIONS)
        told = frozenset(function for function, arity in said.exported if arity == 1) if said else frozenset()
        if said and not told & {MULTICAST, MASTER_GETS}:
            has = ", ".join(f"{function}/{arity}" for function, arity in sorted(said.exported)) or "nothing"
            raise CannotRun(f"{CONVENTIONS}.erl exports {has}; export multicast/1, or master/1, or both (lesson 14)")
        return self.library, name, Conventions(self.library, told, lambda: taken_beside(self.path))

    def supplied(self, name: str) -> ModuleCode | None:
        """The module `name`, which was called; None where there is none."""
        for folder in (PRELUDE, self.path.parent):
            path = folder / f"{name}.erl"
            if name.isidentifier() and path.is_file():
                return self._loaded(path)
        return None

    def _loaded(self, path: Path) -> ModuleCode:
        shown = path.name
        try:
            content = path.read_bytes()
            if len(content) > LARGEST:
                raise CannotRun(f"{shown}: the file is too large to be a program")
            forms = parse(text_of(content), path.stem, shown, lambda name: _included(path.parent, name))
        except ErlangSyntaxError as error:
            raise CannotRun(f"{error.place.inside(shown)}: {error.text}") from None
        except OSError as error:
            raise CannotRun(f"{shown} cannot be read: {error.strerror}") from None
        if path.parent != PRELUDE:
            self.program.numbers += numbers_in(forms)
        return loaded(self.library, forms, path.stem, shown)


def _included(folder: Path, name: str) -> bytes | None:
    """The contents of a file that is included; those beyond the folder of the program are left alone."""
    path = folder / name
    inside = folder.resolve() in path.resolve().parents
    return path.read_bytes() if inside and path.is_file() and path.stat().st_size <= LARGEST else None
