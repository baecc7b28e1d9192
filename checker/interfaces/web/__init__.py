"""`groupy explore`: the interactive page over the live model, on this machine alone.

Read `session.py` first: it answers what the page asks. `http_server.py` knows nothing of protocols; it decides who may ask.
"""
