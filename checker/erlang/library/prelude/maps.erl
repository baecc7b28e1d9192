%% The functions of the module maps that call funs. They go through a map in the order of its keys.
-module(maps).
-export([filter/2, filtermap/2, fold/3, foreach/2, groups_from_list/2, groups_from_list/3, intersect_with/3, map/2, merge_with/3,
         update_with/3, update_with/4]).

%% The pairs, if the fun is one; or else what is wrong.
pairs(true, Map) when is_map(Map) -> maps:to_list(Map);
pairs(true, Map) -> error({badmap, Map});
pairs(false, _) -> error(badarg).

filter(Test, Map) -> maps:from_list(filtered(Test, pairs(is_function(Test, 2), Map))).

filtered(_, []) -> [];
filtered(Test, [{Key, Value} | Rest]) ->
    case Test(Key, Value) of
        true -> [{Key, Value} | filtered(Test, Rest)];
        false -> filtered(Test, Rest)
    end.

filtermap(Fun, Map) -> maps:from_list(kept(Fun, pairs(is_function(Fun, 2), Map))).

kept(_, []) -> [];
kept(Fun, [{Key, Value} | Rest]) ->
    case Fun(Key, Value) of
        true -> [{Key, Value} | kept(Fun, Rest)];
        {true, New} -> [{Key, New} | kept(Fun, Rest)];
        false -> kept(Fun, Rest)
    end.

fold(Fun, Value, Map) -> folded(Fun, Value, pairs(is_function(Fun, 3), Map)).

folded(_, Result, []) -> Result;
folded(Fun, Result, [{Key, Value} | Rest]) -> folded(Fun, Fun(Key, Value, Result), Rest).

foreach(Fun, Map) -> each(Fun, pairs(is_function(Fun, 2), Map)).

each(_, []) -> ok;
each(Fun, [{Key, Value} | Rest]) ->
    Fun(Key, Value),
    each(Fun, Rest).

map(Fun, Map) -> maps:from_list(mapped(Fun, pairs(is_function(Fun, 2), Map))).

mapped(_, []) -> [];
mapped(Fun, [{Key, Value} | Rest]) -> [{Key, Fun(Key, Value)} | mapped(Fun, Rest)].

groups_from_list(Key, List) -> groups_from_list(Key, fun(Item) -> Item end, List).

groups_from_list(Key, Value, List) when is_function(Key, 1), is_function(Value, 1), length(List) >= 0 ->
    grouped(Key, Value, lists:reverse(List), #{});
groups_from_list(_, _, _) -> error(badarg).

grouped(_, _, [], Groups) -> Groups;
grouped(Key, Value, [Item | Rest], Groups) ->
    Group = Key(Item),
    New = Value(Item),
    grouped(Key, Value, Rest, Groups#{Group => [New | maps:get(Group, Groups, [])]}).

intersect_with(Fun, Left, Right) ->
    two(is_function(Fun, 3), Left, Right),
    maps:from_list(combined(Fun, Left, Right, smaller(Left, Right))).

%% The keys of the map that has fewer, or of the right one.
smaller(Left, Right) when map_size(Left) =< map_size(Right) -> maps:keys(Left);
smaller(_, Right) -> maps:keys(Right).

combined(_, _, _, []) -> [];
combined(Fun, Left, Right, [Key | Rest]) ->
    case {Left, Right} of
        {#{Key := One}, #{Key := Two}} ->
            New = Fun(Key, One, Two),
            [{Key, New} | combined(Fun, Left, Right, Rest)];
        _ ->
            combined(Fun, Left, Right, Rest)
    end.

merge_with(Fun, Left, Right) ->
    two(is_function(Fun, 3), Left, Right),
    maps:merge(maps:merge(Left, Right), maps:from_list(combined(Fun, Left, Right, smaller(Left, Right)))).

two(true, Left, Right) when is_map(Left), is_map(Right) -> ok;
two(false, _, _) -> error(badarg);
two(_, Left, Right) when is_map(Left) -> error({badmap, Right});
two(_, Left, _) -> error({badmap, Left}).

update_with(Key, Fun, Map) ->
    one(is_function(Fun, 1), Map),
    Map#{Key := Fun(maps:get(Key, Map))}.

update_with(Key, Fun, Initial, Map) ->
    one(is_function(Fun, 1), Map),
    case Map of
        #{Key := Value} -> Map#{Key := Fun(Value)};
        #{} -> Map#{Key => Initial}
    end.

one(true, Map) when is_map(Map) -> ok;
one(_, Map) when is_map(Map) -> error(badarg);
one(_, Map) -> error({badmap, Map}).
