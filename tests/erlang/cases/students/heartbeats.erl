-module(heartbeats).
-export([start/1, start/2]).

%% No monitor: the leader beats, and slaves that hear nothing for a while elect the next one.
-define(beat, 100).
-define(dead, 500).

start(Id) ->
    S = self(),
    spawn_link(fun() -> leader(Id, S, [], [S]) end).

start(Id, Grp) ->
    S = self(),
    spawn_link(fun() -> init(Id, Grp, S) end).

init(Id, Grp, Master) ->
    Self = self(),
    Grp ! {join, Master, Self},
    receive
        {view, [Leader | Slaves], Group} ->
            Master ! {view, Group},
            slave(Id, Master, Leader, Slaves, Group)
    after 2000 ->
        Master ! {error, timeout}
    end.

leader(Id, Master, Slaves, Group) ->
    receive
        {mcast, Msg} ->
            bcast({msg, Msg}, Slaves),
            Master ! Msg,
            leader(Id, Master, Slaves, Group);
        {join, Wrk, Peer} ->
            Slaves2 = Slaves ++ [Peer],
            Group2 = Group ++ [Wrk],
            bcast({view, [self() | Slaves2], Group2}, Slaves2),
            Master ! {view, Group2},
            leader(Id, Master, Slaves2, Group2);
        stop ->
            ok
    after ?beat ->
        bcast({alive, self()}, Slaves),
        leader(Id, Master, Slaves, Group)
    end.

slave(Id, Master, Leader, Slaves, Group) ->
    receive
        {mcast, Msg} ->
            Leader ! {mcast, Msg},
            slave(Id, Master, Leader, Slaves, Group);
        {join, Wrk, Peer} ->
            Leader ! {join, Wrk, Peer},
            slave(Id, Master, Leader, Slaves, Group);
        {msg, Msg} ->
            Master ! Msg,
            slave(Id, Master, Leader, Slaves, Group);
        {view, [Leader2 | Slaves2], Group2} ->
            Master ! {view, Group2},
            slave(Id, Master, Leader2, Slaves2, Group2);
        {alive, _} ->
            slave(Id, Master, Leader, Slaves, Group);
        stop ->
            ok
    after ?dead ->
        election(Id, Master, Slaves, Group)
    end.

election(Id, Master, [Self | Rest], [_ | Group]) when Self == self() ->
    bcast({view, [Self | Rest], Group}, Rest),
    Master ! {view, Group},
    leader(Id, Master, Rest, Group);
election(Id, Master, [Next | Rest], [_ | Group]) ->
    slave(Id, Master, Next, Rest, Group).

bcast(Msg, Nodes) ->
    lists:foreach(fun(N) -> N ! Msg end, Nodes).
