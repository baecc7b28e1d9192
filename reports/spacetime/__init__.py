"""Space-time diagrams: a trace is read (`reading`), laid out (`grid`, `messages`, `lifelines`, `shapes`, `legend`,
`layout`) and handed to graphviz (`styles`, `graphviz_source`).

May import `groupy_model`, `reports.wording` and `reports.atomic_write`. Read `layout.picture` first.
"""
