"""The module `string`: its older half, on lists of characters."""

from __future__ import annotations

from collections.abc import Callable

from groupy_check.checker.erlang.library.functions import Functions, generated, is_list, list_argument, proper
from groupy_check.checker.erlang.library.lists.items import ITEMS
from groupy_check.checker.erlang.terms.operators import BINARY, append
from groupy_check.checker.erlang.terms.raising import Unsupported, badarg, badarith, error, function_clause
from groupy_check.checker.erlang.terms.values import Atom, Float, Term, cells, listed

reverse, appended = ITEMS["lists", "reverse", 1], ITEMS["lists", "append", 1]
SPACE = ord(" ")
LEFT, RIGHT, BOTH = Atom("left"), Atom("right"), Atom("both")
Items = tuple[Term, ...]


def _number(term: Term) -> int:
    if isinstance(term, int):
        return term
    raise function_clause()


def _list(term: Term) -> Term:
    """A list, which may be improper: it is not looked at to its end."""
    if is_list(term):
        return term
    raise function_clause()


def _chr(term: Term, char: Term) -> Term:
    items, wanted = cells(term)[0], _number(char)
    if wanted in items:
        return items.index(wanted) + 1
    proper(term)
    return 0


def _rchr(term: Term, char: Term) -> Term:
    items, wanted = proper(term), _number(char)
    return len(items) - items[::-1].index(wanted) if wanted in items else 0


def _places(term: Term, part: Term) -> list[int]:
    """Where the part begins, from 1; nowhere, if it is empty."""
    if not isinstance(part, tuple) and is_list(part):
        raise Unsupported("a string that is sought and is an improper list")
    items, wanted = proper(term), proper(part)
    if not wanted and items:
        return []
    return [at + 1 for at in range(len(items)) if items[at : at + len(wanted)] == wanted]


def _str(term: Term, part: Term) -> Term:
    return next(iter(_places(term, part)), 0)


def _rstr(term: Term, part: Term) -> Term:
    return next(reversed(_places(term, part)), 0)


def _span(term: Term, chars: Term, *, of: bool) -> Term:
    """How many at the beginning are, or are not, among the characters."""
    wanted, end = cells(_list(chars))
    for at, item in enumerate(cells(term)[0]):
        found = item in wanted
        if not found and end != ():
            raise badarg()
        if found != of:
            return at
    return len(proper(term))


def _substr(term: Term, start: Term, length: Term | None = None) -> Term:
    items, tail = cells(_list(term))
    first = _number(start) - 1
    if not 0 <= first <= len(items) or (first == len(items) and tail != ()):
        raise function_clause()
    rest = listed(items[first:], tail)
    if length is None:
        return rest
    if _number(length) < 0 or (_number(length) > len(items) - first and tail != ()):
        raise function_clause()
    return cells(rest)[0][: _number(length)]


def _sub_string(term: Term, start: Term, stop: Term) -> Term:
    return _substr(term, start, BINARY["+"](BINARY["-"](stop, start), 1))


def _tokens(term: Term, separators: Term) -> Term:
    """The parts between the separators, without those that are empty."""
    if not is_list(separators):
        raise error("case_clause", separators)
    if separators == ():
        if not is_list(term):
            raise error("case_clause", term)
        return (term,) if term != () else ()
    items, parted = proper(reverse(term)), cells(separators)[0]
    if items and not isinstance(separators, tuple):
        raise Unsupported("separators in an improper list")
    found, part = list[Term](), list[Term]()
    for item in (*items[::-1], parted[0]):
        if item not in parted:
            part.append(item)
        elif part:
            found.append(tuple(part))
            part = []
    return tuple(found)


def _chars(char: Term, count: Term, tail: Term = ()) -> Term:
    if not isinstance(count, int | Float):
        raise badarith()
    if not isinstance(count, int) or count < 0 or not isinstance(char, int):
        raise function_clause()
    return listed((char,) * count, tail)


