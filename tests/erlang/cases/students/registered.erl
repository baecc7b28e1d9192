-module(registered).
-export([start/1, start/2]).

%% gms1, whose slaves find their leader by its name.

start(Id) ->
    Self = self(),
    {ok, spawn_link(fun() -> register(gms_leader, self()), leader(Id, Self, [], [Self]) end)}.

start(Id, Grp) ->
    Self = self(),
    {ok, spawn_link(fun() -> init(Id, Grp, Self) end)}.

init(Id, Grp, Master) ->
    Self = self(),
    Grp ! {join, Master, Self},
    receive
        {view, _, Group} ->
            Master ! {view, Group},
            slave(Id, Master, Group)
    end.

leader(Id, Master, Slaves, Group) ->
    receive
        {mcast, Msg} ->
            lists:foreach(fun(S) -> S ! {msg, Msg} end, Slaves),
            Master ! Msg,
            leader(Id, Master, Slaves, Group);
        {join, Wrk, Peer} ->
            Slaves2 = [Peer | Slaves],
            Group2 = [Wrk | Group],
            lists:foreach(fun(S) -> S ! {view, [self() | Slaves2], Group2} end, Slaves2),
            Master ! {view, Group2},
            leader(Id, Master, Slaves2, Group2);
        stop ->
            ok
    end.

slave(Id, Master, Group) ->
    receive
        {mcast, Msg} ->
            gms_leader ! {mcast, Msg},
            slave(Id, Master, Group);
        {join, Wrk, Peer} ->
            gms_leader ! {join, Wrk, Peer},
            slave(Id, Master, Group);
        {msg, Msg} ->
            Master ! Msg,
            slave(Id, Master, Group);
        {view, _, Group2} ->
            Master ! {view, Group2},
            slave(Id, Master, Group2);
        stop ->
            ok
    end.
