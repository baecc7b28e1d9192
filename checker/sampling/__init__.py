"""Random runs of groups too large to explore: strategies that choose the next step, and what is made of the runs that fail.

This wing imports the engine, to look for a shorter run in a small scenario, and `counterexamples`, to minimise. Read
`simulate.py` first; `sampler.py` draws one run, `strategies.py` says who moves next, `shrinking.py` makes failing runs small.
"""
