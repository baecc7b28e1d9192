%% The server that calls back, as far as one node goes: no global names, no hibernation, no system messages.
-module(gen_server).
-export([start/3, start/4, start_link/3, start_link/4, call/2, call/3, cast/2, reply/2, stop/1, stop/3]).

start(Module, Argument, _Options) ->
    begun(fun(Init) -> spawn(Init) end, none, Module, Argument).

start({local, Name}, Module, Argument, _Options) ->
    begun(fun(Init) -> spawn(Init) end, Name, Module, Argument);
start({global, Name}, _Module, _Argument, _Options) ->
    global:register_name(Name, self()).

start_link(Module, Argument, _Options) ->
    begun(fun(Init) -> spawn_link(Init) end, none, Module, Argument).

start_link({local, Name}, Module, Argument, _Options) ->
    begun(fun(Init) -> spawn_link(Init) end, Name, Module, Argument);
start_link({global, Name}, _Module, _Argument, _Options) ->
    global:register_name(Name, self()).

%% The reference that tells the answer is made after the process, whose number is then the first of its node.
begun(Spawn, Name, Module, Argument) ->
    Pid = Spawn(fun() -> init(Name, Module, Argument) end),
    Ref = monitor(process, Pid),
    Pid ! {?MODULE, self(), Ref},
    receive
        {Ref, Answer} ->
            demonitor(Ref, [flush]),
            Answer;
        {'DOWN', Ref, process, Pid, Reason} ->
            {error, Reason}
    end.

init(Name, Module, Argument) ->
    receive
        {?MODULE, Starter, Tag} -> named(Name, Starter, Tag, Module, Argument)
    end.

named(none, Starter, Tag, Module, Argument) ->
    initialised(Starter, Tag, Module, Argument);
named(Name, Starter, Tag, Module, Argument) ->
    case whereis(Name) of
        undefined ->
            register(Name, self()),
            initialised(Starter, Tag, Module, Argument);
        Pid ->
            Starter ! {Tag, {error, {already_started, Pid}}}
    end.

initialised(Starter, Tag, Module, Argument) ->
    case returned(fun() -> Module:init(Argument) end) of
        {ok, State} ->
            Starter ! {Tag, {ok, self()}},
            wait(Module, State, infinity);
        {ok, State, Then} ->
            Starter ! {Tag, {ok, self()}},
            wait(Module, State, Then);
        {stop, Reason} ->
            exit(Reason);
        ignore ->
            Starter ! {Tag, ignore};
        Other ->
            exit({bad_return_value, Other})
    end.

wait(Module, State, hibernate) ->
    wait(Module, State, infinity);
wait(Module, State, {continue, Continue}) ->
    handled(Module, State, none, fun() -> Module:handle_continue(Continue, State) end);
wait(Module, State, Time) ->
    receive
        {'$gen_call', From, Request} ->
            handled(Module, State, From, fun() -> Module:handle_call(Request, From, State) end);
        {'$gen_cast', Request} ->
            handled(Module, State, none, fun() -> Module:handle_cast(Request, State) end);
        {'$gen_stop', From, Reason} ->
            ended(Module, Reason, State, fun() -> reply(From, ok) end);
        Message ->
            informed(Module, State, Message)
    after Time ->
        informed(Module, State, timeout)
    end.

informed(Module, State, Message) ->
    case erlang:function_exported(Module, handle_info, 2) of
        true -> handled(Module, State, none, fun() -> Module:handle_info(Message, State) end);
        false -> wait(Module, State, infinity)
    end.

handled(Module, State, From, Handle) ->
    Result =
        try
            returned(Handle)
        catch
            error:Error -> failed(Module, State, fun() -> error(Error) end, {Error, []});
            exit:Exit -> failed(Module, State, fun() -> exit(Exit) end, Exit)
        end,
    case Result of
        {reply, Reply, New} when From =/= none ->
            reply(From, Reply),
            wait(Module, New, infinity);
        {reply, Reply, New, Then} when From =/= none ->
            reply(From, Reply),
            wait(Module, New, Then);
        {noreply, New} ->
            wait(Module, New, infinity);
        {noreply, New, Then} ->
            wait(Module, New, Then);
        {stop, Reason, Reply, New} when From =/= none ->
            ended(Module, Reason, New, fun() -> reply(From, Reply) end);
        {stop, Reason, New} ->
            ended(Module, Reason, New, fun() -> ok end);
        Other ->
            ended(Module, {bad_return_value, Other}, State, fun() -> ok end)
    end.

%% What a callback throws, it returns.
returned(Call) ->
    try
        Call()
    catch
        throw:Result -> Result
    end.

failed(Module, State, Again, Reason) ->
    terminated(Module, Reason, State),
    Again().

ended(Module, Reason, State, Last) ->
    terminated(Module, Reason, State),
    Last(),
    exit(Reason).

terminated(Module, Reason, State) ->
    case erlang:function_exported(Module, terminate, 2) of
        true -> returned(fun() -> Module:terminate(Reason, State) end);
        false -> ok
    end.

call(Server, Request) ->
    called(Server, Request, 5000, [Server, Request]).

call(Server, Request, Time) ->
    called(Server, Request, Time, [Server, Request, Time]).

called(Server, Request, Time, Arguments) ->
    asked(Server, fun(From) -> {'$gen_call', From, Request} end, Time, {?MODULE, call, Arguments}).

stop(Server) ->
    stop(Server, normal, infinity).

stop(Server, Reason, Time) ->
    asked(Server, fun(From) -> {'$gen_stop', From, Reason} end, Time, {?MODULE, stop, [Server, Reason, Time]}).

asked(Server, Message, Time, Call) ->
    Ref = monitor(process, Server),
    case is_pid(Server) orelse whereis(Server) =/= undefined of
        true -> Server ! Message({self(), Ref});
        false -> ok
    end,
    receive
        {Ref, Reply} ->
            demonitor(Ref, [flush]),
            Reply;
        {'DOWN', Ref, process, _, Reason} ->
            exit({Reason, Call})
    after Time ->
        demonitor(Ref, [flush]),
        exit({timeout, Call})
    end.

reply({To, Tag}, Reply) ->
    To ! {Tag, Reply},
    ok.

cast(Server, Request) when is_atom(Server) ->
    case whereis(Server) of
        undefined -> ok;
        Pid -> cast(Pid, Request)
    end;
cast(Server, Request) ->
    Server ! {'$gen_cast', Request},
    ok.
