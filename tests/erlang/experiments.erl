-module(experiments).
%% What Erlang does where a protocol depends on it, each question a function. Answers are terms without pids and references.
-export([answer/1, nothing/0, whoami/1]).

-define(WHILE, 20). % milliseconds: long enough for what is under way
-record(r, {a, b = 2}).

%% In a process of its own, so that none finds the messages of another.
answer(Name) ->
    Self = self(),
    {_, Ref} = spawn_monitor(fun() -> Self ! {answer, self(), short(question(Name))} end),
    receive
        {answer, _, Found} -> receive {'DOWN', Ref, _, _, _} -> Found end;
        {'DOWN', Ref, _, _, Reason} -> {ended, short(Reason)}
    end.

id(X) -> X.
nothing() -> ok.
whoami(X) -> {i_am, X}.

%% --- asking ------------------------------------------------------------------------------------------------------------------

%% The value, or the class and the reason of what is raised.
of_(Fun) ->
    try Fun() of Value -> Value catch Class:Reason -> {Class, short(Reason)} end.

%% Stack traces differ.
short({Reason, [{M, F, _, _}|_]}) when is_atom(M), is_atom(F) -> {short(Reason), stack};
short({'EXIT', {Reason, []}}) -> {'EXIT', {short(Reason), stack}};
short(Tuple) when is_tuple(Tuple) -> list_to_tuple(short(tuple_to_list(Tuple)));
short([Head|Tail]) -> [short(Head)|short(Tail)];
short(Term) -> Term.

%% All messages, until nothing has come for a while.
all() ->
    receive Message -> [Message|all()] after ?WHILE -> [] end.

%% What a monitor says of a process that does this.
reason(Fun) ->
    {_, Ref} = spawn_monitor(Fun),
    receive {'DOWN', Ref, process, _, Reason} -> cut(Reason) end.

cut({Reason, Stack}) when is_list(Stack) -> {cut(Reason), stack};
cut(Reason) -> Reason.

%% What happens to a process that does not trap exits and has linked itself to one that does this.
linked(Fun) ->
    reason(fun() -> spawn_link(Fun), receive after ?WHILE -> exit(survived) end end).

%% What a process that traps exits is told of one that does this.
trapped(Fun) ->
    process_flag(trap_exit, true),
    Pid = spawn_link(Fun),
    receive {'EXIT', Pid, Reason} -> cut(Reason) end.

%% A process that has ended.
dead() ->
    {Pid, Ref} = spawn_monitor(fun nothing/0),
    receive {'DOWN', Ref, _, _, _} -> Pid end.

%% A process that waits until it is told to go on.
waiting(Fun) ->
    spawn(fun() -> receive go -> Fun() end end).

tag({'DOWN', _, _, _, _}) -> down;
tag(Message) -> Message.

%% --- processes ---------------------------------------------------------------------------------------------------------------

question(down_last) ->
    Self = self(),
    Pid = waiting(fun() -> lists:foreach(fun(N) -> Self ! N end, lists:seq(1, 100)) end),
    monitor(process, Pid),
    Pid ! go,
    Got = all(),
    {length(Got), tag(lists:last(Got))};
question(down_or_relayed) ->
    Self = self(),
    Relay = spawn(fun() -> receive Message -> Self ! Message end end),
    Pid = waiting(fun() -> Relay ! relayed end),
    monitor(process, Pid),
    Pid ! go,
    [tag(Message) || Message <- all()];
question(down_noproc) ->
    monitor(process, dead()),
    [{'DOWN', _, process, _, Reason}] = all(),
    Reason;
question(down_queued_last) ->
    Pid = dead(),
    self() ! a,
    self() ! b,
    monitor(process, Pid),
    [tag(Message) || Message <- all()];
question(down_of_a_name) ->
    monitor(process, nosuch),
    [{'DOWN', _, process, Shown, Reason}] = all(),
    {Shown, Reason};
question(odd_monitors) ->
    {of_(fun() -> monitor(process, 7) end), is_reference(monitor(process, self())), all()};
