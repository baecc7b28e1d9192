"""Failing runs as Hypothesis examples: remembered from one simulation to the next, and shrunk choice by choice.

The runs themselves are drawn with fair dice: Hypothesis prefers what tends to fail, but the stated chance of missing a bug
holds for fair dice only. A run that fails is then handed to Hypothesis as a list of its choices, by a backend that plays them
back. Shrinking makes the list shorter and its numbers lower; the lower a number, the sooner its choice is something owed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from random import Random
from unittest import SkipTest

from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from hypothesis.database import ExampleDatabase
from hypothesis.errors import Flaky, NoSuchExample
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

from groupy_check.checker.sampling.sampler import SampledRun
from groupy_check.checker.sampling.strategies import Dice

ATTEMPTS = 50  # runs that one shrinking may take; the minimiser follows
BACKEND = "groupy-playback"
# Two examples, since Hypothesis tries the simplest of all first.
RULES = settings(database=None, deadline=None, max_examples=2)


class _Enough(BaseException):
    """No more attempts. Not an Exception, since Hypothesis would take that for a failure of the run."""


class _Drawn:
    """Dice thrown by Hypothesis. `thrown` is what they showed so far."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.thrown: list[int] = []

    def pick(self, count: int) -> int:
        """See Dice."""
        self.thrown.append(self.draw(st.integers(0, count - 1)))
        return self.thrown[-1]


class _Playback(HypothesisProvider):
    """Answers with the choices that are played back, and with the simplest ones after them."""

    thrown: Sequence[int] = ()

    def __init__(self, data: ConjectureData | None, /) -> None:
        super().__init__(data)
        self.rest = iter(self.thrown)

    def draw_integer(
        self,
        min_value: int | None = None,
        max_value: int | None = None,
        *,
        weights: dict[int, float] | None = None,  # noqa: ARG002 - the signature is Hypothesis's
        shrink_towards: int = 0,  # noqa: ARG002
    ) -> int:
        choice = next(self.rest, 0)
        return max(min_value or 0, choice if max_value is None else min(choice, max_value))


@contextmanager
def _playing(thrown: Sequence[int]) -> Iterator[str]:
    """The name of a backend that plays `thrown` back."""
    AVAILABLE_PROVIDERS[BACKEND] = type("Playback", (_Playback,), {"lifetime": "test_case", "thrown": thrown})
    try:
        yield BACKEND
    finally:
        del AVAILABLE_PROVIDERS[BACKEND]


class Memory:
    """The failing runs of one simulation, kept in `database` (None: nowhere) under `key` and the name of a property.

    `draw(name, dice)` makes a run with `dice`, judged by the property `name` alone.
    """

    def __init__(self, database: ExampleDatabase | None, key: str, draw: Callable[[str, Dice], SampledRun]) -> None:
        self.database, self.key, self.draw = database, key, draw

    def remembered(self, name: str) -> SampledRun | None:
        """A run of an earlier simulation that still violates the property `name`; runs that no longer do are forgotten."""
        return self._found(name, settings(RULES, database=self.database, phases=[Phase.reuse]))[0]

    def shrunk(self, name: str, thrown: Sequence[int]) -> SampledRun | None:
        """The simplest run that violates the property `name` after shrinking the choices `thrown`; it is remembered.

        None where these do not even make such a run.
        """
        with _playing(thrown) as backend:
            shrinking = settings(RULES, phases=[Phase.generate, Phase.shrink], backend=backend)
            run, simplest = self._found(name, shrinking, Random(0))  # noqa: S311 - equal runs, equal results
        if run is not None and self.database is not None:
            # Hypothesis has no memory where its dice have a seed.
            with _playing(simplest) as backend:
                self._found(name, settings(RULES, database=self.database, phases=[Phase.generate], backend=backend))
        return run

    def _found(self, name: str, rules: settings, random: Random | None = None) -> tuple[SampledRun | None, Sequence[int]]:
        """The simplest run that Hypothesis finds by `rules`, with its choices."""
        best: list[tuple[SampledRun, Sequence[int]]] = []
        attempts = 0

        @st.composite
        def runs(draw: st.DrawFn) -> tuple[SampledRun, Sequence[int]]:
            dice = _Drawn(draw)
            return self.draw(name, dice), dice.thrown

        def violated(drawn: tuple[SampledRun, Sequence[int]]) -> bool:
            nonlocal attempts
            attempts += 1
            if attempts > ATTEMPTS:
                raise _Enough
            run, _ = drawn
            if name in run.violated and (not best or run.violated[name] <= best[0][0].violated[name]):
                best[:] = [drawn]
            return name in run.violated

        # Hypothesis skips the test if nothing is remembered; it is flaky if the protocol is not a pure function.
        with suppress(NoSuchExample, SkipTest, Flaky, _Enough):
            find(runs(), violated, settings=rules, random=random, database_key=f"{self.key} {name}".encode())
        return best[0] if best else (None, ())
