"""Whether a user's handler is a function of its state and event: what else it changes, and what else it asks.

This folder is loaded only for code of users. Read `hidden_state` first, then `reachable`; `library_state` knows what objects
of libraries keep, `program_state` what is kept for the whole program, `impure_calls` which functions no handler may call.
"""
