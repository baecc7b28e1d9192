"""An unmodified file on real Erlang: a script says who starts, joins, multicasts and dies; what happens is written down.

`real_runs` is the door; `groupy_recorder.erl` runs inside Erlang and does the work. It imports nothing of ours.
"""
