"""`receive`, `try` and `catch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groupy_check.checker.erlang.machine.code import (
    Clauses,
    Code,
    Data,
    Names,
    Protecting,
    Spot,
    entered,
    names_of,
)
from groupy_check.checker.erlang.terms.raising import Raised, RaiseKind, error
from groupy_check.checker.erlang.terms.values import Atom, Term, Tuple

if TYPE_CHECKING:
    from groupy_check.checker.erlang.machine.running import Run

INFINITY = Atom("infinity")
LONGEST = 0xFFFFFFFF  # milliseconds; a longer time is an error


class ReceiveCode(Code):
    """`receive clauses after timeout -> after end` in the function `within`. The process stops here for an `offered` one."""

    def __init__(
        self, spot: Spot, names: Names, clauses: Clauses, timeout: Code | None, after: Code | None, within: str
    ) -> None:
        super().__init__(spot, names)
        self.clauses, self.timeout, self.after, self.within = clauses, timeout, after, within
        self.waits_for = names_of(clauses) | (after.names if after else frozenset())

    def start(self, run: Run) -> Term | None:
        if self.timeout is None:
            return self._wait(run, INFINITY)
        run.push(self)
        run.code = self.timeout
        return None

    def resume(self, run: Run, data: Data, value: Term) -> Term | None:
        if not data:
            return self._wait(run, value)
        run.place = self.spot
        if data[0] in {"bad", "infinite"}:
            raise error("timeout_value")
        run.code = self.after
        return None

    def needs(self, data: Data) -> Names:
        return self.waits_for if data else self.names

    def _wait(self, run: Run, timeout: Term) -> Term | None:
        """Of the timeout only that is kept which makes a difference: how long a time is does not."""
        if timeout == INFINITY:
            kind = "infinite"
        elif isinstance(timeout, int) and 0 <= timeout <= LONGEST:
            kind = "finite" if timeout else "zero"
        else:
            kind = "bad"
        run.push(self, kind, self.within)
        run.stop()
        return None

    def offered(self, run: Run, message: Term) -> bool:
        """Whether a clause takes `message`; then `run` goes on with it. The frame of the receive is gone by then."""
        run.place = self.spot
        return entered(run, self.clauses, message)


class TryCode(Protecting):
    """`try body of clauses catch handlers after after end`."""

    def __init__(self, spot: Spot, names: Names, body: Code, clauses: Clauses, handlers: Clauses, after: Code | None) -> None:
        super().__init__(spot, names)
        self.body, self.clauses, self.handlers, self.after = body, clauses, handlers, after

    def start(self, run: Run) -> Term | None:
        run.push(self, "body")
        run.code = self.body
        return None

    def resume(self, run: Run, data: Data, value: Term) -> Term | None:
        match data:
            case ("body",):
                return self._done(run, value)
            case ("of",):
                return self._afterwards(run, value)
            case ("after", held):
                return held  # type: ignore[return-value]
            case (_, str(kind), reason):
                raise Raised(RaiseKind(kind), reason)  # type: ignore[arg-type]
        raise AssertionError(data)

    def caught(self, run: Run, data: Data, raised: Raised) -> Term | None:
        if data[0] == "body":
            stack: Term = ()
            handled = Tuple((Atom(raised.kind.value), raised.reason, stack))
            self._cover(run)
            if entered(run, self.handlers, handled):
                return None
            self._uncover(run)
        if data[0] not in {"body", "of"} or self.after is None:
            raise raised
        run.push(self, "raise", raised.kind.value, raised.reason)
        run.code = self.after
        return None

    def _done(self, run: Run, value: Term) -> Term | None:
        if not self.clauses:
            return self._afterwards(run, value)
        self._cover(run)
        if not entered(run, self.clauses, value):
            raise error("try_clause", value)
        return None

    def _afterwards(self, run: Run, value: Term) -> Term | None:
        if self.after is None:
            return value
        run.push(self, "after", value)
        run.code = self.after
        return None

    def _cover(self, run: Run) -> None:
        if self.after is not None:
            run.push(self, "of")

    def _uncover(self, run: Run) -> None:
        if self.after is not None:
            run.frames.pop()


class CatchCode(Protecting):
    """`catch body`."""

    def __init__(self, spot: Spot, names: Names, body: Code) -> None:
        super().__init__(spot, names)
        self.body = body

    def start(self, run: Run) -> Term | None:
        run.push(self)
        run.code = self.body
        return None

    def resume(self, run: Run, data: Data, value: Term) -> Term | None:  # noqa: ARG002 - nothing was raised
        return value

    def needs(self, data: Data) -> Names:  # noqa: ARG002 - it has no variables of its own
        return frozenset()

    def caught(self, run: Run, data: Data, raised: Raised) -> Term | None:  # noqa: ARG002 - there is one way to go on
        if raised.kind is RaiseKind.THROW:
            return raised.reason
        return Tuple((Atom("EXIT"), run.exit_reason(raised)))
