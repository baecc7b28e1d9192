-module(on_nodes).
-export([start/1, start/2, gms/3, gms/4]).

%% gms2 on named nodes: the leader is followed by a link, and slaves are reached by name.

start(Id) ->
    {ok, spawn_link(node(), ?MODULE, gms, [leader, Id, self()])}.

start(Id, Grp) ->
    {ok, spawn_link(node(), ?MODULE, gms, [slave, Id, self(), Grp])}.

gms(leader, Id, Master) ->
    process_flag(trap_exit, true),
    register(gms, self()),
    leader(Id, Master, [], [Master]).

gms(slave, Id, Master, Grp) ->
    process_flag(trap_exit, true),
    register(gms, self()),
    Grp ! {join, Master, self()},
    receive
        {view, [Leader | Slaves], Group} ->
            link(Leader),
            Master ! {view, Group},
            slave(Id, Master, Leader, Slaves, Group)
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
        {'EXIT', Master, _} ->
            exit(master_is_gone);
        {'EXIT', _Slave, _} ->
            leader(Id, Master, Slaves, Group);
        stop ->
            ok
    end.

slave(Id, Master, Leader, Slaves, Group) ->
    receive
        {mcast, Msg} ->
            {gms, node(Leader)} ! {mcast, Msg},
            slave(Id, Master, Leader, Slaves, Group);
        {join, Wrk, Peer} ->
            {gms, node(Leader)} ! {join, Wrk, Peer},
            slave(Id, Master, Leader, Slaves, Group);
        {msg, Msg} ->
            Master ! Msg,
            slave(Id, Master, Leader, Slaves, Group);
        {view, [Leader | Slaves2], Group2} ->
            Master ! {view, Group2},
            slave(Id, Master, Leader, Slaves2, Group2);
        {'EXIT', Leader, _Reason} ->
            election(Id, Master, Slaves, tl(Group));
        {'EXIT', Master, _} ->
            exit(master_is_gone);
        stop ->
            ok
    end.

election(Id, Master, [Leader | Rest] = Slaves, Group) ->
    if
        Leader =:= self() ->
            bcast({view, Slaves, Group}, Rest),
            Master ! {view, Group},
            leader(Id, Master, Rest, Group);
        true ->
            link(Leader),
            slave(Id, Master, Leader, Rest, Group)
    end.

bcast(Msg, Pids) ->
    [{gms, node(Pid)} ! Msg || Pid <- Pids].
