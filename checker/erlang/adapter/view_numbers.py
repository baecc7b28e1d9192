"""Which messages announce views, whose, and the number that the program gives them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from groupy_check.checker.erlang.adapter.node_state import MASTER
from groupy_check.checker.erlang.terms.values import Atom, Map, Pid, Term, Tuple
from groupy_check.groupy_model.node import Node

VIEW = Atom("view")


def number_beside(group: Term, term: Term) -> int | None:
    """The first integer in `term`, a tuple or map that names `group`; None where it has none, or not the group."""
    parts = _parts(term)
    if not parts or not holds(group, term):
        return None
    here = next((part for part in parts if isinstance(part, int)), None)
    inside = (number_beside(group, part) for part in parts)
    return here if here is not None else next((found for found in inside if found is not None), None)


def holds(group: Term, term: Term) -> bool:
    """Whether the tuple or map `term` names `group`, itself or in one that it has in it."""
    return any(part == group or group_in(part) == group or holds(group, part) for part in _parts(term))


def group_in(term: Term) -> tuple[Pid, ...] | None:
    """The applications in a list of them, or of pairs or the like that each have one; None where it is no such list."""
    if not isinstance(term, tuple) or not term:
        return None
    found = [[pid for pid in (item, *_parts(item)) if isinstance(pid, Pid) and pid.number == MASTER] for item in term]
    return tuple(pids[0] for pids in found) if all(len(pids) == 1 for pids in found) else None


def numbered_group(message: Term) -> tuple[Term, int] | None:
    """The applications in `message`, and the number beside them; None where there are not both."""
    found = ((group, number_beside(group, message)) for group in groups_in(message))
    return next(((group, number) for group, number in found if number is not None), None)


def groups_in(message: Term) -> Iterator[Term]:
    """The lists of applications in `message`."""
    for whole in _wholes(message):
        yield from (group for part in _parts(whole) if (group := group_in(part)) is not None)


def is_somewhere_in(value: object, group: Term) -> bool:
    """Whether `value`, processes or terms, names `group`."""
    if isinstance(value, tuple):
        return group_in(value) == group or any(is_somewhere_in(item, group) for item in value)
    if is_dataclass(value) and not isinstance(value, Pid | Atom):
        return any(is_somewhere_in(getattr(value, field.name), group) for field in fields(value))
    return False


def is_unnumbered_view(message: Term) -> bool:
    """Whether `message` announces a view and has no number: it begins with `view`, or has a list of applications in it."""
    wholes = list(_wholes(message))
    if any(isinstance(part, int) for whole in wholes for part in _parts(whole)):
        return False
    return any(map(_is_called_view, wholes)) or next(groups_in(message), None) is not None


def _is_called_view(whole: Term) -> bool:
    return VIEW in (whole.items[:1] if isinstance(whole, Tuple) else _parts(whole))


def view_in(message: Term) -> Tuple | None:
    """The tuple in `message` that begins with `view` and names processes; None where there is none."""
    return next(
        (part for part in _wholes(message) if isinstance(part, Tuple) and part.items[:1] == (VIEW,) and members_of(part)), None
    )


def members_of(view: Tuple) -> tuple[Node, ...]:
    """The processes in a view, in order; those in lists, too."""
    found = [item for part in view.items for item in (part if isinstance(part, tuple) else (part,))]
    return tuple(dict.fromkeys(Node(item.node) for item in found if isinstance(item, Pid)))


def _wholes(term: Term) -> Iterator[Term]:
    """The tuples and maps in `term`, not those in lists."""
    parts = _parts(term)
    if parts:
        yield term
        for part in parts:
            yield from _wholes(part)


def _parts(term: Term) -> tuple[Term, ...]:
    """The items of a tuple, or the values of a map."""
    match term:
        case Tuple(items):
            return items
        case Map(pairs):
            return tuple(value for _, value in pairs)
    return ()
