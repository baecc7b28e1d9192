"""Searches: all runs of a protocol under a scenario, breadth first, so that every counterexample is a shortest one.

This wing imports the semantics, judging and runs. Read `bfs` first, the engine that is the authority, then `base`, which the
native engine shares.
"""
