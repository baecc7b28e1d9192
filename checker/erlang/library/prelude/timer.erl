-module(timer).
%% Time passes only where nothing else happens, so that every sleep ends, and all are equally long.
-export([sleep/1, seconds/1, minutes/1, hours/1, hms/3]).

sleep(Time) ->
    receive
    after Time ->
        ok
    end.

seconds(Seconds) ->
    1000 * Seconds.

minutes(Minutes) ->
    60000 * Minutes.

hours(Hours) ->
    3600000 * Hours.

hms(Hours, Minutes, Seconds) ->
    hours(Hours) + minutes(Minutes) + seconds(Seconds).
