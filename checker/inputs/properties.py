"""From the text after --property to the user's property: a file `./mine.py`, or `module:Class`."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from groupy_check.checker.errors import UsageError
from groupy_check.checker.inputs.import_worlds import in_common, keep_world_of
from groupy_check.checker.inputs.user_classes import Sought, class_named, is_own, place
from groupy_check.checker.limits.deadline import calling, extra_time
from groupy_check.checker.limits.user_output import marked_prints
from groupy_check.checker.semantics.outside import Listening
from groupy_check.checker.semantics.source_lines.places import where_defined
from groupy_check.checker.semantics.step_cache import short
from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES, History
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.property import Property
from groupy_check.specs.registry import BUILT_IN
from groupy_check.specs.requirement import Requirement

ADVICE = "`class Mine(Requirement)` with a docstring, `kind` and a method `judge`"
SOUGHT = Sought(Requirement, "property", "--property", ADVICE, UsageError)
REMEMBERED = 2_000  # answers that can be held against those of an interpreter with another hash seed
PARTS = {"processes": (Node, int), "payloads": (object,), "views": (View,)}  # of a Witness: what each holds a tuple of


def known_properties(names: Iterable[str], *protocols: Protocol) -> Mapping[str, Property]:
    """The built-in properties, and those of `names` that are the user's own, loaded to judge `protocols`. Raises UsageError.

    A file is executed, as `python mine.py` would execute it, so nothing but a front end calls this, with what its user typed.
    """
    own = [load_property(name, *protocols) for name in dict.fromkeys(names) if name not in BUILT_IN and is_own(name)]
    taken = Counter([*BUILT_IN, *(wanted.label for wanted in own)])
    return {**BUILT_IN, **{one.name: one if taken[one.label] == 1 else replace(one, label="") for one in own}}


def is_users(wanted: Property) -> bool:
    """`wanted` was loaded from a file or a module of the user's."""
    return isinstance(wanted.judge, PureJudge)


def load_property(text: str, *protocols: Protocol, flag: str = SOUGHT.flag) -> Property:
    """The property that `text`, a file or `module:Class`, names. Raises UsageError when there is none or it lacks something.

    Of the files that it imports, those which one of `protocols` imports too are that one's: it is to judge it, and may ask for
    the types of payloads.
    """
    kind = class_named(text, replace(SOUGHT, flag=flag), *protocols)
    _check_class(kind, text)
    try:
        with extra_time(), calling(lambda: f"{text}: {kind.__name__}()"), marked_prints():
            requirement = kind()
    except (Exception, SystemExit) as error:
        reason = f"{kind.__name__}() raised {type(error).__name__}: {error}; it must take no argument"
        raise UsageError(f"{text}: {reason}") from error
    keep_world_of(requirement)
    file = in_common(requirement, *protocols) if len(protocols) > 1 else ""
    if file:
        both = f"both protocols and {text} import {file}, and each protocol has types of its own from it"
        raise UsageError(f"{both}; let {text} import groupy_check alone, or judge one protocol at a time with groupy check")
    judge = PureJudge(requirement, text)
    sentence = " ".join((kind.__doc__ or "").split()).removesuffix(".")
    return Property(
        name=text,
        kind=kind.kind,
        sentence=sentence,
        source=judge.where,
        # A property that understates what it looks at gets wrong verdicts; so users say nothing, and everything is kept.
        needs=frozenset(OBSERVATION_TYPES),
        judge=judge,
        goal=judge.goal,
        goal_text="what its `goal` asks for came about",
        worker=kind.worker,
        label=re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", "-", kind.__name__).strip("-").lower(),
    )


def _check_class(kind: type[Requirement], text: str) -> None:
    where = f"{text}: {kind.__name__}"
    if kind.judge is Requirement.judge:
        raise UsageError(f"{where} has no method `judge(self, history)`, which returns None or a Witness")
    if not (kind.__doc__ or "").strip():
        raise UsageError(f"{where} has no docstring; say in it, in one sentence, what is required")
    if not isinstance(getattr(kind, "kind", None), Kind):
        raise UsageError(
            f"{where} needs a `kind`: Kind.SAFETY, judged in every state, or Kind.LIVENESS, judged where nothing more happens"
        )
    if not isinstance(kind.worker, bool):
        raise UsageError(f"{where}.worker must be True or False, not {short(kind.worker)}")
    if _reads(kind, "stuck"):
        raise UsageError(f"{where} reads Life.stuck, which only progress knows; ask for that with --property progress")


