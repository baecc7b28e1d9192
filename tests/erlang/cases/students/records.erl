-module(records).
-export([start/1, start/2]).
-include("records.hrl").

-spec start(atom()) -> {ok, pid()}.
start(Id) ->
    Self = self(),
    {ok, spawn_link(fun() -> init(#state{id = Id, master = Self, group = [Self]}) end)}.

-spec start(atom(), pid()) -> {ok, pid()}.
start(Id, Grp) ->
    Self = self(),
    {ok, spawn_link(fun() -> init(#state{id = Id, master = Self}, Grp) end)}.

init(S) ->
    leader(S#state{leader = self()}).

init(S, Grp) ->
    Grp ! {join, S#state.master, self()},
    receive
        #view{n = N, members = [Leader | Slaves], group = Group} = V ->
            erlang:monitor(process, Leader),
            S#state.master ! {view, Group},
            slave(S#state{leader = Leader, slaves = Slaves, group = Group, n = N + 1, last = V})
    after ?TIMEOUT ->
        S#state.master ! {error, "no reply from leader"}
    end.

leader(#state{n = N} = S) ->
    receive
        {mcast, Body} ->
            bcast(#msg{n = N, body = Body}, S#state.slaves),
            S#state.master ! Body,
            leader(S#state{n = N + 1});
        {join, Wrk, Peer} ->
            Slaves = S#state.slaves ++ [Peer],
            Group = S#state.group ++ [Wrk],
            bcast(#view{n = N, members = [self() | Slaves], group = Group}, Slaves),
            S#state.master ! {view, Group},
            leader(S#state{n = N + 1, slaves = Slaves, group = Group});
        stop ->
            ok
    end.

%% The slip: what the slave has last seen is kept only of messages, not of views.
slave(#state{n = N, leader = Leader} = S) ->
    receive
        {mcast, Body} ->
            Leader ! {mcast, Body},
            slave(S);
        {join, Wrk, Peer} ->
            Leader ! {join, Wrk, Peer},
            slave(S);
        #msg{n = I} when I < N ->
            slave(S);
        #msg{n = N, body = Body} = M ->
            S#state.master ! Body,
            slave(S#state{n = N + 1, last = M});
        #view{n = N, members = [Leader | Slaves], group = Group} ->
            S#state.master ! {view, Group},
            slave(S#state{n = N + 1, slaves = Slaves, group = Group});
        {'DOWN', _Ref, process, Leader, _Reason} ->
            election(S);
        stop ->
            ok
    end.

election(#state{slaves = [Next | Rest], group = [_ | Group]} = S) when Next =:= self() ->
    bcast(S#state.last, Rest),
    bcast(#view{n = S#state.n, members = [Next | Rest], group = Group}, Rest),
    S#state.master ! {view, Group},
    leader(S#state{slaves = Rest, group = Group, n = S#state.n + 1});
election(#state{slaves = [Next | Rest], group = [_ | Group]} = S) ->
    erlang:monitor(process, Next),
    slave(S#state{leader = Next, slaves = Rest, group = Group}).

bcast(Msg, Nodes) ->
    [Node ! Msg || Node <- Nodes].
