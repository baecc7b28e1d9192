"""What every Erlang program may call: the functions of OTP 25 that need nothing but their arguments. Read `table` first.

Those that take funs are written in Erlang, in `prelude/*.erl`. Those that have effects (they send, spawn, print, or depend on
time or chance) are the machine's. `otp` knows which functions there are in real Erlang, so that a call of one that is not
modelled is never taken for a call of one that does not exist.
"""
