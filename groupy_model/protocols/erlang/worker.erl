-module(worker).
%% A worker with a colour, which it changes by multicast: the colours of all workers stay the same.
-export([start/3, start/4, stop/1]).
-define(change, 20).

%% The first worker of a group; Module is the group's, Sleep the longest time between two changes.
start(Id, Module, Sleep) ->
    spawn(fun() -> init(Id, Module, Sleep) end).

%% Another worker; Peer is one of the group.
start(Id, Module, Peer, Sleep) ->
    spawn(fun() -> init(Id, Module, Peer, Sleep) end).

stop(Worker) ->
    Worker ! stop.

init(Id, Module, Sleep) ->
    {ok, Cast} = Module:start(Id),
    worker(Id, Cast, {0, 0, 0}, Sleep).

init(Id, Module, Peer, Sleep) ->
    {ok, Cast} = Module:start(Id, Peer),
    receive
        {view, _} ->
            Ref = make_ref(),
            Cast ! {mcast, {state_request, Ref}},
            case state(Id, Ref) of
                {ok, Colour} ->
                    worker(Id, Cast, Colour, Sleep);
                stop ->
                    Cast ! stop
            end;
        {error, Reason} ->
            io:format("worker ~w: ~s~n", [Id, Reason])
    end.

%% Until my own request comes back, what is delivered is in the state already that I will get.
state(Id, Ref) ->
    receive
        {state_request, Ref} ->
            receive
                {state, Ref, Colour} ->
                    {ok, Colour};
                stop ->
                    stop
            end;
        {change, _} ->
            state(Id, Ref);
        {view, _} ->
            state(Id, Ref);
        stop ->
            stop
    end.

worker(Id, Cast, Colour, Sleep) ->
    Wait = rand:uniform(Sleep),
    receive
        {change, N} ->
            worker(Id, Cast, change_colour(N, Colour), Sleep);
        {state_request, Ref} ->
            Cast ! {mcast, {state, Ref, Colour}},
            worker(Id, Cast, Colour, Sleep);
        {state, _, _} ->
            worker(Id, Cast, Colour, Sleep);
        {view, _} ->
            worker(Id, Cast, Colour, Sleep);
        {join, Wrk, Peer} ->
            Cast ! {join, Wrk, Peer},
            worker(Id, Cast, Colour, Sleep);
        stop ->
            Cast ! stop
    after Wait ->
        Cast ! {mcast, {change, rand:uniform(?change)}},
        worker(Id, Cast, Colour, Sleep)
    end.

change_colour(N, {R, G, B}) ->
    {G, B, (R + N) rem 256}.
