%% What all parts of the program know.
-define(TIMEOUT, 2000).
-record(state, {id, master, leader, slaves = [] :: [pid()], group = [] :: [pid()], n = 0 :: integer(), last}).
-record(msg, {n, body}).
-record(view, {n, members, group}).
