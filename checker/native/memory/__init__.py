"""Memory that Python and the kernel share.

`layout` is the ABI: it says what every array holds, by name, and imports nothing of the project. `arenas` has the arrays and
maps that grow. Read `layout` first.
"""
