"""A protocol as a Hypothesis state machine, for a test suite that has rules and invariants of its own.

>>> from hypothesis.stateful import invariant
>>> from groupy_check import machine
>>> class Mine(machine("gms3", nodes=3, messages=1)):
...     @invariant()
...     def nobody_delivers_twice(self):
...         for life in self.history().lives:
...             assert len(set(life.delivered)) == len(life.delivered)
>>> TestMine = Mine.TestCase  # unittest and pytest collect it

Hypothesis then draws runs: what is owed and what the environment may choose, in any order. Safety is judged after every step;
at the end of the run all that is owed happens, and what must come eventually is judged. A run that violates something is
shrunk, remembered, and printed as `groupy check` prints it.

A rule of one's own does what is possible by `do`; an example is a rule in which everybody that can takes a multicast at once:

>>> from hypothesis.stateful import rule
>>> from groupy_check.groupy_model.actions import Handle
>>> from groupy_check.groupy_model.events import Multicast
>>> class Busy(machine("gms2", nodes=2, messages=2, crashes=0, properties=["agreement", "total-order"])):
...     @rule()
...     def everybody_multicasts(self):
...         for node in self.semantics.nodes:
...             asked = [a for a in self.free if isinstance(a, Handle) and a.process == node and isinstance(a.event, Multicast)]
...             for action in asked[:1]:
...                 self.do(action)
>>> from hypothesis.stateful import run_state_machine_as_test
>>> from hypothesis import settings
>>> run_state_machine_as_test(Busy, settings=settings(max_examples=20, database=None, derandomize=True))

Random runs prove nothing: where the group is small enough, `check` tries everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from enum import Enum
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from groupy_check.checker.errors import UsageError, unknown
from groupy_check.checker.inputs.protocols import protocol_of
from groupy_check.checker.judging.findings import finding_on
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.selection import select, with_workers
from groupy_check.checker.judging.whole_run import settled
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.traffic import bare
from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.observations import OBSERVATION_TYPES, History
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.verdict import Finding, Verdict
from groupy_check.reports.wording.phrases import action_line
from groupy_check.reports.wording.summary import run_text
from groupy_check.specs.property import Property

LONGEST = 1_000  # steps of what is owed at the end of a run


class GroupMachine(RuleBasedStateMachine):
    """One run of a group. `machine` makes subclasses for a group and the properties that it is judged by."""

    recorder: ClassVar[Recorder]
    semantics: ClassVar[Semantics]
    observer: ClassVar[Observer]
    properties: ClassVar[Sequence[Property]]

    def __init__(self) -> None:
        super().__init__()
        self.judge = Judge(self.properties)
        self.over = False
        self.before = set[System]()
        self._reach(self.recorder.begin())

    def _reach(self, system: System) -> None:
        self.system = system
        known = len(self.before)
        self.before.add(bare(system))
        # Where a run comes back to, timers may fire beside traffic that goes round for ever.
        semantics = self.semantics.impatient() if len(self.before) == known else self.semantics
        self.owed: list[Action] = list(semantics.owed(system))
        self.free = list(semantics.free(system))

    def do(self, action: Action) -> None:
        """Go on with `action`, one of `owed` or `free`. Raises AssertionError when the state after it violates something."""
        assert action in self.owed or action in self.free, f"{action_line(action)}: this is not possible now"
        self._reach(self.recorder.do(action))
        self._look(at_rest=False)

    def history(self) -> History:
        """What has been observed so far."""
        return self.observer.history(self.system, at_rest=False)

    # --- rules -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.owed)
    @rule(action=st.runner().flatmap(lambda self: st.sampled_from(self.owed)))
    def happens(self, action: Action) -> None:
        """Take a step that happens by itself."""
        self.do(action)

    @precondition(lambda self: self.free)
    @rule(action=st.runner().flatmap(lambda self: st.sampled_from(self.free)))
    def chosen(self, action: Action) -> None:
        """Take a step that the environment may choose: a request of an application, or a fault."""
        self.do(action)

    @precondition(lambda self: not self.owed and not self.free)
    @rule()
    def nothing_happens(self) -> None:
        """Do nothing: no step is possible any more."""

    def teardown(self) -> None:
        """Take all owed steps, and judge the eventual properties."""
        if self.over:
            return
        for _ in range(LONGEST):
            if not self.owed:
                break
            self.do(self.owed[0])
        if settled(self.semantics, self.system):
            self._look(at_rest=True)

    def _look(self, *, at_rest: bool) -> None:
        """Judge the state. Raises AssertionError, with the run, when it violates something."""
        self.judge.look(self.observer.history(self.system, at_rest), len(self.recorder.steps))
        for wanted in self.properties:
            if wanted.name in self.judge.witnesses:
                self.over = True
                raise AssertionError(f"{self.recorder.protocol.name}:\n{run_text(self._finding(wanted))}")

    def _finding(self, wanted: Property) -> Finding:
        claimed, witness = wanted.name in self.recorder.protocol.claims, self.judge.witnesses[wanted.name]
        return finding_on(wanted, claimed, Verdict.VIOLATED, True, witness, self.recorder.trace())


def machine(
    impl: str | Protocol | type[Protocol], *, properties: Sequence[str] = (), **scenario: Any
) -> type[GroupMachine]:  # fmt: skip
    """A state machine class for `impl`, as `check` takes it. Its `TestCase` is a test; derive from it to add rules.

    `properties`: what to judge, by default what the protocol claims. `scenario`: fields of Scenario, of enums also the word.
    Raises GroupyError, with the reason, for what cannot be used. The module's first lines have an example.
    """
    protocol, chosen = protocol_of(impl), _scenario(scenario)
    selected, _ = select(properties, chosen)
    wanted = [one for one in selected if properties or one.name in protocol.claims]
    if not wanted:
        raise UsageError(f"{protocol.name} claims nothing: name what to judge with properties=['agreement']")
    recorder = Recorder(protocol, with_workers(chosen, wanted), frozenset(OBSERVATION_TYPES))
    observer = Observer(recorder.semantics, probe=any(one.name == "progress" for one in wanted))
    parts = {"recorder": recorder, "semantics": recorder.semantics, "observer": observer, "properties": wanted}
    return type("Group", (GroupMachine,), parts)


def _scenario(given: dict[str, Any]) -> Scenario:
    defaults = {field.name: field.default for field in fields(Scenario)}
    for name in given:
        if name not in defaults:
            raise UsageError(unknown("field of a scenario", name, defaults))
    kinds = {name: type(default) for name, default in defaults.items() if isinstance(default, Enum)}
    try:
        chosen: dict[str, Any] = {name: kinds[name](value) if name in kinds else value for name, value in given.items()}
        return Scenario(**chosen)
    except ValueError as error:
        raise UsageError(str(error)) from error
