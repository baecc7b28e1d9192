"""The command line as a program among others: its standard streams, and the process that watches over a user's code.

Read `supervisor.py` first. Nothing here is for those who call the checker from Python.
"""
