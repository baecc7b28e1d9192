"""Real Erlang says what the machine says: every expression of the machine's tests, and more of them, in one module."""

from __future__ import annotations

from tests.erlang.real_erlang import NEEDS_ERLANG, answers
from tests.erlang.support import outcome, program_of
from tests.erlang.test_machine import EXPRESSIONS, FUNCTIONS, PROCESSES

MORE = (
    "X = case 1 of 1 -> Y = a, Y; _ -> Y = b, Y end, {X, Y}",
    "try a of a -> throw(inner) catch throw:_ -> caught end",
    "try throw(a) catch throw:a -> throw(b) after put(k, 1) end",
    "try error(x) catch error:x:S -> is_list(S) end",
    "try error(x) catch exit:_ -> no; _:R when R == x -> {guarded, R} end",
    "(catch throw(a)) =:= a",
    "catch error({a, b})",
    "catch try ok after throw(late) end",
    "F = fun(0) -> zero; (N) when N > 0 -> pos end, {F(0), F(3), catch F(-1)}",
    "F = fun() -> ok end, {'EXIT', {{badarity, {F, A}}, _}} = (catch F(1)), A",
    "catch apply(nomod, f, [1])",
    "catch lists:nosuch(1)",
    "catch lists:map(fun(X) -> X end, notalist)",
    "M = lists, M:reverse([1, 2])",
    "[{X, Y} || X <- [1, 2], Y <- [a, b], X > 1]",
    "[Y || X <- [1, 2, 3], Y <- [[X, X]], is_list(Y), hd(Y) rem 2 == 1]",
    "[X || X <- [1, a, 2], X > 1]",
    "[X || {X, 1} <- [{a, 1}, {b, 2}, c, {d, 1}]]",
    "[X || X <- [a, 1], hd(X) == 1]",
    "[[Y || Y <- [X, X + 1]] || X <- [1, 2]]",
    "[F() || F <- [fun() -> N end || N <- [1, 2]]]",
    "catch [X || X <- [1 | 2]]",
    "begin A = 1, B = A + 1 end, {A, B}",
    "if hd([]) == 1 -> a; true -> b end",
    "catch if 1 > 2 -> a end",
    'case "abc" of [$a | R] -> R end',
    "case {1, 2.0} of {1.0, _} -> a; {1, 2} -> b; {1, 2.0} -> c end",
    "case #{a => 1, b => 2} of #{c := _} -> no; #{a := A} -> A end",
    "K = b, case #{a => 1, b => 2} of #{K := V} -> V end",
    "M = #{}, M#{a => 1, a => 2}",
    "R = #r{}, {R, is_record(R, r), is_record({r, 1}, r)}",
    "R = #r{a = 1}, case R of #r{a = A, b = B} when A < B -> {A, B} end",
    "F = fun g/1, G = fun erlang:length/1, {F(1), G([a, b])}",
    "{is_function(fun g/1), is_function(fun g/1, 2)}",
    "Self = self(), spawn(fun() -> Self ! {self() == Self, a} end), receive {Same, a} -> Same end",
    "self() ! 1, self() ! 2, receive 2 -> ok end, receive X -> X end",
    "self() ! {a, 1}, receive {a, N} when N > 1 -> big; {a, _} -> small end",
    "self() ! x, X = receive M -> M end, {X, M}",
    "receive x -> y after 1 -> late end",
    "catch receive after foo -> x end",
    "catch receive after -1 -> x end",
    "process_flag(trap_exit, true), spawn_link(fun() -> exit(normal) end), receive {'EXIT', _, R} -> R end",
    "process_flag(trap_exit, true), P = spawn(fun() -> ok end), receive after 50 -> a end, link(P), receive {_, _, R} -> R end",
    "P = spawn(fun() -> ok end), receive after 50 -> ok end, catch link(P)",
    "P = spawn(fun() -> receive stop -> ok end end), link(P), unlink(P), exit(P, boom), receive after 50 -> alive end",
    "P = spawn(fun() -> receive stop -> ok end end), exit(P, normal), receive after 50 -> is_process_alive(P) end",
    "{P, R} = spawn_monitor(fun() -> receive go -> error(oops) end end), P ! go, receive {_, R, _, P, {W, _}} -> W end",
    "{_, R} = spawn_monitor(fun() -> ok end), demonitor(R, [flush]), receive X -> X after 50 -> nothing end",
    "register(here, self()), P = whereis(here), unregister(here), {P == self(), whereis(here)}",
    "catch register(undefined, self())",
    "catch unregister(nobody)",
    "put(a, 1), put(a, 2), {put(a, 3), get(a), erase(a), get(a)}",
    "{self() == self(), is_pid(self()), node(), is_alive()}",
    "erlang:send(self(), x), receive X -> X end",
    "A = self() ! B = 3, {A, B}",
    "R = erlang:send_after(10, self(), hi), receive hi -> is_reference(R) end",
    "R = erlang:start_timer(10, self(), hi), receive {timeout, R, M} -> M end",
    "R = erlang:send_after(100000, self(), hi), is_integer(erlang:cancel_timer(R))",
    "timer:sleep(1)",
    "catch timer:sleep(-1)",
    "not (1 == 1.0) orelse (1 =:= 1.0) andalso nonsense",
    "catch (a orelse true)",
    "X = 1, catch (X = 2)",
    "N = 3, F = fun L(0) -> []; L(K) -> [K | L(K - 1)] end, F(N)",
    "lists:foldl(fun(X, S) -> X + S end, 0, [1, 2, 3]) + length([1])",
    "lists:sort(fun(A, B) -> A >= B end, [2, 3, 1])",
    "[X | _] = Y = [1, 2], {X, Y}",
    '"a" "b" ++ [$c | "d"]',
    "<<1, 2>> == <<1:8, 2:8>>",
    '<<"a", (<<"b">>)/binary, 300>>',
    "(fun(X) -> X * 2 end)(4)",
    "catch exit({shutdown, x})",
    "exit(bye)",
    "throw(ball)",
    "error(bad)",
    "erlang:raise(exit, why, [])",
    "spawn_link(fun() -> exit(boom) end), receive never -> ok end",
    "spawn_link(fun() -> error(boom) end), receive never -> ok end",
)
KINDS = {"error": "error", "exit": "exit", "throw": "throw", "down": "signal", "timeout": "waits"}
ALIKE = {  # what real Erlang does otherwise, or has no name for
    "{self() == self(), is_pid(self()), node(), is_alive()}": "",
}
ALL = [text for text in (*EXPRESSIONS, *PROCESSES, *MORE) if text not in ALIKE]
STRIP = """
s({'EXIT', {R, St}}) when is_list(St) -> {'EXIT', {s(R), []}};
s({R, [{M, F, _, _} | _]}) when is_atom(M), is_atom(F) -> {s(R), []};
s({R, [{M, F, _} | _]}) when is_atom(M), is_atom(F) -> {s(R), []};
s(T) when is_tuple(T) -> list_to_tuple(s(tuple_to_list(T)));
s([H | T]) -> [s(H) | s(T)];
s(T) -> T.
"""


def module() -> str:
    calls = "".join(f"m{index}() -> {text}.\nr{index}() -> s(m{index}()).\n" for index, text in enumerate(ALL))
    return f"-module(t).\n-compile([export_all, nowarn_export_all]).\n{FUNCTIONS}{calls}{STRIP}"


@NEEDS_ERLANG
def test_erlang_says_the_same():
    said = answers([f"t:r{index}()" for index in range(len(ALL))], {"t": module()})
    program = program_of(module())
    found = [outcome(program, f"r{index}") for index in range(len(ALL))]
    wrong = [
        (expression, kind, text, ours)
        for expression, (kind, text), ours in zip(ALL, said, found, strict=True)
        if not (ours == text if kind == "value" else ours.startswith(KINDS[kind]))
    ]
    assert not wrong, "\n".join(map(str, wrong))
