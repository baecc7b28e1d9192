-module(callbacks).
-behaviour(gen_server).
-export([start/1, start/2]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, code_change/3]).

%% gms3 as a gen_server: everything that others send is an info.

-record(st, {id, master, role, leader, slaves = [], group = [], n = 0, last = none}).

start(Id) ->
    gen_server:start_link(?MODULE, {founder, Id, self()}, []).

start(Id, Grp) ->
    gen_server:start_link(?MODULE, {joiner, Id, self(), Grp}, []).

init({founder, Id, Master}) ->
    {ok, #st{id = Id, master = Master, role = leader, group = [Master]}};
init({joiner, Id, Master, Grp}) ->
    Grp ! {join, Master, self()},
    {ok, #st{id = Id, master = Master, role = new}, 1000}.

handle_call(_Request, _From, S) ->
    {reply, ok, S}.

handle_cast(_Request, S) ->
    {noreply, S}.

handle_info(stop, S) ->
    {stop, normal, S};
handle_info({mcast, Msg}, #st{role = leader, n = N} = S) ->
    cast_all(S, {msg, N, Msg}),
    S#st.master ! Msg,
    {noreply, S#st{n = N + 1}};
handle_info({join, Wrk, Peer}, #st{role = leader} = S) ->
    {noreply, new_view(S#st{slaves = S#st.slaves ++ [Peer], group = S#st.group ++ [Wrk]})};
handle_info({view, N, [Leader | Slaves], Group} = V, #st{role = new} = S) ->
    erlang:monitor(process, Leader),
    S#st.master ! {view, Group},
    {noreply, S#st{role = slave, leader = Leader, slaves = Slaves, group = Group, n = N + 1, last = V}};
handle_info(timeout, #st{role = new} = S) ->
    S#st.master ! {error, "no reply from leader"},
    {stop, normal, S};
handle_info({mcast, Msg}, #st{role = slave} = S) ->
    S#st.leader ! {mcast, Msg},
    {noreply, S};
handle_info({join, Wrk, Peer}, #st{role = slave} = S) ->
    S#st.leader ! {join, Wrk, Peer},
    {noreply, S};
handle_info({msg, N, Msg} = M, #st{role = slave, n = N} = S) ->
    S#st.master ! Msg,
    {noreply, S#st{n = N + 1, last = M}};
handle_info({view, N, [Leader | Slaves], Group} = V, #st{role = slave, n = N, leader = Leader} = S) ->
    S#st.master ! {view, Group},
    {noreply, S#st{slaves = Slaves, group = Group, n = N + 1, last = V}};
handle_info({'DOWN', _, process, Leader, _}, #st{role = slave, leader = Leader} = S) ->
    {noreply, election(S)};
%% The slip: a gen_server takes every message when it comes, so what is early is thrown away here.
handle_info(_Other, S) ->
    {noreply, S}.

terminate(_Reason, _S) ->
    ok.

code_change(_Old, S, _Extra) ->
    {ok, S}.

election(#st{slaves = [First | Rest], group = [_ | Group]} = S) ->
    case self() of
        First ->
            cast_all(S#st{slaves = Rest}, S#st.last),
            new_view(S#st{role = leader, slaves = Rest, group = Group});
        _ ->
            erlang:monitor(process, First),
            S#st{leader = First, slaves = Rest, group = Group}
    end.

new_view(#st{n = N, slaves = Slaves, group = Group} = S) ->
    cast_all(S, {view, N, [self() | Slaves], Group}),
    S#st.master ! {view, Group},
    S#st{n = N + 1}.

cast_all(#st{slaves = Slaves}, Msg) ->
    lists:foreach(fun(Pid) -> Pid ! Msg end, Slaves).
