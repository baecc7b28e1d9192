"""What stands in a header that a module includes is named by the header's own file and place."""

from __future__ import annotations

import re

import pytest

from groupy_check.checker.erlang.adapter.source import erlang_protocol
from groupy_check.checker.errors import ProtocolError
from tests.erlang.messy import changed
from tests.support.exploring import explored

INCLUDES = changed("-define(timeout, 1000).", '-include("gms.hrl").')
DELIVERS = INCLUDES.replace(
    "            Master ! Msg,\n            slave", "            deliver(Master, Msg),\n            slave"
)
TIMEOUT = "-define(timeout, 1000).\n"
NO_TIMEOUT = "gms3.erl:30:12: the macro ?timeout is not defined; gms.hrl, which may define it, cannot be read"


def file_of(folder, text: str, header: str | bytes, **others: str) -> str:
    (folder / "gms3.erl").write_text(text)
    (folder / "gms.hrl").write_bytes(header if isinstance(header, bytes) else header.encode())
    for name, content in others.items():
        (folder / f"{name}.hrl").write_text(content)
    return str(folder / "gms3.erl")


NOT_NEEDED = {
    f"{TIMEOUT}debug(X) ->\n    case X of a -> b.\n": (
        "gms.hrl:3:21: expected 'end' of the 'case' at 3:5, found the end of the form"
    ),
    f"{TIMEOUT}-ifdef(no).\n": "gms.hrl:3:1: an -endif is missing",
    f"{TIMEOUT}-endif.\n": "gms.hrl:2:1: -endif without -ifdef",
    f'{TIMEOUT}-include("more.hrl").\n': 'gms.hrl:2:10: the file "more.hrl" is not there; put it beside this one',
    f"{TIMEOUT}-export([stop/1]).\n": "gms.hrl:2:2: stop/1 is exported, but there is no such function",
    f"{TIMEOUT}-define(x, 1)": "gms.hrl:2:13: the file ends before this does: a dot is missing",
}


@pytest.mark.parametrize("header", NOT_NEEDED)
def test_a_fault_that_no_run_needs_is_a_warning_with_the_place_in_the_header(header, tmp_path):
    found = explored(file_of(tmp_path, INCLUDES, header), nodes=2, messages=1)
    assert (found.coverage.distinct, found.coverage.generated) == (29, 34)
    assert found.warnings[0] == f"{NOT_NEEDED[header]} (no run has needed it)"


REFUSED = {
    TIMEOUT.encode("utf-16"): f"{NO_TIMEOUT} (gms.hrl:1:1: the file is UTF-16; save it as UTF-8)",
    f"{TIMEOUT}<<<<<<< HEAD\n".encode(): f"{NO_TIMEOUT} (gms.hrl:2:1: a merge was not finished here: '<<<<<<<')",
    f"{TIMEOUT}debug() -> X.\n".encode(): "gms.hrl:2:12: the variable X is unbound",
    f"{TIMEOUT}debug() -> gone().\n".encode(): "gms.hrl:2:12: there is no function gone/0",
    f"{TIMEOUT}start(_) -> ok.\n".encode(): "gms3.erl:7:1: there is another function start/1 above",
}


@pytest.mark.parametrize("header", REFUSED, ids=("utf-16", "merge", "unbound", "undefined", "twice"))
def test_a_fault_that_erlang_would_refuse_is_named_in_the_header(header, tmp_path):
    with pytest.raises(ProtocolError, match=f"^{re.escape(REFUSED[header])}$"):
        explored(file_of(tmp_path, INCLUDES, header), nodes=2, messages=1)


def test_a_header_within_a_header_has_a_name_of_its_own(tmp_path):
    file = file_of(tmp_path, INCLUDES, '-include("more.hrl").\n', more=f"{TIMEOUT}debug(X) -> X +.\n")
    assert explored(file, nodes=2, messages=1).warnings[0].startswith("more.hrl:2:16: expected an expression, found")


def test_an_end_in_a_function_of_a_header_names_the_header(tmp_path):
    file = file_of(tmp_path, DELIVERS, f"{TIMEOUT}deliver(Master, Msg) ->\n    Master ! Msg + 1.\n")
    found = explored(file, "termination", nodes=2, messages=1).finding("termination")
    assert found.witness.text == "p2 ended itself: gms.hrl:3:18: error badarith"


def test_a_macro_is_where_it_is_used(tmp_path):
    file = file_of(tmp_path, DELIVERS.replace("deliver(Master, Msg)", "?DELIVER"), f"{TIMEOUT}-define(DELIVER, a + 1).\n")
    found = explored(file, "termination", nodes=2, messages=1).finding("termination")
    assert found.witness.text.startswith("p2 ended itself: gms3.erl:63:14: error badarith")


def test_clauses_in_a_header_are_rules_of_the_program(tmp_path):
    file = file_of(tmp_path, DELIVERS, f"{TIMEOUT}deliver(Master, Msg) ->\n    Master ! Msg.\n")
    rules = {rule.where: (rule.text, rule.inside) for rule in erlang_protocol(file).rules()}
    assert rules["gms.hrl:2"] == ("deliver(Master, Msg) ->", "deliver")
    assert rules["gms3.erl:7"] == ("start(Id) ->", "start")
