"""Files as they are handed in at midnight: gms3 with one thing wrong, and what has to be said of each, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TEACHING = Path(__file__).parents[2] / "groupy_model/protocols/erlang"
GMS3 = (TEACHING / "gms3.erl").read_text(encoding="utf-8")
ELECTION = "            election(Id, Master, N, Last, Slaves, Group);\n"
NOISE = "".join(f"%% notes, line {number}\nunused_{number}(X) ->\n    {{X, {number}}}.\n\n" for number in range(1, 730))


@dataclass(frozen=True, slots=True)
class Messy:
    """`place`: line and column of the one-line answer, if it has one; it contains `says`. Without, the file works like gms3.

    `erlang`: whether Erlang itself compiles it.
    """

    source: bytes
    place: str = ""
    says: str = ""
    erlang: bool = False


def changed(old: str, new: str) -> str:
    assert GMS3.count(old) == 1, old
    return GMS3.replace(old, new)


def place_of(text: str, sought: str) -> str:
    """Where `sought` is in the text, as line:column."""
    before = text[: text.index(sought)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


ENDING = "            leader(Id, Master, N + 1, Slaves2, Group2);\n        stop ->\n            ok\n    end"
FOLLOWS = "            slave(Id, Master, Leader, N, Last, Rest, Group)"
DELIVERS = "            Master ! Msg,\n            slave("
TAKES_OVER = "            Master ! {view, Group},\n            leader("

MERGE = changed(ELECTION, f"<<<<<<< HEAD\n{ELECTION}=======\n            ok;\n>>>>>>> mine\n")
ARITY = changed(ELECTION, "            election(Id, Master, N, Last, Slaves);\n")
TYPO = changed(ELECTION, "            elect(Id, Master, N, Last, Slaves, Group);\n")
UNBOUND = changed(DELIVERS, DELIVERS.replace("Msg", "Message"))
QUOTE = changed('"no reply from leader"}', '"no reply from leader}')
NO_END = changed(f"{FOLLOWS}\n    end.", f"{FOLLOWS}.")
NO_DOT = changed(f"{ENDING}.", ENDING)
SEMICOLON = changed(TAKES_OVER, TAKES_OVER.replace(",\n", ";\n"))
MACRO = changed("    after ?timeout ->", "    after ?timeuot ->")
TWICE = f"{GMS3}\nbcast(_, _, _) ->\n    ok.\n"
UNUSED_BROKEN = f"{GMS3}\ndebug(X) ->\n    case X of\n        a -> b.\n"
PYTHON = "class Gms3:\n    def leader(self):\n        pass\n"
JAVA = "public class Gms3 {\n    // the leader\n}\n"

MESSY: dict[str, Messy] = {
    "merge_markers": Messy(MERGE.encode(), place_of(MERGE, "<<<<<<<"), "a merge was not finished here"),
    "utf_16": Messy(GMS3.encode("utf-16"), "1:1", "the file is UTF-16; save it as UTF-8"),
    "zero_bytes": Messy(b"\x7fELF\0\0\1", "1:1", "the file is not text"),
    "unclosed_string": Messy(QUOTE.encode(), place_of(QUOTE, '"no reply'), "this string has no closing quotation mark"),
    "no_end": Messy(NO_END.encode(), place_of(NO_END, ".\n\nbcast("), "expected 'end' of the 'case' at"),
    "no_dot": Messy(
        NO_DOT.encode(), place_of(NO_DOT, "slave(Id, Master, Leader, N, Last, Slaves, Group) ->"), "expected a dot"
    ),
    "semicolon_for_comma": Messy(SEMICOLON.encode(), place_of(SEMICOLON, ";\n        [Leader|Rest] ->"), "found ;"),
    "undefined_macro": Messy(MACRO.encode(), place_of(MACRO, "timeuot"), "the macro ?timeuot is not defined"),
    "wrong_arity": Messy(ARITY.encode(), place_of(ARITY, "election(Id, Master, N, Last, Slaves);"), "election/5"),
    "undefined_function": Messy(TYPO.encode(), place_of(TYPO, "elect(Id"), "elect/6"),
    "unbound_variable": Messy(UNBOUND.encode(), place_of(UNBOUND, "Message"), "Message"),
    "function_twice": Messy(TWICE.encode(), place_of(TWICE, "bcast(_, _, _)"), "bcast/3"),
    "python": Messy(PYTHON.encode(), "", "Erlang"),
    "java": Messy(JAVA.encode(), "", "Erlang"),
    "empty": Messy(b"", "", "empty"),
    "broken_but_not_reached": Messy(UNUSED_BROKEN.encode()),
    "no_module": Messy(changed("-module(gms3).\n", "").encode()),
    "other_name": Messy(GMS3.encode()),
    "byte_order_mark": Messy(b"\xef\xbb\xbf" + GMS3.encode()),
    "carriage_returns": Messy(GMS3.replace("\n", "\r\n").encode(), erlang=True),
    "latin_1": Messy(("%% coding: latin-1\n%% av F\xf6rfattaren\n" + GMS3).encode("latin-1"), erlang=True),
    "tabs_and_no_last_newline": Messy(GMS3.replace("    ", "\t").rstrip().encode(), erlang=True),
    "three_thousand_lines": Messy((GMS3 + NOISE).encode(), erlang=True),
}
