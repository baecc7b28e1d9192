%% The functions of the module orddict that call funs.
-module(orddict).
-export([filter/2, fold/3, map/2, merge/3, update/3, update/4]).

filter(Test, []) when is_function(Test, 2) -> [];
filter(Test, [{Key, Value} = Pair | Rest]) ->
    case Test(Key, Value) of
        true -> [Pair | filter(Test, Rest)];
        false -> filter(Test, Rest)
    end.

fold(Fun, Result, []) when is_function(Fun, 3) -> Result;
fold(Fun, Result, [{Key, Value} | Rest]) -> fold(Fun, Fun(Key, Value, Result), Rest).

map(Fun, []) when is_function(Fun, 2) -> [];
map(Fun, [{Key, Value} | Rest]) -> [{Key, Fun(Key, Value)} | map(Fun, Rest)].

merge(Fun, [{One, _} = Pair | Ones], [{Two, _} | _] = Twos) when One < Two -> [Pair | merge(Fun, Ones, Twos)];
merge(Fun, [{One, _} | _] = Ones, [{Two, _} = Pair | Twos]) when One > Two -> [Pair | merge(Fun, Ones, Twos)];
merge(Fun, [{Key, One} | Ones], [{_, Two} | Twos]) -> [{Key, Fun(Key, One, Two)} | merge(Fun, Ones, Twos)];
merge(Fun, [], Right) when is_function(Fun, 3) -> Right;
merge(Fun, Left, []) when is_function(Fun, 3) -> Left.

update(Key, Fun, [{Other, _} = Pair | Rest]) when Key > Other -> [Pair | update(Key, Fun, Rest)];
update(Key, Fun, [{Other, Value} | Rest]) when Key == Other -> [{Key, Fun(Value)} | Rest].

update(Key, _, Initial, []) -> [{Key, Initial}];
update(Key, _, Initial, [{Other, _} | _] = Dict) when Key < Other -> [{Key, Initial} | Dict];
update(Key, Fun, Initial, [{Other, _} = Pair | Rest]) when Key > Other -> [Pair | update(Key, Fun, Initial, Rest)];
update(Key, Fun, _, [{_, Value} | Rest]) -> [{Key, Fun(Value)} | Rest].
