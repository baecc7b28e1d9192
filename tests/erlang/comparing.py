"""What the library and real Erlang say to one question, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from groupy_check.checker.erlang.library.table import FUNCTIONS
from groupy_check.checker.erlang.terms.raising import Raised, Unsupported
from groupy_check.checker.erlang.terms.values import Term
from groupy_check.checker.erlang.terms.writing import atom_text, written
from tests.erlang.generated_calls import Call
from tests.erlang.real_erlang import Answer, answers


def literal(term: Term) -> str:
    return written(term, wide=True)


def call_text(call: Call) -> str:
    """Through `apply`: records and guards, of which the compiler knows more, are no matter of the library's."""
    (module, name, _), terms = call
    return f"apply({module}, {atom_text(name, wide=True)}, {literal(terms)})"


def outcome(run: Callable[[], Term]) -> Answer | None:
    """None, if it says that it is not modelled."""
    try:
        return "value", literal(run())
    except Raised as raised:
        return raised.kind.value, literal(raised.reason)
    except Unsupported:
        return None


def our_result(call: Call) -> Answer | None:
    key, terms = call
    return outcome(lambda: FUNCTIONS[key](*terms))


def differing(expressions: Iterable[str], ours: Iterable[Answer | None]) -> list[str]:
    """Where real Erlang says something else; what is not modelled is not compared."""
    asked = list(expressions)
    compared = zip(asked, ours, answers(asked), strict=True)
    return [f"{one}: {' '.join(our)}, not {' '.join(its)}" for one, our, its in compared if our is not None and our != its]
