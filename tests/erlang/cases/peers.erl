-module(peers).
-export([start/1, start/2]).
-define(timeout, 1000).

start(Name) ->
    Self = self(),
    spawn_link(fun() -> init(Name, Self) end).

start(Name, Grp) ->
    Self = self(),
    spawn_link(fun() -> init(Name, Grp, Self) end).

init(Name, Master) ->
    leader(Name, Master, [], 0).

init(Name, Grp, Master) ->
    Self = self(),
    Grp ! {join, Self},
    receive
        {view, Leader, Slaves, N} ->
            Master ! joined,
            erlang:monitor(process, Leader),
            slave(Name, Master, Leader, Slaves, N + 1, {view, Leader, Slaves, N})
    after ?timeout ->
        Master ! {error, "no reply from leader"}
    end.

leader(Name, Master, Slaves, N) ->
    receive
        {mcast, Msg} ->
            bcast(Name, {msg, Msg, N}, Slaves),
            Master ! {deliver, Msg},
            leader(Name, Master, Slaves, N + 1);
        {join, Peer} ->
            NewSlaves = lists:append(Slaves, [Peer]),
            bcast(Name, {view, self(), NewSlaves, N}, NewSlaves),
            leader(Name, Master, NewSlaves, N + 1);
        stop ->
            ok;
        Error ->
            io:format("leader ~s: strange message ~w~n", [Name, Error])
    end.

slave(Name, Master, Leader, Slaves, N, Last) ->
    receive
        {mcast, Msg} ->
            Leader ! {mcast, Msg},
            slave(Name, Master, Leader, Slaves, N, Last);
        {join, Peer} ->
            Leader ! {join, Peer},
            slave(Name, Master, Leader, Slaves, N, Last);
        {msg, _, I} when I < N ->
            slave(Name, Master, Leader, Slaves, N, Last);
        {msg, Msg, N} ->
            Master ! {deliver, Msg},
            slave(Name, Master, Leader, Slaves, N + 1, {msg, Msg, N});
        {view, _, _, I} when I < N ->
            slave(Name, Master, Leader, Slaves, N, Last);
        {view, Leader, NewSlaves, N} ->
            slave(Name, Master, Leader, NewSlaves, N + 1, {view, Leader, NewSlaves, N});
        {'DOWN', _Ref, process, Leader, _Reason} ->
            election(Name, Master, Slaves, N, Last);
        stop ->
            ok;
        Error ->
            io:format("slave ~s: strange message ~w~n", [Name, Error])
    end.

election(Name, Master, Slaves, N, Last) ->
    Self = self(),
    case Slaves of
        [Self|Rest] ->
            bcast(Name, Last, Rest),
            bcast(Name, {view, Self, Rest, N}, Rest),
            leader(Name, Master, Rest, N + 1);
        [NewLeader|Rest] ->
            erlang:monitor(process, NewLeader),
            slave(Name, Master, NewLeader, Rest, N, Last)
    end.

bcast(_, Msg, Nodes) ->
    lists:foreach(fun(Node) -> Node ! Msg end, Nodes).
