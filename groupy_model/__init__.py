"""The vocabulary and the protocols: pure functions and plain data. Imports nothing of the rest."""