def _reads(kind: type[Requirement], field: str) -> bool:
    """Something in the file of `kind` is called `field`."""
    try:
        tree = ast.parse(Path(inspect.getfile(kind)).read_text(encoding="utf-8"))
    except (OSError, TypeError, ValueError):
        return False
    return any(isinstance(node, ast.Attribute) and node.attr == field for node in ast.walk(tree))


class PureJudge:
    """The judge of a user's own property, checked for rubbish; each call is made twice, since it must be a pure function.

    `answers` holds the first of them. Raises UsageError, naming the place, for anything that is not an answer.
    """

    def __init__(self, requirement: Requirement, name: str) -> None:
        from groupy_check.checker.semantics.purity.hidden_state import Watch  # noqa: PLC0415 - built-in properties need none

        self.requirement, self.name = requirement, name
        self.where = where_defined(type(requirement))
        self.watch, self.outside = Watch(requirement), Listening()
        self.answers: dict[History, Witness | None] = {}

    def __call__(self, history: History) -> Witness | None:
        history = _without_probe(history)
        answer = self._called("judge", self.requirement.judge, history)
        if answer is not None and not isinstance(answer, Witness):
            self._refuse(
                "judge", f"returned {short(answer)}; allowed are None and Witness(sentence, processes, payloads, views)"
            )
        witness = answer and self._checked(answer)
        if len(self.answers) < REMEMBERED:
            self.answers[history] = witness
        return witness

    def goal(self, history: History) -> bool:
        """Whether the situation that the property speaks of has come about."""
        return bool(self._called("goal", self.requirement.goal, _without_probe(history)))

    def _called(self, method: str, call: Callable[[History], object], history: History) -> object:
        with self.watch.undisturbed():
            self.watch.begin()
            return self._called_twice(method, call, history)

    def _called_twice(self, method: str, call: Callable[[History], object], history: History) -> object:
        try:
            with calling(lambda: f"{self.name}: {method}(history)"), self.outside, marked_prints():
                answer, again = call(history), call(history)
                same = answer == again
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's code may raise anything
            if self.outside.told:
                self._refuse(method, self.outside.told, error)
            at = place(error, Path(inspect.getfile(type(self.requirement))))
            reason = f": {short(str(error))}" if str(error) else ""
            self._refuse(method, f"raised {type(error).__name__}{reason} at {at}", error)
        if self.outside.told:
            self._refuse(method, self.outside.told)
        alteration = self.watch.alteration()
        if alteration is not None:
            self._refuse(method, f"changed {alteration}; it must judge by the history alone")
        if not same:
            self._refuse(method, "gave two different answers about one history; it must not use time, chance, globals or id()")
        if what := self.watch.impurity(lambda: call(history)):
            self._refuse(method, f"calls {what}; it must judge by the history alone")
        return answer

    def _checked(self, witness: Witness) -> Witness:
        """`witness`, checked for all that is needed to draw it."""
        if not isinstance(witness.text, str) or not witness.text.strip():
            self._refuse("judge", "returned a Witness without a sentence; Witness('p1 never delivered a1') says what is wrong")
        for part, kinds in PARTS.items():
            value = getattr(witness, part)
            if not isinstance(value, tuple) or not all(isinstance(item, kinds) for item in value):
                form = "(life.node,) needs its comma" if part == "processes" else f"(one of the {part},) needs its comma"
                self._refuse("judge", f"returned a Witness whose {part} are {short(value)}; they must be a tuple: {form}")
        try:
            hash(witness)
        except TypeError as error:
            self._refuse("judge", f"returned a Witness that cannot be hashed ({error}); its payloads are those of a history")
        return replace(witness, text=" ".join(witness.text.split()), processes=tuple(map(Node, witness.processes)))

    def _refuse(self, method: str, reason: str, cause: BaseException | None = None) -> NoReturn:
        raise UsageError(f"{self.name}: {method}(history) cannot be used: it {reason} [{self.where}]") from cause


def _without_probe(history: History) -> History:
    """`history` as it is where progress is not judged: what a property finds must not depend on what else is judged."""
    if not any(life.stuck for life in history.lives):
        return history
    return replace(history, lives=tuple(replace(life, stuck="") for life in history.lives))
