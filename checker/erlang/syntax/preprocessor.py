"""Macros, conditional parts and included files: from the tokens of a file to those of its forms, as `epp` does it.

Erlang reference manual, chapter "Preprocessor". `-if` and `-elif` are not understood. What the header of a library would define
is unknown, which matters only where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from groupy_check.checker.erlang.syntax.places import ErlangSyntaxError, Place
from groupy_check.checker.erlang.syntax.reading import text_of
from groupy_check.checker.erlang.syntax.scanner import RESERVED, ErlangToken, Scanner

Tokens = tuple[ErlangToken, ...]
Item = ErlangToken | ErlangSyntaxError
Include = Callable[[str], bytes | None]  # the contents of an included file, None where there is none
CONDITIONS: Final = frozenset({"ifdef", "ifndef", "else", "endif", "if", "elif"})
OPENING: Final = {
    "(": ")",
    "[": "]",
    "{": "}",
    "<<": ">>",
    "begin": "end",
    "if": "end",
    "case": "end",
    "receive": "end",
    "try": "end",
}
DEEPEST = 8  # files within files; `epp` says so


@dataclass(frozen=True, slots=True)
class Macro:
    """What a macro stands for; `parameters` is None where it takes no argument list."""

    parameters: tuple[str, ...] | None
    body: Tokens


class Preprocessor:
    """The forms of one module, macros expanded. `module` is its name until it says another."""

    def __init__(self, module: str, file: str, include: Include) -> None:
        self.include = include
        self.file = file
        self.module = module
        self.macros: dict[tuple[str, int | None], Macro] = {}
        self.defined: set[str] = {"MODULE", "MODULE_STRING", "FILE", "LINE", "MACHINE", "FUNCTION_NAME", "FUNCTION_ARITY"}
        self.lost = ""  # what to say of a macro that a header would have defined
        self.conditions: list[bool] = []  # of the conditional parts of this file around this place, whether each is taken

    def forms(self, text: str) -> Iterator[Tokens | ErlangSyntaxError]:
        """The tokens of each form of `text`, its final dot included, or what is wrong with it."""
        yield from self._file(text, "", 0)

    def _file(self, text: str, file: str, depth: int) -> Iterator[Tokens | ErlangSyntaxError]:
        around, self.conditions = self.conditions, []
        yield from self._forms(text, file, depth)
        if self.conditions:
            yield ErlangSyntaxError(Place(text.count("\n") + 1, 1, file), "an -endif is missing")
        self.conditions = around

    def _forms(self, text: str, file: str, depth: int) -> Iterator[Tokens | ErlangSyntaxError]:
        for items in _split(Scanner(text, file).tokens()):
            directive = _directive(items)
            if not all(self.conditions) and directive not in CONDITIONS:
                continue
            wrong = next((item for item in items if isinstance(item, ErlangSyntaxError)), None)
            tokens = tuple(item for item in items if isinstance(item, ErlangToken))
            try:
                if wrong is not None:
                    raise wrong
                if directive in CONDITIONS:
                    self._condition(directive, tokens)
                elif directive == "define":
                    self._define(tokens)
                elif directive == "undef":
                    self._undefine(tokens)
                elif directive == "include":
                    yield from self._included(tokens, depth)
                elif directive != "include_lib":
                    yield self._form(tokens, directive)
            except ErlangSyntaxError as error:
                yield error

    def _form(self, tokens: Tokens, directive: str) -> Tokens:
        expanded = tuple(self._expanded(tokens))
        if directive == "module" and len(expanded) > 3 and expanded[3].kind == "atom":
            self.module = str(expanded[3].value)
        return expanded

    # --- directives ------------------------------------------------------------------------------------------------------

    def _condition(self, directive: str, tokens: Tokens) -> None:
        at = tokens[0].place
        if directive in {"if", "elif"}:
            raise ErlangSyntaxError(at, f"-{directive}(...) is not understood; write -ifdef or leave the part out")
        if directive in {"ifdef", "ifndef"}:
            known = str(_argument(tokens).value) in self.defined
            self.conditions.append(known is (directive == "ifdef"))
        elif not self.conditions:
            raise ErlangSyntaxError(at, f"-{directive} without -ifdef")
        elif directive == "else":
            self.conditions[-1] = not self.conditions[-1]
        else:
            self.conditions.pop()

    def _define(self, tokens: Tokens) -> None:
        name, rest = _argument(tokens), tokens[4:]
        parameters: tuple[str, ...] | None = None
        if rest[0].kind == "(":
            end = next((place for place, token in enumerate(rest) if token.kind == ")"), 0)
            inside = rest[1:end]
            if any(token.kind != ("var" if place % 2 == 0 else ",") for place, token in enumerate(inside)):
                raise ErlangSyntaxError(rest[0].place, f"the parameters of ?{name.value} must be variables")
            parameters, rest = tuple(str(token.value) for token in inside[::2]), rest[end + 1 :]
        if len(rest) < 3 or rest[0].kind != "," or rest[-2].kind != ")":
            if [token.kind for token in rest] != [")", "dot"] or parameters is not None:
                raise ErlangSyntaxError(tokens[0].place, "expected -define(NAME, what it stands for).")
            rest = (rest[0], *rest)
        key = str(name.value), None if parameters is None else len(parameters)
        if key in self.macros or (name.value in self.defined and name.value not in {known for known, _ in self.macros}):
            raise ErlangSyntaxError(name.place, f"?{name.value} is defined twice")
        self.macros[key] = Macro(parameters, rest[1:-2])
        self.defined.add(str(name.value))

    def _undefine(self, tokens: Tokens) -> None:
        name = str(_argument(tokens).value)
        self.macros = {key: macro for key, macro in self.macros.items() if key[0] != name}
        self.defined.discard(name)

    def _included(self, tokens: Tokens, depth: int) -> Iterator[Tokens | ErlangSyntaxError]:
        name = _argument(tokens, "string")
        contents = self.include(str(name.value)) if depth < DEEPEST else None
        if contents is None:
            self.lost = f"; {name.value}, which may define it, is not there"
            raise ErlangSyntaxError(name.place, f"the file {name.text} is not there; put it beside this one")
        file = str(name.value)
        try:
            text = text_of(contents, file)
        except ErlangSyntaxError as error:
            self.lost = f"; {file}, which may define it, cannot be read ({error.place.inside(file)}: {error.text})"
            raise
        yield from self._file(text, file, depth + 1)

    # --- macros ----------------------------------------------------------------------------------------------------------

    def _expanded(self, tokens: Tokens) -> Iterator[ErlangToken]:
        """`tokens` with each macro replaced. What a macro stands for may contain macros, too."""
        function, left = _Function.of(tokens), list(reversed(tokens))
        while left:
            token = left.pop()
            if token.kind != "?":
                yield token
            elif not left or left[-1].kind not in {"atom", "var"} | RESERVED:
                raise ErlangSyntaxError(token.place, "the name of a macro is missing after ?")
            else:
                left += reversed(self._replaced(left.pop(), left, function))

    def _replaced(self, name: ErlangToken, left: list[ErlangToken], function: _Function) -> list[ErlangToken]:
        """What the macro called `name` stands for. `left` is what follows it, backwards; its arguments are taken from there."""
        known, applied = str(name.value), bool(left) and left[-1].kind == "("
        predefined = self._predefined(name, function)
        if predefined is not None:
            return [predefined]
        arities = {arity for other, arity in self.macros if other == known}
        if not arities:
            raise ErlangSyntaxError(name.place, f"the macro ?{known} is not defined{self.lost}")
        if arities == {None} or (None in arities and not applied):
            return list(_filled(self._macro(known, None, name).body, name.place, {}))
        if not applied:
            raise ErlangSyntaxError(name.place, f"?{known} takes arguments")
        arguments = _arguments(left)
        macro = self._macro(known, len(arguments), name)
        return list(_filled(macro.body, name.place, dict(zip(macro.parameters or (), arguments, strict=True))))

    def _macro(self, known: str, arity: int | None, name: ErlangToken) -> Macro:
        if (known, arity) not in self.macros:
            raise ErlangSyntaxError(name.place, f"?{known} does not take {arity} arguments")
        self._check_uses((known, arity), (), name.place)
        return self.macros[known, arity]

    def _check_uses(self, key: tuple[str, int | None], above: tuple[tuple[str, int | None], ...], at: Place) -> None:
        """Raise ErlangSyntaxError if the macro `key`, used in those `above`, leads back to one of them."""
        if key in above:
            raise ErlangSyntaxError(at, f"?{key[0]} stands for itself")
        macro = self.macros.get(key) or self.macros.get((key[0], None))
        for used in _uses(macro.body if macro else ()):
            self._check_uses(used, (*above, key), at)

    def _predefined(self, name: ErlangToken, function: _Function) -> ErlangToken | None:
        found: dict[str, tuple[str, str | int]] = {
            "MODULE": ("atom", self.module),
            "MODULE_STRING": ("string", self.module),
            "FILE": ("string", name.place.file or self.file),
            "LINE": ("integer", name.place.line),
            "MACHINE": ("atom", "BEAM"),
            "FUNCTION_NAME": ("atom", function.name),
            "FUNCTION_ARITY": ("integer", function.arity),
        }
        kind, value = found.get(str(name.value), ("", ""))
        return ErlangToken(kind, value, name.place, str(value)) if kind else None


@dataclass(frozen=True, slots=True)
class _Function:
    """The function whose form is being read."""

    name: str
    arity: int

    @classmethod
    def of(cls, tokens: Tokens) -> _Function:
        """The function that `tokens` begin to define; one without a name where they are something else."""
        if [token.kind for token in tokens[:2]] != ["atom", "("]:
            return cls("", 0)
        try:
            return cls(str(tokens[0].value), len(_arguments(list(reversed(tokens[1:])))))
        except ErlangSyntaxError:
            return cls(str(tokens[0].value), 0)


def _split(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The items of each form, up to and with its dot."""
    form: list[Item] = []
    for item in items:
        form.append(item)
        if isinstance(item, ErlangToken) and item.kind == "dot":
            yield form
            form = []
    if form:
        last = form[-1]
        if not any(isinstance(item, ErlangSyntaxError) for item in form):
            form.append(ErlangSyntaxError(last.place, "the file ends before this does: a dot is missing"))
        yield form


