"""The relational models, one file per family: what its relations mean, its transitions, its inductive invariant, its safety.

The docstring of each says what the abstraction leaves out, which clauses carry the proof, and why the proof is decidable. A
model imports `language` and `model`, nothing of the protocol that is executed; `links/` relates the two. Read `gmp.py` first,
then `gms3.py`, on which `relay.py` builds.
"""
