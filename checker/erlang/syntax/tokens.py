"""A reader of the tokens of one form, which says in words what it expected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from groupy_check.checker.erlang.syntax.places import ErlangSyntaxError, Place
from groupy_check.checker.erlang.syntax.scanner import ErlangToken

Item = TypeVar("Item")


class TokenReader:
    """Goes through `tokens`, the last of which is the dot, and never beyond it."""

    def __init__(self, tokens: Sequence[ErlangToken]) -> None:
        self._tokens = tokens
        self._next = 0

    @property
    def token(self) -> ErlangToken:
        """The token that comes next."""
        return self._tokens[self._next]

    @property
    def at(self) -> Place:
        """Where the next token is."""
        return self.token.place

    def ahead(self, distance: int) -> str:
        """The kind of the token so many after the next one."""
        place = min(self._next + distance, len(self._tokens) - 1)
        return self._tokens[place].kind

    def is_at(self, *kinds: str) -> bool:
        """Whether the next token is of one of these kinds."""
        return self.token.kind in kinds

    def take(self) -> ErlangToken:
        """The next token, which is gone then."""
        token = self.token
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def took(self, kind: str) -> bool:
        """Whether the next token is of this kind; then it is gone."""
        found = self.is_at(kind)
        if found:
            self.take()
        return found

    def expect(self, kind: str, why: str = "") -> ErlangToken:
        """The next token, which has to be of this kind. `why` says to what it belongs."""
        if not self.is_at(kind):
            self.fail(f"expected {_quoted(kind)}{f' {why}' if why else ''}")
        return self.take()

    def fail(self, expected: str) -> None:
        """Raise the error that something else than `expected` comes next."""
        found = "the end of the form" if self.is_at("dot") else self.token.text
        raise ErlangSyntaxError(self.at, f"{expected}, found {found}")

    def separated(self, item: Callable[[], Item], separator: str = ",") -> tuple[Item, ...]:
        """One item, and more of them as long as `separator` follows."""
        found = [item()]
        while self.took(separator):
            found.append(item())
        return tuple(found)

    def until(self, closing: str, item: Callable[[], Item], why: str) -> tuple[Item, ...]:
        """The items up to `closing`, perhaps none, separated by commas."""
        found = () if self.is_at(closing) else self.separated(item)
        self.expect(closing, why)
        return found


def _quoted(kind: str) -> str:
    return {"dot": "a dot", "var": "a variable", "atom": "an atom", "string": "a string"}.get(kind, f"'{kind}'")
