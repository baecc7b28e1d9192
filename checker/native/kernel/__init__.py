"""The hot loops, compiled by numba. Python calls them through `checker.native.calling` alone, and imports none of this itself.

Read `expanding` first, which is `checker.semantics` again, then `table`: which states have been seen.
"""
