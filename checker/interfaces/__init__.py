"""Where users come in: the command line, the interactive page, Python, pytest and hypothesis.

This wing may import all others, and none of them imports it. It alone knows argparse. Read `cli.py` first, then one file of
`commands/`; from Python all begins with `api.py`. `groupy_check.py` is what `import groupy_check` gives.
"""
