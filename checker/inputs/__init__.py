"""What users write, as the rest of the checker takes it: protocols, properties, and scenarios in words.

A file that a user names is executed here and nowhere else; what is not a pure function is refused here, also by a second
interpreter with another hash seed. This wing imports `semantics` and `judging`, and no engine. Read `protocols.py` first, then
`properties.py`; `user_classes.py` is what the two have in common.
"""
