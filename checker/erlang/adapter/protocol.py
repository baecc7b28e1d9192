"""A program in Erlang as a protocol: what an event is to its group process, and what that does until it waits again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from groupy_check.checker.erlang.adapter.conventions import CONVENTIONS, Conventions
from groupy_check.checker.erlang.adapter.drawing import settled, without_faults
from groupy_check.checker.erlang.adapter.node_state import MASTER, ErlangNode, Letter, SignalLetter, Tick, letter
from groupy_check.checker.erlang.adapter.payload_terms import term_of
from groupy_check.checker.erlang.adapter.term_text import shown
from groupy_check.checker.erlang.adapter.translation import Translation
from groupy_check.checker.erlang.adapter.written_rules import rules_of
from groupy_check.checker.erlang.machine.library_calls import Library
from groupy_check.checker.erlang.machine.processes import (
    Activation,
    CannotRun,
    NodeSignal,
    Posted,
    Proc,
    Signalled,
    SiteState,
    Stopped,
)
from groupy_check.checker.erlang.machine.program import check_broken
from groupy_check.checker.erlang.machine.receptions import in_the_way, taking
from groupy_check.checker.erlang.machine.site import Site
from groupy_check.checker.erlang.machine.waiting import ReceiveCode
from groupy_check.checker.erlang.terms.values import OK, Atom, Pid, RemoteFun, Term, Tuple
from groupy_check.checker.errors import ProtocolError
from groupy_check.groupy_model.effects import CancelTimer, Effect, Halt, Install, Send, SetTimer, View
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Explaining, Idle, Outcome, Step, WrittenRule

NOBODY: frozenset[int] = frozenset()
LOST = Atom("killed")  # the reason with which the model's processes end
STARTS = ((1, 2), (2, 3))  # the numbers of arguments of start, for the founder and for one who joins


class NoGroupError(ProtocolError):
    """The module has no functions with which a group process starts."""


class ErlangProtocol(Explaining):
    """The program whose module `module` has the functions start/1 and start/2."""

    def __init__(self, library: Library, module: str, conventions: Conventions, name: str) -> None:
        self.library, self.module, self.conventions, self.name = library, module, conventions, name
        code = library.program.modules[module]
        exported = code.exported
        arities = {arity for function, arity in exported if function == "start"}
        found = next((pair for pair in STARTS if set(pair) <= arities), None)
        if found is None:
            check_broken(code)
            has = ", ".join(f"start/{arity}" for arity in sorted(arities)) or "no function start"
            raise NoGroupError(f"{name}: the module exports {has}; a group process needs start/1 (Id) and start/2 (Id, Group)")
        self.founding, self.joining = found
        self.observing = ("join", 2) in code.tagged and ("join", 3) not in code.tagged  # then the Master gets no views
        self.asking = ("request", 1) in code.tagged and ("ok", 2) in code.tagged  # for the application's state

    def step(self, state: Any, event: Event) -> Outcome:
        try:
            return self._started(state, event) if isinstance(state, Idle) else self._stepped(state, event)
        except CannotRun as reason:
            raise ProtocolError(str(reason)) from None

    # --- for those who read a run ----------------------------------------------------------------------------------------

    def place(self, state: Any, event: Event) -> str:
        if isinstance(state, ErlangNode) and isinstance(event, Timeout):
            site = self._site(state)
            return next((_place_behind(site.waits_at(who)) for who, timer in _patient(site) if timer == event.timer), "")
        asked = self._asked(state, event)
        return "" if asked is None else taking(self._site(state), *asked)

    def obstacle(self, state: Any, event: Event) -> str:
        asked = self._asked(state, event)
        if asked is None or self.step(state, event) is not None:
            return ""
        return in_the_way(self._site(state), *asked, shown)

    def rules(self) -> tuple[WrittenRule, ...]:
        return rules_of(self.library.program, self.files)

    def followed(self, run: Callable[[], object]) -> frozenset[str]:
        program = self.library.program
        program.entered = set()
        try:
            run()
            return frozenset(program.entered)
        finally:
            program.entered = None

    def handed_unasked(self, payload: Hashable) -> str:
        return self.conventions.unknown_word(payload)

    def remarks(self) -> tuple[str, ...]:
        modules = self.library.program.modules.values()
        return tuple(
            f"{text} (no run has needed it)" for module in modules for text in (*module.broken.values(), *module.absent)
        )

    def _asked(self, state: Any, event: Event) -> tuple[int, Term] | None:
        """Which process is given what by `event`; None where no process that waits is given anything."""
        if not isinstance(state, ErlangNode):
            return None
        match event:
            case Multicast(payload):
                asked = state.main, self.conventions.multicast(term_of(payload))
            case Receive(_, Letter(to, content)):
                asked = (_registered(state, to) if isinstance(to, str) else to or state.main), content
            case Down(other) if fired := self._site(state).fired(other, LOST):
                asked = fired[0]
            case _:
                return None
        return asked if any(proc.number == asked[0] and proc.waiting for proc in state.site.procs) else None

    # --- how a process starts --------------------------------------------------------------------------------------------

    def _started(self, state: Idle, event: Event) -> Outcome:
        match event:
            case Start():
                arguments: tuple[Term, ...] = ()
            case Join(contact):
                arguments = (Pid(contact, MASTER),)
            case _:
                return None
        steps = self._begun(state.me, arguments, self.takes_numbers)
        return [_founded(step, state.me, self.first_view) for step in steps] if isinstance(event, Start) else steps

    @cached_property
    def first_view(self) -> int:
        """The number of the founder's own view, which no message announces: the one before the first that is announced.

        What that is shows when another process asks to be let in. 0 is the number before the first in programs that number no
        views. Where nothing shows, it is -1: no program begins below 0.
        """
        try:
            answer = self._first_answer(Node(1), Node(2))
        except CannotRun:  # which is said if a run comes to it
            return -1
        for step in answer:
            views = [effect.view.id for effect in step.effects if isinstance(effect, Install)]
            if views or step.state.due:
                return int(views[0] if views else step.state.due[1]) - 1
        return -1

    def _first_answer(self, founder: Node, joiner: Node) -> list[Any]:
        """What the founder does when `joiner` asks to be let in."""
        numbers = self.takes_numbers
        (alone, *_), (asking, *_) = self._begun(founder, (), numbers), self._begun(joiner, (Pid(founder, MASTER),), numbers)
        asked = (effect.message for effect in asking.effects if isinstance(effect, Send) and effect.to == founder)
        found = self._stepped(alone.state, Receive(joiner, next(asked, None)))
        return [found] if isinstance(found, Step) else list(found or ())

    @cached_property
    def takes_numbers(self) -> bool:
        """Whether Id must be a number, as where it is drawn from. Where it will do, it is an atom: many print it with ~s."""
        return not self._begins(numbers=False) and self._begins(numbers=True)

    def _begins(self, *, numbers: bool) -> bool:
        """Whether no process ends at once, as founder or as joiner."""
        try:
            steps = [*self._begun(Node(1), (), numbers), *self._begun(Node(2), (Pid(1, MASTER),), numbers)]
        except CannotRun:
            return False
        return not any(isinstance(effect, Halt) for step in steps for effect in step.effects)

    def _beginning(self, me: Node, group: tuple[Term, ...], *, numbers: bool) -> Site:
        """The Master is about to call start."""
        site = Site(self.library.program, self.library, SiteState(int(me)), NOBODY)
        arity, who = self.joining if group else self.founding, int(me) if numbers else Atom(f"p{int(me)}")
        arguments = (who, 1, *group) if arity - len(group) == 2 else (who, *group)
        frame = (self.library.beginning.spot.number, (RemoteFun(self.module, "start", arity), *arguments))
        site.procs[MASTER] = Proc(MASTER, (Activation((), (frame,)),), OK)
        return site

    def _begun(self, me: Node, arguments: tuple[Term, ...], numbers: bool) -> list[Any]:
        site = self._beginning(me, arguments, numbers=numbers)
        return list(dict.fromkeys(self._first_step(me, after) for after in settled(site, _run_all)))

    def _first_step(self, me: Node, site: Site) -> Step:
        match site.results.get(MASTER):
            case Tuple((Atom("ok"), Pid(node, main))) | Pid(node, main) if node == me:
                pass
            case None:
                ends = [output for output in site.outputs if isinstance(output, Stopped) and output.number == MASTER]
                why = f"ends with {shown(ends[0].reason)} at {ends[0].where}" if ends else _waiting(site)
                raise CannotRun(f"{self.name}: start {why}")
            case other:
                raise CannotRun(f"{self.name}: start returned {shown(other)}; it must return {{ok, Pid}} or Pid")
        before = ErlangNode(me, SiteState(int(me)), main, 0, applied=() if self.asking else None)
        return self._step(before, site, None, lost=False)

    # --- what happens then -----------------------------------------------------------------------------------------------

    def _stepped(self, node: ErlangNode, event: Event) -> Outcome:
        match event:
            case Multicast(payload):
                asked = self.conventions.multicast(term_of(payload))
                outcome = self._offered(node, letter(node.main, asked))
                if outcome is None and self.conventions.refuses:
                    raise CannotRun(
                        f"{self.name}: no clause takes {{mcast, Msg}}, by which the application asks for a multicast; say what"
                        f" yours sends in {CONVENTIONS}.erl beside it: multicast(Msg) -> {{send, Msg}} (lesson 14)"
                    )
                return outcome
            case Receive(source, Letter() as received):
                return self._received(node, received, lossy=source != node.me)
            case Receive(_, SignalLetter(to, signal)):
                return self._told(node, to, signal)
            case Receive(_, Tick()):
                return self._ticked(node)
            case Down(other):
                return self._down(node, other)
            case Timeout(timer):
                return self._timed_out(node, timer)
        return None

    def _site(self, node: ErlangNode) -> Site:
        return Site(self.library.program, self.library, node.site, frozenset({MASTER, node.main}))

    def _received(self, node: ErlangNode, received: Letter, *, lossy: bool) -> Outcome:
        if received.to == MASTER:
            if isinstance(received.content, Tuple) and received.content.items[0] == Atom("join"):
                return self._offered(node, letter(node.main, received.content), lossy=lossy)  # a worker hands it on
            translation = Translation(self.name, self.conventions, node, None, lost=False)
            translation.handed(received.content)
            return Step(replace(node, applied=translation.applied), tuple(translation.effects))
        if isinstance(received.to, str):
            received = replace(received, to=_registered(node, received.to))
        if received.to not in {node.main, *(proc.number for proc in node.site.procs)}:
            return Step(node)  # it has ended: the message vanishes
        return self._offered(node, received, lossy=lossy)

    def _told(self, node: ErlangNode, to: int, signal: NodeSignal) -> Outcome:
        """An exit signal is a message to a process that traps exits; otherwise, nothing holds up a signal."""
        site = self._site(node)
        message = site.told(to, signal)
        if message is not None and not site.offer(to, message):
            return None
        return self._steps(node, site, None if message is None else letter(to, message), lost=message is not None)

    def _offered(self, node: ErlangNode, received: Letter, *, lossy: bool = False) -> Outcome:
        """The process takes the letter, if it matches at the receive at which it waits. `lossy`: it is from another node."""
        site = self._site(node)
        if isinstance(received.to, str) or not site.offer(received.to, received.content):
            return None
        return self._steps(node, site, received, lost=_is_down(received.content), lossy=lossy)

    def _ticked(self, node: ErlangNode) -> Outcome:
        """One of those that can go on does; nobody, if in the meantime it went on with a message from elsewhere."""
        site = self._site(node)
        after = replace(node, ticking=False)
        steps = list[Step]()
        for number in site.able():
            trial = site.copy()
            trial.go_on(number)
            steps += self._steps(after, trial, None, lost=False)
        return list(dict.fromkeys(steps)) or Step(after)

    def _down(self, node: ErlangNode, other: Node) -> Outcome:
        """The first monitor gives its message at once, if anybody can take it; those of further ones follow it."""
        site = self._site(node)
        fired = site.fired(other, LOST)
        if not fired:
            if site.outputs:  # a link has ended somebody
                return self._steps(node, site, None, lost=True)
            return Step(replace(node, site=site.state())) if tuple(site.watches) != node.site.watches else None
        for index, (owner, message) in enumerate(fired):
            trial = site.copy()
            for later, (another, waiting) in enumerate(fired):
                if later != index:
                    trial.post(Pid(int(node.me), another), waiting)
            if trial.offer(owner, message):
                return self._steps(node, trial, letter(owner, message), lost=True)
        return None

    def _timed_out(self, node: ErlangNode, timer: str) -> Outcome:
        site = self._site(node)
        for name, fire in self._timers(site):
            if name == timer:
                fire(site)
                return self._steps(node, site, None, lost=False, fired=timer)
        return None

    # --- from what happened to steps -------------------------------------------------------------------------------------

    def _steps(
        self, node: ErlangNode, site: Site, received: Letter | None, *, lost: bool, fired: str = "", lossy: bool = False
    ) -> list[Step]:
        outcomes = without_faults(settled(site, _stay), node.main, node.site if lossy else None)
        return list(dict.fromkeys(self._step(node, after, received, lost=lost, fired=fired) for after in outcomes))

    def _step(self, node: ErlangNode, site: Site, received: Letter | None, *, lost: bool, fired: str = "") -> Step:
        translation = Translation(self.name, self.conventions, node, received, lost=lost)
        translation.translate(site.outputs)
        if self.observing and node.main in site.procs:
            translation.observe(changed=site.state() != node.site)
        site.outside = frozenset({MASTER, node.main})
        armed = {name for name, _ in self._timers(self._site(node))} - {fired} if node.site.procs else set()
        wanted = {name for name, _ in self._timers(site)}
        able = node.ticking or next(iter(site.able()), None) is not None
        effects: tuple[Effect, ...] = (
            *(CancelTimer(name) for name in sorted(armed - wanted)),
            *translation.effects,
            *((Send(node.me, Tick()),) if able and not node.ticking else ()),
            *(SetTimer(name) for name in sorted(wanted - armed)),
        )
        return Step(translation.after(site.state(), ticking=able), effects)

    def _timers(self, site: Site) -> list[tuple[str, Callable[[Site], None]]]:
        """The timers that the processes of `site` need, and what happens when one fires."""
        found = [(name, _expiring(number)) for number, name in _patient(site)]
        return found + [(f"timer {alarm.ref.number} for {shown(alarm.message)}", _ringing(alarm)) for alarm in site.alarms]


def _registered(node: ErlangNode, name: str) -> int:
    """The process with this name; a number that no process has where there is none."""
    return dict(node.site.names).get(name, -1)


def _founded(step: Any, me: Node, view: int) -> Step:
    """The founder's first step, after which it is in its own view, with this number unless it says one itself."""
    own = [effect for effect in step.effects if isinstance(effect, Install)]
    if own and step.state.numbered:
        return Step(step.state, step.effects)
    # Its Master may be told of that view, or not.
    effects = [Install(View(view, one.view.members)) if isinstance(one, Install) else one for one in step.effects]
    return Step(replace(step.state, view=view), (*effects, *(() if own else (Install(View(view, (me,))),))))