question(two_monitors) ->
    Pid = waiting(fun nothing/0),
    First = monitor(process, Pid),
    Second = monitor(process, Pid),
    Pid ! go,
    [case Ref of First -> first; Second -> second end || {'DOWN', Ref, _, _, _} <- all()];
question(demonitor_flush) ->
    Pid = dead(),
    One = monitor(process, Pid),
    receive after ?WHILE -> ok end,
    Left = {demonitor(One), [tag(Message) || Message <- all()]},
    Other = monitor(process, Pid),
    {Left, demonitor(Other, [flush]), all()};
question(stale_demonitor) ->
    Ref = monitor(process, dead()),
    all(),
    {demonitor(Ref), demonitor(make_ref()), of_(fun() -> demonitor(x) end)};
question(down_reasons) ->
    [reason(fun nothing/0), reason(fun() -> exit(no_luck) end), reason(fun() -> a = id(b) end), reason(fun() -> throw(ball) end),
     reason(fun() -> exit(self(), kill), receive x -> ok end end)];
question(exit_reasons) ->
    [trapped(Fun) || Fun <- [
        fun() -> whoami_not(1) end, fun() -> case id(2) of 3 -> ok end end, fun() -> none = id(some) end,
        fun() -> if hd([]) -> ok end end, fun() -> id(a) + 1 end, fun() -> nomod:nofun(1) end, fun() -> id(a) ! x end,
        fun() -> (id(3))() end, fun() -> exit(no_luck) end, fun() -> throw(t) end, fun() -> error(boo) end]];
question(link_ends) ->
    [linked(fun nothing/0), linked(fun() -> exit(no_luck) end), linked(fun() -> whoami_not(1) end), linked(fun() -> a = id(b) end),
     linked(fun() -> case id(1) of 2 -> ok end end)];
question(exit_signals) ->
    Pid = spawn(fun() -> receive x -> ok end end),
    Ignored = {exit(Pid, normal), receive after ?WHILE -> is_process_alive(Pid) end},
    Ended = [reason(fun() -> exit(self(), Reason), receive x -> ok end end) || Reason <- [normal, shutdown, kill]],
    Told = reason(fun() -> process_flag(trap_exit, true), exit(self(), bye), receive {'EXIT', _, R} -> exit({told, R}) end end),
    {Ignored, Ended, Told};
question(link_to_the_dead) ->
    One = of_(fun() -> link(dead()) end),
    process_flag(trap_exit, true),
    {One, link(dead()), [Reason || {'EXIT', _, Reason} <- all()]};
question(worker_takes_group) ->
    Self = self(),
    Worker = spawn(fun() -> Self ! {group, spawn_link(fun() -> receive x -> ok end end)}, receive x -> ok end end),
    receive {group, Group} -> monitor(process, Group) end,
    exit(Worker, kill),
    [Reason || {'DOWN', _, _, _, Reason} <- all()];
question(chain_of_links) ->
    Self = self(),
    Gui = spawn(fun() ->
        Worker = spawn_link(fun() -> Self ! {group, spawn_link(fun() -> receive go -> exit(no_luck) end end)}, receive x -> ok end end),
        Self ! {worker, Worker},
        receive x -> ok end
    end),
    monitor(process, Gui),
    receive {worker, Worker} -> monitor(process, Worker) end,
    receive {group, Group} -> Group ! go end,
    [Reason || {'DOWN', _, _, _, Reason} <- all()];
question(normal_end_spares) ->
    linked(fun() -> receive after 5 -> ok end end);
question(message_before_exit) ->
    process_flag(trap_exit, true),
    Self = self(),
    spawn_link(fun() -> Self ! m end),
    [case Message of {'EXIT', _, normal} -> normal; m -> m end || Message <- all()];
question(odd_receivers) ->
    [of_(fun() -> To ! m end) || To <- [dead(), nobody, {nobody, node()}, 7, {}, undefined, [], "p1"]];
question(send_gives_message) ->
    self() ! self() ! two,
    {self() ! hello, all()};
question(order_of_evaluation) ->
    Put = fun(X) -> put(seen, [X|case get(seen) of undefined -> []; Seen -> Seen end]), X end,
    begin Put(to), self() end ! Put(message),
    {Put(1), [Put(2)|Put([])], id({Put(3), Put(4)})},
    lists:reverse(get(seen));
