-module(requests).
-export([start/1, start/2]).

start(Id) ->
    Self = self(),
    spawn_link(fun() -> leader(Id, Self, []) end).

start(Id, Grp) ->
    Self = self(),
    spawn_link(fun() -> init(Id, Grp, Self) end).

init(Id, Grp, Master) ->
    Self = self(),
    Grp ! {join, Self},
    receive
        {view, State, Leader, Peers} ->
            Master ! {ok, State},
            erlang:monitor(process, Leader),
            slave(Id, Master, Leader, Peers)
    end.

leader(Id, Master, Slaves) ->
    receive
        {mcast, Msg} ->
            bcast({msg, Msg}, Slaves),
            Master ! {deliver, Msg},
            leader(Id, Master, Slaves);
        {join, Peer} ->
            Master ! request,
            joining(Id, Master, Peer, Slaves);
        stop ->
            ok
    end.

joining(Id, Master, Peer, Slaves) ->
    receive
        {ok, State} ->
            Slaves2 = lists:append(Slaves, [Peer]),
            bcast({view, State, self(), Slaves2}, Slaves2),
            leader(Id, Master, Slaves2)
    end.

slave(Id, Master, Leader, Slaves) ->
    receive
        {mcast, Msg} ->
            Leader ! {mcast, Msg},
            slave(Id, Master, Leader, Slaves);
        {join, Peer} ->
            Leader ! {join, Peer},
            slave(Id, Master, Leader, Slaves);
        {msg, Msg} ->
            Master ! {deliver, Msg},
            slave(Id, Master, Leader, Slaves);
        {view, _State, Leader, Slaves2} ->
            slave(Id, Master, Leader, Slaves2);
        {'DOWN', _Ref, process, Leader, _Reason} ->
            election(Id, Master, Slaves);
        stop ->
            ok
    end.

election(Id, Master, [First | Rest]) ->
    case self() of
        First ->
            bcast({view, [], First, Rest}, Rest),
            leader(Id, Master, Rest);
        _ ->
            erlang:monitor(process, First),
            slave(Id, Master, First, Rest)
    end.

bcast(Msg, Nodes) ->
    lists:foreach(fun(Node) -> Node ! Msg end, Nodes).
