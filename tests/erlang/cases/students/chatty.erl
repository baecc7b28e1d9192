-module(chatty).
-author("a student").
-export([start/1, start/2]).

-define(DEBUG, true).
-ifdef(DEBUG).
-define(LOG(Format, Args), io:format("~p:~p ~s " ++ Format ++ "~n", [?MODULE, ?LINE, ?FUNCTION_NAME | Args])).
-else.
-define(LOG(Format, Args), ok).
-endif.
-define(is_old(I, N), (I < N)).

start(Name) ->
    io:format("~s: I found the group~n", [Name]),
    Master = self(),
    Pid = spawn_link(fun() -> leader(Name, Master, 1, [], [Master]) end),
    {ok, Pid}.

start(Name, Grp) ->
    io:format("~s: I join through ~p~n", [Name, Grp]),
    Master = self(),
    Pid = spawn_link(fun() -> join(Name, Grp, Master) end),
    {ok, Pid}.

join(Name, Grp, Master) ->
    Self = self(),
    Grp ! {join, Master, Self},
    receive
        {view, N, [Leader | Slaves], Group} = Last ->
            ?LOG("~s has its first view ~w of ~b", [Name, Group, length(Group)]),
            erlang:monitor(process, Leader),
            Master ! {view, Group},
            slave(Name, Master, Leader, N + 1, Last, Slaves, Group)
    after 1000 ->
        Text = io_lib:format("~s: no reply from ~p", [Name, Grp]),
        io:put_chars(Text),
        Master ! {error, lists:flatten(Text)}
    end.

leader(Name, Master, N, Slaves, Group) ->
    ?LOG("~s leads ~w", [Name, Slaves]),
    receive
        {mcast, Msg} ->
            ?LOG("number ~10.10.0B is ~p", [N, Msg]),
            bcast(Name, {msg, N, Msg}, Slaves),
            Master ! Msg,
            leader(Name, Master, N + 1, Slaves, Group);
        {join, Wrk, Peer} ->
            Slaves2 = lists:append(Slaves, [Peer]),
            Group2 = lists:append(Group, [Wrk]),
            bcast(Name, {view, N, [self() | Slaves2], Group2}, Slaves2),
            Master ! {view, Group2},
            leader(Name, Master, N + 1, Slaves2, Group2);
        stop ->
            io:fwrite(standard_error, "~ts stops~n", [Name])
    end.

slave(Name, Master, Leader, N, Last, Slaves, Group) ->
    ?LOG("~s waits for ~w from ~p", [Name, N, Leader]),
    receive
        {mcast, Msg} ->
            Leader ! {mcast, Msg},
            slave(Name, Master, Leader, N, Last, Slaves, Group);
        {join, Wrk, Peer} ->
            Leader ! {join, Wrk, Peer},
            slave(Name, Master, Leader, N, Last, Slaves, Group);
        {msg, I, _} when ?is_old(I, N) ->
            ?LOG("old: ~w", [I]),
            slave(Name, Master, Leader, N, Last, Slaves, Group);
        {msg, N, Msg} = This ->
            ?LOG("new: ~w", [Msg]),
            Master ! Msg,
            slave(Name, Master, Leader, N + 1, This, Slaves, Group);
        {view, N, [Leader | Slaves2], Group2} = This ->
            Master ! {view, Group2},
            slave(Name, Master, Leader, N + 1, This, Slaves2, Group2);
        {'DOWN', Ref, process, Leader, Reason} ->
            ?LOG("~w: ~p is down: ~P", [Ref, Leader, Reason, 4]),
            election(Name, Master, N, Last, Slaves, Group);
        stop ->
            ok;
        Strange ->
            %% The slip: ~s of what need not be a string.
            io:format("~s got ~s~n", [Name, Strange]),
            slave(Name, Master, Leader, N, Last, Slaves, Group)
    end.

election(Name, Master, N, Last, Slaves, [_ | Group]) ->
    Self = self(),
    case Slaves of
        [Self | Rest] ->
            ?LOG("~s is elected", [Name]),
            bcast(Name, Last, Rest),
            bcast(Name, {view, N, Slaves, Group}, Rest),
            Master ! {view, Group},
            leader(Name, Master, N + 1, Rest, Group);
        [Leader | Rest] ->
            ?LOG("~s elects ~p", [Name, Leader]),
            erlang:monitor(process, Leader),
            slave(Name, Master, Leader, N, Last, Rest, Group)
    end.

bcast(Name, Msg, Nodes) ->
    lists:foreach(fun(Node) -> io:format("~s -> ~w: ~w~n", [Name, Node, Msg]), Node ! Msg end, Nodes).
