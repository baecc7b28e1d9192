"""The tables that the kernel looks up, and how Python fills them.

`interning` numbers the parts of states, `handler_records` what handlers do, `transitions` what a system can do, `sleep_sets`
says which steps need not be done, `verdicts` what violates a property. Imports `compiled` and `memory`, and the reference
semantics, which decide everything. Read `transitions` first.
"""
