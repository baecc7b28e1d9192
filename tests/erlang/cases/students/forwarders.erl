-module(forwarders).
-compile(export_all).
-compile(nowarn_export_all).

%% gms2, where the leader has a process for each slave, which passes on what it gets.

start(Id) ->
    Self = self(),
    {ok, spawn_link(?MODULE, init_leader, [Id, Self])}.

start(Id, Grp) ->
    Self = self(),
    {ok, spawn_link(?MODULE, init_slave, [Id, Grp, Self])}.

init_leader(Id, Master) ->
    leader(Id, Master, [], [Master]).

init_slave(Id, Grp, Master) ->
    Grp ! {join, Master, self()},
    receive
        {view, [Leader | Slaves], Group} ->
            erlang:monitor(process, Leader),
            Master ! {view, Group},
            slave(Id, Master, Leader, Slaves, Group)
    end.

%% Slaves is a list of {Pid, Forwarder}.
leader(Id, Master, Slaves, Group) ->
    receive
        {mcast, Msg} ->
            to_all({msg, Msg}, Slaves),
            Master ! Msg,
            leader(Id, Master, Slaves, Group);
        {join, Wrk, Peer} ->
            Slaves2 = lists:append(Slaves, [{Peer, forwarder(Peer)}]),
            Group2 = lists:append(Group, [Wrk]),
            to_all({view, [self() | pids(Slaves2)], Group2}, Slaves2),
            Master ! {view, Group2},
            leader(Id, Master, Slaves2, Group2);
        stop ->
            ok
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
        {view, [Leader | Slaves2], Group2} ->
            Master ! {view, Group2},
            slave(Id, Master, Leader, Slaves2, Group2);
        {'DOWN', _Ref, process, Leader, _Reason} ->
            election(Id, Master, Slaves, tl(Group));
        stop ->
            ok
    end.

election(Id, Master, Slaves, Group) ->
    Self = self(),
    case hd(Slaves) of
        Self ->
            Rest = [{S, forwarder(S)} || S <- tl(Slaves)],
            to_all({view, Slaves, Group}, Rest),
            Master ! {view, Group},
            leader(Id, Master, Rest, Group);
        Leader ->
            erlang:monitor(process, Leader),
            slave(Id, Master, Leader, tl(Slaves), Group)
    end.

forwarder(Slave) ->
    spawn_link(?MODULE, forward, [Slave]).

forward(Slave) ->
    receive
        {send, Msg} ->
            Slave ! Msg,
            forward(Slave)
    end.

to_all(Msg, Slaves) ->
    lists:foreach(fun({_, Forwarder}) -> Forwarder ! {send, Msg} end, Slaves).

pids(Slaves) ->
    lists:map(fun({Pid, _}) -> Pid end, Slaves).
