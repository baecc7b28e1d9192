%% Compares the forms that we read with those of Erlang's own parser: erl -noshell -run compare_forms main FILE.erl FILE.term ...
%% Prints a line per file: "same", or the first form that differs.
-module(compare_forms).
-export([main/1]).

main(Files) ->
    pairs(Files),
    halt(0).

pairs([Source, Term | Rest]) ->
    {ok, Theirs} = epp:parse_file(Source, [{location, {1, 1}}, {includes, [filename:dirname(Source), filename:dirname(Source) ++ "/../include"]}]),
    {ok, Text} = file:read_file(Term),
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Text)),
    {ok, Ours} = erl_parse:parse_term(Tokens),
    io:format("~s~n", [compare(read(Theirs), Ours)]),
    pairs(Rest);
pairs([]) ->
    ok.

%% Without the forms that the preprocessor makes, and without what is said about types.
read(Forms) ->
    [plain(Form) || Form <- Forms, not made(Form)].

made({attribute, _, file, _}) -> true;
made({eof, _}) -> true;
made({attribute, _, Name, _}) -> lists:member(Name, [spec, type, opaque, callback]);
made({warning, _}) -> true;
made(_) -> false.

plain({error, {At, _, _}}) -> {error, line(At)};
plain({attribute, At, record, {Name, Fields}}) -> {attribute, At, record, {Name, [untyped(Field) || Field <- Fields]}};
plain(Form) -> erl_parse:map_anno(fun(A) -> erl_anno:location(A) end, Form).

untyped({typed_record_field, Field, _}) -> Field;
untyped(Field) -> Field.

line({Line, _}) -> Line;
line(Line) -> Line.

compare(Same, Same) -> "same";
compare(Theirs, Ours) ->
    {Their, Our} = difference(Theirs, Ours),
    io_lib:format("~0tp INSTEAD OF ~0tp", [Our, Their]).

%% The innermost parts that differ, {erlang, ours}.
difference([Same | Theirs], [Same | Ours]) -> difference(Theirs, Ours);
difference([Their | _], [Our | _]) -> difference(Their, Our);
difference(Theirs, Ours) when is_tuple(Theirs), tuple_size(Theirs) == tuple_size(Ours), element(1, Theirs) == element(1, Ours), element(2, Theirs) == element(2, Ours) ->
    difference(tuple_to_list(Theirs), tuple_to_list(Ours));
difference(Their, Our) -> {Their, Our}.
