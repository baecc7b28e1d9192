%% The functions of the module ordsets that call funs.
-module(ordsets).
-export([filter/2, fold/3]).

filter(Test, Set) -> lists:filter(Test, Set).

fold(Fun, Value, Set) -> lists:foldl(Fun, Value, Set).
