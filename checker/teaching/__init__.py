"""For teachers: a property tried on mutants (`groupy catch`), and the submissions of a class judged (`groupy grade`).

This wing imports the engine, `inputs` and `counterexamples`, and no argparse: requests are frozen values, since those of
`groupy grade` go to other processes. Read `mutation_trial.py` first, then `submission.py`, which judges one submission in a
process of its own, and `grading.py`, which starts these processes.
"""
