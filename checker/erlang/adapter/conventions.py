"""How a group process and its application talk: as in the assignment, or as `groupy_conventions.erl` beside the program says.

That module translates: `multicast(Msg)` is what the application sends to have Msg multicast, and `master(Message)` what the
Master takes Message for: `{deliver, Msg}`, `{view, Group}`, `{error, Reason}`, `joined`, `request`, `{ok, State}` or `ignore`.
"""

from __future__ import annotations

from groupy_check.checker.erlang.adapter.term_text import shown
from groupy_check.checker.erlang.machine.library_calls import Library
from groupy_check.checker.erlang.machine.processes import CannotRun, SiteState, Stopped
from groupy_check.checker.erlang.machine.site import Site
from groupy_check.checker.erlang.terms.values import Atom, RemoteFun, Term, Tuple

CONVENTIONS = "groupy_conventions"
MULTICAST, MASTER_GETS = "multicast", "master"


class Conventions:
    """The conventions of a program; `told` are the functions of the module that says otherwise, if there is one."""

    def __init__(self, library: Library, told: frozenset[str]) -> None:
        self.library, self.told = library, told
        self.known = dict[tuple[str, Term], Term]()

    def multicast(self, content: Term) -> Term:
        """The message by which the application asks for a multicast of `content`."""
        return self._translated(MULTICAST, content) if MULTICAST in self.told else Tuple((Atom("mcast"), content))

    def master_gets(self, message: Term) -> Term:
        """What a message to the application is, in the words of the assignment."""
        return self._translated(MASTER_GETS, message) if MASTER_GETS in self.told else message

    def _translated(self, function: str, argument: Term) -> Term:
        if (function, argument) not in self.known:
            self.known[function, argument] = self._run(function, argument)
        return self.known[function, argument]

    def _run(self, function: str, argument: Term) -> Term:
        site = Site(self.library.program, self.library, SiteState(0), frozenset())
        number = site.spawn(RemoteFun(CONVENTIONS, function, 1), (argument,)).number
        site.run(number)
        if number in site.results:
            return site.results[number]
        ends = [output for output in site.outputs if isinstance(output, Stopped)]
        why = shown(ends[0].reason) if ends else "it waits"
        raise CannotRun(f"{CONVENTIONS}.erl: {function}({shown(argument)}) has no value ({why})")
