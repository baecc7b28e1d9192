"""Calls of what is no function of the program: the library's functions and those with effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from groupy_check.checker.erlang.machine.code import ApplyCode, Code, Spot
from groupy_check.checker.erlang.machine.effects import EFFECTS
from groupy_check.checker.erlang.machine.program import Key, Program
from groupy_check.checker.erlang.syntax.places import Place
from groupy_check.checker.erlang.terms.raising import Raised, RaiseKind, badarg
from groupy_check.checker.erlang.terms.values import Atom, Term

if TYPE_CHECKING:
    from groupy_check.checker.erlang.machine.running import Run


class Library:
    """`functions` need nothing but their arguments; `is_known` says of a function whether Erlang has it."""

    def __init__(
        self, program: Program, functions: Mapping[Key, Callable[..., Term]], is_known: Callable[[str, str, int], bool]
    ) -> None:
        self.program, self.functions, self.is_known = program, functions, is_known
        self.beginning: Code = program.add(ApplyCode(program.new_spot("", Place(0, 0)), frozenset()))

    def call(self, run: Run, module: str, name: str, arguments: tuple[Term, ...]) -> Term | None:
        """Call a function, whatever it is."""
        key = module, name, len(arguments)
        if key in EFFECTS:
            return EFFECTS[key](run, *arguments)
        if key in self.functions:
            return self.functions[key](*arguments)
        found = self.program.exported(*key)
        if found is not None:
            return run.invoke(found, arguments, {})
        if self.is_known(*key):
            run.refuse(f"{module}:{name}/{len(arguments)} cannot be run here")
        raise Raised(RaiseKind.ERROR, Atom("undef"), f"there is no function {module}:{name}/{len(arguments)}")

    def call_terms(self, run: Run, module: Term, name: Term, arguments: tuple[Term, ...]) -> Term | None:
        """Call a function whose name was computed."""
        if not isinstance(module, Atom) or not isinstance(name, Atom):
            raise badarg()
        return self.call(run, module.name, name.name, arguments)

    def is_own(self, name: str, arity: int) -> bool:
        """Whether `name` can be called without a module, though the program does not define it."""
        key = "erlang", name, arity
        return key in EFFECTS or key in self.functions or self.is_known(*key)


def beginning_of(library: Library) -> Spot:
    """Where every process begins."""
    return library.beginning.spot
