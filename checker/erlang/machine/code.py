"""What expressions are compiled to: sequences, operands, matches, branches. Each kind says how it starts and how it goes on.

Code that needs no other process, no function of the program and no effect is pure, and evaluated at once. All other code is
executed in small steps, so that a process can stop at a receive wherever that is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from groupy_check.checker.erlang.syntax import tree
from groupy_check.checker.erlang.syntax.places import Place
from groupy_check.checker.erlang.terms.raising import Raised, error
from groupy_check.checker.erlang.terms.values import FALSE, TRUE, Atom, Map, Term, Tuple

if TYPE_CHECKING:
    from groupy_check.checker.erlang.machine.running import Run

VIEW = Atom("view")
Env = dict[str, Term]
Pure = Callable[[Env, "Run"], Term]
Matcher = Callable[[Term, Env, "Run"], bool]
Test = Callable[[Env, "Run"], bool]
Names = frozenset[str]
Data = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where code stands: its number in the whole program, its file and its place there."""

    number: int
    file: str
    at: Place

    def __str__(self) -> str:
        return f"{self.file}:{self.at}"


class Code:
    """Code at a spot. `names` are all variables that occur in it; `pure` evaluates it at once where that is possible."""

    clauses: Clauses = ()

    def __init__(self, spot: Spot, names: Names, pure: Pure | None = None) -> None:
        self.spot, self.names, self.pure = spot, names, pure

    def start(self, run: Run) -> Term | None:
        """Its value, or None when `run` has to execute other code first."""
        assert self.pure is not None
        return self.pure(run.env, run)

    def resume(self, run: Run, data: Data, value: Term) -> Term | None:
        """Its value, or None, after code that it waited for gave `value`; `data` is how far it had come."""
        raise NotImplementedError

    def needs(self, data: Data) -> Names:  # noqa: ARG002 - for those that know more precisely
        """The variables that may be used when it goes on from `data`."""
        return self.names


class Protecting(Code):
    """Code that may handle what is raised in it."""

    def caught(self, run: Run, data: Data, raised: Raised) -> Term | None:
        """As `resume`, after `raised`, which is raised again if it is not handled."""
        raise NotImplementedError


class SequenceCode(Code):
    """Expressions one after the other; the value is that of the last."""

    def __init__(self, spot: Spot, names: Names, parts: tuple[Code, ...]) -> None:
        super().__init__(spot, names)
        self.parts = parts
        self.left = _left(parts)

    def start(self, run: Run) -> Term | None:
        return self._from(run, 0)

    def resume(self, run: Run, data: Data, value: Term) -> Term | None:  # noqa: ARG002 - nobody uses it
        return self._from(run, _whole(data[0]))

    def needs(self, data: Data) -> Names:
        return self.left[_whole(data[0])]

    def _from(self, run: Run, index: int) -> Term | None:
        last = len(self.parts) - 1
        for place in range(index, last):
            part = self.parts[place]
            if part.pure is None:
                run.push(self, place + 1)
                run.code = part
                return None
            run.place = part.spot
            part.pure(run.env, run)
        run.code = self.parts[last]
        return None


class OperandsCode(Code):
    """Evaluates `parts` from left to right, then does `finish` with their values."""

    def __init__(
        self, spot: Spot, names: Names, parts: tuple[Code, ...], finish: Callable[[Run, tuple[Term, ...]], Term | None]
    ) -> None:
        super().__init__(spot, names)
        self.parts, self.finish = parts, finish
        self.left = _left(parts)

    def start(self, run: Run) -> Term | None:
        return self._from(run, ())

    def resume(self, run: Run, data: Data, value: Term) -> Term | None:
        return self._from(run, (*data, value))

    def needs(self, data: Data) -> Names:
        return self.left[len(data) + 1]

    def _from(self, run: Run, values: tuple[Any, ...]) -> Term | None:
        for part in self.parts[len(values) :]:
            if part.pure is None:
                run.push(self, *values)
                run.code = part
                return None
            run.place = part.spot
            values = (*values, part.pure(run.env, run))
        run.place = self.spot
        return self.finish(run, values)


class MatchCode(Code):
    """`pattern = value`."""

    def __init__(self, spot: Spot, names: Names, pattern: Matcher, pattern_names: Names, value: Code) -> None:
        super().__init__(spot, names)
        self.pattern, self.pattern_names, self.value = pattern, pattern_names, value

    def start(self, run: Run) -> Term | None:
        if self.value.pure is not None:
            run.place = self.value.spot
            return self.resume(run, (), self.value.pure(run.env, run))
        run.push(self)
        run.code = self.value
        return None

    def resume(self, run: Run, data: Data, value: Term) -> Term | None:  # noqa: ARG002 - there is one way to go on
        run.place = self.spot
        if not self.pattern(value, run.env, run):
            raise error("badmatch", value)
        return value

    def needs(self, data: Data) -> Names:  # noqa: ARG002 - there is one way to go on
        return self.pattern_names