question(registering) ->
    Pid = spawn(fun() -> receive stop -> ok end end),
    Gone = dead(),
    Found = [of_(fun() -> register(gone, Gone) end), register(one, Pid), of_(fun() -> register(one, self()) end),
        of_(fun() -> register(two, Pid) end), of_(fun() -> register(undefined, self()) end), whereis(none), whereis(one) == Pid,
        of_(fun() -> unregister(none) end)],
    Pid ! stop,
    receive after ?WHILE -> {Found, whereis(one)} end;
question(down_by_name) ->
    Pid = spawn(fun() -> receive stop -> ok end end),
    register(named, Pid),
    monitor(process, named),
    Pid ! stop,
    [{Shown, Reason} || {'DOWN', _, process, Shown, Reason} <- all()];
question(self_in_a_fun) ->
    Self = self(),
    Pid = spawn(fun() -> Self ! {self(), self() == Self} end),
    receive {Found, Same} -> {Found == Pid, Same} end;
question(flags_and_dictionary) ->
    {process_flag(trap_exit, true), process_flag(trap_exit, false), put(k, 1), put(k, 2), get(k), get(none), erase(k), get(k)};
question(exit_in_foreach) ->
    reason(fun() -> lists:foreach(fun(N) -> N == 2 andalso exit(no_luck) end, [1, 2, 3]), exit(late) end);
question(spawn_with_arity) ->
    [of_(fun() -> spawn_monitor(Fun) end) || Fun <- [fun(_) -> ok end, id(x)]];
question(spawn_undefined) ->
    [begin
         Ref = monitor(process, spawn(Module, Function, [])),
         receive {'DOWN', Ref, _, _, {Reason, _}} -> Reason; {'DOWN', Ref, _, _, Reason} -> Reason end
     end || {Module, Function} <- [{?MODULE, nothing}, {?MODULE, whoami}]] -- [noproc];
question(alive) ->
    {is_process_alive(dead()), is_process_alive(self()), of_(fun() -> is_process_alive(x) end)};
question(send_after) ->
    One = erlang:send_after(5000, self(), m1),
    Cancelled = is_integer(erlang:cancel_timer(One)),
    Two = erlang:send_after(1, self(), m2),
    Got = all(),
    {Cancelled, erlang:cancel_timer(One), erlang:cancel_timer(Two), Got};
question(send_after_to_nobody) ->
    Gone = dead(),
    {is_reference(erlang:send_after(1, Gone, x)), is_reference(erlang:send_after(1, nobody, x)), all()};
question(timer_send_after) ->
    {ok, _} = timer:send_after(1, hi),
    all();
question(sleeping) ->
    {timer:sleep(1), of_(fun() -> timer:sleep(-1) end), of_(fun() -> timer:sleep(a) end)};
question(exit_before_down) ->
    process_flag(trap_exit, true),
    Pid = spawn_link(fun() -> receive go -> ok end end),
    monitor(process, Pid),
    Pid ! go,
    [element(1, Message) || Message <- all()];
question(unlinked) ->
    Self = self(),
    Partner = spawn(fun() -> receive go -> exit(boom) end end),
    Pid = spawn(fun() -> link(Partner), unlink(Partner), Self ! ready, receive x -> ok end end),
    receive ready -> Partner ! go end,
    receive after ?WHILE -> is_process_alive(Pid) end;
question(killed_with_unread) ->
    reason(fun() ->
        Self = self(),
        spawn_link(fun() -> Self ! message, exit(no_luck) end),
        receive after ?WHILE -> exit(read_on) end
    end);
question(causal) ->
    Self = self(),
    Second = spawn(fun() -> receive wake -> Self ! m3 end end),
    spawn(fun() -> Self ! m1, Second ! wake end),
    all();
question(causal_selective) ->
    Self = self(),
    Second = spawn(fun() -> receive wake -> Self ! m3 end end),
    spawn(fun() -> Self ! m1, Second ! wake end),
    [receive One -> One end, receive Other -> Other end];
