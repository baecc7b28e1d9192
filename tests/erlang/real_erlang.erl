%% Evaluates the expressions of a file, each in a process of its own, and writes what became of them into another file.
-module(real_erlang).
-export([main/1]).

main([Questions, Answers | Sources]) ->
    lists:foreach(fun load/1, Sources),
    {ok, Text} = file:read_file(Questions),
    Lines = [answer(unicode:characters_to_list(Part)) || Part <- binary:split(Text, <<0>>, [global]), Part =/= <<>>],
    ok = file:write_file(Answers, unicode:characters_to_binary(Lines)),
    halt().

load(Source) ->
    {ok, Module, Code} = compile:file(Source, [binary, nowarn_unused_vars]),
    {module, Module} = code:load_binary(Module, Source, Code).

answer(Text) ->
    Self = self(),
    {Pid, Monitor} = spawn_monitor(fun() -> Self ! {self(), evaluated(Text)} end),
    receive
        {Pid, {Kind, Term}} ->
            demonitor(Monitor, [flush]),
            io_lib:format("~w ~tw~n", [Kind, Term]);
        {'DOWN', Monitor, process, Pid, Reason} ->
            io_lib:format("down ~tw~n", [Reason])
    after 5000 ->
        demonitor(Monitor, [flush]),
        exit(Pid, kill),
        "timeout 5000\n"
    end.

evaluated(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text ++ "."),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    try erl_eval:exprs(Expressions, erl_eval:new_bindings()) of
        {value, Value, _} -> {value, Value}
    catch
        Kind:Reason -> {Kind, Reason}
    end.
