"""What a search works through.

The `frontier` of states that wait, the set of those `visited`, `batches` of rows in several stages of work at once, and the
workers. Imports `compiled` and `memory`. Read `frontier` first.
"""
