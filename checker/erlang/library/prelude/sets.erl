%% The functions of the module sets that call funs. Erlang goes through a set in an order that it does not tell; here, it is the term order.
-module(sets).
-export([filter/2, fold/3]).

filter(Test, Set) when is_function(Test, 1) -> kept(Test, Set, sets:to_list(Set)).

kept(_, Set, []) -> Set;
kept(Test, Set, [Item | Rest]) ->
    case Test(Item) of
        true -> kept(Test, Set, Rest);
        false -> kept(Test, sets:del_element(Item, Set), Rest)
    end.

fold(Fun, Value, Set) when is_function(Fun, 2) -> lists:foldl(Fun, Value, sets:to_list(Set)).
