"""What goes wrong in Erlang: a term is raised, as an error, an exit or a throw."""

from __future__ import annotations

from enum import Enum

from groupy_check.checker.erlang.terms.values import Atom, Term, Tuple


class RaiseKind(Enum):
    """How a term is raised: what `catch Kind:Reason` tells apart."""

    ERROR = "error"
    EXIT = "exit"
    THROW = "throw"


class Raised(Exception):  # noqa: N818 - not every one is an error: programs throw, too
    """`reason` was raised as `kind`. `hint` says in words what is wrong, where the reason does not."""

    def __init__(self, kind: RaiseKind, reason: Term, hint: str = "") -> None:
        super().__init__(kind, reason, hint)
        self.kind, self.reason, self.hint = kind, reason, hint


class Unsupported(Exception):  # noqa: N818 - the program does nothing wrong
    """The program does what real Erlang can do and is not modelled here: `what` it is."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def error(name: str, *details: Term) -> Raised:
    """The error `name`, or with details the tuple `{name, ...}`."""
    return Raised(RaiseKind.ERROR, Tuple((Atom(name), *details)) if details else Atom(name))


def badarg(hint: str = "") -> Raised:
    """An argument has the wrong type."""
    return Raised(RaiseKind.ERROR, Atom("badarg"), hint)


def function_clause() -> Raised:
    """No clause of the function matches its arguments."""
    return error("function_clause")


def badarith() -> Raised:
    """Something that is no number is calculated with, or the result would be none."""
    return error("badarith")
