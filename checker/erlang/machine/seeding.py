"""Seeds of random numbers. What is drawn does not depend on them, but a wrong seed ends the process.

`random:seed` gives back the seed before, `undefined` at first. Here it is the one that was given: no draw changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from groupy_check.checker.erlang.machine.program import Key
from groupy_check.checker.erlang.terms.raising import badarg, error, function_clause
from groupy_check.checker.erlang.terms.values import UNDEFINED, Atom, Float, Map, Term, Tuple

if TYPE_CHECKING:
    from groupy_check.checker.erlang.machine.running import Run

SEED = Atom("random_seed")  # the key in the process dictionary
FIRST = Tuple((3172, 9814, 20125))
PRIMES = (30269, 30307, 30323)
UNSEEN = Tuple((1, 1, 1))  # instead of a seed of numbers that nobody may look at
ALGORITHMS = {  # with the most integers that a list of them may have
    "default": 2, "exsplus": 2, "exsp": 2, "exsss": 2, "exrop": 2, "exs64": 1, "dummy": 1, "exs1024": 16, "exs1024s": 16,
    "exro928ss": 16,
}  # fmt: skip


def _seeded(run: Run, *seed: Term) -> Term:
    """`random:seed`."""
    before = run.dictionary.get(SEED, UNDEFINED)
    run.dictionary[SEED] = _normal(*seed) if seed else FIRST
    return before if seed or before != UNDEFINED else FIRST


def _normal(*seed: Term) -> Tuple:
    match seed:
        case (Tuple((one, two, three)),) | (one, two, three):
            numbers = one, two, three
        case (int(number),) if type(number) is int:
            low = number & 0xFFFFFF
            numbers = (number >> 16) & 0xFFFFFFF, low, (number >> 36) | (low >> 16)
        case (int(),):
            return UNSEEN
        case _:
            raise function_clause()
    for part in numbers:
        if not isinstance(part, int):
            raise error("badarith") if isinstance(part, Float) else badarg()
    if any(type(part) is not int for part in numbers):
        return UNSEEN
    return Tuple(tuple(abs(part) % (prime - 1) + 1 for part, prime in zip(numbers, PRIMES, strict=True)))  # type: ignore[arg-type]


def _rand_seeded(_run: Run, algorithm: Term, *seed: Term) -> Term:
    """`rand:seed`: an algorithm, perhaps with a seed, or what this has given before."""
    match algorithm:
        case Atom(name) if name in ALGORITHMS:
            _check(ALGORITHMS[name], *seed)
            return Tuple((algorithm, Atom("state")))
        case Tuple((Atom(name), _)) if name in ALGORITHMS and not seed:
            return algorithm
        case Tuple((Map(), _)) if not seed:
            return algorithm
    raise function_clause()


def _check(most: int, *seed: Term) -> None:
    match seed:
        case () | (int(),):
            return
        case (Tuple((one, two, three)),):
            if not all(isinstance(part, int) for part in (one, two, three)):
                raise error("badarith")
        case (tuple(numbers),):
            if not numbers:
                raise error("zero_seed")
            if not all(isinstance(part, int) for part in numbers):
                raise error("non_integer_seed")
            if len(numbers) > most:
                raise error("too_many_seed_integers")
        case _:
            raise function_clause()


SEEDS: Mapping[Key, Callable[..., Term]] = {
    **{("random", "seed", arity): _seeded for arity in (0, 1, 3)},
    ("random", "seed0", 0): lambda _run: FIRST,
    ("rand", "seed", 1): _rand_seeded, ("rand", "seed", 2): _rand_seeded,
}  # fmt: skip
