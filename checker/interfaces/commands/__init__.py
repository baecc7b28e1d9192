"""One file a subcommand: its flags, what its exit statuses mean, and `run`, which turns the parsed flags into a typed request.

An argparse `Namespace` goes no further than this. `--help` has to answer at once, so a command imports what it needs when it
runs. Read `hunt.py` first, a typical one; `flags.py` has what they share, `verdicts.py` how check, replay and simulate end.
"""
