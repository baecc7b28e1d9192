"""How a group process and its application talk: as in the assignment, or as `groupy_conventions.erl` beside the program says.

That module translates: `multicast(Msg)` is what the application sends to have Msg multicast, and `master(Message)` what the
Master takes Message for: `{deliver, Msg}`, `{view, Group}`, `{error, Reason}`, `joined`, `request`, `{ok, State}` or `ignore`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from groupy_check.checker.erlang.adapter.payload_terms import Said, payload_of
from groupy_check.checker.erlang.adapter.term_text import shown
from groupy_check.checker.erlang.machine.library_calls import Library
from groupy_check.checker.erlang.machine.processes import CannotRun, SiteState, Stopped
from groupy_check.checker.erlang.machine.site import Site
from groupy_check.checker.erlang.terms.values import Atom, RemoteFun, Term, Tuple

CONVENTIONS = "groupy_conventions"
MULTICAST, MASTER_GETS = "multicast", "master"
ASKING = ("mcast", 2)


class Conventions:
    """The conventions of a program; `told` are the functions of the module that says otherwise, if there is one.

    `beside` finds the tagged tuples that an application beside the program takes: their tags and sizes, each with the file.
    """

    def __init__(
        self, library: Library, told: frozenset[str], beside: Callable[[], Mapping[tuple[str, int], str]] = dict
    ) -> None:
        self.library, self.told, self.beside = library, told, beside
        self.known = dict[tuple[str, Term], Term]()

    @cached_property
    def taken(self) -> Mapping[tuple[str, int], str]:
        """What `beside` finds."""
        return self.beside()

    @property
    def refuses(self) -> bool:
        """Whether nothing that was read of the program asks for a multicast as in the assignment, or says how else."""
        modules = self.library.program.modules.values()
        return MULTICAST not in self.told and not any(ASKING in module.tagged for module in modules)

    def word_of_its_own(self, message: Term) -> str:
        """The file beside the program in which an application takes `message`, by a word that is not of the assignment."""
        match message:
            case Tuple((Atom(tag), *_) as items) if isinstance(payload_of(message), Said):
                return self.taken.get((tag, len(items)), "")
        return ""

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
