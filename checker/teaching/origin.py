"""Whose step a submission has: its own, or that of a built-in protocol, which it has inherited or copied as it is.

Who overrides a method of a built-in protocol has written a protocol, even where that says what ours says: the solution of an
exercise does. Only who writes the whole step, word for word like ours, has copied it; and a step that does nothing but ask
another one has that one. A program in Erlang is ours if all its words are, but for the module's name.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import CodeType, FunctionType, MemberDescriptorType
from typing import Any

from groupy_check.checker.erlang.adapter.protocol import ErlangProtocol
from groupy_check.checker.erlang.syntax.reading import text_of
from groupy_check.checker.erlang.syntax.scanner import ErlangToken, Scanner
from groupy_check.groupy_model import protocols
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import MUTANTS, PROTOCOLS

IN_ERLANG = {path.name: path for path in sorted(Path(protocols.__file__).parent.glob("erlang/gms*.erl"))}
LABELS = ("name", "claims", "source")  # what says something about a protocol, and decides no step


def built_in_step_of(protocol: Protocol) -> str:
    """The name of the built-in protocol whose step `protocol` has, in Erlang that of its file; "" where the step is its own."""
    if isinstance(protocol, ErlangProtocol):
        words = _words(Path(protocol.name))
        return next((name for name, path in IN_ERLANG.items() if _words(path) == words), "")
    kind, met = type(protocol), set[type]()
    while not _is_built_in(kind) and kind not in met:
        if any(callable(value) for value in getattr(protocol, "__dict__", {}).values()):
            return ""  # it may stand for any of the methods
        met.add(kind)
        asked = _asked(kind, protocol)
        if isinstance(asked, Protocol):
            kind, protocol = type(asked), asked
            continue
        base = asked or (kind.__bases__[0] if len(kind.__bases__) == 1 else None)
        if base is None or _overrides(kind, base, spared="step" if asked else ""):
            break
        kind = base
    if _is_built_in(kind):
        return str(vars(kind)["name"])
    derived = any(map(_is_built_in, kind.__mro__))
    if derived and "step" not in vars(kind):
        return ""
    whole = (name for name in PROTOCOLS if not (derived and name in MUTANTS))  # these change a clause or two, as students may
    return next((name for name in whole if _Comparison().alike(kind, PROTOCOLS[name])), "")


def _words(path: Path) -> list[str]:
    """The words of a program in Erlang, without the name of its module."""
    tokens = [token.text for token in Scanner(text_of(path.read_bytes())).tokens() if isinstance(token, ErlangToken)]
    named = {place + 3 for place in range(len(tokens)) if tokens[place : place + 3] == ["-", "module", "("]}
    return [word for place, word in enumerate(tokens) if place not in named]


def _is_built_in(kind: type) -> bool:
    name = vars(kind).get("name")
    return isinstance(name, str) and name in PROTOCOLS and PROTOCOLS[name] is kind


def _overrides(kind: type, base: type, spared: str) -> bool:
    """Whether the class says something else than `base` does, but for the method that is `spared`."""
    own = {name: value for name, value in _own(kind).items() if name != spared}
    return any(hasattr(base, name) and inspect.getattr_static(base, name) is not value for name, value in own.items())


def _own(kind: type) -> Mapping[str, Any]:
    """What the class defines that can decide a step."""
    return {name: value for name, value in vars(kind).items() if not name.startswith("__") and name not in LABELS}


# --- a step that asks another one ----------------------------------------------------------------------------------------


def _asked(kind: type, protocol: Protocol) -> type | Protocol | None:
    """The class or the protocol whose step that of `kind` hands all questions to, and does nothing else; None if it does."""
    step = vars(kind).get("step")
    if not isinstance(step, FunctionType):
        return None
    match _only_call(step):
        case ast.Call(ast.Attribute(owner, "step"), arguments, []):
            names = [argument.id if isinstance(argument, ast.Name) else "" for argument in arguments]
            me, *question = step.__code__.co_varnames[: step.__code__.co_argcount]
            found = _meant(owner, {**step.__globals__, me: protocol}, kind)
            if isinstance(found, type) and (names == [me, *question] or (_is_super(owner) and names == question)):
                return found if found is not kind else None
            if isinstance(found, Protocol) and names == question and found is not protocol:
                return found
    return None


def _only_call(step: FunctionType) -> ast.expr | None:
    """The expression that is all that `step` works out."""
    try:
        (function,) = ast.parse(textwrap.dedent(inspect.getsource(step))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    if not isinstance(function, ast.FunctionDef) or function.decorator_list:
        return None
    match function.body[ast.get_docstring(function) is not None :]:
        case [ast.Return(ast.expr() as value)]:
            return value
        case [ast.Assign([ast.Name(name)], value), ast.Return(ast.Name(again))] if name == again:
            return value
    return None


def _is_super(owner: ast.expr) -> bool:
    return isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "super"


def _meant(owner: ast.expr, scope: Mapping[str, Any], kind: type) -> Any:
    """What `owner` stands for in a method of `kind`; None where only a call could tell, unless one of ours is made anew."""
    if _is_super(owner):
        return kind.__bases__[0] if len(kind.__bases__) == 1 else None
    match owner:
        case ast.Name(name):
            return scope.get(name)
        case ast.Attribute(part, name):
            return inspect.getattr_static(_meant(part, scope, kind), name, None)
        case ast.Call(made, [], []):
            found = _meant(made, scope, kind)
            return found() if isinstance(found, type) and _is_built_in(found) else None
    return None


# --- a step that says what ours says -------------------------------------------------------------------------------------


class _Comparison:
    """Whether two pieces of code do the same for the same reason: the same words, but for comments and the names of variables,
    functions and classes.
    """

    def __init__(self) -> None:
        self.assumed = set[tuple[int, int]]()

    def alike(self, one: Any, other: Any) -> bool:
        """Whether both are the same, or say the same."""
        if one is other or (id(one), id(other)) in self.assumed:
            return True
        if type(one) is not type(other):
            return False
        self.assumed.add((id(one), id(other)))
        match one:
            case type():
                return self._classes(one, other)
            case FunctionType():
                scopes = (one.__globals__, other.__globals__)
                defaults = (one.__defaults__, one.__kwdefaults__) == (other.__defaults__, other.__kwdefaults__)
                return defaults and self._codes(one.__code__, other.__code__, scopes)
            case staticmethod() | classmethod():
                return self.alike(one.__func__, other.__func__)
            case property():
                return self.alike(one.fget, other.fget)
            case MemberDescriptorType():  # of slots, which the fields tell of
                return True
        return bool(one == other)

    def _classes(self, one: type, other: type) -> bool:
        ours, theirs = _own(one), _own(other)
        return (
            list(ours) == list(theirs)
            and _fields(one) == _fields(other)
            and len(one.__bases__) == len(other.__bases__)
            and all(map(self.alike, (*one.__bases__, *ours.values()), (*other.__bases__, *theirs.values())))
        )

    def _codes(self, one: CodeType, other: CodeType, scopes: tuple[Mapping[str, Any], Mapping[str, Any]]) -> bool:
        if (one.co_code, one.co_exceptiontable, one.co_argcount) != (other.co_code, other.co_exceptiontable, other.co_argcount):
            return False
        if (one.co_freevars, len(one.co_names)) != (other.co_freevars, len(other.co_names)):
            return False
        return (
            len(one.co_consts) == len(other.co_consts)
            and all(
                self._codes(mine, yours, scopes)
                if isinstance(mine, CodeType) and isinstance(yours, CodeType)
                else type(mine) is type(yours) and mine == yours
                for mine, yours in zip(one.co_consts, other.co_consts, strict=True)
            )
            and all(self._names(mine, yours, scopes) for mine, yours in zip(one.co_names, other.co_names, strict=True))
        )

    def _names(self, one: str, other: str, scopes: tuple[Mapping[str, Any], Mapping[str, Any]]) -> bool:
        """A name is that of a global, which may have another in a copy, or that of an attribute."""
        mine, yours = ({**vars(builtins), **scope} for scope in scopes)
        return self.alike(mine[one], yours[other]) if one in mine and other in yours else one == other


def _fields(kind: type) -> list[tuple[str, str]]:
    return [(field.name, repr(field.default)) for field in fields(kind)] if is_dataclass(kind) else []
