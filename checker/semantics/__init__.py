"""The reference semantics, the authority on every verdict: what can happen in a state of the system, and what it does.

This wing imports only the vocabulary and `checker.errors`. Read `enabled` first, then `transitions`; `step_cache` calls a
protocol's `step` and checks that it is a pure function, `purity` that it keeps nothing elsewhere; `listener` is how a
caller hears what becomes of messages. `source_lines` knows which line of a protocol's source has acted.
"""
