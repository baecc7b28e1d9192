"""A live run, executed again by the reference semantics: exactly, or as far as it goes, and then why not further."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from groupy_check.checker.live.afterwards.reading import LiveEvent, LoggedHandler, LoggedRun
from groupy_check.checker.live.log import digest, flat
from groupy_check.checker.live.network import Gone, Joined, LinkCut, Mended, Parted, Restarted
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.groupy_model.actions import Action, Crash, Handle, Heal, Lose, Partition, Suspect
from groupy_check.groupy_model.effects import Send
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Recover, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES, Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario, Timing
from groupy_check.groupy_model.system import Notice
from groupy_check.groupy_model.trace import Trace

ALL = frozenset(OBSERVATION_TYPES)
MANY = 10**9  # more than any run needs
TRIED = 5  # what else was possible, at most


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first event that does not fit, in words; `alternatives`: what was possible instead, and why that is not it."""

    event: str
    why: str
    alternatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveReplay:
    """The longest part of a live run that the reference semantics can execute; `misfit`: where it ends, if that is not all."""

    trace: Trace
    recorder: Recorder
    misfit: Misfit | None


class _DoesNotFit(Exception):  # noqa: N818  (not an error of this program)
    """What follows is no step of the model."""


def replayed(run: LoggedRun, protocol: Protocol) -> LiveReplay:
    """`run`, executed again. Its scenario has room for just what has happened."""
    scenario = _room(run)
    trace, recorder, misfit = _Replay(run, protocol, scenario).result()
    first, last = trace.states[0].budget, trace.states[-1].budget
    spent = {name: getattr(first, name) - getattr(last, name) for name in ("messages", "crashes", "drops", "suspicions")}
    exact = Recorder(protocol, replace(scenario, **spent), ALL)
    exact.semantics.handle = recorder.semantics.handle
    return LiveReplay(exact.record(trace.actions), exact, misfit)


def _room(run: LoggedRun) -> Scenario:
    handled = [event.data["handles"] for event in run.events if isinstance(event, LoggedHandler)]
    changes = [type(event) for event in run.events]
    fired = handled.count("timeout")
    return Scenario(
        nodes=run.nodes, joins=changes.count(Joined), leaves=handled.count("leave"), partitions=changes.count(Parted),
        messages=MANY, crashes=MANY, drops=MANY, suspicions=MANY,
        timing=Timing.ANY if fired else Timing.AT_REST, timeouts=fired or None, worker=run.worker,
        recoveries=handled.count("recover"),
    )  # fmt: skip


