"""Binaries in expressions and patterns, and gen_server: real Erlang says what the machine says."""

from __future__ import annotations

import pytest

from groupy_check.checker.erlang.machine.processes import CannotRun
from tests.erlang.real_erlang import NEEDS_ERLANG, answers
from tests.erlang.support import outcome, program_of, value

BINARIES = (
    "<<1, 2>> == <<1:8, 2:8>>",
    "<<X:16, Y/binary>> = <<1, 2, 3, 4>>, {X, Y}",
    "<<N:8, Name:N/binary, Rest/binary>> = <<3, \"abcdef\">>, {Name, Rest}",
    "case <<\"view 7\">> of <<\"msg \", _/binary>> -> no; <<\"view \", D>> -> D - $0 end",
    "<<A:4, B:4>> = <<16#ab>>, {A, B}",
    "<<A:3, B:5, C/bytes>> = <<255, 7>>, {A, B, C}",
    "<<X/signed>> = <<255>>, <<Y:16/little>> = <<1, 2>>, <<Z:16/signed-big>> = <<-2:16>>, {X, Y, Z}",
    "<<X/float>> = <<1.5/float>>, <<Y:32/float>> = <<2:32/float>>, {X, Y}",
    "<<X/utf8, Y/binary>> = <<\"å1\"/utf8>>, {X, Y}",
    "<<X:2/binary-unit:8, _/bits>> = <<1, 2, 3>>, X",
    "<<_:8, R/bitstring>> = <<1, 2>>, R",
    "[X || <<X>> <- [<<1>>, <<2, 3>>, a, <<4>>]]",
    ("F = fun(<<0, R/binary>>) -> {zero, R}; (<<N, _/binary>>) when N > 9 -> big; (<<>>) -> none; (_) -> a end, "
    "{F(<<0, 1>>), F(<<10>>), F(<<>>), F(<<5>>), F(a)}"),
    "S = 2, <<X:S/binary, S>> = <<7, 8, 2>>, X",
    "catch begin <<X:16>> = <<1>>, X end",
    "catch begin <<X:8, 3>> = <<1, 2>>, X end",
    "<<(-1):16, 257, 5:4, 6:4, 258:16/little>>",
    "B = <<1, 2, 3>>, <<B:2/binary, B/binary>>",
    "<<\"ab\":16>>",
    "catch <<(list_to_atom(\"a\"))>>",
    "B = <<1>>, catch <<B:2/binary>>",
    "S = -1, catch <<1:S>>",
    "I = a, catch <<I/binary>>",
    "term_to_binary(x) == term_to_binary(x), byte_size(<<1, 2>>)",
)  # fmt: skip

SERVER = """
init(die) -> {stop, no};
init(ignore) -> ignore;
init(odd) -> odd;
init(now) -> {ok, [], 0};
init(then) -> {ok, [], {continue, more}};
init(S) -> {ok, S}.
handle_call(get, _, S) -> {reply, S, S};
handle_call({add, X}, _, S) -> {reply, ok, [X | S]};
handle_call(later, From, S) -> self() ! {tell, From}, {noreply, S};
handle_call(leave, _, S) -> {stop, normal, left, S};
handle_call(throw, _, S) -> throw({reply, thrown, S});
handle_call(crash, _, _) -> error(crash).
handle_cast({set, X}, _) -> {noreply, X};
handle_cast(quit, S) -> {stop, quit, S};
handle_cast(odd, _) -> odd.
handle_info({tell, From}, S) -> gen_server:reply(From, told), {noreply, S};
handle_info(timeout, S) -> log ! timed_out, {noreply, S};
handle_info(M, S) -> {noreply, [M | S], infinity}.
handle_continue(more, S) -> {noreply, [more | S]}.
terminate(R, _) -> case whereis(log) of undefined -> ok; L -> L ! {ended, R} end.
"""
START = "{ok, P} = gen_server:start(t, [], []), "
SERVERS = (
    START + "P ! hello, gen_server:cast(P, x_is_not_known) =:= ok",
    START + "P ! hello, gen_server:call(P, get)",
    START + "gen_server:call(P, {add, 1}), gen_server:cast(P, {set, [2]}), P ! a, gen_server:call(P, get)",
    START + "gen_server:call(P, later)",
    START + "R = monitor(process, P), {gen_server:call(P, throw), gen_server:call(P, leave), receive {_, R, _, _, W} -> W end}",
    START + "gen_server:stop(P)",
    START + "register(log, self()), gen_server:cast(P, quit), receive {ended, R} -> R end",
    START + "monitor(process, P), gen_server:cast(P, odd), receive {'DOWN', _, _, P, R} -> R end",
    START + "{'EXIT', {{crash, _}, _}} = (catch gen_server:call(P, crash)), is_process_alive(P)",
    "register(log, self()), {ok, _} = gen_server:start(t, now, []), receive M -> M end",
    "{ok, P} = gen_server:start(t, then, []), gen_server:call(P, get)",
    "gen_server:start(t, die, [])",
    "gen_server:start(t, ignore, [])",
    "gen_server:start(t, odd, [])",
    "process_flag(trap_exit, true), R = gen_server:start_link(t, die, []), {R, receive {'EXIT', _, W} -> W end}",
    (
        "{ok, P} = gen_server:start_link({local, here}, t, [], []), "
        "{whereis(here) == P, gen_server:call(here, get), "
        "element(2, gen_server:start({local, here}, t, [], [])) == {already_started, P}}"
    ),
    "gen_server:cast(nobody, x)",
    "catch gen_server:call(nobody, x)",
)
KINDS = {"error": "error", "exit": "exit", "throw": "throw", "down": "signal", "timeout": "waits"}


@NEEDS_ERLANG
def test_erlang_says_the_same():
    asked = BINARIES[:-1] + SERVERS
    calls = "".join(f"m{index}() -> {text}.\n" for index, text in enumerate(asked))
    module = f"-module(t).\n-compile([export_all, nowarn_export_all]).\n{SERVER}{calls}"
    said = answers([f"t:m{index}()" for index in range(len(asked))], {"t": module})
    program = program_of(module)
    found = [outcome(program, f"m{index}") for index in range(len(asked))]
    wrong = [
        (text, kind, term, ours)
        for text, (kind, term), ours in zip(asked, said, found, strict=True)
        if not (_alike(ours, term) if kind == "value" else ours.startswith(KINDS[kind]))
    ]
    assert not wrong, "\n".join(map(str, wrong))


def _alike(ours: str, term: str) -> bool:
    """Whether both are one term, but for the stack trace that a caught error has in real Erlang."""
    return ours == term or ("'EXIT'" in ours and term.startswith(ours.removesuffix("[]}}")))


@pytest.mark.parametrize(
    "expression", ["<<1:4>>", "<<_:4, R/bits>> = <<1>>, R", "<<1:4/little>>", "<<1/utf16>>", "<<1.0e300:32/float>>"]
)
def test_what_is_not_modelled_is_named(expression):
    with pytest.raises(CannotRun, match=r"t\.erl:3:\d+: .*cannot be run here"):
        value(expression)
