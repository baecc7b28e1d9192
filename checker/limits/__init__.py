"""Limits of time and memory, kept also where a user's code runs and does not come back; this wing imports nothing but `errors`.

Read `deadline.py` first; `board.py` is what another process can see of all this, and `memory.py` counts what is in use now.
"""
