"""What is wrong with a file and does not matter for the runs explored is a warning; what matters is said with its place."""

from __future__ import annotations

import re

import pytest

from groupy_check.checker.errors import ProtocolError
from tests.erlang.messy import GMS3, UNUSED_BROKEN, changed, place_of
from tests.support.exploring import explored

WATCHES = "erlang:monitor(process, Leader)"
DASH = "\N{EN DASH}"
OPEN_END = GMS3.replace("-endif.", "")
EXPORT = changed("-export([start/1, start/2]).", "-export([start/1, start/2, stop/1]).")

# Each with the remark; the file works like gms3 all the same.
REMARKS = {
    "a function that is no Erlang": (
        UNUSED_BROKEN, "106:15: expected 'end' of the 'case' at 105:5, found the end of the form"),
    "a header that is not there": (
        f'-include("gms.hrl").\n{GMS3}', '1:10: the file "gms.hrl" is not there; put it beside this one'),
    "no -endif": (OPEN_END, f"{OPEN_END.count(chr(10)) + 1}:1: an -endif is missing"),
    "a spec cut off": (f"{GMS3}-spec foo() -> ok", "103:16: the file ends before this does: a dot is missing"),
    "a name that is no atom": (changed("-module(gms3).", "-module(Gms3)."), "1:9: the name of a module is an atom"),
    "an export of nothing": (EXPORT, f"{place_of(EXPORT, 'export')}: stop/1 is exported, but there is no such function"),
}  # fmt: skip


def file_of(folder, text: str) -> str:
    file = folder / "gms3.erl"
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize("name", REMARKS)
def test_what_no_run_needs_is_a_warning_and_hides_no_verdict(name, tmp_path):
    text, remark = REMARKS[name]
    found = explored(file_of(tmp_path, text), nodes=2, messages=1)
    assert (found.coverage.distinct, found.coverage.generated) == (29, 34)
    assert found.warnings[0] == f"gms3.erl:{remark} (no run has needed it)"


def test_a_file_without_faults_has_no_remark(tmp_path):
    assert all(
        "no run has needed it" not in warning for warning in explored(file_of(tmp_path, GMS3), nodes=2, messages=1).warnings
    )


MATTERS = {
    "a typing error in a call": (
        changed(f"{WATCHES},\n            Master", "erlang:minitor(process, Leader),\n            Master"),
        "p2 ended itself: gms3.erl:27:13: error undef (there is no function erlang:minitor/2)"),
    "a module that is not there": (
        GMS3.replace("lists:foreach", "list:foreach"), "p1 ended itself: gms3.erl:88:5: error undef (there is no function"),
    "only comments": ("%% to do\n% tomorrow\n", "gms3.erl: the file is empty"),
    "curly quotation marks": (GMS3.replace('"no reply from leader"', "“no reply”"), "gms3.erl:31:26: illegal character '“'"),
    "a long dash": (GMS3.replace("start(Id) ->", f"start(Id) {DASH}>"), f"gms3.erl:7:11: illegal character '{DASH}'"),
    "a header that is needed": (
        GMS3.replace("-define(timeout, 1000).", '-include("gms.hrl").'), "?timeout is not defined; gms.hrl, which"),
    "a record that is not there": (
        GMS3.replace("[], [Master])", "[], #state.group)"), "gms3.erl:19:31: there is no record state"),
    "an -else alone": (GMS3.replace("-ifdef(lottery).", ""), "gms3.erl:"),
    "small variables": (GMS3.replace("Slaves2 = ", "slaves2 = "), "gms3.erl:44:41: the variable Slaves2 is unbound"),
    "a semicolon before end": (GMS3.replace("            ok\n    end.", "            ok;\n    end."), "gms3.erl:49:5: "),
}  # fmt: skip


@pytest.mark.parametrize("name", MATTERS)
def test_what_a_run_needs_is_said_in_one_line_with_its_place(name, tmp_path):
    text, says = MATTERS[name]
    assert text != GMS3
    with pytest.raises(ProtocolError, match=re.escape(says)) as refused:
        explored(file_of(tmp_path, text), nodes=2, messages=1)
    assert "\n" not in str(refused.value)
