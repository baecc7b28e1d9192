"""The source of a user's protocol: what stands where, which line has acted, and the slips of who wrote it.

This folder imports the vocabulary and `outside`. Read `source_text` first, then `acting_line`.
"""
