"""A program: the functions of its modules and of the library, and every piece of code by its number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from groupy_check.checker.erlang.machine.code import Clauses, Code, Names, Spot
from groupy_check.checker.erlang.machine.processes import CannotRun
from groupy_check.checker.erlang.syntax.places import Place

Key = tuple[str, str, int]  # module, name, number of arguments


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """A compiled function, or the fun `index` of its module, with the variables that it uses and its own name for itself."""

    module: str
    name: str
    arity: int
    clauses: Clauses
    index: int = -1
    uses: Names = frozenset()
    itself: str = ""


@dataclass(slots=True)
class ModuleCode:
    """What is compiled of one module. `broken` says what is wrong with the text of a function; "" is one whose name is lost.

    `absent`: what is exported and not there.
    `tagged` are the tuples that begin with an atom, in its text: that atom, and how many elements they have; an atom that is
    sent is one, too.
    """

    name: str
    file: str
    functions: dict[tuple[str, int], FunctionCode] = field(default_factory=dict)
    exported: set[tuple[str, int]] = field(default_factory=set)
    imported: dict[tuple[str, int], str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    funs: list[FunctionCode] = field(default_factory=list)
    tagged: frozenset[tuple[str, int]] = frozenset()


class Program:
    """Modules by name. `supply` compiles a module of the library when it is first called, or says that there is none."""

    def __init__(self, supply: Callable[[Program, str], ModuleCode | None]) -> None:
        self.modules = dict[str, ModuleCode]()
        self.codes = list[Code]()
        self.supply = supply
        self.missing = set[str]()
        self.numbers = list[float]()  # in the text of the user's modules
        self.entered: set[str] | None = None  # the places of the clauses that are entered, where somebody wants to know
        self.together = True  # whether all processes are on one node, which has no name

    def new_spot(self, file: str, at: Place) -> Spot:
        """The spot of the code that is made next, in the module of `file`."""
        return Spot(len(self.codes), at.file or file, at)

    def add(self, code: Code) -> Code:
        """`code`, which was made for the newest spot."""
        self.codes.append(code)
        return code

    def module(self, name: str) -> ModuleCode | None:
        """The module `name`; None where there is none."""
        if name not in self.modules and name not in self.missing:
            found = self.supply(self, name)
            if found is None:
                self.missing.add(name)
            else:
                self.modules[name] = found
        return self.modules.get(name)

    def exported(self, module: str, name: str, arity: int) -> FunctionCode | None:
        """A function that other modules may call. Raises CannotRun where its text is broken."""
        found = self.module(module)
        if found is None:
            return None
        if (name, arity) in found.exported and (name, arity) in found.functions:
            return found.functions[name, arity]
        if name in found.broken or "" in found.broken:
            check_broken(found)
        return None

    def local(self, module: str, name: str, arity: int) -> FunctionCode:
        """A function of `module` that it calls itself."""
        return self.modules[module].functions[name, arity]


def check_broken(module: ModuleCode) -> None:
    """Raises CannotRun where a form of `module` is broken: what is missing may be in it."""
    if module.broken:
        raise CannotRun(next(iter(module.broken.values())))


Functions = Mapping[Key, Callable[..., object]]
