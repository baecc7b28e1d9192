"""Single runs: recording one as a trace, putting its steps into another order, and following it after something has changed.

This wing imports the semantics and judging. Read `recorder` first, then `schedule` and `replayer`. `refusal` says why a message
stays unread, from the protocol's own source.
"""
