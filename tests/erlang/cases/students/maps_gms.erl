%%% gms3, with the whole state in one map.
-module(maps_gms).
-export([start/1, start/2]).

start(Id) ->
    Master = self(),
    {ok, spawn_link(fun() -> init(#{id => Id, master => Master}) end)}.

start(Id, Grp) ->
    Master = self(),
    {ok, spawn_link(fun() -> init(#{id => Id, master => Master}, Grp) end)}.

init(#{master := Master} = State) ->
    leader(State#{n => 0, slaves => [], group => [Master], leader => self()}).

init(#{master := Master} = State, Grp) ->
    Grp ! {join, Master, self()},
    receive
        #{type := view, n := N} = View ->
            erlang:monitor(process, maps:get(leader, View)),
            Master ! {view, maps:get(group, View)},
            slave(maps:merge(State, (maps:remove(type, View))#{n => N + 1, last => View}))
    after 5000 ->
        Master ! {error, "no reply from leader"}
    end.

leader(#{n := N, master := Master, slaves := Slaves, group := Group} = State) ->
    receive
        {mcast, Msg} ->
            broadcast(#{type => msg, n => N, body => Msg}, Slaves),
            Master ! Msg,
            leader(State#{n := N + 1});
        {join, Wrk, Peer} ->
            New = State#{slaves := Slaves ++ [Peer], group := Group ++ [Wrk]},
            announce(New),
            leader(New#{n := N + 1});
        stop ->
            ok
    end.

slave(#{n := N, master := Master, leader := Leader} = State) ->
    receive
        {mcast, _} = Request ->
            Leader ! Request,
            slave(State);
        {join, _, _} = Request ->
            Leader ! Request,
            slave(State);
        #{n := I} when I < N ->
            slave(State);
        #{type := msg, n := N, body := Msg} = Last ->
            Master ! Msg,
            slave(State#{n := N + 1, last := Last});
        #{type := view, n := N, leader := Leader, slaves := Slaves, group := Group} = Last ->
            Master ! {view, Group},
            slave(State#{n := N + 1, last := Last, slaves := Slaves, group := Group});
        {'DOWN', _, process, Leader, _} ->
            election(State);
        stop ->
            ok
    end.

election(#{slaves := [First | Rest], group := [_ | Group], last := Last} = State) ->
    New = State#{leader := First, slaves := Rest, group := Group},
    case First =:= self() of
        true ->
            broadcast(Last, Rest),
            announce(New),
            leader(maps:update_with(n, fun(N) -> N + 1 end, New));
        false ->
            erlang:monitor(process, First),
            slave(New)
    end.

announce(#{n := N, master := Master, slaves := Slaves, group := Group}) ->
    broadcast(#{type => view, n => N, leader => self(), slaves => Slaves, group => Group}, Slaves),
    Master ! {view, Group}.

broadcast(Msg, Slaves) ->
    lists:foreach(fun(S) -> S ! Msg end, Slaves).