question(early_or_down) ->
    Self = self(),
    Leader = spawn(fun() -> receive stop -> ok end end),
    spawn(fun() -> monitor(process, Leader), Self ! ready, receive {'DOWN', _, _, _, _} -> Self ! early end end),
    receive ready -> monitor(process, Leader) end,
    Leader ! stop,
    [tag(Message) || Message <- all()];
question(killed_down_last) ->
    Self = self(),
    Pid = spawn(fun() -> Self ! m, receive x -> ok end end),
    monitor(process, Pid),
    receive after ?WHILE -> exit(Pid, kill) end,
    [tag(Message) || Message <- all()];

%% --- receive -----------------------------------------------------------------------------------------------------------------

question(after_zero) ->
    self() ! a,
    {receive a -> got after 0 -> timeout end, begin self() ! b, receive a -> got after 0 -> timeout end end,
     begin receive b -> ok end, receive _ -> got after 0 -> timeout end end};
question(message_order_first) ->
    self() ! b,
    self() ! a,
    receive a -> took_a; b -> took_b end;
question(clause_order) ->
    self() ! {m, 1},
    receive {m, _} -> clause1; {m, 1} -> clause2 end;
question(unmatched_stay) ->
    [self() ! X || X <- [a, b, c, d, e]],
    receive c -> all() end;
question(bound_is_equality) ->
    Leader = id(p2),
    self() ! {view, p1},
    self() ! {view, p2},
    receive {view, Leader} = View -> View end;
question(bound_is_exact) ->
    One = id(1),
    self() ! 1.0,
    receive One -> match after 0 -> no_match end;
question(same_variable_twice) ->
    self() ! {1, 2},
    self() ! {3, 3},
    receive {X, X} -> X end;
question(guard_that_fails) ->
    self() ! [],
    receive L when hd(L) == 1 -> one; _ -> two end;
question(number_before_atom) ->
    N = id(undefined),
    self() ! {msg, 5},
    receive {msg, I} when I < N -> stale; _ -> fresh end;
question(odd_timeouts) ->
    {of_(fun() -> receive x -> ok after id(soon) -> late end end),
     begin self() ! a, receive X -> {ok, X} after id(soon) -> late end end};
question(negative_timeout) ->
    {of_(fun() -> receive x -> ok after id(-1) -> late end end),
     begin self() ! a, receive X -> X after id(infinity) -> late end end};
question(timeout_first) ->
    self() ! a,
    receive a -> get(evaluated) after begin put(evaluated, yes), 0 end -> late end;
question(unmatched_do_not_restart) ->
    Self = self(),
    Pid = spawn(fun Loop() -> Self ! noise, receive stop -> ok after ?WHILE div 4 -> Loop() end end),
    Ended = receive never -> false after ?WHILE -> true end,
    Pid ! stop,
    Ended;
question(catch_all_first) ->
    self() ! stop,
    receive Any -> {any, Any} end;
question(receive_has_a_value) ->
    self() ! {n, 3},
    Value = receive {n, N} -> M = 4, N + M; {o, N} -> M = 5, N end,
    {Value, N, M};
question(receive_in_a_callback) ->
    self() ! {ack, 2},
    self() ! {ack, 1},
    lists:map(fun(N) -> receive {ack, N} -> N end end, [1, 2]);
question(alias_pattern) ->
    self() ! {msg, 1, x},
    self() ! {msg, 2, y},
    {receive {msg, 1, _} = A -> A end, receive B = {msg, _, _} -> B end};
