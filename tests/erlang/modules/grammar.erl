-module(grammar).
%% Every construct of the language that expressions can have, and some mistakes.
-compile([export_all, nowarn_export_all]).
-vsn("1.0").
-export([f/0]).
-import(lists, [map/2]).
-type t() :: integer() | {a, b}.
-spec f() -> t().
-define(A, 1).
-define(B(), ?A + 2).
-define(C(X, Y), {X, ??X, Y, ?B()}).
-define(E, ).
-define(LOG(F, Args), io:format("~s" ++ F ++ "~n", [?MODULE | Args])).
-record(r, {a, b = 2 :: integer(), c}).
f() ->
    try foo:bar(1) catch throw:{a, B} -> B; error:badarg:S when is_list(S) -> S; C:R when C == R -> C; exit:"x" -> 2 end,
    try a of b -> c after d end,
    ?C(foo(1, 2), [3, {4, 5}]), ?LOG("a~p", [1, 2]), ?FUNCTION_NAME, ?FUNCTION_ARITY, ?FILE, ?MODULE_STRING,
    - - 1, not not true, -(1), + 2, bnot 3 band 4, not a and b, -X:y(), - f() + 1, -X#r.a, 
    catch catch a, (catch a), X = catch b, X ! Y ! Z, A = B = C, a == b andalso c < d orelse e >= f, (a == b) == c,
    #{}, #{a => #{b => c}}, X#{a := 1}#{b := 2}, X#r{a = 1}#r{b = 2}, (foo())#r.a, X#r.a#r.b, #r{}, 
    [], [a | b], [a, b | c], "", "abc" "def", [[]], {}, {a}, [{A, B} || {A, B} <- L, A > B, {C} <- A],
    fun() -> ok end, fun(A) when A > 1 -> a; (B) -> b end, fun F() -> F() end, fun M:F/1, fun m:f/A, fun ?MODULE:f/0,
    <<>>, <<1>>, <<A:B/binary, C/bits, D:16/little-signed-integer-unit:2, (E + 1):8, -1>>, <<"a", $b>>, << <<X>> || X <- L >>, [X || <<X:3>> <= B],
    begin a end, begin a, b end.
g() -> 
    if a -> b; true -> c end, if A, B; C -> d end,
    receive after 10 -> ok end, receive after infinity -> ok end, receive a -> b; c when d -> e after f() -> g, h end,
    a:b(), A:B(), (a):(b)(1), (f())(), {a}:b(), "a":b(), 1.0e10, 1.0e-3, 0.1, 123456789.125, 16#AB_CD, 1_000, 2#101, $a, $\s, $\\, $\x41, $\^a, $\101, $', $", "\"\n\x{1F600}é",
    'a b', 'Abc', 'a\'b', aé, 'receive', _, _A, A@b,
    X#{a => 1 + 2 * 3}, A + B:c(D), (A)(B), case A of {B, _} = C -> D; [H | T] when H > 1, T; x -> y end, A -- B ++ C, 1 - 2 - 3, 2 * 3 / 4, 1 bsl 2 bor 3 bxor 4, a xor b or c and d,
    A#r{_ = 3}, #r.b, e.
h(1) -> 2;
h(X) when X > 1; X < 0 -> 3;
h([H | T] = L) -> {H, T, L}.
h(1, 2) -> a;
k(1) -> b.
