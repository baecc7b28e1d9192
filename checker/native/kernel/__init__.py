"""The hot loops, compiled by numba.

They import numpy, one another and `memory.layout`, nothing else of the project; Python calls them through `compiled.calling`
alone. Read `successors` first, which is `checker.semantics.enabled` again, then `visited`: which states have been seen.
"""
