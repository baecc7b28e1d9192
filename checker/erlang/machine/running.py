"""One process while it runs: from where it stands to the next receive, to a draw of a random number, or to its end."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from groupy_check.checker.erlang.machine.code import Code, Env, Protecting, Spot
from groupy_check.checker.erlang.machine.processes import Activation, CannotRun, Made, Proc, Stopped
from groupy_check.checker.erlang.machine.program import FunctionCode, Program
from groupy_check.checker.erlang.machine.waiting import ReceiveCode
from groupy_check.checker.erlang.terms.ordering import map_of
from groupy_check.checker.erlang.terms.raising import Raised, RaiseKind, Unsupported, error
from groupy_check.checker.erlang.terms.values import Atom, Fun, Pid, RemoteFun, Term, Tuple

if TYPE_CHECKING:
    from groupy_check.checker.erlang.machine.site import Site

FUEL = 200_000  # pieces of code in one run; a program that needs more does not come to its next receive
DEEPEST = 20_000  # calls within calls
Below = list[tuple[Env, list[tuple[int, tuple[Hashable, ...]]]]]


class Run:
    """The process `proc` of `site` as it runs. `code` is what is executed next, or else the top frame goes on with `value`."""

    def __init__(self, site: Site, proc: Proc) -> None:
        self.site, self.proc = site, proc
        self.program: Program = site.program
        self.me = Pid(site.node, proc.number)
        self.below: Below = [(dict(call.variables), list(call.frames)) for call in proc.stack]
        self.env, self.frames = self.below.pop()
        self.code: Code | None = None
        self.value = proc.value
        self.stopped = False
        self.options: tuple[Term, ...] = ()
        self.place: Spot | None = None
        self.dictionary = dict(proc.dictionary)

    # --- for code --------------------------------------------------------------------------------------------------------

    def push(self, code: Code, *data: Hashable) -> None:
        """Go on with `code` and `data` when what is executed next has a value."""
        self.frames.append((code.spot.number, data))

    def stop(self) -> None:
        """Stop here, at a receive."""
        self.stopped = True

    def draw(self, options: tuple[Term, ...]) -> None:
        """Stop here: any of `options` may be the value."""
        self.options = options
        self.stopped = True

    def made(self, term: Term) -> None:
        """Note that the tuple `term` was made."""
        self.site.outputs.append(Made(term))

    def apply(self, function: Term, arguments: tuple[Term, ...]) -> Term | None:
        """Call a fun."""
        if isinstance(function, RemoteFun):
            if function.arity != len(arguments):
                raise error("badarity", Tuple((function, arguments)))
            return self.remote(function.module, function.name, arguments)
        if not isinstance(function, Fun):
            raise error("badfun", function)
        if function.arity != len(arguments):
            raise error("badarity", Tuple((function, arguments)))
        found = self.program.modules[function.module].funs[function.index]
        env = dict(function.environment)
        if found.itself:
            env[found.itself] = function
        return self.invoke(found, arguments, env)

    def invoke(self, function: FunctionCode, arguments: tuple[Term, ...], base: Env) -> Term | None:
        """Call `function`, whose clauses see the variables of `base`."""
        env, frames = self.env, self.frames
        for clause in function.clauses:
            seen = {name: value for name, value in base.items() if name not in clause.heads} if base else base
            if clause.enter(self, arguments, seen):
                if frames:
                    self.below.append((env, frames))
                    self.frames = []
                    if len(self.below) > DEEPEST:
                        self.refuse(f"{function.name} calls itself without end")
                return None
        raise error("function_clause")

    def remote(self, module: str, name: str, arguments: tuple[Term, ...]) -> Term | None:
        """Call `module:name`, whatever that is."""
        return self.site.library.call(self, module, name, arguments)

    def refuse(self, text: str) -> NoReturn:
        """Raises CannotRun: the program may be right."""
        raise CannotRun(f"{self.place or '?'}: {text}")

    def exit_reason(self, raised: Raised) -> Term:
        """The reason with which a process ends that does not handle `raised`; stack traces are empty here."""
        match raised.kind:
            case RaiseKind.ERROR:
                return Tuple((raised.reason, ()))
            case RaiseKind.THROW:
                return Tuple((Tuple((Atom("nocatch"), raised.reason)), ()))
        return raised.reason

    # --- running ---------------------------------------------------------------------------------------------------------

    def offered(self, message: Term) -> bool:
        """Whether the receive at which the process waits takes `message`; then it is ready to `go` on."""
        number, _ = self.frames[-1]
        code = self.program.codes[number]
        assert isinstance(code, ReceiveCode)
        frame = self.frames.pop()
        if code.offered(self, message):
            return True
        self.frames.append(frame)
        return False

    def go(self) -> Proc | None:
        """The process where it stops next, or None at its end."""
        self.stopped = False
        try:
            for _ in range(FUEL):
                if self._advance():
                    return None
                if self.stopped:
                    return self._frozen() if self.proc.number in self.site.procs else None
            self.refuse("it goes on for ever without coming to a receive")
        except Unsupported as unsupported:
            self.refuse(f"{unsupported.what} cannot be run here")
        except RecursionError:
            self.refuse("a term is nested too deeply")

    def _advance(self) -> bool:
        """Execute one piece of code. Whether that was the end of the process."""
        try:
            if self.code is not None:
                code, self.code = self.code, None
                self.place = code.spot
                self.value = code.start(self)
            elif self.frames:
                number, data = self.frames.pop()
                assert self.value is not None
                self.value = self.program.codes[number].resume(self, data, self.value)
            elif self.below:
                self.env, self.frames = self.below.pop()
            else:
                assert self.value is not None
                self.site.finished(self.proc.number, self.value, str(self.place or "?"))
                return True
        except Raised as raised:
            return self._unwound(raised)
        return False

    def _unwound(self, raised: Raised) -> bool:
        """Go on where `raised` is handled. Whether it is not, so that the process has ended."""
        self.code, where = None, self.place
        while True:
            while self.frames:
                number, data = self.frames.pop()
                code = self.program.codes[number]
                if isinstance(code, Protecting):
                    try:
                        self.value = code.caught(self, data, raised)
                    except Raised as another:
                        raised = another
                        continue
                    return False
            if not self.below:
                break
            self.env, self.frames = self.below.pop()
        ended = Stopped(self.proc.number, raised.kind, raised.reason, str(where or "?"), raised.hint)
        self.site.stopped(ended, self.exit_reason(raised))
        return True

    def _frozen(self) -> Proc:
        """The process as data, without the variables that it will not use any more."""
        calls = [*self.below, (self.env, self.frames)]
        current = self.site.procs[self.proc.number]  # links and the like may have changed
        stack = tuple(self._activation(env, frames) for env, frames in calls)
        held = map_of(self.dictionary.items()).pairs
        return replace(current, stack=stack, value=None, dictionary=held)

    def _activation(self, env: Env, frames: list[tuple[int, tuple[Hashable, ...]]]) -> Activation:
        used = frozenset[str]().union(*(self.program.codes[number].needs(data) for number, data in frames))
        return Activation(tuple(sorted((name, env[name]) for name in used if name in env)), tuple(frames))