class _Replay:
    """Takes the events of `run` one by one."""

    def __init__(self, run: LoggedRun, protocol: Protocol, scenario: Scenario) -> None:
        self.run = run
        self.recorder = Recorder(protocol, scenario, ALL)
        self.semantics = self.recorder.semantics
        self.cuts: set[frozenset[Node]] = set()
        self.ends = Counter(event.node for event in run.events if isinstance(event, Gone))  # that are still to come

    def result(self) -> tuple[Trace, Recorder, Misfit | None]:
        self.recorder.begin()
        for event in self.run.events:
            known = len(self.recorder.steps)
            try:
                for action in self._actions(event):
                    self._do(action)
            except _DoesNotFit as misfit:
                return self.recorder.trace(), self.recorder, self._misfit(event, str(misfit))
            if isinstance(event, LoggedHandler) and len(self.recorder.steps) > known:
                difference = self._difference(event, known)
                if difference:
                    return self._back(known), self.recorder, self._misfit(event, difference)
        return self.recorder.trace(), self.recorder, None

    def _back(self, length: int) -> Trace:
        """The run up to step `length`: what comes behind does not fit."""
        actions = [step.action for step in self.recorder.steps[:length]]
        self.recorder.begin()
        for action in actions:
            self.recorder.do(action)
        return self.recorder.trace()

    def _do(self, action: Action) -> None:
        if not self.semantics.permits(self.recorder.states[-1], action):
            raise _DoesNotFit(self._why_not(action))
        self.recorder.do(action)

    def _up(self, node: Node) -> bool:
        return self.recorder.states[-1].processes[node - 1].status is Status.UP

    # --- from the log to actions -------------------------------------------------------------------------------------

    def _actions(self, event: LiveEvent) -> Iterator[Action]:
        """The actions that `event` is, each to be taken before the next is asked for."""
        match event:
            case LoggedHandler():
                yield from self._handler(event)
            case Gone(node):
                self.ends[node] -= 1
                if self._up(node):
                    yield Crash(node)
            case Parted(side):
                yield Partition(side)
            case Mended():
                self.cuts.clear()
                if self.recorder.states[-1].split:
                    yield Heal()
            case LinkCut(one, other):
                self.cuts.add(frozenset((one, other)))
                yield from self._lost(one, other)
                yield from self._lost(other, one)
            case Joined() | Restarted():
                pass  # the first handler of the process says so

    def _handler(self, logged: LoggedHandler) -> Iterator[Action]:
        node, outcome = logged.process, int(logged.data["outcome"])
        event = self._event(logged)
        wrong = isinstance(event, Down) and logged.data["handles"] == "suspect" and self._up(event.node)
        whole: Handle | Suspect = (
            Suspect(node, event.node, outcome) if wrong and isinstance(event, Down) else Handle(node, event, outcome)
        )
        happened = len(logged.done) >= logged.effects or not self.ends[node]
        if isinstance(event, Recover) and (happened or logged.done):
            for source in self.semantics.nodes:
                yield from self._lost(source, node)
        if happened:
            yield whole  # one that was stopped in the middle goes on
        elif logged.done:
            yield replace(whole, cut=len(logged.done))
        else:
            return  # it was killed before anything could be seen of this handler
        for to in dict.fromkeys(self._sent()):
            if frozenset((node, to)) in self.cuts:
                yield from self._lost(node, to)

    def _sent(self) -> Iterator[Node]:
        return (Node(effect.to) for effect in self.recorder.steps[-1].done if isinstance(effect, Send))

    def _lost(self, source: Node, target: Node) -> Iterator[Lose]:
        """The losses of all messages under way from `source` to `target`."""
        while messages := [
            (place, entry)
            for place, entry in enumerate(self.semantics.channel(self.recorder.states[-1], source, target))
            if entry is not Notice.DOWN
        ]:
            yield Lose(source, target, *messages[0])

    def _event(self, logged: LoggedHandler) -> Event:
        """What the handler handled. A message is found by its text among those that are under way."""
        data, process = logged.data, self.recorder.states[-1].processes[logged.process - 1]
        match data["handles"]:
            case "multicast":
                own = Change(logged.process, process.asked + 1)
                payloads = [payload for payload in (*process.asks[:1], own) if flat(payload) == data["payload"]]
                return Multicast(_first(payloads, f"the application of {logged.process} has not got so far"))
            case "receive":
                source = _node(data["of"])
                queued = self.semantics.channel(self.recorder.states[-1], source, logged.process)
                fitting = [entry for entry in queued if entry is not Notice.DOWN and flat(entry) == data["message"]]
                what = f"the queue from {source} to {logged.process} holds {_listed(map(flat, queued))}"
                return Receive(source, _first(fitting, what))
            case "down" | "suspect":
                return Down(_node(data["of"]))
            case "join":
                return Join(_node(data["of"]))
            case "leave":
                return Leave()
            case "timeout":
                return Timeout(str(data["timer"]))
            case "recover":
                return Recover(process.stored)
        raise _DoesNotFit(f"there is no event called {data['handles']}")

    # --- where it does not fit ---------------------------------------------------------------------------------------

    def _difference(self, logged: LoggedHandler, number: int) -> str:
        """How what the node did differs from what the model did from step `number` (from 0) on."""
        while isinstance(self.recorder.steps[number].action, Lose):  # what was under way to a process that comes back
            number += 1
        step = self.recorder.steps[number]
        crashed = step.crashes
        for place, (said, effect) in enumerate(zip(logged.done, step.done, strict=False), 1):
            if said and said != flat(effect):
                return f"effect {place} was {said}, in the model it is {flat(effect)}"
        effects = (*step.done, *step.undone)
        if len(effects) != logged.effects:
            return (
                f"the handler had {logged.effects} effects, in the model it has {len(effects)}: {_listed(map(flat, effects))}"
            )
        process = self.recorder.states[number + 1].processes[logged.process - 1]
        if not crashed and process.status is Status.UP and digest(process.local) != logged.data["state"]:
            return f"the state after it was another one; in the model it is {flat(process.local)}"
        return ""

    def _why_not(self, action: Action) -> str:
        """Why the model does not permit `action` now."""
        system = self.recorder.states[-1]
        if not isinstance(action, Handle | Suspect):
            return "the network is not in a state for that"
        process = system.processes[action.process - 1]
        event = action.event if isinstance(action, Handle) else Down(action.node)
        if process.status is not Status.UP and not isinstance(event, Join | Recover):
            return f"{action.process} is {process.status.value}"
        if self.semantics.handle(process.local, event) is None:
            return f"a guard: {action.process} has no rule for it in the state {flat(process.local)}"
        match event:
            case Receive(source) | Down(source):
                queue = _listed(map(flat, self.semantics.channel(system, source, action.process)))
                return f"it is not what {action.process} takes first from {source}: the queue holds {queue}"
            case Timeout(timer):
                return f"the timer {timer} is not armed" if timer not in process.timers else "timers wait here"
            case Join(contact):
                return f"{contact} is {system.processes[contact - 1].status.value}"
        return "the model has another number of outcomes or effects"

    def _misfit(self, event: LiveEvent, why: str) -> Misfit:
        if not isinstance(event, LoggedHandler):
            return Misfit(str(event), why, ())
        what = {key: value for key, value in event.data.items() if key in ("handles", "of", "message", "payload", "timer")}
        text = f"{event.where}: {event.process} {' '.join(map(str, what.values()))}"
        others = []
        for action in [*self.semantics.moves(self.recorder.states[-1], event.process)][:TRIED]:
            effects = _listed(map(flat, self.semantics.effects(self.recorder.states[-1], action)))
            others.append(f"{flat(action.event)} was possible, with the effects {effects}; the log does not say that")
        return Misfit(text, why, tuple(others))


def _first(found: Sequence[object], otherwise: str) -> object:
    if not found:
        raise _DoesNotFit(otherwise)
    return found[0]


def _listed(texts: Iterator[str] | map[str]) -> str:
    return ", ".join(texts) or "nothing"


def _node(text: str) -> Node:
    return Node(int(text[1:]))
