"""Records are tuples that begin with their name. Erlang reference manual, "Records"."""

from __future__ import annotations

from collections.abc import Iterable

from groupy_check.checker.erlang.machine.processes import located
from groupy_check.checker.erlang.syntax import tree
from groupy_check.checker.erlang.syntax.places import Place
from groupy_check.checker.erlang.terms.raising import error
from groupy_check.checker.erlang.terms.values import Atom, Term, Tuple


class RecordTypes:
    """The records that `file` declares."""

    def __init__(self, file: str, declared: Iterable[tree.Record]) -> None:
        self.file = file
        self.declared = {record.name: record for record in declared}

    def values(self, at: Place, name: str, given: tuple[tree.RecordField, ...]) -> list[tree.Expr]:
        """The value of each field of a new record: that which is given, or else the default."""
        by_name, others = self._given(at, name, given)
        undefined = tree.Literal(at, "atom", "undefined")
        return [by_name.get(str(field.value), others or default or undefined) for field, default in self._fields(at, name)]

    def patterns(self, at: Place, name: str, given: tuple[tree.RecordField, ...]) -> list[tree.Expr]:
        """The pattern of each field: that which is given, or else one for anything."""
        by_name, others = self._given(at, name, given)
        anything = others or tree.Variable(at, "_")
        return [by_name.get(str(field.value), anything) for field, _ in self._fields(at, name)]

    def index(self, at: Place, name: str, field: tree.Literal) -> int:
        """Where `field` is in the tuple, counted from 1."""
        names = [str(known.value) for known, _ in self._fields(at, name)]
        if field.value not in names:
            raise located(self.file, field.at, f"the record {name} has no field {field.value}")
        return names.index(str(field.value)) + 2

    def size(self, at: Place, name: str) -> int:
        """How many elements the tuple has."""
        return len(self._fields(at, name)) + 1

    def _fields(self, at: Place, name: str) -> tuple[tuple[tree.Literal, tree.Expr | None], ...]:
        if name not in self.declared:
            raise located(self.file, at, f"there is no record {name}")
        return self.declared[name].fields

    def _given(
        self, at: Place, name: str, given: tuple[tree.RecordField, ...]
    ) -> tuple[dict[str, tree.Expr], tree.Expr | None]:
        """The fields that are given, and what is said of all others by `_ = ...`."""
        by_name, others = dict[str, tree.Expr](), None
        for field in given:
            if isinstance(field.name, tree.Literal):
                self.index(at, name, field.name)
                by_name[str(field.name.value)] = field.value
            else:
                others = field.value
        return by_name, others


def fields_of(term: Term, name: str, size: int) -> tuple[Term, ...]:
    """The elements of `term`, which must be a record `name`."""
    if isinstance(term, Tuple) and len(term.items) == size and term.items[0] == Atom(name):
        return term.items
    raise error("badrecord", term)
