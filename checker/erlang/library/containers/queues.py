"""The module `queue`: `{in, out}`, two lists, of which neither is empty while there are two items.

Programs may look at this pair (they print it, or match `{[], []}`), so it is the same as Erlang's, item by item.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from groupy_check.checker.erlang.library.functions import Functions, pair
from groupy_check.checker.erlang.terms.raising import badarg, error
from groupy_check.checker.erlang.terms.values import Atom, Term, Tuple, boolean

EMPTY, VALUE = Atom("empty"), Atom("value")
Items = tuple[Term, ...]


class Halves(NamedTuple):
    """What was put in last comes first in `back`; what is taken out first, in `front`."""

    back: Items
    front: Items

    @property
    def items(self) -> Items:
        """All of it, from the front to the back."""
        return self.front + self.back[::-1]

    @property
    def turned(self) -> Halves:
        """The queue backwards."""
        return Halves(self.front, self.back)


Taken = tuple[Term, Halves]


def _halves(term: Term) -> Halves:
    match term:
        case Tuple((tuple() as back, tuple() as front)):
            return Halves(back, front)
    raise badarg()


def _term(queue: Halves) -> Term:
    return pair(*queue)


def _halved(back: Items) -> Halves:
    """The older half of the items goes to the front."""
    kept = 1 if len(back) == 2 else len(back) // 2
    return Halves(back[:kept], back[kept:][::-1])


def _put(item: Term, queue: Halves) -> Halves:
    """In at the back."""
    if len(queue.back) == 1 and not queue.front:
        return Halves((item,), queue.back)
    return Halves((item, *queue.back), queue.front)


def _taken(queue: Halves) -> Taken | None:
    """Out at the front."""
    if len(queue.front) > 1:
        return queue.front[0], Halves(queue.back, queue.front[1:])
    if queue.front:
        return queue.front[0], _halved(queue.back)
    if not queue.back:
        return None
    return queue.back[-1], Halves(queue.back[:1], queue.back[-2:0:-1]) if len(queue.back) > 1 else Halves((), ())


def _taken_at_back(queue: Halves) -> Taken | None:
    found = _taken(queue.turned)
    return None if found is None else (found[0], found[1].turned)


Take = Callable[[Halves], Taken | None]


def _out(take: Take) -> Callable[[Term], Term]:
    """`out` and `out_r`."""

    def out(term: Term) -> Term:
        found = take(_halves(term))
        return pair(EMPTY, term) if found is None else pair(pair(VALUE, found[0]), _term(found[1]))

    return out


def _peek(take: Take) -> Callable[[Term], Term]:
    def peek(term: Term) -> Term:
        found = take(_halves(term))
        return EMPTY if found is None else pair(VALUE, found[0])

    return peek


def _needed(take: Take, term: Term) -> Taken:
    """Of an empty queue, nothing can be had."""
    found = take(_halves(term))
    if found is None:
        raise error("empty")
    return found


def _get(take: Take) -> Callable[[Term], Term]:
    return lambda term: _needed(take, term)[0]


def _drop(take: Take) -> Callable[[Term], Term]:
    return lambda term: _term(_needed(take, term)[1])


def _in(item: Term, term: Term) -> Term:
    return _term(_put(item, _halves(term)))


def _in_front(item: Term, term: Term) -> Term:
    return _term(_put(item, _halves(term).turned).turned)


def _from_list(term: Term) -> Term:
    if not isinstance(term, tuple):
        raise badarg()
    return _term(_halved(term).turned)


def _join(left: Term, right: Term) -> Term:
    one, two = _halves(left), _halves(right)
    if not one.items or not two.items:
        return left if one.items else right
    return _term(Halves(two.back, one.front + one.back[::-1] + two.front))


def _split(count: Term, term: Term) -> Term:
    queue = _halves(term)
    if not isinstance(count, int) or not 0 <= count <= len(queue.items):
        raise badarg()
    return pair(*map(_term, _parts(count, queue)))


def _parts(count: int, queue: Halves) -> tuple[Halves, Halves]:
    """The first so many items, and the others."""
    back, front = queue
    if count == 0:
        return Halves((), ()), queue
    if count == len(front):
        return _halved(front).turned, _halved(back)
    if count < len(front):
        return Halves(front[1:count][::-1], front[:1]), Halves(back, front[count:])
    rest = len(queue.items) - count
    if rest == 0:
        return queue, Halves((), ())
    return Halves(back[rest:], front), Halves(back[:1], back[1:rest][::-1])


def _delete(item: Term, term: Term) -> Term:
    """The first that is the same."""
    back, front = _halves(term)
    if item in front:
        at = front.index(item)
        rest = front[:at] + front[at + 1 :]
        return _term(Halves(back, rest) if rest else _halved(back))
    if item in back:
        at = len(back) - 1 - back[::-1].index(item)
        rest = back[:at] + back[at + 1 :]
        return _term(Halves(rest, front) if rest else _halved(front).turned)
    return term


def _delete_last(item: Term, term: Term) -> Term:
    return _term(_halves(_delete(item, _term(_halves(term).turned))).turned)


def _is_queue(term: Term) -> Term:
    return boolean(isinstance(term, Tuple) and len(term.items) == 2 and all(isinstance(half, tuple) for half in term.items))


OF_QUEUES: dict[str, Callable[..., Term]] = {
    "cons": _in_front,
    "delete": _delete,
    "delete_r": _delete_last,
    "in": _in,
    "in_r": _in_front,
    "join": _join,
    "member": lambda item, term: boolean(item in _halves(term).items),
    "snoc": lambda term, item: _in(item, term),
    "split": _split,
}
OF_A_QUEUE: dict[str, Callable[..., Term]] = {
    **dict.fromkeys(("get", "head"), _get(_taken)),
    **dict.fromkeys(("drop", "tail"), _drop(_taken)),
    **dict.fromkeys(("get_r", "daeh", "last"), _get(_taken_at_back)),
    **dict.fromkeys(("drop_r", "init", "liat", "lait"), _drop(_taken_at_back)),
    "from_list": _from_list,
    "is_empty": lambda term: boolean(not _halves(term).items),
    "is_queue": _is_queue,
    "len": lambda term: len(_halves(term).items),
    "out": _out(_taken),
    "out_r": _out(_taken_at_back),
    "peek": _peek(_taken),
    "peek_r": _peek(_taken_at_back),
    "reverse": lambda term: _term(_halves(term).turned),
    "to_list": lambda term: _halves(term).items,
}

QUEUES: Functions = {
    ("queue", "new", 0): lambda: _term(Halves((), ())),
    **{("queue", name, 1): function for name, function in OF_A_QUEUE.items()},
    **{("queue", name, 2): function for name, function in OF_QUEUES.items()},
}
