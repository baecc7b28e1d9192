"""The vocabulary (frozen, plain data) and, in `protocols`, what is checked: pure functions of one state and one event.

It imports nothing from the rest of the project. Read `protocol` first, then `events` and `effects`: the input and the output of
a protocol. `observations` is what properties see; `scenario`, `system` and `trace` describe the world and its runs.
"""
