"""In which order sets are iterated here: another interpreter, with another hash seed, may have another.

Whether a handler depends on such an order is not left to luck: interpreters are started until any two members of the same set
were met in both orders, and each member of a small one first and last. The sets are those in states and messages, and for
handlers that make sets of their own, also the sets that could be made of what lies together in a tuple, in an enumeration, or
among the constants of one function.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import combinations
from typing import Any

from groupy_check.checker.inputs.other_interpreters.named_code import used
from groupy_check.checker.inputs.properties import PureJudge
from groupy_check.checker.semantics.purity.reachable import Reach
from groupy_check.checker.semantics.step_cache import is_built_in
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.show import show
from groupy_check.specs.property import Property

MOST, LARGEST = 400, 6  # sets; members: the orders of larger sets differ anyway
MAKERS = frozenset({"set", "frozenset", "keys", "items", "union", "intersection", "difference", "symmetric_difference", "hash"})
MAKING = frozenset({"BUILD_SET", "SET_ADD", "SET_UPDATE"})
FEW = 4  # members, each of which is to be met first and last
Orders = dict[str, list[str]]  # of a set, by its text, the texts of its members as they are iterated


def users_code(protocol: Protocol, own: Iterable[Property]) -> list[Reach]:
    """What the code of a protocol and of properties may use, so far as they are the user's own."""
    roots: list[object] = [] if is_built_in(protocol) else [protocol]
    roots += [wanted.judge.requirement for wanted in own if isinstance(wanted.judge, PureJudge)]
    return [used(root, "self") for root in roots]


def orders(values: Iterable[Any], code: Sequence[Reach]) -> Orders:
    """The orders of the sets in `values` and among the constants of `code`, and of those that this code could make."""
    making, constants = makers(code), [constant for part in code for constant in part.constants]
    found: Orders = {}
    for pool in _pools((*values, *constants), making):
        if not making and not isinstance(pool, frozenset | set):
            continue
        members = frozenset(filter(_hashable, filter(_seeded, pool)))
        if 1 < len(members) <= LARGEST and len(found) < MOST:
            texts = list(map(show, members))
            found.setdefault(" ".join(sorted(texts)), texts)
    return found


def makers(code: Iterable[Reach]) -> list[types.CodeType]:
    """The parts of `code` that make sets, or ask for a hash."""
    functions = [function for part in code for function in part.functions]
    return [part for function in functions for part in _codes(function.__code__) if _makes_sets(part)]


def undecided(seen: Iterable[Mapping[str, list[str]]]) -> bool:
    """Whether there are members of a set that all interpreters that were `seen` iterate alike, or not each first and last."""
    before: dict[tuple[str, str], set[bool]] = {}
    ends: dict[tuple[str, ...], tuple[set[str], set[str]]] = {}
    for found in seen:
        for texts in found.values():
            for one, other in combinations(texts, 2):
                if one != other:
                    before.setdefault((min(one, other), max(one, other)), set()).add(one < other)
            if len(set(texts)) == len(texts) <= FEW:
                for met, text in zip(ends.setdefault(tuple(sorted(texts)), (set(), set())), (texts[0], texts[-1]), strict=True):
                    met.add(text)
    return any(len(both) < 2 for both in before.values()) or any(
        len(met) < len(members) for members, both in ends.items() for met in both
    )


def _pools(values: Iterable[Any], codes: Iterable[types.CodeType]) -> Iterator[Iterable[Any]]:
    kinds: dict[type[Enum], None] = {}
    waiting = list(values)[::-1]
    known: dict[int, Any] = {}
    while waiting:
        value = waiting.pop()
        if isinstance(value, Enum):
            kinds.setdefault(type(value))
        parts = _parts(value)
        if parts and id(value) not in known:
            known[id(value)] = value
            yield value if isinstance(value, frozenset | set) else parts
            yield from _columns(parts)
            waiting += parts[::-1]
    yield from kinds
    for code in codes:
        yield [constant for constant in code.co_consts if isinstance(constant, str) and constant.isidentifier()]
        yield from (constant for constant in code.co_consts if isinstance(constant, tuple | frozenset))


def _columns(parts: Iterable[Any]) -> Iterator[list[Any]]:
    """What stands at the same place in values of the same kind: the names of timers that are set one after the other."""
    kinds: dict[type, list[list[Any]]] = {}
    for part in parts:
        kinds.setdefault(type(part), []).append(_parts(part))
    for rows in kinds.values():
        yield from map(list, zip(*rows, strict=False))


def _parts(value: Any) -> list[Any]:
    if isinstance(value, tuple | list | dict):
        return list(value)
    if isinstance(value, frozenset | set):
        return sorted(value, key=show)
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in fields(value)]
    return []


def _seeded(value: Any) -> bool:
    """Whether the hash of `value` depends on the hash seed."""
    return isinstance(value, str | bytes | Enum) or any(map(_seeded, _parts(value)))


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except Exception:  # noqa: BLE001 - a user's __hash__ may raise anything
        return False
    return True


def _makes_sets(code: types.CodeType) -> bool:
    return not MAKERS.isdisjoint(code.co_names) or any(
        step.opname in MAKING or isinstance(step.argval, frozenset) for step in dis.get_instructions(code)
    )


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)
