%% The functions of the module lists that call funs.
%% A callback may receive messages, or end its process: that works by itself, since the callers are Erlang, too.
-module(lists).
-export([all/2, any/2, dropwhile/2, filter/2, filtermap/2, flatmap/2, foldl/3, foldr/3, foreach/2, keymap/3, map/2,
         mapfoldl/3, mapfoldr/3, merge/3, partition/2, search/2, sort/2, splitwith/2, takewhile/2, uniq/2, usort/2,
         zf/2, zipwith/3, zipwith3/4]).

%% What all, any, map and foldl say of what is no list.
list([]) -> [];
list([_ | _] = List) -> List;
list(Other) -> error({case_clause, Other}).

all(Test, List) when is_function(Test, 1) -> all_of(Test, list(List)).

all_of(_, []) -> true;
all_of(Test, [Item | Rest]) ->
    case Test(Item) of
        true -> all_of(Test, Rest);
        false -> false
    end.

any(Test, List) when is_function(Test, 1) -> any_of(Test, list(List)).

any_of(_, []) -> false;
any_of(Test, [Item | Rest]) ->
    case Test(Item) of
        false -> any_of(Test, Rest);
        true -> true
    end.

dropwhile(Test, List) when is_function(Test, 1) -> drop(Test, List).

drop(_, []) -> [];
drop(Test, [Item | Rest] = List) ->
    case Test(Item) of
        true -> drop(Test, Rest);
        false -> List
    end.

takewhile(Test, List) when is_function(Test, 1) -> take(Test, List).

take(_, []) -> [];
take(Test, [Item | Rest]) ->
    case Test(Item) of
        true -> [Item | take(Test, Rest)];
        false -> []
    end.

splitwith(Test, List) when is_function(Test, 1) -> split(Test, [], List).

split(_, Before, []) -> {lists:reverse(Before), []};
split(Test, Before, [Item | Rest] = List) ->
    case Test(Item) of
        true -> split(Test, [Item | Before], Rest);
        false -> {lists:reverse(Before), List}
    end.

filter(Test, List) when is_function(Test, 1) ->
    [Item || Item <- List, Test(Item)].

partition(Test, List) when is_function(Test, 1) -> parts(Test, List, [], []).

parts(_, [], Yes, No) -> {lists:reverse(Yes), lists:reverse(No)};
parts(Test, [Item | Rest], Yes, No) ->
    case Test(Item) of
        true -> parts(Test, Rest, [Item | Yes], No);
        false -> parts(Test, Rest, Yes, [Item | No])
    end.

filtermap(Fun, List) when is_function(Fun, 1) -> kept(Fun, List).

kept(_, []) -> [];
kept(Fun, [Item | Rest]) ->
    case Fun(Item) of
        true -> [Item | kept(Fun, Rest)];
        {true, New} -> [New | kept(Fun, Rest)];
        false -> kept(Fun, Rest)
    end.

zf(Fun, List) -> filtermap(Fun, List).

search(Test, List) when is_function(Test, 1) -> found(Test, List).

found(_, []) -> false;
found(Test, [Item | Rest]) ->
    case Test(Item) of
        true -> {value, Item};
        false -> found(Test, Rest)
    end.

foreach(Fun, List) when is_function(Fun, 1) -> each(Fun, List).

each(_, []) -> ok;
each(Fun, [Item | Rest]) ->
    Fun(Item),
    each(Fun, Rest).

map(Fun, List) when is_function(Fun, 1) -> mapped(Fun, list(List)).

mapped(_, []) -> [];
mapped(Fun, [Item | Rest]) -> [Fun(Item) | mapped(Fun, Rest)].

flatmap(Fun, List) when is_function(Fun, 1) -> joined(Fun, List).

joined(_, []) -> [];
joined(Fun, [Item | Rest]) -> Fun(Item) ++ joined(Fun, Rest).

