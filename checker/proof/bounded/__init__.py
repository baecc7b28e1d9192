"""Bounded model checking of the executed protocol: an independent cross-check, in which z3 looks for short violations.

`local_transitions` tabulates what each process can do on its own, `forbidden` the pairs of local states that a property rules
out, and `unrolling` encodes whole runs as propositions. Imports the semantics and the pairwise verdicts of `native`, but
nothing of the proofs beside it. Read `unrolling` first.
"""