def _copies(term: Term, count: Term) -> Term:
    if _number(count) < 0:
        raise function_clause()
    _list(term)
    return list_argument(term) * _number(count) if count else ()


def _strip(term: Term, where: Term = BOTH, char: Term = SPACE) -> Term:
    if where not in {LEFT, RIGHT, BOTH}:
        raise function_clause()
    _number(char)
    items, tail = cells(_list(term))
    if where != RIGHT:
        while items and items[0] == char:
            items = items[1:]
    if tail != () and where == LEFT and items:
        return listed(items, tail)
    proper(term)
    if where != LEFT:
        while items and items[-1] == char:
            items = items[:-1]
    return items


def _width(term: Term, size: int) -> int:
    """How wide a field is; what is no number is wider than every string, and then cannot be calculated with."""
    if isinstance(term, Float):
        raise error("if_clause") if term.value == size else function_clause()
    if not isinstance(term, int):
        raise badarith()
    if term < 0:
        raise function_clause()
    return term


def _in_field(name: str, place: Callable[[Items, int, Items], Items]) -> Functions:
    """`place` gets the string, how much is to be filled (negative, if the string is too long), and with what."""

    def placed(term: Term, width: Term, char: Term) -> Term:
        fill, items = _number(char), list_argument(term)
        return place(items, _width(width, len(items)) - len(items), (fill,))

    return {("string", name, 2): lambda term, width: placed(term, _number(width), SPACE), ("string", name, 3): placed}


def _left(items: Items, more: int, fill: Items) -> Items:
    return items[: len(items) + more] + fill * more


def _right(items: Items, more: int, fill: Items) -> Items:
    return fill * more + items[max(0, -more) :]


def _centred(items: Items, more: int, fill: Items) -> Items:
    if more < 0:
        start = -more // 2
        return items[start : start + len(items) + more]
    return fill * (more // 2) + items + fill * (more - more // 2)


def _cased(lowest: int, by: int) -> Callable[[Term], Term]:
    """Moves the letters of Latin-1 from `lowest` on to the other case."""
    moved: dict[int, int] = {
        lowest + place: lowest + place + by for place in (*range(26), *range(0x7F, 0x96), *range(0x97, 0x9E))
    }

    def char(code: int) -> int:
        return moved.get(code, code)

    def cased(term: Term) -> Term:
        if isinstance(term, int):
            return char(term)
        if not is_list(term):
            raise function_clause()
        return tuple(char(item) if isinstance(item, int) else item for item in generated(term))

    return cased


def _joined(term: Term, separator: Term) -> Term:
    items, tail = cells(term)
    if not items:
        if tail != () or not is_list(separator):
            raise function_clause()
        return ()
    parts = [append(separator, item) for item in items[1:]]
    generated(listed((), tail))
    return append(items[0], appended(tuple(parts)))


PLAIN_STRINGS: Functions = {
    **_in_field("left", _left),
    **_in_field("right", _right),
    **_in_field("centre", _centred),
    ("string", "chars", 2): _chars,
    ("string", "chars", 3): _chars,
    ("string", "chr", 2): _chr,
    ("string", "concat", 2): append,
    ("string", "copies", 2): _copies,
    ("string", "cspan", 2): lambda term, chars: _span(term, chars, of=False),
    ("string", "join", 2): _joined,
    ("string", "len", 1): lambda term: len(list_argument(term)),
    ("string", "rchr", 2): _rchr,
    ("string", "rstr", 2): _rstr,
    ("string", "span", 2): lambda term, chars: _span(term, chars, of=True),
    ("string", "str", 2): _str,
    ("string", "strip", 1): _strip,
    ("string", "strip", 2): _strip,
    ("string", "strip", 3): _strip,
    ("string", "sub_string", 2): _substr,
    ("string", "sub_string", 3): _sub_string,
    ("string", "substr", 2): _substr,
    ("string", "substr", 3): _substr,
    ("string", "to_lower", 1): _cased(0x41, 0x20),
    ("string", "to_upper", 1): _cased(0x61, -0x20),
    ("string", "tokens", 2): _tokens,
}
