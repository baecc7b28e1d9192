"""State outside the state: what a handler changes besides the state that it returns, noticed around each of its calls.

A search calls a handler once for each state and event, in its own order. What a handler keeps elsewhere is then a mixture of
all runs, and a violation that depends on it happens in none. A cache of functools (`cache`, `lru_cache`, `cached_property`)
is no state, but what it returns may not be changed, and a handler that fills one is called once more after it was emptied: it
must come out the same. A memo that is kept by hand is state.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import is_
from typing import Any

from groupy_check.checker.semantics.canonical import form
from groupy_check.checker.semantics.purity.impure_calls import impure_call, may_be_impure
from groupy_check.checker.semantics.purity.program_state import MISSING
from groupy_check.checker.semantics.purity.reachable import PLACE, Holder, Reach, reachable
from groupy_check.groupy_model.show import show

LONGEST = 60  # characters of a value


@dataclass(frozen=True, slots=True)
class Alteration:
    """What is called `name` was `before`, and is `after`, as texts; these are "", or equal, where no text would tell."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.name} from {self.before} to {self.after}" if self.before != self.after else self.name


class Watch:
    """Watches over all that the code of `root`, which is called `name` in what is told, can reach and change."""

    def __init__(self, root: object, name: str = "self") -> None:
        self.root, self.name = root, name
        self.reach, self.suspicious = Reach(), False
        self.filled: list[Any] = []
        self.then: list[Any] | None = None  # what all the stores held, one after the other

    def begin(self) -> None:
        """Take what there is now as given."""
        if self.then is None or not self._as_before():
            self._take()

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Within, garbage is collected only when code asks for that: what a collector calls, and when, is nobody's doing."""
        collecting = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if collecting:
                gc.enable()

    def alteration(self) -> Alteration | None:
        """What has changed since `begin`, or since the last time that this was asked; caches may be filled."""
        if self._as_before():
            return None
        found = next(self._alterations(), None)
        missed = zip(self.reach.caches, self.misses, self._missed(), strict=True)
        self.filled += [cache for cache, before, after in missed if before != after]
        self._take()
        return found

    def forget(self) -> bool:
        """Empty the caches that were filled. Returns whether there were any."""
        filled, self.filled = self.filled, []
        for cache in filled:
            cache.cache_clear()
        if filled:
            self._take()
        return bool(filled)

    def impurity(self, call: Callable[[], object]) -> str:
        """What `call` asks that no pure function asks, as `time.time() at mine.py:12`; "" for nothing."""
        if not self.suspicious:
            return ""
        self.forget()
        return impure_call(call)

    # --- whether: in a few microseconds -------------------------------------------------------------------------------

    def _take(self) -> None:
        self.reach = reachable(self.root, self.name)
        self.suspicious = may_be_impure(self.reach.functions)
        self.exact = [store.read for store in self.reach.stores if not store.made]
        self.made = [store.read for store in self.reach.stores if store.made]
        self.bare = [attributes for _, attributes in self.reach.bare]
        self.held = [store.read() for store in self.reach.stores]
        self.then, self.misses, self.modules = self._now(), self._missed(), len(sys.modules)
        self.positions = [read() for read in self.made]

    def _as_before(self) -> bool:
        now, then = self._now(), self.then
        return (
            then is not None
            and len(now) == len(then)
            and all(map(is_, now, then))
            and not any(self.bare)
            and self.positions == [read() for read in self.made]
            and self.misses == self._missed()
            and self.modules == len(sys.modules)
        )

    def _now(self) -> list[Any]:
        now: list[Any] = []
        for read in self.exact:
            now += read()
        return now

    def _missed(self) -> list[int]:
        return [cache.cache_info().misses for cache in self.reach.caches]

    # --- what: as precisely as possible -------------------------------------------------------------------------------

    def _alterations(self) -> Iterator[Alteration]:
        for store, before in zip(self.reach.stores, self.held, strict=True):
            after = store.read()
            if store.made:
                if before != after:
                    told = len(before) == len(after) == 1 and all(isinstance(one, str) for one in (*before, *after))
                    yield Alteration(_clean(store.name), *(map(_short, (*before, *after)) if told else ("", "")))
            elif len(before) != len(after) or not all(map(is_, before, after)):
                yield from _between(store, before, after)
        for name, attributes in self.reach.bare:
            for key, value in attributes.items():
                yield Alteration(f"the attribute {name}.{key}", "nothing", _text(value))


def _between(store: Holder, before: list[Any], after: list[Any]) -> Iterator[Alteration]:
    """The alterations between what `store` held and what it holds."""
    if not store.keyed:
        if not _same(before, after):
            yield Alteration(_clean(store.name), _text(store.whole(before)), _text(store.whole(after)))
        return
    old, new = _paired(before), _paired(after)
    if store.part is None:
        if not _same(old, new):
            yield Alteration(_clean(store.name), _text(old), _text(new))
        return
    for key in {**old, **new}:
        appeared = key not in old and (store.late(key) or isinstance(new[key], type(sys)))
        was, now = (held[key] if key in held else store.default(key) for held in (old, new))
        if not appeared and not _same(was, now):
            yield Alteration(_clean(store.part(key)), _text(was), _text(now))


def _paired(held: list[Any]) -> dict[Any, Any]:
    half = len(held) // 2
    return dict(zip(held[:half], held[half:], strict=True))


def _same(one: Any, other: Any) -> bool:
    try:
        return one is other or form(one) == form(other)
    except Exception:  # noqa: BLE001 - a user's attributes may do anything, and refer to each other
        return False


def _clean(name: str) -> str:
    return name.replace(PLACE, "")


def _text(value: object) -> str:
    if value is MISSING:
        return "nothing"
    try:
        text = " ".join(show(value).split())
    except Exception:  # noqa: BLE001 - a user's __repr__ may raise anything
        text = ""
    if not text or " at 0x" in text:
        text = f"a {type(value).__name__}"
    return _short(text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
