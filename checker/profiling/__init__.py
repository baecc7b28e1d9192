"""`--profile`: what makes the states of a search many, and which rules of the protocol it never took.

This wing imports the engine and what the native one keeps of the states; nothing but `interfaces` imports it. Read `profile.py`
first; `state_census.py` counts the parts of the states, `branch_coverage.py` the branches of the protocol's source.
"""
