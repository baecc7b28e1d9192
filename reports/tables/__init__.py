"""Tables for the terminal, with Markdown, CSV or HTML versions: the catalogue, the matrix, profiles, proofs, grades, hunts, ...

One file per subcommand: plain dataclasses that the checker fills in, and functions that print them. May import `groupy_model`,
`specs` and the lower wings `wording`, `spacetime` and `page`. Read `catalogue` first, then `matrix`.
"""
