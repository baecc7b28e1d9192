"""Histories in a small notation, one line for each process, with the verdict above them.

    === fifo
    broken: p1 multicast a1 before a2, but p2 delivered a2 without a1
        p1   v1{12} +a1 +a2
        p2   v1{12} a2
    kept: what was sent in a view without the joiner it need not have
        p1   v1{1} +a1 v2{12} +a2
        p2*  v2{12} a2

After the name of a process (with a star, one that joined during the run), what its log says, in order:

    v2{13}    installs view 2 with the members p1 and p3      +a1     is asked by its application to multicast a1
    a1        delivers a1, the first payload of p1            [a1,b1] adopts the state that a1 and then b1 make
    ?p1       asks p1 to let it in                            left    asks to leave
    with{12}  is told, with the view just before, that p1 and p2 came with it      safe(a1) is told that a1 is safe
    ask(p2)   delivers the request of the worker of p2        set(p1,p2,0.0.21) delivers p1's answer to it

and how it is at the end: `crashed`, `ended` (by itself), `absent` (not started), `stuck`, and the colour it shows, `#0.0.21`.
A history is at rest unless its first line says `still running`, as in `broken, still running:`. In `goals.txt` the first line
says `tried:` or `untried:` instead, whether the situation that the property is about has arisen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import (
    Adopted,
    AskedToJoin,
    Delivered,
    Ended,
    History,
    IndicatedSafe,
    Installed,
    Left,
    Life,
    MovedWith,
    Observation,
    Sent,
    Status,
)
from groupy_check.groupy_model.payloads import Change, Colour, SetState, StateRequest

FOLDER = Path(__file__).parent / "histories"
STATUSES = {"crashed": Status.CRASHED, "ended": Status.HALTED, "absent": Status.ABSENT}
STUCK = "asks for a multicast and never delivers it"


@dataclass(frozen=True, slots=True)
class Example:
    """A history, the property that it is about, and what is said of the two: a `verdict` and some words."""

    name: str
    place: str
    verdict: str
    words: str
    history: History


def examples() -> Iterator[Example]:
    """All examples in `histories/`, in order."""
    for path in sorted(FOLDER.glob("*.txt")):
        yield from examples_in(path)


def examples_in(path: Path) -> Iterator[Example]:
    name, found = "", None
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if line.startswith("=== "):
            name = line[4:]
        elif re.match(r"(broken|kept|tried|untried)(, still running)?: ", line):
            if found:
                yield found
            verdict, words = line.split(": ", 1)
            verdict, _, running = verdict.partition(", ")
            found = Example(name, f"{path.name}:{number}", verdict, words, History((), at_rest=not running))
        elif line.startswith("    "):
            assert found, f"{path.name}:{number}: a process before the first verdict"
            found = replace(found, history=replace(found.history, lives=(*found.history.lives, life_of(line.split()))))
        else:
            assert not line or line.startswith("#"), f"{path.name}:{number}: {line}"
    if found:
        yield found


def life_of(words: list[str]) -> Life:
    """The life that one line tells."""
    node = Node(int(words[0].strip("p*")))
    found = Life(node, Status.UP, (), founder=not words[0].endswith("*"))
    for word in words[1:]:
        if word in STATUSES:
            log = (*found.log, Ended("so")) if word == "ended" else found.log
            found = replace(found, status=STATUSES[word], log=log)
        elif word == "stuck":
            found = replace(found, stuck=f"{node} {STUCK}")
        elif word.startswith("#"):
            found = replace(found, colour=_colour(word[1:]))
        else:
            found = replace(found, log=(*found.log, _observation(word)))
    return found


def _observation(word: str) -> Observation:
    if word == "left":
        return Left()
    if word.startswith("?"):
        return AskedToJoin(Node(int(word[2:])))
    if word.startswith("with"):
        return MovedWith(tuple(Node(int(digit)) for digit in word[5:-1]))
    if word.startswith("safe"):
        return IndicatedSafe(_change(word[5:-1]))
    if word.startswith("v"):
        number, members = word[1:].rstrip("}").split("{")
        return Installed(View(int(number), tuple(Node(int(digit)) for digit in members)))
    if word.startswith("["):
        return Adopted(tuple(map(_change, filter(None, word[1:-1].split(",")))))
    if word.startswith("+"):
        return Sent(_change(word[1:]))
    if word.startswith(("ask(", "set(")):
        return Delivered(_colouring(word[:3], word[4:-1].split(",")))
    return Delivered(_change(word))


def _change(word: str) -> Change:
    return Change(Node("abcdef".index(word[0]) + 1), int(word[1:]))


def _colouring(what: str, arguments: list[str]) -> StateRequest | SetState:
    *nodes, last = arguments
    if what == "ask":
        return StateRequest(Node(int(last[1:])))
    by, joiner = (Node(int(node[1:])) for node in nodes)
    return SetState(by, joiner, _colour(last))


def _colour(text: str) -> Colour:
    red, green, blue = map(int, text.split("."))
    return red, green, blue
