"""From the log of a real system to a `History`, which `specs` judges as it judges that of a model.

A log is lines in the format groupy-log 1 (`groupy-log-1.schema.json`, beside this file). This wing imports the vocabulary and
the properties, no semantics: nothing is known of the protocol. Read `log_format` first, then `reading` (lines to tracks),
`gathering` (tracks to a `History`), `log_views` (which views are the same) and `judgement` (what can be said of such a log, and
what cannot).
"""
