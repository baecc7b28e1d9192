"""Everything that runs: semantics, engines, proofs, comparisons and the doors through which people come in.

Each wing says in its own docstring what lives there, what it may import and which file to read first; ARCHITECTURE.md lists
them, lowest first, and import-linter keeps the order. Begin with `semantics/enabled.py`.
"""
