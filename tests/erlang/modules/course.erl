-module(course).
%% How a student's gms file looks, with each construct that was seen in one, and one function that is broken.
-export([start/1, loop/2]).
-define(timeout, 1000).
-define(arghh, 100).
-define(SEND(P, M), P ! M).
-record(st, {id, n = 0, l = [] :: list(), t :: integer()}).
-ifdef(debug).
x() -> bad(.
-else.
y() -> ?MODULE.
-endif.

start(Id) ->
    Rnd = random:uniform(1000),
    Self = self(),
    {ok, spawn_link(fun()-> init(Id, Rnd, Self) end)}.

init(Id, Rnd, Master) ->
    random:seed(Rnd, Rnd, Rnd),
    Master ! {view, [1,2|T]} = X,
    leader(Id, Master, [], [Master]), ?SEND(Master, {a, "b" "c", $\n, 'Q x', 16#ff, 1.5e3, -1}).

leader(Id, Master, Slaves, Group) when Id > 3, Master =/= 4; is_pid(Master) ->
    receive
        {mcast, Msg} ->
            bcast(Id, {msg, Msg}, Slaves),
            Master ! Msg, catch foo(1) + 2,
            leader(Id, Master, Slaves, Group);
        {join, Wrk, Peer} = M when not (Wrk == Peer) andalso true orelse false ->
            Slaves2 = lists:append(Slaves, [Peer]),
            lists:foreach(fun(Node) -> Node ! M, crash(Id) end, Slaves),
            S = #st{id = 1, _ = 2}, S#st.id, S#st{n = 4}, #st.n, #{a => 1, b := 2}, M#{c => 3},
            leader(Id, Master, Slaves2, Group);
        stop -> ok
    after ?timeout ->
        if Id == 1; Id == 2 -> a; true -> b end,
        case X of {_, Y} when Y > 1 -> Y; _ -> [E || E <- Slaves, E > 1] end,
        try foo() of Z -> Z catch error:R:St -> R; throw:_ -> a; Q -> Q after b() end,
        fun foo/1, fun lists:map/2, fun F(0) -> 1; F(N) -> N * F(N - 1) end,
        <<1, X:8/integer-unit:8, "abc"/utf8>>, << <<A>> || <<A>> <= B >>,
        begin a, b end, A:b(C), (fun(K) -> K end)(3), ?LINE, -N + 1 - 2 * 3 div 4 rem 5, a ++ b ++ c -- d
    end;
leader(_, _, _, _) -> ok.
broken(X) -> case X of a -> b.
fine() -> ok.
