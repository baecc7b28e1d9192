"""Many searches, and what they say side by side: two protocols, all protocols and fault models, all scenarios.

This wing imports the engine and `counterexamples`, and no argparse: what is to be done comes as a frozen request. Read
`matrix.py` first, a loop around one search; `smallest_scenario.py` is `groupy hunt`, and `diff.py` walks pairs of states, with
`lockstep.py` to take the same step in both and `alone.py` for what no schedule of both shows.
"""
