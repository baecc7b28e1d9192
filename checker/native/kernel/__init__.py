"""The hot loops, compiled by numba. Python calls them through `checker.native.calling` alone, and imports none of this itself.

What numba makes of it is shipped: `python -m checker.native.kernel` (see `checker.native.shipped`).
Read `expanding` first, which is `checker.semantics` again, then `table`: which states have been seen.
"""
