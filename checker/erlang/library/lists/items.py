"""The module `lists`: what looks at the items one after the other."""

from __future__ import annotations

from itertools import chain

from groupy_check.checker.erlang.library.bifs.float_text import float_as
from groupy_check.checker.erlang.library.functions import Functions, is_list, list_argument, pair, proper
from groupy_check.checker.erlang.terms.operators import BINARY, append, subtract
from groupy_check.checker.erlang.terms.ordering import compare
from groupy_check.checker.erlang.terms.raising import badarg, function_clause
from groupy_check.checker.erlang.terms.values import FALSE, TRUE, Atom, Float, Term, Tuple, boolean, cells, listed, string

add = BINARY["+"]


def _appended(term: Term) -> Term:
    """`append/1`, from the last list to the first."""
    items = proper(term)
    found: Term = items[-1] if items else ()
    for item in reversed(items[:-1]):
        found = append(item, found)
    return found


def _concat(term: Term) -> Term:
    parts = [_text(item) for item in cells(term)[0]]
    proper(term)
    return _appended((*parts, ()))


def _text(term: Term) -> Term:
    if isinstance(term, Atom):
        return string(term.name)
    if isinstance(term, Float):
        return string(float_as(term))
    if isinstance(term, int):
        return string(str(term))
    if is_list(term):
        return term
    raise function_clause()


def _delete(gone: Term, term: Term) -> Term:
    items, tail = cells(term)
    for at, item in enumerate(items):
        if item == gone:
            return listed(items[:at] + items[at + 1 :], tail)
    return proper(term)


def _duplicate(count: Term, item: Term) -> Term:
    if not isinstance(count, int) or count < 0:
        raise function_clause()
    return (item,) * count


def _enumerate(start: Term, term: Term) -> Term:
    if not isinstance(start, int):
        raise function_clause()
    return tuple(pair(start + at, item) for at, item in enumerate(proper(term)))


def flat(term: Term) -> tuple[Term, ...]:
    """All that is in the list and in the lists in it."""
    return tuple(chain.from_iterable(flat(item) if is_list(item) else (item,) for item in proper(term)))


def _flatten(term: Term, tail: Term = ()) -> Term:
    if not is_list(term) or not is_list(tail):
        raise function_clause()
    return listed(flat(term), tail)


def _join(separator: Term, term: Term) -> Term:
    items = proper(term)
    return tuple(chain.from_iterable((separator, item) for item in items))[1:]


def _largest(term: Term, sign: int) -> Term:
    """Of two that are equal, the first one."""
    items = proper(term)
    if not items:
        raise function_clause()
    found = items[0]
    for item in items[1:]:
        if sign * compare(item, found) > 0:
            found = item
    return found


def _member(wanted: Term, term: Term) -> Term:
    if wanted in cells(term)[0]:
        return TRUE
    list_argument(term)
    return FALSE


def _prefix(prefix: Term, term: Term) -> Term:
    (wanted, end), (items, _) = cells(prefix), cells(term)
    for one, two in zip(wanted, items, strict=False):
        if one != two:
            return FALSE
    short = len(wanted) > len(items)
    rest = cells(term)[1] if len(wanted) >= len(items) else ()
    if not (end == () or short) or not is_list(rest):
        raise function_clause()
    return boolean(not short)


def _suffix(suffix: Term, term: Term) -> Term:
    items, wanted = list_argument(term), list_argument(suffix)
    return boolean(len(wanted) <= len(items) and items[len(items) - len(wanted) :] == wanted)


def _reversed(term: Term) -> Term:
    items, tail = cells(term)
    if tail != ():
        raise badarg() if len(items) > 1 else function_clause()
    return items[::-1]


def _sum(term: Term) -> Term:
    items, tail = cells(term)
    total: Term = 0
    for item in items:
        total = add(total, item)
    if tail != ():
        raise function_clause()
    return total


def _uniq(term: Term) -> Term:
    return tuple(dict.fromkeys(proper(term)))


def _zip(*terms: Term) -> Term:
    lists = [proper(term) for term in terms]
    if len(set(map(len, lists))) > 1:
        raise function_clause()
    return tuple(map(Tuple, zip(*lists, strict=True)))


def _unzip(term: Term, width: int) -> Term:
    columns = list[tuple[Term, ...]]()
    for item in proper(term):
        if not isinstance(item, Tuple) or len(item.items) != width:
            raise function_clause()
        columns.append(item.items)
    return Tuple(tuple(tuple(row[at] for row in columns) for at in range(width)))


def _steps(first: Term, last: Term, step: Term) -> Term:
    """`seq/3`: it may be empty, but not less than that."""
    if not isinstance(first, int) or not isinstance(last, int) or not isinstance(step, int):
        raise badarg()
    if step == 0 and first == last:
        return (first,)
    if step == 0 or (last - first + step) * (1 if step > 0 else -1) < 0:
        raise badarg()
    return tuple(range(first, last + (1 if step > 0 else -1), step))


def _seq(first: Term, last: Term) -> Term:
    if not isinstance(first, int) or not isinstance(last, int) or first - 1 > last:
        raise function_clause()
    return _steps(first, last, 1)


ITEMS: Functions = {
    ("lists", "append", 1): _appended,
    ("lists", "append", 2): append,
    ("lists", "concat", 1): _concat,
    ("lists", "delete", 2): _delete,
    ("lists", "duplicate", 2): _duplicate,
    ("lists", "enumerate", 1): lambda term: _enumerate(1, term),
    ("lists", "enumerate", 2): _enumerate,
    ("lists", "flatlength", 1): lambda term: len(flat(term)),
    ("lists", "flatten", 1): _flatten,
    ("lists", "flatten", 2): _flatten,
    ("lists", "join", 2): _join,
    ("lists", "max", 1): lambda term: _largest(term, 1),
    ("lists", "member", 2): _member,
    ("lists", "min", 1): lambda term: _largest(term, -1),
    ("lists", "prefix", 2): _prefix,
    ("lists", "reverse", 1): _reversed,
    ("lists", "reverse", 2): lambda term, tail: listed(list_argument(term)[::-1], tail),
    ("lists", "seq", 2): _seq,
    ("lists", "seq", 3): _steps,
    ("lists", "subtract", 2): subtract,
    ("lists", "suffix", 2): _suffix,
    ("lists", "sum", 1): _sum,
    ("lists", "uniq", 1): _uniq,
    ("lists", "unzip", 1): lambda term: _unzip(term, 2),
    ("lists", "unzip3", 1): lambda term: _unzip(term, 3),
    ("lists", "zip", 2): _zip,
    ("lists", "zip3", 3): _zip,
}
