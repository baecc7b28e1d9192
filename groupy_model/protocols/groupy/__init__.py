"""The protocols of the assignment "Groupy", and what its extension reports propose: a leader orders, slaves follow.

They import the vocabulary and one another. Read `gms1`, `gms2` and `gms3` in this order; each repairs a flaw of the one before.
`roles` says once how gms3 and its successors dispatch by role; `gms3_mutants` and `gms4_mutants` plant one bug per class.
"""
