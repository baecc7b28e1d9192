"""Which rules of a program that is not written in Python were followed: it says so when its handlers are called again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from groupy_check.checker.profiling.branch_coverage import Branch
from groupy_check.groupy_model.protocol import Explaining

Places = frozenset[str]


class ProgramRules:
    """The rules of the program behind `protocol`; as `branch_coverage.Source`, of which it knows less."""

    def __init__(self, protocol: Explaining) -> None:
        self.protocol = protocol

    def spans(self, run: Callable[[], object]) -> Places:
        """Where the rules stand that are followed in `run`."""
        return self.protocol.followed(run)

    def branches(self, spans: Places) -> Iterator[Branch]:
        """Every rule, in the order of files and lines, and whether it is one of those at `spans`."""
        for rule in self.protocol.rules():
            yield Branch(rule.where, rule.text, rule.inside, taken=rule.where in spans, within=False)

    def unread(self, spans: Places) -> list[str]:  # noqa: ARG002 - the program was read before it was run
        """No file."""
        return []

    def names(self) -> set[str]:
        """Nothing is known of the effects that the program mentions."""
        return set()

    def awaited(self) -> set[str]:
        """Its messages have no classes."""
        return set()
