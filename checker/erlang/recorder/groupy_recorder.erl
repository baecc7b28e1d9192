-module(groupy_recorder).
%% Runs a file of a student on real processes, as a script says, and writes down everything that happens.
%%
%% The file stays as it is. What is sent, what arrives and who ends is told by Erlang's own trace. The compiler adds three calls,
%% which change nothing that the program can see: after each `!`, so that a process can be killed right behind it; at the
%% beginning of each clause of a receive, which tells what is taken and where; and around each random number.
-export([main/1, parse_transform/2]).
-export([sent/2, taken/2, late/1, drawn/2]).
-define(TABLE, groupy_recorder).
-define(MOST, 5000).  % things that happen in one run
-define(LONGEST, 5000).  % milliseconds until start/1 has answered

%% --- what happens ------------------------------------------------------------------------------------------------------------

%% Jobs: a file with one list of runs {Program, Deeds, Log, Order}; the last two are the files that are written.
main([Jobs]) ->
    {ok, [Runs]} = file:consult(Jobs),
    lists:foreach(fun run/1, Runs),
    halt(0).

run({Program, Deeds, Log, Order}) ->
    ets:new(?TABLE, [named_table, public, ordered_set]),
    case compile:file(Program, [binary, return, {parse_transform, ?MODULE}]) of
        {ok, Module, Binary, _Warnings} ->
            {module, Module} = code:load_binary(Module, Program, Binary),
            Tracer = spawn(fun tracer/0),
            Nodes = done(Deeds, Module, Tracer, #{}),
            traced_all(),
            written(Nodes, filename:basename(Program), Log, Order),
            lists:foreach(fun gone/1, [Tracer|processes_traced()]),
            ets:delete(?TABLE);
        {error, Errors, _Warnings} ->
            complained(filename:basename(Program), Errors),
            halt(2)
    end.

gone(Process) ->
    Ref = erlang:monitor(process, Process),
    exit(Process, kill),
    receive {'DOWN', Ref, process, _, _} -> ok end.

complained(File, [{_, [{Place, By, What}|_]}|_]) ->
    {Line, Column} = case Place of {_, _} -> Place; _ -> {1, 1} end,
    io:format(standard_error, "~ts:~w:~w: ~ts~n", [File, Line, Column, By:format_error(What)]);
complained(File, [{_, [{By, What}|_]}|_]) ->
    io:format(standard_error, "~ts: ~ts~n", [File, By:format_error(What)]).

%% The nodes, each with its worker and the worker's process. Whoever never rests is stopped.
done([], _, _, Nodes) ->
    Nodes;
done([Deed|Rest], Module, Tracer, Nodes) ->
    case deed(Deed, Module, Tracer, Nodes) of
        restless -> Nodes;
        Nodes2 -> done(Rest, Module, Tracer, Nodes2)
    end.

deed({start, Name}, Module, Tracer, Nodes) ->
    begun(Name, [], fun() -> Module:start(Name) end, Tracer, Nodes);
deed({join, Name, Contact}, Module, Tracer, Nodes) ->
    {_, Peer} = maps:get(Contact, Nodes),
    begun(Name, [Contact], fun() -> Module:start(Name, Peer) end, Tracer, Nodes);
deed({multicast, Name, Payload}, _, _, Nodes) ->
    {Worker, _} = maps:get(Name, Nodes),
    Worker ! {?MODULE, Payload},
    Nodes;
deed({crash, Name, 0}, _, _, Nodes) ->
    {_, Process} = maps:get(Name, Nodes),
    told(crash, Process, []),
    exit(Process, kill),
    Nodes;
deed({crash, Name, Sends}, _, _, Nodes) ->
    {_, Process} = maps:get(Name, Nodes),
    ets:insert(?TABLE, {{armed, Process}, Sends}),
    Nodes;
deed({wait, Time}, _, _, Nodes) ->
    timer:sleep(Time),
    Nodes;
deed({settle, Quiet}, _, _, Nodes) ->
    case settled(Quiet, Quiet, 0) of
        ok -> Nodes;
        restless -> restless
    end.

%% A worker in a process of its own starts the student's process, which is linked to it. What it gets, it forgets.
begun(Name, Contact, Start, Tracer, Nodes) ->
    Self = self(),
    Worker = spawn(fun() ->
        receive begin_now -> ok end,
        Process = case Start() of {ok, Pid} -> Pid; Pid -> Pid end,
        true = is_pid(Process),
        Self ! {started, self(), Process},
        worker(Process)
    end),
    told(start, Worker, [Name|Contact]),
    ets:insert(?TABLE, {{process, Worker}, true}),
    erlang:trace(Worker, true, [send, 'receive', procs, set_on_spawn, strict_monotonic_timestamp, {tracer, Tracer}]),
    Ref = erlang:monitor(process, Worker),
    Worker ! begin_now,
    receive
        {started, Worker, Process} ->
            erlang:demonitor(Ref, [flush]),
            Nodes#{Name => {Worker, Process}};
        {'DOWN', Ref, process, Worker, _} ->
            Nodes#{Name => {Worker, Worker}}
    after ?LONGEST ->
        erlang:demonitor(Ref, [flush]),
        Nodes#{Name => {Worker, Worker}}
    end.

worker(Process) ->
    receive
        {?MODULE, Payload} ->
            told(multicast, self(), [Payload]),
            Process ! {mcast, Payload},
            worker(Process);
        _ ->
            worker(Process)
    end.

%% Until nothing has happened for Quiet milliseconds.
settled(_, 0, _) ->
    ok;
settled(Quiet, Left, Before) ->
    timer:sleep(1),
    traced_all(),
    Rest = lists:all(fun waits/1, processes_traced()),
    case ets:info(?TABLE, size) of
        Before when Rest -> settled(Quiet, Left - 1, Before);
        Now when Now > ?MOST -> told(restless, self(), []), restless;
        Now -> settled(Quiet, Quiet, Now)
    end.

%% A process that waits for its text to be printed, or for a module to be loaded, will go on.
waits(Process) ->
    case process_info(Process, [status, current_function]) of
        [{status, waiting}, {current_function, {Module, _, _}}] -> Module =/= io andalso Module =/= code_server;
        undefined -> true;
        _ -> false
    end.

processes_traced() ->
    [Process || [Process] <- ets:match(?TABLE, {{process, '$1'}, true})].

%% --- what is written down ----------------------------------------------------------------------------------------------------

tracer() ->
    receive
        {trace_ts, By, What, First, Time} -> kept(Time, What, By, [First]);
        {trace_ts, By, What, First, Second, Time} -> kept(Time, What, By, [First, Second]);
        _ -> ok
    end,
    tracer().

kept(Time, What, By, Told) ->
    case lists:member(What, [send, send_to_non_existing_process, 'receive', spawn, exit]) of
        true -> ets:insert(?TABLE, {{event, Time}, What, By, Told});
        false -> ok
    end,
    [ets:insert(?TABLE, {{process, hd(Told)}, true}) || What == spawn].

told(What, By, Told) ->
    ets:insert(?TABLE, {{event, {erlang:monotonic_time(), erlang:unique_integer([monotonic])}}, What, By, Told}).

traced_all() ->
    Ref = erlang:trace_delivered(all),
    receive {trace_delivered, all, Ref} -> ok end.

all_traced() ->
    ets:select(?TABLE, [{{{event, '_'}, '_', '_', '_'}, [], ['$_']}]).

%% --- what the compiler adds --------------------------------------------------------------------------------------------------

parse_transform(Forms, _) ->
    {Added, _} = added(Forms, 1),
    Added.

added({op, At, '!', To, Msg}, N) ->
    {Arguments, N2} = added([To, Msg], N),
    {call(At, sent, Arguments), N2};
added({call, At, {remote, _, {atom, _, erlang}, {atom, _, send}}, [To, Msg]}, N) ->
    {Arguments, N2} = added([To, Msg], N),
    {call(At, sent, Arguments), N2};
added({call, At, {remote, _, {atom, _, Module}, {atom, _, uniform}} = Name, Given}, N) when Module == rand; Module == random ->
    {Arguments, N2} = added(Given, N),
    {call(At, drawn, [line(At), {call, At, Name, Arguments}]), N2};
added({'receive', At, Clauses}, N) ->
    {Added, N2} = lists:mapfoldl(fun taking/2, N, Clauses),
    {{'receive', At, Added}, N2};
added({'receive', At, Clauses, Wait, Body}, N) ->
    {Added, N2} = lists:mapfoldl(fun taking/2, N, Clauses),
    {[Wait2|Body2], N3} = added([Wait|Body], N2),
    {{'receive', At, Added, Wait2, [call(At, late, [line(At)])|Body2]}, N3};
added(Form, N) when is_tuple(Form) ->
    {Parts, N2} = added(tuple_to_list(Form), N),
    {list_to_tuple(Parts), N2};
added([First|Rest], N) ->
    {First2, N2} = added(First, N),
    {Rest2, N3} = added(Rest, N2),
    {[First2|Rest2], N3};
added(Other, N) ->
    {Other, N}.

taking({clause, At, [Pattern], Guards, Body}, N) ->
    Taken = {var, At, list_to_atom("Taken@" ++ integer_to_list(N))},
    {Body2, N2} = added(Body, N + 1),
    {{clause, At, [{match, At, Pattern, Taken}], Guards, [call(At, taken, [line(At), Taken])|Body2]}, N2}.

call(At, Name, Arguments) ->
    {call, At, {remote, At, {atom, At, ?MODULE}, {atom, At, Name}}, Arguments}.

line(At) ->
    {integer, At, erl_anno:line(At)}.

sent(To, Msg) ->
    To ! Msg,
    case ets:lookup(?TABLE, {armed, self()}) of
        [{_, 1}] ->
            told(crash, self(), []),
            exit(self(), kill);
        [{Armed, Sends}] ->
            ets:insert(?TABLE, {Armed, Sends - 1});
        [] ->
            ok
    end,
    Msg.

taken(Line, Msg) ->
    told(take, self(), [Line, Msg]).

late(Line) ->
    told(timeout, self(), [Line]).

drawn(Line, Value) ->
    told(draw, self(), [Line, Value]),
    Value.

%% --- the two files -----------------------------------------------------------------------------------------------------------

written(Nodes, File, Log, Order) ->
    Events = [{What, By, Told} || {_, What, By, Told} <- all_traced(), What =/= restless],
    Restless = [{restless, true} || length(Events) < length(all_traced())],
    Workers = maps:from_list([{Worker, Process} || {_, {Worker, Process}} <- maps:to_list(Nodes)]),
    Names = lists:foldl(fun names/2, maps:from_list([{Process, Name} || {Name, {_, Process}} <- maps:to_list(Nodes)]), Events),
    Kept = [Event || Event <- Events, matters(Event, Workers, Names)],
    Numbered = lists:zip(lists:seq(1, length(Kept)), Kept),
    Ordered = [line_of_order(Number, Event, Names, File) || {Number, Event} <- Numbered],
    Logged = [line_of_log(Number, Event, Workers, Names, File) || {Number, Event} <- Numbered],
    Head = json([{'groupy-log', 1}, {ordered, true}, {program, {text, File}}|Restless]),
    ok = file:write_file(Order, unicode:characters_to_binary(Ordered)),
    ok = file:write_file(Log, unicode:characters_to_binary([Head|Logged])).

%% p1 is the process that p1's worker w1 started; others that it starts are p1_2, p1_3 and so on.
names({start, Worker, [Name|_]}, Names) ->
    Names#{Worker => list_to_atom("w" ++ tl(atom_to_list(Name)))};
names({spawn, By, [Child, _]}, Names) when not is_map_key(Child, Names) ->
    Node = hd(string:split(node_of(maps:get(By, Names)), "_")),
    Known = [Name || Name <- maps:values(Names), hd(string:split(atom_to_list(Name), "_")) == Node],
    Names#{Child => list_to_atom(Node ++ "_" ++ integer_to_list(length(Known) + 1))};
names(_, Names) ->
    Names.

node_of(Name) ->
    [_|Number] = atom_to_list(Name),
    "p" ++ Number.

%% Not what a worker does with what it gets, nor what it takes to print and to load code, nor the mark of the trace for a receive
%% that has waited long enough: `late` says that better.
matters({'receive', _, [timeout]}, _, _) ->
    false;
matters({'receive', By, [Msg]}, Workers, _) ->
    not is_map_key(By, Workers) andalso not (is_tuple(Msg) andalso lists:member(element(1, Msg), [io_reply, code_server]));
matters({What, _, [_, To]}, _, Names) when What == send; What == send_to_non_existing_process ->
    is_map_key(To, Names) orelse not is_pid(To) andalso not lists:member(To, [init, code_server, user, logger]);
matters({spawn, By, _}, Workers, _) ->
    not is_map_key(By, Workers);
matters(_, _, _) ->
    true.

line_of_order(Number, {What, By, Told}, Names, File) ->
    Process = {process, maps:get(By, Names)},
    json([{number, Number}|case {What, Told} of
        {start, [Name|Contact]} -> [{event, start}, {process, Name}|[{contact, Peer} || Peer <- Contact]];
        {multicast, [Payload]} -> [{event, multicast}, Process, {payload, shown(Payload, Names)}];
        {'receive', [Msg]} -> [{event, arrive}, Process, {message, shown(Msg, Names)}];
        {spawn, [Child, _]} -> [{event, spawn}, Process, {child, maps:get(Child, Names)}];
        {exit, [Reason]} -> [{event, exit}, Process|ended(Reason, Names, File)];
        {crash, []} -> [{event, crash}, Process];
        {take, [Line, Msg]} -> [{event, take}, Process, {line, Line}, {message, shown(Msg, Names)}];
        {timeout, [Line]} -> [{event, timeout}, Process, {line, Line}];
        {draw, [Line, Value]} -> [{event, draw}, Process, {line, Line}, {value, shown(Value, Names)}];
        {_, [Msg, To]} -> [{event, send}, Process, {to, shown(To, Names)}, {message, shown(Msg, Names)}]
    end]).

line_of_log(Number, {What, By, Told}, Workers, Names, File) ->
    Line = fun(Process, Event, More) -> json([{process, Process}, {event, Event}|More] ++ [{time, Number}]) end,
    Name = maps:get(By, Names),
    Node = hd(string:split(node_of(Name), "_")),
    case {What, Told} of
        {start, [_|Contact]} -> Line({text, Node}, start, [{contact, Peer} || Peer <- Contact]);
        {multicast, [Payload]} -> Line({text, Node}, multicast, [{payload, value(Payload, Names)}]);
        {crash, []} -> Line({text, Node}, crash, []);
        {exit, [killed]} -> [];
        {exit, [Reason]} ->
            case lists:member(By, maps:values(Workers)) of
                true -> Line({text, Node}, 'end', ended(Reason, Names, File));
                false -> []
            end;
        {_, [Msg, To]} when is_map_key(To, Workers) ->
            case node_of(maps:get(To, Names)) == Node of
                true -> handed(Msg, fun(Event, More) -> Line({text, Node}, Event, More) end, Names);
                false -> []
            end;
        _ -> []
    end.

%% What a worker is told by its process.
handed({view, Group}, Line, Names) when is_list(Group) ->
    Line(view, [{members, [{text, node_of(maps:get(Member, Names))} || Member <- Group]}]);
handed({deliver, Payload}, Line, Names) ->
    Line(deliver, [{payload, value(Payload, Names)}]);
handed(Other, Line, Names) when Other == joined; element(1, Other) == error; element(1, Other) == state ->
    Line(note, [{text, shown(Other, Names)}]);
handed(Payload, Line, Names) ->
    Line(deliver, [{payload, value(Payload, Names)}]).

ended({Reason, [{_, _, _, Where}|_] = Stack}, Names, File) when is_list(Where) ->
    Lines = [proplists:get_value(line, Place) || {_, _, _, Place} <- Stack,
             filename:basename(proplists:get_value(file, Place, "")) == File],
    [{reason, shown(Reason, Names)}|[{line, Line} || Line <- lists:sublist(Lines, 1)]];
ended(Reason, Names, _) ->
    [{reason, shown(Reason, Names)}].

value(Payload, _) when is_atom(Payload); is_integer(Payload) -> Payload;
value(Payload, Names) -> shown(Payload, Names).

shown(Term, Names) ->
    {text, lists:flatten(io_lib:format("~0p", [named(Term, Names)]))}.

%% Processes and references by their names: r1 is the first reference that is seen.
named(Pid, Names) when is_pid(Pid) -> maps:get(Pid, Names, other);
named(Ref, _) when is_reference(Ref) ->
    case get({ref, Ref}) of
        undefined ->
            Name = list_to_atom("r" ++ integer_to_list(length([ref || {{ref, _}, _} <- get()]) + 1)),
            put({ref, Ref}, Name),
            Name;
        Name -> Name
    end;
named([First|Rest], Names) -> [named(First, Names)|named(Rest, Names)];
named(Tuple, Names) when is_tuple(Tuple) -> list_to_tuple(named(tuple_to_list(Tuple), Names));
named(Map, Names) when is_map(Map) -> maps:from_list(named(maps:to_list(Map), Names));
named(Term, _) -> Term.

json(Pairs) ->
    Fields = [[json_value({text, atom_to_list(Key)}), ": ", json_value(Value)] || {Key, Value} <- Pairs],
    ["{", lists:join(", ", Fields), "}\n"].

json_value(true) -> "true";
json_value(Number) when is_integer(Number) -> integer_to_list(Number);
json_value(Atom) when is_atom(Atom) -> json_value({text, atom_to_list(Atom)});
json_value({text, Text}) -> [$", lists:map(fun escaped/1, Text), $"];
json_value(List) -> ["[", lists:join(", ", lists:map(fun json_value/1, List)), "]"].

escaped(Char) when Char == $"; Char == $\\ -> [$\\, Char];
escaped(Char) when Char < 32 -> io_lib:format("\\u~4.16.0b", [Char]);
escaped(Char) -> Char.
