"""A mutant in a program that runs already: the functions that it changes get their new code, and nothing is imported anew."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from inspect import CO_OPTIMIZED
from types import CodeType, FunctionType


def plant(place: str, before: str, after: str) -> bool:
    """Change the living functions of the file that was loaded from `place` as `before` becomes `after`.

    Returns whether that is the whole mutant: what a module or a class does while it is imported has been done.
    """
    pairs = list(_changed(_compiled(before, place), _compiled(after, place)))
    if any(old is None for old, _ in pairs):
        return False
    changed: dict[CodeType | None, CodeType] = dict([*pairs, *(pair for outer in pairs for pair in _closures(*outer))])
    living = [thing for thing in gc.get_objects() if isinstance(thing, FunctionType) and thing.__code__ in changed]
    found = {function.__code__ for function in living}
    try:
        for function in living:
            function.__code__ = changed[function.__code__]
    except ValueError:  # it needs other variables of what is around it
        return False
    return all(old in found for old, _ in pairs)


def same_program(one: str, other: str) -> bool:
    """Whether both texts are compiled to the same instructions."""
    return _instructions(_compiled(one, "")) == _instructions(_compiled(other, ""))


def _compiled(text: str, place: str) -> CodeType:
    return compile(text, place, "exec", dont_inherit=True)


def _inner(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _own(code: CodeType) -> object:
    """What `code` does, apart from the functions and classes inside; 1 is not True here."""
    plain = [repr(constant) for constant in code.co_consts if not isinstance(constant, CodeType)]
    return code.co_code, plain, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_exceptiontable


def _instructions(code: CodeType) -> object:
    return _own(code), [_instructions(inner) for inner in _inner(code)]


def _changed(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType | None, CodeType]]:
    """The outermost functions that differ, old and new; (None, ...) for a module or a class that itself differs."""
    if _instructions(old) == _instructions(new):
        return
    if old.co_flags & CO_OPTIMIZED:
        yield old, new
    elif _own(old) != _own(new):
        yield None, new
    else:
        for one, other in zip(_inner(old), _inner(new), strict=True):
            yield from _changed(one, other)


def _closures(old: CodeType | None, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The functions within a function, old and new: those that it has made already live on."""
    inner, others = _inner(old) if old else [], _inner(new)
    if len(inner) == len(others):
        for pair in zip(inner, others, strict=True):
            if _instructions(pair[0]) != _instructions(pair[1]):
                yield pair
                yield from _closures(*pair)
