"""For teachers: a property tried on mutants (`groupy catch`), and the submissions of a class judged (`groupy grade`).

This wing imports the engine, `inputs` and `counterexamples`, and no argparse: requests are frozen values, since those of
`groupy grade` go to other processes. Read `mutation_trial.py` first. Then, in the order in which they start one another:
`grading.py`, a class; `submission.py`, the process that judges one submission; `player.py`, the process in which that runs,
which its judge knows as `remote.py`.
"""
