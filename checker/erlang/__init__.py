"""Erlang as students write it: from the text of `gms3.erl` to what its processes do, with no Erlang installed.

`syntax` reads the text, `terms` and `library` are what Erlang computes with, `machine` runs processes, and `adapter` makes a
protocol of a program. Nothing here imports more of ours than `groupy_model` and `checker.errors`, so no engine knows from which
language a `step` comes. Read `syntax` first.
"""
