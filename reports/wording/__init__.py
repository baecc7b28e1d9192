"""Words: one line per action (`phrases`), a run as replayable text (`trace_text`), a violation as a paragraph (`explain`),
and the summary of a check (`summary`).

May import `groupy_model` and `specs`, and nothing else of `reports`. Read `phrases` first.
"""
