"""What users write, as the rest of the checker takes it: protocols, properties, and scenarios in words.

A file that a user names is executed here and nowhere else; what is not a pure function is refused here, also where only another
interpreter finds out. This wing imports `semantics`, `judging` and `runs`, and no engine. Read `protocols.py` first, then
`properties.py`; `user_classes.py` is what the two have in common, `import_worlds.py` says what a file's imports find.
`parameters.py` has what is set from outside. What only another interpreter finds out is in `other_interpreters/`.
"""