@dataclass(frozen=True, slots=True)
class ClauseCode:
    """A compiled clause: `heads` are those variables that its patterns mention, `names` all that occur in it.

    `written` is the clause as it stands in the program.
    """

    patterns: tuple[Matcher, ...]
    heads: Names
    names: Names
    guard: Test | None
    body: Code
    written: tree.ErlangClause

    def enter(self, run: Run, values: tuple[Term, ...], env: Env) -> bool:
        """Go on with the body, if the values match. `env` stays as it is."""
        trial = dict(env)
        for pattern, value in zip(self.patterns, values, strict=True):
            if not pattern(value, trial, run):
                return False
        if self.guard is not None and not self.guard(trial, run):
            return False
        run.env = trial
        run.code = self.body
        if run.program.entered is not None:
            run.program.entered.add(self.place)
        return True

    @property
    def place(self) -> str:
        """Its file and line."""
        return f"{self.body.spot.file}:{self.written.at.line}"


Clauses = tuple[ClauseCode, ...]


def entered(run: Run, clauses: Clauses, *values: Term) -> bool:
    """Whether one of `clauses` matches; the first one does."""
    return any(clause.enter(run, values, run.env) for clause in clauses)


class BranchCode(Code):
    """`case` and, without a subject, `if`."""

    def __init__(self, spot: Spot, names: Names, subject: Code | None, clauses: Clauses) -> None:
        super().__init__(spot, names)
        self.subject, self.clauses = subject, clauses
        self.in_clauses = names_of(clauses)

    def start(self, run: Run) -> Term | None:
        if self.subject is None:
            run.place = self.spot
            if not entered(run, self.clauses):
                raise error("if_clause")
            return None
        if self.subject.pure is not None:
            run.place = self.subject.spot
            return self.resume(run, (), self.subject.pure(run.env, run))
        run.push(self)
        run.code = self.subject
        return None

    def resume(self, run: Run, data: Data, value: Term) -> Term | None:  # noqa: ARG002 - there is one way to go on
        run.place = self.spot
        if not entered(run, self.clauses, value):
            raise error("case_clause", value)
        return None

    def needs(self, data: Data) -> Names:  # noqa: ARG002 - there is one way to go on
        return self.in_clauses


class LazyCode(Code):
    """`andalso` and `orelse`: the right side is evaluated only if the left one is `going`, and may be no boolean."""

    def __init__(self, spot: Spot, names: Names, left: Code, right: Code, going: Term) -> None:
        super().__init__(spot, names)
        self.left, self.right, self.going = left, right, going

    def start(self, run: Run) -> Term | None:
        run.push(self)
        run.code = self.left
        return None

    def resume(self, run: Run, data: Data, value: Term) -> Term | None:  # noqa: ARG002 - there is one way to go on
        run.place = self.spot
        if not is_boolean(value):
            raise error("badarg", value)
        if value != self.going:
            return value
        run.code = self.right
        return None

    def needs(self, data: Data) -> Names:  # noqa: ARG002 - there is one way to go on
        return self.right.names


class ApplyCode(Code):
    """Where a new process begins: it calls the fun in its data with the arguments there."""

    def resume(self, run: Run, data: Data, value: Term) -> Term | None:  # noqa: ARG002 - there is one way to go on
        function, *arguments = data
        return run.apply(function, tuple(arguments))  # type: ignore[arg-type]


def is_boolean(term: Term) -> bool:
    """Whether it is `true` or `false`."""
    return term in {TRUE, FALSE}


def _begins_a_view(term: Tuple) -> bool:
    first = term.items[0]
    return isinstance(first, Atom) and first == VIEW


def note(run: Run, term: Term) -> Term:
    """`term`; a map, or a tuple of more than two that begins with `view` or has a list in it, may be a view, and is noted."""
    # No number is compared: nobody would draw one that only seeds a generator.
    if isinstance(term, Map) or (isinstance(term, Tuple) and (_begins_a_view(term) or _has_list(term))):
        run.made(term)
    return term


def _has_list(term: Tuple) -> bool:
    return any(item != () if isinstance(item, tuple) else isinstance(item, Tuple) and _has_list(item) for item in term.items)


def names_of(clauses: Clauses) -> Names:
    """All variables in `clauses`."""
    return frozenset[str]().union(*(clause.names for clause in clauses))


def _left(parts: tuple[Code, ...]) -> tuple[Names, ...]:
    """For each index, the variables of the parts from there on; none at the end."""
    found = [frozenset[str]()]
    for part in reversed(parts):
        found.append(found[-1] | part.names)
    return tuple(reversed(found))


def _whole(item: Hashable) -> int:
    assert isinstance(item, int)
    return item
