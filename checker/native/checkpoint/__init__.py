"""Checkpoints: a search that was killed goes on from the last one.

`checkpoint` writes and reads them, `search_state` is what it gets from the engine and gives back, `identity` tells whether a
checkpoint belongs to a search. Imports `pipeline` and `tables`, but not the engine. Read `checkpoint` first.
"""
