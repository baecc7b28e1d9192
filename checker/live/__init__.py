"""Live runs: the same `step` in real processes, and every run of theirs executed again by the reference semantics.

`cluster.py` starts a process for each node and tells all of them what the network does (`network.py`); `node.py` is such a
process; read these two first. Each node writes a log (`log.py`); what is in `afterwards/` puts all of them into one order,
executes it, judges and minimises, for which this wing imports `counterexamples`.
"""
