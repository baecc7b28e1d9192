"""Live runs: the same `step` in real processes, and every run of theirs executed again by the reference semantics.

`cluster.py` starts a process for each node and tells all of them what the network does (`network.py`); `node.py` is such a
process; read these two first. Each node writes a log (`log.py`); `reading.py` puts all of them into one order, `replay.py`
executes it, and `conclusion.py` judges and minimises, for which this wing imports `counterexamples`.
"""
