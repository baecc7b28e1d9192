"""The pages of `groupy explore` and `groupy live`: the model behind one, a live run behind the other, on this machine alone.

Read `session.py` first: it answers what the page of a run asks; `windows.py` answers that of a live run. `http_server.py` knows
nothing of protocols; it decides who may ask (`connections.py`: what a connection may be), and tells what changes (`news.py`).
Both commands end in `showing.py`.
"""
