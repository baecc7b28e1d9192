"""Proofs for any number of processes, and the link between what is proved and what is executed."""
