"""The hot loops, compiled by numba. Python calls them through `compiled.calling` alone, and imports none of this itself.

What numba makes of it is shipped: `python -m groupy_check.checker.native.compiled` (see `checker.native.compiled.bitcode`).
Read `successors` first, which is `checker.semantics.enabled` again, then `visited`: which states have been seen.
"""
