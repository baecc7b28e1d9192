"""Proofs of safety for any number of processes, by inductive invariants, and the link from the proofs to the code that runs.

`models/` describes each protocol as a transition system over relations, with the clauses of its inductive invariant; z3
discharges the proof obligations (`solving`, `proving`), and `counterexample` shows the two states that refute one. `links/`
checks by exploration that every step of the executed protocol is a step of its model. `bounded/` is independent of all this:
bounded model checking of the executed protocol, by z3 instead of a search. The wing may import `semantics`, `judging` and the
tables of `native`, and nothing above them: reports print its results, which are plain data (`groupy_model/proof_result.py`).
Read `language`, `model`, then `models/gmp.py`; the table of layers is in pyproject.toml.
"""
