"""The properties: pure predicates over what applications observe, each with its textbook sentence, its source and a witness.

They import `groupy_model` alone. Read `property` first, then `delivery`; `registry` lists them all, `requirement` is the base
class of a user's own property, and `manifest` reads what every protocol is expected to provide (`expected.json`).
"""
