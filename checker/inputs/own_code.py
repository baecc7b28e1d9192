"""A user's file must not change our modules and classes when it is loaded: the next one would be judged by what it leaves."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any

OURS = "groupy_check"
MISSING = object()


class OwnCode:
    """What our modules, those loaded by now, and their classes hold."""

    def __init__(self) -> None:
        self.owners = list(_owners())
        self.held = [dict(vars(owner)) for owner in self.owners]
        self.constants = [
            (owner, name, value, value.copy())
            for owner, held in zip(self.owners, self.held, strict=True)
            for name, value in held.items()
            if name.isupper() and isinstance(value, (dict, list, set))
        ]
        self.codes = {value: value.__code__ for held in self.held for value in held.values() if isinstance(value, FunctionType)}

    def restored(self) -> str:
        """Undo what was changed since. Returns the name of the first thing that was, "" if nothing."""
        changed = [*self._attributes(), *self._functions(), *self._contents()]
        return changed[0] if changed else ""

    def _attributes(self) -> Iterator[str]:
        for owner, held in zip(self.owners, self.held, strict=True):
            now: Mapping[str, object] = vars(owner)
            if len(now) == len(held) and all(now.get(name) is value for name, value in held.items()):
                continue
            for name in [name for name in {**held, **now} if now.get(name, MISSING) is not held.get(name, MISSING)]:
                if name in held:
                    setattr(owner, name, held[name])
                elif isinstance(owner, type) and "annot" not in name:  # modules get submodules, classes a cache of annotations
                    delattr(owner, name)
                else:
                    continue
                yield f"{owner.__name__}.{name}"

    def _functions(self) -> Iterator[str]:
        for function, code in self.codes.items():
            if function.__code__ is not code:
                function.__code__ = code
                yield function.__qualname__

    def _contents(self) -> Iterator[str]:
        for owner, name, value, before in self.constants:
            now, then = (list(part.items()) if isinstance(part, dict) else list(part) for part in (value, before))
            if now == then:
                continue
            value.clear()
            value.extend(before) if isinstance(value, list) else value.update(before)
            yield f"{owner.__name__}.{name}"


def _owners() -> Iterator[Any]:
    """Our modules, and the classes that they define."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == OURS:
            yield module
            for value in list(vars(module).values()):
                if isinstance(value, type) and value.__module__ == name:
                    yield value
