"""Real runs cut into steps, from one `take` to the next; a model has to do each of them alike.

A model is a `Protocol`: the Python twin of a program, or the program itself in our interpreter. Terms are compared as plain
values, whatever the model calls them.
"""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from groupy_check.checker.erlang.adapter.node_state import MASTER, Letter
from groupy_check.checker.erlang.adapter.protocol import ErlangProtocol
from groupy_check.checker.erlang.adapter.term_text import shown
from groupy_check.checker.erlang.recorder.real_runs import RealEvent, RealRun
from groupy_check.checker.erlang.terms.values import Atom, Pid, Ref, Term, Tuple
from groupy_check.groupy_model.effects import Deliver, Effect, Install, Send, SetTimer
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Idle, Protocol, Step
from groupy_check.groupy_model.protocols.groupy import gms1, gms3, gms3_fixed

OFFSET = 1  # ours count messages as their views are counted, programs of the course from 0
Sending = tuple[str, Any]  # to whom, and what, as plain values


def plain(text: str) -> Any:
    """An Erlang term as Python values: a tuple, a list, a number; an atom is a str, and so is what is in quotation marks."""
    quoted = re.sub(r"""("[^"]*"|'[^']*')|([a-z]\w*)""", lambda found: found[1] or f"'{found[2]}'", text)
    return ast.literal_eval(quoted.replace("{", "(").replace("}", ",)"))


def node(name: str) -> Node:
    return Node(int(name[1:]))


def nodes(names: Iterable[str]) -> tuple[Node, ...]:
    return tuple(map(node, names))


def names(processes: Iterable[int], letter: str = "p") -> list[str]:
    return [f"{letter}{int(process)}" for process in processes]


class Model(ABC):
    """One process of the model. It does what the real one does, event by event."""

    def __init__(self, protocol: Protocol, start: RealEvent) -> None:
        self.protocol, self.me = protocol, node(start.process)
        self.state: Any = Idle(self.me)
        self.timer = ""
        self.queue: list[str] = []
        first = self.done(Join(node(start.contact)) if start.contact else Start())
        self.due = first if start.contact else []  # the founder's own first view goes to nobody

    @abstractmethod
    def event(self, message: str) -> Event:
        """The event that it is to take `message`."""

    @abstractmethod
    def sending(self, effect: Send) -> Sending: ...

    def done(self, event: Event) -> list[Sending]:
        step = self.protocol.step(self.state, event)
        step = step[0] if isinstance(step, list) and len(step) == 1 else step
        assert isinstance(step, Step), f"{self.me} cannot take {event} in {self.state}"
        self.state = step.state
        return [sent for effect in step.effects for sent in self.sent_by(effect)]

    def sent_by(self, effect: Effect) -> list[Sending]:
        """What the effect sends in Erlang: to a process, or to the worker; nothing if it starts a timer or watches somebody."""
        match effect:
            case Send():
                return [self.sending(effect)]
            case Deliver(payload):
                return [(f"w{int(self.me)}", str(payload))]
            case Install(view):
                return [(f"w{int(self.me)}", ("view", names(view.members, "w")))]
            case SetTimer(timer):
                self.timer = timer
        return []

    def happened(self, event: RealEvent) -> None:
        match event.event:
            case "arrive":
                self.queue.append(event.message)
            case "take":
                assert self.due == [], f"{self.me} did not send {self.due} before {event}"
                self.passed_over(self.queue[: self.queue.index(event.message)])
                self.queue.remove(event.message)
                self.due = self.done(self.event(event.message))
            case "timeout":
                self.due = self.done(Timeout(self.timer))
            case "send" if not event.message.startswith("{error,"):  # the worker is told why the process ends
                assert self.due[:1] == [(event.to, plain(event.message))], event
                del self.due[0]

    def passed_over(self, messages: Iterable[str]) -> None:
        for left in messages:
            assert self.protocol.step(self.state, self.event(left)) is None, f"{self.me} could have taken {left}"


class Twin(Model):
    """A process of a Python protocol. Its views of gms1 and gms2 have a number that is the observer's; no rule reads it."""

    def event(self, message: str) -> Event:
        match plain(message):
            case ("DOWN", _, "process", name, _):
                return Down(node(name))
            case value:
                return Receive(Node(0), self.message(value))

    def message(self, value: Any) -> object:
        match value:
            case ("mcast", payload):
                return gms1.Mcast(payload)
            case ("join", _, peer):
                return gms1.JoinAsked(node(peer))
            case ("msg", payload):
                return gms1.Msg(payload)
            case ("msg", int(n), payload):
                return gms3.Msg(n + OFFSET, payload)
            case ("view", list(processes), list(group)):
                return gms1.ViewMsg(0, nodes(processes), nodes(group))
            case ("view", int(n), list(processes), list(group)):
                return gms3.ViewMsg(n + OFFSET, nodes(processes), nodes(group))
            case ("welcome", int(n), _, list(processes), list(group)):
                return gms3_fixed.Welcome(n + OFFSET, nodes(processes), nodes(group))
        return value

    def sending(self, effect: Send) -> Sending:
        return str(effect.to), self.value(effect.message)

    def value(self, message: object) -> Any:
        match message:
            case gms1.Mcast(payload):
                return "mcast", payload
            case gms1.JoinAsked(peer):
                return "join", f"w{int(peer)}", str(peer)
            case gms1.Msg(payload):
                return "msg", payload
            case gms3.Msg(n, payload):
                return "msg", n - OFFSET, payload
            case gms1.ViewMsg(_, processes, group):
                return "view", names(processes), names(group, "w")
            case gms3_fixed.Welcome(n, processes, group):
                return "welcome", n - OFFSET, str(processes[-1]), names(processes), names(group, "w")
            case gms3.ViewMsg(n, processes, group):
                return "view", n - OFFSET, names(processes), names(group, "w")
        return message


class Interpreted(Model):
    """A process of the program itself, which our interpreter runs."""

    def event(self, message: str) -> Event:
        match plain(message):
            case ("DOWN", _, "process", name, _):
                return Down(node(name))
            case ("mcast", str(payload)) if payload[0] == "abc"[int(self.me) - 1]:
                return Multicast(Change(self.me, int(payload[1:])))
            case value:
                return Receive(Node(0), Letter(self.main, self.term(value)))

    @property
    def main(self) -> int:
        return int(self.state.main)

    def term(self, value: Any) -> Term:
        match value:
            case tuple():
                return Tuple(tuple(map(self.term, value)))
            case list():
                return tuple(map(self.term, value))
            case str() if re.fullmatch(r"[pw]\d+", value):
                return Pid(int(value[1:]), self.main if value[0] == "p" else MASTER)
            case str() if re.fullmatch(r"r\d+", value):
                return Ref(0, int(value[1:]))
            case str():
                return Atom(value)
        return int(value)

    def sending(self, effect: Send) -> Sending:
        assert isinstance(effect.message, Letter)
        return str(effect.to), plain(shown(effect.message.content))


def steps_checked(run: RealRun, protocol: Protocol) -> int:
    """How many steps there are; each is one of the model, and what is left at the end the model leaves too."""
    kind = Interpreted if isinstance(protocol, ErlangProtocol) else Twin
    processes: dict[str, Model] = {}
    for event in run.order:
        if event.event == "start":
            processes[event.process] = kind(protocol, event)
        elif event.event in {"crash", "exit"}:
            processes.pop(event.process, None)
        elif event.process in processes:
            processes[event.process].happened(event)
    for process in processes.values():
        assert process.due == []
        process.passed_over(process.queue)
    return sum(event.event == "take" for event in run.order)
