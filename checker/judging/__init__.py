"""From states to verdicts: what can be observed of a state, and which properties a run violates.

This wing imports the semantics, the properties (`specs`) and the vocabulary. Read `observer` first, then `monitor`; `whole_run`
applies both to one run, `fair_cycles` finds the runs that never come to rest, and `selection` picks the properties to judge.
"""
