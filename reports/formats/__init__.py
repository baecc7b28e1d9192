"""Runs and results as files for other tools: ITF traces, Mermaid, JSON, pytest files, notebooks and state graphs.

May import `groupy_model`, `reports.wording` and `reports.spacetime`; `result_json` also imports `reports.tables.profile`.
One file per format; start with `mermaid`, the simplest.
"""