def _directive(items: Sequence[Item]) -> str:
    """The name after the dash with which a form begins, or ""."""
    first = [item for item in items[:2] if isinstance(item, ErlangToken)]
    if (
        len(first) == len(items[:2]) == 2
        and first[0].kind == "-"
        and (first[1].kind in {"atom", "if"} or first[1].text == "else")
    ):
        return str(first[1].value)
    return ""


def _argument(tokens: Tokens, *kinds: str) -> ErlangToken:
    """The one name or string in the brackets of a directive."""
    wanted = kinds or ("atom", "var")
    if len(tokens) < 5 or tokens[2].kind != "(" or tokens[3].kind not in wanted:
        raise ErlangSyntaxError(tokens[0].place, f"expected -{tokens[1].text}({' or '.join(wanted)}...")
    return tokens[3]


def _arguments(left: list[ErlangToken]) -> list[Tokens]:
    """The arguments between the bracket with which `left` begins and its partner, all taken from `left`, which is backwards."""
    start = left.pop()
    found: list[list[ErlangToken]] = [[]]
    closing = [")"]
    while left:
        token = left.pop()
        if token.kind == closing[-1]:
            closing.pop()
            if not closing:
                return [] if found == [[]] else [tuple(argument) for argument in found]
        elif token.kind in OPENING:
            closing.append(OPENING[token.kind])
        elif token.kind == "," and len(closing) == 1:
            found.append([])
            continue
        found[-1].append(token)
    raise ErlangSyntaxError(start.place, "the ')' of this '(' is missing")


def _uses(body: Tokens) -> Iterator[tuple[str, int | None]]:
    """The macros in `body`, with the number of arguments that each is given (None: none at all)."""
    for place, (token, name) in enumerate(pairwise(body)):
        if token.kind == "?":
            behind = list(reversed(body[place + 2 :]))
            yield str(name.value), len(_arguments(behind)) if behind and behind[-1].kind == "(" else None


def _filled(body: Tokens, at: Place, given: dict[str, Tokens]) -> Iterator[ErlangToken]:
    """The body of a macro used `at` a place, with its arguments put in; `??X` is the text of X.

    As `epp` does it, what comes behind an argument is where that argument ended.
    """
    place = 0
    while place < len(body):
        token = body[place]
        argument = given.get(str(body[place + 1].value)) if token.kind == "??" and place + 1 < len(body) else None
        if argument is not None:
            text = " ".join(part.text for part in argument)
            yield ErlangToken("string", text, at, text)
            place += 1
        elif token.kind == "var" and token.value in given:
            yield from given[str(token.value)]
            at = next((part.place for part in reversed(given[str(token.value)])), at)
        else:
            yield replace(token, place=at)
        place += 1
