"""A user's calls, made again in other interpreters: other hash seeds, other orders of sets, a run replayed from nothing.

May import the rest of `inputs`, and what that may import. `interpreters.py` starts them (read it first), `hash_seed.py`
compares what they answer, `confirmation.py` has them replay runs.
"""
