-module(pairs).
-export([start/1, start/2]).
-import(lists, [member/2, keydelete/3, foldl/3]).

%% The members are pairs of a group process and its worker; everybody watches everybody.

start(_Id) ->
    W = self(),
    {ok, spawn_link(fun() -> loop(0, none, [{self(), W}]) end)}.

start(_Id, Grp) ->
    W = self(),
    {ok, spawn_link(fun() -> join(W, Grp) end)}.

join(W, Grp) ->
    Grp ! {join, W, self()},
    receive
        {view, N, Members} = V ->
            [erlang:monitor(process, P) || {P, _} <- Members, P =/= self()],
            W ! {view, workers(Members)},
            loop(N + 1, V, Members)
    end.

%% The first of the members leads.
loop(N, Last, [{Leader, _} | Others] = Members) when Leader == self() ->
    receive
        {mcast, M} ->
            [P ! {msg, N, M} || {P, _} <- Others],
            {_, Me} = lists:keyfind(self(), 1, Members),
            Me ! M,
            loop(N + 1, Last, Members);
        {join, W, P} ->
            erlang:monitor(process, P),
            loop(N + 1, Last, view(N, Members ++ [{P, W}]));
        {'DOWN', _, process, P, _} ->
            case lists:keymember(P, 1, Members) of
                true -> loop(N + 1, Last, view(N, keydelete(P, 1, Members)));
                false -> loop(N, Last, Members)
            end;
        stop ->
            ok
    end;
loop(N, Last, [{Leader, _} | Others] = Members) ->
    {_, Me} = lists:keyfind(self(), 1, Members),
    receive
        {Ask, _} = Request when Ask =:= mcast ->
            Leader ! Request,
            loop(N, Last, Members);
        {join, _, _} = Request ->
            Leader ! Request,
            loop(N, Last, Members);
        {Kind, I, _} when I < N, Kind =:= msg orelse Kind =:= view ->
            loop(N, Last, Members);
        {msg, N, M} = New ->
            Me ! M,
            loop(N + 1, New, Members);
        {view, N, Members2} = New ->
            Old = [P || {P, _} <- Members],
            [erlang:monitor(process, P) || {P, _} <- Members2, not member(P, Old)],
            Me ! {view, workers(Members2)},
            loop(N + 1, New, Members2);
        {'DOWN', _, process, Leader, _} when element(1, hd(Others)) =:= self() ->
            [P ! Last || {P, _} <- tl(Others)],
            loop(N + 1, Last, view(N, Others));
        {'DOWN', _, process, Leader, _} ->
            loop(N, Last, Others);
        {'DOWN', _, process, P, _} when P =/= Leader ->
            loop(N, Last, keydelete(P, 1, Members));
        stop ->
            ok
    end.

view(N, [{_, Me} | Others] = Members) ->
    [P ! {view, N, Members} || {P, _} <- Others],
    Me ! {view, workers(Members)},
    Members.

workers(Members) ->
    lists:reverse(foldl(fun({_, W}, Ws) -> [W | Ws] end, [], Members)).
