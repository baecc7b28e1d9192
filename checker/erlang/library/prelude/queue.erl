%% The functions of the module queue that call funs. They go from the front to the back.
-module(queue).
-export([all/2, any/2, delete_with/2, delete_with_r/2, filter/2, filtermap/2, fold/3]).

%% The items of both halves, each from the front to the back.
halves(true, {Back, Front}) when is_list(Back), is_list(Front) -> {Front, lists:reverse(Back)};
halves(_, _) -> error(badarg).

fold(Fun, Value, Queue) ->
    {Front, Back} = halves(is_function(Fun, 2), Queue),
    lists:foldl(Fun, lists:foldl(Fun, Value, Front), Back).

%% Here and in all/2, the back half is gone through backwards.
any(Test, Queue) ->
    {Front, Back} = halves(is_function(Test, 1), Queue),
    lists:any(Test, Front) orelse lists:any(Test, lists:reverse(Back)).

all(Test, Queue) ->
    {Front, Back} = halves(is_function(Test, 1), Queue),
    lists:all(Test, Front) andalso lists:all(Test, lists:reverse(Back)).

filter(Fun, Queue) ->
    {Front, Back} = halves(is_function(Fun, 1), Queue),
    Kept = kept(Fun, Front),
    queue_of(Kept, kept(Fun, Back)).

kept(_, []) -> [];
kept(Fun, [Item | Rest]) ->
    case Fun(Item) of
        true -> [Item | kept(Fun, Rest)];
        false -> kept(Fun, Rest);
        News when is_list(News) -> News ++ kept(Fun, Rest)
    end.

filtermap(Fun, Queue) ->
    {Front, Back} = halves(is_function(Fun, 1), Queue),
    Kept = lists:filtermap(Fun, Front),
    queue_of(Kept, lists:filtermap(Fun, Back)).

%% A half that is empty gets items from the other one.
queue_of(Front, []) -> queue:from_list(Front);
queue_of([], Back) -> queue:reverse(queue:from_list(lists:reverse(Back)));
queue_of(Front, Back) -> {lists:reverse(Back), Front}.

delete_with(Test, Queue) ->
    {Front, Back} = halves(is_function(Test, 1), Queue),
    case first(Test, Front) of
        false ->
            case first(Test, Back) of
                false -> Queue;
                {true, []} -> queue_of(Front, []);
                {true, Rest} -> {lists:reverse(Rest), Front}
            end;
        {true, []} -> queue_of([], Back);
        {true, Rest} -> {lists:reverse(Back), Rest}
    end.

delete_with_r(Test, Queue) ->
    halves(is_function(Test, 1), Queue),
    queue:reverse(delete_with(Test, queue:reverse(Queue))).

%% What is left without the first item that passes the test.
first(_, []) -> false;
first(Test, [Item | Rest]) ->
    case Test(Item) of
        true -> {true, Rest};
        false ->
            case first(Test, Rest) of
                false -> false;
                {true, Left} -> {true, [Item | Left]}
            end
    end.
