"""What an owner is told before it begins: names and numbers, of which it makes the protocol, properties and first state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from groupy_check.checker.errors import UsageError
from groupy_check.checker.inputs.properties import known_properties
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import System
from groupy_check.specs.property import Property
from groupy_check.specs.views import ADMISSION_UNLESS_SOMEBODY_ENDS


@dataclass(frozen=True, slots=True)
class SearchTask:
    """A search for violations of `properties` by `protocol`, as the command line names it, from `directory`. Of a property name
    and sentence.

    `ordinals`: of the actions that lead to the state where it begins, the places among those enabled. `edges`: of owed steps
    are wanted; `eventual`: a property is judged at rest; `saving`: what is found will be asked for by checkpoints.
    """

    directory: str
    protocol: str
    scenario: Scenario
    properties: tuple[tuple[str, str], ...]
    ordinals: tuple[int, ...]
    edges: bool
    eventual: bool
    saving: bool

    def judged(self, protocol: Protocol) -> list[Property]:
        """The properties, in order. Raises UsageError where one is none that can be loaded here."""
        known = known_properties([name for name, _ in self.properties], protocol)
        said = {(wanted.name, wanted.sentence): wanted for wanted in (*known.values(), ADMISSION_UNLESS_SOMEBODY_ENDS)}
        for name, sentence in self.properties:
            if (name, sentence) not in said:
                raise UsageError(
                    f"{name}: each owner of states loads it anew; name it as --property does, ./mine.py for example"
                )
        return [said[each] for each in self.properties]

    def beginning(self, semantics: Semantics) -> System:
        """The state in which the search begins."""
        return reduce(lambda system, ordinal: stepped(semantics, system, ordinal), self.ordinals, semantics.initial())


def stepped(semantics: Semantics, system: System, ordinal: int) -> System:
    """`system` after the action at this place among those enabled."""
    return semantics.apply(system, semantics.enabled(system)[ordinal])
