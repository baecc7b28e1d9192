"""The native engine: the reference semantics over interned ids, at the speed of table lookups.

Because `step` is pure, what a process does in a local state with the head of a channel is found out once, in plain Python, and
remembered. A state of the whole system is a short row of ids; the kernel only looks up tables. What is missing from a table is
noted, filled in by Python, and the row is tried again. Read `words` (what is interned), `rules` (what one process can do, as
numbers), `kernel` (the hot loops), `sleeping` (which steps need not be done), `store` (which states were found), `engine` (the
search).
"""