def _patient(site: Site) -> Iterator[tuple[int, str]]:
    """The processes that wait no longer than some time, each with the name of the timer that this is."""
    for number, proc in sorted(site.procs.items()):
        if proc.waiting and site.patience(number) == "finite":
            where = f"of line {site.waits_at(number).spot.at.line}"
            yield number, where if number in site.outside else f"{where} in process {number}"


def _waiting(site: Site) -> str:
    """Where start waits; others can only answer when it has returned."""
    return f"waits at {site.waits_at(MASTER).spot} for a message; let the process wait that it starts, and return at once"


def _place_behind(code: ReceiveCode) -> str:
    """Where that stands which is done when nothing has come in time."""
    return f"{code.after.spot.file}:{code.after.spot.at.line}" if code.after else ""


def _expiring(number: int) -> Callable[[Site], None]:
    return lambda site: site.expire(number)


def _ringing(alarm: Any) -> Callable[[Site], None]:
    def ring(site: Site) -> None:
        site.alarms.remove(alarm)
        if not isinstance(alarm.to, Atom) or alarm.to.name in site.names:
            site.send(alarm.to, alarm.message)

    return ring


def _stay(_site: Site) -> None:
    """Other processes of the node go on by Ticks."""


def _run_all(site: Site) -> None:
    """As long as start has not returned, and until all wait: nobody else knows these processes yet."""
    while site.drawing is None:
        if MASTER in site.unread and MASTER not in site.outside:  # from now on, it gets what is not for start
            site.outside = frozenset({MASTER})
            site.outputs[:0] = [Posted(site.node, Pid(site.node, MASTER), message) for message in site.unread[MASTER]]
        number = next(iter(site.able()), MASTER if _waits_in_vain(site) else None)
        if number is None:
            return
        site.go_on(number)


def _waits_in_vain(site: Site) -> bool:
    """Whether start waits for some time, in which nothing can come: it sleeps, or nobody elsewhere has heard of it."""
    if MASTER not in site.procs or not site.procs[MASTER].waiting or site.patience(MASTER) != "finite":
        return False
    known = any(isinstance(output, Posted | Signalled) for output in site.outputs)
    late = site.alarms or any(number != MASTER for number, _ in _patient(site))
    return not site.waits_at(MASTER).clauses or not (known or late)


def _is_down(message: Term) -> bool:
    return isinstance(message, Tuple) and message.items[0] in {Atom("DOWN"), Atom("EXIT")}
