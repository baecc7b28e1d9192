-module(phases).
-export([start/1, start/2]).
-define(AGREE, 500).

%% A broadcast in two phases: a message is delivered when all slaves have acknowledged it.

start(Id) ->
    Me = self(),
    {ok, spawn_link(fun() -> put(id, Id), leader(Me, [], [Me], 0) end)}.

start(Id, Grp) ->
    Me = self(),
    {ok, spawn_link(fun() -> put(id, Id), enter(Me, Grp) end)}.

enter(Master, Grp) ->
    Grp ! {join, Master, self()},
    receive
        {prepare, View, Leader} ->
            Leader ! {ack, self()},
            receive
                {commit, View} ->
                    erlang:monitor(process, Leader),
                    {view, N, [Leader | Slaves], Group} = View,
                    Master ! {view, Group},
                    slave(Master, Leader, Slaves, Group, N + 1)
            after ?AGREE ->
                exit(no_commit)
            end
    end.

leader(Master, Slaves, Group, N) ->
    receive
        {mcast, M} ->
            agree({msg, N, M}, Slaves),
            Master ! M,
            leader(Master, Slaves, Group, N + 1);
        {join, Wrk, Peer} ->
            More = Slaves ++ [Peer],
            Group2 = Group ++ [Wrk],
            agree({view, N, [self() | More], Group2}, More),
            Master ! {view, Group2},
            leader(Master, More, Group2, N + 1);
        stop ->
            ok
    end.

%% Send it, wait for everybody, and tell all that it is agreed on.
agree(Item, Slaves) ->
    Self = self(),
    lists:foreach(fun(S) -> S ! {prepare, Item, Self} end, Slaves),
    lists:foreach(
        fun(S) ->
            receive
                {ack, S} -> ok
            after ?AGREE -> ok
            end
        end,
        Slaves
    ),
    lists:foreach(fun(S) -> S ! {commit, Item} end, Slaves).

slave(Master, Leader, Slaves, Group, N) ->
    receive
        {mcast, M} ->
            Leader ! {mcast, M},
            slave(Master, Leader, Slaves, Group, N);
        {join, W, P} ->
            Leader ! {join, W, P},
            slave(Master, Leader, Slaves, Group, N);
        {prepare, Item, Leader} ->
            Leader ! {ack, self()},
            prepared(Item, Master, Leader, Slaves, Group, N);
        {'DOWN', _, process, Leader, _} ->
            election(Master, Slaves, tl(Group), N);
        stop ->
            ok
    end.

%% The slip: what was prepared is forgotten when the leader dies before it commits, though others may have it.
prepared(Item, Master, Leader, Slaves, Group, N) ->
    receive
        {commit, {msg, _, M} = Item} ->
            Master ! M,
            slave(Master, Leader, Slaves, Group, N + 1);
        {commit, {view, _, [_ | Slaves2], Group2} = Item} ->
            Master ! {view, Group2},
            slave(Master, Leader, Slaves2, Group2, N + 1);
        {'DOWN', _, process, Leader, _} ->
            election(Master, Slaves, tl(Group), N)
    end.

election(Master, [First | Rest], Group, N) ->
    case self() of
        First ->
            agree({view, N, [First | Rest], Group}, Rest),
            Master ! {view, Group},
            leader(Master, Rest, Group, N + 1);
        _ ->
            erlang:monitor(process, First),
            slave(Master, First, Rest, Group, N)
    end.
