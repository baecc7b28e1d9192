"""Erlang's terms as immutable Python values, and what the language itself does with them. Read `values` first.

`raising` is how a term is raised, `ordering` the term order, `operators` what `+` or `++` does, `writing` the text of a term.
"""
