"""Does a handler depend on the hash seed? Other interpreters with other seeds make its calls again: answers must agree.

A protocol that iterates over a set of strings gives its effects in an order that differs between interpreters, so its
counterexamples could not be replayed; a property that does so could find something else. So many interpreters are started that
every small set is met in both orders (see `set_orders`). What differs is told with its reason, and that is proved: it is said
to be the hash seed only where interpreters with one seed agree, and those with two do not. Built-in protocols and properties
are trusted: the tests check them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import count
from types import TracebackType
from typing import Self

from groupy_check.checker.errors import ProtocolError, UsageError
from groupy_check.checker.inputs.other_interpreters.confirmation import refuse_differing, replayed_here, runs_to_replay
from groupy_check.checker.inputs.other_interpreters.derived_calls import derivable, stepped, told
from groupy_check.checker.inputs.other_interpreters.interpreters import Errand, Interpreter, Reply, may_start
from groupy_check.checker.inputs.other_interpreters.judgements import judgements
from groupy_check.checker.inputs.other_interpreters.run_from_nothing import RetoldRun
from groupy_check.checker.inputs.other_interpreters.set_orders import makers, orders, undecided, users_code
from groupy_check.checker.inputs.parameters import names_built_in
from groupy_check.checker.inputs.properties import is_users
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.purity.impure_calls import impure_calls
from groupy_check.checker.semantics.source_lines.places import where_decided
from groupy_check.checker.semantics.step_cache import SORT, Handlers, is_built_in, short
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.trace import Trace
from groupy_check.specs.property import Property

AT_ONCE, MOST = 2, 12  # interpreters: after the first one, and in all
LEAST = 4  # where handlers make sets, of which nobody knows the members
FOR_A_REASON = 10  # hash seeds that are tried to tell why one differs
HASH = "it calls hash(), which gives another number for a text in each interpreter"
ADDRESS = "it uses a memory address (id(), or the text or the hash of an object), time, or chance"
BEFORE = "depending on what was called before: whatever it keeps belongs into the state that it returns"
ELSEWHERE = (
    "it depends on something besides its state and event, such as where it runs, what was called before, or what was set in"
    " its class after the import (then check an instance, Mine(), which is not loaded anew)"
)
Part = Callable[[Reply], str | None]  # of an answer, the one that differs


class OtherSeeds:
    """The other interpreters, which start while the first one searches `scenario`; none where all is built in.

    `impl` is what they load, as --impl takes it; "" if they cannot load it, and then nothing is compared, and runs are replayed
    in this interpreter. Those of `properties` that are the user's own are compared as well.
    """

    def __init__(self, impl: str, scenario: Scenario, properties: Sequence[Property] = ()) -> None:
        self.impl, self.scenario, self.stack = impl, scenario, ExitStack()
        self.own = [wanted for wanted in properties if is_users(wanted)]
        needed = impl and (not names_built_in(impl) or self.own) and may_start()
        self.seeds = (seed for seed in count(1) if str(seed) != os.environ.get("PYTHONHASHSEED"))
        self.ready = [self.started()] if needed else []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stack.close()

    def started(self) -> Interpreter:
        """One more interpreter, with the next hash seed."""
        return self.stack.enter_context(Interpreter(self.impl, next(self.seeds)))

    def confirm(self, handlers: Handlers, traces: Sequence[tuple[str, Trace]]) -> None:
        """Raises ProtocolError, naming state and event, when an answer of `handlers` differs in another interpreter.

        Where one of a property differs, UsageError; and ProtocolError where one of `traces`, each with the name of the property
        that it violates, or "", cannot be replayed.
        """
        runs = runs_to_replay(handlers.protocol, traces, self.own)
        known = SeedComparison(self, handlers).answers(tuple(runs)) if self.ready else []
        replays = known[0].runs if known else replayed_here(handlers.protocol, runs, self.own)
        refuse_differing(handlers.protocol, runs, replays)


class SeedComparison:
    """What `handlers` answered is held against what interpreters of `others` answer."""

    def __init__(self, others: OtherSeeds, handlers: Handlers) -> None:
        self.others, self.protocol, self.known = others, handlers.protocol, dict[int, Reply]()
        built_in = is_built_in(self.protocol)
        first = Semantics(self.protocol, others.scenario).initial()
        self.calls = [] if built_in else list(derivable(handlers, first))
        code = users_code(self.protocol, others.own)
        self.texts = [told(outcomes) for *_, outcomes in self.calls]
        self.least = LEAST if makers(code) else 1
        self.orders = orders((value for _, *made in self.calls for value in made), code)
        judging = tuple(wanted.name for wanted in others.own)
        self.request = Errand(others.scenario, calls=tuple(call for call, *_ in self.calls), judging=judging)

    def answers(self, runs: tuple[RetoldRun, ...]) -> list[Reply]:
        """Ask as many interpreters as are needed, the first one also for replays of `runs`; none if one does not answer.

        Raises as `OtherSeeds.confirm`.
        """
        asked, request = self.others.ready, replace(self.request, runs=runs)
        while asked:
            for one in asked:
                one.ask(request)
                request = self.request
            for one in asked:
                answer = one.answer()
                if answer is None:
                    return []  # it was too slow, or met an error that the first interpreter reports itself
                self.known[one.seed] = answer
                self._compare(answer)
            seen = (self.orders, *(answer.orders for answer in self.known.values()))
            enough = len(self.known) >= MOST or (len(self.known) >= self.least and not undecided(seen))
            more = 0 if enough else AT_ONCE
            asked = [self.others.started() for _ in range(more)]
        return list(self.known.values())

    def _compare(self, answer: Reply) -> None:
        first = [(number, answer.calls[number]) for number, _ in answer.unsteady]  # of these the reason is known
        for number, text in (*first, *answer.unsteady, *enumerate(answer.calls)):
            if text is not None and text != self.texts[number]:
                self._refuse_call(number, text)
        for wanted in self.others.own:
            for call, mine in judgements(wanted).items():
                other = answer.judged.get(call, mine)
                if other != mine:
                    reason = self._reason(partial(_judged, call), mine, ())
                    either = f"gives {short(mine)} or {short(other)}, {reason}"
                    raise UsageError(f"{wanted.name}: judge(history) {either} [{wanted.source}]")

    def _refuse_call(self, number: int, other: str) -> None:
        _, state, event, outcomes = self.calls[number]
        suspects = impure_calls(lambda: stepped(self.protocol, state, event))
        mine, where = told(outcomes), where_decided(self.protocol, state, event)
        if any(number in dict(reply.unsteady) for reply in self.known.values()):
            reason = f"even in one interpreter: {_naming(suspects)}" if suspects else BEFORE
        else:
            reason = self._reason(lambda found: found.calls[number], mine, suspects)
        call = short(f"step({show(state)}, {show(event)})")
        raise ProtocolError(f"{self.protocol.name}: {call} gives {short(mine)} or {short(other)}, {reason} [{where}]")

    # --- why ----------------------------------------------------------------------------------------------------------

    def _reason(self, part: Part, mine: str, suspects: Sequence[str]) -> str:
        """Why `part` of an answer is not `mine` in each interpreter."""
        calls = _naming(suspects)
        seed, other = next((seed, part(answer)) for seed, answer in self.known.items() if part(answer) not in (mine, None))
        again = self._once_more(seed, part)
        if again not in (other, None):
            return f"even with the same hash seed: {calls or ADDRESS}"
        for candidate in range(1, FOR_A_REASON + 1):
            found = part(self.known[candidate]) if candidate in self.known else self._once_more(candidate, part)
            if found not in (other, None) and self._once_more(candidate, part) == found:
                return f"depending on the hash seed: {HASH if 'hash()' in suspects else SORT}"
        return f"whatever the hash seed: {calls or ELSEWHERE}"

    def _once_more(self, seed: int, part: Part) -> str | None:
        with Interpreter(self.others.impl, seed) as one:
            one.ask(self.request)
            answer = one.answer()
        return None if answer is None else part(answer)


def _naming(suspects: Sequence[str]) -> str:
    return f"it calls {' and '.join(suspects[:3])}" if suspects else ""


def _judged(call: str, answer: Reply) -> str | None:
    return answer.judged.get(call)
