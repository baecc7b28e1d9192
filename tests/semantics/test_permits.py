"""Whether one action is possible is decided without enumerating all that are; the answer is the same."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from groupy_check.groupy_model.actions import Action, Handle, Partition, Suspect
from groupy_check.groupy_model.node import Node
from tests.semantics.test_semantics_laws import LAW
from tests.support.tables import World, worlds


def cut_otherwise(action: Action) -> list[Action]:
    """`action` with crashes in it, also where no effect is left for them."""
    return [replace(action, cut=cut) for cut in (0, 1, 2, 9)] if isinstance(action, Handle | Suspect) else []


@settings(LAW, max_examples=15)
@given(worlds())
def test_an_action_is_permitted_where_it_is_enabled_and_nowhere_else(world: World):
    semantics = world.semantics()
    states = [semantics.initial(), *(after for _, _, after in world.walk())]
    states = states[:: 1 + len(states) // 5]
    enabled = [semantics.impatient().enabled(state) for state in states]
    known: set[Action] = {Partition(side) for side in ((), (Node(2),), (Node(1), Node(1)), (Node(2), Node(1)), semantics.nodes)}
    for actions in enabled:
        known.update(actions[:: 1 + len(actions) // 12])
    known.update(cut for action in list(known) for cut in cut_otherwise(action))
    for state, actions in zip(states, enabled, strict=True):
        patient = semantics.enabled(state)
        for action in known:
            assert semantics.permits(state, action) == (action in actions), (action, action in patient)