keymap(Fun, Place, []) when is_integer(Place), Place >= 1, is_function(Fun, 1) -> [];
keymap(Fun, Place, [Tuple | Rest]) ->
    [setelement(Place, Tuple, Fun(element(Place, Tuple))) | keymap(Fun, Place, Rest)].

foldl(Fun, Value, List) when is_function(Fun, 2) -> from_left(Fun, Value, list(List)).

from_left(_, Value, []) -> Value;
from_left(Fun, Value, [Item | Rest]) -> from_left(Fun, Fun(Item, Value), Rest).

foldr(Fun, Value, List) when is_function(Fun, 2) -> from_right(Fun, Value, List).

from_right(_, Value, []) -> Value;
from_right(Fun, Value, [Item | Rest]) -> Fun(Item, from_right(Fun, Value, Rest)).

mapfoldl(Fun, Value, List) when is_function(Fun, 2) -> mapped_from_left(Fun, Value, List).

mapped_from_left(_, Value, []) -> {[], Value};
mapped_from_left(Fun, Value, [Item | Rest]) ->
    {New, Next} = Fun(Item, Value),
    {News, Last} = mapped_from_left(Fun, Next, Rest),
    {[New | News], Last}.

mapfoldr(Fun, Value, List) when is_function(Fun, 2) -> mapped_from_right(Fun, Value, List).

mapped_from_right(_, Value, []) -> {[], Value};
mapped_from_right(Fun, Value, [Item | Rest]) ->
    {News, Next} = mapped_from_right(Fun, Value, Rest),
    {New, Last} = Fun(Item, Next),
    {[New | News], Last}.

zipwith(Fun, [], []) when is_function(Fun, 2) -> [];
zipwith(Fun, [One | Ones], [Two | Twos]) -> [Fun(One, Two) | zipwith(Fun, Ones, Twos)].

zipwith3(Fun, [], [], []) when is_function(Fun, 3) -> [];
zipwith3(Fun, [One | Ones], [Two | Twos], [Three | Threes]) ->
    [Fun(One, Two, Three) | zipwith3(Fun, Ones, Twos, Threes)].

uniq(Key, List) when is_function(Key, 1) -> firsts(Key, List, #{}).

firsts(_, [], _) -> [];
firsts(Key, [Item | Rest], Seen) ->
    Found = Key(Item),
    case Seen of
        #{Found := _} -> firsts(Key, Rest, Seen);
        #{} -> [Item | firsts(Key, Rest, Seen#{Found => true})]
    end.

%% Fun says whether its first argument may stand before its second one. It is always asked in the order of the list, as in
%% Erlang, so that items for which it says no both ways come in reverse order.
sort(Fun, [_, _ | _] = List) when length(List) >= 2 -> halved(Fun, List);
sort(Fun, List) when is_function(Fun, 2), length(List) < 2 -> List.

halved(_, [Item]) -> [Item];
halved(Fun, List) ->
    {Left, Right} = lists:split((length(List) + 1) div 2, List),
    Sorted = halved(Fun, Left),
    merged(Fun, Sorted, halved(Fun, Right)).

merge(Fun, Left, []) when is_function(Fun, 2) -> Left;
merge(Fun, Left, [_ | _] = Right) when is_function(Fun, 2) -> merged(Fun, Left, Right).

merged(_, [], Right) -> Right;
merged(_, Left, []) -> Left;
merged(Fun, [One | Ones] = Left, [Two | Twos] = Right) ->
    case Fun(One, Two) of
        true -> [One | merged(Fun, Ones, Right)];
        false -> [Two | merged(Fun, Left, Twos)]
    end.

%% Of items for which Fun says yes both ways, the first one stays.
usort(Fun, List) when is_function(Fun, 2) -> without_equals(Fun, sort(Fun, List)).

without_equals(Fun, [First, Second | Rest]) ->
    case Fun(Second, First) of
        true -> without_equals(Fun, [First | Rest]);
        false -> [First | without_equals(Fun, [Second | Rest])]
    end;
without_equals(_, List) -> List.
