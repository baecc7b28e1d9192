"""One run of a system, drawn at random and judged on the way, for groups that are too large to try everything.

The semantics is the reference one; it only remembers, per process, what can happen there until something changes that the
process sees. Safety is judged just before a process starts, ends or asks to leave, and at the end of the run. In between, logs
only grow, and a bad order of deliveries stays bad. (A payload requested after it was delivered, or a fork of views that closes
again, is noticed by a search, but perhaps not here: so a simulation may miss violations, but it never reports a wrong one.)
"Eventual" properties are judged at the end of runs that come to rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from groupy_check.checker.judging.fair_cycles import fairness_class
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.selection import with_workers
from groupy_check.checker.judging.whole_run import settled
from groupy_check.checker.sampling.strategies import END, ENVIRONMENT, Dice, Policy, Strategy, Track, units
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.step_cache import Handlers
from groupy_check.checker.semantics.traffic import armed_timers, bare
from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Heal, Lose, Partition, SpuriousNotice, Suspect
from groupy_check.groupy_model.events import Join, Leave, Multicast, Receive, Recover, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Delivered
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario, Timing
from groupy_check.groupy_model.system import Channel, Process, System
from groupy_check.specs.property import Property

MEMO_LIMIT = 200_000  # calls of handlers that are remembered from one run to the next
THOROUGH = 100  # calls of one kind of handler that are checked in full: on thousands of them that takes longer than all else
BUDGETS = {
    Multicast: "messages", Join: "joins", Leave: "leaves", Timeout: "timeouts", Suspect: "suspicions", Crash: "crashes",
    Recover: "recoveries", SpuriousNotice: "spurious",
    Lose: "drops", Duplicate: "duplicates", Partition: "partitions", Heal: "heal",
}  # fmt: skip
IN_VAIN = "in vain"
HandledPair = tuple[str, str]  # the type of a process's local state, and what it handled in it


class Nimble(Semantics):
    """The reference semantics with a memory: what a process can do depends on itself, what is queued for it, and the split."""

    def __init__(self, protocol: Protocol, scenario: Scenario, keep: frozenset[type]) -> None:
        super().__init__(protocol, scenario, keep)
        self.handle = Handlers(protocol, self.size, THOROUGH)
        self._known: dict[Node, tuple[Process, tuple[Channel, ...], Partition | None, list[Handle]]] = {}

    def moves(self, system: System, node: Node) -> Iterator[Handle]:
        process, queued, split = system.processes[node - 1], system.channels[node - 1 :: self.size], system.split
        known = self._known.get(node)
        if known is None or known[0] is not process or known[1] != queued or known[2] is not split:
            known = self._known[node] = process, queued, split, list(super().moves(system, node))
        return iter(known[3])


class _Observer(Observer):
    """An observer that probes with a memory."""

    def __init__(self, semantics: Semantics, probe: bool) -> None:
        super().__init__(semantics, probe)
        self.prober = Nimble(semantics.protocol, replace(semantics.scenario, worker=False), frozenset({Delivered}))
        self.prober.handle = semantics.handle


@dataclass(frozen=True, slots=True)
class SampledRun:
    """A random run: its actions, the number of its tracks, and whether it came to rest or was cut off.

    `violated`: by property, the number of actions up to its violation.
    """

    actions: tuple[Action, ...]
    tracks: int
    at_rest: bool
    violated: dict[str, int]


class SampleCoverage:
    """What the runs so far have seen.

    `pairs` counts, by local state and event, the handlers that ran. `shapes` are the abstract states: how many processes there
    are in each status and kind of local state, and which kinds of messages are under way.
    """

    def __init__(self) -> None:
        self.pairs: Counter[HandledPair] = Counter()
        self.shapes: set[Hashable] = set()

    def see(self, before: System, action: Action, after: System) -> None:
        """`action` leads from `before` to `after`."""
        if isinstance(action, Handle | Suspect):
            event = action.event if isinstance(action, Handle) else action
            what = event.message if isinstance(event, Receive) else event
            self.pairs[type(before.processes[action.process - 1].local).__name__, type(what).__name__] += 1
        roles = Counter((process.status, type(process.local)) for process in after.processes)
        queued = {type(entry) for channel in filter(None, after.channels) for entry in channel}
        self.shapes.add((frozenset(roles.items()), frozenset(queued)))


class Sampler:
    """Draws runs of `protocol` under `scenario`, none of more than `longest` steps, to be judged by `properties`."""

    def __init__(self, protocol: Protocol, scenario: Scenario, properties: Sequence[Property], longest: int) -> None:
        self.properties, self.longest = properties, longest
        keep = frozenset[type]().union(*(wanted.needs for wanted in properties))
        self.semantics = Nimble(protocol, with_workers(scenario, properties), keep)
        self.observer = _Observer(self.semantics, probe=False)
        self.fired, self.waiting = set[Node](), set[Node]()  # whose timers fired, or were still armed where a run was cut off

    @cached_property
    def first(self) -> System:
        """The state in which runs begin. Raises ProtocolError."""
        return self.semantics.initial()

    def draw(self, strategy: Strategy, dice: Dice, judge: Judge, coverage: SampleCoverage | None = None) -> SampledRun:
        """A run as `strategy` draws it. Raises ProtocolError when a handler breaks the rules."""
        if len(self.semantics.handle.memo) > MEMO_LIMIT:
            self.semantics.handle.memo.clear()
        actions: list[Action] = []
        violated: dict[str, int] = {}
        system, policy = strategy.begin(self.first, dice)
        tracks, before = set[Track](), set[System]()
        while len(actions) < self.longest:
            semantics = self.semantics.impatient() if self._comes_back(system, before) else self.semantics
            action = self._next(semantics, system, policy, dice, len(actions), tracks)
            if action is None:
                break
            if isinstance(action, Handle) and isinstance(action.event, Timeout):
                self.fired.add(action.process)
            after = self.semantics.apply(system, action)
            if _fateful(system, action, after):
                self._look(judge, system, actions, violated, rest=False)
            if coverage is not None:
                coverage.see(system, action, after)
            actions.append(action)
            system = after
        at_rest = settled(self.semantics, system)
        if len(actions) == self.longest and not at_rest:
            self.waiting |= {node for node, _ in armed_timers(system)}
        self._look(judge, system, actions, violated, rest=at_rest)
        return SampledRun(tuple(actions), len(tracks), at_rest, violated)

    def _look(self, judge: Judge, system: System, actions: list[Action], violated: dict[str, int], *, rest: bool) -> None:
        """Judge `system`, reached by `actions`, and note the first violation of each property."""
        known = set(judge.witnesses)
        self.observer.probe = any(wanted.name == "progress" for wanted in judge.properties) and "progress" not in known
        judge.look(self.observer.history(system, rest), len(actions))
        violated.update((name, len(actions)) for name in judge.witnesses if name not in known)

    def _comes_back(self, system: System, before: set[System]) -> bool:
        """Whether the run was in `system` before with a timer armed: then timers may fire beside traffic that goes round."""
        if self.semantics.traffic.given_up or not armed_timers(system):
            return False
        known = len(before)
        before.add(bare(system))
        return len(before) == known

    def _next(
        self, semantics: Semantics, system: System, policy: Policy, dice: Dice, step: int, seen: set[Track]
    ) -> Action | None:
        """The action that `policy` chooses in `system`; None at the end of the run. `seen` collects all tracks so far."""
        owed: dict[Track, list[Action]] = {}
        for move in semantics.owed(system):
            owed.setdefault(fairness_class(move), []).append(move)
        tracks = [*owed, *([END] if step and not owed else []), *self._free_tracks(system)]
        seen.update(tracks)
        free: dict[str, list[Action]] = {}

        def actions_on(track: Track) -> Sequence[Action]:
            if track in owed:
                return owed[track]
            if track[1] not in free:
                free[track[1]] = self._free(system, track)
            return free[track[1]]

        chosen = policy.choose(tracks, step, lambda track: track == END or bool(actions_on(track)))
        if chosen is None or chosen == END:
            return None
        actions = actions_on(chosen)
        return actions[dice.pick(len(actions)) if len(actions) > 1 else 0]

    def _free_tracks(self, system: System) -> Iterator[Track]:
        for name, count in units(system.budget):
            if name != "timeouts" or self.semantics.scenario.timing is Timing.ANY:
                yield from ((ENVIRONMENT, name, str(left)) for left in range(count, 0, -1))
        if system.split:
            yield ENVIRONMENT, "heal", ""
        if any(system.may_recover(node) for node in self.semantics.nodes):
            yield ENVIRONMENT, IN_VAIN, ""

    def _free(self, system: System, track: Track) -> list[Action]:
        """What the environment can do on `track`."""
        _, name, _ = track
        if name != "crashes":
            # It takes long to list all crashes.
            system = replace(system, budget=replace(system.budget, crashes=0))
        return [action for action in self.semantics.free(system) if self._kind(system, action) == name]

    def _kind(self, system: System, action: Action) -> str:
        """The budget that a free `action` uses; IN_VAIN where a message arrives at a process that is down."""
        if isinstance(action, Lose) and self.semantics.arrives_in_vain(system, action.source, action.target, action.index):
            return IN_VAIN
        return budget_of(action)


def budget_of(action: Action) -> str:
    """The budget that a free `action` uses; that of crashes if a crash cuts it short."""
    if isinstance(action, Handle | Suspect) and action.cut is not None:
        return BUDGETS[Crash]
    return BUDGETS[type(action.event if isinstance(action, Handle) else action)]


def _fateful(before: System, action: Action, after: System) -> bool:
    """Whether a process starts, ends or asks to leave in this step."""
    if isinstance(action, Handle) and isinstance(action.event, Leave):
        return True
    if not isinstance(action, Handle | Suspect | Crash):
        return False
    return before.processes[action.process - 1].status is not after.processes[action.process - 1].status
