"""The door between Python and the kernel: code is compiled once, kept in files, and called without numba.

`calling` is the door, `signatures` lists all calls that there are, `background` compiles them in another process, `archive` is
what a release wheel carries. Imports `memory.layout` alone, and the kernel only to compile it. Read `calling` first.
"""
