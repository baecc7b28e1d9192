"""What the native engine puts to sleep, held to the reference semantics: both orders of every such pair are executed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from groupy_check.checker.native.memory.layout import GROUP_BITS, Array
from groupy_check.checker.native.pipeline.frontier import Block
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.native.tables import sleep_sets as sleeping
from groupy_check.checker.search.base import Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Crash, Handle
from groupy_check.groupy_model.events import Down, Multicast, Receive
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import System
from groupy_check.specs.property import Property


@dataclass
class Sleepers:
    """Of each state that a search has found, by number: its mask of groups that sleep."""

    masks: dict[int, int] = field(default_factory=dict)


@contextmanager
def watched(native: NativeExplorer) -> Iterator[Sleepers]:
    """Notes what sleeps in the states that `native` finds meanwhile, and not in those of a search for held timers behind it."""
    found, note = Sleepers(), NativeExplorer._note

    def noting(self: NativeExplorer, block: Block, begin: int, count: int, records: Array) -> None:
        note(self, block, begin, count, records)
        if self is native:
            found.masks.update((block.first + row, int(block.asleep[row])) for row in range(begin, begin + count))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NativeExplorer, "_note", noting)
        yield found


def group(semantics: Semantics, system: System, number: int) -> list[Action]:
    """The actions of a group of `sleeping` that can sleep: none where several things can be done with its channel."""
    size, enabled = semantics.size, semantics.enabled(system)
    channels, requests, crashes, within = sleeping.groups(size)
    if requests <= number < crashes:
        node = semantics.nodes[number - requests]
        wanted = Handle(node, Multicast(Change(node, system.processes[node - 1].asked + 1)))
        return [action for action in semantics.free(system) if action == wanted]
    if crashes <= number < within:
        return [action for action in enabled if action == Crash(semantics.nodes[number - crashes])]
    cut = number >= within
    found = [action for action in enabled if _slot(size, action) == number - (within if cut else channels)]
    whole = [action for action in found if isinstance(action, Handle) and action.cut is None]
    if len(whole) != 1:
        return []
    return [action for action in found if action not in whole] if cut else [*whole]


def _slot(size: int, action: Action) -> int | None:
    """The channel from which `action` takes."""
    match action:
        case Handle(node, Receive(source, _) | Down(source)):
            return (source - 1) * size + node - 1
    return None


def pairs_asleep(protocol: Protocol, scenario: Scenario, properties: list[Property], limits: Limits) -> int:
    """Search natively, and execute both orders of every pair that the engine puts to sleep. Returns how many these are.

    Fails, and says which, when one of them does not commute.
    """
    native, pairs = NativeExplorer(protocol, scenario, properties, limits), 0
    with watched(native) as sleepers:
        native.run()
    semantics = native.semantics
    systems, ancestors = {0: semantics.initial()}, native.store.ancestors
    for number in range(1, len(native.store)):
        parent, ordinal = ancestors.of(number)
        before = systems[parent]
        step = semantics.enabled(before)[ordinal]
        systems[number] = after = semantics.apply(before, step)
        mask = sleepers.masks[number]
        for bit in range(GROUP_BITS):
            if mask >> bit & 1:
                pairs += both_orders(semantics, before, step, after, group(semantics, after, bit))
    return pairs


def both_orders(semantics: Semantics, before: System, step: Action, after: System, asleep: list[Action]) -> int:
    """What sleeps `after` a step leads to where it leads when it is done `before` that, and then the step.

    A crash of who has done a silent step may also lead to where it leads `before`.
    """
    for action in asleep:
        assert action in semantics.enabled(before), (before, step, action)
        first, last = semantics.apply(before, action), semantics.apply(after, action)
        if last == first and isinstance(action, Crash):
            continue
        assert step in semantics.enabled(first), (before, step, action)
        assert semantics.apply(first, step) == last, (before, step, action)
    return len(asleep)
