"""What applications multicast, as terms, and back."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from groupy_check.checker.erlang.adapter.term_text import shown
from groupy_check.checker.erlang.terms.values import Atom, Improper, Term, Tuple
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change, SetState, StateRequest
from groupy_check.groupy_model.show import show

CHANGE, STATE_REQUEST, STATE = Atom("change"), Atom("state_request"), Atom("state")
NAME = re.compile(r"([a-z])(\d+)|p(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Said:
    """What the program has handed to the application, and nobody has multicast."""

    content: Term

    def __str__(self) -> str:
        return shown(self.content)


def term_of(payload: Hashable) -> Term:
    """The term that stands for `payload`: the atom a1 for p1's first change, for instance."""
    match payload:
        case StateRequest(origin):
            return Tuple((STATE_REQUEST, int(origin)))
        case SetState(origin, joiner, colour):
            return Tuple((STATE, int(origin), int(joiner), Tuple(colour)))
    return Atom(show(payload))


def payload_of(term: Term) -> Hashable:
    """What `term` stands for; a term that nobody can have multicast stands for itself."""
    match term:
        case Atom(name) if found := NAME.fullmatch(name):
            letter, count, node, number = found.groups()
            change = Change(Node(ord(letter) - 96), int(count)) if letter else Change(Node(int(node)), int(number))
            return change if str(change) == name else Said(term)
        case Tuple((Atom("state_request"), int(origin))):
            return StateRequest(Node(origin))
        case Tuple((Atom("state"), int(origin), int(joiner), Tuple((int(red), int(green), int(blue))))):
            return SetState(Node(origin), Node(joiner), (red, green, blue))
    return Said(term)


def payloads_in(term: Term) -> Iterator[Hashable]:
    """The payloads in `term`."""
    found = payload_of(term)
    if not isinstance(found, Said):
        yield found
        return
    match term:
        case Tuple(items) | Improper(items):
            parts = items
        case tuple():
            parts = term
        case _:
            parts = ()
    for part in parts:
        yield from payloads_in(part)
