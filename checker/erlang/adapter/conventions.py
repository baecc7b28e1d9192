"""How a group process and its application talk: as in the assignment, or as `groupy_conventions.erl` beside the program says.

That module translates: `multicast(Msg)` is what the application sends to have Msg multicast, and `master(Message)` what the
Master takes Message for: `{deliver, Msg}`, `{view, Group}`, `{error, Reason}`, `joined`, `request`, `{ok, State}` or `ignore`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import cached_property

from groupy_check.checker.erlang.adapter.payload_terms import Said, payload_of, term_of
from groupy_check.checker.erlang.adapter.term_text import shown
from groupy_check.checker.erlang.machine.library_calls import Library
from groupy_check.checker.erlang.machine.processes import CannotRun, SiteState, Stopped
from groupy_check.checker.erlang.machine.site import Site
from groupy_check.checker.erlang.terms.values import Atom, Pid, RemoteFun, Term, Tuple

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

    def unknown_word(self, payload: Hashable) -> str:
        """What the Master gets while the group forms, and what to write so that it is understood."""
        content = payload.content if isinstance(payload, Said) else term_of(payload)
        match content:
            case Tuple((Atom(tag), *items)) if any(isinstance(item, Pid) for item in items):
                return f"gets {shown(content)} from one who joins; it hands on {{join, Wrk, Peer}}: call it join, not {tag}"
        return f"gets {shown(content)}, not {{view, Group}}; {self.what_to_write(content)}"

    def what_to_write(self, message: Term) -> str:
        """The clause by which `message`, which the Master gets, is understood, and where it goes."""
        how = "one more clause in" if MASTER_GETS in self.told else "in"
        return f"write {how} {CONVENTIONS}.erl beside it: master({_clause(message)} (lesson 14)"

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
        advice = f"; {self.what_to_write(argument)}" if function == MASTER_GETS and why == "function_clause" else ""
        raise CannotRun(f"{CONVENTIONS}.erl: {function}({shown(argument)}) has no value ({why}){advice}")


def _clause(message: Term) -> str:
    """`{members, Group}) -> {view, Group}`, by what is in the message: a group, a payload, or neither."""
    match message:
        case Tuple((Atom("error"), _)):
            return "{error, Reason}) -> {error, Reason}"
        case Tuple((Atom() as tag, *items)):
            kinds = ["Group" if _is_group(item) else "_" if isinstance(payload_of(item), Said) else "Msg" for item in items]
            last = next((kind for kind in ("Group", "Msg") if kind in kinds), "")
            place = len(kinds) - 1 - kinds[::-1].index(last) if last else -1
            fields = [last if number == place else "_" for number in range(len(kinds))]
            meant = {"Group": "{view, Group}", "Msg": "{deliver, Msg}"}.get(last, "ignore")
            return f"{{{', '.join([shown(tag), *fields])}}}) -> {meant}"
    return f"{shown(message)}) -> ignore" if isinstance(payload_of(message), Said) else "Msg) -> {deliver, Msg}"


def _is_group(term: Term) -> bool:
    return isinstance(term, tuple) and bool(term) and all(isinstance(member, Pid) for member in term)