question(other_patterns) ->
    self() ! #{k => 1, l => 2},
    self() ! "hi there",
    self() ! 1.5,
    {receive #{k := K} -> K end, receive "hi " ++ Rest -> Rest end, receive 1.5 -> float end};

%% --- terms -------------------------------------------------------------------------------------------------------------------

question(term_order) ->
    Terms = [<<"b">>, [a], [], #{}, {}, self(), fun id/1, make_ref(), atom, 1.5, 1],
    lists:map(fun kind/1, lists:sort(Terms));
question(equalities) ->
    {id(1) == 1.0, id(1) =:= 1.0, id(1) /= 1.0, id(1) =/= 1.0, id({1}) == {1.0}};
question(comparisons) ->
    {id(1) < a, id(a) < {}, id({a, b}) < {a}, id({2}) < {1, 1}, id([2]) < [1, 1], id([]) < [1], id("") < {}};
question(integer_division) ->
    {id(7) div 2, id(-7) div 2, id(-7) rem 2, id(7) rem -2, id(7) / 2, id(4) / 2};
question(bad_arithmetic) ->
    [of_(Fun) || Fun <- [fun() -> 1 div id(0) end, fun() -> 1 / id(0) end, fun() -> id(a) + 1 end, fun() -> id("a") + 1 end,
        fun() -> id(undefined) + 1 end, fun() -> id(1.5) div 2 end]];
question(strings) ->
    {"ab" == [97, 98], is_list("ab"), [$a|"b"] == "ab", "ab" ++ "cd", "" == []};
question(subtracting) ->
    {[3, 2, 1, 2] -- [2, 2], [1, 2] -- [], [1, 2, 3] -- [4], [1, 1.0] -- [1.0], of_(fun() -> id(a) -- [] end),
     of_(fun() -> [] -- id(a) end)};
question(appending) ->
    {[1] ++ 2, [] ++ x, of_(fun() -> id(a) ++ [1] end), [1] ++ x, of_(fun() -> id([1|2]) ++ [3] end), lists:append([[1], [2]])};
question(sorting) ->
    {lists:sort([b, 1, 1.0, "z", a, {}]), lists:usort([1.0, 1]), lists:usort([1, 1.0]), lists:sort(fun(A, B) -> A > B end, [1, 3, 2])};
question(keyfind) ->
    {lists:keyfind(1, 1, [x, {1.0, a}, {1, b}]), lists:keyfind(1, 2, [{k}, {k, 1}]), lists:keyfind(k, 2, [{a, k}]),
     lists:keyfind(z, 1, [{a, 1}]), of_(fun() -> lists:keyfind(a, 0, []) end), of_(fun() -> lists:keyfind(a, 1, x) end)};
question(other_key_functions) ->
    L = [{2, a}, {1, b}, {2, c}, {1, a}],
    {lists:keysort(1, L), lists:ukeysort(1, L), lists:keydelete(2, 1, L), lists:keyreplace(2, 1, L, {2, z}),
     lists:keystore(3, 1, L, {3, z}), lists:keytake(2, 1, L), lists:keymember(5, 1, L)};
question(exact_list_functions) ->
    {lists:delete(1, [1.0, 1, 1]), lists:member(1, [1.0]), lists:subtract([1, a], [1.0])};
question(ends_of_lists) ->
    [of_(Fun) || Fun <- [fun() -> lists:nth(0, [a]) end, fun() -> lists:nth(2, [a]) end, fun() -> lists:last([]) end,
        fun() -> hd(id([])) end, fun() -> tl(id([])) end, fun() -> lists:max([]) end]];
question(parts_of_lists) ->
    [of_(Fun) || Fun <- [fun() -> lists:seq(1, 0) end, fun() -> lists:seq(3, 1) end, fun() -> lists:sublist([a, b], 5) end,
        fun() -> lists:sublist([a, b, c], 2, 5) end, fun() -> lists:nthtail(1, [a]) end, fun() -> lists:nthtail(2, [a]) end,
        fun() -> lists:droplast([]) end, fun() -> lists:split(3, [a]) end]];
question(foreach_of_no_list) ->
    [of_(fun() -> lists:foreach(fun id/1, L) end) || L <- [a, [1|2], [1, 2]]];
question(zipping) ->
    [of_(fun() -> lists:zip([1], [1, 2]) end), lists:unzip([{1, a}, {2, b}]), lists:foldl(fun(X, S) -> [X|S] end, [], [1, 2, 3]),
     of_(fun() -> lists:filter(fun(_) -> ok end, [1]) end), lists:filtermap(fun(1) -> {true, one}; (X) -> X == 2 end, [1, 2, 3])];
question(length_of_no_list) ->
    {of_(fun() -> length(id(a)) end), of_(fun() -> length(id([1|2])) end)};
question(tuples) ->
    {element(1, {a, b}), of_(fun() -> element(3, id({a, b})) end), of_(fun() -> element(0, id({a})) end), size({a, b}),
     erlang:append_element({a}, b), setelement(1, {a}, b), of_(fun() -> tuple_size(id([])) end)};
question(maps_) ->
    [of_(Fun) || Fun <- [fun() -> maps:get(b, #{a => 1}) end, fun() -> maps:get(b, id(x)) end, fun() -> maps:get(b, #{}, dflt) end,
        fun() -> maps:update(b, 1, #{}) end, fun() -> (id(#{}))#{b := 1} end, fun() -> maps:put(a, 1, #{}) end,
        fun() -> maps:remove(b, #{a => 2}) end]];
question(map_keys) ->
    M = #{1 => a, 1.0 => b},
    {maps:size(M), #{a => 1} == #{a => 1.0}, #{a => 1} =:= #{a => 1.0}, maps:keys(#{z => 1, a => 2, 5 => 3}),
     maps:to_list(#{b => 1, a => 2})};
question(no_clause) ->
    [of_(Fun) || Fun <- [fun() -> if hd([]) == 1 -> ok end end, fun() -> case id({a, 1}) of b -> ok end end,
        fun() -> {ok, _} = id({error, "no reply from leader"}) end, fun() -> whoami_not(1) end]];
question(undefined_functions) ->
    [of_(Fun) || Fun <- [fun() -> nomod:f(1) end, fun() -> lists:nosuch(1) end, fun() -> erlang:minitor(process, self()) end,
        fun() -> ?MODULE:whoami_not(1) end, fun() -> list:keyfind(a, 1, []) end, fun() -> io:print(x) end,
        fun() -> ?MODULE:whoami(1) end]];
question(uniform_errors) ->
    [of_(fun() -> rand:uniform(N) end) || N <- [0, 1, 1.5, a, -1]] ++ [of_(fun() -> random:uniform(0) end), random:uniform(1)];
question(uniform_values) ->
    N = rand:uniform(3),
    F = rand:uniform(),
    {is_integer(N), N >= 1, N =< 3, is_float(F), F >= 0, F < 1};
question(unseeded) ->
    is_integer(random:uniform(100));
question(seeding) ->
    {random:seed(1, 1, 1), is_integer(random:uniform(100))};
question(seeding_rand) ->
    {is_tuple(rand:seed(exsplus, {1, 2, 3})) orelse is_atom(rand:seed(exsplus, {1, 2, 3})), is_integer(rand:uniform(9))};
question(shadowing) ->
    X = id(1),
    F = fun(X) -> X end,
    G = fun() -> X = id(2) end,
    {F(5), X, of_(G)};
question(comprehensions) ->
    X = id(9),
    {[X || X <- [1, 2]], X, [Y || {ok, Y} <- [{ok, 1}, no, {ok, 2}]], of_(fun() -> [1 || _ <- [a], id(ok)] end),
     of_(fun() -> [1 || _ <- id(notlist)] end)};
question(booleans) ->
    {of_(fun() -> id(true) and id(x) end), id(false) andalso id(x), id(true) andalso id(x), of_(fun() -> id(x) andalso true end),
     id(true) or id(false), id(false) and id(true), of_(fun() -> not id(x) end)};
question(guards) ->
    Test = fun(1, A) when A -> t; (2, A) when hd(A) == 1; A == a -> t; (3, A) when hd(A) == 1, A == a -> t; (_, _) -> f end,
    {Test(1, true), Test(1, x), Test(2, a), Test(3, a), Test(2, [1])};
question(printing) ->
    Say = fun(Format, Terms) -> lists:flatten(io_lib:format(Format, Terms)) end,
    [Say("~p", ["abc"]), Say("~w", ["abc"]), Say("~s", ["abc"]), Say("~s", [abc]), Say("~w", [[1, 2]]), Say("~w", ['Q x']),
     Say("~p", [{view, 1, [a]}]), Say("~p", [1.0]), Say("~w", [[]]), Say("~p~n", [[]]), Say("~p", [#{a => 1}]), Say("~p", [<<"b">>]),
     Say("~c", [65]), Say("~5w|", [7]), Say("~.2f", [3.14159]), Say("~b", [7]), Say("~~", []), Say("~ts", ["b"])];
question(printing_hidden) ->
    [hd(lists:flatten(io_lib:format("~w", [Term]))) || Term <- [self(), make_ref(), fun id/1]];
question(format_errors) ->
    [of_(fun() -> io_lib:format(Format, Terms) end) || {Format, Terms} <- [{"~w ~w", [a]}, {"~w", [a, b]}, {"~s", [self()]}, {"~s", [7]},
        {"~w", a}, {"~q", [a]}, {"~d", [a]}, {"~s", [{a}]}]];
question(printing_errors) ->
    [of_(fun() -> io:format("~w ~w", [a]) end), of_(fun() -> io:format("~s", [7]) end), of_(fun() -> io:format("~w", id(a)) end)];
question(applying) ->
    Module = id(?MODULE),
    Fun = fun ?MODULE:whoami/1,
    {apply(?MODULE, whoami, [1]), Module:whoami(1), Fun(1), of_(fun() -> apply(Module, nosuch, [1]) end)};
question(catching) ->
    {catch exit(r), catch throw(r), case catch error(r) of {'EXIT', {r, Stack}} when is_list(Stack) -> stack end, 1 + (catch 1)};
question(try_after) ->
    {try exit(x) catch exit:R -> {caught, R} after put(cleaned, yes) end, get(cleaned)};
question(big_numbers) ->
    {1 bsl 70, 10000000000000000000000000 + 1, id(9007199254740993) == 9007199254740992.0, id(9007199254740992) == 9007199254740992.0};
question(rounding) ->
    {max(a, 1), min(a, 1), max(1, 1.0), abs(-3), trunc(-2.7), round(2.5), round(-2.5), bnot 0, 7 band 9, 6 bor 1};
question(converting) ->
    {integer_to_list(7), list_to_atom("x"), atom_to_list('A b'), list_to_integer("12"), of_(fun() -> list_to_integer("1x") end),
     float_to_list(1.5, [{decimals, 1}]), lists:concat([a, 1, "b"])};
question(usort_by) ->
    lists:usort(fun({A, _}, {B, _}) -> A =< B end, [{2, a}, {1, b}, {1, c}]);
question(more_lists) ->
    {lists:reverse([1, 2]), lists:flatten([1, [2, [3]], "a"]), lists:any(fun is_atom/1, [1, a]), lists:all(fun is_atom/1, []),
     lists:sum([]), lists:duplicate(2, x), lists:partition(fun(X) -> X > 1 end, [1, 2, 3]), lists:merge([1, 3], [2])};
question(queues) ->
    Empty = queue:new(),
    One = queue:in(b, queue:in(a, Empty)),
    {{value, First}, Rest} = queue:out(One),
    {element(1, queue:out(Empty)), First, queue:to_list(Rest), queue:len(Empty), queue:is_empty(Empty), queue:peek(Empty),
     of_(fun() -> queue:head(Empty) end)};
question(clauses_in_order) ->
    Same = fun(N, N) -> same; (_, _) -> other end,
    {Same(1, 1), Same(1, 2), Same(1, 1.0)};
question(records) ->
    {#r{a = 1} == {r, 1, 2}, (#r{a = 1})#r.b, is_record(id({r, 1}), r)};
question(clocks) ->
    {now() < now(), erlang:monotonic_time() =< erlang:monotonic_time(), is_tuple(os:timestamp())};
question(order_of_pids) ->
    spawn(fun nothing/0) < spawn(fun nothing/0);
question(order_of_references) ->
    make_ref() < make_ref().

whoami_not(X) when X > 5 -> X.

kind(T) when is_integer(T) -> integer;
kind(T) when is_float(T) -> float;
kind(T) when is_atom(T) -> atom;
kind(T) when is_reference(T) -> reference;
kind(T) when is_function(T) -> function;
kind(T) when is_pid(T) -> pid;
kind(T) when is_tuple(T) -> tuple;
kind(T) when is_map(T) -> map;
kind([]) -> nil;
kind(T) when is_list(T) -> list;
kind(T) when is_binary(T) -> binary.
