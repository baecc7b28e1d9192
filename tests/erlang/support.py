"""Programs in Erlang as tests write them: a text, what a call of one of its functions gives, and which protocol it is."""

from __future__ import annotations

from pathlib import Path

from groupy_check.checker.erlang.library.otp import is_known
from groupy_check.checker.erlang.library.table import FUNCTIONS
from groupy_check.checker.erlang.machine.compiling.loading import loaded
from groupy_check.checker.erlang.machine.library_calls import Library
from groupy_check.checker.erlang.machine.processes import SiteState, Stopped
from groupy_check.checker.erlang.machine.program import Program
from groupy_check.checker.erlang.machine.site import Site
from groupy_check.checker.erlang.syntax.parser import parse
from groupy_check.checker.erlang.terms.raising import RaiseKind
from groupy_check.checker.erlang.terms.values import Atom, RemoteFun
from groupy_check.checker.erlang.terms.writing import written

PRELUDE = Path("checker/erlang/library/prelude")
OURS = Path("groupy_model/protocols/erlang")


def program_of(text: str) -> Library:
    """The library of a program whose one module is `text`, called t."""

    def supply(_: Program, name: str):
        path = PRELUDE / f"{name}.erl"
        return (
            loaded(library, parse(path.read_text(), name, path.name, lambda _: None), name, path.name)
            if path.is_file()
            else None
        )

    program = Program(supply)
    library = Library(program, FUNCTIONS, is_known)
    loaded(library, parse(text, "t", "t.erl", lambda _: None), "t", "t.erl")
    return library


def time_passes(site: Site) -> bool:
    """Whether somebody has waited for a time that is over now."""
    if site.alarms:
        alarm = site.alarms.pop(0)
        if not isinstance(alarm.to, Atom) or alarm.to.name in site.names:
            site.send(alarm.to, alarm.message)
        return True
    patient = next((number for number in sorted(site.procs) if site.patience(number) == "finite"), None)
    if patient is not None:
        site.expire(patient)
    return patient is not None


def outcome(library: Library, name: str, *arguments) -> str:
    """What `t:name` gives in a process of its own, as ~w prints it: its value, or how it ends. Processes go on in turn."""
    site = Site(library.program, library, SiteState(1), frozenset())
    number = site.spawn(RemoteFun("t", name, len(arguments)), arguments).number
    while number in site.procs:
        able = next(iter(site.able()), None)
        if able is not None:
            site.go_on(able)
        elif not time_passes(site):
            return "waits"
        while site.drawing is not None:
            site.decide(site.drawing[1][0])
    if number in site.results:
        return written(site.results[number])
    end = next(output for output in site.outputs if isinstance(output, Stopped) and output.number == number)
    kind = {RaiseKind.ERROR: "error", RaiseKind.EXIT: "exit", RaiseKind.THROW: "throw", None: "signal"}[end.kind]
    return f"{kind} {written(end.reason)} at {end.where}" if end.kind else f"{kind} {written(end.reason)}"


def value(expression: str, rest: str = "") -> str:
    """What an expression gives, with further functions `rest`."""
    return outcome(program_of(f"-module(t).\n-export([main/0]).\nmain() -> {expression}.\n{rest}"), "main")
