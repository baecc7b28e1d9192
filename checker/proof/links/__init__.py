"""The links: a forward simulation from each executed protocol to its relational model, checked by exploration.

`refinement` searches the pairs of a system state and a model state; each other file holds the simulation relation of one family
of protocols, by the names that its model in `models/` has. May import the semantics, the protocols and the rest of `proof`, but
no z3: the formulas are evaluated on finite structures. Read `refinement` first, then `gmp.py`.
"""
